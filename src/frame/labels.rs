//! What a row is about: its label columns read together (`jun 2025`, `2025-S23`, `NEIVA · BOSCH`).

use chrono::{Datelike, NaiveDate, Timelike};

use super::Frame;
use crate::format::{self, CalendarPart, calendar_part};
use crate::i18n::{Lang, fill};
use crate::model::{ColumnKind, Value};
use crate::sanitize::{SafeText, display_safe};

/// The roles of a frame's columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Axes {
    /// Columns of figures, in order.
    pub measures: Vec<usize>,
    /// Columns that say what a row is about and are no time, in order.
    pub names: Vec<usize>,
    /// Columns that place a row in time.
    pub time: Option<TimeAxis>,
}

/// How a row's place in time is carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeAxis {
    /// A day or a month in one column.
    Date(usize),
    /// A year alone.
    Year(usize),
    /// A year and a month of it.
    YearMonth(usize, usize),
    /// A year and an ISO week, quarter of it.
    YearPart(usize, usize, CalendarPart),
    /// A month, weekday, week, quarter or day without a year: periods that come round again.
    Cycle(usize, Option<CalendarPart>),
}

impl Frame {
    /// Which columns are figures, names and time.
    pub fn axes(&self) -> Axes {
        let find =
            |wanted: &[ColumnKind]| self.columns().iter().position(|column| wanted.contains(&column.kind));
        let part = self.columns().iter().enumerate().find_map(|(index, column)| {
            calendar_part(column.name.as_str(), column.kind).map(|part| (index, part))
        });
        let date = find(&[ColumnKind::Date, ColumnKind::Month]);
        let year = find(&[ColumnKind::Year]);
        let month = find(&[ColumnKind::MonthOfYear]);
        let weekday = find(&[ColumnKind::Weekday]);
        let time = match (date, year, month, part) {
            (Some(date), ..) => Some(TimeAxis::Date(date)),
            (_, Some(year), Some(month), _) => Some(TimeAxis::YearMonth(year, month)),
            (_, Some(year), _, Some((index, part))) if part != CalendarPart::Day => {
                Some(TimeAxis::YearPart(year, index, part))
            }
            (_, Some(year), ..) => Some(TimeAxis::Year(year)),
            (_, _, Some(month), _) => Some(TimeAxis::Cycle(month, None)),
            _ => weekday
                .map(|column| TimeAxis::Cycle(column, None))
                .or(part.map(|(column, part)| TimeAxis::Cycle(column, Some(part)))),
        };
        let timed = time.map(TimeAxis::columns).unwrap_or_default();
        let (mut measures, mut names) = (Vec::new(), Vec::new());
        for (index, column) in self.columns().iter().enumerate().filter(|(index, _)| !timed.contains(index)) {
            if column.kind.is_measure() { measures.push(index) } else { names.push(index) }
        }
        Axes { measures, names, time }
    }

    /// The label of a row, its time first.
    pub fn label(&self, row: usize, axes: &Axes, lang: Lang) -> SafeText {
        let mut parts: Vec<String> = Vec::new();
        if let Some(time) = axes.time {
            parts.push(self.time_label(row, time, lang));
        }
        parts.extend(axes.names.iter().map(|column| self.cell(row, *column, lang).text.into_string()));
        display_safe(&parts.join(" · "))
    }

    fn time_label(&self, row: usize, time: TimeAxis, lang: Lang) -> String {
        let shown = |column| self.cell(row, column, lang).text.into_string();
        let whole = |column| self.whole(row, column);
        match time {
            TimeAxis::YearMonth(year, month) => match (whole(year), whole(month)) {
                (Some(y), Some(m)) if (1..=12).contains(&m) => format::year_month(y, m.unsigned_abs(), lang),
                _ => format!("{} {}", shown(month), shown(year)),
            },
            TimeAxis::YearPart(year, index, part) => match whole(index) {
                Some(n) if part == CalendarPart::Week => {
                    fill(lang, "chart.week", &[("year", &shown(year)), ("week", &format!("{n:02}"))])
                }
                Some(n) => {
                    fill(lang, "chart.quarter", &[("year", &shown(year)), ("quarter", &n.to_string())])
                }
                None => format!("{} {}", shown(year), shown(index)),
            },
            TimeAxis::Cycle(index, part) => match (whole(index), part) {
                (Some(n), Some(CalendarPart::Week)) => {
                    fill(lang, "chart.week_alone", &[("week", &format!("{n:02}"))])
                }
                (Some(n), Some(CalendarPart::Quarter)) => {
                    fill(lang, "chart.quarter_alone", &[("quarter", &n.to_string())])
                }
                _ => shown(index),
            },
            TimeAxis::Date(index) | TimeAxis::Year(index) => shown(index),
        }
    }

    /// A number that grows with time and differs for different periods; none where the row has no time.
    pub fn time_key(&self, row: usize, time: TimeAxis) -> Option<i64> {
        let whole = |column| self.whole(row, column).map(i64::from);
        match time {
            TimeAxis::Date(column) => match self.value(row, column) {
                Value::Date(day) => Some(seconds(day)),
                Value::DateTime(moment) => {
                    Some(seconds(moment.date()) + i64::from(moment.time().num_seconds_from_midnight()))
                }
                Value::Text(text) => text.parse().ok().map(seconds),
                Value::Int(n) => Some(n),
                _ => None,
            },
            TimeAxis::Year(year) => whole(year),
            TimeAxis::YearMonth(year, index) | TimeAxis::YearPart(year, index, _) => {
                Some(whole(year)? * 1000 + whole(index)?)
            }
            TimeAxis::Cycle(index, _) => whole(index),
        }
    }

    /// A small whole number, or a month or weekday by its name.
    fn whole(&self, row: usize, column: usize) -> Option<i32> {
        match (self.value(row, column), self.kind(column)) {
            (Value::Text(name), ColumnKind::MonthOfYear) => format::month_named(name)?.try_into().ok(),
            (Value::Text(name), ColumnKind::Weekday) => format::weekday_named(name)?.try_into().ok(),
            (value, _) => {
                let digits = format::digits_of(&value)?;
                if digits.has_fraction() { None } else { digits.trimmed().plain().parse().ok() }
            }
        }
    }
}

impl TimeAxis {
    fn columns(self) -> Vec<usize> {
        match self {
            TimeAxis::Date(column) | TimeAxis::Year(column) | TimeAxis::Cycle(column, _) => vec![column],
            TimeAxis::YearMonth(year, index) | TimeAxis::YearPart(year, index, _) => vec![year, index],
        }
    }

    /// Whether time runs on along it, instead of coming round again.
    pub fn is_linear(self) -> bool {
        !matches!(self, TimeAxis::Cycle(..))
    }
}

fn seconds(day: NaiveDate) -> i64 {
    i64::from(day.num_days_from_ce()) * 86_400
}
