//! Whether a condition ties two sources together.

use std::collections::HashSet;
use std::ops::ControlFlow;

use sqlparser::ast::{BinaryOperator, Expr, Function, Query, Select, TableFactor, Visit, Visitor};
use sqlparser::tokenizer::Span;

use super::call::{arguments, name};
use super::on;
use super::own::Own;
use super::shape::Source;
use super::varying::varies;
use crate::guard::functions::{self, Form};

/// Whether `condition` demands an equality between `new` and `old` sources.
pub(super) fn links(condition: &Expr, new: &[Source], old: &[Source]) -> bool {
    match condition {
        Expr::Nested(inner) => links(inner, new, old),
        Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
            links(left, new, old) || links(right, new, old) || both_absent(left, right, new, old)
        }
        Expr::BinaryOp { left, op: BinaryOperator::Or, right } => {
            links(left, new, old) && links(right, new, old)
        }
        Expr::BinaryOp { left, op: BinaryOperator::Eq, right } | Expr::IsNotDistinctFrom(left, right) => {
            across(left, right, new, old)
        }
        _ => false,
    }
}

/// `a.x IS NULL AND b.x IS NULL`, the other half of an equality that takes NULLs as equal.
fn both_absent(left: &Expr, right: &Expr, new: &[Source], old: &[Source]) -> bool {
    match (left, right) {
        (Expr::IsNull(left), Expr::IsNull(right)) => across(left, right, new, old),
        _ => false,
    }
}

fn across(left: &Expr, right: &Expr, new: &[Source], old: &[Source]) -> bool {
    if !varies(left) || !varies(right) {
        return false;
    }
    let (left, right) = (Sides::of(left, new, old), Sides::of(right, new, old));
    (left.only_new() && right.only_old()) || (left.only_old() && right.only_new())
}

/// Which sources the columns of an expression come from.
#[derive(Default)]
struct Sides {
    new: bool,
    old: bool,
    /// A column that either side may have.
    either: bool,
    /// A column of neither, or a subquery.
    other: bool,
}

impl Sides {
    fn of(expr: &Expr, new: &[Source], old: &[Source]) -> Sides {
        let mut reader = Columns { sides: Sides::default(), date_part: None, new, old };
        let _ = expr.visit(&mut reader);
        reader.sides
    }

    fn only_new(&self) -> bool {
        (self.new || self.either) && !self.old && !self.other
    }

    fn only_old(&self) -> bool {
        (self.old || self.either) && !self.new && !self.other
    }
}

struct Columns<'s> {
    sides: Sides,
    /// The place of the date part that comes next.
    date_part: Option<Span>,
    new: &'s [Source],
    old: &'s [Source],
}

impl Columns<'_> {
    fn column(&mut self, table: Option<&str>, column: &str) {
        match (owns(self.new, table, column), owns(self.old, table, column)) {
            (true, false) => self.sides.new = true,
            (false, true) => self.sides.old = true,
            (true, true) => self.sides.either = true,
            (false, false) => self.sides.other = true,
        }
    }
}

