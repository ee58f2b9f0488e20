//! What a character may do to a terminal, by its Unicode properties.

use icu_properties::props::{
    BinaryProperty, DefaultIgnorableCodePoint, EmojiModifier, EnumeratedProperty, GeneralCategory,
};
use unicode_width::UnicodeWidthChar;

/// How a character is treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// Shown as this visible character.
    Base(char),
    /// A blank of any width, shown as a space.
    Blank,
    /// Takes no cell and sits on the character before it.
    Mark,
    /// A variation selector for text or emoji style.
    Presentation,
    /// Takes no cell and shows nothing.
    Invisible,
}

const REPLACEMENT: char = '\u{FFFD}';

/// The class of a character.
pub(super) fn classify(c: char) -> Class {
    match c {
        ' '..='~' => return if c == ' ' { Class::Blank } else { Class::Base(c) },
        '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => return Class::Base('⏎'),
        '\t' => return Class::Base('⇥'),
        '\0'..='\u{1f}' => return Class::Base(control_picture(c)),
        '\u{7f}' => return Class::Base('␡'),
        '\u{FE0E}' | '\u{FE0F}' => return Class::Presentation,
        // Regional indicators: a pair is a flag on some terminals and two letters on others.
        '\u{1F1E6}'..='\u{1F1FF}' => return Class::Base(regional_letter(c)),
        // Drawn as nothing although they are symbols or letters.
        '\u{2800}' | '\u{1D159}' | '\u{13441}' | '\u{13442}' => return Class::Blank,
        _ => {}
    }
    if is_oversized(c) {
        return Class::Base(REPLACEMENT);
    }
    if DefaultIgnorableCodePoint::for_char(c) || EmojiModifier::for_char(c) {
        return Class::Invisible;
    }
    match GeneralCategory::for_char(c) {
        GeneralCategory::Format => Class::Invisible,
        GeneralCategory::Control
        | GeneralCategory::Surrogate
        | GeneralCategory::PrivateUse
        | GeneralCategory::Unassigned
        | GeneralCategory::LineSeparator
        | GeneralCategory::ParagraphSeparator => Class::Base(REPLACEMENT),
        GeneralCategory::SpaceSeparator => Class::Blank,
        _ if c.width().unwrap_or(0) == 0 => Class::Mark,
        _ => Class::Base(c),
    }
}

/// The picture of a C0 control: U+2400 and its number.
fn control_picture(c: char) -> char {
    char::from_u32(0x2400 + u32::from(c)).unwrap_or(REPLACEMENT)
}

/// The plain letter of a regional indicator.
fn regional_letter(c: char) -> char {
    let letter = u32::from(c).saturating_sub(0x1F1E6) + u32::from('A');
    char::from_u32(letter).unwrap_or(REPLACEMENT)
}

/// Characters whose glyphs run over their neighbours: long ligatures, long dashes, huge signs.
fn is_oversized(c: char) -> bool {
    matches!(
        c,
        '\u{2E3A}'
            | '\u{2E3B}'
            | '\u{FDFA}'
            | '\u{FDFB}'
            | '\u{FDFD}'
            | '\u{A9C5}'
            | '\u{12031}'
            | '\u{1242B}'
            | '\u{17D8}'
            | '\u{102A}'
    ) || matches!(c, '\u{12000}'..='\u{1254F}')
        || c.width().is_some_and(|cells| cells > 2)
}
