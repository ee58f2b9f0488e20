//! Conditions.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{
    Expr, and, cast, exists, in_subquery, lit, not, not_exists, not_in_subquery, or, when,
};
use sqlparser::ast;

use super::super::ops::{Op, accent_blind, call, may_fail};
use super::super::types::{Ty, Typed, common};
use super::arith::coerce;
use super::group::equality;
use super::scope::Scope;
use super::{Bind, Binder, invalid, unsupported};

/// The comparison operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    pub(super) fn of(op: &ast::BinaryOperator) -> Option<Comparison> {
        Some(match op {
            ast::BinaryOperator::Eq => Comparison::Equal,
            ast::BinaryOperator::NotEq => Comparison::NotEqual,
            ast::BinaryOperator::Lt => Comparison::Less,
            ast::BinaryOperator::LtEq => Comparison::LessOrEqual,
            ast::BinaryOperator::Gt => Comparison::Greater,
            ast::BinaryOperator::GtEq => Comparison::GreaterOrEqual,
            _ => return None,
        })
    }

    fn apply(self, left: Expr, right: Expr) -> Expr {
        match self {
            Comparison::Equal => left.eq(right),
            Comparison::NotEqual => left.not_eq(right),
            Comparison::Less => left.lt(right),
            Comparison::LessOrEqual => left.lt_eq(right),
            Comparison::Greater => left.gt(right),
            Comparison::GreaterOrEqual => left.gt_eq(right),
        }
    }
}

/// Brings two values to where they can be compared: texts by the collation, numbers
/// exactly, a text beside another type as that type.
pub(super) fn comparable(left: Typed, right: Typed, ordered: bool) -> Bind<(Expr, Expr)> {
    let (left, right) = (literal_as(left, &right.clone()), right);
    let (right, left) = (literal_as(right, &left.clone()), left);
    let ty = common(left.ty, right.ty)?;
    if let Ty::Decimal(..) = ty {
        let scale = left.ty.scale().max(right.ty.scale());
        if ty.scale() < scale {
            let wide = DataType::Decimal256(76, scale as i8);
            return Ok((cast(left.expr, wide.clone()), cast(right.expr, wide)));
        }
    }
    let (left, right) = (coerce(left, ty)?, coerce(right, ty)?);
    if ty.is_text() {
        let (left, right) = same_collation(left, right);
        if ordered {
            let key = |v: Typed| call(Op::SortKey, vec![v], ty).expr;
            return Ok((key(left), key(right)));
        }
        return Ok((equality(&left), equality(&right)));
    }
    Ok((left.expr, right.expr))
}

/// Two texts of which one is compared without accents are both compared so.
fn same_collation(left: Typed, right: Typed) -> (Typed, Typed) {
    match accent_blind(&left).or(accent_blind(&right)) {
        Some(spanish) => {
            let plain = |text: Typed| {
                let ty = text.ty;
                call(Op::Plain { spanish }, vec![text], ty)
            };
            (plain(left), plain(right))
        }
        None => (left, right),
    }
}

/// A whole or decimal constant takes the other side's type where it fits exactly.
fn literal_as(value: Typed, other: &Typed) -> Typed {
    let (Some(_), true, true) = (value.constant(), value.ty.is_numeric(), other.ty.is_numeric()) else {
        return value;
    };
    if value.ty == other.ty || matches!(other.ty, Ty::Float | Ty::Bit) || value.ty == Ty::Float {
        return value;
    }
    let exact = call(Op::Cast { style: None, lenient: false }, vec![value.clone()], other.ty);
    let back = call(Op::Cast { style: None, lenient: false }, vec![exact.clone()], value.ty);
    if exact.constant().is_some_and(|v| *v != ScalarValue::Null) && back.constant() == value.constant() {
        exact
    } else {
        value
    }
}

/// A comparison of two values.
pub(super) fn compare(op: Comparison, left: Typed, right: Typed) -> Bind<Expr> {
    let ordered = !matches!(op, Comparison::Equal | Comparison::NotEqual);
    let (left, right) = comparable(left, right, ordered)?;
    Ok(op.apply(left, right))
}

/// `left AND right`. A right side that can fail is worked out only where the left is
/// not false, as SQL Server does in practice.
pub(super) fn both(left: Expr, right: Expr) -> Expr {
    if !may_fail(&right) {
        return and(left, right);
    }
    // Whole numbers, because the optimiser turns a CASE of conditions back into an AND.
    let number = when(right.clone(), lit(1i32)).when(not(right.clone()), lit(0i32)).end();
    let guarded = number.and_then(|n| when(left.clone().is_not_false(), n).end());
    match guarded {
        Ok(guarded) => and(left, guarded.eq(lit(1i32))),
        Err(_) => and(left, right),
    }
}

impl<'c> Binder<'c> {
    /// Binds a condition.
    pub(super) fn predicate(&self, expr: &ast::Expr, scope: &Scope<'_>) -> Bind<Expr> {
        self.deeper(|| self.predicate_at_depth(expr, scope))
    }

