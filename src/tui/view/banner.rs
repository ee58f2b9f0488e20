//! What must stay on screen whatever else is shown there: dangers above everything, the
//! profile and what stands behind it on the border of the question box.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;

use super::put;
use crate::config::Environment;
use crate::i18n::text;
use crate::session::{Mark, Scene};
use crate::tui::app::App;
use crate::tui::text::{clip, fit, width};

/// The height of the banner of dangers.
pub(super) fn height(app: &App) -> u16 {
    u16::from(app.scene.server().is_some_and(|scene| scene.marks().iter().any(|mark| mark.is_danger())))
}

/// Draws the dangers: their names, then what the gravest means.
pub(super) fn render(app: &App, area: Rect, buf: &mut Buffer) {
    let Some(scene) = app.scene.server() else { return };
    let dangers: Vec<Mark> = scene.marks().into_iter().filter(|mark| mark.is_danger()).collect();
    let Some(gravest) = dangers.first() else { return };
    let labels: Vec<&str> = dangers.iter().map(|mark| mark.label(app.lang)).collect();
    let line = format!(" ⚠ {}: {}", labels.join(" · "), scene.sentence(*gravest, app.lang));
    let style = app.styles.error.add_modifier(Modifier::REVERSED | Modifier::BOLD);
    put(buf, area, 0, 0, &fit(&line, usize::from(area.width), false), style);
}

/// The profile in use and what stands behind it; nothing for the local data.
pub(super) fn label(app: &App) -> Option<String> {
    let Scene::Server(scene) = &app.scene else { return None };
    let mut parts = vec![match scene.environment {
        Environment::Production => text(app.lang, "session.mark.production"),
        Environment::Test => text(app.lang, "tui.status.test"),
    }];
    parts.push(scene.profile.as_str());
    let notes = scene.marks().into_iter().filter(|mark| !mark.is_danger() && *mark != Mark::Production);
    parts.extend(notes.map(|mark| mark.label(app.lang)));
    Some(parts.join(" · "))
}

/// Writes the label at the right of a pane's upper border.
pub(super) fn on_border(app: &App, area: Rect, buf: &mut Buffer) {
    let Some(label) = label(app) else { return };
    let room = usize::from(area.width).saturating_sub(16);
    let shown = format!(" {} ", clip(&label, room.saturating_sub(2)));
    let production = app.scene.server().is_some_and(|scene| scene.environment == Environment::Production);
    let style = if production { app.styles.warning } else { app.styles.muted };
    let x = usize::from(area.width).saturating_sub(width(&shown) + 1);
    put(buf, area, x, 0, &shown, style);
}
