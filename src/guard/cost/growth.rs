//! Text that grows: `(MAX)` types take away the 8 000-byte limit that bounds every text function.

use std::ops::ControlFlow;

use sqlparser::ast::{
    CharacterLength, DataType, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, ObjectName,
    Query, Value, Visit, Visitor,
};

use super::recursion;
use crate::guard::parse::offset_of;
use crate::guard::rule::{Rule, Stop};

/// Most times that nested `REPLACE`s may lengthen an unbounded text.
const MAX_GROWTH: u64 = 10_000;
/// How much a `REPLACE` with texts from columns is taken to lengthen.
const UNKNOWN_GROWTH: u64 = 20;

/// Refuses unbounded text where it can multiply: in recursion and in nested replacements.
pub(super) fn check(query: &Query) -> Result<(), Stop> {
    let mut unbounded = Unbounded { first: None, at: 0 };
    let _ = query.visit(&mut unbounded);
    let Some(place) = unbounded.first else { return Ok(()) };
    let ctes = query.with.iter().flat_map(|with| &with.cte_tables);
    for cte in ctes {
        if recursion::references(&cte.query, &cte.alias.name.value.to_uppercase()) > 0 {
            return Err(Stop::new(Rule::TextGrowth, place).about("MAX"));
        }
    }
    match query.visit(&mut Replacements) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(stop) => Err(stop),
    }
}

/// Finds the first conversion to an unbounded type.
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
        match expr {
            Expr::Identifier(ident) => self.at = offset_of(ident.span),
            Expr::Cast { data_type, .. } | Expr::Convert { data_type: Some(data_type), .. }
                if is_unbounded(data_type) =>
            {
                self.first = Some(self.at);
                return ControlFlow::Break(());
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

fn is_unbounded(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::Varchar(Some(CharacterLength::Max)) | DataType::Nvarchar(Some(CharacterLength::Max))
    )
}

struct Replacements;

impl Visitor for Replacements {
    type Break = Stop;

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<Stop> {
        let Expr::Function(function) = expr else { return ControlFlow::Continue(()) };
        if growth(function) <= MAX_GROWTH {
            return ControlFlow::Continue(());
        }
        let place =
            function.name.0.first().and_then(|part| part.as_ident()).map_or(0, |ident| offset_of(ident.span));
        ControlFlow::Break(Stop::new(Rule::TextGrowth, place))
    }
}

/// How many times longer than its innermost text a chain of `REPLACE`s can be.
fn growth(function: &Function) -> u64 {
    let (mut growth, mut next) = (1u64, Some(function));
    while let Some(function) = next {
        let arguments = arguments(function);
        let [inner, pattern, replacement] = arguments.as_slice() else { break };
        let factor = match (literal_length(pattern), literal_length(replacement)) {
            (Some(0), _) => 1,
            (Some(pattern), Some(replacement)) => replacement.div_ceil(pattern).max(1),
            _ => UNKNOWN_GROWTH,
        };
        growth = growth.saturating_mul(factor);
        next = match inner {
            Expr::Function(inner) => Some(inner),
            _ => None,
        };
    }
    growth
}

/// The arguments of a `REPLACE`, none for another function.
fn arguments(function: &Function) -> Vec<&Expr> {
    let is_replace = function.name.to_string() == "REPLACE";
    match &function.args {
        FunctionArguments::List(list) if is_replace => {
            let plain = list.args.iter().map(|argument| match argument {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr),
                _ => None,
            });
            plain.collect::<Option<Vec<_>>>().unwrap_or_default()
        }
        _ => Vec::new(),
    }
}

fn literal_length(expr: &Expr) -> Option<u64> {
    let Expr::Value(value) = expr else { return None };
    match &value.value {
        Value::SingleQuotedString(text) | Value::NationalStringLiteral(text) => {
            u64::try_from(text.chars().count()).ok()
        }
        _ => None,
    }
}
