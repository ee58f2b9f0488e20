//! Every state as it looks at the three sizes that matter.

use std::sync::Arc;

use crossterm::event::KeyCode;

use super::stage::{CAPABILITIES, Stage, brands, proposal, ready};
use crate::ask::{Abstain, Choice, Clarify, Intent, Plan, Reading, Refused, Understanding};
use crate::engine::EngineKind;
use crate::i18n::Lang;
use crate::session::{Event, NotPlanned, QuestionId, RunEnd};
use crate::tui::{Capabilities, ColorDepth};

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (200, 60)];

fn at_every_size(name: &str, play: impl Fn(&mut Stage)) {
    for (width, height) in SIZES {
        let mut stage = Stage::ready(width, height);
        play(&mut stage);
        insta::assert_snapshot!(format!("{name}_{width}x{height}"), stage.screen());
    }
}

const QUESTION: &str = "ventas por marca de bosh en junio porfa";
const SQL: &str = "SELECT TOP (10) [marca], SUM([TotalSinIva]) AS [ventas]\nFROM [banco_datos]\nWHERE \
                   [Fecha] >= '20260601' AND [Fecha] < '20260701' AND [marca] = N'BOSCH'\nGROUP BY \
                   [marca]\nORDER BY [ventas] DESC";

fn plan() -> Plan {
    let reading = |words: &str, understanding, meaning: &str| {
        let start = QUESTION.find(words).expect("words of the question");
        Reading { span: start..start + words.len(), understanding, meaning: meaning.into() }
    };
    Plan {
        intent: Intent::of(Vec::new()),
        lang: Lang::Es,
        sql: SQL.into(),
        restatement: "Ventas sin IVA por marca, marca BOSCH, del 01/06/2026 al 30/06/2026, sin documentos \
                      excluidos."
            .into(),
        definitions: vec!["Ventas: suma de TotalSinIva.".into()],
        readings: vec![
            reading("ventas", Understanding::Exact, "métrica: ventas"),
            reading("por marca", Understanding::Exact, "agrupar por marca"),
            reading("bosh", Understanding::Corrected, "marca = BOSCH"),
            reading("en junio", Understanding::Exact, "del 01/06/2026 al 30/06/2026"),
            reading("porfa", Understanding::Ignored, ""),
        ],
        columns: Vec::new(),
        chart: crate::ask::ChartHint::Bar,
        warnings: vec!["Se leyó «bosh» como BOSCH.".into()],
    }
}

pub(super) fn planned(stage: &mut Stage) {
    let id = stage.ask(QUESTION);
    let mut offered = proposal(id, SQL);
    offered.question = QUESTION.into();
    offered.plan = Some(Arc::new(plan()));
    stage.tell(Event::Proposed(offered));
    stage.wait(301);
}

/// A plan, approved and answered.
pub(super) fn planned_result(stage: &mut Stage) -> QuestionId {
    planned(stage);
    let id = QuestionId(stage.app.last_id);
    stage.press(KeyCode::Char('G'));
    stage.press(KeyCode::Char('a'));
    stage.tell(Event::RunStarted { id, engine: EngineKind::Embedded });
    stage.end(id, brands(), RunEnd::Done);
    id
}

#[test]
fn preparing() {
    let mut stage = Stage::new(80, 24);
    stage.tell(Event::Preparing { done: 0.42 });
    insta::assert_snapshot!(stage.screen());
}

#[test]
fn welcome() {
    at_every_size("welcome", |_| {});
}

#[test]
fn a_plan() {
    at_every_size("plan", planned);
}

#[test]
fn a_running_query() {
    at_every_size("running", |stage| {
        let id = stage.propose("SELECT 1 AS [a]");
        stage.press(KeyCode::Char('a'));
        stage.tell(Event::RunStarted { id, engine: EngineKind::Embedded });
        stage.wait(2_500);
    });
}

#[test]
fn a_result() {
    at_every_size("result", |stage| {
        stage.result(brands());
    });
}

