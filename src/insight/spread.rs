//! How a measure is spread over its rows: total, extremes, concentration, the unusual.

use std::cmp::Reverse;

use rust_decimal::Decimal;

use super::Insight;
use super::exact;
use super::series::Series;
use crate::format;
use crate::i18n::{fill, plural};
use crate::model::ColumnKind;

/// Rows from which averages, concentration and unusual values say something.
const FEW: usize = 5;
const ENOUGH_FOR_OUTLIERS: usize = 8;

/// Unusual rows named at most.
const MAX_OUTLIERS: usize = 3;

/// The share of the sum that makes a concentration, in percent.
const CONCENTRATED: i64 = 80;

/// Everything worth saying about the rows of one measure.
pub(super) fn described(series: &Series<'_>) -> Vec<Insight> {
    let mut said = Vec::new();
    if series.values.len() >= 2 {
        said.extend(total(series));
        said.extend(extremes(series));
        said.extend(concentration(series));
        said.extend(outliers(series));
        said.extend(averages(series));
    }
    said.extend(negatives(series));
    said.extend(missing(series));
    said
}

/// The sum over the rows, of a measure that adds up.
pub(super) fn total(series: &Series<'_>) -> Option<Insight> {
    if series.values.len() < 2 {
        return None;
    }
    let value = series.shown(series.total()?);
    let values =
        [("title", series.title()), ("value", &value), ("n", &series.n()), ("scope", series.scope())];
    Some(Insight::new(fill(series.lang, "insight.total", &values), false))
}

fn extremes(series: &Series<'_>) -> Vec<Insight> {
    let high = series.values.iter().map(|(_, value)| *value).max();
    let low = series.values.iter().map(|(_, value)| *value).min();
    let (Some(high), Some(low)) = (high, low) else { return Vec::new() };
    if high == low {
        let value = series.shown(high);
        let values =
            [("title", series.title()), ("value", &value), ("n", &series.n()), ("scope", series.scope())];
        return vec![Insight::new(fill(series.lang, "insight.equal", &values), false)];
    }
    vec![largest(series, high, low), smallest(series, low)]
}

/// The only row with a value, or how many share it.
fn holder(series: &Series<'_>, wanted: Decimal) -> Result<usize, usize> {
    let mut holders = series.values.iter().filter(|(_, value)| *value == wanted).map(|(row, _)| *row);
    let first = holders.next().unwrap_or(0);
    match holders.count() {
        0 => Ok(first),
        more => Err(more + 1),
    }
}

fn largest(series: &Series<'_>, high: Decimal, low: Decimal) -> Insight {
    let (n, value, lang) = (series.n(), series.shown(high), series.lang);
    let common = [("title", series.title()), ("value", value.as_str()), ("n", &n), ("scope", series.scope())];
    let row = match holder(series, high) {
        Ok(row) => row,
        Err(k) => {
            let k = format::count(k, lang);
            return Insight::new(fill(lang, "insight.largest_tied", &with(&common, ("k", &k))), false);
        }
    };
    let label = series.label(row);
    // A share of a sum with negative parts can pass 100 % and would mislead.
    let share =
        series.total().filter(|_| low >= Decimal::ZERO).and_then(|total| exact::percentage(high, total));
    match share {
        Some(share) => {
            let shown = format::percent(share, lang);
            let values = with(&with(&common, ("label", &label)), ("share", &shown));
            Insight::new(fill(lang, "insight.largest_share", &values), remarkable(series, share))
        }
        None => Insight::new(fill(lang, "insight.largest", &with(&common, ("label", &label))), false),
    }
}

/// Nearly a third of the sum in one row of several.
fn remarkable(series: &Series<'_>, share: Decimal) -> bool {
    series.values.len() >= FEW && share >= Decimal::from(30)
}

fn smallest(series: &Series<'_>, low: Decimal) -> Insight {
    let (n, value, lang) = (series.n(), series.shown(low), series.lang);
    let common = [("title", series.title()), ("value", value.as_str()), ("n", &n), ("scope", series.scope())];
    match holder(series, low) {
        Ok(row) => {
            let label = series.label(row);
            Insight::new(fill(lang, "insight.smallest", &with(&common, ("label", &label))), false)
        }
        Err(k) => {
            let k = format::count(k, lang);
            Insight::new(fill(lang, "insight.smallest_tied", &with(&common, ("k", &k))), false)
        }
    }
}

fn with<'a>(values: &[(&'a str, &'a str)], more: (&'a str, &'a str)) -> Vec<(&'a str, &'a str)> {
    values.iter().copied().chain([more]).collect()
}

