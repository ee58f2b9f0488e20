use crossterm::event::KeyCode;

use super::stage::{Stage, brands, count, frame, money, text};
use crate::frame::Completeness;
use crate::model::ColumnKind;
use crate::session::{Event, RunEnd};
use crate::tui::update::Effect;

fn wide() -> crate::frame::Frame {
    let names: Vec<String> = (0..30).map(|n| format!("columna_numero_{n}")).collect();
    let columns = names.iter().map(|name| (name.as_str(), name.as_str(), ColumnKind::Count, count(500)));
    frame(columns.collect(), Completeness::Complete)
}

#[test]
fn amounts_are_in_pesos_at_the_right_and_marks_do_not_need_color() {
    let mut stage = Stage::ready(80, 24);
    stage.result(brands());
    let screen = stage.screen();
    assert!(screen.contains("$1.234.567"), "{screen}");
    assert!(screen.contains("▸"), "{screen}");
    let ends: Vec<usize> = screen
        .lines()
        .filter(|line| line.contains('$') && line.starts_with('│'))
        .filter_map(|line| line.split("  ").find(|cell| cell.contains('$')).map(|cell| (line, cell)))
        .filter_map(|(line, cell)| line.find(cell).map(|at| line[..at + cell.len()].chars().count()))
        .collect();
    assert!(ends.len() >= 3 && ends.windows(2).all(|pair| pair[0] == pair[1]), "{ends:?}\n{screen}");
}

#[test]
fn the_cursor_stays_inside_and_the_header_stays_when_rows_scroll() {
    let mut stage = Stage::ready(80, 24);
    stage.result(wide());
    stage.press(KeyCode::Char('G'));
    let result = stage.app.result.as_deref().expect("a result");
    assert_eq!(result.row, 499);
    assert!(stage.screen().contains("columna_numero_0"));
    stage.press(KeyCode::PageDown);
    assert_eq!(stage.app.result.as_deref().expect("a result").row, 499);
    stage.press(KeyCode::Char('g'));
    stage.press(KeyCode::Up);
    assert_eq!(stage.app.result.as_deref().expect("a result").row, 0);
}

#[test]
fn the_first_column_stays_when_the_others_scroll() {
    let mut stage = Stage::ready(80, 24);
    stage.result(wide());
    stage.press(KeyCode::End);
    let screen = stage.screen();
    assert!(screen.contains("columna_numero_29") && screen.contains("columna_numero_0"), "{screen}");
    assert!(!screen.contains("columna_numero_5"), "{screen}");
}

#[test]
fn sorting_turns_around_and_returns_to_the_order_of_arrival() {
    let mut stage = Stage::ready(80, 24);
    stage.result(brands());
    stage.press(KeyCode::Right);
    let firsts: Vec<String> = (0..3)
        .map(|_| {
            stage.press(KeyCode::Char('s'));
            let result = stage.app.result.as_deref().expect("a result");
            result.frame.cell(0, 1, stage.app.lang).text.into_string()
        })
        .collect();
    assert_eq!(firsts, ["$1.234.567", "-$45.000", "$1.234.567"]);
}

#[test]
fn sorting_a_truncated_result_says_so() {
    let mut stage = Stage::ready(80, 24);
    let rows = frame(vec![("n", "N", ColumnKind::Count, count(20))], Completeness::Truncated);
    stage.result(rows);
    stage.press(KeyCode::Char('s'));
    assert!(stage.screen().contains("truncado"), "{}", stage.screen());
}

#[test]
fn finding_goes_around_forwards_and_backwards() {
    let mut stage = Stage::ready(80, 24);
    let names: Vec<Option<&str>> = vec![Some("uno"), Some("taladro"), Some("dos"), Some("TALÁDRO")];
    stage.result(frame(vec![("n", "N", ColumnKind::Text, text(&names))], Completeness::Complete));
    stage.press(KeyCode::Char('/'));
    stage.type_text("taladro");
    stage.press(KeyCode::Enter);
    let row = |stage: &Stage| stage.app.result.as_deref().expect("a result").row;
    let mut seen = vec![row(&stage)];
    for code in ['n', 'n', 'N', 'N'] {
        stage.press(KeyCode::Char(code));
        seen.push(row(&stage));
    }
    assert_eq!(seen, [1, 3, 1, 3, 1]);
    stage.press(KeyCode::Char('/'));
    stage.type_text("zzz");
    stage.press(KeyCode::Enter);
    assert!(stage.app.notice.is_some());
}

