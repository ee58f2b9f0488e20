//! Text measured in terminal cells: clipping, padding, wrapping.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// The mark of a text that was cut.
pub(crate) const ELLIPSIS: &str = "…";

/// The width of a text in cells.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// The text, cut to at most `cells` with a mark where something is missing.
pub(crate) fn clip(text: &str, cells: usize) -> String {
    if width(text) <= cells {
        return text.to_string();
    }
    if cells == 0 {
        return String::new();
    }
    let mut out = String::new();
    let mut used = 0;
    for grapheme in text.graphemes(true) {
        let next = used + width(grapheme);
        if next > cells - 1 {
            break;
        }
        out.push_str(grapheme);
        used = next;
    }
    out.push_str(ELLIPSIS);
    out
}

/// The text in exactly `cells`, clipped or padded on the right or the left.
pub(crate) fn fit(text: &str, cells: usize, right: bool) -> String {
    let clipped = clip(text, cells);
    let pad = " ".repeat(cells.saturating_sub(width(&clipped)));
    if right { pad + &clipped } else { clipped + &pad }
}

/// Byte ranges of the lines into which a text wraps: after blanks where it can,
/// within words where it must. Nothing is dropped.
pub(crate) fn wrap_ranges(text: &str, cells: usize) -> Vec<std::ops::Range<usize>> {
    let cells = cells.max(1);
    let mut rows = Vec::new();
    let (mut start, mut used, mut after_blank) = (0, 0, None);
    for (at, grapheme) in text.grapheme_indices(true) {
        let wide = width(grapheme);
        while used + wide > cells && at > start {
            let end = after_blank.filter(|blank| *blank > start).unwrap_or(at);
            rows.push(start..end);
            used = text.get(end..at).map_or(0, width);
            start = end;
            after_blank = None;
        }
        used += wide;
        if grapheme == " " {
            after_blank = Some(at + 1);
        }
    }
    rows.push(start..text.len());
    rows
}

/// The text wrapped into lines of at most `cells`; line ends are kept.
pub(crate) fn wrap(text: &str, cells: usize) -> Vec<String> {
    text.split('\n')
        .flat_map(|line| {
            wrap_ranges(line, cells)
                .into_iter()
                .map(|range| line.get(range).unwrap_or_default().trim_end().to_string())
                .collect::<Vec<_>>()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn clipping_counts_cells_not_characters() {
        assert_eq!(clip("tornillería", 8), "tornill…");
        assert_eq!(clip("漢字漢字", 5), "漢字…");
        assert_eq!(clip("漢字", 0), "");
        assert_eq!(fit("12", 5, true), "   12");
        assert_eq!(fit("año", 5, false), "año  ");
    }

    #[test]
    fn wrapping_prefers_blanks() {
        assert_eq!(wrap("ventas por marca", 11), ["ventas por", "marca"]);
        assert_eq!(wrap("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(wrap("é aa漢", 3), ["é", "aa", "漢"]);
    }

    proptest! {
        #[test]
        fn wrapping_loses_nothing_and_keeps_the_width(text in "[a-z 漢é]{0,60}", cells in 2usize..20) {
            let rows = wrap_ranges(&text, cells);
            let joined: String = rows.iter().map(|range| &text[range.clone()]).collect();
            prop_assert_eq!(joined, text.clone());
            for range in rows {
                prop_assert!(width(&text[range]) <= cells);
            }
        }
    }
}
