//! Which chart suits a result.

use std::cmp::Ordering;
use std::collections::HashSet;

use super::{Bars, Chart, Line};
use crate::ask::ChartHint;
use crate::format;
use crate::frame::{Axes, Completeness, Frame};
use crate::i18n::Lang;
use crate::model::{ColumnKind, Value};
use crate::sanitize::{SafeText, clip};

/// Bars drawn at most; the rest is counted.
const MAX_BARS: usize = 20;

/// Points of a line at most: more than a wide screen has dots.
const MAX_POINTS: usize = 4_000;

/// Rows of a result that are looked at; longer results are lists, not charts.
const MAX_ROWS: usize = 20_000;

/// Figures shown side by side at most.
const MAX_FIGURES: usize = 8;

/// Cells of a label at most.
const LABEL_CELLS: usize = 40;

/// Name columns that a chart can still label without a plan saying so.
const MAX_NAMES: usize = 2;

/// Words in a column's name that say it holds the figures of before.
const BASE_WORDS: [&str; 6] = ["anterior", "base", "previo", "previous", "antes", "pasado"];

/// The chart that suits `frame`: the planned one where its shape fits, else one chosen
/// from the columns' kinds, else none.
pub fn of(frame: &Frame, hint: Option<ChartHint>, lang: Lang) -> Option<Chart> {
    let settled = matches!(frame.completeness(), Completeness::Complete | Completeness::Truncated);
    if !settled || hint == Some(ChartHint::None) || frame.row_count() == 0 || frame.row_count() > MAX_ROWS {
        return None;
    }
    let mut axes = frame.axes();
    axes.measures.retain(|column| (0..frame.row_count()).any(|row| figure(frame, row, *column).is_some()));
    let measure = main_measure(frame, &axes, hint.is_some())?;
    if frame.row_count() == 1 {
        return paired(frame, &axes, hint, lang).or_else(|| Some(figures(frame, &axes, lang)));
    }
    if axes.time.is_none() && axes.names.is_empty() || hint.is_none() && axes.names.len() > MAX_NAMES {
        return None;
    }
    if let Some(pair) = paired(frame, &axes, hint, lang) {
        return Some(pair);
    }
    let wants_line = matches!(hint, None | Some(ChartHint::Line));
    if wants_line && let Some(series) = line(frame, &axes, measure, lang) {
        return Some(Chart::Line(series));
    }
    bars(frame, &axes, measure, lang).map(Chart::Bars)
}

/// The planner puts the metric first; of free SQL the first amount says most.
fn main_measure(frame: &Frame, axes: &Axes, planned: bool) -> Option<usize> {
    let money = axes.measures.iter().find(|column| !planned && frame.kind(**column) == ColumnKind::Money);
    money.or(axes.measures.first()).copied()
}

/// A value as a length; none for NULL, NaN and infinities.
fn figure(frame: &Frame, row: usize, column: usize) -> Option<f64> {
    let length = match frame.value(row, column) {
        Value::Int(n) => n as f64,
        Value::Decimal { unscaled, scale } => unscaled as f64 / 10f64.powi(i32::from(scale)),
        Value::Float(f) => f,
        Value::Text(text) => format::Digits::parse(text)?.plain().parse().ok()?,
        _ => return None,
    };
    length.is_finite().then_some(length)
}

/// The row's label, where it has one, and its measures.
fn figures(frame: &Frame, axes: &Axes, lang: Lang) -> Chart {
    let is_label = |column: &usize| !axes.measures.contains(column) && !frame.kind(*column).is_measure();
    let labelled = (0..frame.columns().len()).find(is_label);
    let label = labelled.map(|column| (title(frame, column), frame.label(0, axes, lang)));
    let measures =
        axes.measures.iter().map(|column| (title(frame, *column), frame.cell(0, *column, lang).text));
    Chart::Figures(label.into_iter().chain(measures).take(MAX_FIGURES).collect())
}

