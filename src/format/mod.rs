//! How values are written for people: pesos, percentages, dates, quantities.
//!
//! Enters: a value, its kind, the language. Leaves: text. May not touch: everything else.
//! Also reads numbers as Colombians write them.
//!
//! Numbers are exact: they are rounded and grouped on their decimal digits, half away
//! from zero, at any size. What comes from a text value is still hostile: the frame cleans it.

mod age;
mod axis;
mod digits;
mod kind;
mod names;
mod read;
mod temporal;

use std::time::Duration;

use rust_decimal::Decimal;

use crate::i18n::{Lang, text};
use crate::model::{ColumnKind, Value};

pub use age::age;
pub use axis::{CalendarPart, calendar_part};
pub use digits::Digits;
pub use kind::{kind_of, words_of};
pub use names::{month, month_named, month_short, weekday, weekday_named};
pub use read::{NumberError, parse_number};
pub use temporal::{date, date_time, month_of, year_month};

/// A value as people read it. Text comes back as it is: clean it before showing it.
pub fn value(value: &Value<'_>, kind: ColumnKind, lang: Lang) -> String {
    match value {
        Value::Null => null(kind, lang).to_owned(),
        Value::Bool(true) => text(lang, "format.yes").to_owned(),
        Value::Bool(false) => text(lang, "format.no").to_owned(),
        Value::Date(day) if kind == ColumnKind::Month => month_of(*day, lang),
        Value::Date(day) => date(*day, lang),
        Value::DateTime(moment) if kind == ColumnKind::Month => month_of(moment.date(), lang),
        Value::DateTime(moment) => date_time(*moment, lang),
        // The ERP leaves brands and suppliers blank: a person must see that nothing stands there.
        Value::Text(words) if words.trim().is_empty() => text(lang, "format.blank").to_owned(),
        Value::Text(words) => worded(words, kind, lang),
        Value::Int(_) | Value::Decimal { .. } | Value::Float(_) => match digits_of(value) {
            Some(digits) => number(&digits, kind, matches!(value, Value::Int(_)), lang),
            None => text(lang, "format.undefined").to_owned(),
        },
    }
}

/// The exact digits of a numeric value, wide numbers carried as text included.
pub fn digits_of(value: &Value<'_>) -> Option<Digits> {
    match value {
        Value::Int(n) => Some(Digits::from_scaled(i128::from(*n), 0)),
        Value::Decimal { unscaled, scale } => Some(Digits::from_scaled(*unscaled, *scale)),
        Value::Float(f) => Digits::from_float(*f),
        Value::Text(words) => Digits::parse(words),
        Value::Null | Value::Bool(_) | Value::Date(_) | Value::DateTime(_) => None,
    }
}

fn null(kind: ColumnKind, lang: Lang) -> &'static str {
    if matches!(kind, ColumnKind::Text | ColumnKind::Code) {
        text(lang, "format.null")
    } else {
        text(lang, "format.no_figure")
    }
}

/// Text in a column: a number too wide for 128 bits, an English name of the server's, or words.
fn worded(words: &str, kind: ColumnKind, lang: Lang) -> String {
    match kind {
        _ if kind.is_measure() => match Digits::parse(words) {
            Some(digits) => number(&digits, kind, false, lang),
            None => words.to_owned(),
        },
        ColumnKind::Weekday => translated(words, weekday_named(words), weekday, lang),
        ColumnKind::MonthOfYear => translated(words, month_named(words), month, lang),
        ColumnKind::Date | ColumnKind::Month => match words.parse::<chrono::NaiveDate>() {
            Ok(day) if kind == ColumnKind::Month => month_of(day, lang),
            Ok(day) => date(day, lang),
            Err(_) => words.to_owned(),
        },
        _ => words.to_owned(),
    }
}

fn translated(
    words: &str,
    n: Option<u32>,
    name: fn(u32, Lang) -> Option<&'static str>,
    lang: Lang,
) -> String {
    n.and_then(|n| name(n, lang)).unwrap_or(words).to_owned()
}

/// Digits written for their kind.
fn number(digits: &Digits, kind: ColumnKind, whole: bool, lang: Lang) -> String {
    match kind {
        ColumnKind::Money => pesos(&digits.rounded(0), lang),
        ColumnKind::UnitPrice => {
            let cents = digits.rounded(2);
            if cents.has_fraction() { pesos(&cents, lang) } else { pesos(&digits.rounded(0), lang) }
        }
        ColumnKind::Percent => format!("{}%", grouped(&digits.rounded(1), lang)),
        ColumnKind::Count | ColumnKind::Quantity => grouped(&digits.rounded(2).trimmed(), lang),
        ColumnKind::Number if whole => grouped(digits, lang),
        ColumnKind::Number => grouped(&digits.rounded(2), lang),
        ColumnKind::MonthOfYear => named(digits, month, lang),
        ColumnKind::Weekday => named(digits, weekday, lang),
        ColumnKind::Month => temporal::month_number(digits, lang).unwrap_or_else(|| ungrouped(digits, lang)),
        ColumnKind::Date | ColumnKind::Year | ColumnKind::Code | ColumnKind::Text => ungrouped(digits, lang),
    }
}

