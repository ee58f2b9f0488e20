//! Where a session's data comes from.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use secrecy::SecretString;
use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;

use super::Scene;
use crate::ask::Planner;
use crate::audit::AuditEvent;
use crate::cache::DiskAnswers;
use crate::engine::{DataFacts, Engine, EngineError, Limits};
use crate::guard::Policy;
use crate::model::SalesModel;
use crate::snapshot::{Brought, Order, Progress, SnapshotError};

/// Data ready to be asked about.
pub struct Prepared {
    /// What answers.
    pub engine: Arc<dyn Engine>,
    /// What it holds.
    pub facts: DataFacts,
    /// The planner that knows the data's values.
    pub planner: Arc<Planner>,
}

/// Under which terms a source is asked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Terms {
    /// What the guard allows to be read.
    pub policy: Policy,
    /// Limits of its own.
    pub limits: Option<Limits>,
    /// How its answers are kept; none where they are as quickly had again.
    pub keeping: Option<Keeping>,
    /// The store's model of sales.
    pub model: SalesModel,
}

/// How answers are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keeping {
    /// Whose they are: profile, server, database, table and login.
    pub identity: String,
    /// For how long they are given again.
    pub shelf_life: Duration,
    /// Bytes of memory for all of them.
    pub budget: usize,
    /// Where they are kept on disk too, if they are.
    pub disk: Option<DiskAnswers>,
}

/// What a source tells while it looks after its data.
pub enum News {
    /// How things stand has changed.
    Scene(Scene),
    /// There is more to plan with.
    Planner {
        /// The planner that knows it.
        planner: Arc<Planner>,
        /// What the data holds.
        facts: DataFacts,
    },
    /// How bringing in a copy goes.
    Sync(SyncNews),
    /// Something for the audit log.
    Audit(AuditEvent),
}

/// How bringing in a copy goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SyncNews {
    /// It is at work.
    At(Progress),
    /// It is over.
    Over(Result<Brought, SnapshotError>),
}

/// What a source may be asked for while it looks after its data.
#[derive(Debug, Clone)]
pub enum Wish {
    /// Connect again.
    Reconnect,
    /// Fetch the values again.
    RefreshValues,
    /// Bring the local copy of the table up to date.
    Sync(Order),
    /// Stop bringing it in; what has arrived stays.
    StopSync,
    /// The connection is gone, as a query found out.
    Lost(EngineError),
    /// Use this password; `None`: nobody can be asked for one.
    Password(Option<SecretString>),
}

/// A way to get data ready, and to look after it.
pub trait DataSource: Send + Sync {
    /// Under which terms it is asked; known before anything is ready.
    fn terms(&self) -> Terms {
        Terms::default()
    }

    /// How things stand before anything was tried.
    fn scene(&self) -> Scene {
        Scene::Local
    }

    /// Gets the data ready, telling the share done (0 to 1). Runs on a thread that may block.
    ///
    /// # Errors
    /// [`EngineError`] when there is none or it cannot be made; `Cancelled` soon after `cancel`.
    fn prepare(&self, progress: &dyn Fn(f32), cancel: &CancellationToken) -> Result<Prepared, EngineError>;

    /// Looks after data that lives elsewhere, from the moment it is prepared until the
    /// future is dropped; `None` where there is nothing to look after.
    fn attend(self: Arc<Self>, _news: UnboundedSender<News>) -> Option<BoxFuture<'static, ()>> {
        None
    }

    /// Asks for something.
    fn wish(&self, _wish: Wish) {}
}
