//! Reading arguments and building results value by value.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BooleanArray, BooleanBuilder, Date32Array, Date32Builder, Decimal128Array,
    Decimal128Builder, Float64Array, Float64Builder, Int32Array, Int32Builder, Int64Array, Int64Builder,
    StringViewArray, StringViewBuilder, TimestampMicrosecondArray, TimestampMicrosecondBuilder,
};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::ColumnarValue;

use super::super::types::Ty;
use super::{Call, overflow};
use crate::engine::EngineError;

/// One value. Decimals are whole numbers of their type's last place.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) enum Val<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Dec(i128),
    Float(f64),
    /// Days since 1970-01-01.
    Date(i32),
    /// Microseconds since 1970-01-01, without zone.
    Ts(i64),
    Text(Cow<'a, str>),
}

impl Val<'_> {
    pub(super) fn text(text: String) -> Val<'static> {
        Val::Text(Cow::Owned(text))
    }
}

enum Column {
    Null,
    Bool(BooleanArray),
    Int32(Int32Array),
    Int64(Int64Array),
    Dec(Decimal128Array),
    Float(Float64Array),
    Date(Date32Array),
    Ts(TimestampMicrosecondArray),
    Text(StringViewArray),
}

fn internal(words: &str) -> EngineError {
    EngineError::Internal { detail: words.to_string() }
}

/// The array as the type the binder promised.
pub(super) fn typed<T: Array + Clone + 'static>(array: &ArrayRef) -> Result<T, EngineError> {
    array.as_any().downcast_ref::<T>().cloned().ok_or_else(|| internal("a column is not of its type"))
}

pub(super) fn array_of(value: &ColumnarValue) -> Result<ArrayRef, EngineError> {
    match value {
        ColumnarValue::Array(array) => Ok(Arc::clone(array)),
        ColumnarValue::Scalar(scalar) => scalar.to_array().map_err(|e| internal(&e.to_string())),
    }
}

fn column(value: &ColumnarValue, ty: Ty) -> Result<Column, EngineError> {
    let array = array_of(value)?;
    Ok(match ty {
        Ty::Null => Column::Null,
        Ty::Bit => Column::Bool(typed(&array)?),
        Ty::TinyInt | Ty::SmallInt | Ty::Int => Column::Int32(typed(&array)?),
        Ty::BigInt => Column::Int64(typed(&array)?),
        Ty::Decimal(..) | Ty::Money => Column::Dec(typed(&array)?),
        Ty::Float => Column::Float(typed(&array)?),
        Ty::Date => Column::Date(typed(&array)?),
        Ty::DateTime | Ty::DateTime2(_) => Column::Ts(typed(&array)?),
        Ty::Text(_) => Column::Text(typed(&array)?),
    })
}

impl Column {
    fn value(&self, row: usize) -> Val<'_> {
        macro_rules! at {
            ($array:expr, $wrap:expr) => {
                if $array.is_null(row) { Val::Null } else { $wrap($array.value(row)) }
            };
        }
        match self {
            Column::Null => Val::Null,
            Column::Bool(a) => at!(a, Val::Bool),
            Column::Int32(a) => at!(a, |v| Val::Int(i64::from(v))),
            Column::Int64(a) => at!(a, Val::Int),
            Column::Dec(a) => at!(a, Val::Dec),
            Column::Float(a) => at!(a, Val::Float),
            Column::Date(a) => at!(a, Val::Date),
            Column::Ts(a) => at!(a, Val::Ts),
            Column::Text(a) => at!(a, |v| Val::Text(Cow::Borrowed(v))),
        }
    }
}

/// Evaluates the call row by row; on constants alone, once.
pub(super) fn by_value(
    call: &Call,
    values: &[ColumnarValue],
    rows: usize,
) -> Result<ColumnarValue, EngineError> {
    let constant = values.iter().all(|v| matches!(v, ColumnarValue::Scalar(_)));
    let rows = if constant { 1 } else { rows };
    let columns: Vec<(Column, bool)> = values
        .iter()
        .zip(&call.args)
        .map(|(value, ty)| Ok((column(value, *ty)?, matches!(value, ColumnarValue::Scalar(_)))))
        .collect::<Result<_, EngineError>>()?;
    let mut out = Builder::new(call.out, rows);
    let mut args = Vec::with_capacity(columns.len());
    for row in 0..rows {
        args.clear();
        args.extend(columns.iter().map(|(c, single)| c.value(if *single { 0 } else { row })));
        out.push(call.value(&args)?)?;
    }
    let array = out.finish();
    if constant {
        let value = ScalarValue::try_from_array(&array, 0).map_err(|e| internal(&e.to_string()))?;
        return Ok(ColumnarValue::Scalar(value));
    }
    Ok(ColumnarValue::Array(array))
}

