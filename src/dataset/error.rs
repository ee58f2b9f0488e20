//! What can go wrong with local data, and how it is told.

use std::path::Path;

use super::import::{ImportReport, RejectionReason};
use crate::i18n::{Lang, fill, plural, text};
use crate::sanitize::{SafeText, display_safe};

/// Why local data could not be made, brought in or read. Names of files and columns and
/// detail texts are hostile until cleaned; [`sentence`] cleans them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DatasetError {
    /// There is no data yet.
    #[error("no data")]
    NoData,
    /// A file of the table cannot be trusted.
    #[error("{file} is damaged: {detail}")]
    Corrupt {
        /// The file.
        file: String,
        /// What is wrong with it.
        detail: String,
    },
    /// A later version of the program wrote the data.
    #[error("data layout {found} is newer than {known}")]
    NewerSchema {
        /// The layout found.
        found: u32,
        /// The latest layout this program knows.
        known: u32,
    },
    /// Another program is replacing the data right now.
    #[error("the data is being replaced by another program")]
    Busy,
    /// The work was cancelled; the data is as it was.
    #[error("cancelled")]
    Cancelled,
    /// A file or folder could not be read or written.
    #[error("{path}: {detail}")]
    Io {
        /// The file or folder.
        path: String,
        /// The system's words.
        detail: String,
    },
    /// An option is out of its range.
    #[error("{option} must be between {min} and {max}")]
    OutOfRange {
        /// The option's name.
        option: &'static str,
        /// Least value.
        min: u64,
        /// Largest value.
        max: u64,
    },
    /// The file holds no header or no lines.
    #[error("the file is empty")]
    Empty,
    /// Required columns are missing.
    #[error("missing columns: {}", columns.join(", "))]
    MissingColumns {
        /// Their names in the model.
        columns: Vec<String>,
    },
    /// Two columns of the file have the same name.
    #[error("column {column} appears twice")]
    DuplicateColumn {
        /// Its name in the model.
        column: String,
    },
    /// The figures of a column can be read in two ways.
    #[error("column {column}: {example} can be read in two ways")]
    AmbiguousNumbers {
        /// The column.
        column: String,
        /// A figure that can be read in two ways.
        example: String,
    },
    /// A column of a Parquet file has a type that cannot become the column's type.
    #[error("column {column} has type {found}")]
    ColumnType {
        /// The column.
        column: String,
        /// Its type in the file.
        found: String,
    },
    /// Lines were rejected and nothing was replaced.
    #[error("{} rejected lines", report.rejected)]
    Rejected {
        /// Which lines, and why.
        report: Box<ImportReport>,
    },
    /// The file is not what it says it is.
    #[error("unreadable file: {detail}")]
    Unreadable {
        /// What is wrong with it.
        detail: String,
    },
    /// The program's own data is wrong.
    #[error("internal: {detail}")]
    Internal {
        /// What is wrong.
        detail: String,
    },
}

impl DatasetError {
    pub(super) fn io(path: &Path, error: &std::io::Error) -> DatasetError {
        DatasetError::Io { path: path.display().to_string(), detail: error.to_string() }
    }

    pub(super) fn corrupt(path: &Path, detail: String) -> DatasetError {
        DatasetError::Corrupt { file: path.display().to_string(), detail }
    }

    pub(super) fn internal(error: impl std::fmt::Display) -> DatasetError {
        DatasetError::Internal { detail: error.to_string() }
    }
}

/// The error as one sentence in the user's language, cleaned for display.
pub fn sentence(error: &DatasetError, lang: Lang) -> SafeText {
    use DatasetError as E;
    let said = match error {
        E::NoData => text(lang, "dataset.no_data").to_string(),
        E::Corrupt { file, detail } => fill(lang, "dataset.corrupt", &[("file", file), ("detail", detail)]),
        E::NewerSchema { .. } => text(lang, "dataset.newer").to_string(),
        E::Busy => text(lang, "dataset.busy").to_string(),
        E::Cancelled => text(lang, "dataset.cancelled").to_string(),
        E::Io { path, detail } => fill(lang, "dataset.io", &[("path", path), ("detail", detail)]),
        E::OutOfRange { option, min, max } => fill(
            lang,
            "dataset.out_of_range",
            &[("option", option), ("min", &min.to_string()), ("max", &max.to_string())],
        ),
        E::Empty => text(lang, "dataset.empty").to_string(),
        E::MissingColumns { columns } => {
            fill(lang, "dataset.missing_columns", &[("columns", &columns.join(", "))])
        }
        E::DuplicateColumn { column } => fill(lang, "dataset.duplicate_column", &[("column", column)]),
        E::AmbiguousNumbers { column, example } => {
            fill(lang, "dataset.ambiguous_numbers", &[("column", column), ("example", example)])
        }
        E::ColumnType { column, found } => {
            fill(lang, "dataset.column_type", &[("column", column), ("found", found)])
        }
        E::Rejected { report } => rejected(report, lang),
        E::Unreadable { detail } => fill(lang, "dataset.unreadable", &[("detail", detail)]),
        E::Internal { detail } => fill(lang, "dataset.internal", &[("detail", detail)]),
    };
    display_safe(&said)
}

fn rejected(report: &ImportReport, lang: Lang) -> String {
    let count = report.rejected.to_string();
    let first = report.rejections.first().map(|r| r.sentence(lang).into_string()).unwrap_or_default();
    plural(lang, "dataset.rejected", report.rejected, &count, &[("first", &first)])
}

/// Why a line was rejected, in the user's language.
pub(super) fn reason(reason: &RejectionReason, lang: Lang) -> String {
    use RejectionReason as R;
    match reason {
        R::Missing => text(lang, "dataset.reason_missing").to_string(),
        R::NotANumber(value) => fill(lang, "dataset.reason_number", &[("value", value)]),
        R::OutOfRange(value) => fill(lang, "dataset.reason_range", &[("value", value)]),
        R::NotADate(value) => fill(lang, "dataset.reason_date", &[("value", value)]),
        R::TooLong { limit } => fill(lang, "dataset.reason_long", &[("limit", &limit.to_string())]),
        R::Fields { found, expected } => fill(
            lang,
            "dataset.reason_fields",
            &[("found", &found.to_string()), ("expected", &expected.to_string())],
        ),
    }
}
