//! Cost that can be judged from the text: products of scans, recursion, growing text.
//!
//! The pass runs on a tree that the allow-list has accepted. It gives every source a bound on
//! its rows ([`Rows`]) and every column a bound on its distinct values, so that the product of
//! two short lists is told from the product of two full scans.

mod columns;
mod condition;
mod growth;
mod recursion;
mod shape;

use std::ops::ControlFlow;

use sqlparser::ast::{
    Cte, Expr, JoinConstraint, JoinOperator, OrderBy, Query, Select, SetExpr, SetOperator, TableAlias,
    TableFactor, TableWithJoins, Visit, Visitor, With,
};

use self::condition::{is_correlated, links};
use self::shape::{Column, Rows, Shape, Source};
use super::parse::offset_of;
use super::rule::{Rule, Stop};

/// Most rows that a product of short sources may have.
const MAX_PRODUCT: u64 = 1_000_000;
/// Most rows of a short source beside a full scan: a year of days, and some more.
const MAX_BESIDE_SCAN: u64 = 400;

/// Refuses a query whose text already shows that it cannot end in reasonable time.
pub(super) fn check(query: &Query, max_recursion: u32) -> Result<(), Stop> {
    growth::check(query)?;
    let mut analysis = Analysis { ctes: Vec::new(), scopes: Vec::new(), max_recursion };
    analysis.query(query).map(|_| ())
}

struct Analysis {
    /// The query's own tables so far: name in upper case, shape.
    ctes: Vec<(String, Shape)>,
    /// The sources of the queries around this one, outermost first.
    scopes: Vec<Vec<Source>>,
    max_recursion: u32,
}

impl Analysis {
    fn query(&mut self, query: &Query) -> Result<Shape, Stop> {
        if let Some(With { cte_tables, .. }) = &query.with {
            for cte in cte_tables {
                self.cte(cte)?;
            }
        }
        let mut shape = self.set_expr(&query.body)?;
        if let Some(OrderBy { kind, .. }) = &query.order_by {
            self.subqueries(kind)?;
        }
        if let Some(rows) =
            query.fetch.as_ref().and_then(|fetch| fetch.quantity.as_ref()).and_then(columns::whole)
        {
            shape.rows = shape.rows.at_most(rows);
        }
        Ok(shape)
    }

    fn cte(&mut self, cte: &Cte) -> Result<(), Stop> {
        let name = cte.alias.name.value.to_uppercase();
        let references = recursion::references(&cte.query, &name);
        let shape =
            if references == 0 { self.query(&cte.query)? } else { self.recursive(cte, &name, references)? };
        self.ctes.push((name, renamed(shape, &cte.alias)));
        Ok(())
    }

    /// A recursive CTE: an anchor, then one member that reads the CTE itself once.
    fn recursive(&mut self, cte: &Cte, name: &str, references: usize) -> Result<Shape, Stop> {
        let stop =
            || Stop::new(Rule::RecursiveProduct, offset_of(cte.alias.name.span)).about(&cte.alias.name.value);
        let (anchor, member) = recursion::members(&cte.query).filter(|_| references == 1).ok_or_else(stop)?;
        let anchor = self.set_expr(anchor)?;
        let rows = match anchor.rows {
            Rows::AtMost(rows) => Rows::AtMost(rows.saturating_mul(u64::from(self.max_recursion) + 1)),
            Rows::Scan => Rows::Scan,
        };
        let columns = anchor.columns.into_iter().map(|column| Column { values: None, ..column }).collect();
        let shape = Shape { rows, columns, scans: anchor.scans, linked: false };
        self.ctes.push((name.to_string(), renamed(shape.clone(), &cte.alias)));
        let judged = recursion::only_grows_by_one(self, member, name).ok_or_else(stop);
        let judged = judged.and_then(|()| self.select(member));
        self.ctes.pop();
        judged.map(|_| shape)
    }

    fn set_expr(&mut self, body: &SetExpr) -> Result<Shape, Stop> {
        match body {
            SetExpr::Select(select) => self.select(select),
            SetExpr::Query(query) => self.query(query),
            SetExpr::SetOperation { left, op, right, .. } => {
                let (left, right) = (self.set_expr(left)?, self.set_expr(right)?);
                Ok(match op {
                    SetOperator::Union => left.union(&right),
                    SetOperator::Except | SetOperator::Intersect | SetOperator::Minus => left,
                })
            }
            SetExpr::Values(values) => {
                Ok(Shape::values(values.rows.len(), values.rows.first().map_or(0, |r| r.content.len())))
            }
            SetExpr::Insert(_)
            | SetExpr::Update(_)
            | SetExpr::Delete(_)
            | SetExpr::Merge(_)
            | SetExpr::Table(_) => Ok(Shape::unknown(Rows::Scan)),
        }
    }

