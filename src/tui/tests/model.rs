//! Language models on the screen.

use std::sync::Arc;
use std::time::Duration;

use crossterm::event::KeyCode;
use rust_decimal::Decimal;

use super::stage::{Stage, brands, proposal};
use crate::ask::Abstain;
use crate::config::{CallLimits, ProviderName};
use crate::engine::{EngineError, EngineKind};
use crate::i18n::Lang;
use crate::llm::comment::{Comment, Recipient, Stretch};
use crate::llm::dialogue::{Attempt, Trace};
use crate::llm::limits::Spent;
use crate::llm::prompt::{Prompt, Role, Turn};
use crate::llm::{CallError, Progress, Standing, Usage};
use crate::sanitize::display_safe;
use crate::session::{Command, Event, NotPlanned, Note, QuestionId, RunEnd, Source};
use crate::tui::app::{Overlay, Pane};
use crate::tui::update::Msg;

const SQL: &str = "SELECT [marca]\nFROM banco_datos";

fn prompt() -> Prompt {
    let rules: Vec<String> = (1..=60).map(|n| format!("regla {n}")).collect();
    let turn = Turn { role: Role::User, text: r#"{"question":"ventas de CLIENTE_1"}"#.into() };
    Prompt { system: rules.join("\n"), turns: vec![turn], form: None }
}

fn trace(attempts: usize) -> Arc<Trace> {
    let wrong = |n| Attempt { wrong: format!("unknown metric «ganancia{n}»\u{1b}[2J") };
    Arc::new(Trace::example(prompt(), (1..=attempts).map(wrong).collect()))
}

fn sending(attempt: u32) -> Progress {
    let (provider, model) = (ProviderName::Anthropic, "claude-sonnet-5-5".to_string());
    Progress::Sending { provider, model, bytes: 4_096, attempt }
}

fn cancelled(stage: &mut Stage) -> Vec<QuestionId> {
    let commands = stage.commands().into_iter();
    commands
        .filter_map(|command| match command {
            Command::Cancel { id } => Some(id),
            _ => None,
        })
        .collect()
}

/// Has a proposal of a model on the screen.
fn proposed(stage: &mut Stage, source: Source, attempts: usize) -> QuestionId {
    let id = stage.ask("ventas por marca");
    stage.tell(Event::Asking { id, progress: sending(1) });
    let mut offered = proposal(id, SQL);
    offered.source = source;
    offered.model = Some(trace(attempts));
    if source == Source::ModelSql {
        let (restatement, warnings) = ("Marcas que se vendieron".into(), vec!["SQL libre: revise.".into()]);
        offered.note = Some(Arc::new(Note { restatement, warnings }));
    }
    stage.tell(Event::Proposed(offered));
    stage.wait(301);
    id
}

/// Has the result of a model's proposal on the screen.
fn answered(stage: &mut Stage, source: Source, end: RunEnd) -> QuestionId {
    let id = proposed(stage, source, 0);
    stage.press(KeyCode::Char('a'));
    stage.tell(Event::RunStarted { id, engine: EngineKind::Embedded });
    stage.end(id, brands(), end);
    stage.commands();
    id
}

fn comment(id: QuestionId) -> Event {
    let stretch = |text: &str, unverified| Stretch { text: display_safe(text), unverified };
    let lines = vec![
        vec![stretch("BOSCH vende ", false), stretch("$9.999.999", true), stretch(" y manda.", false)],
        vec![stretch("ÑAPA devuelve más de lo que vende.", false)],
    ];
    let comment = Comment {
        id: id.0,
        lines: Ok(lines),
        provider: ProviderName::Anthropic,
        model: "claude-sonnet-5-5".into(),
        usage: Usage::default(),
        cost: Decimal::new(12, 4),
    };
    Event::Commented { id, comment: Arc::new(comment) }
}

#[test]
fn the_answer_shows_as_it_comes_and_clean() {
    let mut stage = Stage::ready(80, 24);
    let id = stage.ask("utilidad de taladros percutores");
    stage.tell(Event::Asking { id, progress: sending(1) });
    for piece in ["{\"decision\":\"int", "ent\",\u{1b}[31m\u{202e}\n", " \"metrics\":[\"sales\"]}"] {
        stage.tell(Event::Asking { id, progress: Progress::Piece(piece.into()) });
    }
    stage.wait(4_000);
    let screen = stage.screen();
    assert!(!screen.contains(['\u{1b}', '\u{202e}']));
    insta::assert_snapshot!(screen);
}

#[test]
fn waits_repetitions_and_other_providers_are_told() {
    let mut stage = Stage::ready(100, 30);
    let id = stage.ask("utilidad de taladros percutores");
    let told = [
        (Progress::Queued, "Esperando a que termine otra"),
        (sending(1), "intento 1"),
        (
            Progress::Waiting {
                provider: ProviderName::Anthropic,
                error: CallError::TooMany { wait: None },
                left: Duration::from_millis(6_100),
            },
            "de nuevo en 7 s",
        ),
        (sending(2), "intento 2"),
        (Progress::SentBack(1), "(1 de 2)"),
    ];
    for (progress, shown) in told {
        stage.tell(Event::Asking { id, progress });
        assert!(stage.screen().contains(shown), "{shown}: {}", stage.screen());
    }
}

#[test]
fn escape_stops_the_model_and_says_so() {
    let mut stage = Stage::ready(80, 24);
    let id = stage.ask("utilidad de taladros percutores");
    stage.tell(Event::Asking { id, progress: sending(1) });
    assert!(stage.screen().contains("Esc"), "{}", stage.screen());
    stage.commands();
    stage.press(KeyCode::Esc);
    assert_eq!(cancelled(&mut stage), [id]);
    assert!(stage.screen().contains("Deteniendo el modelo"));
    stage.ctrl('c');
    assert_eq!(cancelled(&mut stage), [id]);
}

#[test]
fn one_question_is_asked_once_whatever_is_pressed_or_resized() {
    let mut stage = Stage::ready(80, 24);
    let id = stage.ask("utilidad de taladros percutores");
    stage.press(KeyCode::Enter);
    stage.tell(Event::Asking { id, progress: sending(1) });
    for (width, height) in [(120, 40), (60, 15), (10, 3), (80, 24)] {
        stage.take(Msg::Resize(width, height));
        stage.press(KeyCode::Enter);
        stage.wait(500);
    }
    stage.press(KeyCode::F(2));
    let asked = stage.commands().into_iter().filter(|c| matches!(c, Command::Ask { .. })).count();
    assert_eq!(asked, 1);
}

#[test]
fn another_question_leaves_the_first_models_words_behind() {
    let mut stage = Stage::ready(80, 24);
    let first = stage.ask("utilidad de taladros percutores");
    stage.tell(Event::Asking { id: first, progress: sending(1) });
    stage.tell(Event::Asking { id: first, progress: Progress::Piece("viejo".into()) });
    stage.ask("otra cosa");
    stage.tell(Event::Asking { id: first, progress: Progress::Piece("viejo".into()) });
    assert!(!stage.screen().contains("viejo"));
}

#[test]
fn a_plan_says_where_it_comes_from() {
    let titles = [
        (Source::Verified, "Consulta verificada"),
        (Source::ModelIntent, "Plan de un modelo"),
        (Source::ModelSql, "SQL LIBRE de un modelo"),
    ];
    for (source, title) in titles {
        let mut stage = Stage::ready(100, 30);
        proposed(&mut stage, source, 0);
        assert!(stage.screen().contains(title), "{}", stage.screen());
    }
}

#[test]
fn free_sql_of_a_model() {
    for (width, height) in [(80, 24), (120, 40)] {
        let mut stage = Stage::ready(width, height);
        proposed(&mut stage, Source::ModelSql, 2);
        insta::assert_snapshot!(format!("free_sql_{width}x{height}"), stage.screen());
    }
}

#[test]
fn what_was_sent_is_shown_to_its_end_and_covers_the_decision() {
    let mut stage = Stage::ready(80, 24);
    proposed(&mut stage, Source::ModelIntent, 1);
    stage.press(KeyCode::Char('m'));
    assert_eq!(stage.app.overlay, Some(Overlay::Sent { scroll: 0 }));
    assert!(stage.screen().contains("Lo que se envió (4,0 KiB)"), "{}", stage.screen());
    stage.press(KeyCode::Char('a'));
    assert_eq!(stage.approved(), None);
    for _ in 0..8 {
        stage.press(KeyCode::PageDown);
    }
    assert!(stage.screen().contains("CLIENTE_1"), "{}", stage.screen());
    stage.press(KeyCode::Esc);
    stage.press(KeyCode::Char('a'));
    assert_eq!(stage.approved(), None, "the proposal has only just come back");
    stage.wait(301);
    stage.press(KeyCode::Char('a'));
    assert!(stage.approved().is_some());
}

#[test]
fn what_was_sent_for_nothing_can_be_looked_at_too() {
    let mut stage = Stage::ready(80, 24);
    let id = stage.ask("¿y el zodiaco?");
    let abstain = Abstain {
        lang: Lang::Es,
        message: "El modelo dice que no se puede responder.".into(),
        unknown: Vec::new(),
        suggestions: vec!["ventas por ciudad".into()],
        readings: Vec::new(),
    };
    let (question, why) = ("¿y el zodiaco?".to_string(), NotPlanned::Abstain(abstain));
    stage.tell(Event::NotPlanned { id, question, why, model: Some(trace(0)) });
    stage.press(KeyCode::Char('m'));
    assert!(stage.screen().contains("Lo que se envió"), "{}", stage.screen());
    stage.press(KeyCode::Esc);
    stage.press(KeyCode::Esc);
    stage.ask("ventas");
    assert!(stage.app.unanswered.is_none());
}

#[test]
fn an_answer_is_marked_right_or_wrong_with_a_reason() {
    let mut stage = Stage::ready(80, 24);
    let id = answered(&mut stage, Source::ModelIntent, RunEnd::Done);
    stage.press(KeyCode::Char('v'));
    assert!(matches!(&stage.commands()[..], [Command::Mark { id: of, wrong: None, .. }] if *of == id));
    stage.tell(Event::Marked { id, right: true });
    assert!(stage.screen().contains("Resultado · verificada"), "{}", stage.screen());
    stage.press(KeyCode::Char('x'));
    stage.type_text("faltan las \u{1b}devoluciones");
    assert!(stage.screen().contains("> faltan las devoluciones"), "{}", stage.screen());
    stage.press(KeyCode::Enter);
    let commands = stage.commands();
    let [Command::Mark { wrong: Some(why), .. }] = &commands[..] else { panic!("{commands:?}") };
    assert_eq!(why, "faltan las devoluciones");
    stage.press(KeyCode::Char('x'));
    stage.take(Msg::Paste("otra\nrazón".into()));
    stage.press(KeyCode::Esc);
    assert!(stage.commands().is_empty());
    assert_eq!(stage.app.overlay, None);
}

#[test]
fn a_comment_stands_below_what_is_computed_here_and_is_asked_for_once() {
    let mut stage = Stage::ready(80, 24);
    let id = answered(&mut stage, Source::Planner, RunEnd::Done);
    stage.press(KeyCode::Char('m'));
    assert!(matches!(&stage.commands()[..], [Command::Comment { id: of, .. }] if *of == id));
    stage.tell(Event::Asking { id, progress: sending(1) });
    stage.tell(Event::Asking { id, progress: Progress::Piece("BOSCH vende".into()) });
    assert!(stage.screen().contains("BOSCH vende"), "{}", stage.screen());
    stage.press(KeyCode::Char('m'));
    stage.tell(comment(id));
    stage.press(KeyCode::Char('m'));
    stage.press(KeyCode::Esc);
    stage.press(KeyCode::Char('m'));
    assert!(stage.commands().is_empty());
    insta::assert_snapshot!(stage.screen());
}

#[test]
fn a_comment_that_is_asked_for_can_be_stopped() {
    let mut stage = Stage::ready(80, 24);
    let id = answered(&mut stage, Source::Planner, RunEnd::Done);
    stage.press(KeyCode::Char('m'));
    stage.tell(Event::Asking { id, progress: sending(1) });
    stage.commands();
    stage.press(KeyCode::Esc);
    assert_eq!(cancelled(&mut stage), [id]);
}

#[test]
fn nothing_leaves_before_a_consent_that_was_read() {
    let mut stage = Stage::ready(80, 24);
    let id = answered(&mut stage, Source::Planner, RunEnd::Done);
    stage.press(KeyCode::Char('m'));
    stage.commands();
    let wanted = || Event::ConsentWanted {
        id,
        recipients: vec![
            Recipient { provider: ProviderName::Anthropic, model: "claude-sonnet-5-5".into() },
            Recipient { provider: ProviderName::Grok, model: "grok-4.6".into() },
        ],
        prompt: Arc::new(prompt()),
        hidden: 3,
    };
    stage.tell(wanted());
    // Typed before it could be read.
    stage.press(KeyCode::Char('a'));
    assert!(stage.commands().is_empty());
    insta::assert_snapshot!(stage.screen());
    stage.wait(301);
    stage.press(KeyCode::Esc);
    assert!(stage.commands().is_empty());
    assert_eq!(stage.app.overlay, None);
    stage.tell(wanted());
    stage.wait(301);
    stage.take(Msg::Paste("a".into()));
    stage.press(KeyCode::Enter);
    assert!(stage.commands().is_empty());
    stage.press(KeyCode::Char('a'));
    let commands = stage.commands();
    let [Command::Consent { providers, .. }, Command::Comment { id: of, .. }] = &commands[..] else {
        panic!("{commands:?}")
    };
    assert_eq!((&providers[..], *of), (&[ProviderName::Anthropic, ProviderName::Grok][..], id));
}

#[test]
fn only_a_models_query_that_failed_is_mended() {
    let failure = || RunEnd::Failed(EngineError::Invalid { detail: "columna desconocida".into() });
    let mut stage = Stage::ready(80, 24);
    let id = answered(&mut stage, Source::ModelSql, failure());
    assert!(stage.screen().contains("f: pedir al modelo"), "{}", stage.screen());
    stage.press(KeyCode::Char('f'));
    let commands = stage.commands();
    let [Command::Repair { id: of, as_id, .. }] = &commands[..] else { panic!("{commands:?}") };
    assert_eq!(*of, id);
    assert!(matches!(stage.app.pane, Pane::Planning { id } if id == *as_id));
    for (source, end) in [(Source::Planner, failure()), (Source::ModelSql, RunEnd::Done)] {
        let mut stage = Stage::ready(80, 24);
        answered(&mut stage, source, end);
        stage.press(KeyCode::Char('f'));
        assert!(stage.commands().is_empty());
    }
}

#[test]
fn the_status_line_says_what_models_cost_and_whether_they_can_be_asked() {
    let mut stage = Stage::ready(100, 30);
    let told = |key: bool, rests: Option<u64>| Event::Models {
        spent: Spent { last_minute: 1, last_hour: 2, last_day: 3, tokens: 4_500, cost: Decimal::new(123, 4) },
        limits: CallLimits::default(),
        standings: vec![Standing {
            provider: ProviderName::Anthropic,
            model: "claude-sonnet-5-5".into(),
            base_url: "https://api.anthropic.com".into(),
            is_local: false,
            key: Ok(key),
            failures: 0,
            open_for: rests.map(Duration::from_secs),
        }],
    };
    stage.tell(told(true, None));
    assert!(stage.screen().contains("anthropic US$0,0123 · ES"), "{}", stage.screen());
    stage.tell(told(false, None));
    assert!(stage.screen().contains("anthropic sin clave"));
    stage.tell(told(true, Some(30)));
    assert!(stage.screen().contains("anthropic en pausa"));
    stage.wait(31_000);
    assert!(!stage.screen().contains("en pausa"));
    stage.press(KeyCode::F(4));
    assert!(!stage.screen().contains("se deja en paz"));
    assert!(stage.screen().contains("1.000.000 tokens"), "{}", stage.screen());
}
