//! The local data as a session's source: made from the demo store on first use.

use std::path::PathBuf;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::{DataSource, Prepared, Terms, today_in_colombia};
use crate::ask::Planner;
use crate::config::{Paths, Settings};
use crate::dataset::{self, DatasetError, DemoOptions, Manifest};
use crate::engine::EngineError;
use crate::engine::embedded::{self, EmbeddedEngine, Known};
use crate::model::{DocumentRules, SalesModel};

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

    /// The sales model with this store's document codes.
    fn model(&self) -> SalesModel {
        let codes = &self.settings.documents;
        let documents = DocumentRules {
            excluded: codes.excluded.clone(),
            returns: codes.returns.clone(),
            names: codes.names.clone(),
        };
        SalesModel { documents, ..SalesModel::default() }
            .with_dimensions(self.settings.dimensions.all().to_vec())
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
    fn terms(&self) -> Terms {
        Terms { model: self.model(), ..Terms::default() }
    }

    fn prepare(&self, progress: &dyn Fn(f32), cancel: &CancellationToken) -> Result<Prepared, EngineError> {
        let manifest = self.manifest(progress, cancel).map_err(unavailable)?;
        let mut values = manifest.read_values(&self.table).map_err(unavailable)?;
        let mut model = self.model();
        // What the store adds, where this data has it.
        model.dimensions.retain(|own| manifest.columns.contains(&own.column));
        let files = manifest.parquet_files(&self.table);
        for own in &model.dimensions {
            values.push(dataset::column_values(&files, &own.column).map_err(unavailable)?);
        }
        let facts = manifest.facts();
        let words = self.settings.vocabulary.of(None).clone();
        let planner = Planner::for_store(values.clone(), facts.span, model, words);
        let known = Known { facts: facts.clone(), values };
        let memory = self.settings.limits.memory_mib.saturating_mul(1024 * 1024);
        let work = embedded::Settings { memory, ..embedded::Settings::default() };
        let engine = EmbeddedEngine::open_files(files, known, work)?;
        Ok(Prepared { engine: Arc::new(engine), facts, planner: Arc::new(planner) })
    }
}

fn unavailable(error: DatasetError) -> EngineError {
    match error {
        DatasetError::Cancelled => EngineError::Cancelled,
        other => EngineError::NoData { detail: other.to_string() },
    }
}
