//! T-SQL types and the rules that give an expression its type.
//!
//! Source of the rules: Microsoft's pages "Data type precedence" and "Precision, scale,
//! and length".

use arrow::datatypes::{DataType, TimeUnit};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::Expr;

use crate::engine::EngineError;

/// Length of `nvarchar(max)`.
pub(super) const MAX_TEXT: u32 = u32::MAX;

/// A T-SQL type, as far as the embedded engine knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Ty {
    /// The type of a bare `NULL`.
    Null,
    /// `bit`
    Bit,
    /// `tinyint`, 0 to 255
    TinyInt,
    /// `smallint`
    SmallInt,
    /// `int`
    Int,
    /// `bigint`
    BigInt,
    /// `decimal(precision, scale)`
    Decimal(u8, u8),
    /// `money`: four places, written with two
    Money,
    /// `float(53)`
    Float,
    /// `date`
    Date,
    /// `datetime`
    DateTime,
    /// `datetime2(precision)`, held in microseconds
    DateTime2(u8),
    /// `nvarchar(length)`, `varchar(length)`
    Text(u32),
}

impl Ty {
    /// How values of the type are held inside a plan.
    pub(super) fn arrow(self) -> DataType {
        match self {
            Ty::Null | Ty::TinyInt | Ty::SmallInt | Ty::Int => DataType::Int32,
            Ty::Bit => DataType::Boolean,
            Ty::BigInt => DataType::Int64,
            Ty::Decimal(p, s) => DataType::Decimal128(p, s as i8),
            Ty::Money => DataType::Decimal128(19, 4),
            Ty::Float => DataType::Float64,
            Ty::Date => DataType::Date32,
            Ty::DateTime | Ty::DateTime2(_) => DataType::Timestamp(TimeUnit::Microsecond, None),
            Ty::Text(_) => DataType::Utf8View,
        }
    }

    /// How values of the type leave the engine.
    pub(super) fn delivered(self) -> DataType {
        match self {
            Ty::Null | Ty::TinyInt | Ty::SmallInt | Ty::Int | Ty::BigInt => DataType::Int64,
            Ty::Text(_) => DataType::Utf8,
            other => other.arrow(),
        }
    }

    /// The T-SQL type of a stored column.
    pub(super) fn of_stored(data_type: &DataType) -> Option<Ty> {
        Some(match data_type {
            DataType::Boolean => Ty::Bit,
            DataType::Int32 => Ty::Int,
            DataType::Int64 => Ty::BigInt,
            DataType::Decimal128(p, s) if *s >= 0 => Ty::Decimal(*p, *s as u8),
            DataType::Float64 => Ty::Float,
            DataType::Date32 => Ty::Date,
            DataType::Timestamp(TimeUnit::Microsecond, None) => Ty::DateTime2(6),
            DataType::Utf8 | DataType::Utf8View | DataType::LargeUtf8 => Ty::Text(4000),
            _ => return None,
        })
    }

    pub(super) fn is_text(self) -> bool {
        matches!(self, Ty::Text(_))
    }

    pub(super) fn is_integer(self) -> bool {
        matches!(self, Ty::Bit | Ty::TinyInt | Ty::SmallInt | Ty::Int | Ty::BigInt)
    }

    pub(super) fn is_numeric(self) -> bool {
        self.is_integer() || matches!(self, Ty::Decimal(..) | Ty::Money | Ty::Float)
    }

    pub(super) fn is_moment(self) -> bool {
        matches!(self, Ty::Date | Ty::DateTime | Ty::DateTime2(_))
    }

    /// Smallest and largest value of an integer type.
    pub(super) fn range(self) -> (i64, i64) {
        match self {
            Ty::Bit => (0, 1),
            Ty::TinyInt => (0, 255),
            Ty::SmallInt => (i64::from(i16::MIN), i64::from(i16::MAX)),
            Ty::BigInt => (i64::MIN, i64::MAX),
            _ => (i64::from(i32::MIN), i64::from(i32::MAX)),
        }
    }

    /// Precision and scale the type has in decimal arithmetic.
    pub(super) fn as_decimal(self) -> Option<(u8, u8)> {
        Some(match self {
            Ty::Bit => (1, 0),
            Ty::TinyInt => (3, 0),
            Ty::SmallInt => (5, 0),
            Ty::Int | Ty::Null => (10, 0),
            Ty::BigInt => (19, 0),
            Ty::Decimal(p, s) => (p, s),
            Ty::Money => (19, 4),
            _ => return None,
        })
    }

    /// The scale of a number held as an integer.
    pub(super) fn scale(self) -> u8 {
        match self {
            Ty::Decimal(_, s) => s,
            Ty::Money => 4,
            _ => 0,
        }
    }

    /// The T-SQL name, for messages.
    pub(super) fn name(self) -> String {
        match self {
            Ty::Null => "NULL".into(),
            Ty::Bit => "bit".into(),
            Ty::TinyInt => "tinyint".into(),
            Ty::SmallInt => "smallint".into(),
            Ty::Int => "int".into(),
            Ty::BigInt => "bigint".into(),
            Ty::Decimal(p, s) => format!("decimal({p},{s})"),
            Ty::Money => "money".into(),
            Ty::Float => "float".into(),
            Ty::Date => "date".into(),
            Ty::DateTime => "datetime".into(),
            Ty::DateTime2(p) => format!("datetime2({p})"),
            Ty::Text(MAX_TEXT) => "nvarchar(max)".into(),
            Ty::Text(n) => format!("nvarchar({n})"),
        }
    }

