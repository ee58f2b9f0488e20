//! Correlated queries that run once for all rows around them instead of once for each.
//!
//! The engine behind makes a join of a correlated query only where an equality correlates it.
//! Here the others become joins too: the different values of the outer columns that the query
//! names (the seed) stand beside its sources; its groups and its `TOP` are per seed; and what
//! comes out is joined back to the rows around. (Neumann and Kemper, "Unnesting Arbitrary
//! Queries", 2015.)

use std::collections::HashSet;

use datafusion::common::tree_node::TreeNode;
use datafusion::common::{Column, JoinType, NullEquality};
use datafusion::logical_expr::utils::split_conjunction;
use datafusion::logical_expr::{BinaryExpr, Expr, LogicalPlan, LogicalPlanBuilder, Operator, lit};
use sqlparser::ast;

use super::super::types::{Ty, Typed};
use super::from::cross;
use super::group::Grouping;
use super::query::order_items;
use super::scope::{Env, Scope, ScopeCol};
use super::{Bind, Binder, Relation, built, col, internal, unsupported};

/// The name of a column that is carried along and that nothing can call.
const CARRIED: &str = "\u{0}outer";

/// A correlated query used as a value, to be joined to the rows around it.
pub(super) struct Lateral {
    query: ast::Query,
    used: Vec<Used>,
    /// The column of its value.
    id: String,
}

/// A column of the rows around that a query names.
#[derive(Clone)]
pub(super) struct Used {
    /// Its name in the plan around.
    outer: String,
    ty: Ty,
    /// Table and name by which the query may call it.
    calls: Vec<(Option<String>, String)>,
}

/// The different values of the outer columns.
pub(super) struct Seed {
    pub(super) plan: LogicalPlan,
    /// Their names in the plan and their types.
    pub(super) columns: Vec<(String, Ty)>,
    outer: Vec<String>,
    visible: Vec<ScopeCol>,
}

impl Seed {
    fn carried(&self) -> Vec<ScopeCol> {
        let columns = self.columns.iter();
        columns
            .map(|(id, ty)| ScopeCol { qualifier: None, name: CARRIED.to_string(), id: id.clone(), ty: *ty })
            .collect()
    }
}

/// Whether the engine behind can make a join of a correlated query by itself: only equalities
/// between a column and one of the rows around it correlate it, and nothing counts its rows.
pub(super) fn joins_by_itself(plan: &LogicalPlan) -> bool {
    let simple = |condition: &Expr| match condition {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right }) => {
            let column = |side: &Expr| matches!(side, Expr::Column(_));
            (column(left) && !right.any_column_refs()) || (column(right) && !left.any_column_refs())
        }
        _ => false,
    };
    let complicated = plan.exists(|node| {
        let correlates = |expr: &&Expr| expr.contains_outer();
        Ok(match node {
            LogicalPlan::Limit(_) | LogicalPlan::Window(_) | LogicalPlan::Union(_) => true,
            LogicalPlan::Filter(filter) => {
                split_conjunction(&filter.predicate).into_iter().filter(correlates).any(|c| !simple(c))
            }
            other => other.expressions().iter().any(Expr::contains_outer),
        })
    });
    !complicated.unwrap_or(true)
}

impl<'c> Binder<'c> {
    /// The columns around that a correlated plan names; `None` where they are not all of `scope`.
    pub(super) fn used(&self, plan: &LogicalPlan, scope: &Scope<'_>) -> Option<Vec<Used>> {
        let mut used: Vec<Used> = Vec::new();
        for reference in plan.all_out_ref_exprs() {
            let Expr::OuterReferenceColumn(_, column) = reference else { return None };
            let named = scope.cols.iter().filter_map(|c| {
                let seen = scope.resolve(c.qualifier.as_deref(), &c.name).ok()?;
                (seen.expr == col(&column.name)).then_some((seen.ty, (c.qualifier.clone(), c.name.clone())))
            });
            let named: Vec<_> = named.collect();
            let (ty, _) = named.first()?;
            let calls = named.iter().map(|(_, call)| call.clone()).collect();
            used.push(Used { outer: column.name, ty: *ty, calls });
        }
        (!used.is_empty()).then_some(used)
    }

