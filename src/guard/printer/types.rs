//! The data types of `CAST` and `CONVERT`.

use sqlparser::ast::{CharacterLength, DataType, ExactNumberInfo, ObjectName, TimezoneInfo};

use super::{Printed, Printer};
use crate::guard::rule::Rule;

/// Types that the parser has no node for, with the arguments they may have.
const OTHERS: [(&str, usize); 9] = [
    ("DATETIME2", 1),
    ("DATETIMEOFFSET", 1),
    ("MONEY", 0),
    ("NCHAR", 1),
    ("SMALLDATETIME", 0),
    ("SMALLMONEY", 0),
    ("SYSNAME", 0),
    ("UNIQUEIDENTIFIER", 0),
    ("NVARCHAR", 1),
];

impl Printer<'_> {
    /// Only the server's own types: a user's type can run code.
    pub(super) fn data_type(&mut self, data_type: &DataType) -> Printed {
        let printed = match data_type {
            DataType::Int(None) => Some("INT".to_string()),
            DataType::Integer(None) => Some("INTEGER".to_string()),
            DataType::BigInt(None) => Some("BIGINT".to_string()),
            DataType::SmallInt(None) => Some("SMALLINT".to_string()),
            DataType::TinyInt(None) => Some("TINYINT".to_string()),
            DataType::Bit(None) => Some("BIT".to_string()),
            DataType::Real => Some("REAL".to_string()),
            DataType::Date => Some("DATE".to_string()),
            DataType::Float(size) => exact("FLOAT", size, 53),
            DataType::Decimal(size) => exact("DECIMAL", size, 38),
            DataType::Numeric(size) => exact("NUMERIC", size, 38),
            DataType::Dec(size) => exact("DEC", size, 38),
            DataType::Char(length) => text("CHAR", length.as_ref(), 8_000, false),
            DataType::Varchar(length) => text("VARCHAR", length.as_ref(), 8_000, true),
            DataType::Nvarchar(length) => text("NVARCHAR", length.as_ref(), 4_000, true),
            DataType::Datetime(None) => Some("DATETIME".to_string()),
            DataType::Time(precision, TimezoneInfo::None) => sized("TIME", *precision, 7),
            DataType::Uuid => None,
            DataType::Custom(name, arguments) => custom(name, arguments),
            other => return Err(self.stop(Rule::DataType).about(other.to_string())),
        };
        printed.ok_or_else(|| self.stop(Rule::DataType).about(data_type.to_string()))
    }
}

fn sized(name: &str, size: Option<u64>, most: u64) -> Option<String> {
    match size {
        None => Some(name.to_string()),
        Some(size) => (size <= most).then(|| format!("{name}({size})")),
    }
}

fn exact(name: &str, size: &ExactNumberInfo, most: u64) -> Option<String> {
    match size {
        ExactNumberInfo::None => Some(name.to_string()),
        ExactNumberInfo::Precision(precision) => sized(name, Some(*precision), most),
        ExactNumberInfo::PrecisionAndScale(precision, scale) => {
            (*precision <= most && (0..=38).contains(scale)).then(|| format!("{name}({precision}, {scale})"))
        }
    }
}

fn text(name: &str, length: Option<&CharacterLength>, most: u64, may_be_max: bool) -> Option<String> {
    match length {
        None => Some(name.to_string()),
        Some(CharacterLength::IntegerLength { length, unit: None }) => sized(name, Some(*length), most),
        Some(CharacterLength::IntegerLength { unit: Some(_), .. }) => None,
        Some(CharacterLength::Max) => may_be_max.then(|| format!("{name}(MAX)")),
    }
}

/// A type that came as a name: the server's own, bare, with small numbers as arguments.
fn custom(name: &ObjectName, arguments: &[String]) -> Option<String> {
    let [part] = name.0.as_slice() else { return None };
    let ident = part.as_ident().filter(|ident| ident.quote_style.is_none())?;
    let upper = ident.value.to_ascii_uppercase();
    let (_, most) = OTHERS.iter().find(|(known, _)| *known == upper)?;
    let small = |argument: &String| argument.parse::<u16>().is_ok_and(|value| value <= 4_000);
    if arguments.len() > *most || !arguments.iter().all(small) {
        return None;
    }
    // The name stays as written: a tree keeps the case of names.
    Some(match arguments {
        [] => ident.value.clone(),
        arguments => format!("{}({})", ident.value, arguments.join(", ")),
    })
}
