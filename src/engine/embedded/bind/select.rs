//! `SELECT`: rows, filter, groups, windows, columns, duplicates, order, limit.

use datafusion::logical_expr::{BinaryExpr, Expr, LogicalPlan, LogicalPlanBuilder, Operator, and};
use sqlparser::ast;

use super::super::ops::may_fail;
use super::super::types::{Ty, Typed};
use super::from::conjuncts;
use super::group::{Grouping, contains_aggregate};
use super::items::Item;
use super::lateral::{Seed, with_empty_groups};
use super::order::{Slice, SortItem};
use super::predicate::both;
use super::scope::{Env, Scope, ScopeCol};
use super::{Bind, Binder, Relation, built, invalid, unsupported};

type Extra<'x> = &'x dyn Fn(&Scope<'_>) -> Bind<Vec<Typed>>;

impl<'c> Binder<'c> {
    pub(super) fn select<'q>(
        &self,
        select: &'q ast::Select,
        order: &'q [ast::OrderByExpr],
        slice: Option<Slice>,
        env: &Env<'q>,
        parent: Option<&'q Scope<'q>>,
    ) -> Bind<Relation> {
        self.select_full(select, order, slice, env, parent, &|_| Ok(Vec::new()))
    }

    /// A plain `SELECT` with more columns at its end.
    pub(super) fn select_with<'q>(
        &self,
        select: &'q ast::Select,
        env: &Env<'q>,
        extra: impl Fn(&Scope<'_>) -> Bind<Vec<Typed>>,
    ) -> Bind<Relation> {
        self.select_full(select, &[], None, env, None, &extra)
    }

    fn select_full<'q>(
        &self,
        select: &'q ast::Select,
        order: &'q [ast::OrderByExpr],
        slice: Option<Slice>,
        env: &Env<'q>,
        parent: Option<&'q Scope<'q>>,
        extra: Extra<'_>,
    ) -> Bind<Relation> {
        refuse_clauses(select)?;
        let slice = match (self.slice_of_top(select.top.as_ref())?, slice) {
            (Some(_), Some(_)) => return Err(invalid("10741: TOP and OFFSET do not go together")),
            (top, offset) => top.or(offset),
        };
        let rows = self.from(&select.from, env, parent)?;
        self.select_from_rows(rows, select, (order, slice), env, parent, extra, None)
    }

    /// A `SELECT` for all seeds at once, on the rows of its `FROM` beside them: its columns,
    /// then those of the seed.
    #[expect(clippy::too_many_arguments, reason = "the clauses of a query and what stands around it")]
    pub(super) fn select_per_seed<'q>(
        &self,
        rows: Relation,
        select: &'q ast::Select,
        order: &'q [ast::OrderByExpr],
        slice: Option<Slice>,
        env: &Env<'q>,
        around: &'q Scope<'q>,
        seed: &Seed,
    ) -> Bind<Relation> {
        refuse_clauses(select)?;
        let carried = |scope: &Scope<'_>| {
            let grouping = scope.grouping.borrow();
            let column = |(id, ty): &(String, Ty)| {
                let raw = Typed::new(super::col(id), *ty);
                match grouping.as_ref() {
                    Some(grouping) => grouping.key(&raw.expr).ok_or_else(|| invalid("8120: a seed")),
                    None => Ok(raw),
                }
            };
            seed.columns.iter().map(column).collect()
        };
        self.select_from_rows(rows, select, (order, slice), env, Some(around), &carried, Some(seed))
    }

    /// The rest of a `SELECT` on rows already found.
    #[expect(clippy::too_many_arguments, reason = "the clauses of a query and what stands around it")]
    fn select_from_rows<'q>(
        &self,
        rows: Relation,
        select: &'q ast::Select,
        (order, slice): (&'q [ast::OrderByExpr], Option<Slice>),
        env: &Env<'q>,
        parent: Option<&'q Scope<'q>>,
        extra: Extra<'_>,
        seed: Option<&Seed>,
    ) -> Bind<Relation> {
        let mut plan = rows.plan;
        let scope = Scope { named_windows: &select.named_window, ..Scope::new(rows.cols, env, parent) };
        if let Some(condition) = &select.selection {
            *scope.laterals.borrow_mut() = Some(Vec::new());
            plan = self.filtered(plan, conjuncts(condition), &scope)?;
        }
        let mut sets = self.grouping_sets(select, order, &scope)?;
        let seed_keys = self.group_by_seed(&scope, seed, &mut sets);

        *scope.laterals.borrow_mut() = Some(Vec::new());
        *scope.windows.borrow_mut() = Some(Vec::new());
        let mut items = self.items(&select.projection, &scope)?;
        let extra = extra(&scope)?;
        let visible = items.len();
        items.extend(extra.into_iter().map(|value| Item { name: String::new(), qualifier: None, value }));
        let distinct = select.distinct.is_some();
        let names: Vec<(String, Typed)> = items.iter().map(|i| (i.name.clone(), i.value.clone())).collect();
        let sort = order
            .iter()
            .map(|o| self.sort_item(o, &names[..visible.min(names.len())], &scope))
            .collect::<Bind<Vec<SortItem>>>()?;
        let windows = scope.windows.borrow_mut().take().unwrap_or_default();
        let having = select
            .having
            .as_ref()
            .map(|h| conjuncts(h).into_iter().map(|e| self.predicate(e, &scope)).collect());
        let having: Option<Vec<Expr>> = having.transpose()?;

        let grouping = scope.grouping.borrow_mut().take();
        if let Some(grouping) = grouping {
            plan = self.grouped(plan, &grouping, &sets)?;
            let everything = matches!(&select.group_by, ast::GroupByExpr::Expressions(e, _) if e.is_empty());
            if let (Some(seed), true) = (seed, everything) {
                plan = with_empty_groups(plan, &grouping, seed, &seed_keys)?;
            }
        }
        plan = self.attached(plan, &scope)?;
        if let Some(conditions) = having {
            plan = filter_all(plan, conditions)?;
        }
        if seed.is_some() && !windows.is_empty() {
            return Err(unsupported("APPLY (OVER)"));
        }
        if !windows.is_empty() {
            plan = built(LogicalPlanBuilder::window_plan(plan, windows).map(LogicalPlanBuilder::from))?;
        }
        let carried = seed.map_or(0, |seed| seed.columns.len());
        self.finished(plan, items, sort, slice, distinct, carried)
    }

    /// Groups by the seed too, where there are groups: the names of its columns then.
    fn group_by_seed(&self, scope: &Scope<'_>, seed: Option<&Seed>, sets: &mut [Vec<usize>]) -> Vec<String> {
        let mut grouping = scope.grouping.borrow_mut();
        let (Some(grouping), Some(seed)) = (grouping.as_mut(), seed) else { return Vec::new() };
        let columns = seed.columns.iter().map(|(id, ty)| (Typed::new(super::col(id), *ty), self.id()));
        let (places, names) = grouping.carry(columns.collect());
        for set in sets {
            set.extend(&places);
        }
        names
    }

    /// Columns, duplicates, order, limit.
    fn finished(
        &self,
        plan: LogicalPlan,
        items: Vec<Item>,
        sort: Vec<SortItem>,
        slice: Option<Slice>,
        distinct: bool,
        carried: usize,
    ) -> Bind<Relation> {
        let mut exprs = Vec::new();
        let mut cols: Vec<ScopeCol> = Vec::new();
        let mut bound: Vec<Expr> = Vec::new();
        for item in items {
            let id = self.id();
            exprs.push(item.value.expr.clone().alias(id.clone()));
            bound.push(item.value.expr);
            cols.push(ScopeCol { qualifier: item.qualifier, name: item.name, id, ty: item.value.ty });
        }
        let mut keys = Vec::new();
        for item in sort {
            let at = bound.iter().position(|b| *b == item.value.expr);
            let id = match at.and_then(|i| cols.get(i)) {
                Some(column) => column.id.clone(),
                None if distinct => {
                    return Err(invalid("145: ORDER BY of DISTINCT rows needs columns of the SELECT"));
                }
                None => {
                    let id = self.id();
                    exprs.push(item.value.expr.clone().alias(id.clone()));
                    id
                }
            };
            keys.push(item.on(&id));
        }
        let plan = built(LogicalPlanBuilder::from(plan).project(exprs))?;
        let mut relation = Relation { plan, cols };
        if distinct {
            relation = self.distinct(relation)?;
        }
        self.sliced(relation, keys, slice, carried)
    }

    /// Adds conditions to a plan. Those that can fail see only rows that pass the others.
    pub(super) fn filtered(
        &self,
        plan: LogicalPlan,
        conditions: Vec<&ast::Expr>,
        scope: &Scope<'_>,
    ) -> Bind<LogicalPlan> {
        let bound = conditions.into_iter().map(|e| self.predicate(e, scope)).collect::<Bind<Vec<_>>>()?;
        let plan = self.attached(plan, scope)?;
        let (plan, bound) = self.correlated_by_columns(plan, bound)?;
        filter_all(plan, bound)
    }

    /// Turns `f(inner) = outer` into `column = outer`: only so can a correlated query
    /// with an aggregate become a join.
    fn correlated_by_columns(
        &self,
        plan: LogicalPlan,
        conditions: Vec<Expr>,
    ) -> Bind<(LogicalPlan, Vec<Expr>)> {
        let mut added = Vec::new();
        let mut as_column = |side: Expr| {
            if matches!(side, Expr::Column(_)) || side.contains_outer() || !side.any_column_refs() {
                return side;
            }
            let id = self.id();
            added.push(side.alias(id.clone()));
            super::col(&id)
        };
        let conditions = conditions
            .into_iter()
            .map(|condition| match condition {
                Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right })
                    if left.contains_outer() != right.contains_outer() =>
                {
                    as_column(*left).eq(as_column(*right))
                }
                other => other,
            })
            .collect();
        if added.is_empty() {
            return Ok((plan, conditions));
        }
        let mut exprs: Vec<Expr> = plan.schema().columns().into_iter().map(Expr::Column).collect();
        exprs.extend(added);
        Ok((built(LogicalPlanBuilder::from(plan).project(exprs))?, conditions))
    }

    /// Reads `GROUP BY`, puts the scope into grouped state where there is one (or an
    /// aggregate without one) and gives the grouping sets as positions of keys.
    fn grouping_sets(
        &self,
        select: &ast::Select,
        order: &[ast::OrderByExpr],
        scope: &Scope<'_>,
    ) -> Bind<Vec<Vec<usize>>> {
        let (exprs, modifiers) = match &select.group_by {
            ast::GroupByExpr::Expressions(exprs, modifiers) => (exprs, modifiers),
            ast::GroupByExpr::All(_) => return Err(unsupported("GROUP BY ALL")),
        };
        let mut keys: Vec<Typed> = Vec::new();
        let sets = self.read_sets(exprs, modifiers, scope, &mut keys)?;
        let aggregates = select.having.is_some()
            || select.projection.iter().any(contains_aggregate)
            || order.iter().any(|o| contains_aggregate(&o.expr));
        if exprs.is_empty() && !aggregates {
            return Ok(Vec::new());
        }
        let keys = keys.into_iter().map(|raw| (raw, self.id())).collect();
        *scope.grouping.borrow_mut() = Some(Grouping::new(keys));
        Ok(sets)
    }
}

