//! Drawings of a result: which one suits it, and its data.
//!
//! Enters: a `Frame` and a hint. Leaves: a chart as data. May not touch: approval.

use crate::ask::ChartHint;
use crate::frame::Frame;
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

/// The chart that suits `frame`: the planned one where its shape fits, else one chosen
/// from the columns' kinds, else none.
pub fn of(_frame: &Frame, _hint: Option<ChartHint>, _lang: Lang) -> Option<Chart> {
    None
}

/// The chart as lines of plain text no wider than `width` cells and no taller than `height`.
pub fn to_text(_chart: &Chart, _width: u16, _height: u16, _lang: Lang) -> Vec<String> {
    Vec::new()
}
