//! One connection: logged in, its session set up, used for one query at a time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::stream::{StreamExt, TryStreamExt};
use tiberius::error::Error;
use tiberius::{Client, ColumnData, QueryItem};
use tokio::time::timeout_at;
use tokio_util::compat::{Compat, TokioAsyncWriteCompatExt};
use tokio_util::sync::CancellationToken;

use super::answer::{Answer, Next};
use super::connect::{self, Target};
use super::fault::{self, FaultKind, ServerFault, Stage};
use super::inspect::TlsInForce;
use super::rights::Judged;
use super::session;
use super::settings::ServerSettings;
use super::wire::{Tunnel, Watch};
use crate::engine::{EngineError, Limits};

/// Times a server may send on to another one.
const MOST_REDIRECTS: usize = 3;

/// A connection that is logged in and set up.
pub(super) struct Connection {
    client: Client<Compat<Tunnel>>,
    watch: Arc<Watch>,
    socket: Option<socket2::Socket>,
    pub(super) settings: Arc<ServerSettings>,
    host: String,
    tls: TlsInForce,
    /// The `ROWCOUNT` in force; 0: no limit.
    pub(super) row_limit: u64,
    /// Whether the server knows `@@TEXTSIZE`.
    pub(super) tells_text_size: bool,
    used: Instant,
    /// Whether it was never used since it was opened.
    fresh: bool,
    /// A request is on its way, or was left half read: never to be used again unless it is
    /// known to have ended.
    busy: bool,
}

impl Connection {
    /// Connects, logs in, sets the session up and makes sure that the login is still what it was
    /// judged to be. Follows the server where it sends on to another one, under the same rules
    /// of TLS.
    ///
    /// # Errors
    /// [`ServerFault`] with the stage at which it ended.
    pub async fn open(settings: Arc<ServerSettings>, judged: &Judged) -> Result<Connection, ServerFault> {
        let mut target = Target::of(&settings);
        for _ in 0..=MOST_REDIRECTS {
            let host = target.address();
            let config = session::login(&settings, &target)?;
            let opened = connect::open(&settings, &target).await?;
            let (tunnel, watch) = Tunnel::new(opened.below);
            let client = match timeout_at(opened.deadline, Client::connect(config, tunnel.compat_write()))
                .await
            {
                Err(_) => {
                    let limit = settings.times.handshake.as_secs_f64();
                    let late = ServerFault::new(FaultKind::ConnectTimeout, &host, format!("{limit:.0} s"));
                    return Err(ServerFault { stage: Some(Stage::Login), ..late });
                }
                Ok(Err(Error::Routing { host, port })) => {
                    let host = host.split('\\').next().unwrap_or_default().to_string();
                    target = Target { host, port: Some(port), instance: None };
                    continue;
                }
                Ok(Err(error)) => return Err(fault::at_login(&error, &host)),
                Ok(Ok(client)) => client,
            };
            let row_limit = row_limit(Limits::default().max_rows);
            let (socket, tls) = (opened.socket, opened.tls);
            let (used, fresh, busy) = (Instant::now(), true, false);
            let mut connection = Connection {
                client,
                watch,
                socket,
                settings,
                host,
                tls,
                row_limit,
                tells_text_size: true,
                used,
                fresh,
                busy,
            };
            connection.set_up().await?;
            let within = connection.settings.times.handshake;
            judged.still_holds(&mut connection, within).await?;
            connection.fresh = true;
            return Ok(connection);
        }
        Err(ServerFault::new(FaultKind::Protocol, &target.address(), "sent on too often"))
    }

    /// The server as people write it.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// What it was opened with.
    pub fn settings(&self) -> Arc<ServerSettings> {
        Arc::clone(&self.settings)
    }

    /// How it is protected.
    pub fn tls(&self) -> &TlsInForce {
        &self.tls
    }

    /// Whether it was never used since it was opened.
    pub fn is_fresh(&self) -> bool {
        self.fresh
    }

    /// Whether it must not be used again.
    pub fn is_broken(&self) -> bool {
        self.busy
    }

    /// What its tunnel tells.
    pub fn watch(&self) -> &Arc<Watch> {
        &self.watch
    }

    /// Whether it still stands and its session is as it was set up. Asks the server only when
    /// it was not used just now.
    ///
    /// # Errors
    /// Words for the log.
    pub async fn check(&mut self) -> Result<(), String> {
        if self.busy {
            return Err("it was left in the middle of an answer".to_string());
        }
        if !self.is_silent() {
            return Err("the server has closed it".to_string());
        }
        if self.used.elapsed() < self.settings.pool.trusted_for {
            return Ok(());
        }
        self.validate().await
    }

