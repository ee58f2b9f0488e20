//! One value of a result, exact.

use chrono::{NaiveDate, NaiveDateTime};

/// A cell's value. Numbers are exact: decimals carry their digits, never a float.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    /// SQL's NULL.
    Null,
    /// A bit.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// `unscaled / 10^scale`, exact.
    Decimal {
        /// The digits as one whole number.
        unscaled: i128,
        /// How many of them stand behind the decimal point.
        scale: i8,
    },
    /// A floating-point number.
    Float(f64),
    /// A calendar day.
    Date(NaiveDate),
    /// A moment without zone.
    DateTime(NaiveDateTime),
    /// Text, or a number too wide for 128 bits written out; hostile until cleaned.
    Text(&'a str),
}
