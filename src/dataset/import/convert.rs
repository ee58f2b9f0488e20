//! From a file's values to the table's types.

use chrono::{Datelike, NaiveDate};

use super::header::Mapping;
use super::numbers::{self, Number, NumberFormat};
use super::sniff::Formats;
use super::{REQUIRED, Raw, RawLine, RejectionReason, WIDTH, dates};
use crate::dataset::builder::{Cell, Row, TableBuilder, period_code};
use crate::model::schema::{COLUMNS, SqlType};

/// The type of a column that a store adds.
pub(super) const FURTHER: SqlType = SqlType::NVarChar(4000);

/// Characters of a wrong value that a report repeats.
const SHOWN_CHARS: usize = 40;

/// Turns lines of one file into lines of the table.
pub(super) struct Converter<'a> {
    mapping: &'a Mapping,
    formats: &'a Formats,
    required: [bool; COLUMNS.len()],
}

/// What a rejected line is rejected for.
type Rejected = (Option<&'static str>, RejectionReason);

impl<'a> Converter<'a> {
    pub(super) fn new(mapping: &'a Mapping, formats: &'a Formats) -> Converter<'a> {
        let mut required = [false; COLUMNS.len()];
        for (column, required) in COLUMNS.iter().zip(&mut required) {
            *required = REQUIRED.contains(&column.name);
        }
        Converter { mapping, formats, required }
    }

    /// Adds a line to `into`; `number` counts the file's lines from 1.
    pub(super) fn push(
        &self,
        number: u64,
        raw: &RawLine<'_>,
        into: &mut TableBuilder,
    ) -> Result<(), Rejected> {
        let mut row: Row<'_> = [Cell::Null; COLUMNS.len()];
        let mut day = None;
        let inputs = raw.iter().zip(&self.formats.numbers).zip(&self.required);
        for ((column, cell), ((raw, format), required)) in COLUMNS.iter().zip(&mut row).zip(inputs) {
            let reject = |reason| (Some(column.name), reason);
            *cell = self.cell(*raw, column.sql_type, *format).map_err(reject)?;
            if *required && matches!(cell, Cell::Null | Cell::Text("")) {
                return Err(reject(RejectionReason::Missing));
            }
            if let Cell::Date(date) = cell {
                day = Some(*date);
            }
        }
        self.derive(number, day, &mut row);
        let mut whole = [Cell::Null; WIDTH];
        for (place, cell) in whole.iter_mut().zip(row) {
            *place = cell;
        }
        for (place, raw) in whole.iter_mut().zip(raw).skip(COLUMNS.len()) {
            *place = self.cell(*raw, FURTHER, NumberFormat::Point).map_err(|reason| (None, reason))?;
        }
        into.push(&whole);
        Ok(())
    }

    /// Fills what follows from the line's number and day where the file does not say it.
    fn derive(&self, number: u64, day: Option<NaiveDate>, row: &mut Row<'_>) {
        let columns = COLUMNS.iter().zip(row).zip(&self.mapping.positions);
        for ((column, cell), position) in columns {
            if *cell != Cell::Null {
                continue;
            }
            let derived = match (column.name, day) {
                ("VentaID", _) if position.is_none() => i32::try_from(number).ok(),
                ("ano", Some(day)) => Some(day.year()),
                ("mes", Some(day)) => i32::try_from(day.month()).ok(),
                ("dia", Some(day)) => i32::try_from(day.day()).ok(),
                ("periodo", Some(day)) => Some(period_code(day)),
                _ => None,
            };
            if let Some(value) = derived {
                *cell = Cell::Int(value);
            }
        }
    }

    fn cell<'t>(
        &self,
        raw: Raw<'t>,
        sql_type: SqlType,
        format: NumberFormat,
    ) -> Result<Cell<'t>, RejectionReason> {
        if is_null(raw, sql_type) {
            return Ok(Cell::Null);
        }
        match sql_type {
            SqlType::NVarChar(limit) => text(raw, limit),
            SqlType::Date => match raw {
                Raw::Date(date) => Ok(Cell::Date(date)),
                Raw::Text(text) => dates::parse(text, self.formats.dates)
                    .map(Cell::Date)
                    .ok_or_else(|| RejectionReason::NotADate(shown(raw))),
                _ => Err(RejectionReason::NotADate(shown(raw))),
            },
            SqlType::Int => {
                let number = number(raw, format)?;
                let whole = number.whole().and_then(|value| i32::try_from(value).ok());
                whole.map(Cell::Int).ok_or_else(|| RejectionReason::OutOfRange(shown(raw)))
            }
            SqlType::Decimal(precision, scale) => {
                let number = number(raw, format)?;
                let limit = 10i128.checked_pow(u32::from(precision)).unwrap_or(i128::MAX);
                let value = number.rescaled(u32::from(scale.unsigned_abs()));
                let fits = value.filter(|value| value.unsigned_abs() < limit.unsigned_abs());
                fits.map(Cell::Decimal).ok_or_else(|| RejectionReason::OutOfRange(shown(raw)))
            }
        }
    }
}

/// An empty field is a blank text, but no number and no date; `NULL` is how SQL Server's tools export nothing.
fn is_null(raw: Raw<'_>, sql_type: SqlType) -> bool {
    match raw {
        Raw::Null | Raw::Text("NULL") => true,
        Raw::Text(text) => text.trim().is_empty() && !matches!(sql_type, SqlType::NVarChar(_)),
        _ => false,
    }
}

/// Trailing spaces mean nothing to SQL Server, so they are not kept.
fn text(raw: Raw<'_>, limit: u16) -> Result<Cell<'_>, RejectionReason> {
    let Raw::Text(text) = raw else { return Err(RejectionReason::NotANumber(shown(raw))) };
    let text = text.trim_end();
    if text.encode_utf16().count() > usize::from(limit) {
        return Err(RejectionReason::TooLong { limit });
    }
    Ok(Cell::Text(text))
}

fn number(raw: Raw<'_>, format: NumberFormat) -> Result<Number, RejectionReason> {
    let number = match raw {
        Raw::Text(text) => numbers::parse(text, format),
        Raw::Int(value) => Some(Number { digits: i128::from(value), decimals: 0 }),
        Raw::Decimal(digits, scale) => decimal(digits, scale),
        // The shortest text that names the number is the decimal somebody once wrote.
        Raw::Float(value) => numbers::parse(&format!("{value:e}"), NumberFormat::Point),
        Raw::Null | Raw::Date(_) => None,
    };
    number.ok_or_else(|| RejectionReason::NotANumber(shown(raw)))
}

fn decimal(digits: i128, scale: i8) -> Option<Number> {
    match u32::try_from(scale) {
        Ok(decimals) => Some(Number { digits, decimals }),
        Err(_) => {
            let power = 10i128.checked_pow(u32::from(scale.unsigned_abs()))?;
            Some(Number { digits: digits.checked_mul(power)?, decimals: 0 })
        }
    }
}

fn shown(raw: Raw<'_>) -> String {
    match raw {
        Raw::Null => String::new(),
        Raw::Text(text) => text.chars().take(SHOWN_CHARS).collect(),
        Raw::Int(value) => value.to_string(),
        Raw::Float(value) => value.to_string(),
        Raw::Decimal(digits, scale) => format!("{digits}e{}", -i32::from(scale)),
        Raw::Date(date) => date.to_string(),
    }
}
