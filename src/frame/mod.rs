//! The result of a query: columns with kinds, bounded memory, every cell as safe text.
//!
//! Enters: record batches, as an engine yields them. Leaves: cells, sorted and searched.
//! May not touch: where the batches came from.

mod columns;
pub mod csv;
pub mod json;
mod labels;
mod normalise;
mod read;
mod search;
mod sort;

use std::sync::Arc;

pub use labels::{Axes, TimeAxis};

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;

use crate::ask::PlannedColumn;
use crate::format;
use crate::i18n::Lang;
use crate::model::{ColumnKind, Value};
use crate::sanitize::{self, SafeText};

/// Bytes of a cell that are cleaned for drawing; [`Frame::full_text`] has the rest.
const CELL_BYTES: usize = 4096;

/// A column of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name in the result (`col_3` where the query gave none, `marca (2)` for a repeated one).
    pub name: SafeText,
    /// Its title for people.
    pub title: SafeText,
    /// What its values mean.
    pub kind: ColumnKind,
}

/// How much of the answer a frame holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completeness {
    /// Rows are still coming.
    Growing,
    /// All rows.
    Complete,
    /// The row limit cut it off.
    Truncated,
    /// It was cancelled or failed on the way: totals over it would be wrong.
    Partial,
}

/// How a cell is to be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// As it is.
    Plain,
    /// A negative figure.
    Negative,
    /// NULL.
    Null,
}

/// A cell ready to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// Its text.
    pub text: SafeText,
    /// How it is to be shown.
    pub tone: Tone,
}

/// A result held in memory as Arrow batches. Cloning is cheap: batches are shared.
#[derive(Debug, Clone)]
pub struct Frame {
    columns: Arc<[Column]>,
    /// Which columns the plan announced, by position.
    planned: Arc<[bool]>,
    batches: Vec<RecordBatch>,
    /// Rows up to and including each batch.
    ends: Vec<usize>,
    /// Stored row of each shown row; rows that came later follow in their own order.
    order: Option<Arc<[u32]>>,
    completeness: Completeness,
}

impl Frame {
    /// An empty, growing frame; kinds and titles come from `planned` where it knows the
    /// column by name, else from known names, else from a cautious guess.
    pub fn new(schema: &SchemaRef, planned: &[PlannedColumn], _lang: Lang) -> Frame {
        let described = columns::describe(schema, planned);
        Frame {
            planned: described.iter().map(|(_, planned)| *planned).collect(),
            columns: described.into_iter().map(|(column, _)| column).collect(),
            batches: Vec::new(),
            ends: Vec::new(),
            order: None,
            completeness: Completeness::Growing,
        }
    }

    /// The partial frame of a query that gave not even its columns.
    pub fn nothing() -> Frame {
        let mut frame = Frame::new(&SchemaRef::new(arrow::datatypes::Schema::empty()), &[], Lang::default());
        frame.finish(Completeness::Partial);
        frame
    }

    /// Adds rows. Types without a value of their own are kept as text.
    pub fn push(&mut self, batch: RecordBatch) {
        if batch.num_rows() == 0 {
            return;
        }
        self.ends.push(self.row_count() + batch.num_rows());
        self.batches.push(normalise::batch(batch));
    }

    /// Says how the answer ended.
    pub fn finish(&mut self, completeness: Completeness) {
        self.completeness = completeness;
    }

    /// How much of the answer this is.
    pub fn completeness(&self) -> Completeness {
        self.completeness
    }

    /// The columns.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The kind of a column; text outside.
    pub fn kind(&self, column: usize) -> ColumnKind {
        self.columns.get(column).map_or(ColumnKind::Text, |column| column.kind)
    }

    /// Whether the plan announced the column: its kind is known then, not guessed.
    pub fn is_planned(&self, column: usize) -> bool {
        self.planned.get(column).copied().unwrap_or(false)
    }

    /// Number of rows held.
    pub fn row_count(&self) -> usize {
        self.ends.last().copied().unwrap_or(0)
    }

    /// Bytes held by the rows.
    pub fn memory(&self) -> usize {
        self.batches.iter().map(RecordBatch::get_array_memory_size).sum()
    }

    /// The value at `row`, `column` (from 0), in the frame's order; `Null` outside.
    pub fn value(&self, row: usize, column: usize) -> Value<'_> {
        let stored = match self.order.as_ref().and_then(|order| order.get(row)) {
            Some(stored) => *stored as usize,
            None => row,
        };
        let batch = self.ends.partition_point(|end| *end <= stored);
        let start = batch.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        match self.batches.get(batch) {
            Some(batch) if column < batch.num_columns() => read::value(batch.column(column), stored - start),
            _ => Value::Null,
        }
    }

    /// The cell at `row`, `column` as people read it; very long texts are cut.
    pub fn cell(&self, row: usize, column: usize, lang: Lang) -> Cell {
        self.cell_within(row, column, lang, CELL_BYTES)
    }

    /// The same with a limit of its own, in bytes, for places that show only a part: a long
    /// text costs only as much as is shown of it.
    pub fn cell_within(&self, row: usize, column: usize, lang: Lang, limit: usize) -> Cell {
        let value = self.value(row, column);
        let kind = self.kind(column);
        let text = match value {
            Value::Text(text) if !kind.is_measure() && text.len() > limit => {
                sanitize::display_safe_within(text, limit)
            }
            value => sanitize::display_safe_within(&format::value(&value, kind, lang), limit),
        };
        Cell { text, tone: tone(&value, kind) }
    }

    /// The whole text of a cell, line by line, as people read it.
    pub fn full_text(&self, row: usize, column: usize, lang: Lang) -> Vec<SafeText> {
        sanitize::multiline_safe(&format::value(&self.value(row, column), self.kind(column), lang))
    }

    /// Terminal cells that a column's title and its first `sample` cells want.
    pub fn width_hint(&self, column: usize, lang: Lang, sample: usize) -> usize {
        let title = self.columns.get(column).map_or(0, |column| column.title.width());
        let rows = self.row_count().min(sample);
        (0..rows).map(|row| self.cell(row, column, lang).text.width()).fold(title, usize::max)
    }
}

fn tone(value: &Value<'_>, kind: ColumnKind) -> Tone {
    let negative = match value {
        Value::Null => return Tone::Null,
        Value::Text(words) if words.trim().is_empty() => return Tone::Null,
        Value::Int(n) => *n < 0,
        Value::Decimal { unscaled, .. } => *unscaled < 0,
        Value::Float(f) => *f < 0.0,
        Value::Text(text) => text.starts_with('-') && format::Digits::parse(text).is_some(),
        Value::Bool(_) | Value::Date(_) | Value::DateTime(_) => false,
    };
    if negative && kind.is_measure() { Tone::Negative } else { Tone::Plain }
}

#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod tests;
