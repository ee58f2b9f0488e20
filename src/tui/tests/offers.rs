//! Completions while typing, the definition of a figure, questions that go on from a result.

use crossterm::event::{KeyCode, KeyEvent};

use super::stage::{CAPABILITIES, Stage, brands, long_sql, proposal, ready};
use crate::ask::{Completion, Intent};
use crate::i18n::Lang;
use crate::session::{Command, Context, Event};
use crate::tui::app::{Approval, Focus, Pane};
use crate::tui::update::Msg;
use crate::tui::{Capabilities, ColorDepth};

/// The number and the text of the completions asked for last.
fn wanted(stage: &mut Stage) -> Option<(u64, String, usize)> {
    stage.commands().into_iter().rev().find_map(|command| match command {
        Command::Complete { serial, text, cursor, .. } => Some((serial, text, cursor)),
        _ => None,
    })
}

fn offer(text: &str, from: usize, hint: &str, cursor: usize) -> Completion {
    Completion { replaces: from..cursor, text: text.into(), hint: hint.into() }
}

/// Types, and is offered two cities and a word for the last three letters.
fn offered(stage: &mut Stage, typed: &str) {
    stage.type_text(typed);
    let (serial, text, cursor) = wanted(stage).expect("completions are asked for");
    assert_eq!(text, typed);
    let from = cursor - 3;
    let offers = vec![
        offer("canal", from, "", cursor),
        offer("CAMPOALEGRE", from, "ciudad", cursor),
        offer("CAJAMARCA, LA PEQUEÑA", from, "ciudad", cursor),
    ];
    stage.tell(Event::Completions { serial, offers });
}

#[test]
fn tab_completes_what_is_offered_and_else_moves_between_panes() {
    let mut stage = Stage::ready(80, 24);
    offered(&mut stage, "ventas en cam");
    stage.press(KeyCode::Down);
    stage.press(KeyCode::Tab);
    assert_eq!(stage.app.question.text(), "ventas en CAMPOALEGRE ");
    assert_eq!(stage.app.focus, Focus::Question);
    stage.ctrl('u');
    stage.ctrl('u');
    assert_eq!(stage.app.question.text(), "ventas en cam", "the word and what it replaced are undone");
    stage.press(KeyCode::Tab);
    assert_eq!(stage.app.focus, Focus::Main, "nothing is offered any more");
}

#[test]
fn within_a_question_the_words_after_the_cursor_stay() {
    let mut stage = Stage::ready(80, 24);
    stage.type_text("ventas cam por mes");
    for _ in 0.." por mes".len() {
        stage.press(KeyCode::Left);
    }
    stage.press(KeyCode::Backspace);
    let (serial, _, cursor) = wanted(&mut stage).expect("completions are asked for");
    let offers = vec![offer("CAMPOALEGRE", "ventas ".len(), "ciudad", cursor)];
    stage.tell(Event::Completions { serial, offers });
    stage.press(KeyCode::Tab);
    assert_eq!(stage.app.question.text(), "ventas CAMPOALEGRE por mes");
}

#[test]
fn late_answers_and_other_texts_offer_nothing() {
    let mut stage = Stage::ready(80, 24);
    stage.type_text("ventas en cam");
    let (serial, _, cursor) = wanted(&mut stage).expect("completions are asked for");
    stage.press(KeyCode::Char('p'));
    let offers = vec![offer("CAMPOALEGRE", cursor - 3, "ciudad", cursor)];
    stage.tell(Event::Completions { serial, offers });
    stage.press(KeyCode::Tab);
    assert_eq!(stage.app.question.text(), "ventas en camp");
    assert_eq!(stage.app.focus, Focus::Main);
}

#[test]
fn a_paste_is_offered_nothing_and_accepts_nothing() {
    let mut stage = Stage::ready(80, 24);
    stage.take(Msg::Paste("ventas en cam".into()));
    assert_eq!(wanted(&mut stage), None);
    stage.press(KeyCode::Tab);
    assert_eq!(stage.app.question.text(), "ventas en cam");
    assert_eq!(stage.app.focus, Focus::Main);
}

#[test]
fn a_tab_that_comes_with_other_keys_accepts_nothing() {
    let mut stage = Stage::ready(80, 24);
    offered(&mut stage, "ventas en cam");
    stage.take(Msg::Key { key: KeyEvent::from(KeyCode::Tab), burst: true });
    assert_eq!(stage.app.question.text(), "ventas en cam");
}

