//! The local copy of a profile's table as a session's source: no server is asked.

use std::path::PathBuf;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::server::{identity, policy_of_copy};
use super::{Copy, DataSource, Link, Prepared, Scene, ServerScene, Terms, Values};
use crate::ask::Planner;
use crate::config::{Paths, Profile, ProfileName, Settings};
use crate::engine::EngineError;
use crate::engine::embedded::{self, EmbeddedEngine, Known};
use crate::model::SalesModel;
use crate::snapshot::{Manifest, SnapshotError};

/// The copy of one profile's table.
pub struct CopyData {
    name: ProfileName,
    profile: Profile,
    folder: PathBuf,
    settings: Settings,
}

impl CopyData {
    /// The copy in `paths`, run within the limits of `settings`.
    pub fn new(name: &ProfileName, profile: &Profile, settings: &Settings, paths: &Paths) -> CopyData {
        CopyData {
            name: name.clone(),
            profile: profile.clone(),
            folder: paths.snapshot_of(name.as_str()),
            settings: settings.clone(),
        }
    }

    fn model(&self) -> SalesModel {
        let documents = self.profile.documents(&self.settings.documents);
        // The copy has the model's names, whatever the server's are.
        SalesModel { documents, ..SalesModel::default() }
            .with_dimensions(self.profile.own_dimensions().to_vec())
    }

    fn manifest(&self) -> Result<Manifest, EngineError> {
        let missing = || EngineError::NoCopy { profile: self.name.as_str().to_string() };
        let found = Manifest::read(&self.folder).map_err(unusable)?;
        // A copy of another server or table under the same name is no copy of this one.
        found.filter(|manifest| manifest.identity == identity(&self.profile)).ok_or_else(missing)
    }
}

fn unusable(error: SnapshotError) -> EngineError {
    match error {
        SnapshotError::Engine(error) => error,
        error => EngineError::NoData { detail: error.to_string() },
    }
}

impl DataSource for CopyData {
    fn terms(&self) -> Terms {
        let limits = Some(self.profile.limits(&self.settings.limits));
        Terms { policy: policy_of_copy(), limits, keeping: None, model: self.model() }
    }

    fn scene(&self) -> Scene {
        let manifest = self.manifest().ok();
        let facts = manifest.as_ref().and_then(|manifest| manifest.fetched_at().zip(manifest.days()));
        let values = facts.map_or(Values::None, |(at, _)| Values::Held { at });
        let mut scene = ServerScene::new(&self.name, &self.profile, values);
        scene.link = match facts {
            Some((fetched_at, (from, to))) => Link::Copy(Copy { fetched_at, from, to }),
            None => Link::Down(EngineError::NoCopy { profile: self.name.as_str().to_string() }),
        };
        Scene::Server(Arc::new(scene))
    }

    fn prepare(&self, _progress: &dyn Fn(f32), _cancel: &CancellationToken) -> Result<Prepared, EngineError> {
        let manifest = self.manifest()?;
        let facts = manifest.facts();
        let values = manifest.read_values(&self.folder).map_err(unusable)?;
        let words = self.settings.vocabulary.of(Some(&self.name)).clone();
        let planner = Planner::for_store(values.clone(), facts.span, self.model(), words);
        let known = Known { facts: facts.clone(), values };
        let memory = self.settings.limits.memory_mib.saturating_mul(1 << 20);
        let work = embedded::Settings { memory, ..embedded::Settings::default() };
        let engine = EmbeddedEngine::open_files(manifest.parquet_files(&self.folder), known, work)?;
        Ok(Prepared { engine: Arc::new(engine), facts, planner: Arc::new(planner) })
    }
}
