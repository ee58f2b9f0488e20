//! `GROUP BY`, grouping sets, duplicates.

use std::ops::ControlFlow;

use datafusion::common::Column;
use datafusion::functions_aggregate::first_last::first_value_udaf;
use datafusion::logical_expr::expr::AggregateFunction;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};
use sqlparser::ast::{self, Visit, Visitor};

use super::super::ops::{Op, accent_blind, call};
use super::super::types::{Ty, Typed};
use super::function::is_aggregate;
use super::scope::Scope;
use super::{Bind, Binder, Relation, built, col, invalid, unsupported};

/// What the expressions of a grouped query may use.
pub(super) struct Grouping {
    keys: Vec<Key>,
    /// The aggregates found so far, with their names in the plan.
    aggregates: Vec<(Expr, String)>,
    /// Name of the flag that tells a key is rolled up, per key asked for.
    flags: Vec<(usize, String)>,
}

struct Key {
    raw: Typed,
    id: String,
    /// Text that is told apart to the letter, not by the collation.
    exact: bool,
}

impl Grouping {
    pub(super) fn new(keys: Vec<(Typed, String)>) -> Grouping {
        Grouping {
            keys: keys.into_iter().map(|(raw, id)| Key { raw, id, exact: false }).collect(),
            aggregates: Vec::new(),
            flags: Vec::new(),
        }
    }

    /// The group's column for a grouped expression.
    pub(super) fn key(&self, raw: &Expr) -> Option<Typed> {
        let key = self.keys.iter().find(|k| k.raw.expr == *raw)?;
        Some(Typed::new(col(&key.id), key.raw.ty))
    }

    /// The column of an aggregate, remembered once.
    pub(super) fn aggregate(&mut self, expr: Expr, id: String) -> Expr {
        if let Some((_, known)) = self.aggregates.iter().find(|(e, _)| *e == expr) {
            return col(known);
        }
        self.aggregates.push((expr, id.clone()));
        col(&id)
    }

    /// Groups by more columns of the plan; their places among the keys and their names then.
    pub(super) fn carry(&mut self, columns: Vec<(Typed, String)>) -> (Vec<usize>, Vec<String>) {
        let names = columns.iter().map(|(_, id)| id.clone()).collect();
        let first = self.keys.len();
        self.keys.extend(columns.into_iter().map(|(raw, id)| Key { raw, id, exact: true }));
        ((first..self.keys.len()).collect(), names)
    }

    /// The columns of the aggregates that count: 0 where there is nothing.
    pub(super) fn counts(&self) -> impl Iterator<Item = &str> {
        let is_count = |expr: &Expr| matches!(expr, Expr::AggregateFunction(f) if f.func.name() == "count");
        self.aggregates.iter().filter(move |(expr, _)| is_count(expr)).map(|(_, id)| id.as_str())
    }

    /// The column of `GROUPING(key)`.
    pub(super) fn flag(&mut self, raw: &Expr, id: String) -> Option<Expr> {
        let at = self.keys.iter().position(|k| k.raw.expr == *raw)?;
        if let Some((_, known)) = self.flags.iter().find(|(key, _)| *key == at) {
            return Some(col(known));
        }
        self.flags.push((at, id.clone()));
        Some(col(&id))
    }
}

/// One value of a group's text key: texts are grouped by what they are equal by, and
/// shown as they are stored.
fn sample(expr: Expr) -> Expr {
    Expr::AggregateFunction(AggregateFunction::new_udf(
        first_value_udaf(),
        vec![expr],
        false,
        None,
        vec![],
        None,
    ))
}

fn named(expr: &Expr) -> Expr {
    Expr::Column(Column::from_name(expr.schema_name().to_string()))
}

/// A text as its collation compares it: without accents where that says so.
pub(super) fn plain(value: &Typed) -> Typed {
    match accent_blind(value) {
        Some(spanish) => call(Op::Plain { spanish }, vec![value.clone()], value.ty),
        None => value.clone(),
    }
}

/// What rows are grouped by for a value.
pub(super) fn equality(value: &Typed) -> Expr {
    let value = &plain(value);
    if value.ty.is_text() {
        call(Op::CollationKey, vec![value.clone()], value.ty).expr
    } else {
        value.expr.clone()
    }
}

