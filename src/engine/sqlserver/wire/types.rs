//! What a column holds, and how its values travel.

/// The server's limit for `(max)` values, as the session sets it (`TEXTSIZE`), in bytes.
pub const TEXT_SIZE: usize = 64 * 1024;

/// A column's type as the server declares it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WireType {
    /// The type of a bare NULL.
    Null,
    /// `tinyint` to `bigint`.
    Int,
    /// `bit`
    Bit,
    /// `real` (single precision)
    Real,
    /// `float`
    Float,
    /// `money`: announced to tiberius as a whole number with its halves swapped.
    Money,
    /// `smallmoney`: announced to tiberius as a whole number.
    SmallMoney,
    /// `decimal` and `numeric`
    Decimal { precision: u8, scale: u8 },
    /// `date`
    Date,
    /// `time`
    Time,
    /// `datetime`
    DateTime,
    /// `smalldatetime`
    SmallDateTime,
    /// `datetime2`
    DateTime2,
    /// `datetimeoffset`
    DateTimeOffset,
    /// `uniqueidentifier`
    Guid,
    /// Texts.
    Text {
        /// A value of that many characters may have been cut by the server.
        cut_at: Option<usize>,
        /// Its collation stores UTF-8, which tiberius does not know: it is told of
        /// windows-1252, which gives every byte back.
        utf8: bool,
    },
    /// Binaries.
    Binary { cut_at: Option<usize> },
    /// `xml`
    Xml,
    /// `sql_variant`
    Variant,
    /// A type of the database's own, by its name.
    User(String),
}

/// A column as the server declares it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WireColumn {
    pub name: String,
    pub ty: WireType,
    /// How its values travel.
    pub form: Form,
}

/// How the values of a column travel in a row (MS-TDS 2.2.5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Always so many bytes.
    Fixed(usize),
    /// A length of one byte before it; zero is NULL.
    Tiny,
    /// A length of two bytes before it; the largest is NULL.
    Short,
    /// A length of four bytes before it; zero is NULL.
    Long,
    /// In parts, each with its length, without a limit (`(max)`, `xml`, types of the database's own).
    Parts,
    /// After a pointer and a time stamp, a length of four bytes before it (`text`, `ntext`, `image`).
    Pointed,
}

impl Form {
    /// Whether a value may be longer than any program wants to hold.
    pub fn is_endless(self) -> bool {
        matches!(self, Form::Parts | Form::Pointed)
    }
}
