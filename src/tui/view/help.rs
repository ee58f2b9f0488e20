//! The help, made from the keymap, and the question before quitting.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Clear, Widget};

use super::{Rows, areas, bordered, put_rows, wrapped};
use crate::i18n::{find, text};
use crate::tui::app::App;
use crate::tui::keymap::{Action, HELP_ORDER, rows as bindings, title};
use crate::tui::text::fit;

/// Cells for the names of keys.
const KEYS: usize = 24;

pub(super) fn render(app: &App, scroll: usize, area: Rect, buf: &mut Buffer) {
    Clear.render(area, buf);
    let inner = bordered(app, text(app.lang, "tui.title.help"), area, true, buf);
    put_rows(buf, inner, rows(app), scroll);
}

/// The largest scroll position that is of use.
pub(crate) fn scroll_limit(app: &App) -> usize {
    let parts = areas(app);
    let height = parts.main.union(parts.question).height.saturating_sub(2);
    rows(app).len().saturating_sub(usize::from(height))
}

fn rows(app: &App) -> Rows {
    let lang = app.lang;
    let mut rows = Rows::new();
    for context in HELP_ORDER {
        if !rows.is_empty() {
            rows.push(Vec::new());
        }
        rows.push(vec![(find(lang, title(*context)).unwrap_or_default().to_string(), app.styles.header)]);
        for binding in bindings(*context) {
            let keys = if binding.action == Action::Pick {
                format!("1-{}", binding.keys.len())
            } else {
                binding.keys.iter().map(|key| key.name(lang)).collect::<Vec<_>>().join("  ")
            };
            let what = find(lang, binding.describe).unwrap_or_default();
            rows.push(vec![
                (format!("  {} ", fit(&keys, KEYS, false)), app.styles.key),
                (what.to_string(), ratatui::style::Style::default()),
            ]);
        }
    }
    rows
}

pub(super) fn render_quit(app: &App, area: Rect, buf: &mut Buffer) {
    let width = area.width.min(56);
    let dialog = Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + area.height / 3,
        width,
        height: 4.min(area.height),
    };
    Clear.render(dialog, buf);
    let inner = bordered(app, text(app.lang, "tui.title.quit"), dialog, true, buf);
    let plain = ratatui::style::Style::default();
    // A query that ends meanwhile changes the question, never what the keys about to be pressed do.
    let question = if app.run.is_some() { "tui.quit.question" } else { "tui.quit.done" };
    put_rows(buf, inner, wrapped((" ", plain), text(app.lang, question), plain, usize::from(width - 4)), 0);
}
