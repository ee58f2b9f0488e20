//! The hint line, made from the keymap: what the keys do here and now.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::put;
use crate::i18n::find;
use crate::tui::app::App;
use crate::tui::keymap::{Action, Binding, Context, rows};
use crate::tui::keys::Key;
use crate::tui::text::width;

/// Draws the hints that fit, in the keymap's order; the way to the help is always among them.
pub(super) fn render(app: &App, area: Rect, buf: &mut Buffer) {
    let contexts = app.contexts();
    let typing = !contexts.contains(&Context::NotTyping);
    let mut hints: Vec<&Binding> = Vec::new();
    for binding in contexts.iter().flat_map(|context| rows(*context)).filter(|binding| binding.hint) {
        // Where nothing is typed the short keys for help and quitting say it all.
        let doubled = !typing && hints.iter().any(|hint| hint.action == binding.action);
        let inner = contexts.iter().take_while(|context| **context != binding.context);
        let taken =
            |key: &Key| inner.clone().flat_map(|context| rows(*context)).any(|b| b.keys.contains(key));
        if !doubled && !binding.keys.first().is_some_and(taken) {
            hints.push(binding);
        }
    }
    let cells = |binding: &Binding| width(&name(app, binding)) + width(what(app, binding)) + 3;
    let help = hints.iter().find(|hint| hint.action == Action::Help).map_or(0, |hint| cells(hint));
    let mut x = 1;
    let mut room = usize::from(area.width).saturating_sub(1 + help);
    for hint in hints {
        if hint.action != Action::Help {
            match room.checked_sub(cells(hint)) {
                Some(left) => room = left,
                None => continue,
            }
        }
        x += put(buf, area, x, 0, &name(app, hint), app.styles.key) + 1;
        x += put(buf, area, x, 0, what(app, hint), app.styles.muted) + 2;
    }
}

fn name(app: &App, binding: &Binding) -> String {
    match (binding.action, binding.keys.first()) {
        (Action::Pick, _) => format!("1-{}", binding.keys.len()),
        (_, Some(key)) => key.name(app.lang),
        (_, None) => String::new(),
    }
}

fn what(app: &App, binding: &Binding) -> &'static str {
    find(app.lang, binding.describe).unwrap_or_default()
}
