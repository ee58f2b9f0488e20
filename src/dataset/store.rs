//! The table's folder on disk: staging, writing, and the swap to a new version.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Array, AsArray, Date32Array, RecordBatch, StringArray};
use arrow::datatypes::{Date32Type, SchemaRef};
use arrow::temporal_conversions::date32_to_datetime;
use chrono::NaiveDate;
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;

use super::error::DatasetError;
use super::manifest::{Contents, Manifest, Source, write_values};
use crate::engine::ColumnValues;
use crate::model::schema::VALUE_COLUMNS;

/// Lines per row group: a scan of 200,000 lines uses a few cores, and a day is found without reading all.
pub(super) const ROW_GROUP_ROWS: usize = 65_536;
/// Distinct values kept per column; beyond them a column is not a list of names.
pub(super) const MAX_VALUES: usize = 200_000;
const PART_FILE: &str = "part-0.parquet";
const LOCK_FILE: &str = ".lock";
const VERSION_PREFIX: &str = "v-";

/// How a Parquet file of sales lines is written.
pub(crate) fn part_properties() -> WriterProperties {
    WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_created_by("depotru".to_string())
        .build()
}

/// A new version of the table in the making. Dropped before [`Staging::publish`], it leaves no trace.
pub(super) struct Staging {
    root: PathBuf,
    folder: String,
    writer: Option<ArrowWriter<File>>,
    tally: Tally,
    _lock: File,
    published: bool,
}

impl Staging {
    /// Opens a staging folder in the table's folder `root` for lines of `schema`; one at a time.
    pub(super) fn open(root: &Path, schema: SchemaRef) -> Result<Staging, DatasetError> {
        create_private_dir(root)?;
        let lock = lock(root)?;
        let folder = format!("{VERSION_PREFIX}{}", uuid::Uuid::now_v7().simple());
        let path = root.join(&folder);
        create_private_dir(&path)?;
        let mut staging = Staging {
            root: root.to_path_buf(),
            folder,
            writer: None,
            tally: Tally::new(Arc::clone(&schema)),
            _lock: lock,
            published: false,
        };
        let file = create_private_file(&path.join(PART_FILE))?;
        let writer = ArrowWriter::try_new(file, schema, Some(part_properties()));
        staging.writer = Some(writer.map_err(|e| staging.write_error(&e))?);
        Ok(staging)
    }

    /// Adds lines of its schema.
    pub(super) fn write(&mut self, batch: &RecordBatch) -> Result<(), DatasetError> {
        self.tally.count(batch);
        match self.writer.as_mut().map(|writer| writer.write(batch)) {
            Some(Err(e)) => Err(self.write_error(&e)),
            Some(Ok(())) => Ok(()),
            None => Err(DatasetError::internal("the part is closed")),
        }
    }

    /// Lines written so far.
    pub(super) fn rows(&self) -> u64 {
        self.tally.rows
    }

    /// Makes the new version the table, in one step. What was there before stays on disk
    /// until the next time, for readers at work.
    pub(super) fn publish(mut self, source: Source) -> Result<Manifest, DatasetError> {
        let path = self.root.join(&self.folder);
        let writer = self.writer.take().ok_or_else(|| DatasetError::internal("the part is closed"))?;
        let file = writer.into_inner().map_err(|e| self.write_error(&e))?;
        file.sync_all().map_err(|e| DatasetError::io(&path, &e))?;
        let bytes = file.metadata().map_err(|e| DatasetError::io(&path, &e))?.len();
        let fresh = Tally::new(Arc::clone(&self.tally.schema));
        let contents = std::mem::replace(&mut self.tally, fresh).finish(bytes);
        write_values(&path, &contents.values)?;

        let before = Manifest::read(&self.root).ok().map(|m| m.version_dir(&self.root));
        let manifest = Manifest::new(self.folder.clone(), &contents, source);
        manifest.write(&self.root)?;
        self.published = true;
        remove_versions(&self.root, &[Some(path), before]);
        Ok(manifest)
    }

    fn write_error(&self, error: &parquet::errors::ParquetError) -> DatasetError {
        DatasetError::Io {
            path: self.root.join(&self.folder).display().to_string(),
            detail: error.to_string(),
        }
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        if !self.published {
            self.writer = None;
            // Nothing refers to the folder; what cannot be removed now goes with the next replacement.
            let _ = fs::remove_dir_all(self.root.join(&self.folder));
        }
    }
}

