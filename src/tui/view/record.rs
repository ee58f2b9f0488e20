//! One row of the result, every column in full.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{Rows, pane, put_rows, wrapped};
use crate::format;
use crate::frame::Tone;
use crate::i18n::{Lang, fill};
use crate::tui::app::{App, ResultPane};
use crate::tui::text::{fit, width};
use crate::tui::theme::Styles;

/// Widest column of titles.
const MAX_TITLE: usize = 28;

pub(super) fn render(app: &App, result: &ResultPane, scroll: usize, area: Rect, buf: &mut Buffer) {
    let lang = app.lang;
    let place = [
        ("row", format::count(result.row + 1, lang)),
        ("rows", format::count(result.frame.row_count(), lang)),
    ];
    let values: Vec<(&str, &str)> = place.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let inner = pane(app, &fill(lang, "tui.title.record", &values), area, buf);
    put_rows(buf, inner, rows(result, &app.styles, usize::from(inner.width), lang), scroll);
}

/// The largest scroll position that is of use.
pub(crate) fn scroll_limit(result: &ResultPane, area: Rect, lang: Lang) -> usize {
    let cells = usize::from(area.width.saturating_sub(2));
    let total = rows(result, &Styles::default(), cells, lang).len();
    total.saturating_sub(usize::from(area.height.saturating_sub(2)))
}

fn rows(result: &ResultPane, styles: &Styles, cells: usize, lang: Lang) -> Rows {
    let columns = result.frame.columns();
    let titles = columns.iter().map(|column| width(column.title.as_str())).max().unwrap_or(0).min(MAX_TITLE);
    let mut rows = Rows::new();
    for (at, column) in columns.iter().enumerate() {
        let style = match result.frame.cell(result.row, at, lang).tone {
            Tone::Plain => ratatui::style::Style::default(),
            Tone::Negative => styles.negative,
            Tone::Null => styles.null,
        };
        let prefix = format!(" {}  ", fit(column.title.as_str(), titles, false));
        let value = result.frame.full_text(result.row, at, lang);
        let value = value.iter().map(|line| line.as_str()).collect::<Vec<_>>().join("\n");
        rows.extend(wrapped((&prefix, styles.header), &value, style, cells));
    }
    rows
}
