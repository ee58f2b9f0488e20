//! `FORMAT`: the common .NET patterns for numbers and dates, for the cultures es-CO,
//! es-ES (the culture of a Spanish session) and en-US. Others are refused by name.

use chrono::{Datelike, NaiveDateTime, NaiveTime, Timelike};

use super::super::types::Ty;
use super::Call;
use super::cast::{convert, date, decimal_text, moment, rescale};
use super::columns::Val;
use super::dates::{month_name, weekday_name};
use crate::engine::EngineError;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Culture {
    Colombia,
    Spain,
    UnitedStates,
}

impl Culture {
    fn named(name: &str) -> Option<Culture> {
        match name.to_ascii_lowercase().as_str() {
            "es-co" => Some(Culture::Colombia),
            "es-es" => Some(Culture::Spain),
            "en-us" => Some(Culture::UnitedStates),
            _ => None,
        }
    }

    /// Grouping sign and decimal sign.
    fn signs(self) -> (char, char) {
        if self == Culture::UnitedStates { (',', '.') } else { ('.', ',') }
    }
}

fn refused(pattern: &str) -> EngineError {
    EngineError::Unsupported { construct: format!("FORMAT(…, '{pattern}')") }
}

/// One formatted value.
pub(super) fn value<'a>(call: &Call, args: &[Val<'a>]) -> Result<Val<'a>, EngineError> {
    let (subject, pattern, culture) = match args {
        [Val::Null, ..] | [_, Val::Null, ..] => return Ok(Val::Null),
        [subject, Val::Text(pattern)] => (subject, pattern.as_ref(), Culture::Spain),
        [subject, Val::Text(pattern), Val::Text(name)] => {
            let culture = Culture::named(name);
            (subject, pattern.as_ref(), culture.ok_or_else(|| refused(&format!("{pattern}, {name}")))?)
        }
        _ => return Err(refused("")),
    };
    let from = call.args.first().copied().unwrap_or(Ty::Null);
    let text = match subject {
        Val::Date(day) => date(*day).map(|d| when(d.and_time(NaiveTime::MIN), pattern, culture)),
        Val::Ts(ts) => moment(*ts).map(|m| when(m, pattern, culture)),
        number => {
            // Sixteen places hold every float the console shows.
            let (value, scale) = match (number, from) {
                (Val::Dec(v), ty @ (Ty::Decimal(..) | Ty::Money)) => (*v, ty.scale()),
                (other, _) => match convert(other.clone(), from, Ty::Decimal(38, 10), None)? {
                    Val::Dec(v) => (v, 10),
                    _ => return Err(refused(pattern)),
                },
            };
            Some(self::number(value, scale, pattern, culture, from))
        }
    };
    text.transpose().map(|t| t.map_or(Val::Null, Val::text))
}

fn number(value: i128, scale: u8, pattern: &str, culture: Culture, from: Ty) -> Result<String, EngineError> {
    let mut chars = pattern.chars();
    let letter = chars.next().unwrap_or('\0').to_ascii_uppercase();
    let digits = chars.as_str();
    if letter.is_ascii_alphabetic() && digits.bytes().all(|b| b.is_ascii_digit()) {
        let places = if digits.is_empty() { None } else { digits.parse::<u8>().ok().filter(|p| *p <= 20) };
        if !digits.is_empty() && places.is_none() {
            return Err(refused(pattern));
        }
        return standard(value, scale, letter, places, culture, from).ok_or_else(|| refused(pattern));
    }
    custom(value, scale, pattern, culture).ok_or_else(|| refused(pattern))
}

/// Digits of a number at a scale: sign, whole digits, fraction digits.
fn parts(value: i128, scale: u8, places: u8) -> Option<(bool, String, String)> {
    let rounded = rescale(value, scale, places)?;
    let text = decimal_text(rounded.checked_abs()?, places);
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    Some((rounded < 0, whole.to_string(), fraction.to_string()))
}

/// Digits in groups of three.
pub(super) fn grouped(whole: &str, sign: char) -> String {
    let mut out = String::with_capacity(whole.len() * 4 / 3);
    for (i, c) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            out.push(sign);
        }
        out.push(c);
    }
    out
}

fn standard(
    value: i128,
    scale: u8,
    letter: char,
    places: Option<u8>,
    culture: Culture,
    from: Ty,
) -> Option<String> {
    let (group, point) = culture.signs();
    let join = |whole: String, fraction: &str| {
        if fraction.is_empty() { whole } else { format!("{whole}{point}{fraction}") }
    };
    match letter {
        'N' | 'F' => {
            let (negative, whole, fraction) = parts(value, scale, places.unwrap_or(2))?;
            let whole = if letter == 'N' { grouped(&whole, group) } else { whole };
            Some(format!("{}{}", if negative { "-" } else { "" }, join(whole, &fraction)))
        }
        'P' => {
            let (negative, whole, fraction) = parts(value.checked_mul(100)?, scale, places.unwrap_or(2))?;
            let sign = if negative { "-" } else { "" };
            Some(format!("{sign}{} %", join(grouped(&whole, group), &fraction)))
        }
        'C' => {
            let (negative, whole, fraction) = parts(value, scale, places.unwrap_or(2))?;
            let amount = join(grouped(&whole, group), &fraction);
            Some(match (culture, negative) {
                (Culture::UnitedStates, true) => format!("(${amount})"),
                (Culture::UnitedStates, false) => format!("${amount}"),
                (Culture::Spain, true) => format!("-{amount} €"),
                (Culture::Spain, false) => format!("{amount} €"),
                (Culture::Colombia, true) => format!("-$ {amount}"),
                (Culture::Colombia, false) => format!("$ {amount}"),
            })
        }
        'D' if from.is_integer() => {
            let (negative, whole, _) = parts(value, scale, 0)?;
            let width = usize::from(places.unwrap_or(0));
            Some(format!("{}{whole:0>width$}", if negative { "-" } else { "" }))
        }
        _ => None,
    }
}

