//! The empty screen: a welcome, what the data is, questions to try.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{Rows, choices, pane, put, wrapped};
use crate::engine::{self, Origin};
use crate::i18n::{fill, text};
use crate::session::{Link, Mark, Scene};
use crate::tui::app::{App, Choices, Stage};
use crate::tui::text::width;

pub(super) fn render(app: &App, list: &Choices, area: Rect, buf: &mut Buffer) {
    let lang = app.lang;
    let title = fill(lang, "tui.title.welcome", &[("version", &app.version)]);
    let inner = pane(app, &title, area, buf);
    let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    let cells = usize::from(inner.width);
    let styles = &app.styles;
    let plain = ratatui::style::Style::default();
    let mut rows = wrapped(("", plain), text(lang, "tui.welcome.line"), styles.accent, cells);
    match &app.stage {
        Stage::Preparing(done) => {
            rows.push(Vec::new());
            rows.extend(wrapped(("", plain), text(lang, "tui.welcome.preparing"), plain, cells));
            let y = rows.len();
            super::put_rows(buf, inner, rows, 0);
            return progress(app, *done, inner, y, buf);
        }
        Stage::Unavailable(error) => {
            rows.push(Vec::new());
            let sentence = engine::sentence(error, lang);
            rows.extend(wrapped(("✗ ", styles.error), sentence.as_str(), styles.error, cells));
            let how = match app.scene {
                Scene::Local => text(lang, "tui.welcome.unavailable"),
                Scene::Server(_) => text(lang, "tui.welcome.unreachable"),
            };
            rows.extend(wrapped(("", plain), how, plain, cells));
        }
        Stage::Ready { facts, .. } => {
            if let Origin::Demo { .. } = facts.origin {
                rows.extend(wrapped(("", plain), text(lang, "tui.welcome.demo"), styles.muted, cells));
            }
            if app.profiles.is_empty() {
                rows.extend(wrapped(("", plain), text(lang, "tui.welcome.connect"), styles.muted, cells));
            }
            rows.extend(trouble(app, cells));
            rows.push(Vec::new());
            if !list.entries.is_empty() {
                rows.push(vec![(text(lang, "tui.welcome.try").to_string(), styles.header)]);
                rows.extend(choices::entries(app, list, cells));
            }
        }
    }
    super::put_rows(buf, inner, rows, 0);
}

/// Why the profile's server cannot answer, and what can be done: demo data is offered,
/// never taken by itself.
fn trouble(app: &App, cells: usize) -> Rows {
    let (lang, styles) = (app.lang, &app.styles);
    let Scene::Server(scene) = &app.scene else { return Rows::new() };
    let said = match &scene.link {
        Link::Down(error) => engine::sentence(error, lang),
        Link::Refused(_) => scene.sentence(Mark::Privileged, lang),
        _ => return Rows::new(),
    };
    let mut rows = vec![Vec::new()];
    rows.extend(wrapped(("✗ ", styles.error), said.as_str(), styles.error, cells));
    let plain = ratatui::style::Style::default();
    rows.extend(wrapped(("", plain), text(lang, "tui.welcome.unreachable"), plain, cells));
    rows
}

fn progress(app: &App, done: f32, area: Rect, y: usize, buf: &mut Buffer) {
    let done = f64::from(done.clamp(0.0, 1.0));
    let cells = usize::from(area.width.min(50));
    let share = format!(" {:.0} %", done * 100.0);
    let room = cells.saturating_sub(width(&share));
    let full = (done * room as f64) as usize;
    let at = put(buf, area, 0, y, &"█".repeat(full), app.styles.bar);
    let at = at + put(buf, area, at, y, &"─".repeat(room - full), app.styles.muted);
    put(buf, area, at, y, &share, app.styles.muted);
}
