//! Completions below the words they complete.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::widgets::{Clear, Widget};

use super::{bordered, put};
use crate::tui::app::App;
use crate::tui::text::{clip, width};

/// Widest list, in cells, borders included.
const WIDEST: usize = 60;

/// Draws the list below the cursor, over what stands there.
pub(super) fn render(app: &App, cursor: Position, within: Rect, buf: &mut Buffer) {
    let offers = &app.question.offers;
    let entry = |text: &str, hint: &str| width(text) + if hint.is_empty() { 0 } else { 2 + width(hint) };
    let widest = offers.shown().map(|(offer, _)| entry(&offer.text, &offer.hint)).max().unwrap_or(0);
    let wide = (widest + 5).min(WIDEST).min(usize::from(within.width));
    let rows = offers.shown().count();
    let typed =
        offers.chosen().map_or(0, |offer| app.question.text().get(offer.replaces.clone()).map_or(0, width));
    let (Ok(wide), Ok(height), Ok(typed)) =
        (u16::try_from(wide), u16::try_from(rows + 2), u16::try_from(typed))
    else {
        return;
    };
    // The words offered stand under those typed.
    let x = cursor.x.saturating_sub(typed + 3).clamp(within.x, within.right().saturating_sub(wide));
    let area = Rect { x, y: within.y, width: wide, height: height.min(within.height) };
    Clear.render(area, buf);
    let inner = bordered(app, "", area, true, buf);
    for (y, (offer, marked)) in offers.shown().enumerate().take(usize::from(inner.height)) {
        let (mark, style) = if marked { ("▸ ", app.styles.cursor) } else { ("  ", Style::default()) };
        let room = usize::from(inner.width).saturating_sub(2);
        let at = put(buf, inner, 0, y, mark, app.styles.key);
        let text = clip(&offer.text, room.saturating_sub(entry("", &offer.hint)));
        let at = at + put(buf, inner, at, y, &text, style);
        if !offer.hint.is_empty() {
            put(buf, inner, at + 2, y, &offer.hint, app.styles.muted);
        }
    }
}
