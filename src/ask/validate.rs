//! What an intent must hold before it may become SQL, whoever filled it.

use super::intent::{Cohort, Filter, Intent, Scope, Shape};
use crate::model::{Dim, Metric, SalesModel};

/// Why an intent makes no sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidIntent {
    /// A shape that needs a figure has none, or one that takes one has several.
    #[error("wrong number of metrics")]
    Metrics,
    /// A shape's groups are missing or of the wrong kind.
    #[error("wrong dimensions")]
    Dimensions,
    /// A time range is missing or turned around.
    #[error("wrong time range")]
    Time,
    /// A filter without values, or on a dimension that has none.
    #[error("wrong filter")]
    Filter,
    /// A share, average or running total of a figure whose parts do not add up.
    #[error("the metric cannot be added up")]
    NotAdditive,
    /// A condition on groups where there are none.
    #[error("a condition needs groups")]
    Having,
}

/// Checks an intent against a store's model.
///
/// # Errors
/// The first thing that is wrong.
pub fn check(intent: &Intent, model: &SalesModel) -> Result<(), InvalidIntent> {
    need(dims_of(intent).all(|dim| model.has(dim)), InvalidIntent::Dimensions)?;
    common(intent)?;
    let one_metric = intent.metrics.len() == 1;
    let additive = intent.metrics.iter().all(|m| m.is_additive());
    let calendar = intent.dims.iter().filter(|d| d.is_calendar()).count();
    match &intent.shape {
        Shape::Group => need(!intent.metrics.is_empty(), InvalidIntent::Metrics),
        Shape::CountGroups => {
            need(intent.dims.len() == 1, InvalidIntent::Dimensions)?;
            need(!intent.having.is_empty(), InvalidIntent::Having)
        }
        Shape::Compare { base, only, by } => {
            need(one_metric, InvalidIntent::Metrics)?;
            need(by.is_none() || (only.is_some() && !intent.dims.is_empty()), InvalidIntent::Having)?;
            need(intent.time.is_some() && base.start <= base.end, InvalidIntent::Time)
        }
        Shape::Difference { dim, first, second } => {
            need(one_metric, InvalidIntent::Metrics)?;
            need(intent.dims.is_empty() && dim.value_column().is_some(), InvalidIntent::Dimensions)?;
            need(first != second, InvalidIntent::Filter)
        }
        Shape::Share { part } => {
            need(one_metric, InvalidIntent::Metrics)?;
            need(!part.is_empty() || !intent.dims.is_empty(), InvalidIntent::Dimensions)?;
            part.iter().try_for_each(filter)?;
            need(additive || counts(intent), InvalidIntent::NotAdditive)
        }
        Shape::Concentration { n } => {
            need(one_metric && additive && *n > 0, InvalidIntent::NotAdditive)?;
            need(intent.dims.len() == 1 && calendar == 0, InvalidIntent::Dimensions)
        }
        Shape::TopPerGroup { n } => {
            need(!intent.metrics.is_empty() && *n > 0, InvalidIntent::Metrics)?;
            need(intent.dims.len() >= 2, InvalidIntent::Dimensions)
        }
        Shape::Place { n } => {
            need(!intent.metrics.is_empty() && *n > 0, InvalidIntent::Metrics)?;
            need(intent.dims.len() == 1 && intent.limit.is_none(), InvalidIntent::Dimensions)
        }
        Shape::Running | Shape::Growth => {
            need(one_metric, InvalidIntent::Metrics)?;
            need(calendar == 1, InvalidIntent::Dimensions)?;
            let growth = intent.shape == Shape::Growth;
            need(!growth || intent.dims.len() == 1, InvalidIntent::Dimensions)?;
            need(growth || additive, InvalidIntent::NotAdditive)
        }
        Shape::Abc { .. } => {
            need(one_metric && additive, InvalidIntent::NotAdditive)?;
            need(intent.dims.len() == 1 && calendar == 0, InvalidIntent::Dimensions)
        }
        Shape::Idle { .. } => {
            let listed = intent.dims.first().is_some_and(|d| d.value_column().is_some());
            need(intent.dims.len() == 1 && listed, InvalidIntent::Dimensions)?;
            need(intent.having.is_empty() && intent.limit.is_none(), InvalidIntent::Having)?;
            need(intent.time.is_some(), InvalidIntent::Time)
        }
        Shape::Unreturned { .. } => {
            let listed = intent.dims.first().is_some_and(|d| d.value_column().is_some());
            need(intent.dims.len() == 1 && listed, InvalidIntent::Dimensions)?;
            need(intent.having.is_empty() && intent.limit.is_none(), InvalidIntent::Having)?;
            need(intent.scope == Scope::Sales, InvalidIntent::Filter)
        }
        Shape::Cohort { kind, .. } => {
            let by_period = *kind == Cohort::New && calendar == 1 && intent.dims.len() == 1;
            need(intent.dims.is_empty() || by_period, InvalidIntent::Dimensions)?;
            let timeless = matches!(kind, Cohort::NotSince(_)) || by_period;
            need(timeless || intent.time.is_some(), InvalidIntent::Time)
        }
        Shape::Together { with } => {
            need(intent.dims.is_empty(), InvalidIntent::Dimensions)?;
            with.iter().try_for_each(filter)
        }
    }
}