fn line(frame: &Frame, axes: &Axes, measure: usize, lang: Lang) -> Option<Line> {
    let time = axes.time.filter(|time| time.is_linear())?;
    if !axes.names.is_empty() || frame.row_count() > MAX_POINTS {
        return None;
    }
    let mut seen = HashSet::new();
    let mut points = Vec::with_capacity(frame.row_count());
    for row in 0..frame.row_count() {
        let key = frame.time_key(row, time)?;
        // Two rows of one period are two series, which one line would lie about.
        if !seen.insert(key) {
            return None;
        }
        if let Some(height) = figure(frame, row, measure) {
            points.push((key, clip(&frame.label(row, axes, lang), LABEL_CELLS), height));
        }
    }
    points.sort_by_key(|(key, ..)| *key);
    let points: Vec<_> = points.into_iter().map(|(_, label, height)| (label, height)).collect();
    (points.len() >= 2).then(|| Line { title: title(frame, measure), kind: frame.kind(measure), points })
}

fn title(frame: &Frame, column: usize) -> SafeText {
    frame.columns().get(column).map(|column| column.title.clone()).unwrap_or_default()
}

fn bars(frame: &Frame, axes: &Axes, measure: usize, lang: Lang) -> Option<Bars> {
    let rows: Vec<usize> =
        (0..frame.row_count()).filter(|row| figure(frame, *row, measure).is_some()).collect();
    let (kept, left_out) = longest(frame, rows, measure);
    series(frame, axes, measure, &kept, left_out, lang)
}

/// The rows worth a bar: all in their order, or the largest where there are too many.
fn longest(frame: &Frame, mut rows: Vec<usize>, measure: usize) -> (Vec<usize>, usize) {
    let left_out = rows.len().saturating_sub(MAX_BARS);
    if left_out > 0 {
        let length = |row: &usize| figure(frame, *row, measure).unwrap_or(0.0).abs();
        rows.sort_by(|a, b| length(b).partial_cmp(&length(a)).unwrap_or(Ordering::Equal));
        rows.truncate(MAX_BARS);
    }
    (rows, left_out)
}

fn series(
    frame: &Frame,
    axes: &Axes,
    measure: usize,
    rows: &[usize],
    left_out: usize,
    lang: Lang,
) -> Option<Bars> {
    let kind = frame.kind(measure);
    let bars: Vec<_> = rows
        .iter()
        .filter_map(|row| {
            let label = clip(&frame.label(*row, axes, lang), LABEL_CELLS);
            let value = SafeText::from(format::compact(&frame.value(*row, measure), kind, lang).as_str());
            figure(frame, *row, measure).map(|length| (label, length, value))
        })
        .collect();
    (!bars.is_empty()).then(|| Bars { title: title(frame, measure), kind, bars, left_out })
}

/// Two measures of one kind of which one is the other's past.
pub(crate) fn current_and_base(frame: &Frame, axes: &Axes) -> Option<(usize, usize)> {
    let is_base = |column: usize| {
        frame.columns().get(column).is_some_and(|column| {
            let name = column.name.as_str().to_lowercase();
            let title = column.title.as_str().to_lowercase();
            let named =
                |text: &str| text.split(|c: char| !c.is_alphanumeric()).any(|w| BASE_WORDS.contains(&w));
            named(&name) || named(&title)
        })
    };
    let base = axes.measures.iter().copied().find(|column| is_base(*column))?;
    let current = axes
        .measures
        .iter()
        .copied()
        .find(|column| *column != base && !is_base(*column) && frame.kind(*column) == frame.kind(base))?;
    Some((current, base))
}

fn paired(frame: &Frame, axes: &Axes, hint: Option<ChartHint>, lang: Lang) -> Option<Chart> {
    if !matches!(hint, None | Some(ChartHint::PairedBar)) {
        return None;
    }
    let mut pair = current_and_base(frame, axes);
    if pair.is_none() && hint == Some(ChartHint::PairedBar) {
        pair = axes.measures.first().copied().zip(axes.measures.get(1).copied());
    }
    let (current, base) = pair.filter(|(a, b)| frame.kind(*a) == frame.kind(*b))?;
    let both = |row: &usize| figure(frame, *row, current).is_some() && figure(frame, *row, base).is_some();
    let (rows, left_out) = longest(frame, (0..frame.row_count()).filter(both).collect(), current);
    Some(Chart::PairedBars {
        current: series(frame, axes, current, &rows, left_out, lang)?,
        base: series(frame, axes, base, &rows, left_out, lang)?,
    })
}
