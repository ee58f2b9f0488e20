//! Text as `Modern_Spanish_CI_AS` compares and orders it: without case, with accents,
//! without trailing blanks; `ñ` is a letter after `n`.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, StringViewArray, StringViewBuilder};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::ColumnarValue;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::columns::typed;
use super::{Call, Op};
use crate::engine::EngineError;

/// What a text is equal by: two texts are equal on the server when their keys are.
pub(in super::super) fn key(text: &str) -> Cow<'_, str> {
    if is_key(text) {
        return Cow::Borrowed(text);
    }
    let text = text.trim_end_matches(' ');
    if text.is_ascii() {
        return Cow::Owned(text.to_ascii_uppercase());
    }
    Cow::Owned(text.nfc().flat_map(fold).collect())
}

/// One character without its case.
pub(super) fn fold(c: char) -> impl Iterator<Item = char> {
    // Full-width forms are equal to the plain ones: the collation ignores width.
    let c = match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        '\u{3000}' => ' ',
        other => other,
    };
    c.to_uppercase()
}

fn is_key(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii() && !b.is_ascii_lowercase()) && !text.ends_with(' ')
}

/// What a text is ordered by: letters first without, then with their accents; hyphen
/// and apostrophe count only between texts that are equal without them.
pub(in super::super) fn sort_key(text: &str) -> String {
    let text = text.trim_end_matches(' ');
    let mut primary = String::with_capacity(text.len() + 8);
    let mut accents = String::new();
    let mut light = String::new();
    for c in text.nfd().flat_map(fold) {
        match c {
            '-' | '\'' => {
                light.push(c);
            }
            '\u{303}' if primary.ends_with('N') => primary.push(char::MAX),
            c if is_combining_mark(c) => {
                // The position keeps "ánimo" before "animó", as on the server.
                accents.push(char::from_u32(primary.chars().count() as u32 + 0x100).unwrap_or(c));
                accents.push(c);
            }
            c if c.is_alphanumeric() => primary.push(c),
            // Blanks and signs stand before digits, digits before letters.
            c if c.is_ascii() => {
                primary.push('\u{2}');
                primary.push(c);
            }
            c => {
                primary.push('\u{3}');
                primary.push(c);
            }
        }
    }
    primary.push('\u{1}');
    primary.push_str(&accents);
    primary.push('\u{1}');
    primary.push_str(&light);
    primary
}

/// A text without accents. In Spanish `ñ` is a letter of its own, not an `n` with one.
pub(super) fn without_accents(text: &str, spanish: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.nfd() {
        let keeps = spanish && c == '\u{303}' && out.ends_with(['n', 'N']);
        if !is_combining_mark(c) || keeps {
            out.push(c);
        }
    }
    out
}

/// Runs [`Op::CollationKey`] and [`Op::SortKey`] on whole columns.
pub(super) fn columns(call: &Call, values: &[ColumnarValue]) -> Result<Option<ColumnarValue>, EngineError> {
    let one: fn(&str) -> Cow<'_, str> = match call.op {
        Op::CollationKey => key,
        Op::SortKey => |text| Cow::Owned(sort_key(text)),
        _ => return Ok(None),
    };
    Ok(match values {
        [ColumnarValue::Scalar(ScalarValue::Utf8View(text))] => {
            let value = text.as_deref().map(|t| one(t).into_owned());
            Some(ColumnarValue::Scalar(ScalarValue::Utf8View(value)))
        }
        [ColumnarValue::Array(array)] => {
            let texts: StringViewArray = typed(array)?;
            // Most stored texts are their own key: then nothing is copied.
            let same = matches!(call.op, Op::CollationKey) && texts.iter().flatten().all(is_key);
            Some(ColumnarValue::Array(if same { Arc::clone(array) } else { mapped(&texts, one) }))
        }
        _ => None,
    })
}

fn mapped(texts: &StringViewArray, one: fn(&str) -> Cow<'_, str>) -> ArrayRef {
    let mut out = StringViewBuilder::with_capacity(texts.len());
    for text in texts {
        match text {
            Some(text) => out.append_value(one(text)),
            None => out.append_null(),
        }
    }
    Arc::new(out.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_equal_without_case_and_trailing_blanks_but_with_accents() {
        assert_eq!(key("Pavco  "), key("PAVCO"));
        assert_eq!(key("ñandú"), key("ÑANDÚ"));
        assert_ne!(key("CAFE"), key("CAFÉ"));
        assert_ne!(key(" PAVCO"), key("PAVCO"));
        assert_eq!(key("n\u{303}u"), key("ÑU"));
    }

    #[test]
    fn texts_are_ordered_as_in_a_spanish_dictionary() {
        let mut words =
            vec!["Ñame", "zinc", "nuez", "Ángel", "angel", "Ana", "10", "2", "co-op", "coop", "#x", "nz"];
        words.sort_by_key(|w| sort_key(w));
        assert_eq!(
            words,
            ["#x", "10", "2", "Ana", "angel", "Ángel", "coop", "co-op", "nuez", "nz", "Ñame", "zinc"]
        );
    }
}
