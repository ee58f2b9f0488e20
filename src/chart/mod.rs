//! Drawings of a result: which one suits it, and its data.
//!
//! Enters: a `Frame` and a hint. Leaves: a chart as data. May not touch: approval.
//!
//! Lengths are floating point, for drawing only; every figure shown is the exact value, formatted.

mod bars;
mod choose;
mod line;

pub(crate) use choose::current_and_base;
pub use choose::of;
pub use line::braille;

use crate::i18n::Lang;
use crate::model::ColumnKind;
use crate::sanitize::SafeText;

/// A chart as data: who draws it decides the size.
#[derive(Debug, Clone, PartialEq)]
pub enum Chart {
    /// Single figures: title and formatted value.
    Figures(Vec<(SafeText, SafeText)>),
    /// One bar per label.
    Bars(Bars),
    /// One line over an ordered axis.
    Line(Line),
    /// Two bars per label.
    PairedBars {
        /// Now.
        current: Bars,
        /// Before; same labels.
        base: Bars,
    },
}

/// A series of labelled bars.
#[derive(Debug, Clone, PartialEq)]
pub struct Bars {
    /// What the bars measure.
    pub title: SafeText,
    /// The measure's kind.
    pub kind: ColumnKind,
    /// Label, length, formatted (compact) value.
    pub bars: Vec<(SafeText, f64, SafeText)>,
    /// How many labels were left out because there were too many.
    pub left_out: usize,
}

/// A line over an ordered axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// What the line measures.
    pub title: SafeText,
    /// The measure's kind.
    pub kind: ColumnKind,
    /// Axis label and value, in order.
    pub points: Vec<(SafeText, f64)>,
}

/// What a chart is drawn with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ink {
    /// Blocks and braille.
    #[default]
    Unicode,
    /// Plain ASCII, for terminals and files that know nothing else.
    Ascii,
}

/// The chart as lines of plain text no wider than `width` cells and no taller than `height`.
pub fn to_text(chart: &Chart, width: u16, height: u16, lang: Lang) -> Vec<String> {
    to_text_in(chart, width, height, Ink::Unicode, lang)
}

/// [`to_text`] with a choice of characters.
pub fn to_text_in(chart: &Chart, width: u16, height: u16, ink: Ink, lang: Lang) -> Vec<String> {
    let (width, height) = (usize::from(width), usize::from(height));
    let mut lines = match chart {
        Chart::Figures(figures) => bars::figures(figures, width),
        Chart::Bars(single) => bars::single(single, width, height, ink, lang),
        Chart::PairedBars { current, base } => bars::paired(current, base, width, height, ink, lang),
        Chart::Line(series) => line::text(series, width, height, ink, lang),
    };
    lines.truncate(height);
    lines
}

#[cfg(test)]
mod tests;