#[test]
fn a_row_in_full_shows_every_column_and_walks_the_rows() {
    let mut stage = Stage::ready(80, 24);
    stage.result(brands());
    stage.press(KeyCode::Enter);
    let screen = stage.screen();
    assert!(screen.contains("Fila 1 de 4") && screen.contains("BOSCH"), "{screen}");
    stage.press(KeyCode::Right);
    assert!(stage.screen().contains("STANLEY"));
    stage.press(KeyCode::Esc);
    assert!(stage.screen().contains("Resultado"));
}

#[test]
fn copying_hands_the_cell_as_shown_to_the_terminal() {
    let mut stage = Stage::ready(80, 24);
    stage.result(brands());
    stage.press(KeyCode::Right);
    stage.press(KeyCode::Char('y'));
    assert!(matches!(stage.effects.last(), Some(Effect::Copy(text)) if text == "$1.234.567"));
}

#[test]
fn copying_cleans_unless_the_original_is_asked_for() {
    let hostile = "=HYPERLINK(\"x\")\u{1b}]0;y\u{7}\u{202e}z";
    let mut stage = Stage::ready(80, 24);
    let column = vec![("n", "N", ColumnKind::Text, text(&[Some(hostile), Some("limpia")]))];
    stage.result(frame(column, Completeness::Complete));
    stage.press(KeyCode::Char('y'));
    let Some(Effect::Copy(copied)) = stage.effects.last() else { panic!("nothing was copied") };
    assert_eq!(copied, "=HYPERLINK(\"x\")␛]0;y␇·z");
    stage.press(KeyCode::Char('o'));
    assert!(matches!(stage.effects.last(), Some(Effect::Copy(text)) if text == hostile));
    assert!(stage.screen().contains("Celda original"), "{}", stage.screen());
    stage.press(KeyCode::Down);
    stage.press(KeyCode::Char('o'));
    assert!(matches!(stage.effects.last(), Some(Effect::Copy(text)) if text == "limpia"));
    assert!(!stage.screen().contains("Celda original"));
}

#[test]
fn an_answer_cut_short_is_marked() {
    let mut stage = Stage::ready(80, 24);
    let id = stage.result(brands());
    let cut = frame(vec![("m", "M", ColumnKind::Money, money(&[100]))], Completeness::Partial);
    stage.end(id, cut, RunEnd::Cancelled);
    assert!(stage.screen().contains("INCOMPLETO"), "{}", stage.screen());
    let cut = frame(vec![("m", "M", ColumnKind::Money, money(&[100]))], Completeness::Truncated);
    stage.end(id, cut, RunEnd::Done);
    assert!(stage.screen().contains("TRUNCADO"), "{}", stage.screen());
}

#[test]
fn rows_show_before_the_query_ends() {
    let mut stage = Stage::ready(80, 24);
    let id = stage.propose("SELECT 1 AS [a]");
    stage.press(KeyCode::Char('a'));
    stage.tell(Event::RunStarted { id, engine: crate::engine::EngineKind::Embedded });
    stage.tell(Event::Rows { id, frame: brands() });
    assert!(stage.screen().contains("BOSCH"));
    assert!(stage.screen().contains("Consultando"));
}

#[test]
fn empty_answers_and_failures_do_not_break_any_key() {
    for rows in [
        crate::frame::Frame::nothing(),
        frame(vec![("n", "N", ColumnKind::Count, count(0))], Completeness::Complete),
    ] {
        let mut stage = Stage::ready(80, 24);
        stage.result(rows);
        for c in "jklhgG0$sncciipyYo/".chars() {
            stage.press(KeyCode::Char(c));
        }
        for code in [KeyCode::Enter, KeyCode::Esc, KeyCode::Enter, KeyCode::PageDown, KeyCode::End] {
            stage.press(code);
        }
    }
}
