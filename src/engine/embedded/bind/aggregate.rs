//! Aggregates, as groups and as windows use them.

use arrow::datatypes::DataType;
use datafusion::functions_aggregate::{
    average::avg_udaf, count::count_udaf, first_last::first_value_udaf, min_max, percentile_cont, stddev,
    string_agg, sum::sum_udaf, variance,
};
use datafusion::logical_expr::expr::{AggregateFunction, NullTreatment, Sort};
use datafusion::logical_expr::{AggregateUDF, Expr, cast, lit};
use sqlparser::ast;

use std::sync::Arc;

use super::super::ops::{Op, PercentileDisc, call};
use super::super::types::{MAX_TEXT, Ty, Typed};
use super::arith::coerce;
use super::group::equality;
use super::order::{SortItem, ordering};
use super::scope::Scope;
use super::{Bind, Binder, invalid, unsupported};

/// A plain aggregate of the engine behind, to be placed in a group or a window.
pub(super) struct Plain {
    pub(super) function: Arc<AggregateUDF>,
    pub(super) args: Vec<Expr>,
    pub(super) distinct: bool,
    pub(super) order: Vec<Sort>,
    pub(super) nulls: Option<NullTreatment>,
}

impl Plain {
    fn new(function: Arc<AggregateUDF>, args: Vec<Expr>, distinct: bool) -> Plain {
        Plain { function, args, distinct, order: Vec::new(), nulls: None }
    }

    pub(super) fn expr(self) -> Expr {
        let f =
            AggregateFunction::new_udf(self.function, self.args, self.distinct, None, self.order, self.nulls);
        Expr::AggregateFunction(f)
    }
}

/// `COUNT(*)`.
pub(super) fn count_rows() -> Expr {
    Plain::new(count_udaf(), vec![lit(1i64)], false).expr()
}

/// Places a plain aggregate and gives the column of its value.
pub(super) type Place<'p> = &'p mut dyn FnMut(Plain) -> Bind<Expr>;

/// The argument of an aggregate.
enum Argument {
    Rows,
    Value(Typed),
}

impl<'c> Binder<'c> {
    /// An aggregate over the groups of a scope.
    pub(super) fn group_aggregate(&self, name: &str, f: &ast::Function, scope: &Scope<'_>) -> Bind<Typed> {
        if scope.inside_aggregate.get() {
            return Err(invalid("130: an aggregate cannot stand inside an aggregate"));
        }
        if scope.grouping.borrow().is_none() {
            // An aggregate of the query around, which the server would allow.
            return Err(match scope.parent {
                Some(_) => unsupported(format!("{name} (…)")),
                None => invalid(format!("147: {name} is not allowed here")),
            });
        }
        let mut place = |plain: Plain| {
            let id = self.id();
            let mut grouping = scope.grouping.borrow_mut();
            let grouping = grouping.as_mut().ok_or_else(|| invalid("147: no group"))?;
            Ok(grouping.aggregate(plain.expr(), id))
        };
        scope.inside_aggregate.set(true);
        let arguments = self.aggregate_arguments(name, f, scope);
        let order = f.within_group.iter().map(|o| self.sort_expr(o, scope)).collect::<Bind<Vec<SortItem>>>();
        scope.inside_aggregate.set(false);
        self.aggregate(name, arguments?, order?, &mut place)
    }

