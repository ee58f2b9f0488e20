//! Common table expressions, recursive ones included.

use std::sync::Arc;

use arrow::datatypes::{Field, Schema};
use datafusion::catalog::cte_worktable::CteWorkTable;
use datafusion::datasource::provider_as_source;
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};
use sqlparser::ast::{self, Visit, Visitor};

use super::super::ops::{Op, call};
use super::super::types::{Arith, Ty, Typed};
use super::scope::{CteBody, Env, ScopeCol};
use super::{Bind, Binder, Relation, built, col, invalid, unsupported};

/// The hidden column that counts the levels.
const LEVEL: &str = "\u{0}level";

pub(super) fn with_ctes<'q>(with: Option<&'q ast::With>, env: &Env<'q>) -> Bind<Env<'q>> {
    let mut env = env.clone();
    for cte in with.map(|w| w.cte_tables.as_slice()).unwrap_or_default() {
        if cte.from.is_some() || cte.materialized.is_some() {
            return Err(unsupported("MATERIALIZED"));
        }
        env = env.with(&cte.alias.name.value, CteBody::Query { cte, env: env.clone() });
    }
    Ok(env)
}

impl<'c> Binder<'c> {
    /// The rows of a common table expression.
    pub(super) fn cte<'q>(&self, body: &CteBody<'q>) -> Bind<Relation> {
        match body {
            CteBody::Work { name, source, cols } => self.work_table(name, Arc::clone(source), cols),
            CteBody::Query { cte, env } => {
                let relation = if names_itself(cte) {
                    self.recursive(cte, env)?
                } else {
                    self.query(&cte.query, env, None, false)?
                };
                renamed(relation, &cte.alias)
            }
        }
    }

    fn work_table(
        &self,
        name: &str,
        source: Arc<dyn datafusion::logical_expr::TableSource>,
        cols: &[(String, Ty)],
    ) -> Bind<Relation> {
        let scan = built(LogicalPlanBuilder::scan(name.to_string(), source, None))?;
        self.fresh(scan, cols)
    }

    /// Gives the columns of a plan new names, by position.
    pub(super) fn fresh(&self, plan: LogicalPlan, cols: &[(String, Ty)]) -> Bind<Relation> {
        let schema = Arc::clone(plan.schema());
        let mut exprs = Vec::with_capacity(cols.len());
        let mut out = Vec::with_capacity(cols.len());
        for (column, (name, ty)) in schema.columns().into_iter().zip(cols) {
            let id = self.id();
            exprs.push(datafusion::logical_expr::Expr::Column(column).alias(id.clone()));
            out.push(ScopeCol { qualifier: None, name: name.clone(), id, ty: *ty });
        }
        Ok(Relation { plan: built(LogicalPlanBuilder::from(plan).project(exprs))?, cols: out })
    }

    fn recursive<'q>(&self, cte: &'q ast::Cte, env: &Env<'q>) -> Bind<Relation> {
        let (anchor, step) = match cte.query.body.as_ref() {
            ast::SetExpr::SetOperation {
                left,
                op: ast::SetOperator::Union,
                set_quantifier: ast::SetQuantifier::All,
                right,
            } if cte.query.with.is_none() && cte.query.order_by.is_none() => (left, right),
            _ => return Err(invalid("252: a recursive query is an anchor UNION ALL a recursive part")),
        };
        if mentions(anchor.as_ref(), &cte.alias.name.value) != 0
            || mentions(step.as_ref(), &cte.alias.name.value) != 1
        {
            return Err(unsupported("WITH … (recursive, several members)"));
        }
        let start = renamed(self.set_expr(anchor, env, None)?, &cte.alias)?;
        let mut cols: Vec<(String, Ty)> = start.cols.iter().map(|c| (c.name.clone(), c.ty)).collect();
        let mut exprs: Vec<_> = start.cols.iter().map(ScopeCol::column).collect();
        exprs.push(Typed::int(0).expr.alias(self.id()));
        let start = built(LogicalPlanBuilder::from(start.plan).project(exprs))?;
        cols.push((LEVEL.to_string(), Ty::Int));

        let name = self.id();
        let fields: Vec<Field> = start
            .schema()
            .fields()
            .iter()
            .map(|f| Field::new(f.name().clone(), f.data_type().clone(), true))
            .collect();
        let work = Arc::new(CteWorkTable::new(&name, Arc::new(Schema::new(fields))));
        let body = CteBody::Work { name: name.clone(), source: provider_as_source(work), cols: cols.clone() };
        let inside = env.with(&cte.alias.name.value, body);
        let next = self.recursive_step(step, &inside, &cols)?;
        let plan = built(LogicalPlanBuilder::from(start).to_recursive_query(name, next, false))?;
        let mut relation = self.fresh(plan, &cols)?;
        relation.cols.retain(|c| c.name != LEVEL);
        Ok(relation)
    }

    fn recursive_step<'q>(
        &self,
        step: &'q ast::SetExpr,
        env: &Env<'q>,
        cols: &[(String, Ty)],
    ) -> Bind<LogicalPlan> {
        let ast::SetExpr::Select(select) = step else {
            return Err(unsupported("WITH … (recursive, nested)"));
        };
        let grouped = matches!(&select.group_by, ast::GroupByExpr::Expressions(e, _) if !e.is_empty());
        if select.distinct.is_some() || select.top.is_some() || grouped || select.having.is_some() {
            return Err(invalid("460: a recursive part cannot group, limit or remove duplicates"));
        }
        let next = self.select_with(select, env, |scope| {
            let before = scope.resolve(None, LEVEL)?;
            let after = super::arith::arithmetic(Arith::Add, before, Typed::int(1))?;
            Ok(vec![call(Op::Level { limit: self.max_recursion }, vec![after], Ty::Int)])
        })?;
        for (found, (name, wanted)) in next.cols.iter().zip(cols) {
            let same = found.ty == *wanted || found.ty.is_text() && wanted.is_text();
            if !same {
                return Err(invalid(format!(
                    "240: the types of column {name} differ between anchor and recursive part"
                )));
            }
        }
        if next.cols.len() != cols.len() {
            return Err(invalid("205: the parts of a union need the same number of columns"));
        }
        let exprs: Vec<_> = next.cols.iter().map(|c| col(&c.id)).collect();
        built(LogicalPlanBuilder::from(next.plan).project(exprs))
    }
}

