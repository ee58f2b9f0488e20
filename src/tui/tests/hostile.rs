use super::stage::{Stage, frame, text};
use crate::ask::{Abstain, Choice, Clarify};
use crate::engine::EngineError;
use crate::frame::Completeness;
use crate::i18n::Lang;
use crate::model::ColumnKind;
use crate::session::{Event, NotPlanned, RunEnd};

const HOSTILE: &str = "PINTURA \u{1b}]0;robado\u{7}\u{202e}lado\u{200b}\u{9b}31m\r\n\u{8}fin";

fn is_hostile(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{200b}'..='\u{200f}' | '\u{2066}'..='\u{2069}')
}

fn assert_clean(stage: &Stage) {
    for cell in stage.buffer().content {
        assert!(!cell.symbol().chars().any(is_hostile), "{:?}", cell.symbol());
    }
}

#[test]
fn cells_and_column_names_reach_the_screen_clean() {
    for (width, height) in [(80, 24), (200, 60)] {
        let mut stage = Stage::ready(width, height);
        let rows =
            frame(vec![(HOSTILE, HOSTILE, ColumnKind::Text, text(&[Some(HOSTILE)]))], Completeness::Complete);
        stage.result(rows);
        assert!(stage.screen().contains("PINTURA"));
        assert_clean(&stage);
        stage.press(crossterm::event::KeyCode::Enter);
        assert!(stage.screen().contains("PINTURA"));
        assert_clean(&stage);
    }
}

#[test]
fn the_planners_words_and_the_engines_reach_the_screen_clean() {
    let mut stage = Stage::ready(80, 24);
    let id = stage.ask("x");
    let clarify = Clarify {
        lang: Lang::Es,
        message: HOSTILE.into(),
        options: vec![Choice { restatement: HOSTILE.into(), question: "y".into() }],
        unknown: vec![HOSTILE.into()],
        readings: Vec::new(),
    };
    stage.tell(Event::NotPlanned {
        id,
        question: "x".into(),
        why: NotPlanned::Clarify(clarify),
        model: None,
    });
    assert_clean(&stage);
    let id = stage.ask("1");
    let abstain = Abstain {
        lang: Lang::Es,
        message: HOSTILE.into(),
        unknown: vec![HOSTILE.into()],
        suggestions: vec![HOSTILE.into()],
        readings: Vec::new(),
    };
    stage.tell(Event::NotPlanned {
        id,
        question: "y".into(),
        why: NotPlanned::Abstain(abstain),
        model: None,
    });
    assert_clean(&stage);
    let mut stage = Stage::ready(80, 24);
    let id =
        stage.result(frame(vec![("n", "N", ColumnKind::Text, text(&[Some("a")]))], Completeness::Partial));
    let end = RunEnd::Failed(EngineError::Internal { detail: HOSTILE.into() });
    stage.end(id, crate::frame::Frame::nothing(), end);
    assert_clean(&stage);
}

#[test]
fn the_t_sql_reaches_the_screen_clean() {
    let mut stage = Stage::ready(80, 24);
    stage.propose(&format!("SELECT N'{HOSTILE}'"));
    assert_clean(&stage);
}
