//! A result as plain values.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type, Float64Type};
use arrow::temporal_conversions::date32_to_datetime;
use chrono::NaiveDate;

/// A value. Figures are compared with a tolerance, so a double is exact enough here.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nothing.
    Null,
    /// A figure.
    Number(f64),
    /// A day.
    Day(NaiveDate),
    /// A text.
    Text(String),
}

/// A result.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Table {
    /// The columns' names.
    pub columns: Vec<String>,
    /// The rows.
    pub rows: Vec<Vec<Value>>,
}

impl Table {
    /// Adds a batch of rows.
    pub fn add(&mut self, batch: &RecordBatch) {
        if self.columns.is_empty() {
            self.columns = batch.schema().fields().iter().map(|field| field.name().clone()).collect();
        }
        let columns: Vec<Vec<Value>> = batch.columns().iter().map(|column| values(column.as_ref())).collect();
        for row in 0..batch.num_rows() {
            self.rows.push(columns.iter().map(|column| column[row].clone()).collect());
        }
    }

    /// Its columns and first rows, for a person who looks into a mistake.
    pub fn excerpt(&self) -> String {
        let rows = self.rows.iter().take(3).map(|row| format!("{row:?}"));
        format!("{} rows of {:?}: {}", self.rows.len(), self.columns, rows.collect::<Vec<_>>().join(" "))
    }

    /// Whether there is nothing in it: no row, or not one value.
    pub fn is_blank(&self) -> bool {
        self.rows.iter().flatten().all(|value| *value == Value::Null)
    }
}

fn values(column: &dyn Array) -> Vec<Value> {
    let read = |row: usize, value: &dyn Fn(usize) -> Value| {
        if column.is_null(row) { Value::Null } else { value(row) }
    };
    let each = |value: &dyn Fn(usize) -> Value| (0..column.len()).map(|row| read(row, value)).collect();
    match column.data_type() {
        DataType::Utf8 => {
            let texts = column.as_string::<i32>();
            each(&|row| text(texts.value(row)))
        }
        DataType::Date32 | DataType::Timestamp(..) => {
            let days = cast(column, &DataType::Date32).expect("a day");
            let days = days.as_primitive::<Date32Type>();
            each(&|row| date32_to_datetime(days.value(row)).map_or(Value::Null, |at| Value::Day(at.date())))
        }
        _ => {
            let numbers = cast(column, &DataType::Float64).expect("a figure");
            let numbers = numbers.as_primitive::<Float64Type>();
            each(&|row| Value::Number(numbers.value(row)))
        }
    }
}

/// A text that is an ISO date is that day.
fn text(text: &str) -> Value {
    let text = text.trim_end();
    text.parse().map_or_else(|_| Value::Text(text.to_string()), Value::Day)
}
