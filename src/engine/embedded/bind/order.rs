//! `ORDER BY`, `TOP`, `OFFSET` and `FETCH`.

use datafusion::common::Column;
use datafusion::functions_aggregate::count::count_udaf;
use datafusion::functions_window::rank::rank_udwf;
use datafusion::functions_window::row_number::row_number_udwf;
use datafusion::logical_expr::expr::Sort;
use datafusion::logical_expr::{Expr, LogicalPlanBuilder, WindowFunctionDefinition, cast, lit};
use sqlparser::ast;

use super::super::ops::{Op, call};
use super::super::types::{Ty, Typed};
use super::scope::{Env, Scope};
use super::{Bind, Binder, Relation, built, col, internal, invalid, unsupported};

/// A value to order by.
#[derive(Debug, Clone)]
pub(super) struct SortItem {
    pub(super) value: Typed,
    pub(super) ascending: bool,
}

impl SortItem {
    /// The same order on a column of the plan.
    pub(super) fn on(self, id: &str) -> SortItem {
        SortItem { value: Typed::new(col(id), self.value.ty), ascending: self.ascending }
    }
}

/// The order as the engine behind takes it: NULL is the smallest value.
pub(super) fn ordering(item: SortItem) -> Sort {
    let key = if item.value.ty.is_text() {
        call(Op::SortKey, vec![item.value.clone()], item.value.ty).expr
    } else {
        item.value.expr
    };
    Sort::new(key, item.ascending, item.ascending)
}

/// A part of the ordered rows.
#[derive(Debug, Clone, Copy)]
pub(super) enum Slice {
    /// `TOP (n)`
    Top(u64),
    /// `TOP (n) WITH TIES`
    Ties(u64),
    /// `TOP (p) PERCENT`
    Percent(f64),
    /// `OFFSET m ROWS FETCH NEXT n ROWS ONLY`
    Offset { skip: u64, fetch: Option<u64> },
}

impl Slice {
    pub(super) fn of_top(top: Option<&ast::Top>) -> Bind<Option<Slice>> {
        let Some(top) = top else { return Ok(None) };
        let text = match &top.quantity {
            Some(ast::TopQuantity::Constant(n)) => n.to_string(),
            Some(ast::TopQuantity::Expr(e)) => number(e)?,
            None => return Err(invalid("102: TOP needs a number")),
        };
        if top.percent {
            let percent: f64 = text.parse().map_err(|_| invalid("1014: TOP PERCENT needs a number"))?;
            if top.with_ties || !(0.0..=100.0).contains(&percent) {
                return Err(unsupported("TOP PERCENT WITH TIES"));
            }
            return Ok(Some(Slice::Percent(percent)));
        }
        let n = text.parse().map_err(|_| invalid("1060: TOP needs a whole number"))?;
        Ok(Some(if top.with_ties { Slice::Ties(n) } else { Slice::Top(n) }))
    }

    pub(super) fn of_query(query: &ast::Query) -> Bind<Option<Slice>> {
        let whole = |e: &ast::Expr| -> Bind<u64> {
            number(e)?.parse().map_err(|_| invalid("10743: OFFSET and FETCH need whole numbers"))
        };
        let skip = match &query.limit_clause {
            Some(ast::LimitClause::LimitOffset { offset: Some(offset), .. }) => Some(whole(&offset.value)?),
            _ => None,
        };
        let fetch = match &query.fetch {
            None => None,
            Some(f) if f.with_ties || f.percent => return Err(unsupported("FETCH … WITH TIES")),
            Some(f) => Some(f.quantity.as_ref().map_or(Ok(1), whole)?),
        };
        match (skip, fetch) {
            (None, None) => Ok(None),
            (None, Some(_)) => Err(invalid("153: FETCH needs OFFSET")),
            (Some(skip), fetch) => Ok(Some(Slice::Offset { skip, fetch })),
        }
    }
}

fn number(expr: &ast::Expr) -> Bind<String> {
    match expr {
        ast::Expr::Nested(inner) => number(inner),
        ast::Expr::Value(v) => match &v.value {
            ast::Value::Number(n, _) => Ok(n.clone()),
            _ => Err(invalid("1060: a number of rows is expected")),
        },
        _ => Err(unsupported("TOP (expression)")),
    }
}

impl<'c> Binder<'c> {
    /// An `ORDER BY` item of a `SELECT`: an alias, a position or an expression.
    pub(super) fn sort_item(
        &self,
        item: &ast::OrderByExpr,
        columns: &[(String, Typed)],
        scope: &Scope<'_>,
    ) -> Bind<SortItem> {
        let ascending = direction(item)?;
        if let Some(position) = ordinal(&item.expr)? {
            let found = position.checked_sub(1).and_then(|i| columns.get(i));
            let found = found.ok_or_else(|| invalid(format!("108: there is no column {position}")))?;
            return Ok(SortItem { value: found.1.clone(), ascending });
        }
        if let ast::Expr::Identifier(name) = &item.expr {
            let wanted = name.value.to_lowercase();
            let mut found = columns.iter().filter(|(n, _)| !n.is_empty() && n.to_lowercase() == wanted);
            if let Some((_, value)) = found.next() {
                if found.any(|(_, other)| other != value) {
                    return Err(invalid(format!("209: ambiguous column name {}", name.value)));
                }
                return Ok(SortItem { value: value.clone(), ascending });
            }
        }
        let value = self.scalar(&item.expr, scope)?;
        Ok(SortItem { value, ascending })
    }

