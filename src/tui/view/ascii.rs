//! Terminals whose locale is not UTF-8 get only ASCII.

use ratatui::buffer::Buffer;
use unicode_normalization::UnicodeNormalization;

use crate::tui::text::width;

/// Replaces what is not ASCII by what comes nearest, cell by cell.
pub(super) fn degrade(buf: &mut Buffer) {
    for cell in &mut buf.content {
        if !cell.symbol().is_ascii() {
            let plain = plain(cell.symbol());
            cell.set_symbol(&plain);
        }
    }
}

fn plain(symbol: &str) -> String {
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
    let mut out = String::from(near);
    // A wide character keeps its width, so that the columns stay where they are.
    out.extend(std::iter::repeat_n(' ', wide - 1));
    out
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    use super::*;

    #[test]
    fn accents_borders_and_wide_characters_become_ascii_of_the_same_width() {
        let mut buf = Buffer::empty(Rect::new(0, 0, 20, 1));
        buf.set_string(0, 0, "┌Categoría ñ 漢…", Style::default());
        degrade(&mut buf);
        let line: String = buf.content.iter().map(|cell| cell.symbol()).collect();
        assert!(line.is_ascii());
        assert!(line.starts_with("+Categoria n ?"), "{line}");
    }
}
