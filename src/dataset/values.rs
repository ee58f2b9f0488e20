//! The distinct values of a column that is no value column of every store.

use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use arrow::array::AsArray;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::error::DatasetError;
use super::store::{MAX_VALUES, count_values, most_frequent_first};
use crate::engine::ColumnValues;

/// The distinct values of a text column of the table's files, most frequent first, blanks left
/// out; none where the column is not there or holds no text. Only that column is read.
///
/// # Errors
/// [`DatasetError::Io`] or [`DatasetError::Corrupt`] where a file cannot be read.
pub fn column_values(files: &[PathBuf], column: &str) -> Result<ColumnValues, DatasetError> {
    let mut counts = HashMap::new();
    for file in files {
        count(file, column, &mut counts)?;
    }
    debug_assert!(counts.len() <= MAX_VALUES);
    Ok(ColumnValues { column: column.to_string(), values: most_frequent_first(counts) })
}

fn count(path: &Path, column: &str, counts: &mut HashMap<String, u64>) -> Result<(), DatasetError> {
    let corrupt = |error: &dyn std::fmt::Display| DatasetError::corrupt(path, error.to_string());
    let file = File::open(path).map_err(|error| DatasetError::io(path, &error))?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|error| corrupt(&error))?;
    let Ok(place) = builder.schema().index_of(column) else { return Ok(()) };
    let only = ProjectionMask::roots(builder.parquet_schema(), [place]);
    let reader = builder.with_projection(only).build().map_err(|error| corrupt(&error))?;
    for batch in reader {
        let batch = batch.map_err(|error| corrupt(&error))?;
        if let Some(texts) = batch.columns().first().and_then(|array| array.as_string_opt::<i32>()) {
            count_values(texts, counts);
        }
    }
    Ok(())
}
