//! One query on the server, from its sending to the last row.
//!
//! A task of its own reads the answer and builds batches; what it sends waits in a short
//! channel, so that a slow reader slows the server down. When the reader is gone, cancels or
//! has waited long enough, the server is told to stop before the connection is used again.

use std::sync::Arc;
use std::time::Duration;

use arrow::datatypes::{Schema, SchemaRef};
use futures::stream::{self, StreamExt};
use tiberius::QueryItem;
use tiberius::error::Error;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::answer::{Answer, Next};
use super::columns::Table;
use super::fault::{self, FaultKind, ServerFault};
use super::pool::{Lent, Pool};
use super::settings::ServerSettings;
use super::wire::Watch;
use crate::engine::until::ended_by;
use crate::engine::{Chunk, EngineError, Note, QueryStream};

/// Batches that wait for a slow reader.
const AHEAD: usize = 2;
/// Rows of the first batch, so that something is seen at once.
const FIRST_ROWS: usize = 200;
/// Rows and bytes of the others, at the most.
const MOST_ROWS: usize = 8192;
const MOST_BYTES: usize = 1 << 20;
/// Rows that are there are not held back for longer than this.
const HELD_FOR: Duration = Duration::from_millis(60);
/// Rows between two looks at the clock.
const LOOK_EVERY: usize = 32;
/// The end of an answer that was cut off at the server's own limit is worth waiting for.
const LINGER: Duration = Duration::from_millis(100);
/// A connection that was dead all along says so at once.
const DEAD_WITHIN: Duration = Duration::from_secs(1);
/// Before a query that was a deadlock's victim runs again.
const AFTER_DEADLOCK: Duration = Duration::from_millis(200);

/// A query to run.
pub(super) struct Job {
    /// The text, to the byte.
    pub sql: String,
    /// Rows delivered at the most.
    pub max_rows: Option<usize>,
    /// When it must be done.
    pub deadline: Instant,
}

/// Starts a query. The columns come at once, the rows as they are read.
pub(super) async fn run(
    pool: Arc<Pool>,
    settings: Arc<ServerSettings>,
    job: Job,
    cancel: CancellationToken,
) -> Result<QueryStream, EngineError> {
    let deadline = job.deadline;
    let host = settings.address();
    // Ends the work when the stream is dropped, whoever else holds `cancel`.
    let own = cancel.child_token();
    let (ready, started) = oneshot::channel();
    let (out, received) = mpsc::channel(AHEAD);
    let worker = Worker { pool, settings, job, stop: own.clone(), out, ready: Some(ready), schema: None };
    tokio::spawn(worker.work());
    let guard = own.drop_guard();
    // A task that ended without a word has met bytes that it could not bear.
    let broken = move || -> EngineError {
        ServerFault::new(FaultKind::Protocol, &host, "the answer could not be read").into()
    };
    let answer = async { started.await.unwrap_or_else(|_| Err(broken())) };
    let schema = ended_by(&cancel, deadline, answer).await??;
    let chunks = stream::unfold(Some((received, guard, cancel, broken)), move |held| async move {
        let (mut received, guard, cancel, broken) = held?;
        match ended_by(&cancel, deadline, received.recv()).await {
            Ok(Some(Sent::End)) => None,
            Ok(Some(Sent::Chunk(chunk))) => Some((Ok(chunk), Some((received, guard, cancel, broken)))),
            Ok(Some(Sent::Failed(error))) | Err(error) => Some((Err(error), None)),
            Ok(None) => Some((Err(broken()), None)),
        }
    });
    Ok(QueryStream { schema, chunks: chunks.boxed() })
}

/// What the worker tells the reader.
enum Sent {
    Chunk(Chunk),
    Failed(EngineError),
    End,
}

/// How an attempt ended.
enum Ended {
    /// The reader knows, or is gone.
    Told,
    /// It failed before anything was shown, in a way that running again may cure.
    Again(Cure, EngineError),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Cure {
    /// Another connection.
    Reconnect,
    /// A moment's patience.
    Wait,
}

struct Worker {
    pool: Arc<Pool>,
    settings: Arc<ServerSettings>,
    job: Job,
    stop: CancellationToken,
    out: mpsc::Sender<Sent>,
    ready: Option<oneshot::Sender<Result<SchemaRef, EngineError>>>,
    schema: Option<SchemaRef>,
}

impl Worker {
    async fn work(mut self) {
        let mut tried = Vec::new();
        loop {
            match self.attempt(tried.contains(&Cure::Reconnect)).await {
                Ended::Told => return,
                Ended::Again(cure, error) if tried.contains(&cure) => {
                    return self.tell(Sent::Failed(error)).await;
                }
                Ended::Again(cure, _) => {
                    tried.push(cure);
                    if cure == Cure::Wait {
                        tokio::time::sleep(AFTER_DEADLOCK).await;
                    }
                }
            }
        }
    }

