//! `CROSS APPLY` and `OUTER APPLY`, and `STRING_SPLIT`.

use std::sync::Arc;

use datafusion::common::{Column, JoinType, UnnestOptions};
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder, Subquery};
use sqlparser::ast;

use super::super::ops::{Op, call};
use super::super::types::Ty;
use super::arith::coerce;
use super::cte::renamed;
use super::from::aliased;
use super::lateral::joins_by_itself;
use super::scope::{Env, Scope, ScopeCol};
use super::{Bind, Binder, Relation, built, invalid, unsupported};

impl<'c> Binder<'c> {
    pub(super) fn apply<'q>(
        &self,
        left: Relation,
        right: &'q ast::TableFactor,
        outer: bool,
        env: &Env<'q>,
        parent: Option<&'q Scope<'q>>,
    ) -> Bind<Relation> {
        match right {
            ast::TableFactor::Table { name, args: Some(args), alias, .. } => {
                self.split(left, name, &args.args, alias.as_ref(), outer, env, parent)
            }
            ast::TableFactor::Derived { subquery, alias: Some(alias), .. } => match subquery.body.as_ref() {
                ast::SetExpr::Values(values) if bare(subquery) => {
                    self.apply_values(left, values, alias, env, parent)
                }
                ast::SetExpr::Select(select) if bare(subquery) && is_row(select) => {
                    self.apply_row(left, select, alias, env, parent)
                }
                _ => self.apply_query(left, subquery, alias, outer, env, parent),
            },
            _ => Err(unsupported("APPLY")),
        }
    }

    /// `APPLY (VALUES (…), (…))`: each row once per row of values.
    fn apply_values<'q>(
        &self,
        left: Relation,
        values: &'q ast::Values,
        alias: &ast::TableAlias,
        env: &Env<'q>,
        parent: Option<&'q Scope<'q>>,
    ) -> Bind<Relation> {
        let width = left.cols.len();
        let kept = left.cols.clone();
        let mut rows = Vec::new();
        for row in &values.rows {
            let base = Relation { plan: left.plan.clone(), cols: left.cols.clone() };
            rows.push(self.with_row(base, &row.content, true, env, parent)?);
        }
        let mut all = self.united(rows)?;
        let added = Relation { plan: all.plan, cols: all.cols.split_off(width) };
        let added = aliased(renamed(added, alias)?, &alias.name.value)?;
        let mut cols: Vec<ScopeCol> =
            kept.into_iter().zip(all.cols).map(|(k, c)| ScopeCol { id: c.id, ty: c.ty, ..k }).collect();
        cols.extend(added.cols);
        Ok(Relation { plan: added.plan, cols })
    }

    /// `APPLY (SELECT a + b AS c)`: more columns.
    fn apply_row<'q>(
        &self,
        left: Relation,
        select: &'q ast::Select,
        alias: &ast::TableAlias,
        env: &Env<'q>,
        parent: Option<&'q Scope<'q>>,
    ) -> Bind<Relation> {
        let mut exprs: Vec<&'q ast::Expr> = Vec::new();
        let mut names = Vec::new();
        for item in &select.projection {
            match item {
                ast::SelectItem::ExprWithAlias { expr, alias } => {
                    exprs.push(expr);
                    names.push(alias.value.clone());
                }
                ast::SelectItem::UnnamedExpr(ast::Expr::BinaryOp {
                    left,
                    op: ast::BinaryOperator::Eq,
                    right,
                }) => {
                    let ast::Expr::Identifier(name) = left.as_ref() else { return Err(unsupported("APPLY")) };
                    exprs.push(right);
                    names.push(name.value.clone());
                }
                ast::SelectItem::UnnamedExpr(expr) => {
                    exprs.push(expr);
                    names.push(String::new());
                }
                _ => return Err(unsupported("APPLY (SELECT *)")),
            }
        }
        let width = left.cols.len();
        let with = self.with_row(left, exprs, true, env, parent)?;
        let mut cols = with.cols;
        let mut added = Relation { plan: with.plan, cols: cols.split_off(width) };
        for (column, name) in added.cols.iter_mut().zip(names) {
            column.name = name;
        }
        let added = aliased(renamed(added, alias)?, &alias.name.value)?;
        cols.extend(added.cols);
        Ok(Relation { plan: added.plan, cols })
    }

    fn apply_query<'q>(
        &self,
        left: Relation,
        query: &'q ast::Query,
        alias: &ast::TableAlias,
        outer: bool,
        env: &Env<'q>,
        parent: Option<&'q Scope<'q>>,
    ) -> Bind<Relation> {
        let scope = Scope::new(left.cols, env, parent);
        let right = self.query(query, env, Some(&scope), false)?;
        if !joins_by_itself(&right.plan)
            && let Some(used) = self.used(&right.plan, &scope)
            && let Ok(Relation { plan, cols }) = self.applied(left.plan.clone(), query, &used, outer, env)
        {
            let added = Relation { plan, cols };
            let added = aliased(renamed(added, alias)?, &alias.name.value)?;
            let cols = scope.cols.into_iter().chain(added.cols).collect();
            return Ok(Relation { plan: added.plan, cols });
        }
        self.risk(if outer { "OUTER APPLY" } else { "CROSS APPLY" });
        let right = aliased(renamed(right, alias)?, &alias.name.value)?;
        let outer_ref_columns = right.plan.all_out_ref_exprs();
        let right_plan = if outer_ref_columns.is_empty() {
            right.plan
        } else {
            LogicalPlan::Subquery(Subquery {
                subquery: Arc::new(right.plan),
                outer_ref_columns,
                spans: datafusion::common::Spans::new(),
            })
        };
        let kind = if outer { JoinType::Left } else { JoinType::Inner };
        let on = datafusion::logical_expr::lit(true);
        let plan = built(LogicalPlanBuilder::from(left.plan).join_on(right_plan, kind, [on]))?;
        let mut cols = scope.cols;
        cols.extend(right.cols);
        Ok(Relation { plan, cols })
    }

    /// `STRING_SPLIT(text, separator)` for each row of `left`.
    #[allow(clippy::too_many_arguments)]
    pub(super) fn split<'q>(
        &self,
        left: Relation,
        name: &ast::ObjectName,
        args: &'q [ast::FunctionArg],
        alias: Option<&ast::TableAlias>,
        outer: bool,
        env: &Env<'q>,
        parent: Option<&'q Scope<'q>>,
    ) -> Bind<Relation> {
        if !name.to_string().eq_ignore_ascii_case("STRING_SPLIT") {
            return Err(unsupported(name.to_string()));
        }
        let scope = Scope::new(left.cols, env, parent);
        let values = args
            .iter()
            .map(|arg| match arg {
                ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Expr(e)) => self.scalar(e, &scope),
                _ => Err(unsupported("STRING_SPLIT")),
            })
            .collect::<Bind<Vec<_>>>()?;
        let (text, separator, numbered) = match values.as_slice() {
            [text, separator] => (text, separator, false),
            [text, separator, ordinal] => match ordinal.constant_int() {
                Some(n @ (0 | 1)) => (text, separator, n == 1),
                _ => return Err(unsupported("STRING_SPLIT (ordinal)")),
            },
            _ => return Err(invalid("174: STRING_SPLIT takes two or three arguments")),
        };
        if separator.constant_text().is_none_or(|s| s.chars().count() != 1) {
            return Err(unsupported("STRING_SPLIT (separator that is not one character)"));
        }
        let length = if let Ty::Text(n) = text.ty { n } else { 40 };
        let text = if text.ty.is_text() { text.clone() } else { coerce(text.clone(), Ty::Text(length))? };
        let qualifier = Some(alias.map_or("STRING_SPLIT", |a| a.name.value.as_str()).to_string());
        let mut exprs: Vec<_> = scope.cols.iter().map(ScopeCol::column).collect();
        let mut cols = scope.cols;
        let mut added = Vec::new();
        let ordinal = numbered.then_some((Op::SplitPlaces, "ordinal", Ty::BigInt));
        for (op, name, ty) in [(Op::Split, "value", Ty::Text(length))].into_iter().chain(ordinal) {
            let id = self.id();
            let parts = call(op, vec![text.clone(), separator.clone()], ty);
            exprs.push(parts.expr.alias(id.clone()));
            added.push(Column::from_name(id.clone()));
            cols.push(ScopeCol { qualifier: qualifier.clone(), name: name.to_string(), id, ty });
        }
        let options = UnnestOptions::new().with_preserve_nulls(outer);
        let plan = LogicalPlanBuilder::from(left.plan)
            .project(exprs)
            .and_then(|b| b.unnest_columns_with_options(added, options));
        Ok(Relation { plan: built(plan)?, cols })
    }
}

pub(super) fn bare(query: &ast::Query) -> bool {
    query.with.is_none() && query.order_by.is_none() && query.limit_clause.is_none() && query.fetch.is_none()
}

/// A `SELECT` of one row that only calculates.
pub(super) fn is_row(select: &ast::Select) -> bool {
    select.from.is_empty()
        && select.selection.is_none()
        && select.having.is_none()
        && select.top.is_none()
        && select.distinct.is_none()
        && matches!(&select.group_by, ast::GroupByExpr::Expressions(e, m) if e.is_empty() && m.is_empty())
        && !select.projection.iter().any(super::group::contains_aggregate)
}
