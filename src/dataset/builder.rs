//! Lines on their way into Arrow arrays.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, Date32Builder, Decimal128Builder, Int32Builder, PrimitiveBuilder, RecordBatch, StringBuilder,
};
use arrow::datatypes::{ArrowPrimitiveType, SchemaRef};
use chrono::{Datelike, NaiveDate};

use super::error::DatasetError;
use super::table::{arrow_schema_with, arrow_type};
use crate::model::schema::{COLUMNS, SqlType};

/// Days from 0001-01-01 to 1970-01-01, Arrow's first day.
const EPOCH_FROM_CE: i32 = 719_163;

/// A cell of a line; a decimal is in units of its column's last digit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cell<'a> {
    Null,
    Int(i32),
    Date(NaiveDate),
    Decimal(i128),
    Text(&'a str),
}

/// A line: one cell per column, in the table's order.
pub(super) type Row<'a> = [Cell<'a>; COLUMNS.len()];

enum Builder {
    Int(Int32Builder),
    Date(Date32Builder),
    Decimal(Decimal128Builder),
    Text(StringBuilder),
}

/// Gathers lines into record batches of the table's schema.
pub(super) struct TableBuilder {
    schema: SchemaRef,
    builders: Vec<Builder>,
    rows: usize,
}

impl TableBuilder {
    /// A builder with room for `capacity` lines, with `further` text columns after the table's.
    pub(super) fn new(capacity: usize, further: &[String]) -> TableBuilder {
        let text = || Builder::Text(StringBuilder::with_capacity(capacity, capacity * 12));
        let builders = COLUMNS.iter().map(|column| match column.sql_type {
            SqlType::Int => Builder::Int(Int32Builder::with_capacity(capacity)),
            SqlType::Date => Builder::Date(Date32Builder::with_capacity(capacity)),
            SqlType::Decimal(..) => {
                let builder = Decimal128Builder::with_capacity(capacity);
                Builder::Decimal(builder.with_data_type(arrow_type(column.sql_type)))
            }
            SqlType::NVarChar(_) => text(),
        });
        let builders = builders.chain(further.iter().map(|_| text())).collect();
        TableBuilder { schema: arrow_schema_with(further), builders, rows: 0 }
    }

    /// Lines gathered since the last [`TableBuilder::finish`].
    pub(super) fn len(&self) -> usize {
        self.rows
    }

    /// Adds a line: a cell for each column.
    pub(super) fn push(&mut self, row: &[Cell<'_>]) {
        self.rows += 1;
        for (builder, cell) in self.builders.iter_mut().zip(row) {
            builder.append(*cell);
        }
    }

    /// The lines gathered, as a batch; the builder is empty again.
    pub(super) fn finish(&mut self) -> Result<RecordBatch, DatasetError> {
        self.rows = 0;
        let columns = self.builders.iter_mut().map(Builder::finish).collect();
        RecordBatch::try_new(Arc::clone(&self.schema), columns).map_err(DatasetError::internal)
    }
}

impl Builder {
    fn append(&mut self, cell: Cell<'_>) {
        debug_assert!(self.takes(cell), "a cell of the wrong type");
        match (self, cell) {
            (Builder::Int(builder), Cell::Int(value)) => builder.append_value(value),
            (Builder::Date(builder), Cell::Date(value)) => {
                builder.append_value(value.num_days_from_ce() - EPOCH_FROM_CE);
            }
            (Builder::Decimal(builder), Cell::Decimal(value)) => builder.append_value(value),
            (Builder::Text(builder), Cell::Text(value)) => builder.append_value(value),
            (Builder::Int(builder), _) => append_null(builder),
            (Builder::Date(builder), _) => append_null(builder),
            (Builder::Decimal(builder), _) => append_null(builder),
            (Builder::Text(builder), _) => builder.append_null(),
        }
    }

    fn takes(&self, cell: Cell<'_>) -> bool {
        matches!(
            (self, cell),
            (_, Cell::Null)
                | (Builder::Int(_), Cell::Int(_))
                | (Builder::Date(_), Cell::Date(_))
                | (Builder::Decimal(_), Cell::Decimal(_))
                | (Builder::Text(_), Cell::Text(_))
        )
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Builder::Int(builder) => Arc::new(builder.finish()),
            Builder::Date(builder) => Arc::new(builder.finish()),
            Builder::Decimal(builder) => Arc::new(builder.finish()),
            Builder::Text(builder) => Arc::new(builder.finish()),
        }
    }
}

fn append_null<T: ArrowPrimitiveType>(builder: &mut PrimitiveBuilder<T>) {
    builder.append_null();
}

/// The ERP's month code: year·10 + month for the months 1 to 9, year·100 + month for 10 to 12.
/// It is kept as it is; nothing may sort or compare by it.
pub(super) fn period_code(date: NaiveDate) -> i32 {
    let month = date.month() as i32;
    date.year() * if month < 10 { 10 } else { 100 } + month
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_period_code_has_the_systems_quirk() {
        let code = |y, m| NaiveDate::from_ymd_opt(y, m, 1).map(period_code);
        assert_eq!(code(2024, 5), Some(20245));
        assert_eq!(code(2024, 10), Some(202410));
    }
}
