//! Text that grows: `(MAX)` types take away the 8 000-byte limit that bounds every text function.

use std::collections::HashMap;
use std::ops::ControlFlow;

use sqlparser::ast::{
    BinaryOperator, CharacterLength, DataType, Expr, Function, ObjectName, OrderByKind, Query, Select, Value,
    Visit, Visitor,
};

use super::call::{arguments, name};
use super::own::Own;
use super::shape::{Column, Source};
use super::{Analysis, columns, on};
use crate::guard::parse::offset_of;
use crate::guard::rule::{Rule, Stop};

/// Most characters that an expression may make of one row.
pub(super) const MAX_TEXT: u64 = 100_000;
/// How many rows a `STRING_AGG` is taken to join: honest lists are long, and their length is
/// that of the data, not of the query.
const JOINED_ROWS: u64 = 50;
/// The length that stands for a recursive query's own text while its member is judged.
const OWN: u64 = 1 << 40;
/// The longest that a member may make of its own text: once itself, and what it adds.
pub(super) const ONE_COPY: u64 = 2 * OWN - 1;
/// The length of a number or date that becomes text.
const NUMBER: u64 = 40;

/// What is known of a query with unbounded text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Texts {
    /// Where its first conversion to `(MAX)` stands.
    pub place: usize,
    /// The longest text allowed for now.
    pub longest: u64,
}

/// Marks a column of a recursive query as its own text.
pub(super) fn mark(column: &mut Column) {
    if column.length > 0 {
        column.length = OWN;
    }
}

/// The length of a recursive query's text: as its anchor's at first, then longer with every level.
pub(super) fn after_levels(anchor: u64, member: u64, levels: u64) -> u64 {
    match member.checked_sub(OWN) {
        Some(added) => anchor.saturating_add(added.saturating_mul(levels)),
        None => anchor.max(member),
    }
}

impl Analysis {
    /// Refuses texts that become too long, in every clause of a `SELECT`.
    pub(super) fn check_texts(
        &self,
        select: &Select,
        order: Option<&OrderByKind>,
        sources: &[Source],
    ) -> Result<(), Stop> {
        let Some(texts) = self.texts else { return Ok(()) };
        let lengths = Lengths { sources, inner: &self.lengths };
        let mut long = Own::new(|expr| {
            let makes_text =
                matches!(expr, Expr::Function(_) | Expr::BinaryOp { op: BinaryOperator::Plus, .. });
            makes_text && lengths.of(expr) > texts.longest
        });
        let joins = select.from.iter().flat_map(|from| &from.joins);
        let too_long = long.is_in(&select.projection)
            || long.is_in(&select.selection)
            || long.is_in(&select.group_by)
            || long.is_in(&select.having)
            || order.is_some_and(|order| long.is_in(order))
            || joins.filter_map(|join| on(&join.join_operator)).any(|on| long.is_in(on));
        if too_long { Err(Stop::new(Rule::TextGrowth, texts.place).about("MAX")) } else { Ok(()) }
    }

    /// The columns of a `SELECT` over `sources`.
    pub(super) fn projected(&self, select: &Select, sources: &[Source]) -> Vec<Column> {
        columns::projected(select, sources, |expr| self.length(expr, sources))
    }

    /// The most characters of an expression's text; 0 where text is bounded anyway.
    pub(super) fn length(&self, expr: &Expr, sources: &[Source]) -> u64 {
        match self.texts {
            Some(_) => Lengths { sources, inner: &self.lengths }.of(expr),
            None => 0,
        }
    }
}

/// Where text without a bound is first made: a conversion to `(MAX)`, or a very long literal.
pub(super) fn unbounded(query: &Query) -> Option<usize> {
    let mut unbounded = Unbounded { first: None, at: 0 };
    let _ = query.visit(&mut unbounded);
    unbounded.first
}

struct Unbounded {
    first: Option<usize>,
    at: usize,
}

impl Visitor for Unbounded {
    type Break = ();

