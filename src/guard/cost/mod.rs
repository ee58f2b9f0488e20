//! Cost that can be judged from the text: products of scans, recursion, copies, growing text.
//!
//! The pass runs on a tree that the allow-list has accepted. It gives every source a bound on
//! its rows ([`Rows`]) and every column bounds on its distinct values and its length, so that
//! the product of two short lists is told from the product of two full scans.

mod call;
mod columns;
mod condition;
mod copies;
mod groupings;
mod growth;
mod keys;
mod nested;
mod own;
mod pattern;
mod recursion;
mod shape;
mod sources;
mod varying;

use std::collections::HashMap;

use sqlparser::ast::{
    Cte, JoinConstraint, JoinOperator, OrderBy, OrderByKind, Query, Select, SetExpr, SetOperator,
    TableFactor, TableWithJoins, With,
};

use self::condition::{is_correlated, links, reaches_out};
use self::growth::Texts;
use self::shape::{Rows, Shape, Source};
use super::parse::offset_of;
use super::rule::{Rule, Stop};

/// Most rows that a product of short sources may have.
const MAX_PRODUCT: u64 = 5_000_000;
/// Most rows of a short source beside a full scan: a year of days, and some more.
const MAX_BESIDE_SCAN: u64 = 400;

/// Refuses a query whose text already shows that it cannot end in reasonable time.
pub(super) fn check(query: &Query, max_recursion: u32) -> Result<(), Stop> {
    copies::check(query)?;
    pattern::check(query)?;
    let texts = growth::unbounded(query).map(|place| Texts { place, longest: growth::MAX_TEXT });
    let mut analysis =
        Analysis { ctes: Vec::new(), scopes: Vec::new(), max_recursion, texts, lengths: HashMap::new() };
    analysis.query(query).map(|_| ())
}

/// The sources of a query, while the queries inside it are judged.
struct Scope {
    sources: Vec<Source>,
    /// How often something inside is done: once for each of these rows.
    rows: Rows,
}

struct Analysis {
    /// The query's own tables so far: name in upper case, shape.
    ctes: Vec<(String, Shape)>,
    /// The queries around this one, outermost first.
    scopes: Vec<Scope>,
    max_recursion: u32,
    /// Where text has no bound of its own, how long it may become.
    texts: Option<Texts>,
    /// The length of what a scalar subquery gives, by its address in the tree.
    lengths: HashMap<*const Query, u64>,
}

impl Analysis {
    fn query(&mut self, query: &Query) -> Result<Shape, Stop> {
        if let Some(With { cte_tables, .. }) = &query.with {
            for cte in cte_tables {
                self.cte(cte)?;
            }
        }
        let order = query.order_by.as_ref().map(|OrderBy { kind, .. }| kind);
        let mut shape = match (query.body.as_ref(), order) {
            (SetExpr::Select(select), order) => self.select(select, order)?,
            (body, None) => self.set_expr(body)?,
            (body, Some(order)) => {
                let shape = self.set_expr(body)?;
                self.nested(order)?;
                shape
            }
        };
        shape.correlated =
            shape.reaches_out || self.scopes.iter().any(|scope| is_correlated(query, &scope.sources));
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
        self.ctes.push((name, shape.renamed(&cte.alias)));
        Ok(())
    }

    /// A recursive CTE: an anchor, then one member that reads the CTE itself once.
    fn recursive(&mut self, cte: &Cte, name: &str, references: usize) -> Result<Shape, Stop> {
        let stop =
            || Stop::new(Rule::RecursiveProduct, offset_of(cte.alias.name.span)).about(&cte.alias.name.value);
        let (anchor, member) = recursion::members(&cte.query).filter(|_| references == 1).ok_or_else(stop)?;
        let reads_all = recursion::reads_all(anchor);
        let anchor = self.set_expr(anchor)?;
        if reads_all && anchor.rows == Rows::Scan {
            return Err(stop());
        }
        let levels = u64::from(self.max_recursion) + 1;
        let rows = anchor.rows.times(levels);
        let mut shape = Shape { columns: anchor.columns, scans: anchor.scans, ..Shape::unknown(rows) };
        shape.columns.iter_mut().for_each(|column| column.values = None);
        let mut own = shape.clone();
        own.columns.iter_mut().for_each(growth::mark);
        self.ctes.push((name.to_string(), own.renamed(&cte.alias)));
        let longest =
            self.texts.as_mut().map(|texts| std::mem::replace(&mut texts.longest, growth::ONE_COPY));
        let judged = recursion::only_grows_by_one(self, member, name).ok_or_else(stop);
        let judged = judged.and_then(|()| self.select(member, None));
        if let (Some(texts), Some(longest)) = (self.texts.as_mut(), longest) {
            texts.longest = longest;
        }
        self.ctes.pop();
        let member = judged?;
        for (column, next) in shape.columns.iter_mut().zip(&member.columns) {
            column.length = growth::after_levels(column.length, next.length, levels);
        }
        Ok(shape)
    }

    fn set_expr(&mut self, body: &SetExpr) -> Result<Shape, Stop> {
        match body {
            SetExpr::Select(select) => self.select(select, None),
            SetExpr::Query(query) => self.query(query),
            SetExpr::SetOperation { left, op, right, .. } => {
                let (left, right) = (self.set_expr(left)?, self.set_expr(right)?);
                Ok(match op {
                    SetOperator::Union => left.union(&right),
                    SetOperator::Except | SetOperator::Intersect | SetOperator::Minus => left,
                })
            }
            SetExpr::Values(values) => Ok(Shape::values(values, |expr| self.length(expr, &[]))),
            SetExpr::Insert(_)
            | SetExpr::Update(_)
            | SetExpr::Delete(_)
            | SetExpr::Merge(_)
            | SetExpr::Table(_) => Ok(Shape::unknown(Rows::Scan)),
        }
    }

    fn select(&mut self, select: &Select, order: Option<&OrderByKind>) -> Result<Shape, Stop> {
        groupings::check(select)?;
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
        let outer: Vec<Source> = self.scopes.iter().flat_map(|scope| scope.sources.clone()).collect();
        let linked = sources.iter().any(|source| source.shape.linked)
            || select.selection.as_ref().is_some_and(|condition| links(condition, &sources, &outer));
        let around = self.scopes.last().map_or(&[][..], |scope| &scope.sources);
        let reaches_out = reaches_out(select, &sources, around);
        let grouped = columns::grouped(select, &sources, rows);
        self.scopes.push(Scope { sources, rows });
        let judged = self.nested_in(select, order, grouped);
        let sources = self.scopes.pop().map(|scope| scope.sources).unwrap_or_default();
        judged?;
        self.check_texts(select, order, &sources)?;
        let columns = self.projected(select, &sources);
        // What a derived table reads anew for each row around this query, this query reads.
        let again = sources.iter().filter(|source| source.shape.correlated);
        let read =
            if again.into_iter().any(|source| source.shape.read == Rows::Scan) { Rows::Scan } else { rows };
        let rows = columns::limited(select, &columns, grouped);
        let keys = keys::of(select, &sources, &columns);
        Ok(Shape { keys, scans, read, linked, reaches_out, columns, ..Shape::unknown(rows) })
    }
}

fn on(operator: &JoinOperator) -> Option<&sqlparser::ast::Expr> {
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
        self.relation.place()
    }
}

#[cfg(test)]
mod tests;
