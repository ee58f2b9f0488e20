//! What stands in `FROM`, and how many rows it gives.

use sqlparser::ast::{Expr, JoinOperator, TableFactor, TableFunctionArgs, TableWithJoins, Value};

use super::call::expression;
use super::condition::{is_correlated, links, name_of};
use super::shape::{Rows, Shape, Source};
use super::varying::is_of_row;
use super::{Analysis, Place, Scope, on, product};
use crate::guard::rule::{Rule, Stop};

/// Most `STRING_SPLIT`s of the same row: each multiplies the parts of the one before.
const MAX_SPLITS: usize = 2;
/// The parts that a text of a row is taken to have.
const WORDS: u64 = 100;
/// The most parts a text of bounded length can be split into.
const MAX_PARTS: u64 = 8_000;

impl Analysis {
    /// The sources of one item of `FROM`, and the bound on its rows.
    pub(super) fn source_with_joins(
        &mut self,
        from: &TableWithJoins,
        condition: Option<&Expr>,
        before: &[Source],
    ) -> Result<(Vec<Source>, Rows), Stop> {
        let (mut sources, mut rows) = self.source(&from.relation)?;
        let mut splits = 0;
        for join in &from.joins {
            let is_apply = matches!(join.join_operator, JoinOperator::CrossApply | JoinOperator::OuterApply);
            if is_apply {
                splits += usize::from(matches!(join.relation, TableFactor::Table { args: Some(_), .. }));
                if splits > MAX_SPLITS {
                    return Err(Stop::new(Rule::CartesianProduct, join.relation.place()));
                }
                let visible = before.iter().chain(&sources).cloned().collect();
                self.scopes.push(Scope { sources: visible, rows });
                let applied = self.apply(&join.relation, rows);
                self.scopes.pop();
                let (mut more, after) = applied?;
                rows = after;
                sources.append(&mut more);
                continue;
            }
            let (mut more, their_rows) = self.source(&join.relation)?;
            let linked = match on(&join.join_operator) {
                Some(on) => links(on, &more, &sources),
                // A plain product may find its equality in `WHERE`, as in older texts.
                None => condition.is_some_and(|condition| links(condition, &more, &sources)),
            };
            rows = product(rows, their_rows, linked, &join.relation)?;
            sources.append(&mut more);
        }
        Ok((sources, rows))
    }

    /// `APPLY` runs its right side once for each row of the left.
    fn apply(&mut self, right: &TableFactor, left: Rows) -> Result<(Vec<Source>, Rows), Stop> {
        let (sources, rows) = self.source(right)?;
        let outer = self.scopes.last().map(|scope| scope.sources.clone()).unwrap_or_default();
        let subquery = match right {
            // The parts of a text of the row before it are few.
            TableFactor::Table { args: Some(args), .. } if splits_a_column(args) => {
                return Ok((sources, left));
            }
            TableFactor::Derived { subquery, .. } => subquery,
            _ => return Ok((sources, product(left, rows, false, right)?)),
        };
        let shape = sources.first().map(|source| source.shape.clone());
        let (scans, linked) = shape.map_or((true, false), |shape| (shape.scans, shape.linked));
        let rows = match left {
            _ if !scans => product(left, rows, false, right)?,
            _ if linked => product(left, rows, true, right)?,
            // Without a link every left row scans: fine for short lists, not for scans.
            Rows::AtMost(_) => product(left, Rows::Scan, false, right)?,
            Rows::Scan if !is_correlated(subquery, &outer) => product(left, rows, false, right)?,
            Rows::Scan => return Err(Stop::new(Rule::CartesianProduct, right.place())),
        };
        Ok((sources, rows))
    }

    pub(super) fn source(&mut self, source: &TableFactor) -> Result<(Vec<Source>, Rows), Stop> {
        let (shape, alias) = match source {
            TableFactor::Table { name, alias, args, .. } => {
                let bare = name.0.last().and_then(|part| part.as_ident());
                let bare = bare.map(|ident| ident.value.to_uppercase()).unwrap_or_default();
                let shape = match args {
                    Some(args) => {
                        self.nested(args)?;
                        let visible = self.scopes.last().map_or(&[][..], |scope| &scope.sources);
                        let length = text_of(args).map_or(0, |text| self.length(text, visible));
                        Shape::split(parts(args), length)
                    }
                    None => self.table(&bare, name.0.len()),
                };
                (shape, alias.as_ref())
            }
            TableFactor::Derived { subquery, alias, .. } => (self.query(subquery)?, alias.as_ref()),
            TableFactor::NestedJoin { table_with_joins, .. } => {
                return self.source_with_joins(table_with_joins, None, &[]);
            }
            TableFactor::Pivot { table, alias, .. } => (self.pivoted(table, 1)?, alias.as_ref()),
            TableFactor::Unpivot { table, alias, columns, .. } => {
                (self.pivoted(table, u64::try_from(columns.len()).unwrap_or(u64::MAX))?, alias.as_ref())
            }
            _ => (Shape::unknown(Rows::Scan), None),
        };
        let shape = match alias {
            Some(alias) => shape.renamed(alias),
            None => shape,
        };
        let rows = shape.rows;
        Ok((vec![Source { name: name_of(source), shape }], rows))
    }

    fn pivoted(&mut self, table: &TableFactor, factor: u64) -> Result<Shape, Stop> {
        let (sources, rows) = self.source(table)?;
        let shapes = sources.into_iter().map(|source| source.shape);
        let shape = shapes.reduce(|one, other| one.union(&other)).unwrap_or(Shape::unknown(rows));
        Ok(Shape { rows, ..shape }.pivoted(factor))
    }

    fn table(&self, name: &str, parts: usize) -> Shape {
        let own = self.ctes.iter().rev().find(|(cte, _)| parts == 1 && cte == name);
        own.map_or_else(Shape::sales, |(_, shape)| shape.clone())
    }
}

/// The text that a `STRING_SPLIT` splits.
fn text_of(args: &TableFunctionArgs) -> Option<&Expr> {
    args.args.first().and_then(expression)
}

/// The most parts of a `STRING_SPLIT`.
fn parts(args: &TableFunctionArgs) -> Rows {
    let literal = |index: usize| match args.args.get(index).and_then(expression)? {
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) | Value::NationalStringLiteral(text) => Some(text.as_str()),
            _ => None,
        },
        _ => None,
    };
    match (literal(0), literal(1)) {
        (Some(whole), Some(separator)) if !separator.is_empty() => {
            Rows::AtMost(u64::try_from(whole.matches(separator).count() + 1).unwrap_or(u64::MAX))
        }
        // A text of a row is a name or a description.
        _ if splits_a_column(args) => Rows::AtMost(WORDS),
        _ => Rows::AtMost(MAX_PARTS),
    }
}

/// Whether the text that is split is made of the columns of a row, and of nothing else.
fn splits_a_column(args: &TableFunctionArgs) -> bool {
    text_of(args).is_some_and(is_of_row)
}
