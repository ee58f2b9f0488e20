//! Dates: parts, names, additions, differences. Weeks begin on Monday (`DATEFIRST 1`).

use std::sync::Arc;

use arrow::array::{ArrayRef, Date32Array, Int32Array};
use chrono::{Datelike, Days, Months, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike};
use datafusion::logical_expr::ColumnarValue;

use super::super::types::Ty;
use super::cast::{DAY, date, days, moment};
use super::columns::{Val, typed};
use super::{Call, Op, calculation, overflow};
use crate::engine::EngineError;

/// A part of a date, as `DATEPART` names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in super::super) enum Part {
    Year,
    Quarter,
    Month,
    DayOfYear,
    Day,
    Week,
    IsoWeek,
    Weekday,
    Hour,
    Minute,
    Second,
    Millisecond,
    Microsecond,
}

impl Part {
    /// The part by its name or abbreviation, without case.
    pub(in super::super) fn named(name: &str) -> Option<Part> {
        Some(match name.to_ascii_lowercase().as_str() {
            "year" | "yy" | "yyyy" => Part::Year,
            "quarter" | "qq" | "q" => Part::Quarter,
            "month" | "mm" | "m" => Part::Month,
            "dayofyear" | "dy" | "y" => Part::DayOfYear,
            "day" | "dd" | "d" => Part::Day,
            "week" | "wk" | "ww" => Part::Week,
            "iso_week" | "isowk" | "isoww" => Part::IsoWeek,
            "weekday" | "dw" | "w" => Part::Weekday,
            "hour" | "hh" => Part::Hour,
            "minute" | "mi" | "n" => Part::Minute,
            "second" | "ss" | "s" => Part::Second,
            "millisecond" | "ms" => Part::Millisecond,
            "microsecond" | "mcs" => Part::Microsecond,
            _ => return None,
        })
    }

    /// Whether the part is one of a day's time.
    pub(in super::super) fn is_time(self) -> bool {
        matches!(self, Part::Hour | Part::Minute | Part::Second | Part::Millisecond | Part::Microsecond)
    }
}

const MONTHS: [&str; 12] = [
    "Enero",
    "Febrero",
    "Marzo",
    "Abril",
    "Mayo",
    "Junio",
    "Julio",
    "Agosto",
    "Septiembre",
    "Octubre",
    "Noviembre",
    "Diciembre",
];
const WEEKDAYS: [&str; 7] = ["Lunes", "Martes", "Miércoles", "Jueves", "Viernes", "Sábado", "Domingo"];

/// Runs `DATEPART` of stored days on whole columns.
pub(super) fn columns(call: &Call, values: &[ColumnarValue]) -> Result<Option<ColumnarValue>, EngineError> {
    let (Op::DatePart(wanted), [ColumnarValue::Array(array)], [Ty::Date]) =
        (call.op, values, call.args.as_slice())
    else {
        return Ok(None);
    };
    let stored: Date32Array = typed(array)?;
    // Neighbouring rows mostly share their day.
    let mut last: Option<(i32, i32)> = None;
    let out: Int32Array = stored
        .iter()
        .map(|day| {
            let day = day?;
            if let Some((known, value)) = last
                && known == day
            {
                return Some(value);
            }
            let value = part(wanted, date(day)?.and_time(NaiveTime::MIN));
            last = Some((day, value));
            Some(value)
        })
        .collect();
    let out: ArrayRef = Arc::new(out);
    Ok(Some(ColumnarValue::Array(out)))
}

fn when(value: &Val<'_>) -> Option<NaiveDateTime> {
    match value {
        Val::Date(day) => date(*day).map(|d| d.and_time(NaiveTime::MIN)),
        Val::Ts(ts) => moment(*ts),
        _ => None,
    }
}