/// Removes version folders other than those to keep. The lock is held, so none is in use by a writer.
fn remove_versions(root: &Path, keep: &[Option<PathBuf>]) {
    let Ok(entries) = fs::read_dir(root) else { return };
    for entry in entries.flatten() {
        let is_version = entry.file_name().to_string_lossy().starts_with(VERSION_PREFIX);
        if is_version && !keep.iter().flatten().any(|kept| *kept == entry.path()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn lock(root: &Path) -> Result<File, DatasetError> {
    let path = root.join(LOCK_FILE);
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    let file = private(&mut options).open(&path).map_err(|e| DatasetError::io(&path, &e))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(DatasetError::Busy),
        Err(TryLockError::Error(e)) => Err(DatasetError::io(&path, &e)),
    }
}

fn create_private_dir(path: &Path) -> Result<(), DatasetError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|e| DatasetError::io(path, &e))
}

fn create_private_file(path: &Path) -> Result<File, DatasetError> {
    let mut options = OpenOptions::new();
    options.create_new(true).read(true).write(true);
    private(&mut options).open(path).map_err(|e| DatasetError::io(path, &e))
}

fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// Counts what passes: lines, days, columns with data, distinct values.
struct Tally {
    schema: SchemaRef,
    rows: u64,
    days: Option<(i32, i32)>,
    present: Vec<bool>,
    values: Vec<HashMap<String, u64>>,
}

impl Tally {
    fn new(schema: SchemaRef) -> Tally {
        Tally {
            rows: 0,
            days: None,
            present: vec![false; schema.fields().len()],
            values: vec![HashMap::new(); VALUE_COLUMNS.len()],
            schema,
        }
    }

    fn count(&mut self, batch: &RecordBatch) {
        self.rows += batch.num_rows() as u64;
        for (present, column) in self.present.iter_mut().zip(batch.columns()) {
            *present |= column.null_count() < column.len();
        }
        if let Some(days) = batch.column_by_name("Fecha").and_then(|c| c.as_primitive_opt::<Date32Type>()) {
            self.count_days(days);
        }
        for (name, counts) in VALUE_COLUMNS.iter().zip(&mut self.values) {
            if let Some(column) = batch.column_by_name(name).and_then(|c| c.as_string_opt::<i32>()) {
                count_values(column, counts);
            }
        }
    }

    fn count_days(&mut self, days: &Date32Array) {
        let (low, high) = (arrow::compute::min(days), arrow::compute::max(days));
        if let Some((low, high)) = low.zip(high) {
            let (first, last) = self.days.unwrap_or((low, high));
            self.days = Some((first.min(low), last.max(high)));
        }
    }

    fn finish(self, bytes: u64) -> Contents {
        let columns = self.schema.fields().iter().zip(&self.present).filter(|(_, present)| **present);
        let values = VALUE_COLUMNS.iter().zip(self.values).map(|(column, counts)| ColumnValues {
            column: (*column).to_string(),
            values: most_frequent_first(counts),
        });
        Contents {
            files: vec![PART_FILE.to_string()],
            rows: self.rows,
            first_day: self.days.and_then(|(first, _)| day(first)),
            last_day: self.days.and_then(|(_, last)| day(last)),
            bytes,
            columns: columns.map(|(field, _)| field.name().clone()).collect(),
            values: values.collect(),
        }
    }
}

pub(super) fn most_frequent_first(counts: HashMap<String, u64>) -> Vec<(String, u64)> {
    let mut values: Vec<(String, u64)> = counts.into_iter().collect();
    values.sort_by(|(a, n), (b, m)| m.cmp(n).then_with(|| a.cmp(b)));
    values
}

fn day(number: i32) -> Option<NaiveDate> {
    date32_to_datetime(number).map(|at| at.date())
}

/// Equal values come in runs (a document's lines), so a run is looked up once.
pub(super) fn count_values(column: &StringArray, counts: &mut HashMap<String, u64>) {
    let mut run: (&str, u64) = ("", 0);
    for value in column.iter().chain([None]) {
        let value = value.unwrap_or_default();
        if value == run.0 {
            run.1 += 1;
            continue;
        }
        add(counts, run);
        run = (value, 1);
    }
    add(counts, run);
}

fn add(counts: &mut HashMap<String, u64>, (value, n): (&str, u64)) {
    if value.trim().is_empty() {
        return;
    }
    if let Some(count) = counts.get_mut(value) {
        *count += n;
    } else if counts.len() < MAX_VALUES {
        counts.insert(value.to_string(), n);
    }
}

#[cfg(test)]
#[path = "store_tests.rs"]
mod tests;
