//! Finding text in the cells.

use unicode_normalization::UnicodeNormalization;

use super::Frame;
use crate::i18n::Lang;
use crate::model::{ColumnKind, Value};

/// Characters that shown figures are made of, in both languages.
const FIGURE_CHARACTERS: &str = "0123456789.,-$% cop—()nul/:";

impl Frame {
    /// The next cell, after `from` in reading order and around the end, whose shown text
    /// contains `needle`, compared without case and accents.
    pub fn find(&self, needle: &str, from: (usize, usize), lang: Lang) -> Option<(usize, usize)> {
        let needle = fold(needle.trim());
        let columns = self.columns().len();
        let total = self.row_count().checked_mul(columns)?;
        if needle.is_empty() || total == 0 {
            return None;
        }
        let searched: Vec<bool> =
            self.columns().iter().map(|column| can_show(column.kind, &needle)).collect();
        let start = from.0.min(self.row_count()) * columns + from.1.min(columns - 1);
        (1..=total).map(|step| (start + step) % total).map(|place| (place / columns, place % columns)).find(
            |(row, column)| {
                (searched.get(*column) == Some(&true) || !is_figure(&self.value(*row, *column)))
                    && fold(self.cell(*row, *column, lang).text.as_str()).contains(&needle)
            },
        )
    }
}

/// Whether a figure of this kind could contain the needle at all: spares formatting a million amounts.
fn can_show(kind: ColumnKind, needle: &str) -> bool {
    let words = !kind.is_measure() && !matches!(kind, ColumnKind::Date | ColumnKind::Year | ColumnKind::Code);
    words || needle.chars().all(|c| FIGURE_CHARACTERS.contains(c))
}

/// Shown with figures and signs only.
fn is_figure(value: &Value<'_>) -> bool {
    !matches!(value, Value::Null | Value::Text(_) | Value::Bool(_))
}

/// A key for comparing and ordering Spanish text: lower case, without accents, `ñ` just after `n`.
pub(super) fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut key = String::with_capacity(text.len());
    for c in text.nfd() {
        match c {
            // U+007F sorts after every letter: "nz" comes before "ñ".
            '\u{303}' if key.ends_with('n') => key.push('\u{7f}'),
            '\u{300}'..='\u{36f}' => {}
            _ => key.extend(c.to_lowercase()),
        }
    }
    key
}