fn part(wanted: Part, m: NaiveDateTime) -> i32 {
    let number = match wanted {
        Part::Year => return m.year(),
        Part::Quarter => m.month0() / 3 + 1,
        Part::Month => m.month(),
        Part::DayOfYear => m.ordinal(),
        Part::Day => m.day(),
        Part::Week => week(m.date()),
        Part::IsoWeek => m.iso_week().week(),
        Part::Weekday => m.weekday().number_from_monday(),
        Part::Hour => m.hour(),
        Part::Minute => m.minute(),
        Part::Second => m.second(),
        Part::Millisecond => m.and_utc().timestamp_subsec_millis(),
        Part::Microsecond => m.and_utc().timestamp_subsec_micros(),
    };
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// The week of the year: the first of January is in week 1, weeks begin on Monday.
fn week(day: NaiveDate) -> u32 {
    let first = day.with_ordinal(1).map_or(0, |d| d.weekday().num_days_from_monday());
    (day.ordinal0() + first) / 7 + 1
}

/// One value of a date function.
pub(super) fn value<'a>(call: &Call, args: &[Val<'a>]) -> Result<Val<'a>, EngineError> {
    if args.contains(&Val::Null) && call.op != Op::EoMonth {
        return Ok(Val::Null);
    }
    let out = call.out;
    match (call.op, args) {
        (Op::DatePart(p), [at]) => Ok(when(at).map_or(Val::Null, |m| Val::Int(i64::from(part(p, m))))),
        (Op::DateName(p), [at]) => Ok(when(at).map_or(Val::Null, |m| Val::text(name(p, m)))),
        (Op::DateAdd(p), [Val::Int(n), at]) => {
            let moved = when(at).and_then(|m| add(p, *n, m)).filter(|m| (1..=9999).contains(&m.year()));
            let moved = moved.ok_or_else(|| calculation(517, "the date left its range"))?;
            Ok(stored(moved, out))
        }
        (Op::DateDiff(p), [from, to]) => {
            let (Some(from), Some(to)) = (when(from), when(to)) else { return Ok(Val::Null) };
            Ok(Val::Int(boundaries(p, from, to)))
        }
        (Op::DateTrunc(p), [at]) => {
            Ok(when(at).and_then(|m| truncated(p, m)).map_or(Val::Null, |m| stored(m, out)))
        }
        (Op::DateBucket(p), [Val::Int(n), at, rest @ ..]) => {
            if *n <= 0 {
                return Err(calculation(9834, "DATE_BUCKET takes a positive number"));
            }
            let origin = rest.first().map_or_else(start_of_1900, when);
            let (Some(at), Some(origin)) = (when(at), origin) else { return Ok(Val::Null) };
            let start = bucket(p, *n, at, origin).ok_or_else(|| overflow(out))?;
            Ok(stored(start, out))
        }
        (Op::EoMonth, [at, rest @ ..]) => {
            let shift = match rest {
                [Val::Int(n)] => *n,
                _ => 0,
            };
            let Some(at) = when(at) else { return Ok(Val::Null) };
            let end = add(Part::Month, shift, at).and_then(|m| last_day(m.date()));
            Ok(Val::Date(days(end.ok_or_else(|| overflow(Ty::Date))?)))
        }
        (Op::DateFromParts, [Val::Int(y), Val::Int(m), Val::Int(d)]) => {
            let parts = i32::try_from(*y).ok().zip(u32::try_from(*m).ok()).zip(u32::try_from(*d).ok());
            let day = parts
                .and_then(|((y, m), d)| NaiveDate::from_ymd_opt(y, m, d))
                .filter(|d| (1..=9999).contains(&d.year()));
            Ok(Val::Date(days(day.ok_or_else(|| calculation(289, "no such date"))?)))
        }
        _ => Err(EngineError::Internal { detail: "a date function on other types".into() }),
    }
}

fn start_of_1900() -> Option<NaiveDateTime> {
    NaiveDate::from_ymd_opt(1900, 1, 1)?.and_hms_opt(0, 0, 0)
}

/// The start of the interval of `n` parts, counted from `origin`, that holds `at`.
fn bucket(wanted: Part, n: i64, at: NaiveDateTime, origin: NaiveDateTime) -> Option<NaiveDateTime> {
    let step = |count: i64| add(wanted, count, origin);
    // Whole parts between the two, whatever boundaries they cross.
    let mut parts = boundaries(wanted, origin, at);
    if wanted == Part::Week {
        parts = (at - origin).num_days().div_euclid(7);
    }
    while step(parts)? > at {
        parts -= 1;
    }
    step(parts.div_euclid(n).checked_mul(n)?)
}

fn stored(m: NaiveDateTime, ty: Ty) -> Val<'static> {
    if ty == Ty::Date { Val::Date(days(m.date())) } else { Val::Ts(m.and_utc().timestamp_micros()) }
}