    /// A correlated query of one value for each row around, if it can be joined: the column it
    /// will have once [`Self::attached`] has joined it.
    pub(super) fn later(
        &self,
        query: &ast::Query,
        inner: &Relation,
        ty: Ty,
        scope: &Scope<'_>,
    ) -> Option<Typed> {
        if !gives_one_row(query) {
            return None;
        }
        let used = self.used(&inner.plan, scope)?;
        let mut pending = scope.laterals.borrow_mut();
        let id = self.id();
        pending.as_mut()?.push(Lateral { query: query.clone(), used, id: id.clone() });
        Some(Typed::new(col(&id), ty))
    }

    /// Joins the correlated queries found while expressions of `scope` were bound.
    pub(super) fn attached(&self, plan: LogicalPlan, scope: &Scope<'_>) -> Bind<LogicalPlan> {
        let found = scope.laterals.borrow_mut().take().unwrap_or_default();
        found.into_iter().try_fold(plan, |plan, lateral| {
            let seed = self.seed(&plan, &lateral.used)?;
            let inner = self.lateral(&lateral.query, &seed, &scope.env);
            let inner = inner.map_err(|_| unsupported("(SELECT …)"))?;
            let [value, ..] = inner.cols.as_slice() else { return Err(unsupported("(SELECT …)")) };
            let mut exprs: Vec<Expr> = plan.schema().columns().into_iter().map(Expr::Column).collect();
            exprs.push(value.column().alias(lateral.id));
            let joined = joined_back(plan, inner, &seed, JoinType::Left)?;
            built(LogicalPlanBuilder::from(joined).project(exprs))
        })
    }

    /// `APPLY (SELECT …)` as a join. The columns are those of `left`, then those of the query.
    pub(super) fn applied<'q>(
        &self,
        left: LogicalPlan,
        query: &'q ast::Query,
        used: &[Used],
        outer: bool,
        env: &Env<'q>,
    ) -> Bind<Relation> {
        let seed = self.seed(&left, used)?;
        let inner = self.lateral(query, &seed, env)?;
        let visible = inner.cols.len().saturating_sub(seed.columns.len());
        let kind = if outer { JoinType::Left } else { JoinType::Inner };
        let cols = inner.cols.iter().take(visible).cloned().collect();
        Ok(Relation { plan: joined_back(left, inner, &seed, kind)?, cols })
    }

    fn seed(&self, plan: &LogicalPlan, used: &[Used]) -> Bind<Seed> {
        let (mut exprs, mut columns, mut outer, mut visible) = (vec![], vec![], vec![], vec![]);
        for one in used {
            let id = self.id();
            exprs.push(col(&one.outer).alias(id.clone()));
            for (qualifier, name) in &one.calls {
                let (qualifier, name) = (qualifier.clone(), name.clone());
                visible.push(ScopeCol { qualifier, name, id: id.clone(), ty: one.ty });
            }
            columns.push((id, one.ty));
            outer.push(one.outer.clone());
        }
        let plan = LogicalPlanBuilder::from(plan.clone()).project(exprs);
        Ok(Seed { plan: built(plan.and_then(LogicalPlanBuilder::distinct))?, columns, outer, visible })
    }

    /// The rows of a query for all seeds: its columns, then those of the seed.
    fn lateral<'q>(&self, query: &'q ast::Query, seed: &Seed, env: &Env<'q>) -> Bind<Relation> {
        let ast::SetExpr::Select(select) = query.body.as_ref() else { return Err(unsupported("APPLY")) };
        if query.with.is_some() {
            return Err(unsupported("WITH"));
        }
        let order = order_items(query.order_by.as_ref())?;
        let slice = self.slice_of_top(select.top.as_ref())?.or(self.slice_of_query(query)?);
        let around = Scope::seeded(seed.visible.clone(), env);
        let mut rows = Relation { plan: seed.plan.clone(), cols: seed.carried() };
        for item in &select.from {
            rows = self.joined_onto(rows, item, env, &around)?;
        }
        self.select_per_seed(rows, select, order, slice, env, &around, seed)
    }

    /// One item of a `FROM` beside rows that are there already.
    fn joined_onto<'q>(
        &self,
        left: Relation,
        item: &'q ast::TableWithJoins,
        env: &Env<'q>,
        around: &'q Scope<'q>,
    ) -> Bind<Relation> {
        let mut left = match &item.relation {
            ast::TableFactor::Table { name, args: Some(args), alias, .. } => {
                self.split(left, name, &args.args, alias.as_ref(), false, env, Some(around))?
            }
            relation => cross(left, self.factor(relation, env, None)?)?,
        };
        for join in &item.joins {
            use ast::JoinOperator as J;
            if matches!(join.join_operator, J::Right(_) | J::RightOuter(_) | J::FullOuter(_)) {
                return Err(unsupported("APPLY (RIGHT JOIN)"));
            }
            left = self.join(left, join, env, None, Some(around))?;
        }
        Ok(left)
    }
}

