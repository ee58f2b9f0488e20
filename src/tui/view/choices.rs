//! Why a question has no plan, and what could be asked instead.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::{Rows, pane, put_rows, wrapped};
use crate::i18n::text;
use crate::tui::app::{App, Choices, Focus, Reason, how_asked};

pub(super) fn render(app: &App, list: &Choices, area: Rect, buf: &mut Buffer) {
    let lang = app.lang;
    let (title, mark, style) = match list.reason {
        Reason::Welcome | Reason::Clarify => (text(lang, "tui.title.clarify"), "? ", app.styles.accent),
        Reason::Abstain => (text(lang, "tui.title.abstain"), "? ", app.styles.warning),
        Reason::Refuse => (text(lang, "tui.title.refuse"), "✗ ", app.styles.error),
    };
    let inner = pane(app, title, area, buf);
    let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    let cells = usize::from(inner.width);
    let mut rows = wrapped((mark, style), &list.message, Style::default(), cells);
    if !list.unknown.is_empty() {
        let words = list.unknown.iter().map(|word| format!("«{word}»")).collect::<Vec<_>>().join("  ");
        let label = format!("{} ", text(lang, "tui.choices.unknown"));
        rows.push(Vec::new());
        rows.extend(wrapped((&label, app.styles.muted), &words, app.styles.unknown, cells));
    }
    if let Some(trace) = app.trace() {
        rows.push(Vec::new());
        for line in how_asked(trace, lang) {
            rows.extend(wrapped(("", Style::default()), &line, app.styles.muted, cells));
        }
    }
    if !list.entries.is_empty() {
        rows.push(Vec::new());
        let heading = match list.reason {
            Reason::Abstain => text(lang, "tui.choices.instead"),
            _ => text(lang, "tui.choices.which"),
        };
        rows.push(vec![(heading.to_string(), app.styles.header)]);
        rows.extend(entries(app, list, cells));
    }
    put_rows(buf, inner, rows, 0);
}

/// The numbered entries, the selected one marked.
pub(super) fn entries(app: &App, list: &Choices, cells: usize) -> Rows {
    let mut rows = Rows::new();
    for (at, entry) in list.entries.iter().enumerate() {
        let selected = at == list.selected && app.focus == Focus::Main;
        let (mark, style) = if selected { ("▸", app.styles.cursor) } else { (" ", Style::default()) };
        let prefix = format!("{mark} {}  ", at + 1);
        rows.extend(wrapped((&prefix, app.styles.key), &entry.shown, style, cells));
    }
    rows
}