    fn select(&mut self, select: &Select) -> Result<Shape, Stop> {
        let mut sources: Vec<Source> = Vec::new();
        let mut rows = Rows::AtMost(1);
        let mut scans = false;
        for from in &select.from {
            let (mut more, their_rows) = self.source_with_joins(from, select.selection.as_ref(), &sources)?;
            if sources.is_empty() {
                rows = their_rows;
            } else {
                let linked =
                    select.selection.as_ref().is_some_and(|condition| links(condition, &more, &sources));
                rows = product(rows, their_rows, linked, from)?;
            }
            scans |= their_rows == Rows::Scan || more.iter().any(|source| source.shape.scans);
            sources.append(&mut more);
        }
        let outer = self.scopes.last();
        let linked = match (&select.selection, outer) {
            (Some(condition), Some(outer)) => links(condition, &sources, outer),
            _ => false,
        };
        self.scopes.push(sources);
        let nested = self.nested_queries(select);
        let sources = self.scopes.pop().unwrap_or_default();
        nested?;
        let (rows, columns) = columns::output(select, &sources, rows);
        Ok(Shape { rows, columns, scans, linked })
    }

    fn nested_queries(&mut self, select: &Select) -> Result<(), Stop> {
        self.subqueries(&select.top)?;
        self.subqueries(&select.projection)?;
        self.subqueries(&select.selection)?;
        self.subqueries(&select.group_by)?;
        self.subqueries(&select.having)?;
        self.subqueries(&select.named_window)?;
        for join in select.from.iter().flat_map(|from| &from.joins) {
            if let Some(condition) = on(&join.join_operator) {
                self.subqueries(condition)?;
            }
        }
        Ok(())
    }

    /// Judges the queries directly inside a part of a query.
    fn subqueries<V: Visit>(&mut self, part: &V) -> Result<(), Stop> {
        match part.visit(&mut Subqueries { analysis: self, depth: 0 }) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(stop) => Err(stop),
        }
    }

    /// The sources of one item of `FROM`, and the bound on its rows.
    fn source_with_joins(
        &mut self,
        from: &TableWithJoins,
        condition: Option<&Expr>,
        before: &[Source],
    ) -> Result<(Vec<Source>, Rows), Stop> {
        let (mut sources, mut rows) = self.source(&from.relation)?;
        for join in &from.joins {
            let is_apply = matches!(join.join_operator, JoinOperator::CrossApply | JoinOperator::OuterApply);
            if is_apply {
                let visible: Vec<Source> = before.iter().chain(&sources).cloned().collect();
                self.scopes.push(visible);
                let applied = self.apply(&join.relation, rows, from);
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
    fn apply(
        &mut self,
        right: &TableFactor,
        left: Rows,
        at: &TableWithJoins,
    ) -> Result<(Vec<Source>, Rows), Stop> {
        let TableFactor::Derived { subquery, .. } = right else {
            let (sources, rows) = self.source(right)?;
            // A function of the row before it, such as STRING_SPLIT, gives a few rows each.
            let is_function = matches!(right, TableFactor::Table { args: Some(_), .. });
            let rows = if is_function { left } else { product(left, rows, false, at)? };
            return Ok((sources, rows));
        };
        let (sources, rows) = self.source(right)?;
        let outer = self.scopes.last().cloned().unwrap_or_default();
        let shape = sources.first().map(|source| source.shape.clone());
        let (scans, linked) = shape.map_or((true, false), |shape| (shape.scans, shape.linked));
        let rows = match left {
            _ if !scans => product(left, rows, false, at)?,
            _ if linked => product(left, rows, true, at)?,
            // Without a link every left row scans: fine for short lists, not for scans.
            Rows::AtMost(_) => product(left, Rows::Scan, false, at)?,
            Rows::Scan if !is_correlated(subquery, &outer) => product(left, rows, false, at)?,
            Rows::Scan => return Err(Stop::new(Rule::CartesianProduct, place(at))),
        };
        Ok((sources, rows))
    }

    fn source(&mut self, source: &TableFactor) -> Result<(Vec<Source>, Rows), Stop> {
        let (shape, alias, name) = match source {
            TableFactor::Table { name, alias, args, .. } => {
                let bare =
                    name.0.last().and_then(|part| part.as_ident()).map(|ident| ident.value.to_uppercase());
                let bare = bare.unwrap_or_default();
                let shape = match args {
                    Some(_) => Shape::split(),
                    None => self.table(&bare, name.0.len()),
                };
                (shape, alias.as_ref(), Some(bare))
            }
            TableFactor::Derived { subquery, alias, .. } => (self.query(subquery)?, alias.as_ref(), None),
            TableFactor::NestedJoin { table_with_joins, .. } => {
                return self.source_with_joins(table_with_joins, None, &[]);
            }
            TableFactor::Pivot { table, alias, .. } => {
                let (_, rows) = self.source(table)?;
                (Shape::unknown(rows), alias.as_ref(), None)
            }
            TableFactor::Unpivot { table, alias, columns, .. } => {
                let (_, rows) = self.source(table)?;
                let rows = rows.times(u64::try_from(columns.len()).unwrap_or(u64::MAX));
                (Shape::unknown(rows), alias.as_ref(), None)
            }
            _ => (Shape::unknown(Rows::Scan), None, None),
        };
        let shape = match alias {
            Some(alias) => renamed(shape, alias),
            None => shape,
        };
        let name = alias.map(|alias| alias.name.value.to_uppercase()).or(name);
        let rows = shape.rows;
        Ok((vec![Source { name, shape }], rows))
    }

    fn table(&self, name: &str, parts: usize) -> Shape {
        let own = self.ctes.iter().rev().find(|(cte, _)| parts == 1 && cte == name);
        own.map_or_else(Shape::sales, |(_, shape)| shape.clone())
    }
}

/// Runs the analysis on the queries directly inside, not on those inside them.
struct Subqueries<'a> {
    analysis: &'a mut Analysis,
    depth: usize,
}

impl Visitor for Subqueries<'_> {
    type Break = Stop;

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<Stop> {
        self.depth += 1;
        if self.depth > 1 {
            return ControlFlow::Continue(());
        }
        match self.analysis.query(query) {
            Ok(_) => ControlFlow::Continue(()),
            Err(stop) => ControlFlow::Break(stop),
        }
    }

    fn post_visit_query(&mut self, _query: &Query) -> ControlFlow<Stop> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }
}

