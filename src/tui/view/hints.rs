//! The hint line, made from the keymap: what the keys do here and now.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::put;
use crate::i18n::find;
use crate::tui::app::App;
use crate::tui::keymap::{Action, Context, rows};
use crate::tui::text::width;

pub(super) fn render(app: &App, area: Rect, buf: &mut Buffer) {
    let mut x = 1;
    let room = usize::from(area.width);
    let contexts = app.contexts();
    let typing = !contexts.contains(&Context::NotTyping);
    let mut seen: Vec<Action> = Vec::new();
    for binding in contexts.iter().flat_map(|context| rows(*context)).filter(|binding| binding.hint) {
        let Some(key) = binding.keys.first() else { continue };
        // Where nothing is typed the short keys for help and quitting say it all.
        let doubled = !typing && binding.context == Context::Everywhere && seen.contains(&binding.action);
        if doubled {
            continue;
        }
        seen.push(binding.action);
        let name = if binding.action == Action::Pick { "1-8".to_string() } else { key.name(app.lang) };
        let what = find(app.lang, binding.describe).unwrap_or_default();
        if x + width(&name) + 1 + width(what) > room {
            continue;
        }
        x += put(buf, area, x, 0, &name, app.styles.key) + 1;
        x += put(buf, area, x, 0, what, app.styles.muted) + 2;
    }
}
