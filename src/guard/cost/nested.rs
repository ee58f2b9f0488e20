//! Queries inside expressions: how often they run.

use std::ops::ControlFlow;

use sqlparser::ast::{BinaryOperator, Expr, OrderByKind, Query, Select, Spanned, Visit, Visitor};

use super::condition::is_correlated;
use super::shape::{Rows, Shape};
use super::{Analysis, MAX_BESIDE_SCAN, on};
use crate::guard::parse::offset_of;
use crate::guard::rule::{Rule, Stop};

impl Analysis {
    /// Judges the queries in the clauses of a `SELECT` whose sources are the innermost scope;
    /// those behind the grouping run once for each of the `grouped` rows.
    pub(super) fn nested_in(
        &mut self,
        select: &Select,
        order: Option<&OrderByKind>,
        grouped: Rows,
    ) -> Result<(), Stop> {
        self.nested(&select.selection)?;
        self.nested(&select.group_by)?;
        for join in select.from.iter().flat_map(|from| &from.joins) {
            if let Some(condition) = on(&join.join_operator) {
                self.nested(condition)?;
            }
        }
        if let Some(scope) = self.scopes.last_mut() {
            scope.rows = grouped;
        }
        self.nested(&select.top)?;
        self.nested(&select.projection)?;
        self.nested(&select.having)?;
        self.nested(&select.named_window)?;
        order.map_or(Ok(()), |order| self.nested(order))
    }

    /// Judges the queries directly inside a part of a query.
    pub(super) fn nested<V: Visit>(&mut self, part: &V) -> Result<(), Stop> {
        match part.visit(&mut Nested { analysis: self, depth: 0, matched: Vec::new() }) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(stop) => Err(stop),
        }
    }

    /// A query inside an expression. `matched`: an equality of the expression ties it to its row.
    fn inner(&mut self, query: &Query, matched: bool) -> Result<(), Stop> {
        let shape = self.query(query)?;
        let length = shape.columns.first().map_or(0, |column| column.length);
        self.lengths.insert(std::ptr::from_ref(query), length);
        if matched || shape.linked || !self.runs_for_each_row(query, &shape) {
            return Ok(());
        }
        Err(Stop::new(Rule::CorrelatedScan, offset_of(query.span())))
    }

    /// Whether a query of a scan runs anew for every row of a scan around it.
    fn runs_for_each_row(&self, query: &Query, shape: &Shape) -> bool {
        let is_long = match shape.read {
            Rows::Scan => true,
            Rows::AtMost(rows) => rows > MAX_BESIDE_SCAN,
        };
        let mut scopes = self.scopes.iter().rev().enumerate();
        is_long
            && scopes.any(|(distance, scope)| {
                let names_it = (distance == 0 && shape.reaches_out) || is_correlated(query, &scope.sources);
                names_it && scope.rows == Rows::Scan
            })
    }
}

/// Runs the analysis on the queries directly inside, not on those inside them.
struct Nested<'a> {
    analysis: &'a mut Analysis,
    depth: usize,
    /// The queries of `x IN (…)` and `x = ANY (…)`: an equality by themselves.
    matched: Vec<*const Query>,
}

impl Visitor for Nested<'_> {
    type Break = Stop;

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<Stop> {
        match expr {
            Expr::InSubquery { subquery, .. } => self.matched.push(std::ptr::from_ref(subquery.as_ref())),
            Expr::AnyOp { compare_op: BinaryOperator::Eq, right, .. } => {
                if let Expr::Subquery(query) = right.as_ref() {
                    self.matched.push(std::ptr::from_ref(query.as_ref()));
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<Stop> {
        self.depth += 1;
        if self.depth > 1 {
            return ControlFlow::Continue(());
        }
        let matched = self.matched.contains(&std::ptr::from_ref(query));
        match self.analysis.inner(query, matched) {
            Ok(()) => ControlFlow::Continue(()),
            Err(stop) => ControlFlow::Break(stop),
        }
    }

    fn post_visit_query(&mut self, _query: &Query) -> ControlFlow<Stop> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }
}