    /// Place in T-SQL's order of precedence: the higher type of two wins.
    fn rank(self) -> u8 {
        match self {
            Ty::Null => 0,
            Ty::Text(_) => 1,
            Ty::Bit => 2,
            Ty::TinyInt => 3,
            Ty::SmallInt => 4,
            Ty::Int => 5,
            Ty::BigInt => 6,
            Ty::Money => 7,
            Ty::Decimal(..) => 8,
            Ty::Float => 9,
            Ty::Date => 10,
            Ty::DateTime => 11,
            Ty::DateTime2(_) => 12,
        }
    }
}

/// An expression of the plan with its T-SQL type.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Typed {
    pub(super) expr: Expr,
    pub(super) ty: Ty,
}

impl Typed {
    pub(super) fn new(expr: Expr, ty: Ty) -> Typed {
        Typed { expr, ty }
    }

    pub(super) fn literal(value: ScalarValue, ty: Ty) -> Typed {
        Typed { expr: Expr::Literal(value, None), ty }
    }

    pub(super) fn int(value: i32) -> Typed {
        Typed::literal(ScalarValue::Int32(Some(value)), Ty::Int)
    }

    pub(super) fn text(value: &str) -> Typed {
        let length = u32::try_from(value.encode_utf16().count()).unwrap_or(MAX_TEXT).max(1);
        Typed::literal(ScalarValue::Utf8View(Some(value.to_string())), Ty::Text(length))
    }

    pub(super) fn null(ty: Ty) -> Typed {
        let value = ScalarValue::try_from(&ty.arrow()).unwrap_or(ScalarValue::Null);
        Typed::literal(value, ty)
    }

    pub(super) fn constant(&self) -> Option<&ScalarValue> {
        if let Expr::Literal(value, _) = &self.expr { Some(value) } else { None }
    }

    /// The text of a text constant.
    pub(super) fn constant_text(&self) -> Option<&str> {
        match self.constant() {
            Some(ScalarValue::Utf8View(Some(text))) => Some(text),
            _ => None,
        }
    }

    /// The value of an integer constant.
    pub(super) fn constant_int(&self) -> Option<i64> {
        match self.constant() {
            Some(ScalarValue::Int32(Some(v))) => Some(i64::from(*v)),
            Some(ScalarValue::Int64(Some(v))) => Some(*v),
            _ => None,
        }
    }

    /// Precision and scale in decimal arithmetic. An integer constant counts only the
    /// digits it has.
    pub(super) fn as_decimal(&self) -> Option<(u8, u8)> {
        match self.constant_int() {
            Some(v) => Some((digits(v), 0)),
            None => self.ty.as_decimal(),
        }
    }
}

fn digits(value: i64) -> u8 {
    let mut rest = value.unsigned_abs() / 10;
    let mut count = 1;
    while rest > 0 {
        rest /= 10;
        count += 1;
    }
    count
}

/// The arithmetic operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Arith {
    Add,
    Sub,
    Mul,
    Div,
    Rem,
}

/// Precision and scale of a decimal calculation.
pub(super) fn decimal_result(op: Arith, left: (u8, u8), right: (u8, u8)) -> (u8, u8) {
    let (p1, s1, p2, s2) = (i32::from(left.0), i32::from(left.1), i32::from(right.0), i32::from(right.1));
    let (p, s) = match op {
        Arith::Add | Arith::Sub => {
            let scale = s1.max(s2);
            (scale + (p1 - s1).max(p2 - s2) + 1, scale)
        }
        Arith::Mul => (p1 + p2 + 1, s1 + s2),
        Arith::Div => {
            let scale = 6.max(s1 + p2 + 1);
            (p1 - s1 + s2 + scale, scale)
        }
        Arith::Rem => {
            let scale = s1.max(s2);
            ((p1 - s1).min(p2 - s2) + scale, scale)
        }
    };
    if p <= 38 {
        return (p as u8, s as u8);
    }
    let integral = p - s;
    let scale = match op {
        Arith::Mul | Arith::Div if integral < 32 => s.min(38 - integral),
        Arith::Mul | Arith::Div => s.min(6),
        // The place for a carry is given up before a decimal is.
        _ => s.min(38 - (integral - 1)),
    };
    (38, scale.clamp(0, 38) as u8)
}

/// The type two values take to be compared, chosen between or united.
pub(super) fn common(left: Ty, right: Ty) -> Result<Ty, EngineError> {
    use Ty::{Date, Decimal, Null, Text};
    Ok(match (left, right) {
        (a, b) if a == b => a,
        (Null, other) | (other, Null) => other,
        (Text(a), Text(b)) => Text(a.max(b)),
        (Decimal(..), b) | (b, Decimal(..)) if b.as_decimal().is_some() => {
            let (p1, s1) = left.as_decimal().unwrap_or((38, 0));
            let (p2, s2) = right.as_decimal().unwrap_or((38, 0));
            let scale = s1.max(s2);
            let precision = (p1 - s1).max(p2 - s2) + scale;
            if precision > 38 { Decimal(38, 38 - (p1 - s1).max(p2 - s2)) } else { Decimal(precision, scale) }
        }
        (Date, b) | (b, Date) if b.is_numeric() => {
            return Err(clash(left, right));
        }
        (a, b) => {
            if a.rank() >= b.rank() {
                a
            } else {
                b
            }
        }
    })
}

/// Operands that cannot meet (error 206 of SQL Server).
pub(super) fn clash(left: Ty, right: Ty) -> EngineError {
    EngineError::Invalid {
        detail: format!("206: operand type clash: {} is incompatible with {}", right.name(), left.name()),
    }
}
