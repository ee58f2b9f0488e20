//! The question box.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::widgets::Widget;
use ratatui_textarea::TextArea;

use super::{bordered, put, reading_style};
use crate::i18n::text;
use crate::tui::app::{App, Focus, QuestionBox};
use crate::tui::text::wrap_ranges;

/// The height the box wants in a window of this width, borders included.
pub(super) fn wanted_height(question: &QuestionBox, window: u16) -> u16 {
    let cells = usize::from(window.saturating_sub(3)).max(1);
    let rows: usize = question.area.lines().iter().map(|line| wrap_ranges(line, cells).len()).sum();
    u16::try_from(rows.clamp(1, 6)).unwrap_or(6) + 2
}

/// Draws the box; where the cursor stands, if the box has the focus.
pub(super) fn render(app: &App, area: Rect, buf: &mut Buffer) -> Option<Position> {
    let focused = app.focus == Focus::Question;
    let inner = bordered(app, text(app.lang, "tui.title.question"), area, focused, buf);
    if app.question.text().is_empty() {
        put(buf, inner, 0, 0, text(app.lang, "tui.question.placeholder"), app.styles.muted);
    } else {
        app.question.area.render(inner, buf);
        underline(app, inner, buf);
    }
    focused.then(|| cursor(&app.question.area, inner))
}

/// Where the cursor of a text area drawn in `inner` stands.
pub(super) fn cursor(area: &TextArea<'_>, inner: Rect) -> Position {
    let place = area.screen_cursor();
    let (top, left) = area.scroll_offset();
    let clamp = |at: usize, from: u16, size: u16| {
        u16::try_from(at).unwrap_or(u16::MAX).saturating_sub(from).min(size.saturating_sub(1))
    };
    Position::new(
        inner.x + clamp(place.col, left, inner.width),
        inner.y + clamp(place.row, top, inner.height),
    )
}

/// Shows on the words themselves how planning took them.
fn underline(app: &App, inner: Rect, buf: &mut Buffer) {
    let readings = app.question.readings();
    if readings.is_empty() {
        return;
    }
    let area = &app.question.area;
    let (top, _) = area.scroll_offset();
    for y in 0..inner.height {
        for x in 0..inner.width {
            let place = area.screen_to_data(usize::from(top) + usize::from(y), usize::from(x));
            let Some(at) = byte_of(area.lines(), place.0, place.1) else { continue };
            let reading = readings.iter().find(|reading| reading.span.contains(&at));
            if let (Some(reading), Some(cell)) = (reading, buf.cell_mut((inner.x + x, inner.y + y))) {
                cell.set_style(reading_style(&app.styles, reading.understanding));
            }
        }
    }
}

/// The byte, in the whole text, of a character given by line and place in the line.
fn byte_of(lines: &[String], line: usize, character: usize) -> Option<usize> {
    let before: usize = lines.iter().take(line).map(|line| line.len() + 1).sum();
    let (at, _) = lines.get(line)?.char_indices().nth(character)?;
    Some(before + at)
}
