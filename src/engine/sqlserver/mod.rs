//! The store's SQL Server: approved T-SQL run there, its rows streamed as Arrow batches.
//!
//! Enters: [`ServerSettings`], [`ReadOnlySql`]. Leaves: record batches, and what is found
//! out about the server. May not touch: the terminal, configuration files, keyrings.
//!
//! The only T-SQL sent besides [`ReadOnlySql`] is the program's own, made of constants and
//! of quoted names from the settings.

mod answer;
mod babelfish;
mod browser;
mod columns;
mod connect;
mod connection;
mod fault;
mod inspect;
mod message;
mod pool;
mod program;
mod refusals;
mod rights;
mod run;
mod session;
mod settings;
mod standing;
mod tls;
mod values;
mod wire;

use std::sync::Arc;
use std::time::Duration;

use chrono::NaiveDate;
use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{ColumnValues, DataFacts, Engine, EngineError, EngineKind, Limits, Origin, QueryStream};
use crate::guard::ReadOnlySql;
use crate::model::schema::{self, VALUE_COLUMNS};
use connection::{Rows, text_of, whole};
use pool::Pool;
use run::Job;

pub use fault::{FaultKind, ServerFault, Stage};
pub use inspect::{Inspection, ServerColumn, ServerIndex, TlsInForce, TrustedBy};
pub(super) use message::sentence as fault_sentence;
pub use rights::{Finding, Rights, RightsLevel};
pub use settings::{Isolation, Login, PoolSettings, ServerSettings, TableName, TimeLimits, Tls, TlsTrust};
pub use tls::Certificate;

/// Distinct values fetched of one column by [`Engine::values`].
const MOST_VALUES: usize = 20_000;
/// A copy may take as long as it takes; its reader cancels it.
const NO_HURRY: Duration = Duration::from_secs(365 * 86_400);

/// The engine over one server. Cloning shares the pool.
#[derive(Clone)]
pub struct SqlServerEngine {
    settings: Arc<ServerSettings>,
    pool: Arc<Pool>,
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

impl SqlServerEngine {
    /// An engine that opens nothing before its first use. It works on the tokio runtime that
    /// first uses it.
    pub fn new(settings: ServerSettings) -> SqlServerEngine {
        let settings = Arc::new(settings);
        SqlServerEngine { pool: Arc::new(Pool::new(Arc::clone(&settings))), settings }
    }

    /// What it was made with.
    pub fn settings(&self) -> &ServerSettings {
        &self.settings
    }

    /// Connects, unless there is a connection, and finds out about the server, the login's
    /// rights and the table. From then on a connection on which the login may suddenly write
    /// fails with [`FaultKind::RightsGrown`].
    ///
    /// # Errors
    /// [`EngineError::Server`] when the server cannot be reached.
    pub async fn inspect(&self) -> Result<Inspection, EngineError> {
        let mut lent = self.pool.get().await?;
        let seen = Inspection::of(&mut lent, &self.settings, self.patience()).await?;
        self.pool.judged().set(seen.rights.level);
        Ok(seen)
    }

    /// The most frequent `most` values of a column of the model, or of a further column of the
    /// table by its real name, with their numbers of lines; without NULL and blank ones.
    ///
    /// # Errors
    /// [`EngineError::Server`], also when the table has no such column.
    pub async fn column_values(&self, column: &str, most: usize) -> Result<ServerValues, EngineError> {
        let column = schema::column_named(column).map_or(column, |known| known.name);
        let sql = program::values(&self.settings, column, most);
        let rows = self.ask(&sql, most.saturating_add(2)).await?;
        let mut values: Vec<(String, u64)> = rows
            .iter()
            .filter_map(|row| match row.as_slice() {
                [value, lines] => Some((text_of(value)?, u64::try_from(whole(lines)?).ok()?)),
                _ => None,
            })
            .filter(|(value, _)| !value.trim().is_empty())
            .collect();
        let more = values.len() > most;
        values.truncate(most);
        Ok(ServerValues { values: ColumnValues { column: column.to_string(), values }, more })
    }

    /// Lines of the table from the day `from` up to but without the day `to`, for a local copy:
    /// the given columns of the model under their names in it, no row limit, no order, with low
    /// priority on the server.
    pub fn slice(
        &self,
        columns: &[&str],
        from: NaiveDate,
        to: NaiveDate,
        cancel: CancellationToken,
    ) -> BoxFuture<'static, Result<QueryStream, EngineError>> {
        let sql = program::slice(&self.settings, columns, from, to);
        let mut settings = ServerSettings::clone(&self.settings);
        // A copy is written away as it comes.
        settings.memory = usize::MAX;
        let job = Job { sql, max_rows: None, deadline: Instant::now() + NO_HURRY };
        run::run(Arc::clone(&self.pool), Arc::new(settings), job, cancel).boxed()
    }

    /// How many connections there are.
    pub fn pool_state(&self) -> PoolState {
        self.pool.state()
    }

    /// Runs one of the program's own queries.
    async fn ask(&self, sql: &str, most: usize) -> Result<Rows, EngineError> {
        let mut lent = self.pool.get().await?;
        lent.allow_rows(most).await?;
        lent.ask(sql, self.patience()).await
    }

    /// The time for one of the program's own queries.
    fn patience(&self) -> Duration {
        self.settings.times.first_token + self.settings.times.stall
    }
}

impl Engine for SqlServerEngine {
    fn kind(&self) -> EngineKind {
        EngineKind::SqlServer
    }

    fn query(
        &self,
        sql: &ReadOnlySql,
        limits: Limits,
        cancel: CancellationToken,
    ) -> BoxFuture<'static, Result<QueryStream, EngineError>> {
        let deadline = Instant::now() + limits.timeout.min(NO_HURRY);
        let job = Job { sql: sql.text().to_string(), max_rows: Some(limits.max_rows), deadline };
        run::run(Arc::clone(&self.pool), Arc::clone(&self.settings), job, cancel).boxed()
    }

    fn facts(&self) -> BoxFuture<'static, Result<DataFacts, EngineError>> {
        let engine = self.clone();
        async move {
            let rows = engine.ask(&program::facts(&engine.settings), 1).await?;
            let Some([lines, first, last]) = rows.first().map(Vec::as_slice) else {
                return Err(EngineError::NoData { detail: "no answer".to_string() });
            };
            let lines = whole(lines).and_then(|lines| u64::try_from(lines).ok()).unwrap_or_default();
            let span = values::day_of(first).zip(values::day_of(last));
            Ok(DataFacts { rows: lines, span, origin: Origin::Server, loaded_at: None })
        }
        .boxed()
    }

    fn values(&self) -> BoxFuture<'static, Result<Vec<ColumnValues>, EngineError>> {
        let engine = self.clone();
        async move {
            let mut all = Vec::with_capacity(VALUE_COLUMNS.len());
            for column in VALUE_COLUMNS {
                all.push(engine.column_values(column, MOST_VALUES).await?.values);
            }
            Ok(all)
        }
        .boxed()
    }
}
