//! The local data as a session's source: made from the demo store on first use.

use std::path::PathBuf;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::{DataSource, Prepared, today_in_colombia};
use crate::ask::Planner;
use crate::config::{Paths, Settings};
use crate::dataset::{self, DatasetError, DemoOptions, Manifest};
use crate::engine::EngineError;

/// The data in the data folder, run by the embedded engine.
pub struct LocalData {
    table: PathBuf,
    settings: Settings,
}

impl LocalData {
    /// The data in `paths`, run within the limits of `settings`.
    pub fn new(paths: &Paths, settings: &Settings) -> LocalData {
        LocalData { table: dataset::table_dir(&paths.data), settings: settings.clone() }
    }

    /// The manifest of the local data; without any, the demo store is made first.
    fn manifest(&self, progress: &dyn Fn(f32), cancel: &CancellationToken) -> Result<Manifest, DatasetError> {
        match Manifest::read(&self.table) {
            Err(DatasetError::NoData) => {
                let options = DemoOptions::until(today_in_colombia());
                dataset::generate(options, &self.table, progress, cancel)
            }
            other => other,
        }
    }
}

impl DataSource for LocalData {
    fn prepare(&self, progress: &dyn Fn(f32), cancel: &CancellationToken) -> Result<Prepared, EngineError> {
        let manifest = self.manifest(progress, cancel).map_err(unavailable)?;
        let values = manifest.read_values(&self.table).map_err(unavailable)?;
        let facts = manifest.facts();
        let planner = Planner::new(values.clone(), facts.span);
        let _ = (Arc::new(planner), &self.settings);
        Err(EngineError::NoData { detail: String::new() })
    }
}

fn unavailable(error: DatasetError) -> EngineError {
    match error {
        DatasetError::Cancelled => EngineError::Cancelled,
        other => EngineError::NoData { detail: other.to_string() },
    }
}
