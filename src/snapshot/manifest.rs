//! What the copy's folder says about itself.

use std::path::{Component, Path, PathBuf};

use arrow::datatypes::{DataType, TimeUnit};
use chrono::{DateTime, Days, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::error::SnapshotError;
use super::months::{Stretch, covered};
use crate::engine::{ColumnValues, DataFacts, Origin};
use crate::files;

const MANIFEST_FILE: &str = "manifest.json";
const VALUES_FILE: &str = "values.json";
/// The layout that this program writes and reads.
const SCHEMA_VERSION: u32 = 1;

/// The copy of one profile's table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub(super) schema_version: u32,
    /// Which server, database, table and columns it is of.
    pub identity: String,
    /// The columns, by their names in the model.
    pub(super) columns: Vec<StoredColumn>,
    /// The months, each a file.
    pub parts: Vec<Part>,
    /// Files that were replaced, removed the next time: a reader may still be at work.
    pub(super) retired: Vec<String>,
}

/// A column and how it is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Held {
    Bool,
    Int,
    BigInt,
    Float,
    Decimal { precision: u8, scale: i8 },
    Date,
    DateTime,
    Text,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct StoredColumn {
    pub name: String,
    pub held: Held,
}

impl Held {
    pub(super) fn of(data_type: &DataType) -> Option<Held> {
        Some(match data_type {
            DataType::Boolean => Held::Bool,
            DataType::Int8 | DataType::Int16 | DataType::Int32 => Held::Int,
            DataType::Int64 => Held::BigInt,
            DataType::Float32 | DataType::Float64 => Held::Float,
            DataType::Decimal128(precision, scale) => Held::Decimal { precision: *precision, scale: *scale },
            DataType::Date32 => Held::Date,
            DataType::Timestamp(..) => Held::DateTime,
            DataType::Utf8 => Held::Text,
            _ => return None,
        })
    }

    pub(super) fn arrow(self) -> DataType {
        match self {
            Held::Bool => DataType::Boolean,
            Held::Int => DataType::Int32,
            Held::BigInt => DataType::Int64,
            Held::Float => DataType::Float64,
            Held::Decimal { precision, scale } => DataType::Decimal128(precision, scale),
            Held::Date => DataType::Date32,
            Held::DateTime => DataType::Timestamp(TimeUnit::Microsecond, None),
            Held::Text => DataType::Utf8,
        }
    }
}

/// One month, or the part of it that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// The file, a bare name.
    pub file: String,
    /// The first day.
    pub from: NaiveDate,
    /// The day after the last.
    pub to: NaiveDate,
    /// Its lines.
    pub rows: u64,
    /// Its size on disk.
    pub bytes: u64,
    /// When it was brought in.
    pub fetched_at: DateTime<Utc>,
}

impl Manifest {
    pub(super) fn empty(identity: &str) -> Manifest {
        Manifest {
            schema_version: SCHEMA_VERSION,
            identity: identity.to_string(),
            columns: Vec::new(),
            parts: Vec::new(),
            retired: Vec::new(),
        }
    }

    /// The copy in `folder`; `None` where there is none with any days.
    ///
    /// # Errors
    /// [`SnapshotError`] when it cannot be trusted.
    pub fn read(folder: &Path) -> Result<Option<Manifest>, SnapshotError> {
        let manifest = Manifest::read_any(folder)?;
        Ok(manifest.filter(|manifest| manifest.days().is_some()))
    }

    pub(super) fn read_any(folder: &Path) -> Result<Option<Manifest>, SnapshotError> {
        #[derive(Deserialize)]
        struct Version {
            schema_version: u32,
        }
        let path = folder.join(MANIFEST_FILE);
        let damaged = |detail: String| SnapshotError::Damaged { file: path.display().to_string(), detail };
        let Some(text) = files::read_if_there(&path).map_err(|error| SnapshotError::io(&path, &error))?
        else {
            return Ok(None);
        };
        let version: Version = serde_json::from_slice(&text).map_err(|error| damaged(error.to_string()))?;
        if version.schema_version != SCHEMA_VERSION {
            return Err(damaged(format!("schema_version {}", version.schema_version)));
        }
        let manifest: Manifest = serde_json::from_slice(&text).map_err(|error| damaged(error.to_string()))?;
        let names = manifest.parts.iter().map(|part| &part.file).chain(&manifest.retired);
        let strange = names.into_iter().find(|name| !is_bare(name)).cloned();
        match strange {
            Some(name) => Err(damaged(format!("{name:?}"))),
            None => Ok(Some(manifest)),
        }
    }

