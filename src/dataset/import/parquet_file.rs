//! Parquet files.

use std::fs::File;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, Date32Type, Decimal128Type, Float64Type, Int64Type, SchemaRef};
use arrow::temporal_conversions::date32_to_datetime;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::file::metadata::{ColumnChunkMetaData, RowGroupMetaData};

use super::convert::FURTHER;
use super::header::Mapping;
use super::{Flow, LineSource, Raw, RawLine, SourceFormat, Visited, WIDTH};
use crate::dataset::error::DatasetError;
use crate::model::schema::{COLUMNS, SqlType};

/// Rows decoded at a time.
const BATCH_ROWS: usize = 8_192;

/// A Parquet file whose columns are known.
pub(super) struct ParquetFile {
    path: PathBuf,
    rows: u64,
    schema: SchemaRef,
    mapping: Mapping,
}

impl ParquetFile {
    /// Finds out the columns and checks that their types can become the table's.
    pub(super) fn open(path: &Path, further: &[String]) -> Result<ParquetFile, DatasetError> {
        guarded(|| ParquetFile::read_schema(path, further))
    }

    fn read_schema(path: &Path, further: &[String]) -> Result<ParquetFile, DatasetError> {
        let builder = builder(path)?;
        let schema = builder.schema().clone();
        let names = schema.fields().iter().map(|field| field.name().as_str());
        let mapping = Mapping::new(names, further)?.check()?;
        for ((column, sql_type), position) in typed_columns(&mapping).zip(&mapping.positions) {
            let Some(field) = position.and_then(|index| schema.fields().get(index)) else { continue };
            if common_type(field.data_type(), sql_type).is_none() {
                return Err(DatasetError::ColumnType {
                    column: column.to_string(),
                    found: field.data_type().to_string(),
                });
            }
        }
        let rows = u64::try_from(builder.metadata().file_metadata().num_rows()).unwrap_or(0);
        Ok(ParquetFile { path: path.to_path_buf(), rows, schema, mapping })
    }

    /// The batch's columns in the table's order, in one of the types that [`value`] reads.
    fn columns_of(&self, batch: &RecordBatch) -> Result<Vec<Option<ArrayRef>>, DatasetError> {
        let columns =
            typed_columns(&self.mapping).zip(&self.mapping.positions).map(|((_, sql_type), position)| {
                let Some(field) = position.and_then(|index| self.schema.fields().get(index)) else {
                    return Ok(None);
                };
                let array = batch.column_by_name(field.name());
                let target = common_type(field.data_type(), sql_type);
                let (Some(array), Some(target)) = (array, target) else { return Ok(None) };
                let strict = CastOptions { safe: false, ..CastOptions::default() };
                cast_with_options(array, &target, &strict).map(Some).map_err(unreadable)
            });
        columns.collect()
    }
}

/// The names and types of a line's columns.
fn typed_columns(mapping: &Mapping) -> impl Iterator<Item = (&str, SqlType)> {
    let further = mapping.further.iter().map(|name| (name.as_str(), FURTHER));
    COLUMNS.iter().map(|column| (column.name, column.sql_type)).chain(further)
}

fn builder(path: &Path) -> Result<ParquetRecordBatchReaderBuilder<File>, DatasetError> {
    let file = File::open(path).map_err(|e| DatasetError::io(path, &e))?;
    let bytes = file.metadata().map_err(|e| DatasetError::io(path, &e))?.len();
    // Arrow's own schema inside the file adds nothing here and is one more thing that can be damaged.
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let builder = ParquetRecordBatchReaderBuilder::try_new_with_options(file, options).map_err(unreadable)?;
    if builder.metadata().row_groups().iter().all(|group| is_inside(group, bytes)) {
        Ok(builder)
    } else {
        Err(unreadable("a column lies outside the file"))
    }
}

/// Whether a row group's columns lie inside the file: the reader takes that for granted.
fn is_inside(group: &RowGroupMetaData, bytes: u64) -> bool {
    let inside = |column: &ColumnChunkMetaData| {
        let data = u64::try_from(column.data_page_offset()).ok();
        let dictionary = column.dictionary_page_offset().map_or(data, |at| u64::try_from(at).ok());
        let length = u64::try_from(column.compressed_size()).ok();
        let end = data.zip(dictionary).map(|(data, dictionary)| data.min(dictionary)).zip(length);
        end.and_then(|(start, length)| start.checked_add(length)).is_some_and(|end| end <= bytes)
            && column.num_values() >= 0
            && column.uncompressed_size() >= 0
    };
    group.num_rows() >= 0 && group.columns().iter().all(inside)
}

