//! Arithmetic: exact, checked, and with SQL Server's scales.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Decimal128Array, Int32Array, Int64Array};
use arrow::datatypes::i256;
use datafusion::logical_expr::ColumnarValue;

use super::super::types::{Arith, Ty};
use super::columns::{Val, array_of, typed};
use super::{Call, Op, calculation, divide_by_zero, overflow};
use crate::engine::EngineError;

/// Runs additions, subtractions and products of decimals and integers on whole columns.
pub(super) fn columns(
    call: &Call,
    values: &[ColumnarValue],
    rows: usize,
) -> Result<Option<ColumnarValue>, EngineError> {
    let (Op::Arith(op), [left, right], [l, r]) = (call.op, values, call.args.as_slice()) else {
        return Ok(None);
    };
    if matches!((left, right), (ColumnarValue::Scalar(_), ColumnarValue::Scalar(_))) {
        return Ok(None);
    }
    let array: ArrayRef = match (call.out, l, r) {
        (Ty::Decimal(..), Ty::Decimal(..), Ty::Decimal(..)) => {
            let (a, b) = (typed::<Decimal128Array>(&array_of(left)?)?, typed(&array_of(right)?)?);
            let exact = DecimalStep::new(op, l.scale(), r.scale(), call.out);
            let out = pairwise(rows, &a, &b, |x, y| exact.apply(x, y))?;
            let out: Decimal128Array = out.into_iter().collect();
            Arc::new(out.with_data_type(call.out.arrow()))
        }
        (Ty::Int, Ty::Int, Ty::Int) => {
            let (a, b) = (typed::<Int32Array>(&array_of(left)?)?, typed(&array_of(right)?)?);
            let out = pairwise(rows, &a, &b, |x, y| {
                let wide = integers(op, i64::from(x), i64::from(y), Ty::Int)?;
                i32::try_from(wide).map_err(|_| overflow(Ty::Int))
            })?;
            Arc::new(out.into_iter().collect::<Int32Array>())
        }
        (Ty::BigInt, Ty::BigInt, Ty::BigInt) => {
            let (a, b) = (typed::<Int64Array>(&array_of(left)?)?, typed(&array_of(right)?)?);
            let out = pairwise(rows, &a, &b, |x, y| integers(op, x, y, Ty::BigInt))?;
            Arc::new(out.into_iter().collect::<Int64Array>())
        }
        _ => return Ok(None),
    };
    Ok(Some(ColumnarValue::Array(array)))
}

/// Applies `f` to each pair of present values; an array of one value goes with every row.
fn pairwise<T, A>(
    rows: usize,
    left: &A,
    right: &A,
    f: impl Fn(T, T) -> Result<T, EngineError>,
) -> Result<Vec<Option<T>>, EngineError>
where
    for<'a> &'a A: arrow::array::ArrayAccessor<Item = T>,
{
    use arrow::array::ArrayAccessor;
    let (one_left, one_right) = (left.len() == 1, right.len() == 1);
    (0..rows)
        .map(|row| {
            let (i, j) = (if one_left { 0 } else { row }, if one_right { 0 } else { row });
            if left.is_null(i) || right.is_null(j) {
                return Ok(None);
            }
            f(left.value(i), right.value(j)).map(Some)
        })
        .collect()
}

fn integers(op: Arith, x: i64, y: i64, ty: Ty) -> Result<i64, EngineError> {
    match op {
        Arith::Add => x.checked_add(y),
        Arith::Sub => x.checked_sub(y),
        Arith::Mul => x.checked_mul(y),
        Arith::Div if y == 0 => return Err(divide_by_zero()),
        Arith::Rem if y == 0 => return Err(divide_by_zero()),
        Arith::Div => x.checked_div(y),
        Arith::Rem => Some(x.wrapping_rem(y)),
    }
    .ok_or_else(|| overflow(ty))
}

fn floats(op: Arith, x: f64, y: f64) -> Result<f64, EngineError> {
    Ok(match op {
        Arith::Add => x + y,
        Arith::Sub => x - y,
        Arith::Mul => x * y,
        Arith::Div if y == 0.0 => return Err(divide_by_zero()),
        Arith::Div => x / y,
        Arith::Rem => return Err(EngineError::Invalid { detail: "402: % does not take float".into() }),
    })
}

/// 10 to the power of `n`, for n ≤ 38.
pub(super) fn pow10(n: u8) -> i128 {
    10i128.checked_pow(u32::from(n)).unwrap_or(i128::MAX)
}

fn wide_pow10(n: u32) -> Option<i256> {
    i256::from_i128(10).checked_pow(n)
}

/// Whether the digits fit the precision of a decimal type.
pub(super) fn within(value: i128, ty: Ty) -> Result<i128, EngineError> {
    match ty {
        Ty::Decimal(p, _) if value.unsigned_abs() < pow10(p).unsigned_abs() => Ok(value),
        // Eight bytes hold it.
        Ty::Money if i64::try_from(value).is_ok() => Ok(value),
        _ => Err(overflow(ty)),
    }
}

/// A decimal calculation with its scales worked out once.
struct DecimalStep {
    op: Arith,
    s1: u8,
    s2: u8,
    out: Ty,
    // Factors that bring both sides to the larger scale.
    up1: i128,
    up2: i128,
}

impl DecimalStep {
    fn new(op: Arith, s1: u8, s2: u8, out: Ty) -> DecimalStep {
        let scale = s1.max(s2);
        DecimalStep { op, s1, s2, out, up1: pow10(scale - s1), up2: pow10(scale - s2) }
    }

