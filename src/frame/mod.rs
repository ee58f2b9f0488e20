//! The result of a query: columns with kinds, bounded memory, every cell as safe text.
//!
//! Enters: record batches, as an engine yields them. Leaves: cells, sorted and searched.
//! May not touch: where the batches came from.

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;

use crate::ask::PlannedColumn;
use crate::i18n::Lang;
use crate::model::{ColumnKind, Value};
use crate::sanitize::SafeText;

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
    columns: Vec<Column>,
    batches: Vec<RecordBatch>,
    completeness: Completeness,
}

impl Frame {
    /// An empty, growing frame; kinds and titles come from `planned` where it knows the
    /// column by name, else from known names, else from a cautious guess.
    pub fn new(_schema: &SchemaRef, _planned: &[PlannedColumn], _lang: Lang) -> Frame {
        Frame { columns: Vec::new(), batches: Vec::new(), completeness: Completeness::Growing }
    }

    /// Adds rows.
    pub fn push(&mut self, batch: RecordBatch) {
        self.batches.push(batch);
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

    /// Number of rows held.
    pub fn row_count(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }

    /// The value at `row`, `column` (from 0), in the frame's order; `Null` outside.
    pub fn value(&self, _row: usize, _column: usize) -> Value<'_> {
        Value::Null
    }

    /// The cell at `row`, `column` as people read it.
    pub fn cell(&self, _row: usize, _column: usize, _lang: Lang) -> Cell {
        Cell { text: SafeText::default(), tone: Tone::Null }
    }

    /// The same rows ordered by a column, NULLs last.
    pub fn sorted_by(&self, _column: usize, _descending: bool) -> Frame {
        self.clone()
    }

    /// The next cell, after `from` in reading order and around the end, whose shown text
    /// contains `needle`, compared without case and accents.
    pub fn find(&self, _needle: &str, _from: (usize, usize), _lang: Lang) -> Option<(usize, usize)> {
        None
    }
}