    /// The arguments of an aggregate, and whether `DISTINCT` stands before them.
    pub(super) fn aggregate_arguments(
        &self,
        name: &str,
        f: &ast::Function,
        scope: &Scope<'_>,
    ) -> Bind<(Vec<Option<Typed>>, bool)> {
        let list = match &f.args {
            ast::FunctionArguments::List(list) if list.clauses.is_empty() => list,
            _ => return Err(unsupported(name)),
        };
        if f.filter.is_some() {
            return Err(unsupported("FILTER"));
        }
        let distinct = matches!(list.duplicate_treatment, Some(ast::DuplicateTreatment::Distinct));
        let args = list
            .args
            .iter()
            .map(|arg| match arg {
                ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Expr(e)) => self.scalar(e, scope).map(Some),
                ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Wildcard) => Ok(None),
                _ => Err(unsupported(name)),
            })
            .collect::<Bind<Vec<_>>>()?;
        Ok((args, distinct))
    }

    /// Works an aggregate out of plain ones, with T-SQL's result type.
    pub(super) fn aggregate(
        &self,
        name: &str,
        (args, distinct): (Vec<Option<Typed>>, bool),
        order: Vec<SortItem>,
        place: Place<'_>,
    ) -> Bind<Typed> {
        let mut args = args.into_iter();
        let first = match args.next() {
            Some(Some(value)) => Argument::Value(value),
            Some(None) => Argument::Rows,
            None => return Err(invalid(format!("174: {name} needs an argument"))),
        };
        let rest: Vec<Typed> = args.flatten().collect();
        match (name, first) {
            ("COUNT" | "COUNT_BIG", argument) => count(name, argument, distinct, place),
            (_, Argument::Rows) => Err(invalid(format!("102: {name}(*) does not exist"))),
            ("SUM", Argument::Value(v)) => sum(v, distinct, place),
            ("AVG", Argument::Value(v)) => average(v, distinct, place),
            ("MIN", Argument::Value(v)) => extreme(v, false, place),
            ("MAX", Argument::Value(v)) => extreme(v, true, place),
            ("STDEV", Argument::Value(v)) => spread(stddev::stddev_udaf(), v, distinct, place),
            ("STDEVP", Argument::Value(v)) => spread(stddev::stddev_pop_udaf(), v, distinct, place),
            ("VAR", Argument::Value(v)) => spread(variance::var_samp_udaf(), v, distinct, place),
            ("VARP", Argument::Value(v)) => spread(variance::var_pop_udaf(), v, distinct, place),
            ("STRING_AGG", Argument::Value(v)) => joined(v, &rest, order, place),
            // An exact number is one of those that an approximation may give.
            ("APPROX_COUNT_DISTINCT", argument @ Argument::Value(_)) => {
                count("COUNT_BIG", argument, true, place)
            }
            ("PERCENTILE_CONT" | "APPROX_PERCENTILE_CONT", Argument::Value(v)) => {
                percentile(&v, order, place)
            }
            ("PERCENTILE_DISC" | "APPROX_PERCENTILE_DISC", Argument::Value(v)) => {
                percentile_of_values(&v, order, place)
            }
            _ => Err(unsupported(name)),
        }
    }
}

fn count(name: &str, argument: Argument, distinct: bool, place: Place<'_>) -> Bind<Typed> {
    let arg = match argument {
        Argument::Rows => lit(1i64),
        Argument::Value(v) if distinct => equality(&v),
        Argument::Value(v) => v.expr,
    };
    let column = place(Plain::new(count_udaf(), vec![arg], distinct))?;
    let big = Typed::new(column, Ty::BigInt);
    Ok(if name == "COUNT" { call(Op::Cast { style: None, lenient: false }, vec![big], Ty::Int) } else { big })
}

fn operand(name: &str, ty: Ty) -> crate::engine::EngineError {
    invalid(format!("8117: {} is not a type for {name}", ty.name()))
}

/// The sum as a wide exact number: value and type.
fn wide_sum(v: Typed, distinct: bool, place: Place<'_>) -> Bind<Typed> {
    let (arg, held) = match v.ty {
        Ty::TinyInt | Ty::SmallInt | Ty::Int | Ty::Null => (cast(v.expr, DataType::Int64), Ty::BigInt),
        Ty::BigInt => (cast(v.expr, DataType::Decimal128(20, 0)), Ty::Decimal(38, 0)),
        // Ten digits are added to the precision: sums of such values cannot overflow.
        Ty::Decimal(p, s) if p <= 28 => (v.expr, Ty::Decimal(38, s)),
        Ty::Decimal(p, s) => (cast(v.expr, DataType::Decimal256(p, s as i8)), Ty::Decimal(38, s)),
        Ty::Money => (v.expr, Ty::Decimal(38, 4)),
        Ty::Float => (v.expr, Ty::Float),
        other => return Err(operand("SUM", other)),
    };
    let column = place(Plain::new(sum_udaf(), vec![arg], distinct))?;
    let column = if matches!(held, Ty::Decimal(..)) { cast(column, held.arrow()) } else { column };
    Ok(Typed::new(column, held))
}

fn sum(v: Typed, distinct: bool, place: Place<'_>) -> Bind<Typed> {
    let out = match v.ty {
        Ty::TinyInt | Ty::SmallInt | Ty::Int | Ty::Null => Ty::Int,
        Ty::BigInt => Ty::BigInt,
        Ty::Decimal(_, s) => Ty::Decimal(38, s),
        other => other,
    };
    let wide = wide_sum(v, distinct, place)?;
    Ok(if wide.ty == out { wide } else { call(Op::Cast { style: None, lenient: false }, vec![wide], out) })
}

