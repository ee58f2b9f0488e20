//! A result as CSV (RFC 4180): ISO dates, plain exact numbers, text that no spreadsheet calculates.

use std::io::{self, Write};

use super::Frame;
use crate::format::{Digits, digits_of};
use crate::model::Value;
use crate::sanitize::csv_field;

/// Writes the header and every row, in the frame's order, UTF-8, lines ended by CR LF.
/// NULL is an empty field, an empty text is `""`.
pub fn write(frame: &Frame, out: &mut impl Write) -> io::Result<()> {
    let header: Vec<String> = frame.columns().iter().map(|column| csv_field(column.name.as_str())).collect();
    write_record(&header, out)?;
    for row in 0..frame.row_count() {
        let record: Vec<String> =
            (0..frame.columns().len()).map(|column| field(&frame.value(row, column))).collect();
        write_record(&record, out)?;
    }
    out.flush()
}

fn write_record(fields: &[String], out: &mut impl Write) -> io::Result<()> {
    out.write_all(fields.join(",").as_bytes())?;
    out.write_all(b"\r\n")
}

fn field(value: &Value<'_>) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(bit) => u8::from(*bit).to_string(),
        Value::Date(day) => day.to_string(),
        Value::DateTime(moment) => moment.format("%Y-%m-%dT%H:%M:%S%.f").to_string(),
        Value::Text(text) => csv_field(text),
        Value::Int(_) | Value::Decimal { .. } | Value::Float(_) => {
            digits_of(value).as_ref().map_or_else(String::new, Digits::plain)
        }
    }
}
