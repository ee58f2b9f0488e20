//! Conversions between types: `CAST`, `CONVERT` and the implicit ones.

use std::fmt::Write as _;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike};

use super::super::types::{MAX_TEXT, Ty};
use super::arith::{pow10, within};
use super::columns::Val;
use super::format::grouped;
use super::{calculation, overflow};
use crate::engine::EngineError;

const MONTHS: [&str; 12] =
    ["Ene", "Feb", "Mar", "Abr", "May", "Jun", "Jul", "Ago", "Sep", "Oct", "Nov", "Dic"];

fn failed(value: &str, to: Ty) -> EngineError {
    let number = if to.is_moment() { 241 } else { 245 };
    let shown: String = value.chars().take(60).collect();
    calculation(number, &format!("'{shown}' cannot be converted to {}", to.name()))
}

/// Converts a value from one type to another.
pub(super) fn convert<'a>(
    value: Val<'a>,
    from: Ty,
    to: Ty,
    style: Option<u16>,
) -> Result<Val<'a>, EngineError> {
    Ok(match (to, value) {
        (_, Val::Null) => Val::Null,
        (Ty::Text(n), Val::Text(text)) => Val::Text(cut(text, n)),
        (Ty::Text(n), value) => {
            let shown = shown(&value, from, style)?;
            if from.is_moment() {
                // Dates are cut where numbers are refused.
                return Ok(Val::Text(cut(shown.into(), n)));
            }
            if shown.chars().count() > n as usize {
                return Err(overflow(to));
            }
            Val::text(shown)
        }
        (Ty::Bit, value) => to_bit(value)?,
        (Ty::Float, value) => Val::Float(to_float(&value, from, to)?),
        (Ty::Decimal(..) | Ty::Money, value) => Val::Dec(to_decimal(&value, from, to)?),
        (Ty::TinyInt | Ty::SmallInt | Ty::Int | Ty::BigInt, value) => Val::Int(to_int(&value, from, to)?),
        (Ty::Date, Val::Ts(ts)) => Val::Date(day_of(ts)),
        (Ty::Date, Val::Date(day)) => Val::Date(day),
        (Ty::Date, Val::Text(text)) => {
            let moment = moment_from_text(&text, style).ok_or_else(|| failed(&text, to))?;
            Val::Date(days(moment.date()))
        }
        (Ty::DateTime | Ty::DateTime2(_), Val::Ts(ts)) => Val::Ts(rounded(ts, to)),
        (Ty::DateTime | Ty::DateTime2(_), Val::Date(day)) => Val::Ts(i64::from(day) * DAY),
        (Ty::DateTime, Val::Int(days)) => {
            let days = days.checked_add(EPOCH_1900).and_then(|d| d.checked_mul(DAY));
            Val::Ts(days.ok_or_else(|| overflow(to))?)
        }
        (Ty::DateTime | Ty::DateTime2(_), Val::Text(text)) => {
            let moment = moment_from_text(&text, style).ok_or_else(|| failed(&text, to))?;
            Val::Ts(rounded(moment.and_utc().timestamp_micros(), to))
        }
        (Ty::Null, _) => Val::Null,
        _ => return Err(EngineError::Invalid { detail: format!("529: no conversion to {}", to.name()) }),
    })
}

/// Microseconds in a day.
pub(super) const DAY: i64 = 86_400_000_000;
/// 1900-01-01 in days since 1970-01-01: day 0 of `datetime`.
const EPOCH_1900: i64 = -25_567;

pub(super) fn day_of(ts: i64) -> i32 {
    i32::try_from(ts.div_euclid(DAY)).unwrap_or(i32::MAX)
}

pub(super) fn days(date: NaiveDate) -> i32 {
    date.to_epoch_days()
}

pub(super) fn date(days: i32) -> Option<NaiveDate> {
    NaiveDate::from_epoch_days(days)
}

pub(super) fn moment(ts: i64) -> Option<NaiveDateTime> {
    DateTime::from_timestamp_micros(ts).map(|m| m.naive_utc())
}