fn name(wanted: Part, m: NaiveDateTime) -> String {
    let named = match wanted {
        Part::Month => MONTHS.get(m.month0() as usize),
        Part::Weekday => WEEKDAYS.get(m.weekday().num_days_from_monday() as usize),
        _ => None,
    };
    named.map_or_else(|| part(wanted, m).to_string(), |n| (*n).to_string())
}

/// The Spanish name of a month from 0.
pub(super) fn month_name(month0: u32) -> &'static str {
    MONTHS.get(month0 as usize).copied().unwrap_or_default()
}

/// The Spanish name of a weekday from Monday = 0.
pub(super) fn weekday_name(weekday: u32) -> &'static str {
    WEEKDAYS.get(weekday as usize).copied().unwrap_or_default()
}

fn last_day(day: NaiveDate) -> Option<NaiveDate> {
    day.with_day(1)?.checked_add_months(Months::new(1))?.pred_opt()
}

fn add(part: Part, n: i64, m: NaiveDateTime) -> Option<NaiveDateTime> {
    let months = |count: i64| {
        let size = Months::new(u32::try_from(count.unsigned_abs()).ok()?);
        if count < 0 { m.checked_sub_months(size) } else { m.checked_add_months(size) }
    };
    let some_days = |count: i64| {
        let size = Days::new(count.unsigned_abs());
        if count < 0 { m.checked_sub_days(size) } else { m.checked_add_days(size) }
    };
    let micros = |unit: i64| m.checked_add_signed(TimeDelta::microseconds(n.checked_mul(unit)?));
    match part {
        Part::Year => months(n.checked_mul(12)?),
        Part::Quarter => months(n.checked_mul(3)?),
        Part::Month => months(n),
        Part::Day | Part::DayOfYear | Part::Weekday => some_days(n),
        Part::Week | Part::IsoWeek => some_days(n.checked_mul(7)?),
        Part::Hour => micros(3_600_000_000),
        Part::Minute => micros(60_000_000),
        Part::Second => micros(1_000_000),
        Part::Millisecond => micros(1_000),
        Part::Microsecond => micros(1),
    }
}

/// The number of boundaries of a part between two moments. Weeks are counted from
/// Sunday whatever the session's first day, as `DATEDIFF` does.
fn boundaries(part: Part, from: NaiveDateTime, to: NaiveDateTime) -> i64 {
    let index = |m: NaiveDateTime| {
        let day = i64::from(days(m.date()));
        let micros = m.and_utc().timestamp_micros();
        match part {
            Part::Year => i64::from(m.year()),
            Part::Quarter => i64::from(m.year()) * 4 + i64::from(m.month0() / 3),
            Part::Month => i64::from(m.year()) * 12 + i64::from(m.month0()),
            Part::Day | Part::DayOfYear | Part::Weekday => day,
            // 1970-01-01 was a Thursday, four days after its Sunday.
            Part::Week | Part::IsoWeek => (day + 4).div_euclid(7),
            Part::Hour => micros.div_euclid(3_600_000_000),
            Part::Minute => micros.div_euclid(60_000_000),
            Part::Second => micros.div_euclid(1_000_000),
            Part::Millisecond => micros.div_euclid(1_000),
            Part::Microsecond => micros,
        }
    };
    index(to) - index(from)
}

fn truncated(part: Part, m: NaiveDateTime) -> Option<NaiveDateTime> {
    let day = m.date();
    let whole = |d: Option<NaiveDate>| d.map(|d| d.and_time(NaiveTime::MIN));
    let micros = |unit: i64| moment(m.and_utc().timestamp_micros().div_euclid(unit) * unit);
    match part {
        Part::Year => whole(day.with_ordinal(1)),
        Part::Quarter => whole(NaiveDate::from_ymd_opt(day.year(), day.month0() / 3 * 3 + 1, 1)),
        Part::Month => whole(day.with_day(1)),
        Part::Week | Part::IsoWeek => {
            whole(day.checked_sub_days(Days::new(u64::from(day.weekday().num_days_from_monday()))))
        }
        Part::Day | Part::DayOfYear | Part::Weekday => micros(DAY),
        Part::Hour => micros(3_600_000_000),
        Part::Minute => micros(60_000_000),
        Part::Second => micros(1_000_000),
        Part::Millisecond => micros(1_000),
        Part::Microsecond => Some(m),
    }
}