/// A pattern of `0`, `#`, `,` and `.` with plain text around it.
fn custom(value: i128, scale: u8, pattern: &str, culture: Culture) -> Option<String> {
    let start = pattern.find(['0', '#'])?;
    let end = pattern.rfind(['0', '#'])? + 1;
    let (before, mask, after) = (pattern.get(..start)?, pattern.get(start..end)?, pattern.get(end..)?);
    let plain = |t: &str| t.chars().all(|c| matches!(c, '$' | ' ' | '-' | '(' | ')' | '%'));
    if !plain(before) || !plain(after) || !mask.chars().all(|c| matches!(c, '0' | '#' | ',' | '.')) {
        return None;
    }
    let percent = before.contains('%') || after.contains('%');
    let (whole_mask, fraction_mask) = mask.split_once('.').unwrap_or((mask, ""));
    if fraction_mask.contains([',', '.']) || whole_mask.ends_with(',') {
        return None;
    }
    let places = u8::try_from(fraction_mask.len()).ok()?;
    let value = if percent { value.checked_mul(100)? } else { value };
    let (negative, whole, mut fraction) = parts(value, scale, places)?;
    let needed = fraction_mask.rfind('0').map_or(0, |i| i + 1);
    while fraction.len() > needed && fraction.ends_with('0') {
        fraction.pop();
    }
    let (group, point) = culture.signs();
    let least = whole_mask.chars().filter(|c| *c != ',').skip_while(|c| *c == '#').count();
    let whole = if whole == "0" && least == 0 { String::new() } else { format!("{whole:0>least$}") };
    let whole = if whole_mask.contains(',') { grouped(&whole, group) } else { whole };
    let number = if fraction.is_empty() { whole } else { format!("{whole}{point}{fraction}") };
    let zero = value == 0 || number.chars().all(|c| !c.is_ascii_digit() || c == '0');
    let sign = if negative && !zero { "-" } else { "" };
    Some(format!("{sign}{before}{number}{after}"))
}

const ENGLISH_MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const ENGLISH_DAYS: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

fn when(m: NaiveDateTime, pattern: &str, culture: Culture) -> Result<String, EngineError> {
    let pattern = match (pattern, culture) {
        ("d", Culture::UnitedStates) => "M/d/yyyy",
        ("d", _) => "d/MM/yyyy",
        (one, _) if one.chars().count() < 2 => return Err(refused(one)),
        (other, _) => other,
    };
    let chars: Vec<char> = pattern.chars().collect();
    let mut out = String::new();
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        let run = chars.iter().skip(at).take_while(|x| **x == c).count();
        at += run;
        if c == '\'' || c == '"' {
            let close = chars.iter().skip(at).position(|x| *x == c).ok_or_else(|| refused(pattern))?;
            out.extend(chars.iter().skip(at).take(close));
            at += close + 1;
            continue;
        }
        if !c.is_alphabetic() {
            out.extend(std::iter::repeat_n(c, run));
            continue;
        }
        out.push_str(&token(m, c, run, culture).ok_or_else(|| refused(pattern))?);
    }
    Ok(out)
}

fn token(m: NaiveDateTime, c: char, run: usize, culture: Culture) -> Option<String> {
    let english = culture == Culture::UnitedStates;
    let padded = |n: u32| Some(if run == 1 { n.to_string() } else { format!("{n:02}") });
    let weekday = m.weekday().num_days_from_monday();
    match (c, run) {
        ('y', 4) => Some(format!("{:04}", m.year())),
        ('y', 2) => Some(format!("{:02}", m.year().rem_euclid(100))),
        ('M', 1 | 2) => padded(m.month()),
        ('d', 1 | 2) => padded(m.day()),
        ('H', 1 | 2) => padded(m.hour()),
        ('h', 1 | 2) => padded(m.hour12().1),
        ('m', 1 | 2) => padded(m.minute()),
        ('s', 1 | 2) => padded(m.second()),
        ('f', 3) => Some(format!("{:03}", m.and_utc().timestamp_subsec_millis())),
        ('t', 2) if english => Some(if m.hour12().0 { "PM" } else { "AM" }.to_string()),
        ('M', 4) if english => ENGLISH_MONTHS.get(m.month0() as usize).map(|n| (*n).to_string()),
        ('M', 3) if english => ENGLISH_MONTHS.get(m.month0() as usize)?.get(..3).map(str::to_string),
        ('M', 4) => Some(month_name(m.month0()).to_lowercase()),
        ('d', 4) if english => ENGLISH_DAYS.get(weekday as usize).map(|n| (*n).to_string()),
        ('d', 3) if english => ENGLISH_DAYS.get(weekday as usize)?.get(..3).map(str::to_string),
        ('t', 2) => Some(if m.hour12().0 { "p. m." } else { "a. m." }.to_string()),
        // As Windows abbreviates them in Spanish since version 8.
        ('M', 3) => Some(format!("{}.", month_name(m.month0()).to_lowercase().get(..3)?)),
        ('d', 3) => {
            Some(format!("{}.", weekday_name(weekday).to_lowercase().chars().take(3).collect::<String>()))
        }
        ('d', 4) => Some(weekday_name(weekday).to_lowercase()),
        _ => None,
    }
}