/// Brings a moment to the precision of its type: `datetime` counts in 1/300 seconds.
fn rounded(ts: i64, ty: Ty) -> i64 {
    match ty {
        Ty::DateTime => {
            let second = ts.div_euclid(1_000_000) * 1_000_000;
            let ticks = (ts.rem_euclid(1_000_000) * 3 + 5_000) / 10_000;
            second + (ticks * 10_000 / 3 + 500) / 1_000 * 1_000
        }
        Ty::DateTime2(p) if p < 6 => {
            let unit = 10i64.pow(6 - u32::from(p));
            (ts + unit / 2).div_euclid(unit) * unit
        }
        _ => ts,
    }
}

fn cut(text: std::borrow::Cow<'_, str>, length: u32) -> std::borrow::Cow<'_, str> {
    if length == MAX_TEXT || text.len() <= length as usize {
        return text;
    }
    match text.char_indices().nth(length as usize) {
        Some((end, _)) => std::borrow::Cow::Owned(text.get(..end).unwrap_or_default().to_string()),
        None => text,
    }
}

fn to_bit(value: Val<'_>) -> Result<Val<'static>, EngineError> {
    Ok(Val::Bool(match value {
        Val::Bool(b) => b,
        Val::Int(v) => v != 0,
        Val::Dec(v) => v != 0,
        Val::Float(v) => v != 0.0,
        Val::Text(t) => match t.trim() {
            "1" => true,
            "0" => false,
            t if t.eq_ignore_ascii_case("true") => true,
            t if t.eq_ignore_ascii_case("false") => false,
            t => return Err(failed(t, Ty::Bit)),
        },
        _ => return Err(failed("", Ty::Bit)),
    }))
}

fn to_float(value: &Val<'_>, from: Ty, to: Ty) -> Result<f64, EngineError> {
    Ok(match value {
        Val::Bool(b) => f64::from(u8::from(*b)),
        Val::Int(v) => *v as f64,
        Val::Dec(v) => decimal_text(*v, from.scale()).parse().map_err(|_| failed("", to))?,
        Val::Float(v) => *v,
        Val::Text(t) => match t.trim() {
            "" => 0.0,
            t => t.parse::<f64>().ok().filter(|v| v.is_finite()).ok_or_else(|| failed(t, to))?,
        },
        _ => return Err(failed("", to)),
    })
}

fn to_int(value: &Val<'_>, from: Ty, to: Ty) -> Result<i64, EngineError> {
    let wide: i128 = match value {
        Val::Bool(b) => i128::from(*b),
        Val::Int(v) => i128::from(*v),
        Val::Dec(v) => v / pow10(from.scale()),
        Val::Float(v) if v.is_finite() && v.abs() < 1e19 => v.trunc() as i128,
        Val::Text(t) => match t.trim() {
            "" => 0,
            t => t.parse().map_err(|_| failed(t, to))?,
        },
        _ => return Err(overflow(to)),
    };
    let (low, high) = to.range();
    i64::try_from(wide).ok().filter(|v| *v >= low && *v <= high).ok_or_else(|| overflow(to))
}

fn to_decimal(value: &Val<'_>, from: Ty, to: Ty) -> Result<i128, EngineError> {
    let (unscaled, scale) = match value {
        Val::Bool(b) => (i128::from(*b), 0),
        Val::Int(v) => (i128::from(*v), 0),
        Val::Dec(v) => (*v, from.scale()),
        Val::Float(v) => {
            let text = format!("{v:.*}", usize::from(to.scale()));
            return decimal_from_text(&text, to).ok_or_else(|| overflow(to));
        }
        Val::Text(t) => return decimal_from_text(t.trim(), to).ok_or_else(|| failed(t, to)),
        _ => return Err(failed("", to)),
    };
    within(rescale(unscaled, scale, to.scale()).ok_or_else(|| overflow(to))?, to)
}

/// Brings a decimal to another scale, rounding half away from zero.
pub(super) fn rescale(value: i128, from: u8, to: u8) -> Option<i128> {
    if to >= from {
        return value.checked_mul(pow10(to - from));
    }
    let unit = pow10(from - to);
    let (quotient, rest) = (value / unit, (value % unit).abs());
    Some(if rest >= unit - rest { quotient + value.signum() } else { quotient })
}

fn decimal_from_text(text: &str, to: Ty) -> Option<i128> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() && fraction.is_empty()
        || !whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit())
    {
        return None;
    }
    let kept: String = fraction.chars().take(usize::from(to.scale()) + 1).collect();
    let value: i128 = format!("0{whole}{kept}").parse().ok()?;
    let value = rescale(value, u8::try_from(kept.len()).ok()?, to.scale())?;
    within(if negative { -value } else { value }, to).ok()
}

