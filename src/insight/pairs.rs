//! Now against before: two columns of one measure.

use std::cmp::Ordering;

use rust_decimal::Decimal;

use super::Insight;
use super::exact;
use super::series::{Series, change};
use crate::format;
use crate::frame::{Axes, Frame};
use crate::i18n::{Lang, fill};

/// A row with both figures: row, now, before.
type Pair = (usize, Decimal, Decimal);

/// What can be said of two columns of which one is the other's past.
pub(super) fn compared(
    frame: &Frame,
    axes: &Axes,
    current: usize,
    base: usize,
    summable: bool,
    lang: Lang,
) -> Vec<Insight> {
    let now = Series::of(frame, axes, current, summable, lang);
    let before = Series::of(frame, axes, base, summable, lang);
    let (Some(now), Some(before)) = (now, before) else { return Vec::new() };
    let pairs = joined(&now, &before);
    match pairs.as_slice() {
        [] => Vec::new(),
        [(_, a, b)] => single(&now, &before, *a, *b).into_iter().collect(),
        _ => {
            let mut said: Vec<Insight> = totals(&now, &before, &pairs).into_iter().collect();
            said.extend(counts(&now, &before, &pairs));
            said.extend(farthest(&now, &pairs, Ordering::Greater));
            said.extend(farthest(&now, &pairs, Ordering::Less));
            said
        }
    }
}

/// Both series are in row order.
fn joined(now: &Series<'_>, before: &Series<'_>) -> Vec<Pair> {
    let mut past = before.values.iter().peekable();
    let mut pairs = Vec::new();
    for (row, a) in &now.values {
        while past.next_if(|(other, _)| other < row).is_some() {}
        if let Some((_, b)) = past.next_if(|(other, _)| other == row) {
            pairs.push((*row, *a, *b));
        }
    }
    pairs
}

fn single(now: &Series<'_>, before: &Series<'_>, a: Decimal, b: Decimal) -> Option<Insight> {
    let change = change(b, a, now.kind, now.lang)?;
    let (shown_a, shown_b) = (now.shown(a), before.shown(b));
    let values = [
        ("title", now.title()),
        ("base", before.title()),
        ("a", &shown_a),
        ("b", &shown_b),
        ("change", change.as_str()),
    ];
    Some(Insight::new(fill(now.lang, "insight.pair.single", &values), a < b))
}

fn totals(now: &Series<'_>, before: &Series<'_>, pairs: &[Pair]) -> Option<Insight> {
    if !(now.additive && before.additive) {
        return None;
    }
    let a = exact::sum(pairs.iter().map(|(_, a, _)| *a))?;
    let b = exact::sum(pairs.iter().map(|(.., b)| *b))?;
    let change = change(b, a, now.kind, now.lang)?;
    let (shown_a, shown_b, n) = (now.shown(a), before.shown(b), format::count(pairs.len(), now.lang));
    let values = [
        ("title", now.title()),
        ("base", before.title()),
        ("a", &shown_a),
        ("b", &shown_b),
        ("n", &n),
        ("scope", now.whole_scope()),
        ("change", change.as_str()),
    ];
    Some(Insight::new(fill(now.lang, "insight.pair.total", &values), a < b))
}

fn counts(now: &Series<'_>, before: &Series<'_>, pairs: &[Pair]) -> Option<Insight> {
    let count = |wanted| pairs.iter().filter(|(_, a, b)| a.cmp(b) == wanted).count();
    let shown = |n| format::count(n, now.lang);
    let (up, down, n) = (shown(count(Ordering::Greater)), shown(count(Ordering::Less)), shown(pairs.len()));
    let values = [("title", now.title()), ("base", before.title()), ("up", &up), ("down", &down), ("n", &n)];
    Some(Insight::new(fill(now.lang, "insight.pair.counts", &values), false))
}

/// The row with the largest change upwards or downwards, in absolute terms; the first of equals.
fn farthest(now: &Series<'_>, pairs: &[Pair], direction: Ordering) -> Option<Insight> {
    let mut best: Option<(Decimal, Pair)> = None;
    for pair in pairs.iter().filter(|(_, a, b)| a.cmp(b) == direction) {
        let distance = exact::subtract(pair.1, pair.2)?.abs();
        if best.is_none_or(|(reached, _)| distance > reached) {
            best = Some((distance, *pair));
        }
    }
    let (_, (row, a, b)) = best?;
    let change = change(b, a, now.kind, now.lang)?;
    let (label, shown_a, shown_b) = (now.label(row), now.shown(a), now.shown(b));
    let values = [
        ("title", now.title()),
        ("label", label.as_str()),
        ("a", &shown_a),
        ("b", &shown_b),
        ("change", change.as_str()),
    ];
    let sentence = match direction {
        Ordering::Less => fill(now.lang, "insight.pair.fall", &values),
        _ => fill(now.lang, "insight.pair.rise", &values),
    };
    Some(Insight::new(sentence, false))
}
