//! Statements about a result.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::{Rows, put_rows, wrapped};
use crate::i18n::text;
use crate::tui::app::{App, ResultPane};
use crate::tui::theme::Styles;

pub(super) fn render(app: &App, result: &ResultPane, scroll: usize, area: Rect, buf: &mut Buffer) {
    let cells = usize::from(area.width);
    let mut shown = rows(result, &app.styles, cells);
    let comment = super::model::comment_rows(app, result, cells);
    if shown.is_empty() {
        let nothing = text(app.lang, "tui.insights.none");
        shown = wrapped(("", Style::default()), nothing, app.styles.muted, cells);
    }
    shown.extend(comment);
    put_rows(buf, area, shown, scroll);
}

/// The largest scroll position that is of use.
pub(crate) fn scroll_limit(app: &App, area: Rect) -> usize {
    let Some(result) = app.result.as_deref() else { return 0 };
    let cells = usize::from(area.width.saturating_sub(2));
    let own = rows(result, &Styles::default(), cells).len().max(1);
    let total = own + super::model::comment_rows(app, result, cells).len();
    total.saturating_sub(usize::from(area.height.saturating_sub(2)))
}

fn rows(result: &ResultPane, styles: &Styles, cells: usize) -> Rows {
    let mut rows = Rows::new();
    for insight in &result.insights {
        let (mark, style) = if insight.notable { ("! ", styles.notable) } else { ("· ", styles.muted) };
        rows.extend(wrapped((mark, style), insight.text.as_str(), Style::default(), cells));
    }
    rows
}
