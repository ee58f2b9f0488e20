//! A measure's known values with what it takes to speak of them.

use rust_decimal::Decimal;

use super::exact;
use crate::format;
use crate::frame::{Axes, Completeness, Frame};
use crate::i18n::{Lang, fill, text};
use crate::model::{ColumnKind, Value};
use crate::sanitize::clip;

/// Words in a column's name or title that say its values cannot be added up.
const NOT_ADDITIVE: &[&str] = &[
    "promedio",
    "prom",
    "media",
    "medio",
    "mean",
    "avg",
    "average",
    "ticket",
    "mediana",
    "median",
    "max",
    "maximo",
    "maxima",
    "maximum",
    "min",
    "minimo",
    "minima",
    "minimum",
    "precio",
    "price",
    "acumulado",
    "acumulada",
    "acumuladas",
    "acumulados",
    "cumulative",
    "accumulated",
    "running",
    "saldo",
    "balance",
    "por",
    "per",
    "unitario",
    "unitaria",
    "unit",
    "movil",
    "moving",
    "desviacion",
    "stddev",
    "tasa",
    "rate",
    "meta",
    "goal",
    "distinct",
    "distintos",
    "distintas",
    "ytd",
    "mtd",
];

/// Cells of a label inside a sentence.
const LABEL_CELLS: usize = 48;

/// A measure of a frame: the rows where it is known, in the frame's order.
pub(super) struct Series<'a> {
    pub(super) frame: &'a Frame,
    pub(super) axes: &'a Axes,
    pub(super) column: usize,
    pub(super) kind: ColumnKind,
    pub(super) lang: Lang,
    /// Row and value.
    pub(super) values: Vec<(usize, Decimal)>,
    /// Rows where it is NULL.
    pub(super) missing: usize,
    /// Whether its values may be added up.
    pub(super) additive: bool,
}

impl<'a> Series<'a> {
    /// The measure's values; none where one of them has no exact value or none is known.
    /// `summable`: no row is the total of others (see [`has_total_rows`]).
    pub(super) fn of(
        frame: &'a Frame,
        axes: &'a Axes,
        column: usize,
        summable: bool,
        lang: Lang,
    ) -> Option<Series<'a>> {
        let mut values = Vec::with_capacity(frame.row_count());
        let mut missing = 0;
        for row in 0..frame.row_count() {
            match frame.value(row, column) {
                Value::Null => missing += 1,
                value => values.push((row, exact::decimal(&value)?)),
            }
        }
        let additive = summable && is_sum(frame, column);
        let kind = frame.kind(column);
        (!values.is_empty()).then_some(Series { frame, axes, column, kind, lang, values, missing, additive })
    }

    /// The sum, where there is sense in one.
    pub(super) fn total(&self) -> Option<Decimal> {
        if !self.additive {
            return None;
        }
        exact::sum(self.values.iter().map(|(_, value)| *value))
    }

    pub(super) fn title(&self) -> &'a str {
        self.frame.columns().get(self.column).map_or("", |column| column.title.as_str())
    }

    /// The number of known values, as people write it.
    pub(super) fn n(&self) -> String {
        format::count(self.values.len(), self.lang)
    }

    /// A figure of this measure, as people write it.
    pub(super) fn shown(&self, value: Decimal) -> String {
        shown(value, self.kind, self.lang)
    }

    pub(super) fn label(&self, row: usize) -> String {
        label(self.frame, self.axes, row, self.lang)
    }

    /// All rows at hand, known or not.
    pub(super) fn whole_scope(&self) -> &'static str {
        if self.frame.completeness() == Completeness::Truncated {
            text(self.lang, "insight.scope.shown")
        } else {
            text(self.lang, "insight.scope.all")
        }
    }

    /// Which rows a sentence speaks of.
    pub(super) fn scope(&self) -> &'static str {
        match (self.missing > 0, self.frame.completeness() == Completeness::Truncated) {
            (false, _) => self.whole_scope(),
            (true, false) => text(self.lang, "insight.scope.known"),
            (true, true) => text(self.lang, "insight.scope.known_shown"),
        }
    }
}

/// A figure of a kind, as people write it.
pub(super) fn shown(value: Decimal, kind: ColumnKind, lang: Lang) -> String {
    let scale = i8::try_from(value.scale()).unwrap_or(i8::MAX);
    format::value(&Value::Decimal { unscaled: value.mantissa(), scale }, kind, lang)
}

/// What a row is called in a sentence.
pub(super) fn label(frame: &Frame, axes: &Axes, row: usize, lang: Lang) -> String {
    let label = frame.label(row, axes, lang);
    if label.as_str().trim().is_empty() {
        return fill(lang, "insight.row_label", &[("n", &format::count(row + 1, lang))]);
    }
    clip(&label, LABEL_CELLS).into_string()
}

/// A change with its sign: points for percentages, a percentage where the base is above zero,
/// the difference otherwise.
pub(super) fn change(from: Decimal, to: Decimal, kind: ColumnKind, lang: Lang) -> Option<String> {
    let difference = exact::subtract(to, from)?;
    if kind == ColumnKind::Percent {
        let points = shown(difference.round_dp(12), ColumnKind::Percent, lang);
        let points = signed(difference, points.trim_end_matches('%').to_owned());
        return Some(fill(lang, "insight.points", &[("change", &points)]));
    }
    match exact::percentage(difference, from) {
        Some(growth) => Some(signed(growth, format::percent(growth, lang))),
        None => Some(signed(difference, shown(difference, kind, lang))),
    }
}

fn signed(value: Decimal, shown: String) -> String {
    if value > Decimal::ZERO { format!("+{shown}") } else { shown }
}

/// Whether a measure is an amount or a quantity, and not named as something that is no sum.
fn is_sum(frame: &Frame, column: usize) -> bool {
    let Some(described) = frame.columns().get(column) else { return false };
    let named_otherwise = [&described.name, &described.title]
        .into_iter()
        .flat_map(|name| format::words_of(name.as_str()))
        .any(|word| NOT_ADDITIVE.contains(&word.as_str()));
    matches!(described.kind, ColumnKind::Money | ColumnKind::Quantity) && !named_otherwise
}

/// Whether a row could be the total of others, as `ROLLUP` and `GROUPING SETS` make them: a label
/// that is NULL or says so. The doubt is enough to add nothing up.
pub(super) fn has_total_rows(frame: &Frame, axes: &Axes) -> bool {
    let measures = &axes.measures;
    let labels = || (0..frame.columns().len()).filter(|column| !measures.contains(column));
    (0..frame.row_count()).any(|row| {
        labels().any(|column| match frame.value(row, column) {
            Value::Null => true,
            Value::Text(label) => {
                label.trim_start().get(..5).is_some_and(|start| start.eq_ignore_ascii_case("total"))
            }
            _ => false,
        })
    })
}
