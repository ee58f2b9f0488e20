use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::stage::{Stage, brands, proposal};
use crate::ask::{Choice, Clarify};
use crate::engine::EngineKind;
use crate::i18n::Lang;
use crate::session::{Command, Event, NotPlanned, RunEnd};
use crate::tui::app::{Focus, MAX_CHARS, Overlay};
use crate::tui::update::{Effect, Msg};

fn asked(stage: &mut Stage) -> Option<String> {
    stage.commands().into_iter().find_map(|command| match command {
        Command::Ask { text, .. } => Some(text),
        _ => None,
    })
}

#[test]
fn enter_asks_what_was_typed() {
    let mut stage = Stage::ready(80, 24);
    stage.ask("¿cuánto vendimos?");
    assert_eq!(asked(&mut stage).as_deref(), Some("¿cuánto vendimos?"));
}

#[test]
fn blank_questions_are_not_sent() {
    let mut stage = Stage::ready(80, 24);
    stage.ask("   ");
    assert_eq!(asked(&mut stage), None);
}

#[test]
fn a_question_may_have_several_lines() {
    let mut stage = Stage::ready(80, 24);
    stage.type_text("ventas");
    stage.take(Msg::Key { key: KeyEvent::new(KeyCode::Enter, KeyModifiers::ALT), burst: false });
    stage.ask("por marca");
    assert_eq!(asked(&mut stage).as_deref(), Some("ventas\npor marca"));
}

#[test]
fn a_paste_is_cleaned_capped_never_sent_and_undone_in_one_step() {
    let mut stage = Stage::ready(80, 24);
    stage.type_text("a");
    stage.take(Msg::Paste(format!("b\r\n\u{1b}[31mrojo{}", "x".repeat(1_000_000))));
    let text = stage.app.question.text();
    assert!(text.starts_with("ab\n[31mrojo"), "{}", &text[..20]);
    assert!(text.chars().count() <= MAX_CHARS);
    assert!(stage.app.notice.is_some());
    assert_eq!(asked(&mut stage), None);
    stage.ctrl('u');
    assert_eq!(stage.app.question.text(), "a");
}

#[test]
fn a_full_box_takes_no_more() {
    let mut stage = Stage::ready(80, 24);
    stage.take(Msg::Paste("x".repeat(MAX_CHARS)));
    assert!(stage.app.notice.is_none());
    stage.type_text("y");
    assert_eq!(stage.app.question.text().chars().count(), MAX_CHARS);
    assert!(stage.app.notice.is_some());
}

#[test]
fn up_and_down_walk_past_questions_and_come_back_to_the_draft() {
    let mut stage = Stage::ready(80, 24);
    stage.type_text("borrador");
    let mut seen = Vec::new();
    for code in [KeyCode::Up, KeyCode::Up, KeyCode::Up, KeyCode::Down, KeyCode::Down] {
        stage.press(code);
        seen.push(stage.app.question.text());
    }
    assert_eq!(
        seen,
        ["ventas de ayer", "ventas por ciudad", "ventas por ciudad", "ventas de ayer", "borrador"]
    );
}

#[test]
fn typing_after_sending_begins_the_next_question() {
    let mut stage = Stage::ready(80, 24);
    stage.ask("una");
    stage.type_text("dos");
    assert_eq!(stage.app.question.text(), "dos");
}

#[test]
fn an_example_is_picked_by_its_number() {
    let mut stage = Stage::ready(80, 24);
    stage.press(KeyCode::Tab);
    stage.press(KeyCode::Char('2'));
    assert_eq!(asked(&mut stage).as_deref(), Some("los 5 productos más vendidos de junio"));
}

#[test]
fn a_reading_of_an_ambiguous_question_asks_its_own_question() {
    let mut stage = Stage::ready(80, 24);
    let id = stage.ask("ventas de bosch");
    stage.commands();
    let option = |n: u32| Choice { restatement: format!("lectura {n}"), question: format!("pregunta {n}") };
    let clarify = Clarify {
        lang: Lang::Es,
        message: "¿Marca o proveedor?".into(),
        options: vec![option(1), option(2)],
        unknown: Vec::new(),
        readings: Vec::new(),
    };
    let why = NotPlanned::Clarify(clarify);
    stage.tell(Event::NotPlanned { id, question: "ventas de bosch".into(), why, model: None });
    stage.press(KeyCode::Down);
    stage.press(KeyCode::Enter);
    assert_eq!(asked(&mut stage).as_deref(), Some("pregunta 2"));
}

