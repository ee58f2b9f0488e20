//! Text for terminals whose locale is not UTF-8.

use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

use super::width;

/// The text in ASCII, each character as what comes nearest to it, at the same width.
pub fn nearest_ascii(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for symbol in text.graphemes(true) {
        if symbol.is_ascii() { out.push_str(symbol) } else { plain(symbol, &mut out) }
    }
    out
}

fn plain(symbol: &str, out: &mut String) {
    let wide = width(symbol).max(1);
    let first = symbol.chars().next().unwrap_or(' ');
    let near = match first {
        '─' | '—' | '–' | '−' => '-',
        '│' | '┃' => '|',
        '┌' | '┐' | '└' | '┘' | '├' | '┤' | '┬' | '┴' | '┼' => '+',
        '█' | '▉' | '▊' | '▋' | '▌' | '▍' | '▎' | '▏' | '▒' => '#',
        '▸' | '→' | '»' => '>',
        '←' => '<',
        '↑' | '▲' => '^',
        '↓' | '▼' => 'v',
        '…' => '~',
        '•' | '·' => '.',
        '¿' | '¡' => ' ',
        '✓' => '+',
        '⚠' => '!',
        '\u{2801}'..='\u{28ff}' => '*',
        '\u{2800}' => ' ',
        _ => symbol.nfd().find(char::is_ascii).filter(|c| !c.is_control()).unwrap_or('?'),
    };
    out.push(near);
    // A wide character keeps its width, so that the columns stay where they are.
    out.extend(std::iter::repeat_n(' ', wide - 1));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_rules_and_wide_characters_have_their_nearest() {
        assert_eq!(nearest_ascii("── Año: ¿cuánto? 漢… $1"), "-- Ano:  cuanto? ? ~ $1");
        assert_eq!(width(&nearest_ascii("漢字é")), width("漢字é"));
    }
}
