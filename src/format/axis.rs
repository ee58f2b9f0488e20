//! Which columns of a result say *what* a row is about, and how they are read together.

use crate::model::ColumnKind;

/// A part of the calendar that a column of whole numbers carries, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CalendarPart {
    /// An ISO week, 1 to 53.
    Week,
    /// A quarter, 1 to 4.
    Quarter,
    /// A day of the month.
    Day,
}

/// The part of the calendar a column carries; none for codes and everything else.
pub fn calendar_part(column_name: &str, kind: ColumnKind) -> Option<CalendarPart> {
    if kind.is_measure() && kind != ColumnKind::Number {
        return None;
    }
    let words = super::kind::words_of(column_name);
    let has = |names: &[&str]| words.iter().any(|word| names.contains(&word.as_str()));
    if matches!(kind, ColumnKind::Weekday | ColumnKind::Text) {
        None
    } else if has(&["semana", "week"]) {
        Some(CalendarPart::Week)
    } else if has(&["trimestre", "quarter"]) {
        Some(CalendarPart::Quarter)
    } else if has(&["dia", "day"]) {
        Some(CalendarPart::Day)
    } else {
        None
    }
}
