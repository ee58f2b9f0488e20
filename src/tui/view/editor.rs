//! The T-SQL editor.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::widgets::Widget;

use super::{pane, put_rows, question, wrapped};
use crate::i18n::text;
use crate::tui::app::{App, Editor, Focus};

/// Draws the editor; where the cursor stands, if it has the focus.
pub(super) fn render(app: &App, editor: &Editor, area: Rect, buf: &mut Buffer) -> Option<Position> {
    let inner = pane(app, text(app.lang, "tui.title.editor"), area, buf);
    let mut told = super::Rows::new();
    let cells = usize::from(inner.width);
    if editor.waiting {
        told = wrapped(("", Style::default()), text(app.lang, "tui.editor.judging"), app.styles.muted, cells);
    } else if let Some(refusal) = &editor.refusal {
        told = wrapped(("✗ ", app.styles.error), &refusal.sentence(app.lang), app.styles.error, cells);
    }
    let told_height = u16::try_from(told.len()).unwrap_or(u16::MAX).min(inner.height / 2);
    let body = Rect { height: inner.height - told_height, ..inner };
    editor.area.render(body, buf);
    put_rows(buf, Rect { y: body.bottom(), height: told_height, ..inner }, told, 0);
    (app.focus == Focus::Main).then(|| question::cursor(&editor.area, body))
}
