//! Stretches of days and their arithmetic.

use chrono::{Datelike, Days, Months, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::model::Dim;

/// The calendar unit that a range is a whole one of (or the begun part of).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grain {
    /// A day.
    Day,
    /// Monday to Sunday.
    Week,
    /// Days 1–15 or 16–end of a month.
    Fortnight,
    /// A calendar month.
    Month,
    /// Two calendar months.
    TwoMonths,
    /// A calendar quarter.
    Quarter,
    /// Half a calendar year.
    Half,
    /// A calendar year.
    Year,
}

impl Grain {
    /// The dimension that groups by this unit, if there is one.
    pub fn dim(self) -> Option<Dim> {
        Some(match self {
            Grain::Day => Dim::Day,
            Grain::Week => Dim::Week,
            Grain::Month => Dim::Month,
            Grain::Quarter => Dim::Quarter,
            Grain::Half => Dim::HalfYear,
            Grain::Year => Dim::Year,
            Grain::Fortnight | Grain::TwoMonths => return None,
        })
    }

    fn months(self) -> Option<u32> {
        Some(match self {
            Grain::Month => 1,
            Grain::TwoMonths => 2,
            Grain::Quarter => 3,
            Grain::Half => 6,
            Grain::Year => 12,
            _ => return None,
        })
    }
}

/// A range of days, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TimeRange {
    /// First day.
    pub start: NaiveDate,
    /// Last day.
    pub end: NaiveDate,
    /// The calendar unit it is one of, if it is.
    #[serde(default)]
    pub grain: Option<Grain>,
    /// Whether the year was not said but taken as the latest one begun.
    #[serde(default)]
    pub year_inferred: bool,
    /// Whether it was said relative to another period ("mes anterior", "año pasado").
    #[serde(default)]
    pub relative: bool,
}

/// The day `year-month-day`, if there is one.
pub fn day(year: i32, month: u32, day: u32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(year, month, day)
}

fn minus_days(date: NaiveDate, n: u64) -> NaiveDate {
    date.checked_sub_days(Days::new(n)).unwrap_or(NaiveDate::MIN)
}

fn plus_days(date: NaiveDate, n: u64) -> NaiveDate {
    date.checked_add_days(Days::new(n)).unwrap_or(NaiveDate::MAX)
}

impl TimeRange {
    /// A range without a unit. `None` if it ends before it starts.
    pub fn new(start: NaiveDate, end: NaiveDate) -> Option<TimeRange> {
        (start <= end).then_some(TimeRange { start, end, grain: None, year_inferred: false, relative: false })
    }

    /// The whole unit of `grain` that `date` lies in.
    pub fn containing(grain: Grain, date: NaiveDate) -> TimeRange {
        let start = match grain {
            Grain::Day => date,
            Grain::Week => minus_days(date, u64::from(date.weekday().num_days_from_monday())),
            Grain::Fortnight => date.with_day(if date.day() <= 15 { 1 } else { 16 }).unwrap_or(date),
            _ => {
                let months = grain.months().unwrap_or(1);
                let month = date.month0() / months * months + 1;
                day(date.year(), month, 1).unwrap_or(date)
            }
        };
        let end = match grain {
            Grain::Day => start,
            Grain::Week => plus_days(start, 6),
            Grain::Fortnight if start.day() == 1 => plus_days(start, 14),
            Grain::Fortnight => TimeRange::containing(Grain::Month, start).end,
            _ => minus_days(
                start.checked_add_months(Months::new(grain.months().unwrap_or(1))).unwrap_or(NaiveDate::MAX),
                1,
            ),
        };
        TimeRange { start, end, grain: Some(grain), year_inferred: false, relative: false }
    }

    /// The unit `n` units before the one `date` lies in.
    pub fn before(grain: Grain, date: NaiveDate, n: u32) -> TimeRange {
        let mut range = TimeRange::containing(grain, date);
        match grain.months() {
            Some(months) => {
                let back = months.saturating_mul(n);
                let start = range.start.checked_sub_months(Months::new(back)).unwrap_or(NaiveDate::MIN);
                TimeRange::containing(grain, start)
            }
            None if grain == Grain::Fortnight => {
                for _ in 0..n.min(2400) {
                    range = TimeRange::containing(grain, minus_days(range.start, 1));
                }
                range
            }
            None => {
                let length = if grain == Grain::Week { 7 } else { 1 };
                TimeRange::containing(grain, minus_days(range.start, u64::from(n) * length))
            }
        }
    }