fn average(v: Typed, distinct: bool, place: Place<'_>) -> Bind<Typed> {
    let (ty, value) = (v.ty, v.expr.clone());
    if ty == Ty::Float {
        return Ok(Typed::new(place(Plain::new(avg_udaf(), vec![value], distinct))?, Ty::Float));
    }
    let sum = wide_sum(v, distinct, place)?;
    let count = Typed::new(place(Plain::new(count_udaf(), vec![value], distinct))?, Ty::BigInt);
    Ok(match ty {
        Ty::Decimal(_, s) => call(Op::Average, vec![sum, count], Ty::Decimal(38, s.max(6))),
        Ty::Money => {
            let average = call(Op::Average, vec![sum, count], Ty::Decimal(38, 4));
            call(Op::Cast { style: None, lenient: false }, vec![average], Ty::Money)
        }
        Ty::BigInt => {
            let average = call(Op::Average, vec![sum, count], Ty::Decimal(38, 0));
            call(Op::Cast { style: None, lenient: false }, vec![average], Ty::BigInt)
        }
        _ => call(Op::Average, vec![sum, count], Ty::Int),
    })
}

fn extreme(v: Typed, largest: bool, place: Place<'_>) -> Bind<Typed> {
    if v.ty == Ty::Bit {
        return Err(operand(if largest { "MAX" } else { "MIN" }, Ty::Bit));
    }
    if v.ty.is_text() {
        // The first by the collation's order, as it is stored.
        let key = call(Op::SortKey, vec![v.clone()], v.ty).expr;
        let plain = Plain {
            function: first_value_udaf(),
            args: vec![v.expr],
            distinct: false,
            order: vec![Sort::new(key, !largest, false)],
            nulls: Some(NullTreatment::IgnoreNulls),
        };
        return Ok(Typed::new(place(plain)?, v.ty));
    }
    let function = if largest { min_max::max_udaf() } else { min_max::min_udaf() };
    Ok(Typed::new(place(Plain::new(function, vec![v.expr], false))?, v.ty))
}

fn spread(function: Arc<AggregateUDF>, v: Typed, distinct: bool, place: Place<'_>) -> Bind<Typed> {
    if distinct {
        return Err(unsupported("STDEV/VAR (DISTINCT)"));
    }
    if !v.ty.is_numeric() {
        return Err(operand("STDEV/VAR", v.ty));
    }
    let v = coerce(v, Ty::Float)?;
    Ok(Typed::new(place(Plain::new(function, vec![v.expr], false))?, Ty::Float))
}

fn joined(v: Typed, rest: &[Typed], order: Vec<SortItem>, place: Place<'_>) -> Bind<Typed> {
    let [separator] = rest else { return Err(invalid("174: STRING_AGG needs two arguments")) };
    let Some(separator) = separator.constant_text() else {
        return Err(unsupported("STRING_AGG (separator that is not a literal)"));
    };
    let length = if v.ty == Ty::Text(MAX_TEXT) { MAX_TEXT } else { 4000 };
    let text = if v.ty.is_text() { v } else { coerce(v, Ty::Text(4000))? };
    let args = vec![cast(text.expr, DataType::Utf8), lit(separator)];
    let order = order.into_iter().map(ordering).collect();
    let plain = Plain { function: string_agg::string_agg_udaf(), args, distinct: false, order, nulls: None };
    Ok(Typed::new(cast(place(plain)?, DataType::Utf8View), Ty::Text(length)))
}

/// The first value, in its order, at which so large a share of the values lies.
fn percentile_of_values(fraction: &Typed, order: Vec<SortItem>, place: Place<'_>) -> Bind<Typed> {
    let (item, p) = percentile_parts(fraction, order)?;
    if item.value.ty.is_text() {
        return Err(unsupported("PERCENTILE_DISC (text)"));
    }
    let plain = Plain::new(PercentileDisc::aggregate(p, item.ascending), vec![item.value.expr], false);
    Ok(Typed::new(place(plain)?, item.value.ty))
}

fn percentile(fraction: &Typed, order: Vec<SortItem>, place: Place<'_>) -> Bind<Typed> {
    let (item, p) = percentile_parts(fraction, order)?;
    let value = coerce(item.value, Ty::Float)?;
    let p = if item.ascending { p } else { 1.0 - p };
    let plain = Plain::new(percentile_cont::percentile_cont_udaf(), vec![value.expr, lit(p)], false);
    Ok(Typed::new(place(plain)?, Ty::Float))
}

/// The one value of `WITHIN GROUP`, and the fraction.
fn percentile_parts(fraction: &Typed, order: Vec<SortItem>) -> Bind<(SortItem, f64)> {
    let Ok([item]) = <[SortItem; 1]>::try_from(order) else {
        return Err(invalid("10754: PERCENTILE_CONT needs WITHIN GROUP (ORDER BY one value)"));
    };
    let fraction = coerce(fraction.clone(), Ty::Float)?;
    let Some(datafusion::common::ScalarValue::Float64(Some(p))) = fraction.constant().cloned() else {
        return Err(unsupported("PERCENTILE_CONT (fraction that is not a literal)"));
    };
    if !(0.0..=1.0).contains(&p) {
        return Err(invalid("10753: the fraction lies between 0 and 1"));
    }
    Ok((item, p))
}