/// Adds conditions; see [`Binder::filtered`].
pub(super) fn filter_all(plan: LogicalPlan, conditions: Vec<Expr>) -> Bind<LogicalPlan> {
    let (risky, safe): (Vec<Expr>, Vec<Expr>) = conditions.into_iter().partition(may_fail);
    let safe = safe.into_iter().reduce(and);
    let mut builder = LogicalPlanBuilder::from(plan);
    if let Some(first) = &safe {
        builder = builder.filter(first.clone()).map_err(super::internal)?;
    }
    let mut before = safe;
    for condition in risky {
        let both = match before {
            Some(first) => both(first, condition),
            None => condition,
        };
        builder = builder.filter(both.clone()).map_err(super::internal)?;
        before = Some(both);
    }
    built(Ok(builder))
}

fn refuse_clauses(select: &ast::Select) -> Bind<()> {
    let refused = [
        (select.into.is_some(), "SELECT INTO"),
        (!select.lateral_views.is_empty(), "LATERAL VIEW"),
        (select.prewhere.is_some(), "PREWHERE"),
        (!select.connect_by.is_empty(), "CONNECT BY"),
        (!select.cluster_by.is_empty() || !select.distribute_by.is_empty(), "CLUSTER BY"),
        (!select.sort_by.is_empty(), "SORT BY"),
        (select.qualify.is_some(), "QUALIFY"),
        (select.value_table_mode.is_some(), "SELECT AS"),
        (select.exclude.is_some(), "EXCLUDE"),
        (matches!(select.distinct, Some(ast::Distinct::On(_))), "DISTINCT ON"),
    ];
    match refused.into_iter().find(|(present, _)| *present) {
        Some((_, name)) => Err(unsupported(name)),
        None => Ok(()),
    }
}

/// The type an unspecified NULL takes when it becomes a column.
pub(super) fn settled(ty: Ty) -> Ty {
    if ty == Ty::Null { Ty::Int } else { ty }
}
