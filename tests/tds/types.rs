//! Types and values as they travel (MS-TDS 2.2.5.4 and 2.2.5.5).

use super::wire::{long_text, short_text};

/// Latin1_General_CI_AS: code page 1252.
/// Latin1_General_100_CI_AS_SC_UTF8, of a language whose own code page is another.
const UTF8_COLLATION: [u8; 5] = [0x19, 0x04, 0xD0, 0x24, 0x00];
const COLLATION: [u8; 5] = [0x09, 0x04, 0xD0, 0x00, 0x34];

/// A column's type. Those named `…Fixed` cannot be NULL and travel without a length.
#[derive(Debug, Clone, PartialEq)]
pub enum Ty {
    TinyInt,
    SmallInt,
    Int,
    BigInt,
    IntFixed,
    Bit,
    Real,
    Float,
    Money,
    SmallMoney,
    MoneyFixed,
    SmallMoneyFixed,
    Decimal(u8, u8),
    Date,
    Time(u8),
    DateTime,
    DateTimeFixed,
    SmallDateTime,
    DateTime2(u8),
    DateTimeOffset(u8),
    Guid,
    VarChar(u16),
    NVarChar(u16),
    VarCharMax,
    /// `varchar(20)` and `varchar(max)` of a collation of UTF-8.
    Utf8,
    Utf8Max,
    NVarCharMax,
    VarBinary(u16),
    VarBinaryMax,
    Text,
    NText,
    Image,
    Xml,
    Variant,
    User(String),
}

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Null,
    Whole(i64),
    Bit(bool),
    Real(f32),
    Float(f64),
    /// Ten-thousandths.
    Money(i64),
    /// The digits, without the point.
    Decimal(i128),
    /// Days since the first of January of the year 1.
    Day(u32),
    /// Increments of the type's scale since midnight.
    Time(u64),
    /// Days since 1900 and ticks of 1/300 second.
    Moment(i32, u32),
    /// Days since 1900 and minutes.
    Minute(u16, u16),
    /// Days since the year 1 and increments.
    Moment2(u32, u64),
    /// The same in UTC, and minutes from UTC.
    Offset(u32, u64, i16),
    Guid([u8; 16]),
    Text(String),
    /// A text as it is stored, valid or not.
    Units(Vec<u16>),
    Bytes(Vec<u8>),
    /// A value with a type of its own.
    Variant(Box<(Ty, Value)>),
}

/// A column.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    pub name: String,
    pub ty: Ty,
}

pub fn column(name: &str, ty: Ty) -> Column {
    Column { name: name.to_string(), ty }
}

/// COLMETADATA.
pub fn columns(columns: &[Column]) -> Vec<u8> {
    let mut bytes = vec![0x81];
    bytes.extend((columns.len() as u16).to_le_bytes());
    for column in columns {
        // User type, flags: nullable.
        bytes.extend([0, 0, 0, 0, 0x09, 0]);
        bytes.extend(declared(&column.ty));
        bytes.extend(short_text(&column.name));
    }
    bytes
}

/// TYPE_INFO, with the table's name where the type has one.
fn declared(ty: &Ty) -> Vec<u8> {
    let text = |token: u8, length: u16| {
        let mut bytes = vec![token];
        bytes.extend(length.to_le_bytes());
        bytes.extend(COLLATION);
        bytes
    };
    let old = |token: u8, collated: bool| {
        let mut bytes = vec![token, 0xFF, 0xFF, 0xFF, 0x7F];
        if collated {
            bytes.extend(COLLATION);
        }
        bytes.push(1);
        bytes.extend(long_text("banco_datos"));
        bytes
    };
    match ty {
        Ty::TinyInt => vec![0x26, 1],
        Ty::SmallInt => vec![0x26, 2],
        Ty::Int => vec![0x26, 4],
        Ty::BigInt => vec![0x26, 8],
        Ty::IntFixed => vec![0x38],
        Ty::Bit => vec![0x68, 1],
        Ty::Real => vec![0x6D, 4],
        Ty::Float => vec![0x6D, 8],
        Ty::Money => vec![0x6E, 8],
        Ty::SmallMoney => vec![0x6E, 4],
        Ty::MoneyFixed => vec![0x3C],
        Ty::SmallMoneyFixed => vec![0x7A],
        Ty::Decimal(precision, scale) => vec![0x6A, decimal_size(*precision), *precision, *scale],
        Ty::Date => vec![0x28],
        Ty::Time(scale) => vec![0x29, *scale],
        Ty::DateTime => vec![0x6F, 8],
        Ty::DateTimeFixed => vec![0x3D],
        Ty::SmallDateTime => vec![0x6F, 4],
        Ty::DateTime2(scale) => vec![0x2A, *scale],
        Ty::DateTimeOffset(scale) => vec![0x2B, *scale],
        Ty::Guid => vec![0x24, 16],
        Ty::VarChar(length) => text(0xA7, *length),
        Ty::NVarChar(length) => text(0xE7, length * 2),
        Ty::VarCharMax => text(0xA7, 0xFFFF),
        Ty::Utf8 => [&[0xA7, 20, 0][..], &UTF8_COLLATION].concat(),
        Ty::Utf8Max => [&[0xA7, 0xFF, 0xFF][..], &UTF8_COLLATION].concat(),
        Ty::NVarCharMax => text(0xE7, 0xFFFF),
        Ty::VarBinary(length) => vec![0xA5, length.to_le_bytes()[0], length.to_le_bytes()[1]],
        Ty::VarBinaryMax => vec![0xA5, 0xFF, 0xFF],
        Ty::Text => old(0x23, true),
        Ty::NText => old(0x63, true),
        Ty::Image => old(0x22, false),
        Ty::Xml => vec![0xF1, 0],
        Ty::Variant => vec![0x62, 0x49, 0x1F, 0, 0],
        Ty::User(name) => {
            let mut bytes = vec![0xF0, 0xFF, 0xFF];
            bytes.extend(short_text("SmartBusiness"));
            bytes.extend(short_text("sys"));
            bytes.extend(short_text(name));
            bytes.extend(long_text("Microsoft.SqlServer.Types"));
            bytes
        }
    }
}