/// A decimal as T-SQL prints it.
pub(super) fn decimal_text(value: i128, scale: u8) -> String {
    let sign = if value < 0 { "-" } else { "" };
    let unit = pow10(scale).unsigned_abs();
    let (whole, fraction) = (value.unsigned_abs() / unit, value.unsigned_abs() % unit);
    if scale == 0 {
        return format!("{sign}{whole}");
    }
    format!("{sign}{whole}.{fraction:0width$}", width = usize::from(scale))
}

/// A float as T-SQL prints it with style 0: six digits at the most.
fn float_text(value: f64) -> String {
    if value == 0.0 {
        return "0".to_string();
    }
    let exponent = value.abs().log10().floor() as i32;
    if (-5..6).contains(&exponent) {
        let text = format!("{value:.*}", usize::try_from((5 - exponent).clamp(0, 12)).unwrap_or(0));
        let trimmed =
            if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
        return trimmed.to_string();
    }
    let text = format!("{value:.5e}");
    let (mantissa, power) = text.split_once('e').unwrap_or((&text, "0"));
    let mantissa = mantissa.trim_end_matches('0').trim_end_matches('.');
    let (sign, power) = power.strip_prefix('-').map_or(('+', power), |p| ('-', p));
    format!("{mantissa}e{sign}{power:0>3}")
}

/// A value as text, in a style of `CONVERT`.
pub(super) fn shown(value: &Val<'_>, from: Ty, style: Option<u16>) -> Result<String, EngineError> {
    Ok(match value {
        Val::Null => String::new(),
        Val::Bool(b) => u8::from(*b).to_string(),
        Val::Int(v) => v.to_string(),
        Val::Dec(v) if from == Ty::Money => money_text(*v, style)?,
        Val::Dec(v) => decimal_text(*v, from.scale()),
        Val::Float(v) => float_text(*v),
        Val::Text(t) => t.to_string(),
        Val::Date(day) => {
            let moment = date(*day).map(|d| d.and_time(NaiveTime::MIN)).ok_or_else(|| overflow(from))?;
            moment_text(moment, from, style)?
        }
        Val::Ts(ts) => moment_text(moment(*ts).ok_or_else(|| overflow(from))?, from, style)?,
    })
}

/// `money` as text: two places, with commas in style 1, four places in style 2.
fn money_text(value: i128, style: Option<u16>) -> Result<String, EngineError> {
    let places = if style == Some(2) { 4 } else { 2 };
    let rounded = rescale(value, 4, places).ok_or_else(|| overflow(Ty::Money))?;
    let plain = decimal_text(rounded, places);
    if style != Some(1) {
        return Ok(plain);
    }
    let (sign, digits) = plain.strip_prefix('-').map_or(("", plain.as_str()), |digits| ("-", digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "00"));
    Ok(format!("{sign}{}.{fraction}", grouped(whole, ',')))
}

