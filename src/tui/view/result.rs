//! A result: the table alone with one statement below it, or with chart and statements beside it.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use super::{chart, insights, pane, put, record, table};
use crate::engine::{self, EngineError};
use crate::i18n::text;
use crate::session::RunEnd;
use crate::tui::app::{App, ResultPane, View};
use crate::tui::text::{clip, wrap};

/// From this width on, chart and statements stand beside the table.
const SIDE_BY_SIDE: u16 = 110;
/// Lines below the table that say why an answer is not whole: the status line may be too short for it.
const FAILURE_LINES: u16 = 3;

/// The places of table, statement line, chart and statements.
struct Places {
    table: Rect,
    line: Option<Rect>,
    side: Option<(Rect, Rect)>,
    next: Option<Rect>,
}

/// Why the query failed, if it did.
fn failure(result: &ResultPane) -> Option<&EngineError> {
    match &result.end {
        Some(RunEnd::Failed(error)) => Some(error),
        _ => None,
    }
}

/// Rows from which on there is room for a line of questions that go on.
const ROOMY: u16 = 10;

fn places(result: &ResultPane, area: Rect) -> Places {
    if result.next.is_empty() || failure(result).is_some() || area.height < ROOMY {
        return without_next(result, area);
    }
    let next = Rect { y: area.bottom() - 1, height: 1, ..area };
    let rest = without_next(result, Rect { height: area.height - 1, ..area });
    Places { next: Some(next), ..rest }
}

fn without_next(result: &ResultPane, area: Rect) -> Places {
    if failure(result).is_some() {
        let height = FAILURE_LINES.min(area.height / 3);
        let line = Rect { y: area.bottom().saturating_sub(height), height, ..area };
        return Places {
            table: Rect { height: area.height - height, ..area },
            line: Some(line),
            side: None,
            next: None,
        };
    }
    let said = !result.insights.is_empty() || result.chart.is_some();
    if !said {
        return Places { table: area, line: None, side: None, next: None };
    }
    if area.width >= SIDE_BY_SIDE {
        let left = area.width * 11 / 20;
        let side = Rect { x: area.x + left, width: area.width - left, ..area };
        let upper = if result.chart.is_some() { side.height * 11 / 20 } else { 0 };
        let chart = Rect { height: upper, ..side };
        let below = Rect { y: side.y + upper, height: side.height - upper, ..side };
        return Places {
            table: Rect { width: left, ..area },
            line: None,
            side: Some((chart, below)),
            next: None,
        };
    }
    let line = Rect { y: area.bottom().saturating_sub(1), height: area.height.min(1), ..area };
    Places {
        table: Rect { height: area.height.saturating_sub(1), ..area },
        line: Some(line),
        side: None,
        next: None,
    }
}

/// The cells of the table's rows, without border, header and marks.
pub(crate) fn table_window(result: &ResultPane, area: Rect) -> Rect {
    table::window(places(result, area).table)
}

pub(super) fn render(app: &App, result: &ResultPane, area: Rect, buf: &mut Buffer) -> Option<Position> {
    match result.view {
        View::Record { scroll } => record::render(app, result, scroll, area, buf),
        View::Chart => {
            let inner = pane(app, text(app.lang, "tui.title.chart"), area, buf);
            chart::render(app, result.chart.as_ref(), inner, buf);
        }
        View::Insights { scroll } => {
            let inner = pane(app, text(app.lang, "tui.title.insights"), area, buf);
            insights::render(app, result, scroll, inner, buf);
        }
        View::Table => return with_table(app, result, area, buf),
    }
    None
}

fn with_table(app: &App, result: &ResultPane, area: Rect, buf: &mut Buffer) -> Option<Position> {
    let places = places(result, area);
    let cursor = table::render(app, result, places.table, buf);
    if let Some((upper, lower)) = places.side {
        if upper.height > 2 {
            let inner = super::bordered(app, text(app.lang, "tui.title.chart"), upper, false, buf);
            chart::render(app, result.chart.as_ref(), inner, buf);
        }
        let inner = super::bordered(app, text(app.lang, "tui.title.insights"), lower, false, buf);
        insights::render(app, result, 0, inner, buf);
    }
    if let Some(line) = places.line {
        match failure(result) {
            Some(error) => failed(app, result, error, line, buf),
            None => statement(app, result, line, buf),
        }
    }
    if let Some(line) = places.next {
        next_questions(app, result, line, buf);
    }
    cursor
}

/// The questions that go on, each behind the key that asks it; those that fit.
fn next_questions(app: &App, result: &ResultPane, area: Rect, buf: &mut Buffer) {
    let room = usize::from(area.width).saturating_sub(1);
    let mut x = 1 + put(buf, area, 1, 0, text(app.lang, "tui.table.next"), app.styles.muted);
    for (at, question) in result.next.iter().enumerate() {
        let question = crate::sanitize::display_safe(question);
        let wide = 4 + crate::tui::text::width(question.as_str());
        if x + wide > room {
            break;
        }
        x += 2 + put(buf, area, x + 2, 0, &(at + 1).to_string(), app.styles.key);
        x += 1 + put(buf, area, x + 1, 0, question.as_str(), Style::default());
    }
}

/// The whole sentence of a failure.
fn failed(app: &App, result: &ResultPane, error: &EngineError, area: Rect, buf: &mut Buffer) {
    let sentence = engine::sentence(error, app.lang);
    let repair = if result.is_repairable() { text(app.lang, "tui.table.repair") } else { "" };
    let sentence = format!("{repair} {}", sentence.as_str());
    let room = usize::from(area.width).saturating_sub(2);
    for (y, line) in wrap(sentence.trim(), room).iter().take(usize::from(area.height)).enumerate() {
        put(buf, area, 1, y, line, app.styles.error);
    }
}

/// The most useful statement, and how many more there are.
fn statement(app: &App, result: &ResultPane, area: Rect, buf: &mut Buffer) {
    let Some(first) = result.insights.first() else { return };
    let more = result.insights.len() - 1;
    let more = if more > 0 { format!("  (+{more}: i)") } else { String::new() };
    let room = usize::from(area.width).saturating_sub(2 + crate::tui::text::width(&more));
    let style = if first.notable { app.styles.notable } else { Style::default() };
    let shown = clip(first.text.as_str(), room);
    let x = 1 + put(buf, area, 1, 0, &shown, style);
    put(buf, area, x, 0, &more, app.styles.muted);
}
