//! The engine under test, towards the test server.

use std::time::Duration;

use arrow::array::Array;
use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use depotru::engine::sqlserver::{Login, ServerSettings, SqlServerEngine, TimeLimits, Tls};
use depotru::engine::{Chunk, Engine, EngineError, Limits, Note};
use depotru::guard::{Policy, ReadOnlySql, check};
use futures::StreamExt;
use tokio_util::sync::CancellationToken;

use super::Server;

/// The settings that reach a test server without TLS.
pub fn settings(address: std::net::SocketAddr) -> ServerSettings {
    let login = Login::Password { user: "analista".into(), password: "Clave#2025".into() };
    let mut settings = ServerSettings::new(address.ip().to_string(), "SmartBusiness", login);
    settings.port = Some(address.port());
    settings.tls = Tls::LoopbackOnly;
    settings.times = quick();
    settings
}

/// Time limits that tests can wait for.
pub fn quick() -> TimeLimits {
    let millis = Duration::from_millis;
    TimeLimits {
        dns: millis(1000),
        tcp: millis(1000),
        handshake: millis(1500),
        pool: millis(700),
        first_token: millis(900),
        stall: millis(900),
        cancel_ack: millis(600),
        validate: millis(600),
        ..TimeLimits::default()
    }
}

pub fn engine(server: &Server) -> SqlServerEngine {
    SqlServerEngine::new(settings(server.address))
}

/// A query that the guard allows.
pub fn query() -> ReadOnlySql {
    judged("SELECT marca, SUM(TotalMasIva) AS ventas FROM banco_datos GROUP BY marca")
}

pub fn judged(sql: &str) -> ReadOnlySql {
    check(sql, &Policy::default()).unwrap_or_else(|refusal| panic!("{sql}: {refusal:?}"))
}

/// A whole answer.
#[derive(Debug)]
pub struct Collected {
    pub schema: SchemaRef,
    pub batches: Vec<RecordBatch>,
    pub rows: usize,
    pub truncated: bool,
    pub notes: Vec<Note>,
    /// How it ended, where it ended badly.
    pub error: Option<EngineError>,
}

impl Collected {
    /// A cell as text; `None`: NULL.
    pub fn text(&self, row: usize, column: usize) -> Option<String> {
        let mut row = row;
        for batch in &self.batches {
            if row < batch.num_rows() {
                let array = batch.column(column);
                let options = FormatOptions::default();
                let formatter = ArrayFormatter::try_new(array.as_ref(), &options).expect("a formatter");
                return array.is_valid(row).then(|| formatter.value(row).to_string());
            }
            row -= batch.num_rows();
        }
        panic!("no row {row}");
    }
}

/// Runs the usual query to its end.
pub async fn collect(engine: &SqlServerEngine) -> Result<Collected, EngineError> {
    collect_within(engine, Limits::default()).await
}

pub async fn collect_within(engine: &SqlServerEngine, limits: Limits) -> Result<Collected, EngineError> {
    gather(engine.query(&query(), limits, CancellationToken::new()).await?).await
}

/// Reads a stream to its end.
pub async fn gather(mut stream: depotru::engine::QueryStream) -> Result<Collected, EngineError> {
    let mut collected = Collected {
        schema: stream.schema.clone(),
        batches: Vec::new(),
        rows: 0,
        truncated: false,
        notes: Vec::new(),
        error: None,
    };
    while let Some(chunk) = stream.chunks.next().await {
        match chunk {
            Ok(Chunk::Rows(batch)) => {
                assert_eq!(batch.schema(), stream.schema);
                collected.rows += batch.num_rows();
                collected.batches.push(batch);
            }
            Ok(Chunk::Truncated) => collected.truncated = true,
            Ok(Chunk::Note(note)) => collected.notes.push(note),
            Err(error) => collected.error = Some(error),
        }
    }
    Ok(collected)
}
