//! Terminals whose locale is not UTF-8 get only ASCII.

use ratatui::buffer::Buffer;

use crate::sanitize::nearest_ascii;

/// Replaces what is not ASCII by what comes nearest, cell by cell.
pub(super) fn degrade(buf: &mut Buffer) {
    for cell in &mut buf.content {
        if !cell.symbol().is_ascii() {
            let plain = nearest_ascii(cell.symbol());
            cell.set_symbol(&plain);
        }
    }
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
