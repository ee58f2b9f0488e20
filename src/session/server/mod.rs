//! A profile's server as a session's source.
//!
//! Usable at once: questions are planned with the values known from last time while the
//! connection is made, the login's rights are judged and fresh values are fetched. A query
//! waits for the connection, and does not run on a login that may change data.

mod attend;
mod engine;
mod fetch;
mod phase;
mod settings;
mod sync;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio_util::sync::CancellationToken;

use super::{DataSource, Keeping, News, Prepared, Scene, ServerScene, Terms, Values, Wish};
use crate::ask::Planner;
use crate::ask::lexicon::Lexicon;
use crate::cache::{DiskAnswers, StoredValues, answers_folder};
use crate::config::{LimitSettings, Paths, Profile, ProfileName, Settings};
use crate::credentials::{Credentials, SecretName};
use crate::engine::{DataFacts, EngineError, Origin};
use crate::guard::Policy;
use crate::model::SalesModel;
use engine::LinkedEngine;
use phase::Phases;

pub(super) use settings::server_settings;

/// The server of one profile.
pub struct ServerData {
    name: ProfileName,
    profile: Profile,
    model: SalesModel,
    words: Lexicon,
    limits: LimitSettings,
    credentials: Arc<Credentials>,
    values_file: PathBuf,
    answers: PathBuf,
    snapshot: PathBuf,
    fetches_values: bool,
    phases: Phases,
    wishes: UnboundedSender<Wish>,
    asked: Mutex<Option<UnboundedReceiver<Wish>>>,
}

impl ServerData {
    /// The server of a profile; nothing is opened yet.
    pub fn new(
        name: &ProfileName,
        profile: &Profile,
        settings: &Settings,
        paths: &Paths,
        credentials: Arc<Credentials>,
    ) -> ServerData {
        let (wishes, asked) = unbounded_channel();
        ServerData {
            model: profile.sales_model(&settings.documents),
            words: settings.vocabulary.of(Some(name)).clone(),
            limits: settings.limits.clone(),
            values_file: paths.values_of(name.as_str()),
            answers: answers_folder(&paths.caches(), name.as_str()),
            snapshot: paths.snapshot_of(name.as_str()),
            fetches_values: true,
            name: name.clone(),
            profile: profile.clone(),
            credentials,
            phases: Phases::new(),
            wishes,
            asked: Mutex::new(Some(asked)),
        }
    }

    /// The same, for work that plans no questions: values are not fetched.
    pub fn without_values(self) -> ServerData {
        ServerData { fetches_values: false, ..self }
    }

    fn secret(&self) -> SecretName {
        SecretName::SqlServer(self.name.as_str().to_string())
    }

    /// The values known from last time, if they are of this very table.
    fn stored(&self) -> Option<StoredValues> {
        StoredValues::read(&self.values_file, &self.identity())
    }

    fn identity(&self) -> String {
        identity(&self.profile)
    }

    fn planner(&self, stored: Option<&StoredValues>) -> Planner {
        let values = stored.map(|stored| stored.values.clone()).unwrap_or_default();
        let span = stored.and_then(|stored| stored.span);
        Planner::for_store(values, span, self.model.clone(), self.words.clone())
    }
}

fn facts_of(stored: Option<&StoredValues>) -> DataFacts {
    DataFacts {
        rows: stored.map_or(0, |stored| stored.rows),
        span: stored.and_then(|stored| stored.span),
        origin: Origin::Server,
        loaded_at: None,
    }
}

fn values_of(stored: Option<&StoredValues>) -> Values {
    stored.map_or(Values::None, |stored| Values::Held { at: stored.fetched_at })
}

impl DataSource for ServerData {
    fn terms(&self) -> Terms {
        let cache = &self.profile.cache;
        Terms {
            policy: policy(&self.profile),
            limits: Some(self.profile.limits(&self.limits)),
            keeping: Some(Keeping {
                identity: format!("{}/{:?}/{}", self.name.as_str(), self.profile.login, self.identity()),
                shelf_life: Duration::from_secs(cache.minutes.saturating_mul(60)),
                budget: cache.memory_mib.saturating_mul(1 << 20),
                disk: cache.disk.then(|| DiskAnswers::at(self.answers.clone())),
            }),
            model: self.model.clone(),
        }
    }

    fn scene(&self) -> Scene {
        // Whether there are values is told as soon as their file was looked at.
        Scene::Server(Arc::new(ServerScene::new(&self.name, &self.profile, Values::None)))
    }

    fn prepare(&self, _progress: &dyn Fn(f32), _cancel: &CancellationToken) -> Result<Prepared, EngineError> {
        let stored = self.stored();
        let planner = self.planner(stored.as_ref());
        let engine = LinkedEngine::new(self.phases.clone(), self.wishes.clone());
        Ok(Prepared {
            engine: Arc::new(engine),
            facts: facts_of(stored.as_ref()),
            planner: Arc::new(planner),
        })
    }

    fn attend(self: Arc<Self>, news: UnboundedSender<News>) -> Option<BoxFuture<'static, ()>> {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        Some(attend::Attendant::new(self, news, asked).work().boxed())
    }

    fn wish(&self, wish: Wish) {
        // The attendant is gone only when the session is.
        let _ = self.wishes.send(wish);
    }
}

/// What the guard allows on a profile's server: its one table.
fn policy(profile: &Profile) -> Policy {
    let table = &profile.table;
    // With `dbo`, T-SQL may name the table with its schema or without.
    let name = if table.schema.eq_ignore_ascii_case("dbo") { table.name.clone() } else { table.to_string() };
    Policy { tables: vec![name] }
}

/// What guards the copy: its table has the model's own name.
pub(super) fn policy_of_copy() -> Policy {
    Policy::default()
}

/// What values and copies belong to: those of another server or table are not used.
pub fn identity(profile: &Profile) -> String {
    let columns: Vec<String> =
        profile.renamed_columns().map(|(model, real)| format!("{model}={real}")).collect();
    let own = profile.own_dimensions().iter().map(|own| own.column.clone());
    let columns: Vec<String> = columns.into_iter().chain(own).collect();
    format!("{}/{}/{}/{}", profile.server(), profile.database, profile.table, columns.join(","))
}
