//! Where a session's data comes from.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::ask::Planner;
use crate::engine::{DataFacts, Engine, EngineError};

/// Data ready to be asked about.
pub struct Prepared {
    /// What answers.
    pub engine: Arc<dyn Engine>,
    /// What it holds.
    pub facts: DataFacts,
    /// The planner that knows the data's values.
    pub planner: Arc<Planner>,
}

/// A way to get data ready. Runs on a thread that may block.
pub trait DataSource: Send + Sync {
    /// Gets the data ready, telling the share done (0 to 1).
    ///
    /// # Errors
    /// [`EngineError`] when there is none or it cannot be made; `Cancelled` soon after `cancel`.
    fn prepare(&self, progress: &dyn Fn(f32), cancel: &CancellationToken) -> Result<Prepared, EngineError>;
}
