//! Values: names, operators, `CASE`, queries used as values.

use datafusion::logical_expr::{LogicalPlanBuilder, Operator, scalar_subquery};
use sqlparser::ast;

use super::super::ops::{Op, call};
use super::super::types::{Arith, Ty, Typed};
use super::apply::{bare, is_row};
use super::arith::{arithmetic, bits, case_of, coerce};
use super::convert::collated;
use super::lateral::joins_by_itself;
use super::literal::literal;
use super::predicate::{Comparison, compare};
use super::scope::Scope;
use super::{Bind, Binder, built, invalid, unsupported};

impl<'c> Binder<'c> {
    /// Binds a value.
    pub(super) fn scalar(&self, expr: &ast::Expr, scope: &Scope<'_>) -> Bind<Typed> {
        self.deeper(|| {
            if let Some(key) = self.grouped_expression(expr, scope) {
                return Ok(key);
            }
            self.scalar_at_depth(expr, scope)
        })
    }

    /// The key of a grouped query that a whole expression is.
    fn grouped_expression(&self, expr: &ast::Expr, scope: &Scope<'_>) -> Option<Typed> {
        use ast::Expr as E;
        let simple =
            matches!(expr, E::Value(_) | E::Identifier(_) | E::CompoundIdentifier(_) | E::Subquery(_));
        if simple || !scope.grouped() || super::group::contains_aggregate(expr) {
            return None;
        }
        // Looked at as it is before grouping; nothing it finds on the way is kept.
        let windows = scope.windows.borrow_mut().take();
        let laterals = scope.laterals.borrow_mut().take();
        scope.inside_aggregate.set(true);
        let raw = self.scalar_at_depth(expr, scope);
        scope.inside_aggregate.set(false);
        *scope.windows.borrow_mut() = windows;
        *scope.laterals.borrow_mut() = laterals;
        let raw = raw.ok()?;
        scope.grouping.borrow().as_ref()?.key(&raw.expr)
    }

    fn scalar_at_depth(&self, expr: &ast::Expr, scope: &Scope<'_>) -> Bind<Typed> {
        use ast::Expr as E;
        match expr {
            E::Nested(inner) => self.scalar(inner, scope),
            E::Identifier(name) => scope.resolve(None, &name.value),
            E::CompoundIdentifier(parts) => match parts.as_slice() {
                [.., table, name] => scope.resolve(Some(&table.value), &name.value),
                _ => Err(invalid("4104: an empty name")),
            },
            E::Value(value) => literal(&value.value),
            E::UnaryOp { op: ast::UnaryOperator::Plus, expr } => self.scalar(expr, scope),
            E::UnaryOp { op: ast::UnaryOperator::Minus, expr } => self.negated(expr, scope),
            E::UnaryOp { op: ast::UnaryOperator::BitwiseNot, expr } => {
                let value = self.scalar(expr, scope)?;
                let all = coerce(Typed::int(-1), if value.ty == Ty::BigInt { Ty::BigInt } else { Ty::Int })?;
                bits(Operator::BitwiseXor, value, all)
            }
            E::BinaryOp { left, op, right } => {
                let op = match op {
                    ast::BinaryOperator::Plus => Arith::Add,
                    ast::BinaryOperator::Minus => Arith::Sub,
                    ast::BinaryOperator::Multiply => Arith::Mul,
                    ast::BinaryOperator::Divide => Arith::Div,
                    ast::BinaryOperator::Modulo => Arith::Rem,
                    other if Comparison::of(other).is_some() => {
                        return Err(invalid("102: a condition is not a value"));
                    }
                    ast::BinaryOperator::BitwiseAnd => {
                        return self.bits(Operator::BitwiseAnd, left, right, scope);
                    }
                    ast::BinaryOperator::BitwiseOr => {
                        return self.bits(Operator::BitwiseOr, left, right, scope);
                    }
                    ast::BinaryOperator::BitwiseXor => {
                        return self.bits(Operator::BitwiseXor, left, right, scope);
                    }
                    other => return Err(unsupported(other.to_string())),
                };
                arithmetic(op, self.scalar(left, scope)?, self.scalar(right, scope)?)
            }
            E::Case { operand, conditions, else_result, .. } => {
                self.case(operand.as_deref(), conditions, else_result.as_deref(), scope)
            }
            E::Cast { kind, expr, data_type, array: false, format: None } => {
                let lenient = match kind {
                    ast::CastKind::Cast => false,
                    ast::CastKind::TryCast => true,
                    _ => return Err(unsupported("::")),
                };
                self.cast(expr, data_type, None, lenient, 30, scope)
            }
            E::Convert { is_try, expr, data_type: Some(data_type), charset: None, styles, .. } => {
                self.cast(expr, data_type, styles.first(), *is_try, 30, scope)
            }
            E::Function(function) => self.function(function, scope),
            E::Floor { expr, .. } => self.whole_number(Op::Floor, expr, scope),
            E::Ceil { expr, .. } => self.whole_number(Op::Ceiling, expr, scope),
            E::Substring { expr, substring_from: Some(from), substring_for: Some(count), .. } => {
                let args =
                    [expr, from, count].into_iter().map(|e| self.scalar(e, scope)).collect::<Bind<_>>()?;
                super::function::substring(args)
            }
            E::Trim { trim_where, trim_what, expr, trim_characters: None } => {
                self.trim(trim_where.as_ref(), trim_what.as_deref(), expr, scope)
            }
            E::Subquery(query) => self.scalar_query(query, scope),
            E::Collate { expr, collation } => {
                collated(self.scalar(expr, scope)?, &collation.to_string().to_uppercase())
            }
            E::AtTimeZone { .. } => Err(unsupported("AT TIME ZONE")),
            E::IsNull(_)
            | E::IsNotNull(_)
            | E::Between { .. }
            | E::InList { .. }
            | E::Like { .. }
            | E::Exists { .. } => Err(invalid("102: a condition is not a value")),
            other => Err(unsupported(super::query::first_word(&other.to_string()))),
        }
    }

