//! Recursive CTEs: what makes one grow by a row at a time.

use std::collections::HashSet;
use std::ops::ControlFlow;

use sqlparser::ast::{
    Expr, GroupByExpr, JoinOperator, ObjectName, Query, Select, SetExpr, SetOperator, SetQuantifier,
    TableFactor, Visit, Visitor,
};

use super::condition::tied;
use super::shape::{Rows, Source};
use super::{Analysis, on};

/// How often a query names the table `name` (upper case), at any depth.
pub(super) fn references(query: &Query, name: &str) -> usize {
    let mut counter = References { name, count: 0 };
    let _ = query.visit(&mut counter);
    counter.count
}

struct References<'n> {
    name: &'n str,
    count: usize,
}

impl Visitor for References<'_> {
    type Break = ();

    fn pre_visit_relation(&mut self, relation: &ObjectName) -> ControlFlow<()> {
        if is_named(relation, self.name) {
            self.count += 1;
        }
        ControlFlow::Continue(())
    }
}

fn is_named(relation: &ObjectName, name: &str) -> bool {
    match relation.0.as_slice() {
        [part] => part.as_ident().is_some_and(|ident| ident.value.to_uppercase() == name),
        _ => false,
    }
}

/// The anchor and the recursive member of `anchor UNION ALL member`.
pub(super) fn members(query: &Query) -> Option<(&SetExpr, &Select)> {
    match query.body.as_ref() {
        SetExpr::SetOperation { left, op: SetOperator::Union, set_quantifier: SetQuantifier::All, right } => {
            match right.as_ref() {
                SetExpr::Select(member) => Some((left.as_ref(), member)),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Whether an anchor may begin from every row of a table: it has no condition and no groups.
pub(super) fn reads_all(anchor: &SetExpr) -> bool {
    match anchor {
        SetExpr::Select(select) => {
            let is_grouped =
                matches!(&select.group_by, GroupByExpr::Expressions(keys, _) if !keys.is_empty());
            !select.from.is_empty() && select.selection.is_none() && select.distinct.is_none() && !is_grouped
        }
        SetExpr::Query(query) => reads_all(&query.body),
        SetExpr::SetOperation { left, right, .. } => reads_all(left) || reads_all(right),
        _ => false,
    }
}

/// Whether the member reads the CTE `name` at its top, beside nothing that multiplies its rows:
/// one-row sources, or the query's own tables of which an equality leaves one row at the most.
pub(super) fn only_grows_by_one(analysis: &mut Analysis, member: &Select, name: &str) -> Option<()> {
    let mut own: Option<Vec<Source>> = None;
    let mut others: Vec<(Vec<Source>, Rows, bool)> = Vec::new();
    for (relation, operator) in relations(member) {
        let is_apply = matches!(operator, Some(JoinOperator::CrossApply | JoinOperator::OuterApply));
        let (sources, rows) = analysis.source(relation).ok()?;
        match relation {
            TableFactor::Table { name: table, args: None, .. } if is_named(table, name) => {
                own = Some(sources);
            }
            TableFactor::Table { name: table, args: None, .. } => {
                let is_own = analysis.ctes.iter().any(|(cte, _)| is_named(table, cte));
                others.push((sources, rows, is_own));
            }
            TableFactor::Derived { .. } => others.push((sources, rows, !is_apply)),
            _ => return None,
        }
    }
    let own = own?;
    let conditions: Vec<&Expr> = relations(member)
        .filter_map(|(_, operator)| on(operator?))
        .chain(member.selection.as_ref())
        .collect();
    let meets_one = |sources: &[Source]| {
        let mut columns = HashSet::new();
        for condition in &conditions {
            tied(condition, sources, &own, &mut columns);
        }
        let [Source { shape, .. }] = sources else { return false };
        let is_tied = |place: &usize| shape.columns.get(*place).is_some_and(|c| columns.contains(&c.name));
        shape.keys.iter().any(|key| key.iter().all(is_tied))
    };
    others
        .iter()
        .all(|(sources, rows, may_join)| *rows == Rows::AtMost(1) || (*may_join && meets_one(sources)))
        .then_some(())
}

/// What stands in a member's `FROM`, with how it is joined.
fn relations(member: &Select) -> impl Iterator<Item = (&TableFactor, Option<&JoinOperator>)> {
    member.from.iter().flat_map(|from| {
        let joins = from.joins.iter().map(|join| (&join.relation, Some(&join.join_operator)));
        std::iter::once((&from.relation, None)).chain(joins)
    })
}