impl Visitor for Columns<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, _query: &Query) -> ControlFlow<()> {
        self.sides.other = true;
        ControlFlow::Break(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        match expr {
            // The parser reads a date part as a column; it belongs to no source.
            Expr::Function(function) => self.date_part = date_part(function).or(self.date_part),
            Expr::Identifier(ident) if Some(ident.span) == self.date_part => {}
            Expr::Identifier(ident) => self.column(None, &ident.value),
            Expr::CompoundIdentifier(parts) => {
                if let [.., table, column] = parts.as_slice() {
                    self.column(Some(&table.value), &column.value);
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

/// Where the date part of a function such as `DATEADD` stands.
fn date_part(function: &Function) -> Option<Span> {
    let (_, form) = functions::allowed(name(function))?;
    match arguments(function).first()? {
        Expr::Identifier(part) if form == Form::DatePart => Some(part.span),
        _ => None,
    }
}

/// Whether one of the sources has this column, as far as is known.
fn owns(sources: &[Source], table: Option<&str>, column: &str) -> bool {
    let (table, column) = (table.map(str::to_uppercase), column.to_uppercase());
    sources.iter().any(|source| match &table {
        Some(table) => source.name.as_ref() == Some(table),
        // A pivot's columns are not followed: it may own any.
        None => {
            source.shape.columns.is_empty() || source.shape.columns.iter().any(|known| known.name == column)
        }
    })
}

/// Whether a query names a source of the query around it, whose sources are `outer`.
pub(super) fn is_correlated(query: &Query, outer: &[Source]) -> bool {
    let mut inner = Names { names: HashSet::new() };
    let _ = query.visit(&mut inner);
    let visible = outer.iter().filter_map(|source| source.name.as_deref());
    let names = visible.filter(|name| !inner.names.contains(*name)).collect();
    query.visit(&mut Outward { names }).is_break()
}

/// Collects the names under which a query's own sources are called, at any depth.
struct Names {
    names: HashSet<String>,
}

impl Visitor for Names {
    type Break = ();

    fn pre_visit_table_factor(&mut self, table: &TableFactor) -> ControlFlow<()> {
        self.names.extend(name_of(table));
        ControlFlow::Continue(())
    }
}

/// Finds a column called by one of these names.
struct Outward<'n> {
    names: HashSet<&'n str>,
}

impl Visitor for Outward<'_> {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        match expr {
            Expr::CompoundIdentifier(parts) => match parts.as_slice() {
                [.., table, _] if self.names.contains(table.value.to_uppercase().as_str()) => {
                    ControlFlow::Break(())
                }
                _ => ControlFlow::Continue(()),
            },
            _ => ControlFlow::Continue(()),
        }
    }
}

/// The name by which a source's columns are called, in upper case.
pub(super) fn name_of(table: &TableFactor) -> Option<String> {
    let (alias, name) = match table {
        TableFactor::Table { alias, name, .. } => (alias, name.0.last()),
        TableFactor::Derived { alias, .. }
        | TableFactor::Pivot { alias, .. }
        | TableFactor::Unpivot { alias, .. } => (alias, None),
        _ => return None,
    };
    let name = name.and_then(|part| part.as_ident());
    alias.as_ref().map(|alias| &alias.name).or(name).map(|ident| ident.value.to_uppercase())
}

/// Whether a `SELECT` names, without a table in front, a column that none of its own sources
/// has and a query around it has.
pub(super) fn reaches_out(select: &Select, own: &[Source], outer: &[Source]) -> bool {
    if outer.is_empty() {
        return false;
    }
    let mut part_of_date = None;
    let mut bare = Own::new(|expr| {
        match expr {
            Expr::Function(function) => part_of_date = date_part(function).or(part_of_date),
            Expr::Identifier(ident) => {
                return Some(ident.span) != part_of_date
                    && !owns(own, None, &ident.value)
                    && owns(outer, None, &ident.value);
            }
            _ => {}
        }
        false
    });
    let conditions = select.from.iter().flat_map(|from| &from.joins).filter_map(|j| on(&j.join_operator));
    conditions.into_iter().any(|condition| bare.is_in(condition))
        || bare.is_in(&select.selection)
        || bare.is_in(&select.projection)
        || bare.is_in(&select.having)
}

/// The columns of `new` that `condition` makes equal to something of `old`, each side being
/// one to one: two rows of `new` that differ in such columns never meet the same row.
pub(super) fn tied(condition: &Expr, new: &[Source], old: &[Source], out: &mut HashSet<String>) {
    match condition {
        Expr::Nested(inner) => tied(inner, new, old, out),
        Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
            tied(left, new, old, out);
            tied(right, new, old, out);
        }
        Expr::BinaryOp { left, op: BinaryOperator::Eq, right } if across(left, right, new, old) => {
            let side = if Sides::of(left, new, old).only_new() { left } else { right };
            if let Some(columns) = one_to_one(side) {
                out.extend(columns);
            }
        }
        _ => {}
    }
}

/// The columns that can be told from the value of an expression.
fn one_to_one(expr: &Expr) -> Option<Vec<String>> {
    match expr {
        Expr::Identifier(ident) => Some(vec![ident.value.to_uppercase()]),
        Expr::CompoundIdentifier(parts) => parts.last().map(|ident| vec![ident.value.to_uppercase()]),
        Expr::Nested(inner) => one_to_one(inner),
        Expr::BinaryOp { left, op: BinaryOperator::Plus | BinaryOperator::Minus, right } => {
            match (left.as_ref(), right.as_ref()) {
                (inner, Expr::Value(_)) | (Expr::Value(_), inner) => one_to_one(inner),
                // A number of years in months, and months.
                (Expr::BinaryOp { left: high, op: BinaryOperator::Multiply, right: factor }, low)
                    if matches!(factor.as_ref(), Expr::Value(_)) =>
                {
                    Some([one_to_one(high)?, one_to_one(low)?].concat())
                }
                _ => None,
            }
        }
        Expr::Function(function) if name(function) == "DATEADD" => match arguments(function).as_slice() {
            [_, Expr::Value(_) | Expr::UnaryOp { .. }, moved] => one_to_one(moved),
            _ => None,
        },
        _ => None,
    }
}