#[test]
fn answers_to_questions_no_longer_waited_for_are_passed_over() {
    let mut stage = Stage::ready(80, 24);
    let first = stage.ask("una");
    stage.ask("dos");
    stage.tell(Event::Proposed(proposal(first, "SELECT 1 AS [a]")));
    assert!(!stage.screen().contains("SELECT"));
}

#[test]
fn a_new_question_turns_the_waiting_proposal_down() {
    let mut stage = Stage::ready(80, 24);
    let first = stage.propose("SELECT 1 AS [a]");
    stage.press(KeyCode::Tab);
    stage.commands();
    stage.ask("otra");
    assert!(stage.commands().iter().any(|c| matches!(c, Command::Reject { id } if *id == first)));
}

#[test]
fn escape_cancels_the_running_query_while_the_next_question_is_typed() {
    let mut stage = Stage::ready(80, 24);
    let id = stage.propose("SELECT 1 AS [a]");
    stage.press(KeyCode::Char('a'));
    stage.tell(Event::RunStarted { id, engine: EngineKind::Embedded });
    stage.press(KeyCode::Tab);
    stage.type_text("la siguiente");
    stage.press(KeyCode::Esc);
    assert!(stage.commands().iter().any(|c| matches!(c, Command::Cancel { id: of } if *of == id)));
    assert_eq!(stage.app.question.text(), "la siguiente");
}

#[test]
fn quitting_asks_only_while_a_query_runs() {
    let mut stage = Stage::ready(80, 24);
    stage.ctrl('q');
    assert!(matches!(stage.effects.last(), Some(Effect::Quit)));
    stage.effects.clear();
    let id = stage.propose("SELECT 1 AS [a]");
    stage.press(KeyCode::Char('a'));
    stage.tell(Event::RunStarted { id, engine: EngineKind::Embedded });
    stage.ctrl('q');
    assert_eq!(stage.app.overlay, Some(Overlay::QuitDialog));
    stage.press(KeyCode::Char('s'));
    assert!(matches!(stage.effects.last(), Some(Effect::Quit)));
}

#[test]
fn a_query_that_ends_while_quitting_is_asked_leaves_the_question() {
    let mut stage = Stage::ready(80, 24);
    let id = stage.propose("SELECT 1 AS [a]");
    stage.press(KeyCode::Char('a'));
    stage.tell(Event::RunStarted { id, engine: EngineKind::Embedded });
    stage.ctrl('q');
    stage.end(id, brands(), RunEnd::Done);
    assert!(stage.screen().contains("La consulta ya terminó. ¿Salir?"), "{}", stage.screen());
    stage.press(KeyCode::Char('s'));
    assert!(matches!(stage.effects.last(), Some(Effect::Quit)));
}

#[test]
fn a_second_interrupt_within_a_moment_quits() {
    let mut stage = Stage::ready(80, 24);
    stage.ctrl('c');
    assert!(!matches!(stage.effects.last(), Some(Effect::Quit)));
    stage.wait(3_000);
    stage.ctrl('c');
    assert!(!matches!(stage.effects.last(), Some(Effect::Quit)));
    stage.ctrl('c');
    assert!(matches!(stage.effects.last(), Some(Effect::Quit)));
}

#[test]
fn the_language_key_changes_every_label_at_once() {
    let mut stage = Stage::ready(120, 40);
    stage.result(brands());
    stage.press(KeyCode::F(2));
    let screen = stage.screen();
    assert!(screen.contains("Result") && screen.contains("Question"), "{screen}");
    assert!(!screen.contains("Resultado") && !screen.contains("Pregunta"), "{screen}");
    stage.press(KeyCode::F(2));
    assert_eq!(stage.app.focus, Focus::Main);
}

#[test]
fn nothing_moves_on_a_screen_at_rest() {
    let mut stage = Stage::ready(80, 24);
    assert_eq!(stage.app.next_change(), None);
    stage.ask("una");
    assert!(stage.app.next_change().is_some());
}
