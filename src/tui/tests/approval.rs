use crossterm::event::{KeyCode, KeyEvent};
use sha2::{Digest, Sha256};

use super::stage::{Stage, brands, long_sql, proposal};
use crate::engine::EngineKind;
use crate::session::{Command, Event, RunEnd};
use crate::tui::app::{Button, Focus, Pane};
use crate::tui::update::Msg;

const SQL: &str = "SELECT [marca]\nFROM banco_datos";

fn sha256(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn approving_repeats_the_hash_of_the_text_that_was_shown() {
    let mut stage = Stage::ready(100, 30);
    stage.propose(SQL);
    stage.press(KeyCode::Char('a'));
    assert_eq!(stage.approved(), Some(sha256(SQL)));
}

#[test]
fn a_fresh_proposal_has_the_focus_on_reject() {
    let mut stage = Stage::ready(100, 30);
    stage.propose(SQL);
    assert!(matches!(&stage.app.pane, Pane::Plan(plan) if plan.button == Button::Reject));
    stage.press(KeyCode::Enter);
    assert!(stage.commands().iter().any(|command| matches!(command, Command::Reject { .. })));
}

#[test]
fn keys_typed_ahead_decide_nothing_and_lengthen_the_pause() {
    let mut stage = Stage::ready(100, 30);
    let id = stage.ask("ventas por marca");
    stage.commands();
    stage.tell(Event::Proposed(proposal(id, SQL)));
    for _ in 0..10 {
        stage.wait(250);
        for code in [KeyCode::Char('a'), KeyCode::Enter, KeyCode::Char('r'), KeyCode::Esc] {
            stage.press(code);
        }
    }
    assert!(stage.commands().is_empty());
    stage.wait(301);
    stage.press(KeyCode::Char('a'));
    assert!(stage.approved().is_some());
}

#[test]
fn the_pause_begins_when_the_proposal_is_drawn_not_when_it_arrives() {
    let mut stage = Stage::ready(100, 30);
    let id = stage.ask("ventas por marca");
    stage.drawing = false;
    stage.tell(Event::Proposed(proposal(id, SQL)));
    stage.wait(5_000);
    stage.press(KeyCode::Char('a'));
    assert_eq!(stage.approved(), None);
}

#[test]
fn pasting_never_approves_whether_the_terminal_marks_it_or_not() {
    let mut stage = Stage::ready(100, 30);
    stage.propose(SQL);
    stage.take(Msg::Paste("a\n".into()));
    stage.wait(301);
    stage.take(Msg::Key { key: KeyEvent::from(KeyCode::Char('a')), burst: true });
    assert_eq!(stage.approved(), None);
    assert!(matches!(stage.app.pane, Pane::Plan(_)));
}

#[test]
fn a_long_text_must_be_read_to_its_end() {
    let mut stage = Stage::ready(80, 24);
    stage.propose(&long_sql());
    assert!(!stage.screen().contains("N'final'"));
    stage.press(KeyCode::Char('a'));
    assert_eq!(stage.approved(), None);
    for _ in 0..8 {
        stage.press(KeyCode::PageDown);
    }
    assert!(stage.screen().contains("N'final'"));
    stage.press(KeyCode::Char('a'));
    assert_eq!(stage.approved(), Some(sha256(&long_sql())));
}

#[test]
fn a_jump_to_the_end_has_not_shown_what_it_passed_over() {
    let mut stage = Stage::ready(80, 24);
    stage.propose(&long_sql());
    stage.press(KeyCode::Char('G'));
    assert!(stage.screen().contains("N'final'"));
    stage.press(KeyCode::Char('a'));
    assert_eq!(stage.approved(), None);
    for _ in 0..8 {
        stage.press(KeyCode::PageUp);
    }
    stage.press(KeyCode::Char('a'));
    assert_eq!(stage.approved(), Some(sha256(&long_sql())));
}

#[test]
fn another_width_asks_for_nothing_to_be_read_twice() {
    let mut stage = Stage::ready(80, 24);
    stage.propose(&long_sql());
    for _ in 0..4 {
        stage.press(KeyCode::PageDown);
    }
    stage.take(Msg::Resize(120, 24));
    for _ in 0..4 {
        stage.press(KeyCode::PageDown);
    }
    stage.press(KeyCode::Char('a'));
    assert!(stage.approved().is_some());
}

#[test]
fn what_stands_off_the_right_edge_is_wrapped_into_view() {
    let mut stage = Stage::ready(80, 24);
    let sql = format!("SELECT [marca]{}FROM [lejos]", " ".repeat(300));
    stage.propose(&sql);
    assert!(stage.screen().contains("FROM [lejos]"));
}

#[test]
fn text_that_cannot_be_shown_as_it_is_cannot_be_approved() {
    let mut stage = Stage::ready(100, 30);
    stage.propose("SELECT 1 AS [a\u{202e}b]");
    stage.press(KeyCode::Char('a'));
    assert_eq!(stage.approved(), None);
}

#[test]
fn a_window_too_small_to_read_approves_nothing() {
    let mut stage = Stage::ready(59, 14);
    stage.propose(SQL);
    stage.press(KeyCode::Char('a'));
    assert_eq!(stage.approved(), None);
}

#[test]
fn a_covered_proposal_starts_its_pause_again() {
    let mut stage = Stage::ready(100, 30);
    stage.propose(SQL);
    stage.press(KeyCode::F(1));
    stage.press(KeyCode::Char('a'));
    stage.press(KeyCode::Esc);
    stage.press(KeyCode::Char('a'));
    assert_eq!(stage.approved(), None);
}

#[test]
fn a_proposal_does_not_take_the_focus_from_the_next_question() {
    let mut stage = Stage::ready(100, 30);
    let id = stage.ask("ventas por marca");
    stage.type_text("y por ciudad");
    stage.tell(Event::Proposed(proposal(id, SQL)));
    stage.wait(301);
    stage.type_text(" a");
    assert_eq!(stage.app.focus, Focus::Question);
    assert_eq!(stage.approved(), None);
    assert_eq!(stage.app.question.text(), "y por ciudad a");
}

#[test]
fn an_approval_serves_once() {
    let mut stage = Stage::ready(100, 30);
    stage.propose(SQL);
    stage.press(KeyCode::Char('a'));
    stage.press(KeyCode::Char('a'));
    let approvals = stage.commands().into_iter().filter(|c| matches!(c, Command::Approve { .. })).count();
    assert_eq!(approvals, 1);
}

#[test]
fn an_edited_text_is_proposed_again_and_escape_returns_to_the_first() {
    let mut stage = Stage::ready(100, 30);
    let id = stage.propose(SQL);
    stage.press(KeyCode::Char('e'));
    stage.type_text("X");
    stage.press(KeyCode::F(5));
    let commands = stage.commands();
    assert!(
        commands.iter().any(
            |c| matches!(c, Command::ProposeSql { id: of, sql, .. } if *of == id && sql.starts_with('X'))
        )
    );
    stage.press(KeyCode::Esc);
    assert!(matches!(&stage.app.pane, Pane::Plan(plan) if plan.proposal.sql == SQL));
    stage.press(KeyCode::Char('a'));
    assert_eq!(stage.approved(), None, "the proposal has only just come back");
}

#[test]
fn nothing_is_approved_while_a_query_runs() {
    let mut stage = Stage::ready(100, 30);
    let first = stage.propose(SQL);
    stage.press(KeyCode::Char('a'));
    stage.tell(Event::RunStarted { id: first, engine: EngineKind::Embedded });
    stage.press(KeyCode::Tab);
    assert!(stage.approved().is_some());
    stage.propose("SELECT 2 AS [b]");
    stage.press(KeyCode::Char('a'));
    assert_eq!(stage.approved(), None);
    stage.end(first, brands(), RunEnd::Done);
    stage.press(KeyCode::Char('a'));
    assert!(stage.approved().is_some());
}

#[test]
fn a_terminal_without_accents_says_that_some_are_in_the_text() {
    let ascii = crate::tui::Capabilities { unicode: false, ..super::stage::CAPABILITIES };
    let mut stage = Stage::with(100, 30, crate::i18n::Lang::Es, ascii);
    stage.tell(super::stage::ready());
    stage.propose("SELECT N'Bogotá' AS [b]");
    assert!(stage.screen().contains("Este terminal no muestra"), "{}", stage.screen());
    stage.propose("SELECT N'Cali' AS [b]");
    assert!(!stage.screen().contains("Este terminal no muestra"));
}
