//! The local data: the demo store made from a seed, and imported files.
//!
//! Enters: a seed, or a CSV or Parquet file. Leaves: Parquet files with the columns of
//! `banco_datos` in the data folder, and facts about them. May not touch: the terminal.
//!
//! A table lives in one folder. Its `manifest.json` names the version folder that holds
//! the Parquet files; new data is written beside the old and becomes the table in the
//! one moment in which the manifest is replaced. The version before is kept until the
//! next replacement, so that a reader at work finds its files.

mod builder;
mod demo;
mod error;
mod import;
mod manifest;
mod store;
mod table;
mod values;

pub use demo::{DEFAULT_ROWS, DemoOptions, MAX_ROWS, generate};
pub use error::{DatasetError, sentence};
pub use import::{
    DateOrder, ImportOptions, ImportReport, NumberDecision, NumberFormat, Rejection, RejectionReason,
    SourceFormat, import,
};
pub use manifest::{Manifest, Source, info};
pub(crate) use store::part_properties;
pub use table::arrow_schema;
pub use values::column_values;

use std::path::{Path, PathBuf};

use crate::model::schema::TABLE;

/// The folder of the sales table inside the data folder.
pub fn table_dir(data_dir: &Path) -> PathBuf {
    data_dir.join(TABLE)
}