/// Every dimension that an intent names, wherever it does.
fn dims_of(intent: &Intent) -> impl Iterator<Item = Dim> {
    let (part, with, difference) = match &intent.shape {
        Shape::Share { part } => (part.as_slice(), None, None),
        Shape::Together { with } => (&[][..], with.as_ref(), None),
        Shape::Difference { dim, .. } => (&[][..], None, Some(*dim)),
        _ => (&[][..], None, None),
    };
    let filters = intent.filters.iter().chain(part).chain(with).filter_map(|filter| match filter {
        Filter::In { dim, .. } => Some(*dim),
        _ => None,
    });
    let figures = intent.metrics.iter().copied();
    let figures = figures.chain(intent.having.iter().map(|having| having.metric));
    let counted = figures.chain(intent.sort.map(|sort| sort.metric)).filter_map(|metric| match metric {
        Metric::Distinct(dim) => Some(dim),
        _ => None,
    });
    intent.dims.iter().copied().chain(intent.per).chain(difference).chain(filters).chain(counted)
}

/// Nothing is grouped by twice.
fn distinct(dims: &[Dim]) -> bool {
    dims.iter().enumerate().all(|(i, d)| !dims.iter().take(i).any(|e| e == d))
}

fn counts(intent: &Intent) -> bool {
    intent.metrics.iter().all(|m| matches!(m, Metric::Distinct(_)))
}

fn common(intent: &Intent) -> Result<(), InvalidIntent> {
    need(intent.time.is_none_or(|t| t.start <= t.end), InvalidIntent::Time)?;
    intent.filters.iter().try_for_each(filter)?;
    need(intent.having.is_empty() || !intent.dims.is_empty(), InvalidIntent::Having)?;
    need(intent.dims.len() <= 4 && intent.metrics.len() <= 6, InvalidIntent::Dimensions)?;
    need(distinct(&intent.dims), InvalidIntent::Dimensions)?;
    if intent.per.is_some() {
        let averaged = intent.metrics.iter().all(|m| m.is_additive() || matches!(m, Metric::Distinct(_)));
        need(averaged && intent.shape == Shape::Group, InvalidIntent::NotAdditive)?;
    }
    // A rate of returns needs the lines of both kinds of documents.
    let rates = intent.metrics.iter().copied().chain(intent.having.iter().map(|h| h.metric));
    let rates = rates.chain(intent.sort.map(|s| s.metric)).any(|m| m == Metric::ReturnRate);
    need(!rates || intent.scope == Scope::Sales, InvalidIntent::Filter)?;
    let returns_fit =
        intent.scope != Scope::Returns || !matches!(intent.shape, Shape::Cohort { .. } | Shape::Idle { .. });
    need(returns_fit, InvalidIntent::Filter)
}

fn filter(filter: &Filter) -> Result<(), InvalidIntent> {
    match filter {
        Filter::In { dim, values, .. } => {
            need(!values.is_empty() && dim.value_column().is_some(), InvalidIntent::Filter)
        }
        Filter::Weekdays(days) => {
            need(!days.is_empty() && days.iter().all(|d| (1..=7).contains(d)), InvalidIntent::Filter)
        }
        Filter::Credit(_) | Filter::Line { .. } => Ok(()),
    }
}

fn need(holds: bool, otherwise: InvalidIntent) -> Result<(), InvalidIntent> {
    if holds { Ok(()) } else { Err(otherwise) }
}
