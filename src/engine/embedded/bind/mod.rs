//! The binder: from the guarded T-SQL syntax tree to a typed logical plan.
//!
//! It knows only what it can run as SQL Server runs it; every other construct is
//! refused by its name. Inside a plan each column has an invented, unique name, so
//! that scopes, self-joins and correlation can never mix columns up.

mod aggregate;
mod apply;
mod arith;
mod convert;
mod cte;
mod date_function;
mod expr;
mod from;
mod function;
mod group;
mod items;
mod lateral;
mod literal;
mod order;
mod pivot;
mod predicate;
mod query;
mod scope;
mod select;
mod set_ops;
mod values;
mod window;

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use chrono::NaiveDateTime;
use datafusion::common::Column;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, TableSource};
use sqlparser::ast;

use super::types::Ty;
use crate::engine::EngineError;
use scope::{Env, ScopeCol};

/// What can be read: one table.
pub(super) struct Catalog {
    /// The table's name.
    pub(super) table: &'static str,
    /// The table as plans scan it.
    pub(super) source: Arc<dyn TableSource>,
    /// Its columns, in order.
    pub(super) columns: Vec<(String, Ty)>,
}

/// A bound query: its plan and what its columns are called.
pub(super) struct Bound {
    pub(super) plan: LogicalPlan,
    /// Name (empty for an unnamed column) and type, in order.
    pub(super) columns: Vec<(String, Ty)>,
    /// A construct that the planner behind may not manage, by its T-SQL name.
    pub(super) at_risk: Option<&'static str>,
}

/// Rows with named columns.
struct Relation {
    plan: LogicalPlan,
    cols: Vec<ScopeCol>,
}

/// Binds one query.
pub(super) struct Binder<'c> {
    catalog: &'c Catalog,
    /// The moment the query began: the store's local time.
    now: NaiveDateTime,
    max_recursion: u32,
    next: Cell<u32>,
    depth: Cell<u32>,
    at_risk: RefCell<Option<&'static str>>,
}

type Bind<T> = Result<T, EngineError>;

/// Deepest nesting of queries and expressions; the guard allows less.
const MAX_DEPTH: u32 = 200;

impl<'c> Binder<'c> {
    pub(super) fn new(catalog: &'c Catalog, now: NaiveDateTime, max_recursion: u32) -> Self {
        let (next, depth, at_risk) = (Cell::new(0), Cell::new(0), RefCell::new(None));
        Binder { catalog, now, max_recursion, next, depth, at_risk }
    }

    /// Binds a whole query.
    pub(super) fn bind(&self, query: &ast::Query) -> Bind<Bound> {
        let relation = self.query(query, &Env::default(), None, true)?;
        let delivered: Vec<Expr> = relation
            .cols
            .iter()
            .map(|c| datafusion::logical_expr::cast(c.column(), c.ty.delivered()).alias(c.id.clone()))
            .collect();
        let plan = built(LogicalPlanBuilder::from(relation.plan).project(delivered))?;
        let columns = relation.cols.into_iter().map(|c| (c.name, c.ty)).collect();
        Ok(Bound { plan, columns, at_risk: *self.at_risk.borrow() })
    }

    /// A column name nothing else has.
    fn id(&self) -> String {
        let n = self.next.get();
        self.next.set(n + 1);
        format!("c{n}")
    }

    fn risk(&self, construct: &'static str) {
        self.at_risk.borrow_mut().get_or_insert(construct);
    }

    /// Runs `f` one level deeper, refusing bottomless trees.
    fn deeper<T>(&self, f: impl FnOnce() -> Bind<T>) -> Bind<T> {
        let depth = self.depth.get();
        if depth >= MAX_DEPTH {
            return Err(invalid("the query is nested too deeply"));
        }
        self.depth.set(depth + 1);
        let result = f();
        self.depth.set(depth);
        result
    }
}

fn col(id: &str) -> Expr {
    Expr::Column(Column::from_name(id))
}

fn invalid(words: impl Into<String>) -> EngineError {
    EngineError::Invalid { detail: words.into() }
}

fn unsupported(construct: impl Into<String>) -> EngineError {
    EngineError::Unsupported { construct: construct.into() }
}

/// Finishes a step of the plan. The binder builds only sound steps: an error here is
/// its own defect.
fn built(step: datafusion::common::Result<LogicalPlanBuilder>) -> Bind<LogicalPlan> {
    step.and_then(LogicalPlanBuilder::build).map_err(internal)
}

fn internal(error: datafusion::common::DataFusionError) -> EngineError {
    EngineError::Internal { detail: error.to_string() }
}
