//! Rows for scripts.

use serde_json::{Number, Value as Json};

use super::Frame;
use crate::format::Digits;
use crate::model::{ColumnKind, Value};
use crate::sanitize::display_safe;

/// A row as a JSON array: money and decimals as strings with their exact digits, dates as
/// ISO 8601, NULL as null, whole numbers as numbers. Text is as it was stored: write it with
/// [`line()`], which keeps it harmless on a terminal.
pub fn row(frame: &Frame, row: usize) -> Json {
    let columns = frame.columns().iter().enumerate();
    columns.map(|(index, column)| value(&frame.value(row, index), column.kind)).collect()
}

/// The columns as JSON objects with `name` and `kind`.
pub fn columns(frame: &Frame) -> Json {
    let described = frame.columns().iter();
    described
        .map(|column| serde_json::json!({ "name": column.name.as_str(), "kind": column.kind.json_name() }))
        .collect()
}

/// One value.
pub fn value(value: &Value<'_>, kind: ColumnKind) -> Json {
    let is_money = matches!(kind, ColumnKind::Money | ColumnKind::UnitPrice);
    match value {
        Value::Null => Json::Null,
        Value::Bool(bit) => Json::Bool(*bit),
        Value::Int(n) if is_money => Json::String(n.to_string()),
        Value::Int(n) => Json::Number((*n).into()),
        Value::Decimal { unscaled, scale } => Json::String(Digits::from_scaled(*unscaled, *scale).plain()),
        Value::Float(f) if is_money => Digits::from_float(*f).map_or(Json::Null, |d| Json::String(d.plain())),
        Value::Float(f) => Number::from_f64(*f).map_or(Json::Null, Json::Number),
        Value::Date(day) => Json::String(day.to_string()),
        Value::DateTime(moment) => Json::String(moment.format("%Y-%m-%dT%H:%M:%S%.f").to_string()),
        Value::Text(text) => Json::String((*text).to_owned()),
    }
}

/// JSON on one line in which every character that could harm a terminal is written as `\u….`:
/// exact for programs, inert for eyes.
pub fn line(json: &Json) -> String {
    let written = json.to_string();
    if written.is_ascii() && !written.contains('\u{7f}') {
        return written;
    }
    let mut out = String::with_capacity(written.len() + 16);
    let mut buffer = [0; 4];
    let mut utf16 = [0; 2];
    for c in written.chars() {
        // Outside strings JSON is plain ASCII, so every odd character stands inside one.
        let shown: &str = c.encode_utf8(&mut buffer);
        if c != '\u{7f}' && (c.is_ascii() || display_safe(shown).as_str() == shown) {
            out.push(c);
        } else {
            for unit in c.encode_utf16(&mut utf16) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    out
}
