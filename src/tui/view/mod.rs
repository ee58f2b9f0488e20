//! Drawing: a pure function of the state, one file per widget.
//!
//! ```text
//!  dangers, where there are any
//! ┌ question ────────────────────────────────┐
//! └──────────────────────────────────────────┘
//! ┌ main: examples, plan, editor, result ────┐
//! │                                          │
//! └──────────────────────────────────────────┘
//!  status
//!  hints
//! ```

mod ascii;
mod banner;
mod chart;
mod choices;
mod connection;
mod editor;
mod form;
mod help;
mod hints;
mod insights;
mod model;
mod offers;
mod plan;
mod question;
mod record;
mod result;
mod status;
mod table;
mod welcome;

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::widgets::{Block, Borders, Clear, Widget};

use super::app::{App, Focus, Overlay, Pane};
use super::text::{clip, width};
use super::theme::Styles;
use crate::i18n::text;

pub(crate) use connection::scroll_limit as connection_scroll_limit;
pub(crate) use form::scroll_limit as form_scroll_limit;
pub(crate) use help::scroll_limit as help_scroll_limit;
pub(crate) use insights::scroll_limit as insights_scroll_limit;
pub(crate) use model::{consent_scroll_limit, sent_scroll_limit};
pub(crate) use plan::{
    on_screen as plan_on_screen, page as plan_page, scroll_limit as plan_scroll_limit,
    shows_all as plan_shows_all,
};
pub(crate) use record::scroll_limit as record_scroll_limit;
pub(crate) use result::table_window;

/// The narrowest window that is drawn, in cells.
pub(crate) const MIN_WIDTH: u16 = 60;
/// The lowest window that is drawn, in cells.
pub(crate) const MIN_HEIGHT: u16 = 15;

/// The parts of the screen.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Areas {
    pub(crate) banner: Rect,
    pub(crate) question: Rect,
    pub(crate) main: Rect,
    pub(crate) status: Rect,
    pub(crate) hints: Rect,
}

/// The parts of the screen for the state's window.
pub(crate) fn areas(app: &App) -> Areas {
    let Rect { width, height, .. } = app.size;
    let question = question::wanted_height(&app.question, width).min(if height < 30 { 5 } else { 8 });
    let banner = banner::height(app);
    let main = height.saturating_sub(banner + question + 2);
    Areas {
        banner: Rect::new(0, 0, width, banner),
        question: Rect::new(0, banner, width, question),
        main: Rect::new(0, banner + question, width, main),
        status: Rect::new(0, height.saturating_sub(2), width, 1.min(height)),
        hints: Rect::new(0, height.saturating_sub(1), width, 1.min(height)),
    }
}

/// Draws the state.
pub(crate) fn draw(app: &App, frame: &mut Frame) {
    let area = frame.area();
    let buf = frame.buffer_mut();
    let cursor = render(app, area, buf);
    if let Some(cursor) = cursor {
        frame.set_cursor_position(cursor);
    }
}

/// Draws the state into a buffer; where the cursor belongs, if it shows.
pub(crate) fn render(app: &App, area: Rect, buf: &mut Buffer) -> Option<Position> {
    // The window may have changed since the state was told; the next message brings it in line.
    let cursor = if app.too_small() || area != app.size {
        too_small(app, area, buf);
        None
    } else {
        screen(app, buf)
    };
    if !app.capabilities.unicode {
        ascii::degrade(buf);
    }
    cursor
}

fn screen(app: &App, buf: &mut Buffer) -> Option<Position> {
    let parts = areas(app);
    banner::render(app, parts.banner, buf);
    let mut cursor = question::render(app, parts.question, buf);
    banner::on_border(app, parts.question, buf);
    if let Some(in_main) = main_half(app, parts.main, buf) {
        cursor = Some(in_main);
    }
    if !status::render_long_notice(app, parts.status, buf) {
        status::render(app, parts.status, buf);
        hints::render(app, parts.hints, buf);
    }
    if let (Some(at), None, Focus::Question) = (cursor, app.overlay, app.focus)
        && !app.question.offers.is_empty()
    {
        offers::render(app, at, parts.main, buf);
    }
    match app.overlay {
        Some(Overlay::Help { scroll }) => {
            help::render(app, scroll, parts.main.union(parts.question), buf);
            None
        }
        Some(Overlay::QuitDialog) => {
            help::render_quit(app, parts.main, buf);
            None
        }
        Some(Overlay::Connection { scroll }) => {
            connection::render(app, scroll, parts.main.union(parts.question), buf);
            None
        }
        Some(Overlay::Password) => connection::render_password(app, parts.main.union(parts.question), buf),
        Some(Overlay::Form) => match app.form.as_deref() {
            Some(form) => form::render(app, form, parts.main.union(parts.question), buf),
            None => None,
        },
        Some(Overlay::Sent { scroll }) => {
            model::render_sent(app, scroll, parts.main.union(parts.question), buf);
            None
        }
        Some(Overlay::Consent) => {
            if let Some(consent) = app.consent.as_deref() {
                model::render_consent(app, consent, parts.main.union(parts.question), buf);
            }
            None
        }
        Some(Overlay::Reason) => {
            let reason = app.reason.as_ref();
            reason.map(|reason| model::render_reason(app, reason, parts.main.union(parts.question), buf))
        }
        None => cursor,
    }
}

