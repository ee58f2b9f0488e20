//! Single values from the wire, exact.

use std::borrow::Cow;

use chrono::{Days, NaiveDate, NaiveDateTime, TimeDelta};
use tiberius::ColumnData;
use tiberius::numeric::Numeric;
use tiberius::time::{DateTime, DateTime2, DateTimeOffset, SmallDateTime, Time};

/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;
/// Days from the year 1 to 1970.
const FROM_YEAR_ONE: i64 = 719_162;
/// Days from 1900 to 1970.
const FROM_1900: i64 = 25_567;

/// Days since 1970 of a `date`.
pub(super) fn day(date: tiberius::time::Date) -> i32 {
    // Three bytes on the wire: it fits.
    i32::try_from(i64::from(date.days()) - FROM_YEAR_ONE).unwrap_or_default()
}

/// Microseconds since 1970 of a `datetime`, rounded to milliseconds as SQL Server shows it.
pub(super) fn datetime(moment: DateTime) -> i64 {
    // Ticks of 1/300 second.
    let milliseconds = (i64::from(moment.seconds_fragments()) * 10 + 1) / 3;
    // Four bytes of days reach further than any calendar.
    (i64::from(moment.days()) - FROM_1900).saturating_mul(DAY).saturating_add(milliseconds * 1000)
}

/// Microseconds since 1970 of a `smalldatetime`: days and minutes.
pub(super) fn small_datetime(moment: SmallDateTime) -> i64 {
    (i64::from(moment.days()) - FROM_1900) * DAY + i64::from(moment.seconds_fragments()) * 60_000_000
}

/// Microseconds since 1970 of a `datetime2`, and whether something finer was cut off.
pub(super) fn datetime2(moment: DateTime2) -> (i64, bool) {
    let (time, cut) = microseconds(moment.time());
    ((i64::from(moment.date().days()) - FROM_YEAR_ONE) * DAY + time, cut)
}

/// Microseconds since midnight, and whether something finer was cut off.
fn microseconds(time: Time) -> (i64, bool) {
    let increments = i64::try_from(time.increments()).unwrap_or_default();
    match time.scale() {
        scale @ 0..=6 => (increments.saturating_mul(10_i64.pow(6 - u32::from(scale))), false),
        _ => (increments / 10, increments % 10 != 0),
    }
}

/// `14:05:09.1234567`, with as many decimals as the type has.
pub(super) fn time_text(time: Time) -> String {
    let scale = time.scale().min(7);
    let unit = 10_u64.pow(u32::from(scale));
    let seconds = time.increments() / unit;
    let clock = format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    match scale {
        0 => clock,
        _ => format!("{clock}.{:0width$}", time.increments() % unit, width = usize::from(scale)),
    }
}