/// The fewest rows that make up most of the sum.
fn concentration(series: &Series<'_>) -> Option<Insight> {
    let rows = series.values.len();
    if rows < FEW
        || series.axes.time.is_some()
        || series.values.iter().any(|(_, value)| *value < Decimal::ZERO)
    {
        return None;
    }
    let total = series.total().filter(|total| *total > Decimal::ZERO)?;
    let wanted = total.checked_mul(Decimal::from(CONCENTRATED))?;
    let mut sorted: Vec<Decimal> = series.values.iter().map(|(_, value)| *value).collect();
    sorted.sort_by_key(|value| Reverse(*value));
    let mut reached = Decimal::ZERO;
    let mut k = 0;
    for value in sorted {
        reached = exact::add(reached, value)?;
        k += 1;
        if reached.checked_mul(Decimal::ONE_HUNDRED)? >= wanted {
            break;
        }
    }
    if k * 2 > rows {
        return None;
    }
    let share = format::percent(exact::percentage(reached, total)?, series.lang);
    let values = [
        ("title", series.title()),
        ("total", &series.n()),
        ("scope", series.scope()),
        ("share", share.as_str()),
    ];
    let shown = format::count(k, series.lang);
    let sentence = plural(series.lang, "insight.concentration", k as u64, &shown, &values);
    Some(Insight::new(sentence, k * 5 <= rows))
}

/// Values far from the median by the modified z-score of Iglewicz and Hoaglin:
/// `0.6745 · |x − median| / MAD > 3.5`.
fn outliers(series: &Series<'_>) -> Vec<Insight> {
    if series.values.len() < ENOUGH_FOR_OUTLIERS {
        return Vec::new();
    }
    unusual(series).unwrap_or_default()
}

fn unusual(series: &Series<'_>) -> Option<Vec<Insight>> {
    let mut sorted: Vec<Decimal> = series.values.iter().map(|(_, value)| *value).collect();
    sorted.sort();
    let median = exact::median(&sorted)?;
    let distance = |value: Decimal| exact::subtract(value, median).map(|d| d.abs());
    let mut distances: Vec<Decimal> = sorted.iter().map(|value| distance(*value)).collect::<Option<_>>()?;
    distances.sort();
    let spread = exact::median(&distances).filter(|spread| *spread > Decimal::ZERO)?;
    let limit = spread.checked_mul(Decimal::new(35, 1))?;
    let mut far: Vec<(Decimal, usize, Decimal)> = Vec::new();
    for (row, value) in &series.values {
        let distance = distance(*value)?;
        if distance.checked_mul(Decimal::new(6745, 4))? > limit {
            far.push((distance, *row, *value));
        }
    }
    // Where much is unusual, the spread is simply wide.
    if far.len() * 10 > series.values.len().max(10) {
        return None;
    }
    far.sort_by_key(|(distance, row, _)| (Reverse(*distance), *row));
    let middle = series.shown(median);
    let sentence = |(_, row, value): (Decimal, usize, Decimal)| {
        let (label, value, n) = (series.label(row), series.shown(value), series.n());
        let values = [
            ("title", series.title()),
            ("label", label.as_str()),
            ("value", value.as_str()),
            ("median", middle.as_str()),
            ("n", n.as_str()),
            ("scope", series.scope()),
        ];
        Insight::new(fill(series.lang, "insight.outlier", &values), true)
    };
    Some(far.into_iter().take(MAX_OUTLIERS).map(sentence).collect())
}

/// Mean and median per row; of ratios neither means anything.
fn averages(series: &Series<'_>) -> Option<Insight> {
    if series.values.len() < FEW || series.kind == ColumnKind::Percent {
        return None;
    }
    let mut sorted: Vec<Decimal> = series.values.iter().map(|(_, value)| *value).collect();
    sorted.sort();
    let mean = series.total()?.checked_div(Decimal::from(sorted.len()))?;
    let (mean, median, n) = (series.shown(mean), series.shown(exact::median(&sorted)?), series.n());
    let values = [
        ("title", series.title()),
        ("mean", mean.as_str()),
        ("median", median.as_str()),
        ("n", n.as_str()),
        ("scope", series.scope()),
    ];
    Some(Insight::new(fill(series.lang, "insight.mean_median", &values), false))
}

fn negatives(series: &Series<'_>) -> Option<Insight> {
    let below = series.values.iter().filter(|(_, value)| *value < Decimal::ZERO).count();
    if below == 0 || series.values.len() < 2 {
        return None;
    }
    let values = [("title", series.title()), ("total", &series.n()), ("scope", series.scope())];
    let shown = format::count(below, series.lang);
    Some(Insight::new(plural(series.lang, "insight.negatives", below as u64, &shown, &values), true))
}

fn missing(series: &Series<'_>) -> Option<Insight> {
    if series.missing == 0 {
        return None;
    }
    let rows = format::count(series.frame.row_count(), series.lang);
    let shown = format::count(series.missing, series.lang);
    let values = [("title", series.title()), ("total", rows.as_str())];
    Some(Insight::new(plural(series.lang, "insight.missing", series.missing as u64, &shown, &values), false))
}