#[test]
fn a_chart() {
    at_every_size("chart", |stage| {
        stage.result(brands());
        stage.press(KeyCode::Char('c'));
    });
}

#[test]
fn a_clarification() {
    at_every_size("clarify", |stage| {
        let id = stage.ask("ventas de bosch");
        let option = |shown: &str| Choice { restatement: shown.into(), question: shown.into() };
        let clarify = Clarify {
            lang: Lang::Es,
            message: "«Bosch» es una marca y también un proveedor. ¿Cuál de los dos?".into(),
            options: vec![option("Ventas de la marca BOSCH"), option("Ventas del proveedor BOSCH SAS")],
            unknown: Vec::new(),
            readings: Vec::new(),
        };
        let why = NotPlanned::Clarify(clarify);
        stage.tell(Event::NotPlanned { id, question: "ventas de bosch".into(), why, model: None });
    });
}

#[test]
fn an_abstention() {
    at_every_size("abstain", |stage| {
        let id = stage.ask("ventas por zodiaco");
        let abstain = Abstain {
            lang: Lang::Es,
            message: "No entendí toda la pregunta, y sin entenderla toda no la respondo.".into(),
            unknown: vec!["zodiaco".into()],
            suggestions: vec!["ventas por ciudad".into(), "ventas por vendedor".into()],
            readings: Vec::new(),
        };
        let why = NotPlanned::Abstain(abstain);
        stage.tell(Event::NotPlanned { id, question: "ventas por zodiaco".into(), why, model: None });
    });
}

#[test]
fn a_refusal() {
    let mut stage = Stage::ready(80, 24);
    let id = stage.ask("borre las ventas");
    let message = "depotru solo lee: no borra ni cambia datos.".into();
    let why = NotPlanned::Refuse(Refused { lang: Lang::Es, message, reason: "write" });
    stage.tell(Event::NotPlanned { id, question: "borre las ventas".into(), why, model: None });
    insta::assert_snapshot!(stage.screen());
}

#[test]
fn the_editor() {
    let mut stage = Stage::ready(80, 24);
    planned(&mut stage);
    stage.press(KeyCode::Char('e'));
    insta::assert_snapshot!(stage.screen());
}

#[test]
fn a_row_in_full() {
    let mut stage = Stage::ready(80, 24);
    stage.result(brands());
    stage.press(KeyCode::Enter);
    insta::assert_snapshot!(stage.screen());
}

#[test]
fn the_help() {
    let mut stage = Stage::ready(80, 24);
    stage.press(KeyCode::F(1));
    insta::assert_snapshot!(stage.screen());
}

#[test]
fn english() {
    for (width, height) in SIZES {
        let mut stage = Stage::with(width, height, Lang::En, CAPABILITIES);
        stage.tell(ready());
        insta::assert_snapshot!(format!("english_welcome_{width}x{height}"), stage.screen());
        stage.result(brands());
        insta::assert_snapshot!(format!("english_result_{width}x{height}"), stage.screen());
    }
}

#[test]
fn without_color_the_screen_says_the_same() {
    let colorless = Capabilities { color: ColorDepth::None, unicode: true };
    let mut plain = Stage::with(80, 24, Lang::Es, colorless);
    plain.tell(ready());
    plain.result(brands());
    let mut colored = Stage::ready(80, 24);
    colored.result(brands());
    assert_eq!(plain.screen(), colored.screen());
    use ratatui::style::{Color, Modifier};
    let cells = plain.buffer().content;
    assert!(cells.iter().all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset));
    assert!(cells.iter().any(|cell| cell.modifier.contains(Modifier::REVERSED)));
}

#[test]
fn without_unicode_the_screen_is_ascii() {
    let ascii = Capabilities { color: ColorDepth::Ansi16, unicode: false };
    let mut stage = Stage::with(80, 24, Lang::Es, ascii);
    stage.tell(ready());
    stage.result(brands());
    let screen = stage.screen();
    assert!(screen.is_ascii(), "{screen}");
    insta::assert_snapshot!("ascii_result", screen);
}