    fn bits(&self, op: Operator, left: &ast::Expr, right: &ast::Expr, scope: &Scope<'_>) -> Bind<Typed> {
        bits(op, self.scalar(left, scope)?, self.scalar(right, scope)?)
    }

    fn negated(&self, expr: &ast::Expr, scope: &Scope<'_>) -> Bind<Typed> {
        let value = self.scalar(expr, scope)?;
        let value = match value.ty {
            Ty::Text(_) | Ty::Bit | Ty::Null | Ty::TinyInt => coerce(value, Ty::Int)?,
            ty if ty.is_moment() => return Err(invalid(format!("8117: {} has no sign", ty.name()))),
            _ => value,
        };
        let ty = value.ty;
        Ok(call(Op::Negate, vec![value], ty))
    }

    fn case(
        &self,
        operand: Option<&ast::Expr>,
        whens: &[ast::CaseWhen],
        otherwise: Option<&ast::Expr>,
        scope: &Scope<'_>,
    ) -> Bind<Typed> {
        let operand = operand.map(|o| self.scalar(o, scope)).transpose()?;
        let mut conditions = Vec::with_capacity(whens.len());
        let mut results = Vec::with_capacity(whens.len());
        for when in whens {
            conditions.push(match &operand {
                Some(operand) => {
                    compare(Comparison::Equal, operand.clone(), self.scalar(&when.condition, scope)?)?
                }
                None => self.predicate(&when.condition, scope)?,
            });
            results.push(self.scalar(&when.result, scope)?);
        }
        let otherwise = otherwise.map(|e| self.scalar(e, scope)).transpose()?;
        case_of(conditions, results, otherwise)
    }

    fn scalar_query(&self, query: &ast::Query, scope: &Scope<'_>) -> Bind<Typed> {
        // One row that only calculates is its expression, as in `ORDER BY (SELECT NULL)`.
        if let ast::SetExpr::Select(select) = query.body.as_ref()
            && bare(query)
            && is_row(select)
            && let [ast::SelectItem::UnnamedExpr(expr)] = select.projection.as_slice()
            && !matches!(expr, ast::Expr::BinaryOp { op: ast::BinaryOperator::Eq, .. })
        {
            return self.scalar(expr, scope);
        }
        let inner = self.query(query, &scope.env, Some(scope), false)?;
        let [column] = inner.cols.as_slice() else {
            return Err(invalid("116: a query used as a value needs exactly one column"));
        };
        let ty = column.ty;
        if !joins_by_itself(&inner.plan)
            && let Some(joined) = self.later(query, &inner, ty, scope)
        {
            return Ok(joined);
        }
        self.risk("(SELECT …)");
        let plan = built(LogicalPlanBuilder::from(inner.plan).project([column.column()]))?;
        Ok(Typed::new(scalar_subquery(std::sync::Arc::new(plan)), ty))
    }
}
