//! The embedded engine: T-SQL on local Parquet files, with SQL Server's meaning.
//!
//! Enters: [`ReadOnlySql`]. Leaves: record batches. The guarded syntax tree is bound
//! directly to a typed plan (`bind`) that Apache DataFusion optimises and runs; the
//! functions in it are T-SQL's own (`ops`). What cannot run as on SQL Server is
//! refused by its name. Nothing else is reachable from a query: no other table, no
//! file, no function of the engine behind.

mod bind;
mod ops;
mod rules;
mod run;
mod table;
mod types;

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use chrono::{FixedOffset, NaiveDateTime, Utc};
use datafusion::datasource::provider_as_source;
use futures::FutureExt;
use futures::future::BoxFuture;
use sqlparser::ast::Query;
use tokio_util::sync::CancellationToken;

use super::{ColumnValues, DataFacts, Engine, EngineError, EngineKind, Limits, QueryStream};
use crate::dataset::{DatasetError, Manifest};
use crate::guard::ReadOnlySql;
use bind::{Binder, Catalog};
use run::Runner;
use table::ParquetTable;

/// How the embedded engine works.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Memory that running queries may take together, in bytes.
    pub memory: usize,
    /// Threads that work on queries.
    pub threads: usize,
    /// What `GETDATE` tells.
    pub clock: Clock,
}

impl Default for Settings {
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(2, usize::from).clamp(1, 8);
        Settings { memory: 1 << 30, threads, clock: Clock::Store }
    }
}

/// The local time of the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// The time in Colombia: UTC−5 all year.
    Store,
    /// A time that stands still.
    Fixed(NaiveDateTime),
}

impl Clock {
    /// The moment it is.
    pub fn now(self) -> NaiveDateTime {
        match self {
            Clock::Fixed(at) => at,
            Clock::Store => {
                let utc = Utc::now();
                FixedOffset::west_opt(5 * 3600)
                    .map_or_else(|| utc.naive_utc(), |zone| utc.with_timezone(&zone).naive_local())
            }
        }
    }
}

/// Facts about the data and the values of its columns, known beforehand.
#[derive(Debug, Clone)]
pub struct Known {
    /// Number of lines, first and last day, origin.
    pub facts: DataFacts,
    /// The distinct values of the model's value columns.
    pub values: Vec<ColumnValues>,
}

/// The engine over the Parquet files of one folder.
pub struct EmbeddedEngine {
    inner: Arc<Inner>,
}

struct Inner {
    paths: Vec<PathBuf>,
    known: Known,
    settings: Settings,
    // Made by the first query: opening the program costs nothing of this.
    runner: OnceLock<Result<Runner, EngineError>>,
    catalog: OnceLock<Result<Catalog, EngineError>>,
}

impl EmbeddedEngine {
    /// Opens the local data in a table's folder, as its manifest describes it.
    ///
    /// # Errors
    /// [`EngineError::NoData`] when there is none or it cannot be trusted.
    pub fn open(dir: &Path, settings: Settings) -> Result<EmbeddedEngine, EngineError> {
        let unreadable = |e: DatasetError| EngineError::NoData { detail: e.to_string() };
        let manifest = Manifest::read(dir).map_err(unreadable)?;
        let values = manifest.read_values(dir).map_err(unreadable)?;
        let known = Known { facts: manifest.facts(), values };
        Self::open_files(manifest.parquet_files(dir), known, settings)
    }

    /// Opens the given Parquet files, all of one schema, as the table `banco_datos`.
    ///
    /// Nothing is read here: the first query opens the files.
    ///
    /// # Errors
    /// [`EngineError::NoData`] when there are none.
    pub fn open_files(
        paths: Vec<PathBuf>,
        known: Known,
        settings: Settings,
    ) -> Result<EmbeddedEngine, EngineError> {
        if paths.is_empty() {
            return Err(EngineError::NoData { detail: "no Parquet file".to_string() });
        }
        let inner = Inner { paths, known, settings, runner: OnceLock::new(), catalog: OnceLock::new() };
        Ok(EmbeddedEngine { inner: Arc::new(inner) })
    }

    /// Starts a query from its syntax tree. Only [`Engine::query`] and tests come here:
    /// from outside, a query is always one that passed the guard.
    fn start(
        &self,
        query: Query,
        max_recursion: u32,
        limits: Limits,
        cancel: CancellationToken,
    ) -> BoxFuture<'static, Result<QueryStream, EngineError>> {
        let inner = Arc::clone(&self.inner);
        async move {
            let runner = inner.runner.get_or_init(|| Runner::new(&inner.settings)).as_ref();
            let runner = runner.map_err(Clone::clone)?;
            let now = inner.settings.clock.now();
            let work = Arc::clone(&inner);
            // Binding and planning are work too: they run beside the caller, not in it.
            let bind = move || -> Result<bind::Bound, EngineError> {
                let catalog = work.catalog().map_err(Clone::clone)?;
                Binder::new(catalog, now, max_recursion).bind(&query)
            };
            runner.run(bind, limits, cancel).await
        }
        .boxed()
    }
}

impl Inner {
    fn catalog(&self) -> Result<&Catalog, &EngineError> {
        let made = self.catalog.get_or_init(|| {
            let table = ParquetTable::open(&self.paths)?;
            let columns = table.columns()?;
            let source = provider_as_source(Arc::new(table));
            Ok(Catalog { table: crate::model::schema::TABLE, source, columns })
        });
        made.as_ref()
    }
}

impl Engine for EmbeddedEngine {
    fn kind(&self) -> EngineKind {
        EngineKind::Embedded
    }

    fn query(
        &self,
        sql: &ReadOnlySql,
        limits: Limits,
        cancel: CancellationToken,
    ) -> BoxFuture<'static, Result<QueryStream, EngineError>> {
        self.start(sql.query().clone(), max_recursion(sql.text()), limits, cancel)
    }

    fn facts(&self) -> BoxFuture<'static, Result<DataFacts, EngineError>> {
        futures::future::ready(Ok(self.inner.known.facts.clone())).boxed()
    }

    fn values(&self) -> BoxFuture<'static, Result<Vec<ColumnValues>, EngineError>> {
        futures::future::ready(Ok(self.inner.known.values.clone())).boxed()
    }
}

/// Levels a recursion may go where the query does not say, as on the server.
const MAX_RECURSION: u32 = 100;

/// The levels of `OPTION (MAXRECURSION n)`: the tree has no place for it, so it is read
/// from the end of the canonical text, where nothing else can look like it.
fn max_recursion(canonical: &str) -> u32 {
    let options = canonical.trim_end().trim_end_matches(';').strip_suffix(')');
    let options = options.and_then(|t| t.rsplit_once("OPTION (")).map_or("", |(_, options)| options);
    options
        .split(',')
        .find_map(|o| o.trim().strip_prefix("MAXRECURSION ")?.parse().ok())
        .unwrap_or(MAX_RECURSION)
}

#[cfg(test)]
mod tests;
