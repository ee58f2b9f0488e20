//! A measure over time: from first to last, the latest change, the trend.

use std::cmp::Ordering;
use std::collections::HashSet;

use rust_decimal::Decimal;

use super::Insight;
use super::exact;
use super::series::{Series, change};
use crate::format;
use crate::i18n::fill;

/// Periods up to which a series is followed one by one.
const MAX_PERIODS: usize = 4_000;

/// Periods from which a slope is a trend.
const ENOUGH_FOR_TREND: usize = 4;

/// What can be said of a measure with one row per period; nothing otherwise.
pub(super) fn followed(series: &Series<'_>) -> Vec<Insight> {
    let Some(periods) = in_order(series) else { return Vec::new() };
    if periods.iter().all(|(_, value)| Some(*value) == periods.first().map(|(_, first)| *first)) {
        return Vec::new();
    }
    let latest = if periods.len() > 2 { latest(series, &periods) } else { None };
    [trend(series, &periods), latest, endpoints(series, &periods)].into_iter().flatten().collect()
}

/// Rows and values by time; none where a period is unknown or has two rows.
fn in_order(series: &Series<'_>) -> Option<Vec<(usize, Decimal)>> {
    let time = series.axes.time.filter(|time| time.is_linear())?;
    if !series.axes.names.is_empty() || !(2..=MAX_PERIODS).contains(&series.values.len()) {
        return None;
    }
    let mut seen = HashSet::new();
    let mut periods = Vec::with_capacity(series.values.len());
    for (row, value) in &series.values {
        let key = series.frame.time_key(*row, time)?;
        if !seen.insert(key) {
            return None;
        }
        periods.push((key, *row, *value));
    }
    periods.sort_by_key(|(key, ..)| *key);
    Some(periods.into_iter().map(|(_, row, value)| (row, value)).collect())
}

fn endpoints(series: &Series<'_>, periods: &[(usize, Decimal)]) -> Option<Insight> {
    let ((first_row, first), (last_row, last)) = (*periods.first()?, *periods.last()?);
    let change = change(first, last, series.kind, series.lang)?;
    let (a, b) = (series.shown(first), series.shown(last));
    let (from, to) = (series.label(first_row), series.label(last_row));
    let values = [
        ("title", series.title()),
        ("a", &a),
        ("b", &b),
        ("first", &from),
        ("last", &to),
        ("change", change.as_str()),
    ];
    Some(Insight::new(fill(series.lang, "insight.endpoints", &values), false))
}

fn latest(series: &Series<'_>, periods: &[(usize, Decimal)]) -> Option<Insight> {
    let [.., (previous_row, previous), (last_row, last)] = *periods else { return None };
    let change = change(previous, last, series.kind, series.lang)?;
    let (a, b) = (series.shown(previous), series.shown(last));
    let (from, to) = (series.label(previous_row), series.label(last_row));
    let values = [
        ("title", series.title()),
        ("a", &a),
        ("b", &b),
        ("previous", &from),
        ("last", &to),
        ("change", change.as_str()),
    ];
    let fell_much =
        exact::percentage(previous.checked_sub(last)?, previous).is_some_and(|f| f > Decimal::from(20));
    Some(Insight::new(fill(series.lang, "insight.latest", &values), fell_much))
}

/// The sign of the least-squares slope over the periods in order, and how many changes go its way.
fn trend(series: &Series<'_>, periods: &[(usize, Decimal)]) -> Option<Insight> {
    if periods.len() < ENOUGH_FOR_TREND {
        return None;
    }
    let slope = slope_sign(periods)?;
    let changes = periods.windows(2).map(|pair| match pair {
        [(_, before), (_, after)] => after.cmp(before),
        _ => Ordering::Equal,
    });
    let changes: Vec<Ordering> = changes.collect();
    let count =
        |wanted| format::count(changes.iter().filter(|change| **change == wanted).count(), series.lang);
    let (rises, falls) = (count(Ordering::Greater), count(Ordering::Less));
    let (n, total) = (format::count(periods.len(), series.lang), format::count(changes.len(), series.lang));
    let (first, last) = (series.label(periods.first()?.0), series.label(periods.last()?.0));
    let values = [
        ("title", series.title()),
        ("first", first.as_str()),
        ("last", last.as_str()),
        ("n", n.as_str()),
        ("rises", rises.as_str()),
        ("falls", falls.as_str()),
        ("changes", total.as_str()),
    ];
    let sentence = match slope {
        Ordering::Greater => fill(series.lang, "insight.trend.up", &values),
        Ordering::Less => fill(series.lang, "insight.trend.down", &values),
        Ordering::Equal => fill(series.lang, "insight.trend.flat", &values),
    };
    Some(Insight::new(sentence, slope == Ordering::Less))
}

/// The slope has the sign of `Σ (2i − (n − 1)) · yᵢ`: positions against values, both exact.
pub(super) fn slope_sign(periods: &[(usize, Decimal)]) -> Option<Ordering> {
    let last = i64::try_from(periods.len()).ok()? - 1;
    let weighted = periods.iter().zip(0i64..).map(|((_, value), i)| {
        let weight = Decimal::from(2 * i - last);
        value.checked_mul(weight).filter(|product| product.scale() >= value.scale() || product.is_zero())
    });
    let products: Vec<Decimal> = weighted.collect::<Option<_>>()?;
    Some(exact::sum(products)?.cmp(&Decimal::ZERO))
}