    fn predicate_at_depth(&self, expr: &ast::Expr, scope: &Scope<'_>) -> Bind<Expr> {
        use ast::Expr as E;
        match expr {
            E::Nested(inner) => self.predicate(inner, scope),
            E::BinaryOp { left, op: ast::BinaryOperator::And, right } => {
                Ok(both(self.predicate(left, scope)?, self.predicate(right, scope)?))
            }
            E::BinaryOp { left, op: ast::BinaryOperator::Or, right } => {
                Ok(or(self.predicate(left, scope)?, self.predicate(right, scope)?))
            }
            E::UnaryOp { op: ast::UnaryOperator::Not, expr } => Ok(not(self.predicate(expr, scope)?)),
            E::BinaryOp { left, op, right } => match Comparison::of(op) {
                Some(op) => compare(op, self.scalar(left, scope)?, self.scalar(right, scope)?),
                None => Err(invalid("4145: a condition is expected")),
            },
            E::IsNull(inner) => Ok(self.scalar(inner, scope)?.expr.is_null()),
            E::IsNotNull(inner) => Ok(self.scalar(inner, scope)?.expr.is_not_null()),
            E::Between { expr, negated, low, high } => {
                let value = self.scalar(expr, scope)?;
                let low = compare(Comparison::GreaterOrEqual, value.clone(), self.scalar(low, scope)?)?;
                let high = compare(Comparison::LessOrEqual, value, self.scalar(high, scope)?)?;
                Ok(negate(and(low, high), *negated))
            }
            E::InList { expr, list, negated } => self.in_list(expr, list, *negated, scope),
            E::Like { negated, any: false, expr, pattern, escape_char } => {
                let like = self.like(expr, pattern, escape_char.as_ref(), scope)?;
                Ok(negate(like, *negated))
            }
            E::IsDistinctFrom(left, right) => self.distinct_from(left, right, true, scope),
            E::IsNotDistinctFrom(left, right) => self.distinct_from(left, right, false, scope),
            E::Exists { subquery, negated } => {
                self.risk("EXISTS (…)");
                let inner = self.query(subquery, &scope.env, Some(scope), false)?;
                let plan = std::sync::Arc::new(inner.plan);
                Ok(if *negated { not_exists(plan) } else { exists(plan) })
            }
            E::InSubquery { expr, subquery, negated } => self.in_query(expr, subquery, *negated, scope),
            E::AnyOp { .. } | E::AllOp { .. } => Err(unsupported("ANY/ALL")),
            _ => Err(invalid("4145: a condition is expected")),
        }
    }

    fn in_list(&self, expr: &ast::Expr, list: &[ast::Expr], negated: bool, scope: &Scope<'_>) -> Bind<Expr> {
        let value = self.scalar(expr, scope)?;
        let items = list.iter().map(|e| self.scalar(e, scope)).collect::<Bind<Vec<_>>>()?;
        let mut pairs = Vec::with_capacity(items.len());
        for item in items {
            pairs.push(comparable(value.clone(), item, false)?);
        }
        let same = pairs.windows(2).all(|w| matches!(w, [a, b] if a.0 == b.0));
        if same && let Some((left, _)) = pairs.first().cloned() {
            let right = pairs.into_iter().map(|p| p.1).collect();
            return Ok(datafusion::logical_expr::in_list(left, right, negated));
        }
        let any = pairs.into_iter().map(|(l, r)| l.eq(r)).reduce(or);
        any.map(|e| negate(e, negated)).ok_or_else(|| invalid("102: IN needs values"))
    }

    fn like(
        &self,
        expr: &ast::Expr,
        pattern: &ast::Expr,
        escape: Option<&ast::ValueWithSpan>,
        scope: &Scope<'_>,
    ) -> Bind<Expr> {
        let as_text = |v: Typed| if v.ty.is_text() { Ok(v) } else { coerce(v, Ty::Text(4000)) };
        let (text, pattern) =
            same_collation(as_text(self.scalar(expr, scope)?)?, as_text(self.scalar(pattern, scope)?)?);
        let mut args = vec![text, pattern];
        match escape.map(|e| &e.value) {
            None => {}
            Some(ast::Value::SingleQuotedString(e) | ast::Value::NationalStringLiteral(e))
                if e.chars().count() == 1 =>
            {
                args.push(Typed::text(e));
            }
            Some(_) => return Err(invalid("506: ESCAPE takes one character")),
        }
        Ok(call(Op::Like, args, Ty::Bit).expr)
    }

    fn distinct_from(
        &self,
        left: &ast::Expr,
        right: &ast::Expr,
        distinct: bool,
        scope: &Scope<'_>,
    ) -> Bind<Expr> {
        use datafusion::logical_expr::{Operator, binary_expr};
        let (left, right) = comparable(self.scalar(left, scope)?, self.scalar(right, scope)?, false)?;
        let op = if distinct { Operator::IsDistinctFrom } else { Operator::IsNotDistinctFrom };
        Ok(binary_expr(left, op, right))
    }

    fn in_query(&self, expr: &ast::Expr, query: &ast::Query, negated: bool, scope: &Scope<'_>) -> Bind<Expr> {
        self.risk("IN (SELECT …)");
        let value = self.scalar(expr, scope)?;
        let inner = self.query(query, &scope.env, Some(scope), false)?;
        let [column] = inner.cols.as_slice() else {
            return Err(invalid("116: the query after IN needs exactly one column"));
        };
        let other = Typed::new(column.column(), column.ty);
        let (left, right) = comparable(value, other, false)?;
        let id = self.id();
        let plan = datafusion::logical_expr::LogicalPlanBuilder::from(inner.plan).project([right.alias(id)]);
        let plan = std::sync::Arc::new(super::built(plan)?);
        Ok(if negated { not_in_subquery(left, plan) } else { in_subquery(left, plan) })
    }
}

fn negate(expr: Expr, negated: bool) -> Expr {
    if negated { not(expr) } else { expr }
}