fn main_half(app: &App, area: Rect, buf: &mut Buffer) -> Option<Position> {
    match &app.pane {
        Pane::Welcome(list) => welcome::render(app, list, area, buf),
        Pane::Planning { .. } => {
            let inner = pane(app, "", area, buf);
            match app.asking.as_deref() {
                Some(asking) => model::render_asking(app, asking, inner, buf),
                None => status::render_planning(app, inner, buf),
            }
        }
        Pane::Plan(plan) => plan::render(app, plan, area, buf),
        Pane::Editor(editor) => return editor::render(app, editor, area, buf),
        Pane::NoPlan(list) => choices::render(app, list, area, buf),
        Pane::Result => {
            if let Some(result) = app.result.as_deref() {
                return result::render(app, result, area, buf);
            }
        }
    }
    None
}

fn too_small(app: &App, area: Rect, buf: &mut Buffer) {
    let sentence = text(app.lang, "tui.too_small");
    let lines = super::text::wrap(sentence, usize::from(area.width));
    let top = area.height.saturating_sub(u16::try_from(lines.len()).unwrap_or(u16::MAX)) / 2;
    for (at, line) in (top..area.height).zip(&lines) {
        let left = usize::from(area.width).saturating_sub(width(line)) / 2;
        put(buf, area, left, usize::from(at), line, Style::default());
    }
}

/// A pane's border and title; its inside. The focused one has another border and a marked title.
fn pane(app: &App, title: &str, area: Rect, buf: &mut Buffer) -> Rect {
    bordered(app, title, area, app.focus == Focus::Main, buf)
}

fn bordered(app: &App, title: &str, area: Rect, focused: bool, buf: &mut Buffer) -> Rect {
    let styles = &app.styles;
    let border = if focused { styles.border_focus } else { styles.border };
    let block = Block::default().borders(Borders::ALL).border_style(border);
    let inner = block.inner(area);
    block.render(area, buf);
    if !title.is_empty() {
        let mark = if focused { "▸ " } else { "" };
        let title = clip(&format!(" {mark}{title} "), usize::from(area.width.saturating_sub(4)));
        put(buf, area, 1, 0, &title, styles.title);
    }
    inner
}

/// The inside of a pane without a column at each side.
fn inset(inner: Rect) -> Rect {
    Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner }
}

/// A dialog over a pane, at most so wide and so high; its inside.
fn dialog(app: &App, title: &str, most: (u16, u16), area: Rect, buf: &mut Buffer) -> Rect {
    let width = area.width.min(most.0);
    let place = Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + area.height / 4,
        width,
        height: most.1.min(area.height),
    };
    Clear.render(place, buf);
    inset(bordered(app, title, place, true, buf))
}

/// Writes at a place within `area`, cut at its edges. The width written.
fn put(buf: &mut Buffer, area: Rect, x: usize, y: usize, text: &str, style: Style) -> usize {
    let (Ok(dx), Ok(dy)) = (u16::try_from(x), u16::try_from(y)) else { return 0 };
    let area = area.intersection(buf.area);
    if dx >= area.width || dy >= area.height {
        return 0;
    }
    let (from, to) = (area.x + dx, area.y + dy);
    let (end, _) = buf.set_stringn(from, to, text, usize::from(area.width - dx), style);
    usize::from(end - from)
}

/// Writes spans one after another; the column after them.
fn put_all(
    buf: &mut Buffer,
    area: Rect,
    mut x: usize,
    y: usize,
    parts: impl IntoIterator<Item = (String, Style)>,
) -> usize {
    for (text, style) in parts {
        x += put(buf, area, x, y, &text, style);
    }
    x
}

/// Rows of styled text.
type Rows = Vec<Vec<(String, Style)>>;

/// Wraps a text into rows of one style behind a prefix; later rows are indented under it.
fn wrapped(prefix: (&str, Style), text: &str, style: Style, cells: usize) -> Rows {
    let indent = width(prefix.0);
    super::text::wrap(text, cells.saturating_sub(indent))
        .into_iter()
        .enumerate()
        .map(|(at, line)| {
            let lead = if at == 0 { prefix.0.to_string() } else { " ".repeat(indent) };
            vec![(lead, prefix.1), (line, style)]
        })
        .collect()
}

/// Writes rows from `scroll` on.
fn put_rows(buf: &mut Buffer, area: Rect, rows: Rows, scroll: usize) {
    for (y, row) in rows.into_iter().skip(scroll).take(usize::from(area.height)).enumerate() {
        put_all(buf, area, 0, y, row);
    }
}

/// The style of a reading of the question.
fn reading_style(styles: &Styles, understanding: crate::ask::Understanding) -> Style {
    use crate::ask::Understanding;
    match understanding {
        Understanding::Exact => styles.exact,
        Understanding::Corrected => styles.corrected,
        Understanding::Ignored => styles.ignored,
        Understanding::Unknown => styles.unknown,
        Understanding::Inherited => styles.inherited,
    }
}