    fn pre_visit_relation(&mut self, relation: &ObjectName) -> ControlFlow<()> {
        if let Some(ident) = relation.0.first().and_then(|part| part.as_ident()) {
            self.at = offset_of(ident.span);
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        let is_unbounded = match expr {
            Expr::Identifier(ident) => {
                self.at = offset_of(ident.span);
                false
            }
            Expr::Cast { data_type, .. } | Expr::Convert { data_type: Some(data_type), .. } => {
                bound(data_type) == Some(u64::MAX)
            }
            Expr::Value(value) => match &value.value {
                Value::SingleQuotedString(text) => text.len() > 8_000,
                Value::NationalStringLiteral(text) => text.len() > 4_000,
                _ => false,
            },
            _ => false,
        };
        if is_unbounded {
            self.first = Some(self.at);
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }
}

/// The most characters a type holds; `None` for types that are no text.
fn bound(data_type: &DataType) -> Option<u64> {
    match data_type {
        DataType::Varchar(length) | DataType::Nvarchar(length) | DataType::Char(length) => {
            Some(match length {
                None => 30,
                Some(CharacterLength::IntegerLength { length, .. }) => *length,
                Some(CharacterLength::Max) => u64::MAX,
            })
        }
        DataType::Custom(name, _) if name.to_string().eq_ignore_ascii_case("NCHAR") => Some(4_000),
        _ => None,
    }
}

/// Lengths of expressions over these sources.
struct Lengths<'s> {
    sources: &'s [Source],
    inner: &'s HashMap<*const Query, u64>,
}

impl Lengths<'_> {
    /// The most characters of an expression's text; 0 for numbers and dates.
    fn of(&self, expr: &Expr) -> u64 {
        match expr {
            Expr::Identifier(ident) => self.column(None, &ident.value),
            Expr::CompoundIdentifier(parts) => match parts.as_slice() {
                [.., table, column] => self.column(Some(&table.value), &column.value),
                _ => 0,
            },
            Expr::Value(value) => match &value.value {
                Value::SingleQuotedString(text) | Value::NationalStringLiteral(text) => {
                    count(text.chars().count())
                }
                _ => 0,
            },
            Expr::Nested(inner)
            | Expr::UnaryOp { expr: inner, .. }
            | Expr::Collate { expr: inner, .. }
            | Expr::Substring { expr: inner, .. }
            | Expr::Trim { expr: inner, .. } => self.of(inner),
            Expr::BinaryOp { left, op: BinaryOperator::Plus, right } => {
                self.of(left).saturating_add(self.of(right))
            }
            Expr::Case { conditions, else_result, .. } => {
                let results = conditions.iter().map(|arm| &arm.result).chain(else_result.as_deref());
                results.map(|result| self.of(result)).max().unwrap_or(0)
            }
            Expr::Cast { expr, data_type, .. } | Expr::Convert { expr, data_type: Some(data_type), .. } => {
                bound(data_type).map_or(0, |bound| self.text(expr).min(bound))
            }
            Expr::Subquery(query) => {
                self.inner.get(&std::ptr::from_ref(query.as_ref())).copied().unwrap_or(0)
            }
            Expr::Function(function) => self.call(function),
            _ => 0,
        }
    }

    /// The length of an expression as text: a number becomes a short one.
    fn text(&self, expr: &Expr) -> u64 {
        match self.of(expr) {
            0 => NUMBER,
            length => length,
        }
    }

    fn column(&self, table: Option<&str>, column: &str) -> u64 {
        let (table, column) = (table.map(str::to_uppercase), column.to_uppercase());
        let sources = self.sources.iter().filter(|source| table.is_none() || source.name == table);
        sources.map(|source| source.shape.length_of(&column)).max().unwrap_or(0)
    }

    fn call(&self, function: &Function) -> u64 {
        let arguments = arguments(function);
        let texts = || arguments.iter().map(|argument| self.text(argument));
        let longest = || arguments.iter().map(|argument| self.of(argument)).max().unwrap_or(0);
        let first = arguments.first().map_or(0, |argument| self.of(argument));
        match (name(function), arguments.as_slice()) {
            ("CONCAT", _) => texts().fold(0, u64::saturating_add),
            ("CONCAT_WS", [separator, rest @ ..]) => {
                let separators = self.text(separator).saturating_mul(count(rest.len()));
                texts().skip(1).fold(separators, u64::saturating_add)
            }
            ("STUFF", [text, _, _, inserted]) => self.text(text).saturating_add(self.text(inserted)),
            ("REPLACE", [text, pattern, replacement]) => {
                let pattern = if let Expr::Value(_) = pattern { self.of(pattern).max(1) } else { 1 };
                let factor = self.of(replacement).div_ceil(pattern).max(1);
                self.text(text).saturating_mul(factor)
            }
            ("STRING_AGG", [text, separator]) => {
                self.text(text).saturating_add(self.of(separator)).saturating_mul(JOINED_ROWS)
            }
            ("FORMAT", [_, pattern, ..]) => self.of(pattern).saturating_add(NUMBER),
            ("CHAR" | "NCHAR", _) => 1,
            ("STR" | "DATENAME", _) => NUMBER,
            ("QUOTENAME", _) => 258,
            (
                "UPPER" | "LOWER" | "LTRIM" | "RTRIM" | "TRIM" | "REVERSE" | "TRANSLATE" | "LEFT" | "RIGHT",
                _,
            ) => first,
            (
                "ISNULL" | "COALESCE" | "NULLIF" | "IIF" | "CHOOSE" | "GREATEST" | "LEAST" | "MIN" | "MAX"
                | "FIRST_VALUE" | "LAST_VALUE" | "LAG" | "LEAD",
                _,
            ) => longest(),
            _ => 0,
        }
    }
}

fn count(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}