    /// Tells the reader how it ended.
    async fn tell(&mut self, last: Sent) {
        match (self.ready.take(), last) {
            (Some(ready), Sent::Failed(error)) => drop(ready.send(Err(error))),
            (_, last) => drop(self.send(last).await),
        }
    }

    /// Sends something to the reader; `false` when nobody wants it.
    async fn send(&self, what: Sent) -> bool {
        tokio::select! {
            biased;
            () = self.stop.cancelled() => false,
            sent = self.out.send(what) => sent.is_ok(),
        }
    }

    /// A connection on which the answer is limited as wanted. After one turned out dead, only
    /// one that has just answered will do.
    async fn connection(&mut self, proven: bool) -> Result<Lent, Ended> {
        loop {
            let lent = tokio::select! {
                biased;
                () = self.stop.cancelled() => return Err(Ended::Told),
                lent = self.pool.get() => lent,
            };
            let mut lent = match lent {
                Ok(lent) => lent,
                Err(fault) => {
                    self.tell(Sent::Failed(fault.into())).await;
                    return Err(Ended::Told);
                }
            };
            let fresh = lent.is_fresh();
            if proven && !fresh && lent.validate().await.is_err() {
                lent.give_up();
                continue;
            }
            match lent.limit_rows(self.job.max_rows).await {
                Ok(()) => return Ok(lent),
                Err(error) if !fresh => return Err(Ended::Again(Cure::Reconnect, error)),
                Err(error) => {
                    self.tell(Sent::Failed(error)).await;
                    return Err(Ended::Told);
                }
            }
        }
    }

    async fn attempt(&mut self, proven: bool) -> Ended {
        let mut lent = match self.connection(proven).await {
            Ok(lent) => lent,
            Err(ended) => return ended,
        };
        let (host, fresh, watch) = (lent.host().to_string(), lent.is_fresh(), Arc::clone(lent.watch()));
        let sent = Instant::now();
        let mut answer = lent.start(self.job.sql.clone());
        let mut reading = Reading { table: None, delivered: 0, memory: 0 };
        let stopped = self.read(&mut answer, &mut reading, &watch).await;
        // The reader hears first; then there is time for the server to stop.
        let fault = |kind, words: String| EngineError::from(ServerFault::new(kind, &host, words));
        let mut again = None;
        match &stopped {
            Stopped::Unwanted => {}
            Stopped::End => self.tell(Sent::End).await,
            Stopped::Limit | Stopped::Memory => {
                self.tell(Sent::Chunk(Chunk::Truncated)).await;
                self.tell(Sent::End).await;
            }
            Stopped::Stalled => {
                let words = format!("{:.0} s", self.settings.times.stall.as_secs_f64());
                self.tell(Sent::Failed(fault(FaultKind::Stalled, words))).await;
            }
            Stopped::Nonsense(words) => {
                self.tell(Sent::Failed(fault(FaultKind::Protocol, words.clone()))).await;
            }
            Stopped::Failed(_) if watch.overflowed() => {
                self.tell(Sent::Failed(fault(FaultKind::RowTooLarge, "64 MiB".to_string()))).await;
            }
            Stopped::Failed(error) => {
                let told = fault::at_query(error, &host);
                let dead = matches!(error, Error::Io { .. }) && !watch.answered();
                if dead && !fresh && sent.elapsed() < DEAD_WITHIN {
                    again = Some(Ended::Again(Cure::Reconnect, told));
                } else if fault::is_deadlock(error) && reading.delivered == 0 {
                    again = Some(Ended::Again(Cure::Wait, told));
                } else {
                    self.tell(Sent::Failed(told)).await;
                }
            }
        }
        // A server that has once gone on all the same (Babelfish does) is not asked for long: it
        // notices a closed connection as soon as it sends the next rows.
        let acknowledge = match self.pool.heeds_stop() {
            true => self.settings.times.cancel_ack,
            false => Duration::ZERO,
        };
        let asked = Instant::now();
        let clean = match &stopped {
            Stopped::End => true,
            Stopped::Failed(error) => !fault::ends_connection(error),
            Stopped::Limit => answer.finish(LINGER, acknowledge).await,
            _ => answer.finish(Duration::ZERO, acknowledge).await,
        };
        drop(answer);
        if clean {
            lent.end();
        } else if !acknowledge.is_zero() && asked.elapsed() >= acknowledge {
            self.pool.went_on();
        }
        again.unwrap_or(Ended::Told)
    }

