//! The engines that answer approved questions.
//!
//! Enters: [`ReadOnlySql`], limits, a cancel token. Leaves: a stream of Arrow record
//! batches, progress, facts about the data. May not touch: the terminal.
//!
//! Whatever engine answers, the batches hold only these Arrow types: `Boolean`,
//! `Int64`, `Float64`, `Decimal128`, `Decimal256`, `Date32`, `Timestamp(µs)` without
//! zone, and `Utf8`.

pub mod embedded;
mod message;
pub mod sqlserver;
mod until;

use std::time::Duration;

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use chrono::NaiveDate;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use tokio_util::sync::CancellationToken;

use crate::credentials::CredentialError;
use crate::guard::ReadOnlySql;

pub use crate::model::ColumnValues;
pub use message::{note, sentence};

/// Which engine answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EngineKind {
    /// The embedded engine over local Parquet files.
    Embedded,
    /// The store's SQL Server.
    SqlServer,
}

impl EngineKind {
    /// The name scripts see in JSON.
    pub fn json_name(self) -> &'static str {
        match self {
            EngineKind::Embedded => "embedded",
            EngineKind::SqlServer => "sqlserver",
        }
    }
}

/// The limits of one run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Rows delivered at the most; one more row in the answer makes it truncated.
    pub max_rows: usize,
    /// Time for the whole query.
    pub timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { max_rows: 100_000, timeout: Duration::from_secs(120) }
    }
}

/// One item of a running query's stream.
#[derive(Debug, Clone)]
pub enum Chunk {
    /// Rows, never more in total than [`Limits::max_rows`].
    Rows(RecordBatch),
    /// There were more rows than the limit; nothing follows but notes.
    Truncated,
    /// Something the user should know about the rows; at most one of a kind for a column.
    Note(Note),
}

/// Something to know about an answer's rows. Names are hostile until cleaned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// A column's type has no values to show: its name stands in their place.
    UnknownType {
        /// The column's name in the answer.
        column: String,
        /// The type's name.
        type_name: String,
    },
    /// A column's times are finer than a microsecond and were cut to it.
    Rounded {
        /// The column's name in the answer.
        column: String,
    },
    /// A column's texts or binaries were cut; those end in `…`.
    Cut {
        /// The column's name in the answer.
        column: String,
    },
    /// The rest did not fit into memory.
    Memory {
        /// MiB allowed.
        mib: usize,
    },
}

/// A running query: its columns at once, its rows as they come.
pub struct QueryStream {
    /// The columns of every batch.
    pub schema: SchemaRef,
    /// The rows. Dropping the stream ends the work.
    pub chunks: BoxStream<'static, Result<Chunk, EngineError>>,
}

/// Where the data that an engine holds came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Demo data made from a seed.
    Demo {
        /// The seed.
        seed: u64,
    },
    /// An imported file, by its name.
    Import {
        /// The file's name, without its folder; hostile until cleaned.
        file: String,
    },
    /// A server's table.
    Server,
}

/// What an engine knows about its data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataFacts {
    /// Number of lines.
    pub rows: u64,
    /// First and last day, unless empty.
    pub span: Option<(NaiveDate, NaiveDate)>,
    /// Where the data came from.
    pub origin: Origin,
    /// When it was brought in (UTC), for local data.
    pub loaded_at: Option<chrono::DateTime<chrono::Utc>>,
}

/// Why a query gave no (complete) answer. Detail texts are hostile until cleaned.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    /// The T-SQL uses something this engine does not have, named as in T-SQL (`PIVOT`).
    #[error("{construct} is not available on this engine")]
    Unsupported {
        /// The construct's T-SQL name.
        construct: String,
    },
    /// A name is not a column of the data.
    #[error("unknown column {name}")]
    UnknownColumn {
        /// The name as written.
        name: String,
        /// The nearest existing column, if one is near.
        nearest: Option<String>,
    },
    /// A value could not be converted, a number overflowed, a division by zero: the query's own arithmetic.
    #[error("the calculation failed: {detail}")]
    Calculation {
        /// The engine's words.
        detail: String,
    },
    /// The query is valid for the guard but wrong for the engine (types, grouping …).
    #[error("the query is not valid: {detail}")]
    Invalid {
        /// The engine's words.
        detail: String,
    },
    /// It took longer than [`Limits::timeout`].
    #[error("time limit reached")]
    Timeout,
    /// It was cancelled.
    #[error("cancelled")]
    Cancelled,
    /// The memory limit was reached.
    #[error("memory limit reached")]
    Memory,
    /// There is no data yet, or its file cannot be read.
    #[error("no data: {detail}")]
    NoData {
        /// The engine's words.
        detail: String,
    },
    /// There is no local copy of the profile's table yet.
    #[error("no local copy of {profile}")]
    NoCopy {
        /// The profile.
        profile: String,
    },
    /// The server, the way to it, or the login on it.
    #[error("{0}")]
    Server(Box<sqlserver::ServerFault>),
    /// The login may change data and the profile does not allow such a login: nothing runs.
    #[error("the login can change data: {rights}")]
    Privileged {
        /// The rights, as a DBA knows them.
        rights: String,
    },
    /// The password for the server is missing or cannot be had.
    #[error("{0}")]
    Credential(Box<CredentialError>),
    /// Anything else.
    #[error("engine failure: {detail}")]
    Internal {
        /// The engine's words.
        detail: String,
    },
}

/// A source of answers. Every engine runs the same T-SQL with the same meaning.
pub trait Engine: Send + Sync {
    /// Which engine this is.
    fn kind(&self) -> EngineKind;

    /// Starts a query. The stream yields [`EngineError::Cancelled`] within a second of
    /// `cancel`, and [`EngineError::Timeout`] when the time is over.
    fn query(
        &self,
        sql: &ReadOnlySql,
        limits: Limits,
        cancel: CancellationToken,
    ) -> BoxFuture<'static, Result<QueryStream, EngineError>>;

    /// Facts about the data, cheap to ask.
    fn facts(&self) -> BoxFuture<'static, Result<DataFacts, EngineError>>;

    /// The distinct values of the model's value columns, for the planner's index.
    fn values(&self) -> BoxFuture<'static, Result<Vec<ColumnValues>, EngineError>>;
}
