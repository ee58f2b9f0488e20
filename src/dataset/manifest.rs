//! What the table's folder says about itself.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Component, Path, PathBuf};

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::error::DatasetError;
use crate::engine::{ColumnValues, DataFacts, Origin};

/// The file that names the current version, inside the table's folder.
pub(super) const MANIFEST_FILE: &str = "manifest.json";
/// The file with the distinct values, inside a version folder.
const VALUES_FILE: &str = "values.json";
/// The manifest's schema version that this program writes and reads.
const SCHEMA_VERSION: u32 = 1;

/// Where local data came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Source {
    /// Demo data made from a seed.
    Demo {
        /// The seed.
        seed: u64,
    },
    /// An imported file.
    Import {
        /// The file's name, without its folder; hostile until cleaned.
        file: String,
    },
}

/// Facts about the table, read at every start: small, whatever the size of the data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of this file's layout.
    pub schema_version: u32,
    /// The version folder that holds the data, a bare name.
    folder: String,
    /// The Parquet files in that folder, bare names.
    files: Vec<String>,
    /// Number of lines.
    pub rows: u64,
    /// Earliest day, unless there are no lines.
    pub first_day: Option<NaiveDate>,
    /// Latest day, unless there are no lines.
    pub last_day: Option<NaiveDate>,
    /// Where the data came from.
    pub source: Source,
    /// When it was brought in (UTC).
    pub loaded_at: DateTime<Utc>,
    /// Size of the Parquet files in bytes.
    pub bytes: u64,
    /// The columns that hold data, in the table's order; the others are NULL in every line.
    pub columns: Vec<String>,
}

/// What a writer learnt about the data it wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Contents {
    pub(super) files: Vec<String>,
    pub(super) rows: u64,
    pub(super) first_day: Option<NaiveDate>,
    pub(super) last_day: Option<NaiveDate>,
    pub(super) bytes: u64,
    pub(super) columns: Vec<String>,
    pub(super) values: Vec<ColumnValues>,
}

impl Manifest {
    pub(super) fn new(folder: String, contents: &Contents, source: Source) -> Manifest {
        Manifest {
            schema_version: SCHEMA_VERSION,
            folder,
            files: contents.files.clone(),
            rows: contents.rows,
            first_day: contents.first_day,
            last_day: contents.last_day,
            source,
            loaded_at: Utc::now(),
            bytes: contents.bytes,
            columns: contents.columns.clone(),
        }
    }

    /// Reads the manifest of the table in `dir`.
    ///
    /// # Errors
    /// [`DatasetError::NoData`] if there is none, [`DatasetError::NewerSchema`] if a later
    /// program wrote it, [`DatasetError::Corrupt`] if it cannot be trusted.
    pub fn read(dir: &Path) -> Result<Manifest, DatasetError> {
        #[derive(Deserialize)]
        struct Version {
            schema_version: u32,
        }

        let path = dir.join(MANIFEST_FILE);
        let text = read_text(&path)?;
        let version: Version = parse(&text, &path)?;
        if version.schema_version > SCHEMA_VERSION {
            return Err(DatasetError::NewerSchema { found: version.schema_version, known: SCHEMA_VERSION });
        }
        let manifest: Manifest = parse(&text, &path)?;
        let names = || manifest.files.iter().chain([&manifest.folder]);
        let strange = names().find(|name| !is_bare_name(name)).cloned();
        match strange {
            Some(name) => Err(DatasetError::corrupt(&path, format!("unexpected name {name:?}"))),
            None => Ok(manifest),
        }
    }

    /// The Parquet files of the table in `dir`, in order.
    pub fn parquet_files(&self, dir: &Path) -> Vec<PathBuf> {
        let folder = self.version_dir(dir);
        self.files.iter().map(|name| folder.join(name)).collect()
    }

    /// The folder of this version of the table in `dir`.
    pub fn version_dir(&self, dir: &Path) -> PathBuf {
        dir.join(&self.folder)
    }

    /// The distinct values of the model's value columns, most frequent first, blanks left out.
    ///
    /// # Errors
    /// [`DatasetError::NoData`] or [`DatasetError::Corrupt`] if their file is missing or broken.
    pub fn read_values(&self, dir: &Path) -> Result<Vec<ColumnValues>, DatasetError> {
        let path = self.version_dir(dir).join(VALUES_FILE);
        let text = read_text(&path)?;
        parse(&text, &path)
    }

    /// What an engine tells about this data.
    pub fn facts(&self) -> DataFacts {
        DataFacts {
            rows: self.rows,
            span: self.first_day.zip(self.last_day),
            origin: match &self.source {
                Source::Demo { seed } => Origin::Demo { seed: *seed },
                Source::Import { file } => Origin::Import { file: file.clone() },
            },
            loaded_at: Some(self.loaded_at),
        }
    }

    /// Makes this the manifest of the table in `dir`, in one step.
    pub(super) fn write(&self, dir: &Path) -> Result<(), DatasetError> {
        write_json(dir, MANIFEST_FILE, self)
    }
}

/// Facts about the table in `dir`: its manifest.
///
/// # Errors
/// As [`Manifest::read`].
pub fn info(dir: &Path) -> Result<Manifest, DatasetError> {
    Manifest::read(dir)
}

pub(super) fn write_values(folder: &Path, values: &[ColumnValues]) -> Result<(), DatasetError> {
    write_json(folder, VALUES_FILE, values)
}

/// Writes a file that is either old or new, never half; only its owner can read it.
fn write_json<T: Serialize + ?Sized>(dir: &Path, name: &str, value: &T) -> Result<(), DatasetError> {
    let path = dir.join(name);
    let text = serde_json::to_vec(value).map_err(|e| DatasetError::io(&path, &e.into()))?;
    let write = || -> std::io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(dir)?;
        file.write_all(&text)?;
        file.as_file().sync_all()?;
        file.persist(&path).map_err(|e| e.error)?;
        Ok(())
    };
    write().map_err(|e| DatasetError::io(&path, &e))
}

fn read_text(path: &Path) -> Result<String, DatasetError> {
    fs::read_to_string(path).map_err(|e| match e.kind() {
        ErrorKind::NotFound => DatasetError::NoData,
        ErrorKind::InvalidData => DatasetError::corrupt(path, e.to_string()),
        _ => DatasetError::io(path, &e),
    })
}

fn parse<'a, T: Deserialize<'a>>(text: &'a str, path: &Path) -> Result<T, DatasetError> {
    serde_json::from_str(text).map_err(|e| DatasetError::corrupt(path, e.to_string()))
}

/// Whether a name stays inside its folder.
fn is_bare_name(name: &str) -> bool {
    let mut parts = Path::new(name).components();
    matches!((parts.next(), parts.next()), (Some(Component::Normal(part)), None) if part == name)
}