    /// An `ORDER BY` item where only expressions stand (`OVER`, `WITHIN GROUP`).
    pub(super) fn sort_expr(&self, item: &ast::OrderByExpr, scope: &Scope<'_>) -> Bind<SortItem> {
        let ascending = direction(item)?;
        if ordinal(&item.expr)?.is_some() {
            return Err(invalid("5308: a position is not allowed here"));
        }
        Ok(SortItem { value: self.scalar(&item.expr, scope)?, ascending })
    }

    /// Orders rows by the columns they have.
    pub(super) fn order_by_output(
        &self,
        relation: Relation,
        order: &[ast::OrderByExpr],
        slice: Option<Slice>,
    ) -> Bind<Relation> {
        let columns: Vec<(String, Typed)> =
            relation.cols.iter().map(|c| (c.name.clone(), Typed::new(c.column(), c.ty))).collect();
        let scope = Scope::new(relation.cols.clone(), &Env::default(), None);
        let keys = order.iter().map(|o| self.sort_item(o, &columns, &scope)).collect::<Bind<Vec<_>>>()?;
        self.sliced(relation, keys, slice)
    }

    /// Orders and cuts rows, and leaves only the relation's columns.
    pub(super) fn sliced(
        &self,
        relation: Relation,
        keys: Vec<SortItem>,
        slice: Option<Slice>,
    ) -> Bind<Relation> {
        let sort: Vec<Sort> = keys.into_iter().map(ordering).collect();
        let mut builder = LogicalPlanBuilder::from(relation.plan);
        let cut = slice.filter(|s| matches!(s, Slice::Ties(_) | Slice::Percent(_)));
        if let Some(slice) = cut {
            builder = self.cut_by_window(builder, slice, &sort)?;
        }
        if !sort.is_empty() {
            builder = builder.sort(sort).map_err(internal)?;
        }
        let (skip, fetch) = match slice {
            Some(Slice::Top(n)) => (0, Some(n)),
            Some(Slice::Offset { skip, fetch }) => (skip, fetch),
            _ => (0, None),
        };
        if skip > 0 || fetch.is_some() {
            let rows = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
            builder = builder.limit(rows(skip), fetch.map(rows)).map_err(internal)?;
        }
        let exprs: Vec<Expr> = relation.cols.iter().map(super::scope::ScopeCol::column).collect();
        Ok(Relation { plan: built(builder.project(exprs))?, cols: relation.cols })
    }

    fn cut_by_window(
        &self,
        builder: LogicalPlanBuilder,
        slice: Slice,
        sort: &[Sort],
    ) -> Bind<LogicalPlanBuilder> {
        let named = |e: &Expr| Expr::Column(Column::from_name(e.schema_name().to_string()));
        let place = |definition, args| self.own_window(definition, args, sort.to_vec());
        let (windows, condition) = match slice {
            Slice::Ties(n) => {
                if sort.is_empty() {
                    return Err(invalid("1062: WITH TIES needs an ORDER BY"));
                }
                let rank = place(WindowFunctionDefinition::WindowUDF(rank_udwf()), vec![]);
                let condition =
                    cast(named(&rank), Ty::BigInt.arrow()).lt_eq(lit(i64::try_from(n).unwrap_or(i64::MAX)));
                (vec![rank], condition)
            }
            Slice::Percent(percent) => {
                let row = place(WindowFunctionDefinition::WindowUDF(row_number_udwf()), vec![]);
                let count = self.own_window(
                    WindowFunctionDefinition::AggregateUDF(count_udaf()),
                    vec![lit(1i64)],
                    vec![],
                );
                // Row r is kept while r - 1 is less than the share: SQL Server rounds up.
                let before = cast(named(&row), Ty::Float.arrow()) - lit(1.0f64);
                let share = cast(named(&count), Ty::Float.arrow()) * lit(percent) / lit(100.0f64);
                (vec![row, count], before.lt(share - lit(1e-9f64)))
            }
            Slice::Top(_) | Slice::Offset { .. } => return Ok(builder),
        };
        let plan = builder.build().map_err(internal)?;
        let plan = LogicalPlanBuilder::window_plan(plan, windows).map_err(internal)?;
        LogicalPlanBuilder::from(plan).filter(condition).map_err(internal)
    }
}

fn direction(item: &ast::OrderByExpr) -> Bind<bool> {
    if item.options.nulls_first.is_some() || item.with_fill.is_some() {
        return Err(unsupported("NULLS FIRST/LAST"));
    }
    Ok(item.options.asc.unwrap_or(true))
}

fn ordinal(expr: &ast::Expr) -> Bind<Option<usize>> {
    match expr {
        ast::Expr::Value(v) => match &v.value {
            ast::Value::Number(n, _) => {
                n.parse().map(Some).map_err(|_| invalid("108: a column's position is a whole number"))
            }
            _ => Err(invalid("408: a constant cannot give an order")),
        },
        _ => Ok(None),
    }
}