/// Gives a relation the column names of its alias.
pub(super) fn renamed(mut relation: Relation, alias: &ast::TableAlias) -> Bind<Relation> {
    if !alias.columns.is_empty() {
        if alias.columns.len() != relation.cols.len() {
            return Err(invalid(format!(
                "8158: {} has another number of columns than names",
                alias.name.value
            )));
        }
        for (column, name) in relation.cols.iter_mut().zip(&alias.columns) {
            column.name.clone_from(&name.name.value);
        }
    }
    Ok(relation)
}

fn names_itself(cte: &ast::Cte) -> bool {
    mentions(cte.query.as_ref(), &cte.alias.name.value) > 0
}

fn mentions(tree: &impl Visit, name: &str) -> usize {
    struct Count<'n>(&'n str, usize);
    impl Visitor for Count<'_> {
        type Break = ();
        fn pre_visit_relation(&mut self, relation: &ast::ObjectName) -> std::ops::ControlFlow<()> {
            let parts = &relation.0;
            if let [ast::ObjectNamePart::Identifier(one)] = parts.as_slice()
                && one.value.to_lowercase() == self.0.to_lowercase()
            {
                self.1 += 1;
            }
            std::ops::ControlFlow::Continue(())
        }
    }
    let mut count = Count(name, 0);
    let _ = tree.visit(&mut count);
    count.1
}
