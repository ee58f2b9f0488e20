//! `SELECT`: rows, filter, groups, windows, columns, duplicates, order, limit.

use datafusion::logical_expr::{BinaryExpr, Expr, LogicalPlan, LogicalPlanBuilder, Operator, and};
use sqlparser::ast;

use super::super::ops::may_fail;
use super::super::types::{Ty, Typed};
use super::from::conjuncts;
use super::group::{Grouping, contains_aggregate};
use super::order::{Slice, SortItem};
use super::predicate::both;
use super::scope::{Env, Scope, ScopeCol};
use super::{Bind, Binder, Relation, built, invalid, unsupported};

/// A column of the result before it has its name in the plan.
struct Item {
    name: String,
    qualifier: Option<String>,
    value: Typed,
}

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
        let slice = match (Slice::of_top(select.top.as_ref())?, slice) {
            (Some(_), Some(_)) => return Err(invalid("10741: TOP and OFFSET do not go together")),
            (top, offset) => top.or(offset),
        };
        let rows = self.from(&select.from, env, parent)?;
        self.select_from_rows(rows, select, order, slice, env, parent, extra)
    }

    /// The rest of a `SELECT` on rows already found.
    #[allow(clippy::too_many_arguments)]
    fn select_from_rows<'q>(
        &self,
        rows: Relation,
        select: &'q ast::Select,
        order: &'q [ast::OrderByExpr],
        slice: Option<Slice>,
        env: &Env<'q>,
        parent: Option<&'q Scope<'q>>,
        extra: Extra<'_>,
    ) -> Bind<Relation> {
        let mut plan = rows.plan;
        let scope = Scope::new(rows.cols, env, parent);
        if let Some(condition) = &select.selection {
            plan = self.filtered(plan, conjuncts(condition), &scope)?;
        }
        let sets = self.grouping_sets(select, order, &scope)?;

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

        if let Some(grouping) = scope.grouping.borrow_mut().take() {
            plan = self.grouped(plan, &grouping, &sets)?;
        }
        if let Some(conditions) = having {
            plan = filter_all(plan, conditions)?;
        }
        if !windows.is_empty() {
            plan = built(LogicalPlanBuilder::window_plan(plan, windows).map(LogicalPlanBuilder::from))?;
        }
        self.finished(plan, items, sort, slice, distinct)
    }

    /// Columns, duplicates, order, limit.
    fn finished(
        &self,
        plan: LogicalPlan,
        items: Vec<Item>,
        sort: Vec<SortItem>,
        slice: Option<Slice>,
        distinct: bool,
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
        self.sliced(relation, keys, slice)
    }

    /// Adds conditions to a plan. Those that can fail see only rows that pass the others.
    pub(super) fn filtered(
        &self,
        plan: LogicalPlan,
        conditions: Vec<&ast::Expr>,
        scope: &Scope<'_>,
    ) -> Bind<LogicalPlan> {
        let bound = conditions.into_iter().map(|e| self.predicate(e, scope)).collect::<Bind<Vec<_>>>()?;
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

    fn items(&self, projection: &[ast::SelectItem], scope: &Scope<'_>) -> Bind<Vec<Item>> {
        let mut items = Vec::new();
        for item in projection {
            match item {
                ast::SelectItem::UnnamedExpr(expr) => {
                    items.push(self.unnamed_item(expr, scope)?);
                }
                ast::SelectItem::ExprWithAlias { expr, alias } => {
                    let value = self.scalar(expr, scope)?;
                    items.push(Item { name: alias.value.clone(), qualifier: None, value });
                }
                ast::SelectItem::Wildcard(options) if options.opt_except.is_none() => {
                    self.wildcard(None, scope, &mut items)?;
                }
                ast::SelectItem::QualifiedWildcard(
                    ast::SelectItemQualifiedWildcardKind::ObjectName(name),
                    _,
                ) => {
                    let qualifier = name.0.last().and_then(|p| p.as_ident()).map(|i| i.value.as_str());
                    self.wildcard(qualifier, scope, &mut items)?;
                }
                _ => return Err(unsupported("SELECT *")),
            }
        }
        Ok(items)
    }

    fn unnamed_item(&self, expr: &ast::Expr, scope: &Scope<'_>) -> Bind<Item> {
        // `alias = expression`: T-SQL has no comparison there.
        if let ast::Expr::BinaryOp { left, op: ast::BinaryOperator::Eq, right } = expr
            && let ast::Expr::Identifier(alias) = left.as_ref()
        {
            let value = self.scalar(right, scope)?;
            return Ok(Item { name: alias.value.clone(), qualifier: None, value });
        }
        let value = self.scalar(expr, scope)?;
        let name = match expr {
            ast::Expr::Identifier(name) => self.stored_name(None, &name.value, scope),
            ast::Expr::CompoundIdentifier(parts) => match parts.as_slice() {
                [.., table, name] => self.stored_name(Some(&table.value), &name.value, scope),
                _ => String::new(),
            },
            _ => String::new(),
        };
        Ok(Item { name, qualifier: None, value })
    }

    /// A column's name as its table writes it.
    fn stored_name(&self, qualifier: Option<&str>, name: &str, scope: &Scope<'_>) -> String {
        let same = |a: &str, b: &str| a.to_lowercase() == b.to_lowercase();
        let found = scope.cols.iter().find(|c| {
            same(&c.name, name)
                && qualifier.is_none_or(|q| c.qualifier.as_deref().is_some_and(|cq| same(cq, q)))
        });
        found.map_or_else(|| name.to_string(), |c| c.name.clone())
    }

    fn wildcard(&self, qualifier: Option<&str>, scope: &Scope<'_>, items: &mut Vec<Item>) -> Bind<()> {
        let before = items.len();
        for column in &scope.cols {
            let wanted = qualifier.is_none_or(|q| {
                column.qualifier.as_deref().is_some_and(|cq| cq.to_lowercase() == q.to_lowercase())
            });
            if !wanted || column.name.starts_with('\u{0}') {
                continue;
            }
            let value = if scope.grouped() {
                scope.resolve(column.qualifier.as_deref(), &column.name)?
            } else {
                Typed::new(column.column(), column.ty)
            };
            items.push(Item { name: column.name.clone(), qualifier: column.qualifier.clone(), value });
        }
        if items.len() == before {
            return Err(invalid("263: * needs a table"));
        }
        Ok(())
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
        (!select.named_window.is_empty(), "WINDOW"),
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
