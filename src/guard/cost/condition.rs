//! Whether a condition ties two sources together.

use std::ops::ControlFlow;

use sqlparser::ast::{
    BinaryOperator, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Query, Visit, Visitor,
};
use sqlparser::tokenizer::Span;

use super::shape::Source;
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
    let (_, form) = functions::allowed(&function.name.0.first()?.as_ident()?.value)?;
    match &function.args {
        FunctionArguments::List(list) if form == Form::DatePart => match list.args.first()? {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Identifier(part))) => Some(part.span),
            _ => None,
        },
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

/// Whether a query names a source of the queries around it.
pub(super) fn is_correlated(query: &Query, outer: &[Source]) -> bool {
    query.visit(&mut Outer { outer }).is_break()
}

struct Outer<'s> {
    outer: &'s [Source],
}

impl Visitor for Outer<'_> {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        if let Expr::CompoundIdentifier(parts) = expr
            && let [.., table, _] = parts.as_slice()
            && self
                .outer
                .iter()
                .any(|source| source.name.as_deref() == Some(table.value.to_uppercase().as_str()))
        {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }
}
