//! Rules on the characters of a text, before any token is read.
//!
//! What a person approves on the screen must be what runs, so every character that is
//! invisible, reorders others or ends a line unusually is refused wherever it stands.

use icu_properties::props::{EnumeratedProperty, GeneralCategory};

use super::rule::{Rule, Stop};

/// Longest text judged, in bytes.
pub(super) const MAX_BYTES: usize = 32 * 1024;

/// Most combining marks that may follow one another.
const MAX_MARKS: usize = 3;

/// Refuses texts that are too long or hold a character nobody can see.
pub(super) fn check(text: &str) -> Result<(), Stop> {
    if text.len() > MAX_BYTES {
        return Err(Stop::new(Rule::TooLong, 0));
    }
    let mut marks = 0;
    let mut rest = text.char_indices().peekable();
    while let Some((offset, c)) = rest.next() {
        if c == '\r' && rest.peek().map(|next| next.1) != Some('\n') {
            return Err(Stop::new(Rule::LoneCarriageReturn, offset).about("\\r"));
        }
        if c.is_ascii() {
            if c.is_control() && !matches!(c, '\n' | '\r' | '\t') {
                return Err(invisible(Rule::ControlCharacter, offset, c));
            }
            marks = 0;
            continue;
        }
        marks = if is_mark(c) { marks + 1 } else { 0 };
        if marks > MAX_MARKS || c.is_control() {
            return Err(invisible(Rule::ControlCharacter, offset, c));
        }
        if is_invisible(c) {
            return Err(invisible(Rule::InvisibleCharacter, offset, c));
        }
    }
    Ok(())
}

fn invisible(rule: Rule, offset: usize, c: char) -> Stop {
    Stop::new(rule, offset).about(format!("U+{:04X}", u32::from(c)))
}

fn is_mark(c: char) -> bool {
    use GeneralCategory as G;
    matches!(GeneralCategory::for_char(c), G::NonspacingMark | G::EnclosingMark | G::SpacingMark)
}

/// Format, separator, private-use and unassigned characters, and the few letters and
/// marks that Unicode defines as drawing nothing.
fn is_invisible(c: char) -> bool {
    use GeneralCategory as G;
    matches!(
        GeneralCategory::for_char(c),
        G::Format
            | G::Control
            | G::LineSeparator
            | G::ParagraphSeparator
            | G::PrivateUse
            | G::Surrogate
            | G::Unassigned
    ) || matches!(
        c,
        '\u{034F}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}' | '\u{2800}'
            | '\u{3164}' | '\u{FE00}'..='\u{FE0E}' | '\u{FFA0}' | '\u{FFFC}' | '\u{E0100}'..='\u{E01EF}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(text: &str) -> Option<Rule> {
        check(text).err().map(|stop| stop.rule)
    }

    #[test]
    fn visible_text_of_any_script_passes() {
        assert_eq!(rule("SELECT 'ñ ¿½” € 漢字 ✅'\r\n\t-- ok\n"), None);
    }

    #[test]
    fn what_cannot_be_seen_is_refused() {
        for hidden in
            ['\u{200B}', '\u{202E}', '\u{00AD}', '\u{FEFF}', '\u{2028}', '\u{E0041}', '\u{E000}', '\u{3164}']
        {
            assert_eq!(rule(&format!("SELECT 'a{hidden}b'")), Some(Rule::InvisibleCharacter), "{hidden:?}");
        }
        for control in ['\0', '\u{8}', '\u{B}', '\u{C}', '\u{1A}', '\u{1B}', '\u{7F}', '\u{85}', '\u{9B}'] {
            assert_eq!(rule(&format!("SELECT 1{control}")), Some(Rule::ControlCharacter), "{control:?}");
        }
    }

    #[test]
    fn a_carriage_return_needs_its_newline() {
        assert_eq!(rule("SELECT 1 --\rDELETE"), Some(Rule::LoneCarriageReturn));
        assert_eq!(rule("SELECT 1\r"), Some(Rule::LoneCarriageReturn));
        assert_eq!(rule("SELECT 1\r\n"), None);
    }

    #[test]
    fn floods_of_marks_are_refused() {
        assert_eq!(rule(&format!("SELECT 'e{}'", "\u{301}".repeat(4))), Some(Rule::ControlCharacter));
    }
}