fn moment_text(m: NaiveDateTime, from: Ty, style: Option<u16>) -> Result<String, EngineError> {
    let style = style.unwrap_or(match from {
        Ty::DateTime => 0,
        _ => 121,
    });
    let (y, mo, d) = (m.year(), m.month(), m.day());
    let yy = y.rem_euclid(100);
    let month = MONTHS.get(m.month0() as usize).copied().unwrap_or_default();
    let mut text = match style {
        1 => format!("{mo:02}/{d:02}/{yy:02}"),
        101 => format!("{mo:02}/{d:02}/{y:04}"),
        2 => format!("{yy:02}.{mo:02}.{d:02}"),
        102 => format!("{y:04}.{mo:02}.{d:02}"),
        3 => format!("{d:02}/{mo:02}/{yy:02}"),
        103 => format!("{d:02}/{mo:02}/{y:04}"),
        4 => format!("{d:02}.{mo:02}.{yy:02}"),
        104 => format!("{d:02}.{mo:02}.{y:04}"),
        5 => format!("{d:02}-{mo:02}-{yy:02}"),
        105 => format!("{d:02}-{mo:02}-{y:04}"),
        6 => format!("{d:02} {month} {yy:02}"),
        106 => format!("{d:02} {month} {y:04}"),
        7 => format!("{month} {d:02}, {yy:02}"),
        107 => format!("{month} {d:02}, {y:04}"),
        8 | 24 | 108 if from != Ty::Date => format!("{}", m.format("%H:%M:%S")),
        10 => format!("{mo:02}-{d:02}-{yy:02}"),
        110 => format!("{mo:02}-{d:02}-{y:04}"),
        11 => format!("{yy:02}/{mo:02}/{d:02}"),
        111 => format!("{y:04}/{mo:02}/{d:02}"),
        12 => format!("{yy:02}{mo:02}{d:02}"),
        112 => format!("{y:04}{mo:02}{d:02}"),
        23 => format!("{y:04}-{mo:02}-{d:02}"),
        0 | 100 if from == Ty::Date => format!("{month} {d:>2} {y:04}"),
        0 | 100 => {
            let (pm, hour) = m.hour12();
            let half = if pm { "PM" } else { "AM" };
            format!("{month} {d:>2} {y:04} {hour:>2}:{:02}{half}", m.minute())
        }
        20 | 21 | 25 | 120 | 121 if from == Ty::Date => format!("{y:04}-{mo:02}-{d:02}"),
        20 | 120 => format!("{y:04}-{mo:02}-{d:02} {}", m.format("%H:%M:%S")),
        21 | 25 | 121 => format!("{y:04}-{mo:02}-{d:02} {}", m.format("%H:%M:%S")),
        126 if from == Ty::Date => format!("{y:04}-{mo:02}-{d:02}"),
        126 => format!("{y:04}-{mo:02}-{d:02}T{}", m.format("%H:%M:%S")),
        other => return Err(EngineError::Unsupported { construct: format!("CONVERT(…, {other})") }),
    };
    if from != Ty::Date && matches!(style, 21 | 25 | 121 | 126) {
        let micros = m.and_utc().timestamp_subsec_micros();
        match from {
            Ty::DateTime if micros == 0 && style == 126 => {}
            Ty::DateTime => {
                let _ = write!(text, ".{:03}", micros / 1_000);
            }
            Ty::DateTime2(0) => {}
            Ty::DateTime2(p) => {
                let digits = format!("{micros:06}0");
                let _ = write!(text, ".{}", digits.get(..usize::from(p.min(7))).unwrap_or(&digits));
            }
            _ => {}
        }
    }
    Ok(text)
}

/// A day written as T-SQL accepts it in a text.
pub(in super::super) fn date_from_text(text: &str) -> Option<NaiveDate> {
    moment_from_text(text, None).map(|m| m.date())
}

/// Reads a date and time. Without a style the order is year, month, day, as the
/// sessions set it (`SET DATEFORMAT ymd`).
fn moment_from_text(text: &str, style: Option<u16>) -> Option<NaiveDateTime> {
    let text = text.trim();
    if text.is_empty() {
        return NaiveDate::from_ymd_opt(1900, 1, 1)?.and_hms_opt(0, 0, 0);
    }
    let (day, time) = match text.split_once(['T', ' ']) {
        Some((day, time)) => (day, Some(time.trim())),
        None => (text, None),
    };
    let time = match time {
        Some(time) => clock_time(time)?,
        None => NaiveTime::MIN,
    };
    Some(read_day(day, style)?.and_time(time))
}

fn clock_time(text: &str) -> Option<NaiveTime> {
    ["%H:%M:%S%.f", "%H:%M"].iter().find_map(|f| NaiveTime::parse_from_str(text, f).ok())
}

fn read_day(day: &str, style: Option<u16>) -> Option<NaiveDate> {
    if !day.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'-' | b'/' | b'.')) {
        return None;
    }
    let number = |text: &str| text.parse::<u32>().ok();
    let parts: Vec<&str> = day.split(['-', '/', '.']).collect();
    let (y, m, d) = match parts.as_slice() {
        [one] if one.len() == 8 => (one.get(..4)?, one.get(4..6)?, one.get(6..)?),
        [a, b, c] if a.len() == 4 => (*a, *b, *c),
        [a, b, c] if c.len() == 4 => match style {
            Some(101 | 110) => (*c, *a, *b),
            Some(103..=105) => (*c, *b, *a),
            _ => return None,
        },
        _ => return None,
    };
    if m.len() > 2 || d.len() > 2 {
        return None;
    }
    NaiveDate::from_ymd_opt(i32::try_from(number(y)?).ok()?, number(m)?, number(d)?).filter(|d| d.year() >= 1)
}
