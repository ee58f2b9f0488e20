//! Width in terminal cells, and cutting to it.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthChar;

use super::{ELLIPSIS, SafeText};

/// Terminal cells a text takes: the sum over its characters, as terminals advance.
pub fn width(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    text.chars().map(|c| c.width().unwrap_or(0)).sum()
}

/// The text cut to at most `cells` terminal cells, ending in `…` where it was cut.
/// A character with its marks is kept or cut whole.
pub fn clip(text: &SafeText, cells: usize) -> SafeText {
    // A text of no more bytes than cells cannot be too wide: no character takes more cells than bytes.
    if text.0.len() <= cells || text.width() <= cells {
        return text.clone();
    }
    if cells == 0 {
        return SafeText::default();
    }
    let mut kept = String::new();
    let mut used = 1;
    for grapheme in text.0.graphemes(true) {
        used += width(grapheme);
        if used > cells {
            break;
        }
        kept.push_str(grapheme);
    }
    kept.push(ELLIPSIS);
    SafeText(kept)
}
