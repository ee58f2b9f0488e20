//! Days, moments and months. Spanish as Colombians write them, English as ISO 8601.

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime};

use super::digits::Digits;
use super::names::month_short;
use crate::i18n::Lang;

/// `30/06/2025`; in English `2025-06-30`.
pub fn date(day: NaiveDate, lang: Lang) -> String {
    match lang {
        Lang::Es => format!("{:02}/{:02}/{:04}", day.day(), day.month(), day.year()),
        Lang::En => format!("{:04}-{:02}-{:02}", day.year(), day.month(), day.day()),
    }
}

/// The day, and the time where it is not midnight: `30/06/2025 14:05`, seconds where there are any.
pub fn date_time(moment: NaiveDateTime, lang: Lang) -> String {
    let day = date(moment.date(), lang);
    let time = moment.time();
    if time == NaiveTime::MIN {
        return day;
    }
    let pattern = if chrono::Timelike::second(&time) == 0 { "%H:%M" } else { "%H:%M:%S" };
    format!("{day} {}", time.format(pattern))
}

/// The month of a day: `jun 2025`.
pub fn month_of(day: NaiveDate, lang: Lang) -> String {
    year_month(day.year(), day.month(), lang)
}

/// `jun 2025` of a year and a month; the plain numbers where there is no such month.
pub fn year_month(year: i32, month: u32, lang: Lang) -> String {
    match month_short(month, lang) {
        Some(name) => format!("{name} {year}"),
        None => format!("{year}-{month:02}"),
    }
}

/// A month carried as `yyyymm`.
pub(super) fn month_number(digits: &Digits, lang: Lang) -> Option<String> {
    let plain = digits.clone().trimmed().plain();
    if plain.len() != 6 {
        return None;
    }
    let month: u32 = plain.get(4..)?.parse().ok()?;
    let year: i32 = plain.get(..4)?.parse().ok()?;
    month_short(month, lang).map(|_| year_month(year, month, lang))
}