#[test]
fn enter_asks_what_was_typed_and_escape_hides_the_list() {
    let mut stage = Stage::ready(80, 24);
    offered(&mut stage, "ventas en cam");
    stage.press(KeyCode::Enter);
    let asked = stage.commands().into_iter().find_map(|command| match command {
        Command::Ask { text, .. } => Some(text),
        _ => None,
    });
    assert_eq!(asked.as_deref(), Some("ventas en cam"));

    let mut stage = Stage::ready(80, 24);
    offered(&mut stage, "ventas en cam");
    stage.press(KeyCode::Esc);
    assert!(stage.app.question.offers.is_empty());
    stage.press(KeyCode::Up);
    assert_eq!(stage.app.question.text(), "ventas de ayer", "the keys mean again what they mean elsewhere");
}

#[test]
fn a_plan_under_the_list_has_not_been_read() {
    let mut stage = Stage::ready(80, 24);
    let id = stage.ask("ventas por marca");
    offered(&mut stage, "ventas en cam");
    stage.tell(Event::Proposed(proposal(id, "SELECT 1 AS [a]")));
    let Pane::Plan(plan) = &stage.app.pane else { panic!("a plan") };
    assert_eq!(plan.approval(stage.now), Approval::NotRead);
    stage.press(KeyCode::Esc);
    let Pane::Plan(plan) = &stage.app.pane else { panic!("a plan") };
    assert_eq!(plan.approval(stage.now), Approval::TooSoon);
}

#[test]
fn offers_at_every_size() {
    for (width, height) in [(80, 24), (120, 40), (200, 60)] {
        let mut stage = Stage::ready(width, height);
        offered(&mut stage, "ventas en cam");
        insta::assert_snapshot!(format!("offers_{width}x{height}"), stage.screen());
    }
}

#[test]
fn the_marked_offer_is_told_without_color_and_without_unicode() {
    let plain = Capabilities { color: ColorDepth::None, unicode: false };
    let mut stage = Stage::with(80, 24, Lang::Es, plain);
    stage.tell(ready());
    offered(&mut stage, "ventas en cam");
    stage.press(KeyCode::Down);
    let screen = stage.screen();
    let marked: Vec<&str> = screen.lines().filter(|line| line.contains("> CAMPOALEGRE")).collect();
    assert_eq!(marked.len(), 1, "{screen}");
}

#[test]
fn a_result_offers_questions_that_go_on_and_a_digit_asks_one() {
    let mut stage = Stage::ready(80, 24);
    let id = stage.result(brands());
    let questions = vec!["compáralo con el año pasado".into(), "por mes".into(), "¿y la utilidad?".into()];
    stage.tell(Event::NextQuestions { id, questions });
    insta::assert_snapshot!("next_questions_80x24", stage.screen());
    stage.commands();
    // T-SQL without a plan has nothing to go on from.
    stage.press(KeyCode::Char('2'));
    assert!(stage.commands().is_empty());
}

#[test]
fn a_question_that_goes_on_carries_the_intent_of_the_result() {
    let mut stage = Stage::ready(120, 40);
    let id = super::screens::planned_result(&mut stage);
    stage.tell(Event::NextQuestions { id, questions: vec!["por mes".into()] });
    insta::assert_snapshot!("next_questions_120x40", stage.screen());
    stage.commands();
    stage.press(KeyCode::Char('1'));
    let context = stage.commands().into_iter().find_map(|command| match command {
        Command::Ask { text, context, .. } => Some((text, context)),
        _ => None,
    });
    let intent = Box::new(Intent::of(Vec::new()));
    assert_eq!(context, Some(("por mes".to_string(), Context::After(intent))));
}

#[test]
fn the_definition_is_one_key_away() {
    let mut stage = Stage::ready(80, 24);
    super::screens::planned(&mut stage);
    assert!(!stage.screen().contains("suma de TotalSinIva"));
    stage.press(KeyCode::Char('d'));
    insta::assert_snapshot!("definition_80x24", stage.screen());
    stage.press(KeyCode::Char('d'));
    assert!(!stage.screen().contains("suma de TotalSinIva"));

    let mut stage = Stage::with(200, 60, Lang::Es, CAPABILITIES);
    stage.tell(ready());
    super::screens::planned(&mut stage);
    assert!(stage.screen().contains("suma de TotalSinIva"));
    stage.press(KeyCode::Char('d'));
    assert!(stage.app.notice.is_some(), "a key without effect says why");

    let mut stage = Stage::ready(80, 24);
    stage.propose(&long_sql());
    stage.press(KeyCode::Char('d'));
    assert!(stage.app.notice.is_some());
}