    /// Reads the answer and sends its rows on, to its end or until there is a reason to stop.
    async fn read(&mut self, answer: &mut Answer<'_>, reading: &mut Reading, watch: &Watch) -> Stopped {
        let mut send_at = None;
        loop {
            let next = match answer.poll_now() {
                Some(next) => next,
                None => answer.next(&self.stop, send_at).await,
            };
            let mut send_now = false;
            match next {
                Next::Item(QueryItem::Metadata(metadata)) => {
                    let known = watch.take_columns().filter(|c| c.len() == metadata.columns().len());
                    let Some(columns) = known else {
                        return Stopped::Nonsense("columns that cannot be read".to_string());
                    };
                    let table = Table::new(columns);
                    if let Err(words) = self.announce(table.schema()) {
                        return Stopped::Nonsense(words);
                    }
                    reading.table = Some(table);
                }
                Next::Item(QueryItem::Row(row)) => {
                    let Some(table) = &mut reading.table else {
                        return Stopped::Nonsense("rows before their columns".to_string());
                    };
                    if self.job.max_rows.is_some_and(|most| reading.delivered + table.rows() >= most) {
                        return self.deliver(reading).await.unwrap_or(Stopped::Limit);
                    }
                    if let Err(mismatch) = table.push(row) {
                        return Stopped::Nonsense(mismatch.0);
                    }
                    let most = if reading.delivered == 0 { FIRST_ROWS } else { MOST_ROWS };
                    send_now = table.rows() >= most || table.bytes() >= MOST_BYTES;
                    if table.rows() == 1 {
                        send_at = Some(Instant::now() + HELD_FOR);
                    } else if table.rows() % LOOK_EVERY == 0 {
                        send_now |= send_at.is_some_and(|at| at <= Instant::now());
                        if self.stop.is_cancelled() {
                            return Stopped::Unwanted;
                        }
                    }
                }
                Next::Waited => send_now = true,
                Next::Stopped => return Stopped::Unwanted,
                Next::End => {
                    // No columns at all: an answer of nothing.
                    let empty = Arc::new(Schema::empty());
                    if reading.table.is_none() && self.announce(empty).is_err() {
                        return Stopped::Unwanted;
                    }
                    return self.deliver(reading).await.unwrap_or(Stopped::End);
                }
                Next::Failed(error) => return self.deliver(reading).await.unwrap_or(Stopped::Failed(error)),
                Next::Stalled => return self.deliver(reading).await.unwrap_or(Stopped::Stalled),
            }
            if send_now {
                send_at = None;
                if let Some(stopped) = self.deliver(reading).await {
                    return stopped;
                }
            }
        }
    }

    /// Tells the columns, once; a second attempt must bring the same.
    fn announce(&mut self, schema: SchemaRef) -> Result<(), String> {
        match &self.schema {
            Some(told) if *told == schema => Ok(()),
            Some(_) => Err("other columns than before".to_string()),
            None => {
                self.schema = Some(Arc::clone(&schema));
                if let Some(ready) = self.ready.take() {
                    // A reader that is gone is noticed at the first rows.
                    let _ = ready.send(Ok(schema));
                }
                Ok(())
            }
        }
    }

    /// Sends the rows collected so far, and what is to be known about them. Says why to stop, if so.
    async fn deliver(&self, reading: &mut Reading) -> Option<Stopped> {
        let table = reading.table.as_mut()?;
        if table.rows() > 0 {
            let rows = table.rows();
            let batch = match table.take() {
                Ok(batch) => batch,
                Err(error) => return Some(Stopped::Nonsense(error.to_string())),
            };
            reading.memory += batch.get_array_memory_size();
            reading.delivered += rows;
            if !self.send(Sent::Chunk(Chunk::Rows(batch))).await {
                return Some(Stopped::Unwanted);
            }
        }
        for note in table.notes() {
            self.send(Sent::Chunk(Chunk::Note(note))).await;
        }
        if reading.memory > self.settings.memory {
            let mib = self.settings.memory >> 20;
            self.send(Sent::Chunk(Chunk::Note(Note::Memory { mib }))).await;
            return Some(Stopped::Memory);
        }
        None
    }
}

/// What has been read so far.
struct Reading {
    table: Option<Table>,
    /// Rows sent.
    delivered: usize,
    /// Bytes of the rows sent.
    memory: usize,
}

/// Why reading stopped.
enum Stopped {
    End,
    /// There are more rows than wanted.
    Limit,
    /// There are more rows than can be held.
    Memory,
    Unwanted,
    Stalled,
    Nonsense(String),
    Failed(Error),
}
