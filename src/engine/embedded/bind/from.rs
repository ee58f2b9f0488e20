//! `FROM`: tables, derived tables and joins.

use std::sync::Arc;

use datafusion::common::JoinType;
use datafusion::logical_expr::{Expr, LogicalPlanBuilder};
use sqlparser::ast;

use super::cte::renamed;
use super::scope::{Env, Scope};
use super::{Bind, Binder, Relation, built, invalid, unsupported};

impl<'c> Binder<'c> {
    /// The rows of a `FROM`; one row without columns where there is none.
    pub(super) fn from<'q>(
        &self,
        from: &'q [ast::TableWithJoins],
        env: &Env<'q>,
        parent: Option<&'q Scope<'q>>,
    ) -> Bind<Relation> {
        let mut whole: Option<Relation> = None;
        for item in from {
            let next = self.joined(item, env, parent)?;
            whole = Some(match whole {
                None => next,
                Some(left) => cross(left, next)?,
            });
        }
        match whole {
            Some(relation) => Ok(relation),
            None => Ok(Relation { plan: built(Ok(LogicalPlanBuilder::empty(true)))?, cols: Vec::new() }),
        }
    }

    fn joined<'q>(
        &self,
        item: &'q ast::TableWithJoins,
        env: &Env<'q>,
        parent: Option<&'q Scope<'q>>,
    ) -> Bind<Relation> {
        let mut left = self.factor(&item.relation, env, parent)?;
        for join in &item.joins {
            left = self.join(left, join, env, parent, parent)?;
        }
        Ok(left)
    }

    /// One join. `around` is what the joined source sees around it, `parent` what conditions see.
    pub(super) fn join<'q>(
        &self,
        left: Relation,
        join: &'q ast::Join,
        env: &Env<'q>,
        around: Option<&'q Scope<'q>>,
        parent: Option<&'q Scope<'q>>,
    ) -> Bind<Relation> {
        use ast::JoinOperator as J;
        let (kind, constraint) = match &join.join_operator {
            J::Join(c) | J::Inner(c) => (JoinType::Inner, c),
            J::Left(c) | J::LeftOuter(c) => (JoinType::Left, c),
            J::Right(c) | J::RightOuter(c) => (JoinType::Right, c),
            J::FullOuter(c) => (JoinType::Full, c),
            J::CrossJoin(ast::JoinConstraint::None) => {
                return cross(left, self.factor(&join.relation, env, around)?);
            }
            J::CrossApply => return self.apply(left, &join.relation, false, env, parent),
            J::OuterApply => return self.apply(left, &join.relation, true, env, parent),
            _ => return Err(unsupported("JOIN")),
        };
        let right = self.factor(&join.relation, env, around)?;
        let ast::JoinConstraint::On(on) = constraint else {
            return Err(unsupported("JOIN … USING"));
        };
        let mut cols = left.cols;
        cols.extend(right.cols);
        let scope = Scope::new(cols, env, parent);
        let on: Vec<Expr> =
            conjuncts(on).into_iter().map(|e| self.predicate(e, &scope)).collect::<Bind<_>>()?;
        let plan = built(LogicalPlanBuilder::from(left.plan).join_on(right.plan, kind, on))?;
        Ok(Relation { plan, cols: scope.cols })
    }

    /// One item of a `FROM`.
    pub(super) fn factor<'q>(
        &self,
        factor: &'q ast::TableFactor,
        env: &Env<'q>,
        parent: Option<&'q Scope<'q>>,
    ) -> Bind<Relation> {
        match factor {
            ast::TableFactor::Table { name, alias, args: None, version: None, sample: None, .. } => {
                self.table(name, alias.as_ref(), env)
            }
            ast::TableFactor::Table { name, alias, args: Some(args), .. } => {
                let one = Relation { plan: built(Ok(LogicalPlanBuilder::empty(true)))?, cols: Vec::new() };
                self.split(one, name, &args.args, alias.as_ref(), false, env, parent)
            }
            ast::TableFactor::Derived { lateral: false, subquery, alias: Some(alias), sample: None } => {
                let relation = renamed(self.query(subquery, env, parent, false)?, alias)?;
                aliased(relation, &alias.name.value)
            }
            ast::TableFactor::NestedJoin { table_with_joins, alias: None } => {
                self.joined(table_with_joins, env, parent)
            }
            ast::TableFactor::Pivot { .. } => self.pivot(factor, env, parent),
            ast::TableFactor::Unpivot { .. } => self.unpivot(factor, env, parent),
            ast::TableFactor::Derived { .. } => Err(unsupported("LATERAL, TABLESAMPLE")),
            other => Err(unsupported(super::query::first_word(&other.to_string()))),
        }
    }

    fn table<'q>(
        &self,
        name: &ast::ObjectName,
        alias: Option<&ast::TableAlias>,
        env: &Env<'q>,
    ) -> Bind<Relation> {
        let parts: Vec<&str> = name.0.iter().filter_map(|p| p.as_ident()).map(|i| i.value.as_str()).collect();
        let shown = name.to_string();
        let bare = parts.last().copied().unwrap_or_default();
        let relation = match (parts.len(), env.find(bare)) {
            (1, Some(body)) => self.cte(body)?,
            _ => {
                let schema_ok = parts.len() < 2
                    || parts
                        .get(parts.len() - 2)
                        .is_some_and(|s| s.eq_ignore_ascii_case("dbo") || s.is_empty());
                if !schema_ok || !bare.eq_ignore_ascii_case(self.catalog.table) {
                    return Err(invalid(format!("208: there is no table {shown}")));
                }
                let scan =
                    LogicalPlanBuilder::scan(self.catalog.table, Arc::clone(&self.catalog.source), None);
                self.fresh(built(scan)?, &self.catalog.columns)?
            }
        };
        match alias {
            Some(alias) => aliased(renamed(relation, alias)?, &alias.name.value),
            None => aliased(relation, bare),
        }
    }
}

/// Gives all columns one qualifier.
pub(super) fn aliased(mut relation: Relation, alias: &str) -> Bind<Relation> {
    for column in &mut relation.cols {
        column.qualifier = Some(alias.to_string());
    }
    Ok(relation)
}

pub(super) fn cross(left: Relation, right: Relation) -> Bind<Relation> {
    let plan = built(LogicalPlanBuilder::from(left.plan).cross_join(right.plan))?;
    let mut cols = left.cols;
    cols.extend(right.cols);
    Ok(Relation { plan, cols })
}

/// The conditions that must all hold.
pub(super) fn conjuncts(expr: &ast::Expr) -> Vec<&ast::Expr> {
    match expr {
        ast::Expr::BinaryOp { left, op: ast::BinaryOperator::And, right } => {
            let mut all = conjuncts(left);
            all.extend(conjuncts(right));
            all
        }
        ast::Expr::Nested(inner) => match inner.as_ref() {
            ast::Expr::BinaryOp { op: ast::BinaryOperator::And, .. } => conjuncts(inner),
            _ => vec![expr],
        },
        other => vec![other],
    }
}