/// `2025-06-30T14:05:09.1234567-05:00`, local time with its distance from UTC.
pub(super) fn offset_text(moment: DateTimeOffset) -> String {
    let utc = moment.datetime2();
    let seconds = utc.time().increments() / 10_u64.pow(u32::from(utc.time().scale().min(7)));
    let local = date_of(utc.date())
        .and_then(|day| day.and_hms_opt(0, 0, 0))
        .and_then(|midnight| midnight.checked_add_signed(TimeDelta::try_seconds(seconds as i64)?))
        .and_then(|utc| utc.checked_add_signed(TimeDelta::minutes(i64::from(moment.offset()))));
    let Some(local) = local else { return "?".to_string() };
    let (_, fraction) = split_fraction(utc.time());
    let (sign, minutes) = if moment.offset() < 0 {
        ('-', -i32::from(moment.offset()))
    } else {
        ('+', i32::from(moment.offset()))
    };
    let local = local.format("%Y-%m-%dT%H:%M:%S");
    format!("{local}{fraction}{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

/// The clock and the fraction (`.1234567`, or nothing) of a time.
fn split_fraction(time: Time) -> (String, String) {
    let text = time_text(time);
    match text.split_once('.') {
        Some((clock, fraction)) => (clock.to_string(), format!(".{fraction}")),
        None => (text, String::new()),
    }
}

fn date_of(date: tiberius::time::Date) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(1, 1, 1)?.checked_add_days(Days::new(u64::from(date.days())))
}

/// A `money` announced as a whole number: the wire has its upper half first.
pub(super) fn money(halves: i64) -> i64 {
    halves.rotate_left(32)
}

/// The text whose bytes in UTF-8 were taken for windows-1252. A character that was cut in two
/// becomes `�`; a text that is no UTF-8 at all is left as it came.
pub(super) fn utf8_of(text: Cow<'static, str>) -> Cow<'static, str> {
    if text.is_ascii() {
        return text;
    }
    let (bytes, _, unmappable) = encoding_rs::WINDOWS_1252.encode(&text);
    match std::str::from_utf8(&bytes) {
        _ if unmappable => text.clone(),
        Ok(read) => Cow::Owned(read.to_string()),
        // No more than the last character is missing something.
        Err(error) if error.error_len().is_none() => Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()),
        Err(_) => text.clone(),
    }
}

/// A decimal's digits: `-0.005`.
pub(super) fn decimal_text(number: Numeric) -> String {
    digits_text(number.value(), usize::from(number.scale()))
}

fn digits_text(unscaled: i128, scale: usize) -> String {
    let sign = if unscaled < 0 { "-" } else { "" };
    let digits = format!("{:0width$}", unscaled.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    match scale {
        0 => format!("{sign}{whole}"),
        _ => format!("{sign}{whole}.{fraction}"),
    }
}

/// A single-precision number as the double with the same shortest digits: 0.1 stays 0.1.
pub(super) fn real(number: f32) -> f64 {
    number.to_string().parse().unwrap_or_else(|_| f64::from(number))
}

/// `0x0A1B…`: at most `most` bytes of it; and whether there were more.
pub(super) fn binary_text(bytes: &[u8], most: usize) -> (String, bool) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let shown = bytes.get(..most).unwrap_or(bytes);
    let mut text = String::with_capacity(2 + shown.len() * 2);
    text.push_str("0x");
    for byte in shown {
        for half in [byte >> 4, byte & 15] {
            text.push(HEX.get(usize::from(half)).copied().map_or('?', char::from));
        }
    }
    (text, shown.len() < bytes.len())
}

/// The text of a value of any type, as a `sql_variant` holds one; `None`: NULL.
pub(super) fn any_text(value: ColumnData<'_>) -> Option<String> {
    match value {
        ColumnData::U8(value) => value.map(|value| value.to_string()),
        ColumnData::I16(value) => value.map(|value| value.to_string()),
        ColumnData::I32(value) => value.map(|value| value.to_string()),
        ColumnData::I64(value) => value.map(|value| value.to_string()),
        // `{:?}` keeps large numbers short: 1e308.
        ColumnData::F32(value) => value.map(|value| format!("{value:?}")),
        ColumnData::F64(value) => value.map(|value| format!("{value:?}")),
        ColumnData::Bit(value) => value.map(|value| u8::from(value).to_string()),
        ColumnData::String(value) => value.map(std::borrow::Cow::into_owned),
        ColumnData::Guid(value) => value.map(|value| value.to_string().to_uppercase()),
        ColumnData::Binary(value) => value.map(|value| binary_text(&value, usize::MAX).0),
        ColumnData::Numeric(value) => value.map(decimal_text),
        // The server puts a byte order mark before it.
        ColumnData::Xml(value) => {
            value.map(|value| value.to_string().trim_start_matches('\u{feff}').to_string())
        }
        ColumnData::DateTime(value) => value.and_then(|value| moment_text(datetime(value))),
        ColumnData::SmallDateTime(value) => value.and_then(|value| moment_text(small_datetime(value))),
        ColumnData::Time(value) => value.map(time_text),
        ColumnData::Date(value) => value.and_then(date_of).map(|day| day.to_string()),
        ColumnData::DateTime2(value) => value.and_then(|value| moment_text(datetime2(value).0)),
        ColumnData::DateTimeOffset(value) => value.map(offset_text),
    }
}

/// The day of a date or a moment of any type.
pub(super) fn day_of(value: &ColumnData<'_>) -> Option<NaiveDate> {
    any_text(value.clone())?.get(..10)?.parse().ok()
}

fn moment_text(microseconds: i64) -> Option<String> {
    let moment: NaiveDateTime = chrono::DateTime::from_timestamp_micros(microseconds)?.naive_utc();
    Some(moment.format("%Y-%m-%d %H:%M:%S%.f").to_string())
}

#[cfg(test)]
mod tests {
    use tiberius::time::Date;

    use super::*;

    fn shown(microseconds: i64) -> String {
        moment_text(microseconds).expect("a moment")
    }

    #[test]
    fn days_and_moments_are_those_of_the_server() {
        assert_eq!(day(Date::new(0)), -719_162);
        assert_eq!(day(Date::new(719_162)), 0);
        assert_eq!(shown(datetime(DateTime::new(0, 0))), "1900-01-01 00:00:00");
        // The three ticks of ten milliseconds, as SQL Server shows them.
        let last = |ticks| shown(datetime(DateTime::new(45_000, ticks)));
        assert_eq!(last(1), "2023-03-17 00:00:00.003");
        assert_eq!(last(2), "2023-03-17 00:00:00.007");
        assert_eq!(last(3), "2023-03-17 00:00:00.010");
        assert_eq!(shown(datetime(DateTime::new(-53_690, 25_919_999))), "1753-01-01 23:59:59.997");
        assert_eq!(shown(small_datetime(SmallDateTime::new(65_535, 1_439))), "2079-06-06 23:59:00");
        let finest = DateTime2::new(Date::new(3_652_058), Time::new(863_999_999_999, 7));
        assert_eq!(datetime2(finest), (253_402_300_799_999_999, true));
        let first = DateTime2::new(Date::new(0), Time::new(0, 3));
        assert_eq!(shown(datetime2(first).0), "0001-01-01 00:00:00");
        assert!(!datetime2(first).1);
    }

    #[test]
    fn times_and_offsets_keep_their_decimals() {
        assert_eq!(time_text(Time::new(863_999_999_999, 7)), "23:59:59.9999999");
        assert_eq!(time_text(Time::new(3_661, 0)), "01:01:01");
        let utc = DateTime2::new(Date::new(739_067), Time::new(360_000_000_001, 7));
        assert_eq!(offset_text(DateTimeOffset::new(utc, -300)), "2024-07-01T05:00:00.0000001-05:00");
        assert_eq!(offset_text(DateTimeOffset::new(utc, 330)), "2024-07-01T15:30:00.0000001+05:30");
    }

    #[test]
    fn numbers_are_exact() {
        // 922337203685477.5807 and its negative, upper half first.
        let swapped = |value: i64| value.rotate_left(32);
        for value in [i64::MAX, i64::MIN, 0, 1, -1, 12_345] {
            assert_eq!(money(swapped(value)), value);
        }
        let most = 10_i128.pow(38) - 1;
        assert_eq!(decimal_text(Numeric::new_with_scale(most, 0)), "9".repeat(38));
        assert_eq!(decimal_text(Numeric::new_with_scale(-most, 38)), format!("-0.{}", "9".repeat(38)));
        assert_eq!(decimal_text(Numeric::new_with_scale(-5, 3)), "-0.005");
        assert_eq!(real(0.1), 0.1);
        assert_eq!(real(f32::MAX), 3.4028235e38);
    }

    #[test]
    fn binaries_are_cut() {
        assert_eq!(binary_text(&[0x0A, 0xFF], 8), ("0x0AFF".to_string(), false));
        assert_eq!(binary_text(&[1, 2, 3], 2), ("0x0102".to_string(), true));
    }
}