fn decimal_size(precision: u8) -> u8 {
    match precision {
        0..=9 => 5,
        10..=19 => 9,
        20..=28 => 13,
        _ => 17,
    }
}

/// ROW. `text_size`: where the session cuts `(max)` values.
pub fn row(columns: &[Column], values: &[Value], text_size: usize) -> Vec<u8> {
    let mut bytes = vec![0xD1];
    for (column, value) in columns.iter().zip(values) {
        put(&mut bytes, &column.ty, value, text_size);
    }
    bytes
}

/// NBCROW: the NULLs are only bits.
pub fn packed_row(columns: &[Column], values: &[Value], text_size: usize) -> Vec<u8> {
    let mut bytes = vec![0xD2];
    let mut bits = vec![0_u8; columns.len().div_ceil(8)];
    for (at, value) in values.iter().enumerate() {
        if *value == Value::Null {
            bits[at / 8] |= 1 << (at % 8);
        }
    }
    bytes.extend(bits);
    for (column, value) in columns.iter().zip(values) {
        if *value != Value::Null {
            put(&mut bytes, &column.ty, value, text_size);
        }
    }
    bytes
}

fn put(bytes: &mut Vec<u8>, ty: &Ty, value: &Value, text_size: usize) {
    match ty {
        Ty::VarCharMax | Ty::Utf8Max | Ty::NVarCharMax | Ty::VarBinaryMax | Ty::Xml | Ty::User(_) => {
            put_parts(bytes, ty, value, text_size);
        }
        Ty::Text | Ty::NText | Ty::Image => put_old(bytes, ty, value, text_size),
        Ty::Variant => put_variant(bytes, value),
        Ty::VarChar(_) | Ty::Utf8 | Ty::NVarChar(_) | Ty::VarBinary(_) => match plain(ty, value) {
            None => bytes.extend([0xFF, 0xFF]),
            Some(content) => {
                bytes.extend((content.len() as u16).to_le_bytes());
                bytes.extend(content);
            }
        },
        Ty::IntFixed | Ty::MoneyFixed | Ty::SmallMoneyFixed | Ty::DateTimeFixed => {
            bytes.extend(plain(ty, value).expect("a fixed type is never NULL"));
        }
        _ => match plain(ty, value) {
            None => bytes.push(0),
            Some(content) => {
                bytes.push(content.len() as u8);
                bytes.extend(content);
            }
        },
    }
}

/// A value that comes in parts (PLP).
fn put_parts(bytes: &mut Vec<u8>, ty: &Ty, value: &Value, text_size: usize) {
    let Some(mut content) = plain(ty, value) else {
        bytes.extend([0xFF; 8]);
        return;
    };
    if !matches!(ty, Ty::Xml | Ty::User(_)) {
        content.truncate(text_size);
    }
    // The length is not told beforehand.
    bytes.extend([0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]);
    for part in content.chunks(5000) {
        bytes.extend((part.len() as u32).to_le_bytes());
        bytes.extend(part);
    }
    bytes.extend([0; 4]);
}

/// A value of the types before `(max)`: behind a pointer and a timestamp.
fn put_old(bytes: &mut Vec<u8>, ty: &Ty, value: &Value, text_size: usize) {
    let Some(mut content) = plain(ty, value) else {
        bytes.push(0);
        return;
    };
    content.truncate(text_size);
    bytes.push(16);
    bytes.extend([0x5A; 16 + 8]);
    bytes.extend((content.len() as u32).to_le_bytes());
    bytes.extend(content);
}

