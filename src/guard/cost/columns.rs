//! The rows and columns that a `SELECT` gives.

use sqlparser::ast::{
    Distinct, Expr, GroupByExpr, Ident, Select, SelectItem, SelectItemQualifiedWildcardKind, TopQuantity,
    Value, Visit,
};

use super::MAX_PRODUCT;
use super::call::{arguments, name};
use super::own::Own;
use super::shape::{Column, Rows, Source};
use crate::guard::functions::{self, Form};

/// The rows of a `SELECT` whose groups are `grouped`, after `DISTINCT` and `TOP`.
pub(super) fn limited(select: &Select, columns: &[Column], grouped: Rows) -> Rows {
    let mut rows = grouped;
    if matches!(select.distinct, Some(Distinct::Distinct)) {
        rows = bounded(rows, columns.iter().map(|column| column.values));
    }
    if let Some(top) = select.top.as_ref().filter(|top| !top.percent && !top.with_ties) {
        let most = match &top.quantity {
            Some(TopQuantity::Constant(most)) => Some(*most),
            Some(TopQuantity::Expr(expr)) => whole(expr),
            None => None,
        };
        rows = most.map_or(rows, |most| rows.at_most(most));
    }
    rows
}

/// A literal whole number.
pub(super) fn whole(expr: &Expr) -> Option<u64> {
    match expr {
        Expr::Value(value) => match &value.value {
            Value::Number(digits, _) => digits.parse().ok(),
            _ => None,
        },
        Expr::Nested(inner) => whole(inner),
        _ => None,
    }
}

/// The rows of a `SELECT` over a join of `rows`, after its grouping.
pub(super) fn grouped(select: &Select, sources: &[Source], rows: Rows) -> Rows {
    let GroupByExpr::Expressions(keys, modifiers) = &select.group_by else { return rows };
    if keys.is_empty() {
        return if aggregates(&select.projection) || aggregates(&select.having) {
            rows.at_most(1)
        } else {
            rows
        };
    }
    let with_totals = !modifiers.is_empty();
    let mut values = Vec::new();
    for key in keys {
        match key {
            Expr::Rollup(sets) | Expr::Cube(sets) | Expr::GroupingSets(sets) => {
                // Each column also has its total row.
                let inner = sets
                    .iter()
                    .flatten()
                    .map(|column| distinct(column, sources).map(|n| n.saturating_add(1)));
                values.extend(inner);
            }
            Expr::Tuple(columns) => values.extend(columns.iter().map(|column| distinct(column, sources))),
            key => values.push(distinct(key, sources).map(|n| n.saturating_add(u64::from(with_totals)))),
        }
    }
    bounded(rows, values.into_iter())
}

/// The rows that distinct combinations of these values can give.
fn bounded(rows: Rows, values: impl Iterator<Item = Option<u64>>) -> Rows {
    let combinations =
        values.into_iter().try_fold(1u64, |product, values| Some(product.saturating_mul(values?)));
    match combinations {
        Some(combinations) if combinations <= MAX_PRODUCT => rows.at_most(combinations),
        _ => rows,
    }
}

/// The columns of a `SELECT` over `sources`; `length` gives the length of an expression's text.
pub(super) fn projected(select: &Select, sources: &[Source], length: impl Fn(&Expr) -> u64) -> Vec<Column> {
    let column =
        |name: String, expr: &Expr| Column { name, values: distinct(expr, sources), length: length(expr) };
    let mut columns = Vec::new();
    for item in &select.projection {
        match item {
            SelectItem::UnnamedExpr(expr) => {
                let name = last_name(expr).map(|ident| ident.value.to_uppercase()).unwrap_or_default();
                columns.push(column(name, expr));
            }
            SelectItem::ExprWithAlias { expr, alias } => {
                columns.push(column(alias.value.to_uppercase(), expr));
            }
            SelectItem::QualifiedWildcard(kind, _) => {
                let of_source = sources.iter().filter(|source| source.name == named(kind));
                columns.extend(of_source.flat_map(|source| source.shape.columns.iter().cloned()));
            }
            SelectItem::Wildcard(_) => {
                columns.extend(sources.iter().flat_map(|source| source.shape.columns.iter().cloned()));
            }
            SelectItem::ExprWithAliases { .. } => {}
        }
    }
    columns
}

/// The source that a `source.*` names, in upper case.
pub(super) fn named(kind: &SelectItemQualifiedWildcardKind) -> Option<String> {
    match kind {
        SelectItemQualifiedWildcardKind::ObjectName(name) => {
            name.0.last().and_then(|part| part.as_ident()).map(|ident| ident.value.to_uppercase())
        }
        SelectItemQualifiedWildcardKind::Expr(_) => None,
    }
}

fn last_name(expr: &Expr) -> Option<&Ident> {
    match expr {
        Expr::Identifier(ident) => Some(ident),
        Expr::CompoundIdentifier(parts) => parts.last(),
        _ => None,
    }
}

/// The most distinct values an expression can have.
fn distinct(expr: &Expr, sources: &[Source]) -> Option<u64> {
    match expr {
        Expr::Identifier(ident) => of_column(None, &ident.value, sources),
        Expr::CompoundIdentifier(parts) => match parts.as_slice() {
            [.., table, column] => of_column(Some(&table.value), &column.value, sources),
            _ => None,
        },
        Expr::Value(_) => Some(1),
        Expr::Nested(inner) => distinct(inner, sources),
        Expr::Case { conditions, else_result, .. } => {
            let results = conditions.iter().map(|arm| &arm.result).chain(else_result.as_deref());
            results
                .map(|result| distinct(result, sources))
                .try_fold(1u64, |sum, n| Some(sum.saturating_add(n?)))
        }
        Expr::Function(function) => match name(function) {
            "YEAR" => Some(30),
            "MONTH" => Some(12),
            "DAY" => Some(31),
            "DATEPART" | "DATENAME" => date_part(arguments(function).first()?),
            _ => None,
        },
        _ => None,
    }
}

fn date_part(part: &Expr) -> Option<u64> {
    let Expr::Identifier(part) = part else { return None };
    Some(match part.value.to_ascii_uppercase().as_str() {
        "YEAR" | "YY" | "YYYY" => 30,
        "QUARTER" | "QQ" | "Q" => 4,
        "MONTH" | "MM" | "M" => 12,
        "DAY" | "DD" | "D" => 31,
        "WEEK" | "WK" | "WW" | "ISO_WEEK" | "ISOWK" | "ISOWW" => 54,
        "WEEKDAY" | "DW" => 7,
        "DAYOFYEAR" | "DY" | "Y" => 366,
        _ => return None,
    })
}

fn of_column(table: Option<&str>, column: &str, sources: &[Source]) -> Option<u64> {
    let (table, column) = (table.map(str::to_uppercase), column.to_uppercase());
    let named = sources.iter().filter(|source| table.is_none() || source.name == table);
    let mut columns = named.flat_map(|source| &source.shape.columns).filter(|known| known.name == column);
    let first = columns.next()?.values;
    // Where several sources have such a column, the largest bound is the safe one.
    columns.try_fold(first?, |most, other| Some(most.max(other.values?)))
}

/// Whether a part of a `SELECT` calls an aggregate that is not a window function.
fn aggregates<V: Visit>(part: &V) -> bool {
    let aggregate = |expr: &Expr| {
        let Expr::Function(function) = expr else { return false };
        let form = functions::allowed(name(function)).map(|(_, form)| form);
        function.over.is_none() && matches!(form, Some(Form::Aggregate | Form::Ordered))
    };
    Own::new(aggregate).is_in(part)
}
