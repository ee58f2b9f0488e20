//! The result table: only the cells on the screen are formatted.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use super::{pane, put};
use crate::format;
use crate::frame::{Completeness, Tone};
use crate::i18n::{fill, text};
use crate::tui::app::{App, ResultPane, SHOWN_BYTES};
use crate::tui::text::{clip, fit, width, wrap};

/// Cells at the left for the mark of the current row.
const MARGIN: u16 = 2;

/// The cells of the rows within a table drawn in `area`.
pub(super) fn window(area: Rect) -> Rect {
    Rect {
        x: area.x + 1 + MARGIN,
        y: area.y + 2,
        width: area.width.saturating_sub(2 + MARGIN),
        height: area.height.saturating_sub(3),
    }
}

/// Draws the table; where the cursor stands, if the search prompt is open.
pub(super) fn render(app: &App, result: &ResultPane, area: Rect, buf: &mut Buffer) -> Option<Position> {
    pane(app, &title(app, result), area, buf);
    let cells = window(area);
    if result.frame.columns().is_empty() || result.frame.row_count() == 0 {
        let key = match (&result.end, result.frame.completeness()) {
            (None, _) => text(app.lang, "tui.table.waiting"),
            (_, Completeness::Complete) => text(app.lang, "tui.table.empty"),
            _ => text(app.lang, "tui.table.nothing"),
        };
        put(buf, cells, 0, 0, key, app.styles.muted);
        if result.end.is_some() && result.frame.completeness() == Completeness::Complete {
            asked_for(result, cells, buf);
        }
    }
    let columns = result.shown_columns(usize::from(cells.width));
    header(app, result, &columns, cells, buf);
    for line in 0..usize::from(cells.height) {
        let row = result.top + line;
        if row >= result.frame.row_count() {
            break;
        }
        draw_row(app, result, row, line, &columns, cells, buf);
    }
    footer(app, result, &columns, area, buf);
    find_prompt(app, result, area, buf)
}

/// What was asked for, where nothing was found: the filters used are in it.
fn asked_for(result: &ResultPane, cells: Rect, buf: &mut Buffer) {
    let Some(plan) = result.plan.as_deref().filter(|plan| !plan.restatement.is_empty()) else { return };
    let lines = wrap(&plan.restatement, usize::from(cells.width));
    for (y, line) in lines.iter().take(usize::from(cells.height).saturating_sub(1)).enumerate() {
        put(buf, cells, 0, y + 1, line, Style::default());
    }
}

type Shown = [(usize, usize, usize)];

fn header(app: &App, result: &ResultPane, columns: &Shown, cells: Rect, buf: &mut Buffer) {
    let line = Rect { y: cells.y.saturating_sub(1), height: 1, ..cells };
    for (column, at, wide) in columns {
        let title = result.frame.columns().get(*column).map_or("", |column| column.title.as_str());
        let mark = match result.sort {
            Some((sorted, true)) if sorted == *column => " ▼",
            Some((sorted, false)) if sorted == *column => " ▲",
            _ => "",
        };
        let right = result.frame.kind(*column).is_measure();
        let shown = clip(title, wide.saturating_sub(width(mark))) + mark;
        put(buf, line, *at, 0, &fit(&shown, *wide, right), app.styles.header);
    }
}

fn draw_row(
    app: &App,
    result: &ResultPane,
    row: usize,
    line: usize,
    columns: &Shown,
    cells: Rect,
    buf: &mut Buffer,
) {
    let current = row == result.row;
    let base = if current { app.styles.current_row } else { Style::default() };
    if current {
        let margin = Rect { x: cells.x - MARGIN, width: MARGIN, ..cells };
        put(buf, margin, 0, line, "▸", app.styles.accent);
    }
    for (column, at, wide) in columns {
        let cell = result.frame.cell_within(row, *column, app.lang, SHOWN_BYTES);
        let tone = match cell.tone {
            Tone::Plain => Style::default(),
            Tone::Negative => app.styles.negative,
            Tone::Null => app.styles.null,
        };
        let mut style = base.patch(tone);
        if current && *column == result.column {
            style = style.patch(app.styles.cursor);
        }
        let right = result.frame.kind(*column).is_measure();
        put(buf, cells, *at, line, &fit(cell.text.as_str(), *wide, right), style);
    }
}

fn title(app: &App, result: &ResultPane) -> String {
    let mark = match (result.end.is_some(), result.frame.completeness()) {
        (true, Completeness::Partial | Completeness::Growing) => text(app.lang, "tui.table.partial"),
        (true, Completeness::Truncated) => text(app.lang, "tui.table.truncated"),
        _ => "",
    };
    let verdict = match result.marked {
        Some(true) => text(app.lang, "tui.table.right"),
        Some(false) => text(app.lang, "tui.table.wrong"),
        None => "",
    };
    let parts = [text(app.lang, "tui.title.table"), mark, verdict];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}

/// Where in the table the cursor is, on the lower border.
fn footer(app: &App, result: &ResultPane, columns: &Shown, area: Rect, buf: &mut Buffer) {
    let lang = app.lang;
    let count = |n: usize| format::count(n, lang);
    if result.frame.row_count() == 0 {
        return;
    }
    let last = columns.iter().map(|(column, ..)| column + 1).max().unwrap_or(0);
    let more = if last < result.widths.len() { " →" } else { "" };
    let place = fill(
        lang,
        "tui.table.place",
        &[
            ("row", &count(result.row + 1)),
            ("rows", &count(result.frame.row_count())),
            ("column", &count(result.column + 1)),
            ("columns", &count(result.widths.len())),
        ],
    );
    let back = if result.left > 0 { "← " } else { "" };
    let shown = format!(" {back}{place}{more} ");
    let x = usize::from(area.width).saturating_sub(width(&shown) + 2);
    put(buf, area, x, usize::from(area.height.saturating_sub(1)), &shown, app.styles.muted);
}

fn find_prompt(app: &App, result: &ResultPane, area: Rect, buf: &mut Buffer) -> Option<Position> {
    let find = result.find.as_ref()?;
    let y = usize::from(area.height.saturating_sub(1));
    let text = find.prompt.lines().join(" ");
    let label = format!(" /{} ", clip(&text, usize::from(area.width / 2)));
    put(buf, area, 2, y, &label, app.styles.accent);
    let column = find.prompt.cursor().1;
    let before: String = text.chars().take(column).collect();
    let x = u16::try_from(4 + width(&before)).unwrap_or(u16::MAX).min(area.width.saturating_sub(2));
    find.typing.then(|| Position::new(area.x + x, area.y + area.height.saturating_sub(1)))
}
