//! Names of months and weekdays.

use crate::i18n::{self, Lang};

/// `enero` for 1 … `diciembre` for 12; none outside.
pub fn month(number: u32, lang: Lang) -> Option<&'static str> {
    i18n::find(lang, &format!("format.month.{number}"))
}

/// `ene` for 1 … `dic` for 12; none outside.
pub fn month_short(number: u32, lang: Lang) -> Option<&'static str> {
    i18n::find(lang, &format!("format.month_short.{number}"))
}

/// `lunes` for 1 … `domingo` for 7; none outside.
pub fn weekday(number: u32, lang: Lang) -> Option<&'static str> {
    i18n::find(lang, &format!("format.weekday.{number}"))
}

/// The number of a month named in either language, as servers write it.
pub fn month_named(name: &str) -> Option<u32> {
    number_of(name, 12, month)
}

/// The number of a weekday named in either language, Monday first.
pub fn weekday_named(name: &str) -> Option<u32> {
    number_of(name, 7, weekday)
}

fn number_of(name: &str, last: u32, named: fn(u32, Lang) -> Option<&'static str>) -> Option<u32> {
    let wanted = name.trim().to_lowercase();
    (1..=last).find(|n| {
        Lang::ALL.into_iter().any(|lang| named(*n, lang).is_some_and(|known| known.to_lowercase() == wanted))
    })
}
