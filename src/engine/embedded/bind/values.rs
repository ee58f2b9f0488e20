//! `VALUES`.

use datafusion::logical_expr::LogicalPlanBuilder;
use sqlparser::ast;

use super::scope::{Env, Scope, ScopeCol};
use super::{Bind, Binder, Relation, built, invalid};

impl<'c> Binder<'c> {
    pub(super) fn values<'q>(
        &self,
        values: &'q ast::Values,
        env: &Env<'q>,
        parent: Option<&'q Scope<'q>>,
    ) -> Bind<Relation> {
        let one = || -> Bind<Relation> {
            Ok(Relation { plan: built(Ok(LogicalPlanBuilder::empty(true)))?, cols: Vec::new() })
        };
        if values.rows.len() > 1000 {
            return Err(invalid("10738: VALUES takes 1000 rows at the most"));
        }
        let mut rows = Vec::new();
        for row in &values.rows {
            rows.push(self.with_row(one()?, &row.content, false, env, parent)?);
        }
        self.united(rows)
    }

    /// The rows of `base` with a row's values beside their columns (or instead of them).
    pub(super) fn with_row<'q>(
        &self,
        base: Relation,
        row: impl IntoIterator<Item = &'q ast::Expr>,
        keep: bool,
        env: &Env<'q>,
        parent: Option<&'q Scope<'q>>,
    ) -> Bind<Relation> {
        let scope = Scope::new(base.cols, env, parent);
        let mut exprs: Vec<_> =
            if keep { scope.cols.iter().map(ScopeCol::column).collect() } else { Vec::new() };
        let mut cols = if keep { scope.cols.clone() } else { Vec::new() };
        for value in row {
            let value = self.scalar(value, &scope)?;
            let id = self.id();
            exprs.push(value.expr.alias(id.clone()));
            cols.push(ScopeCol { qualifier: None, name: String::new(), id, ty: value.ty });
        }
        Ok(Relation { plan: built(LogicalPlanBuilder::from(base.plan).project(exprs))?, cols })
    }
}
