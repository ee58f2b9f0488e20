//! The store's SQL Server: approved T-SQL run there, its rows streamed as Arrow batches.
//!
//! Enters: [`ServerSettings`], [`ReadOnlySql`]. Leaves: record batches, and what is found
//! out about the server. May not touch: the terminal, configuration files, keyrings.
//!
//! The only T-SQL sent besides [`ReadOnlySql`] is the program's own, made of constants and
//! of quoted names from the settings.

mod certificate;
mod fault;
mod inspect;
mod message;
mod rights;
mod settings;

use std::sync::Arc;

use chrono::NaiveDate;
use futures::FutureExt;
use futures::future::BoxFuture;
use tokio_util::sync::CancellationToken;

use super::{ColumnValues, DataFacts, Engine, EngineError, EngineKind, Limits, QueryStream};
use crate::guard::ReadOnlySql;

pub use certificate::Certificate;
pub use fault::{FaultKind, ServerFault, Stage};
pub use inspect::{Inspection, ServerColumn, ServerIndex, TlsInForce, TrustedBy};
pub(super) use message::sentence as fault_sentence;
pub use rights::{Finding, Rights, RightsLevel};
pub use settings::{Isolation, Login, PoolSettings, ServerSettings, TableName, TimeLimits, Tls, TlsTrust};

/// The engine over one server. Cloning shares the pool.
#[derive(Clone)]
pub struct SqlServerEngine {
    settings: Arc<ServerSettings>,
}

/// The distinct values of one column, as far as they were asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerValues {
    /// The column by its name in the model, its values by number of lines.
    pub values: ColumnValues,
    /// Whether there are more values than were asked for.
    pub more: bool,
}

/// The pool at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PoolState {
    /// Connections open or being opened.
    pub connections: u32,
    /// Those of them that wait for work.
    pub idle: u32,
}

fn unfinished() -> EngineError {
    EngineError::Internal { detail: "not connected".to_string() }
}

impl SqlServerEngine {
    /// An engine that opens nothing before its first use.
    pub fn new(settings: ServerSettings) -> SqlServerEngine {
        SqlServerEngine { settings: Arc::new(settings) }
    }

    /// What it was made with.
    pub fn settings(&self) -> &ServerSettings {
        &self.settings
    }

    /// Connects, unless there is a connection, and finds out about the server, the login's
    /// rights and the table.
    ///
    /// # Errors
    /// [`EngineError::Server`] when the server cannot be reached or asked.
    pub async fn inspect(&self) -> Result<Inspection, EngineError> {
        Err(unfinished())
    }

    /// The most frequent `most` values of a column of the model, with their numbers of lines.
    ///
    /// # Errors
    /// [`EngineError::Server`]; [`EngineError::UnknownColumn`] when the model has no such column.
    pub async fn column_values(&self, _column: &str, _most: usize) -> Result<ServerValues, EngineError> {
        Err(unfinished())
    }

    /// Lines of the table from the day `from` up to but without the day `to`, for a local copy:
    /// the given columns of the model under their names in it, no row limit, no order, with low
    /// priority on the server.
    pub fn slice(
        &self,
        _columns: &[&str],
        _from: NaiveDate,
        _to: NaiveDate,
        _cancel: CancellationToken,
    ) -> BoxFuture<'static, Result<QueryStream, EngineError>> {
        futures::future::ready(Err(unfinished())).boxed()
    }

    /// How many connections there are.
    pub fn pool_state(&self) -> PoolState {
        PoolState::default()
    }
}

impl Engine for SqlServerEngine {
    fn kind(&self) -> EngineKind {
        EngineKind::SqlServer
    }

    fn query(
        &self,
        _sql: &ReadOnlySql,
        _limits: Limits,
        _cancel: CancellationToken,
    ) -> BoxFuture<'static, Result<QueryStream, EngineError>> {
        futures::future::ready(Err(unfinished())).boxed()
    }

    fn facts(&self) -> BoxFuture<'static, Result<DataFacts, EngineError>> {
        futures::future::ready(Err(unfinished())).boxed()
    }

    fn values(&self) -> BoxFuture<'static, Result<Vec<ColumnValues>, EngineError>> {
        futures::future::ready(Err(unfinished())).boxed()
    }
}
