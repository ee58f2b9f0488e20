//! Values brought to one type, and arithmetic typed as T-SQL types it.

use datafusion::logical_expr::{Case, Expr, Operator, cast};

use super::super::ops::{Op, Part, call, joined_length};
use super::super::types::{Arith, Ty, Typed, clash, common, decimal_result};
use super::{Bind, invalid, unsupported};

/// Brings a value to a type as T-SQL does unasked.
pub(super) fn coerce(value: Typed, to: Ty) -> Bind<Typed> {
    if value.ty == to {
        return Ok(value);
    }
    match (value.ty, to) {
        (Ty::Null, _) => {
            return Ok(if value.constant().is_some() {
                Typed::null(to)
            } else {
                Typed::new(cast(value.expr, to.arrow()), to)
            });
        }
        (_, Ty::Null) => return Ok(value),
        (Ty::Text(a), Ty::Text(b)) if b >= a => return Ok(Typed::new(value.expr, to)),
        (a, Ty::Date) if a.is_numeric() => return Err(clash(value.ty, to)),
        _ => {}
    }
    if value.constant().is_none() && widens(value.ty, to) {
        return Ok(Typed::new(cast(value.expr, to.arrow()), to));
    }
    Ok(call(Op::Cast { style: None, lenient: false }, vec![value], to))
}

/// Whether every value of one type is one of the other, so that Arrow's own conversion
/// cannot fail or round.
pub(super) fn widens(from: Ty, to: Ty) -> bool {
    match (from, to) {
        (Ty::TinyInt | Ty::SmallInt | Ty::Int, Ty::Int | Ty::BigInt | Ty::Float) => true,
        (Ty::Date, Ty::DateTime | Ty::DateTime2(_)) => true,
        (Ty::DateTime, Ty::DateTime2(6 | 7)) => true,
        (_, Ty::Decimal(p2, s2)) => from
            .as_decimal()
            .is_some_and(|(p1, s1)| !matches!(from, Ty::Bit | Ty::Null) && s2 >= s1 && p2 - s2 >= p1 - s1),
        _ => false,
    }
}

/// An arithmetic operation, typed as T-SQL types it.
pub(super) fn arithmetic(op: Arith, left: Typed, right: Typed) -> Bind<Typed> {
    match (left.ty, right.ty) {
        (Ty::Text(_), Ty::Text(_) | Ty::Null) | (Ty::Null, Ty::Text(_)) => {
            if op != Arith::Add {
                return Err(invalid("8117: texts can only be added"));
            }
            let length = joined_length(&[left.ty, right.ty]);
            let (left, right) = (coerce(left, Ty::Text(length))?, coerce(right, Ty::Text(length))?);
            return Ok(call(Op::Join, vec![left, right], Ty::Text(length)));
        }
        (a, b) if a.is_moment() || b.is_moment() => return days_added(op, left, right),
        (Ty::Text(_), other) => return arithmetic(op, coerce(left, other)?, right),
        (other, Ty::Text(_)) => {
            let right = coerce(right, other)?;
            return arithmetic(op, left, right);
        }
        _ => {}
    }
    let money = |ty: Ty| ty == Ty::Money;
    let exact = |ty: Ty| money(ty) || ty.is_integer() || ty == Ty::Null;
    if (money(left.ty) || money(right.ty)) && exact(left.ty) && exact(right.ty) {
        return money_arithmetic(op, left, right);
    }
    if left.ty == Ty::Float || right.ty == Ty::Float {
        let (left, right) = (coerce(left, Ty::Float)?, coerce(right, Ty::Float)?);
        return Ok(call(Op::Arith(op), vec![left, right], Ty::Float));
    }
    if [left.ty, right.ty].iter().any(|ty| matches!(ty, Ty::Decimal(..) | Ty::Money)) {
        let (Some(l), Some(r)) = (left.as_decimal(), right.as_decimal()) else {
            return Err(clash(left.ty, right.ty));
        };
        let (p, s) = decimal_result(op, l, r);
        let (left, right) = (coerce(left, Ty::Decimal(l.0, l.1))?, coerce(right, Ty::Decimal(r.0, r.1))?);
        return Ok(call(Op::Arith(op), vec![left, right], Ty::Decimal(p, s)));
    }
    let ty = match common(left.ty, right.ty)? {
        Ty::Null | Ty::Bit => Ty::Int,
        other => other,
    };
    let (left, right) = (coerce(left, ty)?, coerce(right, ty)?);
    Ok(call(Op::Arith(op), vec![left, right], ty))
}

/// Amounts of money among themselves and with whole numbers: four places, quotients cut off.
fn money_arithmetic(op: Arith, left: Typed, right: Typed) -> Bind<Typed> {
    let (left, right) = (coerce(left, Ty::Decimal(19, 4))?, coerce(right, Ty::Decimal(19, 4))?);
    let scale = if op == Arith::Mul { 8 } else { 4 };
    coerce(call(Op::Arith(op), vec![left, right], Ty::Decimal(38, scale)), Ty::Money)
}

/// `datetime + days`: only `datetime` takes part in additions.
fn days_added(op: Arith, left: Typed, right: Typed) -> Bind<Typed> {
    let (moment, days) = match (left.ty, right.ty, op) {
        (Ty::DateTime, d, Arith::Add | Arith::Sub) if d.is_integer() => (left, right),
        (d, Ty::DateTime, Arith::Add) if d.is_integer() => (right, left),
        (Ty::DateTime, Ty::Decimal(..) | Ty::Float | Ty::DateTime | Ty::Text(_), _) => {
            return Err(unsupported("datetime + datetime"));
        }
        (l, r, _) => return Err(clash(l, r)),
    };
    let days = coerce(days, Ty::BigInt)?;
    let days = if op == Arith::Sub { call(Op::Negate, vec![days], Ty::BigInt) } else { days };
    Ok(call(Op::DateAdd(Part::Day), vec![days, moment], Ty::DateTime))
}

/// The type of the value that one of several becomes.
pub(super) fn common_type(values: &[Typed]) -> Bind<Ty> {
    values.iter().try_fold(Ty::Null, |ty, v| common(ty, v.ty))
}

/// `CASE` with its results brought to one type.
pub(super) fn case_of(conditions: Vec<Expr>, results: Vec<Typed>, otherwise: Option<Typed>) -> Bind<Typed> {
    let mut all = results.clone();
    all.extend(otherwise.clone());
    let ty = common_type(&all)?;
    if ty == Ty::Null {
        return Err(invalid("8133: at least one result of CASE must be more than NULL"));
    }
    let mut when_then_expr = Vec::with_capacity(results.len());
    for (condition, result) in conditions.into_iter().zip(results) {
        when_then_expr.push((Box::new(condition), Box::new(coerce(result, ty)?.expr)));
    }
    let else_expr = otherwise.map(|v| coerce(v, ty)).transpose()?.map(|v| Box::new(v.expr));
    Ok(Typed::new(Expr::Case(Case { expr: None, when_then_expr, else_expr }), ty))
}

/// A calculation with the bits of whole numbers.
pub(super) fn bits(op: Operator, left: Typed, right: Typed) -> Bind<Typed> {
    let ty = match common(left.ty, right.ty)? {
        ty @ (Ty::TinyInt | Ty::SmallInt | Ty::Int | Ty::BigInt) => ty,
        Ty::Null => Ty::Int,
        other => return Err(invalid(format!("402: {} has no bits to calculate with", other.name()))),
    };
    let (left, right) = (coerce(left, ty)?, coerce(right, ty)?);
    Ok(Typed::new(datafusion::logical_expr::binary_expr(left.expr, op, right.expr), ty))
}
