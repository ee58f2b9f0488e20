//! Queries: `WITH`, the body, `ORDER BY`, `OFFSET`/`FETCH`.

use sqlparser::ast;

use super::cte::with_ctes;
use super::scope::{Env, Scope};
use super::{Bind, Binder, Relation, invalid, unsupported};

impl<'c> Binder<'c> {
    /// Binds a query. `outermost` queries may be ordered without a limit.
    pub(super) fn query<'q>(
        &self,
        query: &'q ast::Query,
        env: &Env<'q>,
        parent: Option<&'q Scope<'q>>,
        outermost: bool,
    ) -> Bind<Relation> {
        self.deeper(|| self.query_at_depth(query, env, parent, outermost))
    }

    fn query_at_depth<'q>(
        &self,
        query: &'q ast::Query,
        env: &Env<'q>,
        parent: Option<&'q Scope<'q>>,
        outermost: bool,
    ) -> Bind<Relation> {
        refuse_clauses(query)?;
        let env = with_ctes(query.with.as_ref(), env)?;
        let order = order_items(query.order_by.as_ref())?;
        let slice = self.slice_of_query(query)?;
        if slice.is_some() && order.is_empty() {
            return Err(invalid("102: OFFSET and FETCH need an ORDER BY"));
        }
        match query.body.as_ref() {
            ast::SetExpr::Select(select) => {
                if !outermost && !order.is_empty() && select.top.is_none() && slice.is_none() {
                    return Err(invalid("1033: ORDER BY inside a query needs TOP or OFFSET"));
                }
                self.select(select, order, slice, &env, parent)
            }
            body => {
                if !outermost && !order.is_empty() && slice.is_none() {
                    return Err(invalid("1033: ORDER BY inside a query needs TOP or OFFSET"));
                }
                let relation = self.set_expr(body, &env, parent)?;
                self.order_by_output(relation, order, slice)
            }
        }
    }

    /// Binds a body: a `SELECT`, a set operation, `VALUES` or a query in parentheses.
    pub(super) fn set_expr<'q>(
        &self,
        body: &'q ast::SetExpr,
        env: &Env<'q>,
        parent: Option<&'q Scope<'q>>,
    ) -> Bind<Relation> {
        self.deeper(|| match body {
            ast::SetExpr::Select(select) => self.select(select, &[], None, env, parent),
            ast::SetExpr::Query(query) => self.query(query, env, parent, false),
            ast::SetExpr::SetOperation { left, op, set_quantifier, right } => {
                self.set_operation(left, *op, *set_quantifier, right, env, parent)
            }
            ast::SetExpr::Values(values) => self.values(values, env, parent),
            other => Err(unsupported(first_word(&other.to_string()))),
        })
    }
}

pub(super) fn first_word(text: &str) -> String {
    text.split_whitespace().next().unwrap_or_default().to_uppercase()
}

fn refuse_clauses(query: &ast::Query) -> Bind<()> {
    if query.limit_clause.as_ref().is_some_and(
        |l| !matches!(l, ast::LimitClause::LimitOffset { limit: None, limit_by, .. } if limit_by.is_empty()),
    ) {
        return Err(unsupported("LIMIT"));
    }
    if query.for_clause.is_some() || !query.locks.is_empty() {
        return Err(unsupported("FOR"));
    }
    if query.settings.is_some() || query.format_clause.is_some() {
        return Err(unsupported("SETTINGS"));
    }
    if !query.pipe_operators.is_empty() {
        return Err(unsupported("|>"));
    }
    Ok(())
}

pub(super) fn order_items(order: Option<&ast::OrderBy>) -> Bind<&[ast::OrderByExpr]> {
    match order {
        None => Ok(&[]),
        Some(ast::OrderBy { kind: ast::OrderByKind::Expressions(items), interpolate: None }) => Ok(items),
        Some(_) => Err(unsupported("ORDER BY ALL")),
    }
}
