//! What can go wrong with a copy, and how it is told.

use std::path::Path;

use crate::engine::{self, EngineError};
use crate::i18n::{Lang, fill, text};
use crate::sanitize::{SafeText, display_safe};

/// Why a copy could not be brought in or used. Details are hostile until cleaned.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotError {
    /// Another process is bringing it in right now.
    #[error("another process is at it")]
    Busy,
    /// It was stopped; what was done is kept.
    #[error("cancelled")]
    Cancelled,
    /// A file of it cannot be trusted.
    #[error("{file} is damaged: {detail}")]
    Damaged {
        /// The file.
        file: String,
        /// What is wrong.
        detail: String,
    },
    /// The server's columns or their types are no longer those of the copy.
    #[error("column {column} has changed")]
    Changed {
        /// The column.
        column: String,
    },
    /// The table has no day at all, or none as asked for.
    #[error("no days")]
    NoDays,
    /// The server has no date column to go by.
    #[error("there is no date column")]
    NoDate,
    /// A file or folder could not be read or written.
    #[error("{path}: {detail}")]
    Io {
        /// The file or folder.
        path: String,
        /// The system's words.
        detail: String,
    },
    /// The server failed.
    #[error("{0}")]
    Engine(EngineError),
}

impl SnapshotError {
    pub(super) fn io(path: &Path, error: &dyn std::fmt::Display) -> SnapshotError {
        SnapshotError::Io { path: path.display().to_string(), detail: error.to_string() }
    }
}

impl From<EngineError> for SnapshotError {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Cancelled => SnapshotError::Cancelled,
            error => SnapshotError::Engine(error),
        }
    }
}

/// The error as one sentence with what was kept and what to do, cleaned for display.
pub fn sentence(error: &SnapshotError, lang: Lang) -> SafeText {
    let said = match error {
        SnapshotError::Busy => text(lang, "snapshot.busy").to_string(),
        SnapshotError::Cancelled => text(lang, "snapshot.cancelled").to_string(),
        SnapshotError::Damaged { file, detail } => {
            fill(lang, "snapshot.damaged", &[("file", file), ("detail", detail)])
        }
        SnapshotError::Changed { column } => fill(lang, "snapshot.changed", &[("column", column)]),
        SnapshotError::NoDays => text(lang, "snapshot.no_days").to_string(),
        SnapshotError::NoDate => text(lang, "snapshot.no_date").to_string(),
        SnapshotError::Io { path, detail } => {
            fill(lang, "snapshot.io", &[("path", path), ("detail", detail)])
        }
        SnapshotError::Engine(error) => {
            let why = engine::sentence(error, lang);
            fill(lang, "snapshot.engine", &[("why", why.as_str())])
        }
    };
    display_safe(&said)
}
