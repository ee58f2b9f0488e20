//! Which columns of a `SELECT` tell its rows apart, as far as its text shows.

use sqlparser::ast::{Distinct, Expr, GroupByExpr, Select, SelectItem, WindowType};

use super::call::name;
use super::columns::named;
use super::shape::{Column, Source};

/// The keys of a `SELECT` that gives `columns`: its groups, its row numbers, its distinct
/// columns, and the keys of its only source.
pub(super) fn of(select: &Select, sources: &[Source], columns: &[Column]) -> Vec<Vec<usize>> {
    let Some(items) = places(select, sources) else { return Vec::new() };
    let place = |expr: &Expr| {
        items.iter().find(|(item, _)| item.is_some_and(|item| same(item, expr))).map(|(_, place)| *place)
    };
    let mut keys: Vec<Vec<usize>> = Vec::new();
    match &select.group_by {
        GroupByExpr::Expressions(groups, modifiers) if modifiers.is_empty() && !groups.is_empty() => {
            keys.extend(groups.iter().map(place).collect::<Option<Vec<_>>>());
        }
        GroupByExpr::Expressions(groups, _) if groups.is_empty() => {
            keys.extend(inherited(select, sources, &items));
        }
        _ => {}
    }
    for (item, at) in &items {
        if let Some(partition) = item.and_then(row_number)
            && let Some(mut key) = partition.iter().map(place).collect::<Option<Vec<_>>>()
        {
            key.push(*at);
            keys.push(key);
        }
    }
    if matches!(select.distinct, Some(Distinct::Distinct)) && !columns.is_empty() {
        keys.push((0..columns.len()).collect());
    }
    keys
}

/// The expressions of a `SELECT` list with the places of their columns; those that a `*` gives
/// have none. `None` where a `*` stands for columns that are not known.
fn places<'s>(select: &'s Select, sources: &[Source]) -> Option<Vec<(Option<&'s Expr>, usize)>> {
    let mut items = Vec::new();
    let mut at = 0;
    for item in &select.projection {
        let width = match item {
            SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => {
                items.push((Some(expr), at));
                1
            }
            SelectItem::Wildcard(_) => sources.iter().map(|source| source.shape.columns.len()).sum(),
            SelectItem::QualifiedWildcard(kind, _) => {
                let of_source = sources.iter().filter(|source| source.name == named(kind));
                of_source.map(|source| source.shape.columns.len()).sum()
            }
            SelectItem::ExprWithAliases { .. } => return None,
        };
        if width == 0 {
            return None;
        }
        at += width;
    }
    Some(items)
}

/// The partition of a `ROW_NUMBER()`.
fn row_number(expr: &Expr) -> Option<&[Expr]> {
    match expr {
        Expr::Function(function) if name(function) == "ROW_NUMBER" => match &function.over {
            Some(WindowType::WindowSpec(spec)) => Some(&spec.partition_by),
            _ => None,
        },
        _ => None,
    }
}

/// The keys of the only source, where their columns come through.
fn inherited(select: &Select, sources: &[Source], items: &[(Option<&Expr>, usize)]) -> Vec<Vec<usize>> {
    let [source] = sources else { return Vec::new() };
    if select.from.len() != 1 || select.from.iter().any(|from| !from.joins.is_empty()) {
        return Vec::new();
    }
    // A `*` at the head gives the columns their own places.
    let is_whole = matches!(
        select.projection.first(),
        Some(SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(_, _))
    );
    let through = |column: &usize| {
        if is_whole {
            return Some(*column);
        }
        let name = &source.shape.columns.get(*column)?.name;
        items.iter().find(|(item, _)| item.and_then(column_name).as_ref() == Some(name)).map(|(_, at)| *at)
    };
    source.shape.keys.iter().filter_map(|key| key.iter().map(through).collect()).collect()
}

/// Two ways to write one column, or the same expression.
fn same(one: &Expr, other: &Expr) -> bool {
    match (column_name(one), column_name(other)) {
        (Some(one), Some(other)) => one == other,
        _ => one == other,
    }
}

fn column_name(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Identifier(ident) => Some(ident.value.to_uppercase()),
        Expr::CompoundIdentifier(parts) => parts.last().map(|ident| ident.value.to_uppercase()),
        _ => None,
    }
}
