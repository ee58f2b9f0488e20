//! The expressions of a part of a `SELECT`, without those of the queries inside it.

use std::ops::ControlFlow;

use sqlparser::ast::{Expr, Query, Visit, Visitor};

/// Looks for an expression of which `found` is true.
pub(super) struct Own<F> {
    found: F,
    depth: usize,
}

impl<F: FnMut(&Expr) -> bool> Own<F> {
    pub fn new(found: F) -> Self {
        Own { found, depth: 0 }
    }

    /// Whether a part has such an expression.
    pub fn is_in<V: Visit>(&mut self, part: &V) -> bool {
        part.visit(self).is_break()
    }
}

impl<F: FnMut(&Expr) -> bool> Visitor for Own<F> {
    type Break = ();

    fn pre_visit_query(&mut self, _query: &Query) -> ControlFlow<()> {
        self.depth += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _query: &Query) -> ControlFlow<()> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        if self.depth == 0 && (self.found)(expr) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}