fn named(digits: &Digits, name: fn(u32, Lang) -> Option<&'static str>, lang: Lang) -> String {
    let whole =
        (!digits.has_fraction() && !digits.is_negative()).then(|| digits.whole().parse().ok()).flatten();
    whole.and_then(|n| name(n, lang)).map_or_else(|| ungrouped(digits, lang), str::to_owned)
}

/// The thousands separator and the decimal point.
fn separators(lang: Lang) -> (&'static str, &'static str) {
    match lang {
        Lang::Es => (".", ","),
        Lang::En => (",", "."),
    }
}

fn grouped(digits: &Digits, lang: Lang) -> String {
    let (group, point) = separators(lang);
    digits.written(group, point)
}

fn ungrouped(digits: &Digits, lang: Lang) -> String {
    digits.clone().trimmed().written("", separators(lang).1)
}

fn pesos(digits: &Digits, lang: Lang) -> String {
    let sign = if digits.is_negative() { "-" } else { "" };
    let (group, point) = separators(lang);
    format!("{sign}{}{}", currency(lang), digits.unsigned(group, point))
}

fn currency(lang: Lang) -> &'static str {
    match lang {
        Lang::Es => "$",
        Lang::En => "COP ",
    }
}

fn digits_of_decimal(amount: Decimal) -> Digits {
    // A `Decimal`'s scale is 28 at most.
    Digits::from_scaled(amount.mantissa(), i8::try_from(amount.scale()).unwrap_or(i8::MAX))
}

/// An amount in whole pesos: `$1.234.567`, `-$1.234`.
pub fn money(amount: Decimal, lang: Lang) -> String {
    pesos(&digits_of_decimal(amount).rounded(0), lang)
}

/// A percentage already multiplied by 100: `45,6%`.
pub fn percent(share: Decimal, lang: Lang) -> String {
    number(&digits_of_decimal(share), ColumnKind::Percent, false, lang)
}

/// A whole number: `1.234`.
pub fn count(n: usize, lang: Lang) -> String {
    grouped(&Digits::from_scaled(i128::try_from(n).unwrap_or(i128::MAX), 0), lang)
}

/// An amount in few characters: `$1,2 M` (million), `$3,4 mil M` (thousand million),
/// `$987.654` below a million.
pub fn compact_money(amount: Decimal, lang: Lang) -> String {
    compact_pesos(&digits_of_decimal(amount), lang)
}

/// A measure in few characters, for axes and bars: money as [`compact_money`], the rest as [`value`].
pub fn compact(figure: &Value<'_>, kind: ColumnKind, lang: Lang) -> String {
    match digits_of(figure) {
        Some(digits) if matches!(kind, ColumnKind::Money | ColumnKind::UnitPrice) => {
            if digits.rounded(0).whole_len() < 4 {
                return number(&digits, kind, false, lang);
            }
            compact_pesos(&digits, lang)
        }
        _ => value(figure, kind, lang),
    }
}

fn compact_pesos(digits: &Digits, lang: Lang) -> String {
    let whole = digits.rounded(0);
    if whole.whole_len() <= 6 {
        return pesos(&whole, lang);
    }
    // Decided after rounding: 999.999.999 is a thousand million, not 1.000,0 million.
    let millions = digits.shifted_right(6).rounded(1);
    if millions.whole_len() <= 3 {
        return format!("{} {}", pesos(&millions, lang), text(lang, "format.compact.million"));
    }
    let thousands = digits.shifted_right(9).rounded(1);
    format!("{} {}", pesos(&thousands, lang), text(lang, "format.compact.thousand_million"))
}

/// A length of time: `350 ms`, `4,2 s`, `1 min 05 s`, `2 h 03 min`.
pub fn duration(time: Duration, lang: Lang) -> String {
    let millis = time.as_millis();
    let seconds = time.as_secs();
    if millis < 1000 {
        return format!("{millis} ms");
    }
    if seconds < 60 {
        let tenths = i128::try_from(millis / 100).unwrap_or(i128::MAX);
        return format!("{} s", grouped(&Digits::from_scaled(tenths, 1), lang));
    }
    if seconds < 3600 {
        return format!("{} min {:02} s", seconds / 60, seconds % 60);
    }
    format!("{} h {:02} min", seconds / 3600, seconds % 3600 / 60)
}

#[cfg(test)]
mod tests;
