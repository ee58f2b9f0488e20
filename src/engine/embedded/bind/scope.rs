//! Names: which columns and queries an expression sees.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use arrow::datatypes::Field;
use datafusion::common::Column;
use datafusion::logical_expr::{Expr, TableSource};
use sqlparser::ast;

use super::super::types::{Ty, Typed};
use super::group::Grouping;
use super::lateral::Lateral;
use super::{Bind, col, invalid};
use crate::engine::EngineError;

/// A column of a relation.
#[derive(Debug, Clone)]
pub(super) struct ScopeCol {
    /// The table's name or alias.
    pub(super) qualifier: Option<String>,
    /// Its name as people write it; empty when it has none.
    pub(super) name: String,
    /// Its name inside the plan.
    pub(super) id: String,
    pub(super) ty: Ty,
}

impl ScopeCol {
    pub(super) fn column(&self) -> Expr {
        col(&self.id)
    }
}

/// What the expressions of one `SELECT` see.
pub(super) struct Scope<'a> {
    pub(super) cols: Vec<ScopeCol>,
    /// The scope of the query around, for correlation.
    pub(super) parent: Option<&'a Scope<'a>>,
    pub(super) env: Env<'a>,
    /// Set once the rows are grouped.
    pub(super) grouping: RefCell<Option<Grouping>>,
    /// Set while the argument of an aggregate is bound: it sees single rows.
    pub(super) inside_aggregate: Cell<bool>,
    /// Window calculations found so far; `None` where they are not allowed.
    pub(super) windows: RefCell<Option<Vec<Expr>>>,
    /// Correlated queries to be joined; `None` where nothing can be joined.
    pub(super) laterals: RefCell<Option<Vec<Lateral>>>,
    /// The windows that a `WINDOW` clause names.
    pub(super) named_windows: &'a [ast::NamedWindowDefinition],
    /// Its columns are those of the same plan as of the scopes inside.
    pub(super) is_seed: bool,
}

impl<'a> Scope<'a> {
    pub(super) fn new(cols: Vec<ScopeCol>, env: &Env<'a>, parent: Option<&'a Scope<'a>>) -> Self {
        Scope {
            cols,
            parent,
            env: env.clone(),
            grouping: RefCell::new(None),
            inside_aggregate: Cell::new(false),
            windows: RefCell::new(None),
            laterals: RefCell::new(None),
            named_windows: &[],
            is_seed: false,
        }
    }

    /// The scope of columns that stand beside those of the scopes inside.
    pub(super) fn seeded(cols: Vec<ScopeCol>, env: &Env<'a>) -> Self {
        Scope { is_seed: true, ..Scope::new(cols, env, None) }
    }

    /// Whether expressions see groups rather than rows.
    pub(super) fn grouped(&self) -> bool {
        !self.inside_aggregate.get() && self.grouping.borrow().is_some()
    }

    /// The column a name means, here or in a query around.
    pub(super) fn resolve(&self, qualifier: Option<&str>, name: &str) -> Bind<Typed> {
        let found: Vec<&ScopeCol> = self.named(qualifier, name).collect();
        match found.as_slice() {
            [one] => self.seen(Typed::new(one.column(), one.ty), name),
            [] => match self.parent {
                Some(parent) => match parent.resolve(qualifier, name) {
                    Ok(beside) if parent.is_seed => self.seen(beside, name),
                    Ok(outer) => outer_reference(outer),
                    Err(EngineError::UnknownColumn { .. }) => Err(self.unknown(qualifier, name)),
                    Err(other) => Err(other),
                },
                None => Err(self.unknown(qualifier, name)),
            },
            _ => Err(invalid(format!("209: ambiguous column name {name}"))),
        }
    }

    fn named(&self, qualifier: Option<&str>, name: &str) -> impl Iterator<Item = &ScopeCol> {
        let (qualifier, name) = (qualifier.map(str::to_lowercase), name.to_lowercase());
        self.cols.iter().filter(move |c| {
            !c.name.is_empty()
                && c.name.to_lowercase() == name
                && qualifier
                    .as_ref()
                    .is_none_or(|q| c.qualifier.as_ref().is_some_and(|cq| cq.to_lowercase() == *q))
        })
    }

    /// The column as this scope's expressions may use it: groups show only their keys.
    fn seen(&self, column: Typed, name: &str) -> Bind<Typed> {
        if !self.grouped() {
            return Ok(column);
        }
        let grouping = self.grouping.borrow();
        let key = grouping.as_ref().and_then(|g| g.key(&column.expr));
        key.ok_or_else(|| invalid(format!("8120: {name} is neither grouped by nor inside an aggregate")))
    }

    fn unknown(&self, qualifier: Option<&str>, name: &str) -> EngineError {
        let mut scope = Some(self);
        let mut nearest: Option<(f64, &str)> = None;
        while let Some(current) = scope {
            for candidate in current.cols.iter().filter(|c| !c.name.is_empty()) {
                let score = strsim::jaro_winkler(&candidate.name.to_lowercase(), &name.to_lowercase());
                if score > nearest.map_or(0.8, |n| n.0) {
                    nearest = Some((score, &candidate.name));
                }
            }
            scope = current.parent;
        }
        let name = qualifier.map_or_else(|| name.to_string(), |q| format!("{q}.{name}"));
        EngineError::UnknownColumn { name, nearest: nearest.map(|n| n.1.to_string()) }
    }
}

fn outer_reference(outer: Typed) -> Bind<Typed> {
    let column: Column = match outer.expr {
        Expr::Column(column) | Expr::OuterReferenceColumn(_, column) => column,
        // A constant group key.
        other => return Ok(Typed::new(other, outer.ty)),
    };
    let field = Arc::new(Field::new(column.name.clone(), outer.ty.arrow(), true));
    Ok(Typed::new(Expr::OuterReferenceColumn(field, column), outer.ty))
}

/// A common table expression in reach.
pub(super) enum CteBody<'q> {
    /// A query, bound anew at each use.
    Query { cte: &'q ast::Cte, env: Env<'q> },
    /// The rows of the previous step, inside a recursive one.
    Work { name: String, source: Arc<dyn TableSource>, cols: Vec<(String, Ty)> },
}

/// The common table expressions in reach, innermost first.
#[derive(Clone, Default)]
pub(super) struct Env<'q>(Option<Rc<EnvNode<'q>>>);

struct EnvNode<'q> {
    name: String,
    body: CteBody<'q>,
    next: Env<'q>,
}

impl<'q> Env<'q> {
    pub(super) fn with(&self, name: &str, body: CteBody<'q>) -> Env<'q> {
        Env(Some(Rc::new(EnvNode { name: name.to_lowercase(), body, next: self.clone() })))
    }

    pub(super) fn find(&self, name: &str) -> Option<&CteBody<'q>> {
        let mut node = self.0.as_deref();
        let name = name.to_lowercase();
        while let Some(current) = node {
            if current.name == name {
                return Some(&current.body);
            }
            node = current.next.0.as_deref();
        }
        None
    }
}