/// Runs what reads a foreign file; a reader that gives up on a damaged one with a panic has found it unreadable.
fn guarded<T>(read: impl FnOnce() -> Result<T, DatasetError>) -> Result<T, DatasetError> {
    std::panic::catch_unwind(AssertUnwindSafe(read))
        .unwrap_or_else(|_| Err(unreadable("the file is damaged")))
}

fn unreadable(error: impl std::fmt::Display) -> DatasetError {
    DatasetError::Unreadable { detail: error.to_string() }
}

/// The type through which a file's type becomes the column's; `None` if it cannot without loss.
fn common_type(found: &DataType, sql_type: SqlType) -> Option<DataType> {
    let is_text = matches!(sql_type, SqlType::NVarChar(_));
    match found {
        DataType::Dictionary(_, values) => common_type(values, sql_type),
        DataType::Null => Some(DataType::Utf8),
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Some(DataType::Utf8),
        _ if found.is_integer() && is_text => Some(DataType::Utf8),
        _ if found.is_integer() && sql_type != SqlType::Date => Some(DataType::Int64),
        _ if found.is_floating() && !is_text && sql_type != SqlType::Date => Some(DataType::Float64),
        DataType::Decimal32(_, scale)
        | DataType::Decimal64(_, scale)
        | DataType::Decimal128(_, scale)
        | DataType::Decimal256(_, scale)
            if !is_text && sql_type != SqlType::Date =>
        {
            Some(DataType::Decimal128(38, *scale))
        }
        DataType::Date32 | DataType::Date64 | DataType::Timestamp(..) if sql_type == SqlType::Date => {
            Some(DataType::Date32)
        }
        _ => None,
    }
}

/// A value of one of the types that [`common_type`] names.
fn value(column: Option<&ArrayRef>, row: usize) -> Raw<'_> {
    let Some(column) = column.filter(|column| row < column.len() && !column.is_null(row)) else {
        return Raw::Null;
    };
    if let Some(texts) = column.as_string_opt::<i32>() {
        Raw::Text(texts.value(row))
    } else if let Some(numbers) = column.as_primitive_opt::<Int64Type>() {
        Raw::Int(numbers.value(row))
    } else if let Some(numbers) = column.as_primitive_opt::<Float64Type>() {
        Raw::Float(numbers.value(row))
    } else if let Some(numbers) = column.as_primitive_opt::<Decimal128Type>() {
        Raw::Decimal(numbers.value(row), numbers.scale())
    } else if let Some(days) = column.as_primitive_opt::<Date32Type>() {
        date32_to_datetime(days.value(row)).map_or(Raw::Null, |at| Raw::Date(at.date()))
    } else {
        Raw::Null
    }
}

impl LineSource for ParquetFile {
    fn columns(&self) -> &Mapping {
        &self.mapping
    }

    fn format(&self) -> SourceFormat {
        SourceFormat::Parquet
    }

    fn scan(
        &self,
        visit: &mut dyn FnMut(u64, f32, Visited<'_>) -> Result<Flow, DatasetError>,
    ) -> Result<(), DatasetError> {
        guarded(|| self.read_lines(visit))
    }
}

impl ParquetFile {
    fn read_lines(
        &self,
        visit: &mut dyn FnMut(u64, f32, Visited<'_>) -> Result<Flow, DatasetError>,
    ) -> Result<(), DatasetError> {
        let builder = builder(&self.path)?;
        let wanted: Vec<usize> = self.mapping.positions.iter().flatten().copied().collect();
        let mask = ProjectionMask::roots(builder.parquet_schema(), wanted);
        let reader = builder.with_projection(mask).with_batch_size(BATCH_ROWS).build();
        let mut row_number = 0;
        for batch in reader.map_err(unreadable)? {
            let batch = batch.map_err(unreadable)?;
            let columns = self.columns_of(&batch)?;
            for row in 0..batch.num_rows() {
                row_number += 1;
                let mut line: RawLine<'_> = [Raw::Null; WIDTH];
                for (slot, column) in line.iter_mut().zip(&columns) {
                    *slot = value(column.as_ref(), row);
                }
                let done = row_number as f32 / self.rows.max(1) as f32;
                if visit(row_number, done, Ok(&line))? == Flow::Stop {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}
