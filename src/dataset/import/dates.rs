//! Dates as people and programs write them.

use chrono::NaiveDate;

/// The order of day and month where the year stands last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DateOrder {
    /// `30/06/2025`, as in Colombia.
    #[default]
    DayFirst,
    /// `06/30/2025`.
    MonthFirst,
}

/// Reads a date: `2025-06-30`, `20250630`, `30/06/2025`, `30-6-25`, each with or without a
/// time of day, which is left out.
pub(super) fn parse(text: &str, order: DateOrder) -> Option<NaiveDate> {
    let text = text.trim();
    let day = match text.split_once(['T', ' ']) {
        Some((day, time)) if is_time(time) => day,
        Some(_) => return None,
        None => text,
    };
    if day.len() == 8 && day.bytes().all(|b| b.is_ascii_digit()) {
        return NaiveDate::parse_from_str(day, "%Y%m%d").ok();
    }
    let mark = day.chars().find(|c| matches!(c, '-' | '/' | '.'))?;
    let mut parts = day.split(mark);
    let (first, second, third) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    if first.len() == 4 {
        return date(year(first)?, number(second)?, number(third)?);
    }
    let (day, month) = match order {
        DateOrder::DayFirst => (first, second),
        DateOrder::MonthFirst => (second, first),
    };
    date(year(third)?, number(month)?, number(day)?)
}

fn date(year: i32, month: u32, day: u32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(year, month, day)
}

fn number(text: &str) -> Option<u32> {
    let plain = (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

/// Four digits from 1900 to 2200, or two: 80 to 99 are of the last century.
fn year(text: &str) -> Option<i32> {
    if !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let year: i32 = text.parse().ok()?;
    match text.len() {
        2 if year >= 80 => Some(1900 + year),
        2 => Some(2000 + year),
        4 => (1900..=2200).contains(&year).then_some(year),
        _ => None,
    }
}

fn is_time(text: &str) -> bool {
    let text = text.trim();
    !text.is_empty()
        && text.starts_with(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| {
            c.is_ascii_digit() || matches!(c, ':' | '.' | ',' | ' ' | '+' | '-' | 'Z') || "apmAPM".contains(c)
        })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn dates_are_read_with_and_without_time() {
        let expected = NaiveDate::from_ymd_opt(2025, 6, 30);
        for text in [
            "2025-06-30",
            "2025/06/30",
            "20250630",
            "30/06/2025",
            "30-6-25",
            "30.06.2025",
            "2025-06-30 00:00:00.000",
            "2025-06-30T14:05:00Z",
            "30/06/2025 2:05 PM",
        ] {
            assert_eq!(parse(text, DateOrder::DayFirst), expected, "{text}");
        }
        assert_eq!(parse("06/30/2025", DateOrder::MonthFirst), expected);
    }

    #[test]
    fn what_is_not_a_date_is_not_read() {
        for text in
            ["", "31/02/2025", "2025-13-01", "1/2", "30/06/2025 mañana", "30/06/25/1", "0/0/0", "1899-01-01"]
        {
            assert_eq!(parse(text, DateOrder::DayFirst), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_not_without_panic(text in ".{0,40}") {
            let _ = (parse(&text, DateOrder::DayFirst), parse(&text, DateOrder::MonthFirst));
        }

        #[test]
        fn a_written_date_is_read_back(days in 0i64..90_000) {
            let date = NaiveDate::from_ymd_opt(1950, 1, 1).expect("a date") + chrono::TimeDelta::days(days);
            prop_assert_eq!(parse(&date.format("%d/%m/%Y").to_string(), DateOrder::DayFirst), Some(date));
            prop_assert_eq!(parse(&date.format("%m/%d/%Y").to_string(), DateOrder::MonthFirst), Some(date));
            prop_assert_eq!(parse(&date.to_string(), DateOrder::MonthFirst), Some(date));
        }
    }
}
