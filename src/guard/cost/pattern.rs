//! Search patterns: every `%` lets the server try again from each place of the text.

use std::ops::ControlFlow;

use sqlparser::ast::{Expr, Function, Query, Spanned, Value, ValueWithSpan, Visit, Visitor};

use super::call::{arguments, name};
use crate::guard::parse::offset_of;
use crate::guard::rule::{Rule, Stop};

/// Most `%` in one pattern.
const MAX_WILDCARDS: usize = 12;

/// Refuses patterns of more wildcards than anybody writes.
pub(super) fn check(query: &Query) -> Result<(), Stop> {
    match query.visit(&mut Patterns) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(stop) => Err(stop),
    }
}

struct Patterns;

impl Visitor for Patterns {
    type Break = Stop;

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<Stop> {
        let pattern = match expr {
            Expr::Like { pattern, .. } => Some(pattern.as_ref()),
            Expr::Function(function) => searched(function),
            _ => None,
        };
        match pattern {
            Some(pattern) if wildcards(pattern) > MAX_WILDCARDS => {
                ControlFlow::Break(Stop::new(Rule::PatternTooComplex, offset_of(pattern.span())))
            }
            _ => ControlFlow::Continue(()),
        }
    }
}

/// The pattern of a `PATINDEX`.
fn searched(function: &Function) -> Option<&Expr> {
    if name(function) == "PATINDEX" { arguments(function).first().copied() } else { None }
}

/// The wildcards in all the literals a pattern is made of.
fn wildcards(pattern: &Expr) -> usize {
    let mut literals = Literals { wildcards: 0 };
    let _ = pattern.visit(&mut literals);
    literals.wildcards
}

struct Literals {
    wildcards: usize,
}

impl Visitor for Literals {
    type Break = ();

    fn pre_visit_value(&mut self, value: &ValueWithSpan) -> ControlFlow<()> {
        if let Value::SingleQuotedString(text) | Value::NationalStringLiteral(text) = &value.value {
            self.wildcards += text.matches('%').count();
        }
        ControlFlow::Continue(())
    }
}