    pub(super) fn write(&self, folder: &Path) -> Result<(), SnapshotError> {
        let path = folder.join(MANIFEST_FILE);
        let text = serde_json::to_vec(self).map_err(|error| SnapshotError::Damaged {
            file: path.display().to_string(),
            detail: error.to_string(),
        })?;
        files::replace(&path, &text).map_err(|error| SnapshotError::io(&path, &error))
    }

    pub(super) fn stretch(&self) -> Option<Stretch> {
        covered(&self.parts)
    }

    /// The first and last day of the copy; between them there are no gaps.
    pub fn days(&self) -> Option<(NaiveDate, NaiveDate)> {
        let stretch = self.stretch()?;
        Some((stretch.from, stretch.to.checked_sub_days(Days::new(1))?))
    }

    /// The parts that make up the days without gaps, the oldest first.
    pub(super) fn usable(&self) -> Vec<&Part> {
        let Some(stretch) = self.stretch() else { return Vec::new() };
        let mut usable: Vec<&Part> = self.parts.iter().filter(|part| part.from >= stretch.from).collect();
        usable.sort_by_key(|part| part.from);
        usable
    }

    /// The Parquet files of the copy in `folder`, the oldest days first.
    pub fn parquet_files(&self, folder: &Path) -> Vec<PathBuf> {
        self.usable().into_iter().map(|part| folder.join(&part.file)).collect()
    }

    /// The distinct values of the model's value columns; none where they were not counted yet.
    ///
    /// # Errors
    /// [`SnapshotError`] when their file cannot be trusted.
    pub fn read_values(&self, folder: &Path) -> Result<Vec<ColumnValues>, SnapshotError> {
        let path = folder.join(VALUES_FILE);
        let text = files::read_if_there(&path).map_err(|error| SnapshotError::io(&path, &error))?;
        let damaged = |error: serde_json::Error| SnapshotError::Damaged {
            file: path.display().to_string(),
            detail: error.to_string(),
        };
        text.map_or(Ok(Vec::new()), |text| serde_json::from_slice(&text).map_err(damaged))
    }

    pub(super) fn has_values(folder: &Path) -> bool {
        folder.join(VALUES_FILE).is_file()
    }

    pub(super) fn write_values(folder: &Path, values: &[ColumnValues]) -> Result<(), SnapshotError> {
        let path = folder.join(VALUES_FILE);
        let text = serde_json::to_vec(values).map_err(|error| SnapshotError::io(&path, &error))?;
        files::replace(&path, &text).map_err(|error| SnapshotError::io(&path, &error))
    }

    /// When the newest days were brought in.
    pub fn fetched_at(&self) -> Option<DateTime<Utc>> {
        self.usable().last().map(|part| part.fetched_at)
    }

    /// Lines of the copy.
    pub fn rows(&self) -> u64 {
        self.usable().iter().map(|part| part.rows).sum()
    }

    /// Bytes on disk.
    pub fn bytes(&self) -> u64 {
        self.usable().iter().map(|part| part.bytes).sum()
    }

    /// What an engine tells about this data.
    pub fn facts(&self) -> DataFacts {
        DataFacts {
            rows: self.rows(),
            span: self.days(),
            origin: Origin::Server,
            loaded_at: self.fetched_at(),
        }
    }
}

/// Whether a name stays inside its folder.
fn is_bare(name: &str) -> bool {
    let mut parts = Path::new(name).components();
    matches!((parts.next(), parts.next()), (Some(Component::Normal(part)), None) if part == name)
}