fn on(operator: &JoinOperator) -> Option<&Expr> {
    match operator {
        JoinOperator::Join(JoinConstraint::On(on))
        | JoinOperator::Inner(JoinConstraint::On(on))
        | JoinOperator::Left(JoinConstraint::On(on))
        | JoinOperator::LeftOuter(JoinConstraint::On(on))
        | JoinOperator::Right(JoinConstraint::On(on))
        | JoinOperator::RightOuter(JoinConstraint::On(on))
        | JoinOperator::FullOuter(JoinConstraint::On(on)) => Some(on),
        _ => None,
    }
}

/// The rows of two sources together; refused where that is a product of scans.
fn product<P: Place>(left: Rows, right: Rows, linked: bool, at: &P) -> Result<Rows, Stop> {
    match (left, right) {
        (Rows::AtMost(left), Rows::AtMost(right)) => {
            let rows = left.saturating_mul(right);
            match (rows <= MAX_PRODUCT, linked) {
                (true, _) => Ok(Rows::AtMost(rows)),
                (false, true) => Ok(Rows::Scan),
                (false, false) => Err(Stop::new(Rule::CartesianProduct, at.place())),
            }
        }
        _ if linked => Ok(Rows::Scan),
        (Rows::Scan, Rows::AtMost(short)) | (Rows::AtMost(short), Rows::Scan) if short <= MAX_BESIDE_SCAN => {
            Ok(Rows::Scan)
        }
        _ => Err(Stop::new(Rule::CartesianProduct, at.place())),
    }
}

/// Where a source stands in the text, for the message.
trait Place {
    fn place(&self) -> usize;
}

impl Place for TableFactor {
    fn place(&self) -> usize {
        use sqlparser::ast::Spanned;
        offset_of(self.span())
    }
}

impl Place for TableWithJoins {
    fn place(&self) -> usize {
        place(self)
    }
}

fn place(from: &TableWithJoins) -> usize {
    from.relation.place()
}

fn renamed(shape: Shape, alias: &TableAlias) -> Shape {
    if alias.columns.is_empty() {
        return shape;
    }
    let old = shape.columns.iter().map(|column| column.values).chain(std::iter::repeat(None));
    let columns = alias.columns.iter().zip(old);
    let columns = columns.map(|(new, values)| Column { name: new.name.value.to_uppercase(), values });
    Shape { columns: columns.collect(), ..shape }
}