/// A query that gives one row at the most for each row around it.
fn gives_one_row(query: &ast::Query) -> bool {
    let ast::SetExpr::Select(select) = query.body.as_ref() else { return false };
    let first = match &select.top {
        Some(top) if !top.percent && !top.with_ties => match &top.quantity {
            Some(ast::TopQuantity::Constant(1)) => true,
            Some(ast::TopQuantity::Expr(e)) => e.to_string().trim_matches(['(', ')']) == "1",
            _ => false,
        },
        _ => false,
    };
    let ungrouped =
        matches!(&select.group_by, ast::GroupByExpr::Expressions(e, m) if e.is_empty() && m.is_empty());
    first || ungrouped && select.projection.iter().any(super::group::contains_aggregate)
}

/// Joins what came out for the seeds to the rows that the seeds were taken from.
fn joined_back(left: LogicalPlan, inner: Relation, seed: &Seed, kind: JoinType) -> Bind<LogicalPlan> {
    let carried = inner.cols.len().saturating_sub(seed.outer.len());
    let keys = inner.cols.iter().skip(carried).map(|c| Column::from_name(c.id.clone())).collect();
    let outer = seed.outer.iter().map(|id| Column::from_name(id.clone())).collect();
    // Of a subquery NULL is a value like any other.
    let on: (Vec<Column>, Vec<Column>) = (outer, keys);
    built(LogicalPlanBuilder::from(left).join_detailed(
        inner.plan,
        kind,
        on,
        None,
        NullEquality::NullEqualsNull,
    ))
}

/// The groups of seeds without any row: where nothing is grouped by, there is one all the same.
pub(super) fn with_empty_groups(
    plan: LogicalPlan,
    grouping: &Grouping,
    seed: &Seed,
    keys: &[String],
) -> Bind<LogicalPlan> {
    let counts: HashSet<&str> = grouping.counts().collect();
    let column = |name: &str| Expr::Column(Column::from_name(name.to_string()));
    let exprs: Vec<Expr> = plan
        .schema()
        .columns()
        .into_iter()
        .map(|c| match keys.iter().position(|key| *key == c.name) {
            Some(at) => match seed.columns.get(at) {
                Some((id, _)) => column(id).alias(c.name),
                None => column(&c.name),
            },
            None if counts.contains(c.name.as_str()) => {
                datafusion::prelude::coalesce(vec![column(&c.name), lit(0i64)]).alias(c.name)
            }
            None => column(&c.name),
        })
        .collect();
    let left = seed.columns.iter().map(|(id, _)| Column::from_name(id.clone())).collect();
    let right = keys.iter().map(|id| Column::from_name(id.clone())).collect();
    let on: (Vec<Column>, Vec<Column>) = (left, right);
    let joined = LogicalPlanBuilder::from(seed.plan.clone())
        .join_detailed(plan, JoinType::Left, on, None, NullEquality::NullEqualsNull)
        .map_err(internal)?;
    built(joined.project(exprs))
}
