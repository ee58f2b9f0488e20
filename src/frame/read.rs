//! One value out of an Arrow array.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::*;
use arrow::temporal_conversions as time;

use crate::model::Value;

/// The value at `row` of an array; `Null` outside and for types that were not made readable.
pub(super) fn value(array: &ArrayRef, row: usize) -> Value<'_> {
    if row >= array.len() || array.is_null(row) {
        return Value::Null;
    }
    match array.data_type() {
        DataType::Utf8 => Value::Text(array.as_string::<i32>().value(row)),
        DataType::LargeUtf8 => Value::Text(array.as_string::<i64>().value(row)),
        DataType::Utf8View => Value::Text(array.as_string_view().value(row)),
        DataType::Boolean => Value::Bool(array.as_boolean().value(row)),
        DataType::Date32 => day(time::date32_to_datetime(array.as_primitive::<Date32Type>().value(row))),
        DataType::Date64 => day(time::date64_to_datetime(array.as_primitive::<Date64Type>().value(row))),
        DataType::Timestamp(unit, _) => moment(array, unit, row),
        data_type if data_type.is_integer() => integer(array, row),
        _ => fractional(array, row),
    }
}

fn day(read: Option<chrono::NaiveDateTime>) -> Value<'static> {
    read.map_or(Value::Null, |moment| Value::Date(moment.date()))
}

fn moment<'a>(array: &ArrayRef, unit: &TimeUnit, row: usize) -> Value<'a> {
    let read = match unit {
        TimeUnit::Second => {
            time::timestamp_s_to_datetime(array.as_primitive::<TimestampSecondType>().value(row))
        }
        TimeUnit::Millisecond => {
            time::timestamp_ms_to_datetime(array.as_primitive::<TimestampMillisecondType>().value(row))
        }
        TimeUnit::Microsecond => {
            time::timestamp_us_to_datetime(array.as_primitive::<TimestampMicrosecondType>().value(row))
        }
        TimeUnit::Nanosecond => {
            time::timestamp_ns_to_datetime(array.as_primitive::<TimestampNanosecondType>().value(row))
        }
    };
    read.map_or(Value::Null, Value::DateTime)
}

fn integer<'a>(array: &ArrayRef, row: usize) -> Value<'a> {
    match array.data_type() {
        DataType::Int8 => Value::Int(array.as_primitive::<Int8Type>().value(row).into()),
        DataType::Int16 => Value::Int(array.as_primitive::<Int16Type>().value(row).into()),
        DataType::Int32 => Value::Int(array.as_primitive::<Int32Type>().value(row).into()),
        DataType::Int64 => Value::Int(array.as_primitive::<Int64Type>().value(row)),
        DataType::UInt8 => Value::Int(array.as_primitive::<UInt8Type>().value(row).into()),
        DataType::UInt16 => Value::Int(array.as_primitive::<UInt16Type>().value(row).into()),
        DataType::UInt32 => Value::Int(array.as_primitive::<UInt32Type>().value(row).into()),
        DataType::UInt64 => {
            let wide = array.as_primitive::<UInt64Type>().value(row);
            i64::try_from(wide).map_or(Value::Decimal { unscaled: wide.into(), scale: 0 }, Value::Int)
        }
        _ => Value::Null,
    }
}

fn fractional<'a>(array: &ArrayRef, row: usize) -> Value<'a> {
    match array.data_type() {
        DataType::Float16 => Value::Float(array.as_primitive::<Float16Type>().value(row).to_f64()),
        DataType::Float32 => Value::Float(array.as_primitive::<Float32Type>().value(row).into()),
        DataType::Float64 => Value::Float(array.as_primitive::<Float64Type>().value(row)),
        DataType::Decimal32(_, scale) => Value::Decimal {
            unscaled: array.as_primitive::<Decimal32Type>().value(row).into(),
            scale: *scale,
        },
        DataType::Decimal64(_, scale) => Value::Decimal {
            unscaled: array.as_primitive::<Decimal64Type>().value(row).into(),
            scale: *scale,
        },
        DataType::Decimal128(_, scale) => {
            Value::Decimal { unscaled: array.as_primitive::<Decimal128Type>().value(row), scale: *scale }
        }
        _ => Value::Null,
    }
}
