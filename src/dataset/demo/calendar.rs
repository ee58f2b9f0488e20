//! How much is sold on which day: weekdays, seasons, holidays, growth.

use chrono::{Datelike, Days, NaiveDate, Weekday};

/// Days before the last one on which the store has its exceptional day, if that is a Wednesday.
const OUTLIER_AGO: u64 = 97;

/// A day of the history with the number of lines sold on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Day {
    pub(super) date: NaiveDate,
    /// Days since the first.
    pub(super) number: i64,
    /// Months since the first.
    pub(super) month: usize,
    pub(super) lines: u64,
    /// Whether a large works contract is served on this day.
    pub(super) outlier: bool,
}

/// The history's days.
pub(super) struct Calendar {
    days: Vec<Day>,
}

impl Calendar {
    /// Spreads `rows` lines exactly over the days from `first` to `last`.
    pub(super) fn new(first: NaiveDate, last: NaiveDate, rows: u32) -> Calendar {
        let dates: Vec<NaiveDate> = first.iter_days().take_while(|date| *date <= last).collect();
        let weights: Vec<u64> =
            dates.iter().map(|date| weight(*date, months_between(first, *date))).collect();
        let total: u128 = weights.iter().map(|w| u128::from(*w)).sum::<u128>().max(1);
        let outlier = outlier_day(last);
        let (mut upto, mut given) = (0u128, 0u128);
        let mut days = Vec::with_capacity(dates.len());
        for (number, (date, weight)) in dates.into_iter().zip(weights).enumerate() {
            upto += u128::from(weight);
            let target = upto * u128::from(rows) / total;
            let lines = (target - given) as u64;
            given = target;
            days.push(Day {
                date,
                number: number as i64,
                month: months_between(first, date),
                lines,
                outlier: Some(date) == outlier,
            });
        }
        Calendar { days }
    }

    pub(super) fn days(&self) -> impl Iterator<Item = Day> {
        self.days.iter().copied()
    }

    /// Number of days.
    pub(super) fn length(&self) -> i64 {
        self.days.len() as i64
    }

    /// Number of calendar months.
    pub(super) fn months(&self) -> usize {
        self.days.last().map_or(0, |day| day.month + 1)
    }

    /// The month of the year, from 1, of the history's month.
    pub(super) fn month_of_year(&self, month: usize) -> u32 {
        self.days.first().map_or(1, |day| (day.date.month0() + month as u32) % 12 + 1)
    }
}

fn months_between(first: NaiveDate, date: NaiveDate) -> usize {
    let months = (date.year() - first.year()) * 12 + date.month() as i32 - first.month() as i32;
    usize::try_from(months).unwrap_or(0)
}

fn outlier_day(last: NaiveDate) -> Option<NaiveDate> {
    let about = last.checked_sub_days(Days::new(OUTLIER_AGO))?;
    let past_wednesday = u64::from((about.weekday().num_days_from_monday() + 7 - 2) % 7);
    about.checked_sub_days(Days::new(past_wednesday))
}

/// How much a day weighs: weekday × season × growth, nothing when the store is closed.
fn weight(date: NaiveDate, month: usize) -> u64 {
    if is_closed(date) {
        return 0;
    }
    let weekday = match date.weekday() {
        _ if is_holiday(date) => 26,
        Weekday::Mon => 112,
        Weekday::Tue => 104,
        Weekday::Wed => 100,
        Weekday::Thu => 104,
        Weekday::Fri => 118,
        Weekday::Sat => 131,
        Weekday::Sun => 21,
    };
    // The rains of April-May and October-November hold building back; June has the mid-year
    // bonus and San Pedro, December the bonus and the painting of houses.
    let season = match date.month() {
        1 => 86,
        2 => 95,
        3 => 101,
        4 => 91,
        5 => 94,
        6 => 109,
        7 => 103,
        8 => 101,
        9 => 99,
        10 => 93,
        11 => 97,
        _ => 130,
    };
    // People buy more in the days after payday, the 15th and the last of the month.
    let payday = if matches!(date.day(), 1..=3 | 15..=18 | 30 | 31) { 110 } else { 97 };
    weekday * season * payday * (1000 + 6 * month as u64)
}

/// The days on which nobody comes to work.
fn is_closed(date: NaiveDate) -> bool {
    let good_friday = easter(date.year()).and_then(|sunday| sunday.checked_sub_days(Days::new(2)));
    matches!((date.month(), date.day()), (1, 1) | (12, 25)) || good_friday == Some(date)
}

/// Colombian holidays (Ley 51 de 1983): some stay on their day, most move to the Monday that follows.
fn is_holiday(date: NaiveDate) -> bool {
    const FIXED: [(u32, u32); 4] = [(5, 1), (7, 20), (8, 7), (12, 8)];
    const MOVED: [(u32, u32); 7] = [(1, 6), (3, 19), (6, 29), (8, 15), (10, 12), (11, 1), (11, 11)];
    const AFTER_EASTER: [u64; 3] = [43, 64, 71];

    if FIXED.contains(&(date.month(), date.day())) {
        return true;
    }
    let moved = MOVED.iter().filter_map(|&(month, day)| {
        let on = NaiveDate::from_ymd_opt(date.year(), month, day)?;
        let wait = (7 - on.weekday().num_days_from_monday()) % 7;
        on.checked_add_days(Days::new(u64::from(wait)))
    });
    let sunday = easter(date.year());
    let feasts = AFTER_EASTER.iter().filter_map(|&days| sunday?.checked_add_days(Days::new(days)));
    moved.chain(feasts).any(|holiday| holiday == date)
}

/// Easter Sunday of a Gregorian year (the anonymous algorithm of Nature, 1876).
fn easter(year: i32) -> Option<NaiveDate> {
    let (a, b, c) = (year % 19, year / 100, year % 100);
    let g = (8 * b + 13) / 25;
    let h = (19 * a + b - b / 4 - g + 15) % 30;
    let l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let n = h + l - 7 * m + 114;
    NaiveDate::from_ymd_opt(year, (n / 31) as u32, (n % 31 + 1) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    #[test]
    fn easter_and_its_holidays_fall_on_the_published_days() {
        assert_eq!(easter(2024), Some(date("2024-03-31")));
        assert_eq!(easter(2025), Some(date("2025-04-20")));
        assert!(is_closed(date("2025-04-18")));
        for holiday in ["2025-01-06", "2025-03-24", "2025-06-02", "2025-06-23", "2025-06-30", "2025-11-17"] {
            assert!(is_holiday(date(holiday)), "{holiday}");
        }
        assert!(!is_holiday(date("2025-06-24")));
    }

    #[test]
    fn every_line_has_its_day_and_closed_days_have_none() {
        let calendar = Calendar::new(date("2024-02-01"), date("2025-06-30"), 50_000);
        assert_eq!(calendar.days().map(|day| day.lines).sum::<u64>(), 50_000);
        assert_eq!(calendar.months(), 17);
        let new_year = calendar.days().find(|day| day.date == date("2025-01-01"));
        assert_eq!(new_year.map(|day| day.lines), Some(0));
        assert_eq!(calendar.days().filter(|day| day.outlier).count(), 1);
    }
}
