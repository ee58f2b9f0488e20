//! Recursive CTEs: what makes one grow by a row at a time.

use std::ops::ControlFlow;

use sqlparser::ast::{
    JoinOperator, ObjectName, Query, Select, SetExpr, SetOperator, SetQuantifier, TableFactor, Visit, Visitor,
};

use super::condition::links;
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

/// Whether the member reads the CTE `name` at its top, beside nothing that multiplies its rows:
/// one-row sources, or the query's own tables tied by an equality.
pub(super) fn only_grows_by_one(analysis: &mut Analysis, member: &Select, name: &str) -> Option<()> {
    let mut own: Option<Vec<Source>> = None;
    let mut others: Vec<(Vec<Source>, Rows, bool, Option<&JoinOperator>)> = Vec::new();
    for from in &member.from {
        let relations = std::iter::once((&from.relation, None));
        for (relation, operator) in
            relations.chain(from.joins.iter().map(|j| (&j.relation, Some(&j.join_operator))))
        {
            let (sources, rows) = analysis.source(relation).ok()?;
            match relation {
                TableFactor::Table { name: table, args: None, .. } if is_named(table, name) => {
                    own = Some(sources)
                }
                TableFactor::Table { name: table, args: None, .. } => {
                    let is_base = !analysis.ctes.iter().any(|(cte, _)| is_named(table, cte));
                    others.push((sources, rows, is_base, operator));
                }
                TableFactor::Derived { .. } => others.push((sources, rows, false, operator)),
                _ => return None,
            }
        }
    }
    let own = own?;
    let tied = |sources: &[Source], operator: Option<&JoinOperator>| {
        let conditions = [operator.and_then(on), member.selection.as_ref()];
        conditions
            .into_iter()
            .flatten()
            .any(|condition| links(condition, sources, &own) || links(condition, &own, sources))
    };
    others
        .iter()
        .all(|(sources, rows, is_base, operator)| {
            let is_apply = matches!(operator, Some(JoinOperator::CrossApply | JoinOperator::OuterApply));
            *rows == Rows::AtMost(1) || (!is_apply && !is_base && tied(sources, *operator))
        })
        .then_some(())
}
