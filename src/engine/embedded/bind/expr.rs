//! Values: names, literals, operators, `CASE`, `CAST`.

use datafusion::common::ScalarValue;
use datafusion::logical_expr::{Case, Expr, LogicalPlanBuilder, cast, scalar_subquery};
use sqlparser::ast;

use super::super::ops::{Op, Part, call, joined_length};
use super::super::types::{Arith, MAX_TEXT, Ty, Typed, clash, common, decimal_result};
use super::apply::{bare, is_row};
use super::predicate::{Comparison, compare};
use super::scope::Scope;
use super::{Bind, Binder, built, invalid, unsupported};
use crate::engine::EngineError;

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
fn widens(from: Ty, to: Ty) -> bool {
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
    if left.ty == Ty::Float || right.ty == Ty::Float {
        let (left, right) = (coerce(left, Ty::Float)?, coerce(right, Ty::Float)?);
        return Ok(call(Op::Arith(op), vec![left, right], Ty::Float));
    }
    if matches!(left.ty, Ty::Decimal(..)) || matches!(right.ty, Ty::Decimal(..)) {
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
        scope.inside_aggregate.set(true);
        let raw = self.scalar_at_depth(expr, scope);
        scope.inside_aggregate.set(false);
        *scope.windows.borrow_mut() = windows;
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
            E::Collate { .. } => Err(unsupported("COLLATE")),
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

    fn cast(
        &self,
        expr: &ast::Expr,
        data_type: &ast::DataType,
        style: Option<&ast::Expr>,
        lenient: bool,
        default_length: u32,
        scope: &Scope<'_>,
    ) -> Bind<Typed> {
        let value = self.scalar(expr, scope)?;
        // `char(n)` is a text filled up with blanks.
        let filled = match data_type {
            ast::DataType::Char(length) | ast::DataType::Character(length) => {
                Some(sql_type(&ast::DataType::Varchar(*length), default_length)?)
            }
            _ => None,
        };
        let to = match filled {
            Some(ty) => ty,
            None => sql_type(data_type, default_length)?,
        };
        let style = match style {
            None => None,
            Some(style) => {
                let style = self.scalar(style, scope)?.constant_int().and_then(|n| u16::try_from(n).ok());
                Some(style.ok_or_else(|| unsupported("CONVERT (style that is not a literal)"))?)
            }
        };
        let value = explicit(value, to, style, lenient)?;
        Ok(match (filled, to) {
            (Some(_), Ty::Text(n)) if n <= 8000 => call(Op::Pad(n), vec![value], to),
            _ => value,
        })
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
        self.risk("(SELECT …)");
        let inner = self.query(query, &scope.env, Some(scope), false)?;
        let [column] = inner.cols.as_slice() else {
            return Err(invalid("116: a query used as a value needs exactly one column"));
        };
        let ty = column.ty;
        let plan = built(LogicalPlanBuilder::from(inner.plan).project([column.column()]))?;
        Ok(Typed::new(scalar_subquery(std::sync::Arc::new(plan)), ty))
    }
}

/// `CAST` and `CONVERT`.
fn explicit(value: Typed, to: Ty, style: Option<u16>, lenient: bool) -> Bind<Typed> {
    let styled = style.filter(|_| value.ty.is_moment() || to.is_moment());
    if style.is_some_and(|s| s != 0) && styled.is_none() {
        return Err(unsupported(format!("CONVERT(…, {})", style.unwrap_or_default())));
    }
    let allowed = match (value.ty, to) {
        (a, b) if a.is_numeric() && b == Ty::Date => false,
        (a, b) if a.is_moment() && b.is_numeric() => {
            return Err(unsupported(format!("CAST({} AS {})", a.name(), b.name())));
        }
        (a, b) if a.is_numeric() && b.is_moment() => a.is_integer() && b == Ty::DateTime,
        _ => true,
    };
    if !allowed {
        return Err(invalid(format!("529: {} cannot be converted to {}", value.ty.name(), to.name())));
    }
    if styled.is_none() && value.constant().is_none() && (value.ty == to || widens(value.ty, to)) {
        return coerce(value, to);
    }
    if value.ty == Ty::Null {
        return Ok(Typed::null(to));
    }
    Ok(call(Op::Cast { style: styled, lenient }, vec![value], to))
}

/// A literal.
fn literal(value: &ast::Value) -> Bind<Typed> {
    Ok(match value {
        ast::Value::Number(text, _) => number(text)?,
        ast::Value::SingleQuotedString(text) | ast::Value::NationalStringLiteral(text) => Typed::text(text),
        ast::Value::Null => Typed::null(Ty::Null),
        other => return Err(unsupported(other.to_string())),
    })
}

fn number(text: &str) -> Bind<Typed> {
    let wrong = || invalid(format!("102: {text} is not a number"));
    if text.contains(['e', 'E']) {
        let value: f64 = text.parse().map_err(|_| wrong())?;
        return Ok(Typed::literal(ScalarValue::Float64(Some(value)), Ty::Float));
    }
    if let Ok(value) = text.parse::<i32>() {
        return Ok(Typed::int(value));
    }
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let whole = whole.trim_start_matches('0');
    let scale = u8::try_from(fraction.len()).map_err(|_| wrong())?;
    let precision = u8::try_from(whole.len() + fraction.len()).map_err(|_| wrong())?.max(1).max(scale);
    if precision > 38 {
        return Err(EngineError::Calculation { detail: format!("1007: {text} has too many digits") });
    }
    let value: i128 = format!("0{whole}{fraction}").parse().map_err(|_| wrong())?;
    let ty = Ty::Decimal(precision, scale);
    Ok(Typed::literal(ScalarValue::Decimal128(Some(value), precision, scale as i8), ty))
}

/// The type a T-SQL type name means.
pub(super) fn sql_type(data_type: &ast::DataType, default_length: u32) -> Bind<Ty> {
    use ast::DataType as D;
    let length = |l: &Option<ast::CharacterLength>| match l {
        None => Ok(default_length),
        Some(ast::CharacterLength::Max) => Ok(MAX_TEXT),
        Some(ast::CharacterLength::IntegerLength { length, .. }) => u32::try_from(*length)
            .ok()
            .filter(|n| (1..=8000).contains(n))
            .ok_or_else(|| invalid("131: no such length")),
    };
    let exact = |info: &ast::ExactNumberInfo| {
        let (p, s) = match info {
            ast::ExactNumberInfo::None => (18, 0),
            ast::ExactNumberInfo::Precision(p) => (*p, 0),
            ast::ExactNumberInfo::PrecisionAndScale(p, s) => (*p, *s),
        };
        match (u8::try_from(p), u8::try_from(s)) {
            (Ok(p), Ok(s)) if (1..=38).contains(&p) && s <= p => Ok(Ty::Decimal(p, s)),
            _ => Err(invalid("1002: no such precision or scale")),
        }
    };
    Ok(match data_type {
        D::TinyInt(None) => Ty::TinyInt,
        D::SmallInt(None) => Ty::SmallInt,
        D::Int(None) | D::Integer(None) => Ty::Int,
        D::BigInt(None) => Ty::BigInt,
        D::Bit(None) => Ty::Bit,
        D::Numeric(info) | D::Decimal(info) | D::Dec(info) => exact(info)?,
        D::Float(ast::ExactNumberInfo::None) | D::DoublePrecision => Ty::Float,
        D::Float(ast::ExactNumberInfo::Precision(p)) if *p > 24 && *p <= 53 => Ty::Float,
        D::Date => Ty::Date,
        D::Datetime(None) => Ty::DateTime,
        D::Varchar(l) | D::Nvarchar(l) | D::CharVarying(l) | D::CharacterVarying(l) => Ty::Text(length(l)?),
        D::Custom(name, args) if name.to_string().eq_ignore_ascii_case("datetime2") => {
            match args.as_slice() {
                [] => Ty::DateTime2(7),
                [p] => match p.parse() {
                    Ok(p) if p <= 7 => Ty::DateTime2(p),
                    _ => return Err(invalid("1002: no such precision")),
                },
                _ => return Err(invalid("1002: no such precision")),
            }
        }
        other => return Err(unsupported(other.to_string())),
    })
}
