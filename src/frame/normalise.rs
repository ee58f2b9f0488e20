//! Types that have no `Value` of their own become text when they arrive, once.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema};
use arrow::record_batch::RecordBatch;
use arrow::util::display::{ArrayFormatter, FormatOptions};

/// The batch with every column in a type that [`super::read::value`] reads.
pub(super) fn batch(batch: RecordBatch) -> RecordBatch {
    if batch.columns().iter().all(|column| is_readable(column.data_type())) {
        return batch;
    }
    let columns: Vec<ArrayRef> = batch.columns().iter().map(readable).collect();
    let fields: Vec<Field> = batch
        .schema()
        .fields()
        .iter()
        .zip(&columns)
        .map(|(field, column)| Field::new(field.name(), column.data_type().clone(), true))
        .collect();
    // Equal lengths by construction; the batch as it came reads as NULLs in the odd columns.
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap_or(batch)
}

fn is_readable(data_type: &DataType) -> bool {
    use DataType::*;
    match data_type {
        Timestamp(_, zone) => zone.is_none(),
        Null | Boolean | Utf8 | LargeUtf8 | Utf8View | Date32 | Date64 => true,
        Decimal32(..) | Decimal64(..) | Decimal128(..) => true,
        other => other.is_integer() || other.is_floating(),
    }
}

fn readable(column: &ArrayRef) -> ArrayRef {
    if is_readable(column.data_type()) {
        return Arc::clone(column);
    }
    if let DataType::Dictionary(_, values) = column.data_type()
        && is_readable(values)
        && let Ok(plain) = cast(column, values)
    {
        return plain;
    }
    as_text(column)
}

/// Every value written out; what cannot be written is named by its type.
fn as_text(column: &ArrayRef) -> ArrayRef {
    let options = FormatOptions::default();
    let unreadable = || format!("({})", column.data_type());
    let texts: StringArray = match ArrayFormatter::try_new(column, &options) {
        Ok(formatter) => (0..column.len())
            .map(|row| {
                column
                    .is_valid(row)
                    .then(|| formatter.value(row).try_to_string().unwrap_or_else(|_| unreadable()))
            })
            .collect(),
        Err(_) => (0..column.len()).map(|row| column.is_valid(row).then(unreadable)).collect(),
    };
    Arc::new(texts)
}