impl<'c> Binder<'c> {
    /// Groups a plan; several grouping sets become a union.
    pub(super) fn grouped(
        &self,
        plan: LogicalPlan,
        grouping: &Grouping,
        sets: &[Vec<usize>],
    ) -> Bind<LogicalPlan> {
        let mut whole: Option<LogicalPlanBuilder> = None;
        for set in sets {
            let one = self.grouped_once(plan.clone(), grouping, set)?;
            whole = Some(match whole {
                None => LogicalPlanBuilder::from(one),
                Some(before) => before.union(one).map_err(super::internal)?,
            });
        }
        match whole {
            Some(builder) => built(Ok(builder)),
            None => self.grouped_once(plan, grouping, &[]),
        }
    }

    fn grouped_once(&self, plan: LogicalPlan, grouping: &Grouping, set: &[usize]) -> Bind<LogicalPlan> {
        let mut by = Vec::new();
        let mut aggregates: Vec<Expr> = grouping.aggregates.iter().map(|(e, _)| e.clone()).collect();
        let mut out = Vec::new();
        for (at, key) in grouping.keys.iter().enumerate() {
            let present = set.contains(&at);
            let shown = match (present, key.raw.ty.is_text() && !key.exact) {
                (false, _) => Typed::null(key.raw.ty).expr,
                (true, false) => {
                    by.push(key.raw.expr.clone());
                    named(&key.raw.expr)
                }
                (true, true) => {
                    by.push(equality(&key.raw));
                    let sample = sample(key.raw.expr.clone());
                    let shown = named(&sample);
                    if !aggregates.contains(&sample) {
                        aggregates.push(sample);
                    }
                    shown
                }
            };
            out.push(shown.alias(key.id.clone()));
        }
        for (at, id) in &grouping.flags {
            out.push(Typed::int(i32::from(!set.contains(at))).expr.alias(id.clone()));
        }
        for (aggregate, id) in &grouping.aggregates {
            out.push(named(aggregate).alias(id.clone()));
        }
        if by.is_empty() && aggregates.is_empty() {
            // A group over everything with nothing worked out: one row all the same.
            let count = super::aggregate::count_rows();
            aggregates.push(count);
        }
        by.dedup();
        let mut distinct_by: Vec<Expr> = Vec::new();
        for expr in by {
            if !distinct_by.contains(&expr) {
                distinct_by.push(expr);
            }
        }
        if out.is_empty() {
            out.push(Typed::int(0).expr.alias(self.id()));
        }
        let builder = LogicalPlanBuilder::from(plan).aggregate(distinct_by, aggregates);
        built(builder.and_then(|b| b.project(out)))
    }

    /// Removes duplicate rows.
    pub(super) fn distinct(&self, relation: Relation) -> Bind<Relation> {
        if !relation.cols.iter().any(|c| c.ty.is_text()) {
            let plan = built(LogicalPlanBuilder::from(relation.plan).distinct())?;
            return Ok(Relation { plan, cols: relation.cols });
        }
        let mut by = Vec::new();
        let mut samples = Vec::new();
        let mut out = Vec::new();
        let mut cols = Vec::new();
        for column in relation.cols {
            let value = Typed::new(column.column(), column.ty);
            let shown = if column.ty.is_text() {
                by.push(equality(&value));
                let sample = sample(value.expr);
                let shown = named(&sample);
                samples.push(sample);
                shown
            } else {
                by.push(value.expr.clone());
                value.expr
            };
            out.push(shown.alias(column.id.clone()));
            cols.push(column);
        }
        let builder = LogicalPlanBuilder::from(relation.plan).aggregate(by, samples);
        Ok(Relation { plan: built(builder.and_then(|b| b.project(out)))?, cols })
    }

    /// Reads the items of `GROUP BY` into keys and sets of keys.
    pub(super) fn read_sets(
        &self,
        exprs: &[ast::Expr],
        modifiers: &[ast::GroupByWithModifier],
        scope: &Scope<'_>,
        keys: &mut Vec<Typed>,
    ) -> Bind<Vec<Vec<usize>>> {
        let mut sets: Vec<Vec<usize>> = vec![Vec::new()];
        for expr in exprs {
            let of_item = match expr {
                ast::Expr::Rollup(items) => prefixes(&self.key_lists(items, scope, keys)?),
                ast::Expr::Cube(items) => subsets(&self.key_lists(items, scope, keys)?)?,
                ast::Expr::GroupingSets(items) => self.key_lists(items, scope, keys)?,
                ast::Expr::Tuple(items) if items.is_empty() => vec![Vec::new()],
                ast::Expr::Function(f) if named_as(f, "ROLLUP") => {
                    prefixes(&self.key_lists(&function_lists(f)?, scope, keys)?)
                }
                ast::Expr::Function(f) if named_as(f, "CUBE") => {
                    subsets(&self.key_lists(&function_lists(f)?, scope, keys)?)?
                }
                one => vec![vec![self.key_position(one, scope, keys)?]],
            };
            sets = product(&sets, &of_item);
        }
        match modifiers {
            [] => Ok(sets),
            [modifier] => {
                let [all] = sets.as_slice() else { return Err(unsupported("WITH ROLLUP")) };
                let lists: Vec<Vec<usize>> = all.iter().map(|k| vec![*k]).collect();
                match modifier {
                    ast::GroupByWithModifier::Rollup => Ok(prefixes(&lists)),
                    ast::GroupByWithModifier::Cube => subsets(&lists),
                    ast::GroupByWithModifier::GroupingSets(ast::Expr::GroupingSets(items)) => {
                        let more = self.key_lists(items, scope, keys)?;
                        Ok(product(&sets, &more))
                    }
                    other => Err(unsupported(other.to_string())),
                }
            }
            _ => Err(unsupported("WITH ROLLUP")),
        }
        .and_then(|sets| if sets.len() > 64 { Err(unsupported("GROUPING SETS (> 64)")) } else { Ok(sets) })
    }