    /// The current unit up to `today`.
    pub fn to_date(grain: Grain, today: NaiveDate) -> TimeRange {
        TimeRange { end: today, ..TimeRange::containing(grain, today) }
    }

    /// The last `n` days, weeks of seven days, or calendar units, ending with `today`.
    pub fn last(grain: Grain, n: u32, today: NaiveDate) -> Option<TimeRange> {
        let n = n.max(1);
        let start = match grain {
            Grain::Day => minus_days(today, u64::from(n) - 1),
            Grain::Week => minus_days(today, u64::from(n) * 7 - 1),
            Grain::Fortnight => minus_days(today, u64::from(n) * 15 - 1),
            _ => TimeRange::before(grain, today, n - 1).start,
        };
        TimeRange::new(start, today)
    }

    /// The same calendar days `years` earlier; 29 February becomes the 28th, a month's
    /// last day stays its last day for whole units.
    pub fn years_before(&self, years: u32) -> TimeRange {
        let back = |d: NaiveDate| d.checked_sub_months(Months::new(12 * years)).unwrap_or(NaiveDate::MIN);
        let whole = self.grain.is_some_and(|g| TimeRange::containing(g, self.start).end == self.end);
        match self.grain {
            Some(grain) if whole && grain >= Grain::Fortnight => {
                TimeRange { relative: self.relative, ..TimeRange::containing(grain, back(self.start)) }
            }
            _ => TimeRange { start: back(self.start), end: back(self.end), ..*self },
        }
    }

    /// The stretch just before: the whole unit before for calendar units, else as many days again.
    pub fn preceding(&self) -> TimeRange {
        match self.grain {
            Some(grain) => TimeRange::before(grain, self.start, 1),
            None => {
                let length = self.days();
                TimeRange {
                    start: minus_days(self.start, length),
                    end: minus_days(self.start, 1),
                    grain: None,
                    ..*self
                }
            }
        }
    }

    /// The same days of the unit before, where it is a unit of that kind or the begun part of one.
    pub fn same_days_before(&self, grain: Grain) -> Option<TimeRange> {
        if self.grain != Some(grain) {
            return None;
        }
        if self.is_whole() {
            return Some(self.preceding());
        }
        let back = |date: NaiveDate| match grain.months() {
            Some(months) => date.checked_sub_months(Months::new(months)),
            None if grain == Grain::Week => Some(minus_days(date, 7)),
            None => None,
        };
        Some(TimeRange { start: back(self.start)?, end: back(self.end)?, ..*self })
    }

    /// How many days it has.
    pub fn days(&self) -> u64 {
        u64::try_from((self.end - self.start).num_days()).unwrap_or(0) + 1
    }

    /// The day after its last.
    pub fn end_exclusive(&self) -> NaiveDate {
        plus_days(self.end, 1)
    }

    /// Whether it is a whole unit and not only the begun part of one.
    pub fn is_whole(&self) -> bool {
        self.grain.is_none_or(|grain| TimeRange::containing(grain, self.start).end == self.end)
    }

    /// Whether it runs from the first to the last day of a year.
    pub fn is_calendar_year(&self) -> bool {
        let year = TimeRange::containing(Grain::Year, self.start);
        self.start == year.start && self.end == year.end
    }

    /// Both ranges as one, if they touch or overlap.
    pub fn joined(&self, other: &TimeRange) -> Option<TimeRange> {
        let (first, second) = if self.start <= other.start { (self, other) } else { (other, self) };
        (second.start <= first.end_exclusive())
            .then(|| TimeRange::new(first.start, first.end.max(second.end)))
            .flatten()
    }

    /// The same days of an earlier year: as much of it as has passed of this one.
    pub fn same_days_in(&self, year: i32) -> Option<TimeRange> {
        match u32::try_from(self.start.year() - year) {
            Ok(years) => Some(TimeRange { year_inferred: false, ..self.years_before(years) }),
            Err(_) => self.in_year(year),
        }
    }

    /// The same stretch in another year.
    pub fn in_year(&self, year: i32) -> Option<TimeRange> {
        let shift =
            |d: NaiveDate| d.with_year(year).or_else(|| d.with_day(28).and_then(|d| d.with_year(year)));
        let start = shift(self.start)?;
        match self.grain {
            Some(grain) => Some(TimeRange { year_inferred: false, ..TimeRange::containing(grain, start) }),
            None => Some(TimeRange { year_inferred: false, ..TimeRange::new(start, shift(self.end)?)? }),
        }
    }
}