    /// Whether nothing has come unasked: then the server has neither closed it nor spoken.
    fn is_silent(&self) -> bool {
        let Some(socket) = &self.socket else { return true };
        let mut byte = [std::mem::MaybeUninit::uninit()];
        socket.peek(&mut byte).is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)
    }

    /// Makes the server stop final results after `max_rows` and one more; `None`: never.
    ///
    /// # Errors
    /// As [`Connection::ask`].
    pub async fn limit_rows(&mut self, max_rows: Option<usize>) -> Result<(), EngineError> {
        let wanted = max_rows.map_or(0, row_limit);
        if self.row_limit != wanted {
            self.ask(&format!("SET ROWCOUNT {wanted}"), self.settings.times.validate).await?;
            self.row_limit = wanted;
        }
        Ok(())
    }

    /// Makes sure that the server does not stop a final result before `rows`.
    ///
    /// # Errors
    /// As [`Connection::ask`].
    pub async fn allow_rows(&mut self, rows: usize) -> Result<(), EngineError> {
        let limited = self.row_limit != 0 && self.row_limit < rows as u64;
        if limited { self.limit_rows(None).await } else { Ok(()) }
    }

    /// Runs a small query of the program's own and returns its rows.
    ///
    /// # Errors
    /// [`EngineError`] as of any query; [`EngineError::Timeout`] when it is not done `within` the time.
    pub async fn ask(&mut self, sql: &str, within: Duration) -> Result<Rows, EngineError> {
        let (host, acknowledge) = (self.host.clone(), self.settings.times.cancel_ack.min(within));
        let deadline = Some(tokio::time::Instant::now() + within);
        let never = CancellationToken::new();
        let mut rows = Rows::new();
        let mut answer = self.start(sql.to_string());
        let (clean, result) = loop {
            match answer.next(&never, deadline).await {
                Next::Item(QueryItem::Row(row)) => rows.push(row.into_iter().collect()),
                Next::Item(QueryItem::Metadata(_)) => {}
                Next::End => break (true, Ok(rows)),
                Next::Failed(error) => {
                    break (!fault::ends_connection(&error), Err(fault::at_query(&error, &host)));
                }
                Next::Waited | Next::Stalled | Next::Stopped => {
                    break (answer.finish(Duration::ZERO, acknowledge).await, Err(EngineError::Timeout));
                }
            }
        };
        drop(answer);
        if clean {
            self.end();
        }
        result
    }

    /// Sends a batch. Until [`Connection::end`] the connection counts as broken.
    pub fn start(&mut self, sql: String) -> Answer<'_> {
        self.busy = true;
        self.fresh = false;
        self.watch.begin();
        let client = &mut self.client;
        let items =
            futures::stream::once(async move { client.simple_query(sql).await }).try_flatten().boxed();
        let times = &self.settings.times;
        let watch = Arc::clone(&self.watch);
        Answer { items, watch, patience: times.first_token, stall: times.stall }
    }

    /// It is not to be used again.
    pub fn give_up(&mut self) {
        self.busy = true;
    }

    /// The answer has come to its end: the connection is free again, if nothing is left on the wire.
    pub fn end(&mut self) {
        self.used = Instant::now();
        self.busy = !self.watch.is_clean();
    }
}

/// The rows of one of the program's own queries.
pub(super) type Rows = Vec<Vec<ColumnData<'static>>>;

fn row_limit(max_rows: usize) -> u64 {
    // One more row tells that there are more; the server's limit is an int.
    (max_rows as u64).saturating_add(1).min(i32::MAX as u64)
}

/// A whole number in a row of the program's own queries.
pub(super) fn whole(value: &ColumnData<'_>) -> Option<i64> {
    match value {
        ColumnData::U8(value) => value.map(i64::from),
        ColumnData::I16(value) => value.map(i64::from),
        ColumnData::I32(value) => value.map(i64::from),
        ColumnData::I64(value) => *value,
        ColumnData::Bit(value) => value.map(i64::from),
        ColumnData::Numeric(value) => value.and_then(|value| i64::try_from(value.int_part()).ok()),
        ColumnData::F64(value) => value.map(|value| value as i64),
        ColumnData::String(value) => value.as_ref().and_then(|text| text.trim().parse().ok()),
        _ => None,
    }
}

/// A text in a row of the program's own queries.
pub(super) fn text_of(value: &ColumnData<'_>) -> Option<String> {
    super::values::any_text(value.clone())
}