    fn key_lists(
        &self,
        items: &[Vec<ast::Expr>],
        scope: &Scope<'_>,
        keys: &mut Vec<Typed>,
    ) -> Bind<Vec<Vec<usize>>> {
        items.iter().map(|list| list.iter().map(|e| self.key_position(e, scope, keys)).collect()).collect()
    }

    fn key_position(&self, expr: &ast::Expr, scope: &Scope<'_>, keys: &mut Vec<Typed>) -> Bind<usize> {
        let value = self.scalar(expr, scope)?;
        if value.constant().is_some() {
            return Err(invalid("164: GROUP BY needs at least one column in each expression"));
        }
        if let Some(at) = keys.iter().position(|k| *k == value) {
            return Ok(at);
        }
        keys.push(value);
        Ok(keys.len() - 1)
    }
}

fn named_as(f: &ast::Function, name: &str) -> bool {
    f.name.to_string().eq_ignore_ascii_case(name)
}

/// The lists of `ROLLUP (a, (b, c))` where the parser takes it for a function.
fn function_lists(f: &ast::Function) -> Bind<Vec<Vec<ast::Expr>>> {
    super::function::arguments("ROLLUP", f)?
        .into_iter()
        .map(|e| match e {
            ast::Expr::Tuple(items) => Ok(items.clone()),
            ast::Expr::Nested(one) => Ok(vec![one.as_ref().clone()]),
            one => Ok(vec![one.clone()]),
        })
        .collect()
}

fn prefixes(lists: &[Vec<usize>]) -> Vec<Vec<usize>> {
    (0..=lists.len()).rev().map(|n| lists.iter().take(n).flatten().copied().collect()).collect()
}

fn subsets(lists: &[Vec<usize>]) -> Bind<Vec<Vec<usize>>> {
    if lists.len() > 6 {
        return Err(unsupported("CUBE (> 6)"));
    }
    let all = (0..1usize << lists.len()).rev();
    Ok(all
        .map(|mask| {
            let chosen = lists.iter().enumerate().filter(|(i, _)| mask & (1 << i) != 0);
            chosen.flat_map(|(_, list)| list.iter().copied()).collect()
        })
        .collect())
}

fn product(left: &[Vec<usize>], right: &[Vec<usize>]) -> Vec<Vec<usize>> {
    left.iter().flat_map(|l| right.iter().map(|r| l.iter().chain(r).copied().collect())).collect()
}

/// Whether an aggregate (not one of a window) stands in the tree, inner queries aside.
pub(super) fn contains_aggregate(tree: &impl Visit) -> bool {
    struct Find {
        queries: usize,
    }
    impl Visitor for Find {
        type Break = ();
        fn pre_visit_query(&mut self, _: &ast::Query) -> ControlFlow<()> {
            self.queries += 1;
            ControlFlow::Continue(())
        }
        fn post_visit_query(&mut self, _: &ast::Query) -> ControlFlow<()> {
            self.queries -= 1;
            ControlFlow::Continue(())
        }
        fn pre_visit_expr(&mut self, expr: &ast::Expr) -> ControlFlow<()> {
            match expr {
                ast::Expr::Function(f)
                    if self.queries == 0 && f.over.is_none() && is_aggregate(&f.name.to_string()) =>
                {
                    ControlFlow::Break(())
                }
                _ => ControlFlow::Continue(()),
            }
        }
    }
    tree.visit(&mut Find { queries: 0 }).is_break()
}

/// The type of `GROUPING`.
pub(super) const GROUPING_TYPE: Ty = Ty::Int;