fn put_variant(bytes: &mut Vec<u8>, value: &Value) {
    let Value::Variant(inner) = value else {
        bytes.extend([0; 4]);
        return;
    };
    let (ty, value) = &**inner;
    let content = plain(ty, value).expect("a variant holds a value");
    let (base, properties) = match ty {
        Ty::TinyInt => (0x30, vec![]),
        Ty::SmallInt => (0x34, vec![]),
        Ty::Int => (0x38, vec![]),
        Ty::BigInt => (0x7F, vec![]),
        Ty::Bit => (0x32, vec![]),
        Ty::Real => (0x3B, vec![]),
        Ty::Float => (0x3E, vec![]),
        Ty::Money => (0x3C, vec![]),
        Ty::DateTime => (0x3D, vec![]),
        Ty::Decimal(precision, scale) => (0x6A, vec![*precision, *scale]),
        Ty::Date => (0x28, vec![]),
        Ty::DateTime2(scale) => (0x2A, vec![*scale]),
        Ty::Guid => (0x24, vec![]),
        Ty::NVarChar(length) => (0xE7, [&COLLATION[..], &(length * 2).to_le_bytes()].concat()),
        Ty::VarBinary(length) => (0xA5, length.to_le_bytes().to_vec()),
        other => panic!("no variant of {other:?}"),
    };
    bytes.extend(((2 + properties.len() + content.len()) as u32).to_le_bytes());
    bytes.extend([base, properties.len() as u8]);
    bytes.extend(properties);
    bytes.extend(content);
}

/// The bytes of a value without its length; `None`: NULL.
fn plain(ty: &Ty, value: &Value) -> Option<Vec<u8>> {
    let three = |days: &u32| days.to_le_bytes()[..3].to_vec();
    let clock = |scale: u8, time: u64| {
        let size = match scale {
            0..=2 => 3,
            3..=4 => 4,
            _ => 5,
        };
        time.to_le_bytes()[..size].to_vec()
    };
    Some(match (ty, value) {
        (_, Value::Null) => return None,
        (Ty::TinyInt, Value::Whole(n)) => vec![*n as u8],
        (Ty::SmallInt, Value::Whole(n)) => (*n as i16).to_le_bytes().to_vec(),
        (Ty::Int | Ty::IntFixed, Value::Whole(n)) => (*n as i32).to_le_bytes().to_vec(),
        (Ty::BigInt, Value::Whole(n)) => n.to_le_bytes().to_vec(),
        (Ty::Bit, Value::Bit(bit)) => vec![u8::from(*bit)],
        (Ty::Real, Value::Real(n)) => n.to_le_bytes().to_vec(),
        (Ty::Float, Value::Float(n)) => n.to_le_bytes().to_vec(),
        (Ty::Money | Ty::MoneyFixed, Value::Money(n)) => {
            [((n >> 32) as i32).to_le_bytes(), (*n as u32).to_le_bytes()].concat()
        }
        (Ty::SmallMoney | Ty::SmallMoneyFixed, Value::Money(n)) => (*n as i32).to_le_bytes().to_vec(),
        (Ty::Decimal(precision, _), Value::Decimal(digits)) => {
            let size = usize::from(decimal_size(*precision)) - 1;
            let mut bytes = vec![u8::from(*digits >= 0)];
            bytes.extend(&digits.unsigned_abs().to_le_bytes()[..size]);
            bytes
        }
        (Ty::Date, Value::Day(days)) => three(days),
        (Ty::Time(scale), Value::Time(time)) => clock(*scale, *time),
        (Ty::DateTime | Ty::DateTimeFixed, Value::Moment(days, ticks)) => {
            [days.to_le_bytes(), ticks.to_le_bytes()].concat()
        }
        (Ty::SmallDateTime, Value::Minute(days, minutes)) => {
            [days.to_le_bytes(), minutes.to_le_bytes()].concat()
        }
        (Ty::DateTime2(scale), Value::Moment2(days, time)) => [clock(*scale, *time), three(days)].concat(),
        (Ty::DateTimeOffset(scale), Value::Offset(days, time, minutes)) => {
            [clock(*scale, *time), three(days), minutes.to_le_bytes().to_vec()].concat()
        }
        (Ty::Guid, Value::Guid(id)) => {
            let mut bytes = *id;
            bytes[..4].reverse();
            bytes[4..6].reverse();
            bytes[6..8].reverse();
            bytes.to_vec()
        }
        (Ty::VarChar(_) | Ty::VarCharMax | Ty::Text, Value::Text(text)) => {
            text.chars().map(|c| u8::try_from(c as u32).unwrap_or(b'?')).collect()
        }
        (Ty::Utf8 | Ty::Utf8Max, Value::Text(text)) => text.as_bytes().to_vec(),
        (Ty::Utf8 | Ty::Utf8Max, Value::Bytes(bytes)) => bytes.clone(),
        (Ty::NVarChar(_) | Ty::NVarCharMax | Ty::NText, Value::Text(text)) => {
            text.encode_utf16().flat_map(u16::to_le_bytes).collect()
        }
        (Ty::Xml, Value::Text(text)) => {
            [&[0xFF, 0xFE][..], &text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>()].concat()
        }
        (Ty::NVarChar(_) | Ty::NVarCharMax | Ty::NText, Value::Units(units)) => {
            units.iter().flat_map(|unit| unit.to_le_bytes()).collect()
        }
        (Ty::VarBinary(_) | Ty::VarBinaryMax | Ty::Image | Ty::User(_), Value::Bytes(bytes)) => bytes.clone(),
        (ty, value) => panic!("{value:?} is no {ty:?}"),
    })
}