    fn apply(&self, x: i128, y: i128) -> Result<i128, EngineError> {
        let fail = || overflow(self.out);
        let (s_out, larger) = (self.out.scale(), self.s1.max(self.s2));
        match self.op {
            Arith::Add | Arith::Sub => {
                let sides = x.checked_mul(self.up1).zip(y.checked_mul(self.up2));
                let sum = sides.and_then(|(a, b)| match self.op {
                    Arith::Add => a.checked_add(b),
                    _ => a.checked_sub(b),
                });
                match sum {
                    Some(sum) if larger == s_out => within(sum, self.out),
                    _ => self.wide(x, y),
                }
            }
            Arith::Mul => match x.checked_mul(y) {
                Some(product) if self.s1 + self.s2 == s_out => within(product, self.out),
                _ => self.wide(x, y),
            },
            Arith::Div | Arith::Rem if y == 0 => Err(divide_by_zero()),
            Arith::Div => self.divide(x, y),
            Arith::Rem => {
                let sides = x.checked_mul(self.up1).zip(y.checked_mul(self.up2));
                let (a, b) = sides.ok_or_else(fail)?;
                within(a.wrapping_rem(b), self.out)
            }
        }
    }

    /// The calculation in 256 bits, for scales that were reduced and large values.
    fn wide(&self, x: i128, y: i128) -> Result<i128, EngineError> {
        let (a, b) = (i256::from_i128(x), i256::from_i128(y));
        let fail = || overflow(self.out);
        let (exact, scale) = match self.op {
            Arith::Mul => (a.checked_mul(b).ok_or_else(fail)?, self.s1 + self.s2),
            _ => {
                let a = a.checked_mul(i256::from_i128(self.up1)).ok_or_else(fail)?;
                let b = b.checked_mul(i256::from_i128(self.up2)).ok_or_else(fail)?;
                let sum = if self.op == Arith::Add { a.checked_add(b) } else { a.checked_sub(b) };
                (sum.ok_or_else(fail)?, self.s1.max(self.s2))
            }
        };
        let down = wide_pow10(u32::from(scale.saturating_sub(self.out.scale()))).ok_or_else(fail)?;
        within(rounded_div(exact, down).to_i128().ok_or_else(fail)?, self.out)
    }

    /// Division cuts after the result's last place, as SQL Server does.
    fn divide(&self, x: i128, y: i128) -> Result<i128, EngineError> {
        let fail = || overflow(self.out);
        let shift = i32::from(self.out.scale()) - i32::from(self.s1) + i32::from(self.s2);
        if (0..=38).contains(&shift)
            && let Some(scaled) = x.checked_mul(pow10(shift as u8))
        {
            return within(scaled / y, self.out);
        }
        let (mut a, mut b) = (i256::from_i128(x), i256::from_i128(y));
        let factor = wide_pow10(shift.unsigned_abs()).ok_or_else(fail)?;
        if shift >= 0 {
            a = a.checked_mul(factor).ok_or_else(fail)?;
        } else {
            b = b.checked_mul(factor).ok_or_else(fail)?;
        }
        within(a.checked_div(b).and_then(i256::to_i128).ok_or_else(fail)?, self.out)
    }
}

/// Division that rounds half away from zero.
fn rounded_div(value: i256, by: i256) -> i256 {
    let quotient = value.wrapping_div(by);
    let rest = value.wrapping_rem(by).wrapping_abs();
    if rest.wrapping_add(rest) >= by && by > i256::ONE {
        let step = if value.is_negative() { i256::MINUS_ONE } else { i256::ONE };
        return quotient.wrapping_add(step);
    }
    quotient
}

/// One value's arithmetic.
pub(super) fn value<'a>(call: &Call, args: &[Val<'a>]) -> Result<Val<'a>, EngineError> {
    let scale = |i: usize| call.args.get(i).copied().unwrap_or(Ty::Null).scale();
    Ok(match (call.op, args) {
        (_, [Val::Null, ..] | [_, Val::Null]) => Val::Null,
        (Op::Arith(op), [Val::Int(x), Val::Int(y)]) => Val::Int(integers(op, *x, *y, call.out)?),
        (Op::Arith(op), [Val::Float(x), Val::Float(y)]) => Val::Float(floats(op, *x, *y)?),
        (Op::Arith(op), [Val::Dec(x), Val::Dec(y)]) => {
            Val::Dec(DecimalStep::new(op, scale(0), scale(1), call.out).apply(*x, *y)?)
        }
        (Op::Negate, [Val::Int(x)]) => Val::Int(x.checked_neg().ok_or_else(|| overflow(call.out))?),
        (Op::Negate, [Val::Dec(x)]) => Val::Dec(x.wrapping_neg()),
        (Op::Negate, [Val::Float(x)]) => Val::Float(-x),
        (Op::Average, [Val::Int(sum), Val::Int(count)]) => {
            if *count == 0 {
                Val::Null
            } else {
                Val::Int(sum / count)
            }
        }
        (Op::Average, [Val::Dec(sum), Val::Int(count)]) => {
            if *count == 0 {
                return Ok(Val::Null);
            }
            let step = DecimalStep::new(Arith::Div, scale(0), 0, call.out);
            Val::Dec(step.apply(*sum, i128::from(*count))?)
        }
        (Op::Level { limit }, [Val::Int(level)]) => {
            if *level > i64::from(limit) {
                return Err(calculation(530, &format!("the recursion went deeper than {limit} levels")));
            }
            Val::Int(*level)
        }
        _ => return Err(EngineError::Internal { detail: "arithmetic on other types".into() }),
    })
}