/// Builds a result column of a type.
pub(super) struct Builder {
    ty: Ty,
    inner: Inner,
}

enum Inner {
    Bool(BooleanBuilder),
    Int32(Int32Builder),
    Int64(Int64Builder),
    Dec(Decimal128Builder),
    Float(Float64Builder),
    Date(Date32Builder),
    Ts(TimestampMicrosecondBuilder),
    Text(StringViewBuilder),
}

impl Builder {
    pub(super) fn new(ty: Ty, rows: usize) -> Builder {
        let inner = match ty {
            Ty::Bit => Inner::Bool(BooleanBuilder::with_capacity(rows)),
            Ty::Null | Ty::TinyInt | Ty::SmallInt | Ty::Int => {
                Inner::Int32(Int32Builder::with_capacity(rows))
            }
            Ty::BigInt => Inner::Int64(Int64Builder::with_capacity(rows)),
            Ty::Decimal(..) | Ty::Money => {
                Inner::Dec(Decimal128Builder::with_capacity(rows).with_data_type(ty.arrow()))
            }
            Ty::Float => Inner::Float(Float64Builder::with_capacity(rows)),
            Ty::Date => Inner::Date(Date32Builder::with_capacity(rows)),
            Ty::DateTime | Ty::DateTime2(_) => Inner::Ts(TimestampMicrosecondBuilder::with_capacity(rows)),
            Ty::Text(_) => Inner::Text(StringViewBuilder::with_capacity(rows)),
        };
        Builder { ty, inner }
    }

    pub(super) fn push(&mut self, value: Val<'_>) -> Result<(), EngineError> {
        match (&mut self.inner, value) {
            (Inner::Bool(b), Val::Bool(v)) => b.append_value(v),
            (Inner::Int32(b), Val::Int(v)) => {
                let (low, high) = self.ty.range();
                match i32::try_from(v) {
                    Ok(small) if v >= low && v <= high => b.append_value(small),
                    _ => return Err(overflow(self.ty)),
                }
            }
            (Inner::Int64(b), Val::Int(v)) => b.append_value(v),
            (Inner::Dec(b), Val::Dec(v)) => b.append_value(v),
            (Inner::Float(b), Val::Float(v)) => {
                if !v.is_finite() {
                    return Err(overflow(self.ty));
                }
                b.append_value(v);
            }
            (Inner::Date(b), Val::Date(v)) => b.append_value(v),
            (Inner::Ts(b), Val::Ts(v)) => b.append_value(v),
            (Inner::Text(b), Val::Text(v)) => b.append_value(v),
            (inner, Val::Null) => match inner {
                Inner::Bool(b) => b.append_null(),
                Inner::Int32(b) => b.append_null(),
                Inner::Int64(b) => b.append_null(),
                Inner::Dec(b) => b.append_null(),
                Inner::Float(b) => b.append_null(),
                Inner::Date(b) => b.append_null(),
                Inner::Ts(b) => b.append_null(),
                Inner::Text(b) => b.append_null(),
            },
            _ => return Err(internal("a function gave a value of another type")),
        }
        Ok(())
    }

    pub(super) fn finish(self) -> ArrayRef {
        match self.inner {
            Inner::Bool(mut b) => Arc::new(b.finish()),
            Inner::Int32(mut b) => Arc::new(b.finish()),
            Inner::Int64(mut b) => Arc::new(b.finish()),
            Inner::Dec(mut b) => Arc::new(b.finish()),
            Inner::Float(mut b) => Arc::new(b.finish()),
            Inner::Date(mut b) => Arc::new(b.finish()),
            Inner::Ts(mut b) => Arc::new(b.finish()),
            Inner::Text(mut b) => Arc::new(b.finish()),
        }
    }
}
