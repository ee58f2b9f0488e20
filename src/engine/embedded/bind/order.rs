//! `ORDER BY`, `TOP`, `OFFSET` and `FETCH`.

use datafusion::common::{Column, ScalarValue};
use datafusion::functions_aggregate::count::count_udaf;
use datafusion::functions_window::rank::rank_udwf;
use datafusion::functions_window::row_number::row_number_udwf;
use datafusion::logical_expr::expr::Sort;
use datafusion::logical_expr::{Expr, LogicalPlanBuilder, WindowFunctionDefinition, and, cast, lit};
use sqlparser::ast;

use super::super::ops::{Op, call};
use super::super::types::{Ty, Typed};
use super::arith::coerce;
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
    /// `TOP (p) PERCENT WITH TIES`
    PercentTies(f64),
    /// `OFFSET m ROWS FETCH NEXT n ROWS ONLY`
    Offset { skip: u64, fetch: Option<u64> },
}

impl<'c> Binder<'c> {
    pub(super) fn slice_of_top(&self, top: Option<&ast::Top>) -> Bind<Option<Slice>> {
        let Some(top) = top else { return Ok(None) };
        let value = match &top.quantity {
            Some(ast::TopQuantity::Constant(n)) => i64::try_from(*n).map(lit_int).ok(),
            Some(ast::TopQuantity::Expr(e)) => Some(self.count_of_rows(e)?),
            None => None,
        };
        let value = value.ok_or_else(|| invalid("102: TOP needs a number"))?;
        if top.percent {
            let percent = coerce(value, Ty::Float)?;
            return match percent.constant() {
                Some(ScalarValue::Float64(Some(p))) if (0.0..=100.0).contains(p) => {
                    Ok(Some(if top.with_ties { Slice::PercentTies(*p) } else { Slice::Percent(*p) }))
                }
                _ => Err(invalid("1031: a percentage lies between 0 and 100")),
            };
        }
        let n = whole(&value).ok_or_else(|| invalid("1060: TOP needs a whole number"))?;
        Ok(Some(if top.with_ties { Slice::Ties(n) } else { Slice::Top(n) }))
    }

    /// A number of rows: a constant, or worked out of constants.
    fn count_of_rows(&self, expr: &ast::Expr) -> Bind<Typed> {
        let nothing = Scope::new(Vec::new(), &Env::default(), None);
        let value = self.scalar(expr, &nothing)?;
        if value.constant().is_some() { Ok(value) } else { Err(unsupported("TOP (expression)")) }
    }

    pub(super) fn slice_of_query(&self, query: &ast::Query) -> Bind<Option<Slice>> {
        let whole = |e: &ast::Expr| -> Bind<u64> {
            whole(&self.count_of_rows(e)?)
                .ok_or_else(|| invalid("10743: OFFSET and FETCH need whole numbers"))
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

fn lit_int(n: i64) -> Typed {
    Typed::literal(ScalarValue::Int64(Some(n)), Ty::BigInt)
}

/// A constant whole number that is not negative.
fn whole(value: &Typed) -> Option<u64> {
    value.constant_int().and_then(|n| u64::try_from(n).ok())
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
        self.sliced(relation, keys, slice, 0)
    }

    /// Orders and cuts rows, and leaves only the relation's columns.
    pub(super) fn sliced(
        &self,
        relation: Relation,
        keys: Vec<SortItem>,
        slice: Option<Slice>,
        carried: usize,
    ) -> Bind<Relation> {
        let sort: Vec<Sort> = keys.into_iter().map(ordering).collect();
        let mut builder = LogicalPlanBuilder::from(relation.plan);
        let seeds = relation.cols.iter().skip(relation.cols.len().saturating_sub(carried));
        let seeds: Vec<Expr> = seeds.map(super::scope::ScopeCol::column).collect();
        let cut = slice.filter(|s| !seeds.is_empty() || !matches!(s, Slice::Top(_) | Slice::Offset { .. }));
        if let Some(slice) = cut {
            builder = self.cut_by_window(builder, slice, &sort, &seeds)?;
        }
        let slice = slice.filter(|_| seeds.is_empty());
        if !sort.is_empty() && seeds.is_empty() {
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
        seeds: &[Expr],
    ) -> Bind<LogicalPlanBuilder> {
        let named = |e: &Expr| Expr::Column(Column::from_name(e.schema_name().to_string()));
        let place = |definition, args| self.own_window(definition, args, sort.to_vec(), seeds);
        let row = || place(WindowFunctionDefinition::WindowUDF(row_number_udwf()), vec![]);
        let rank = || place(WindowFunctionDefinition::WindowUDF(rank_udwf()), vec![]);
        let number = |e: &Expr| cast(named(e), Ty::BigInt.arrow());
        let most = |n: u64| lit(i64::try_from(n).unwrap_or(i64::MAX));
        let (windows, condition) = match slice {
            Slice::Ties(n) => {
                if sort.is_empty() {
                    return Err(invalid("1062: WITH TIES needs an ORDER BY"));
                }
                let rank = rank();
                let condition = number(&rank).lt_eq(most(n));
                (vec![rank], condition)
            }
            Slice::Percent(percent) | Slice::PercentTies(percent) => {
                let ties = matches!(slice, Slice::PercentTies(_));
                if ties && sort.is_empty() {
                    return Err(invalid("1062: WITH TIES needs an ORDER BY"));
                }
                // Peers of the last row have its rank.
                let row = if ties { rank() } else { row() };
                let count = self.own_window(
                    WindowFunctionDefinition::AggregateUDF(count_udaf()),
                    vec![lit(1i64)],
                    vec![],
                    seeds,
                );
                // Row r is kept while r - 1 is less than the share: SQL Server rounds up.
                let before = cast(named(&row), Ty::Float.arrow()) - lit(1.0f64);
                let share = cast(named(&count), Ty::Float.arrow()) * lit(percent) / lit(100.0f64);
                (vec![row, count], before.lt(share - lit(1e-9f64)))
            }
            Slice::Top(n) => {
                let row = row();
                let condition = number(&row).lt_eq(most(n));
                (vec![row], condition)
            }
            Slice::Offset { skip, fetch } => {
                let row = row();
                let after = number(&row).gt(most(skip));
                let condition = match fetch {
                    Some(n) => and(after, number(&row).lt_eq(most(skip.saturating_add(n)))),
                    None => after,
                };
                (vec![row], condition)
            }
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
