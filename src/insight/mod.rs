//! Statements computed from a result, each true by construction.
//!
//! Enters: a `Frame`. Leaves: sentences in the user's language. May not touch: approval.
//!
//! Every figure is an exact decimal of the rows at hand, and every sentence says over which
//! rows it holds. Only what adds up is added: amounts and quantities that are sums themselves;
//! never averages, prices, ratios, or counts (a customer counted in two rows is one customer).

mod exact;
mod pairs;
mod series;
mod spread;
mod timeline;

use crate::chart;
use crate::format;
use crate::frame::{Axes, Completeness, Frame};
use crate::i18n::{Lang, fill, text};
use crate::model::{ColumnKind, Value};
use crate::sanitize::{SafeText, display_safe};

use series::Series;

/// Rows up to which statements are computed; longer results are exports.
const MAX_ROWS: usize = 200_000;

/// Rows from which their number is worth a sentence.
const MANY_ROWS: usize = 20;

/// Measures that get their own total, the main one included.
const MAX_TOTALS: usize = 3;

/// A statement about a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Insight {
    /// The sentence.
    pub text: SafeText,
    /// Whether it deserves attention (a drop, a concentration, an outlier).
    pub notable: bool,
}

impl Insight {
    fn new(sentence: String, notable: bool) -> Insight {
        Insight { text: display_safe(&sentence), notable }
    }
}

/// The statements that hold for a complete `frame`, the most useful first; none for a partial one.
/// Of a result cut by the row limit they say so first.
pub fn of(frame: &Frame, lang: Lang) -> Vec<Insight> {
    let truncated = match frame.completeness() {
        Completeness::Growing | Completeness::Partial => return Vec::new(),
        Completeness::Truncated => true,
        Completeness::Complete => false,
    };
    let rows = frame.row_count();
    if rows == 0 || is_of_nothing(frame) {
        return vec![Insight::new(text(lang, "insight.empty").to_owned(), true)];
    }
    let mut said = Vec::new();
    if truncated {
        said.push(Insight::new(fill(lang, "insight.truncated", &[("n", &format::count(rows, lang))]), true));
    }
    if rows <= MAX_ROWS {
        said.extend(about_measures(frame, lang));
    }
    if !truncated && rows >= MANY_ROWS {
        said.push(Insight::new(fill(lang, "insight.rows", &[("n", &format::count(rows, lang))]), false));
    }
    said
}

/// Whether the one row is what aggregates come to over no rows at all: NULL, and counts of zero.
fn is_of_nothing(frame: &Frame) -> bool {
    let measures = frame.axes().measures;
    let values = || measures.iter().map(|column| frame.value(0, *column));
    frame.row_count() == 1
        && measures.len() == frame.columns().len()
        && values().any(|value| value == Value::Null)
        && values().all(|value| matches!(value, Value::Null | Value::Int(0)))
}

fn about_measures(frame: &Frame, lang: Lang) -> Vec<Insight> {
    let axes = frame.axes();
    let pair = chart::current_and_base(frame, &axes);
    let Some(main) = pair.map(|(current, _)| current).or_else(|| main_measure(frame, &axes)) else {
        return Vec::new();
    };
    let summable = !series::has_total_rows(frame, &axes);
    let mut said = Vec::new();
    if let Some((current, base)) = pair {
        said.extend(pairs::compared(frame, &axes, current, base, summable, lang));
    }
    let Some(series) = Series::of(frame, &axes, main, summable, lang) else {
        return said;
    };
    said.extend(timeline::followed(&series));
    said.extend(spread::described(&series));
    let others = axes.measures.iter().filter(|column| **column != main).take(MAX_TOTALS - 1);
    said.extend(
        others.filter_map(|column| spread::total(&Series::of(frame, &axes, *column, summable, lang)?)),
    );
    said
}

/// The first measure of a plan; of free SQL the first amount, if there is one.
fn main_measure(frame: &Frame, axes: &Axes) -> Option<usize> {
    let first = axes.measures.first().copied()?;
    let money = axes.measures.iter().copied().find(|column| frame.kind(*column) == ColumnKind::Money);
    if frame.is_planned(first) { Some(first) } else { money.or(Some(first)) }
}

#[cfg(test)]
mod tests;
