//! The pool: connections opened when they are needed, checked before they are lent, and
//! closed once they are in doubt.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use bb8::{ErrorSink, ManageConnection, PooledConnection, QueueStrategy, RunError};
use tokio::sync::broadcast;

use super::PoolState;
use super::connection::Connection;
use super::fault::{FaultKind, ServerFault};
use super::refusals::Refusals;
use super::rights::Judged;
use super::settings::ServerSettings;

/// A connection on loan; it goes back, or is closed, when dropped.
pub(super) type Lent = PooledConnection<'static, Manager>;

/// The connections to one server.
pub(super) struct Pool {
    settings: Arc<ServerSettings>,
    shared: Arc<Shared>,
    inner: OnceLock<bb8::Pool<Manager>>,
}

/// What the pool and its manager both know.
struct Shared {
    /// Users who wait for a connection.
    waiting: AtomicUsize,
    /// Tells those who wait that connecting failed: the pool itself would let them wait on.
    failures: broadcast::Sender<ServerFault>,
    refusals: Arc<Refusals>,
    judged: Arc<Judged>,
    /// Whether the server went on sending although it was told to stop.
    goes_on: AtomicBool,
}

impl Pool {
    pub fn new(settings: Arc<ServerSettings>) -> Pool {
        let (failures, _) = broadcast::channel(8);
        let refusals = Refusals::of(&settings);
        let (waiting, judged) = (AtomicUsize::new(0), Arc::default());
        let goes_on = AtomicBool::new(false);
        let shared = Arc::new(Shared { waiting, failures, refusals, judged, goes_on });
        Pool { settings, shared, inner: OnceLock::new() }
    }

    /// How many connections there are.
    pub fn state(&self) -> PoolState {
        self.inner.get().map(bb8::Pool::state).map_or_else(PoolState::default, |state| PoolState {
            connections: state.connections,
            idle: state.idle_connections,
        })
    }

    /// What the login was found to be, which every further connection is held to.
    pub fn judged(&self) -> &Judged {
        &self.shared.judged
    }

    /// Whether the server stops when it is told to, as far as is known.
    pub fn heeds_stop(&self) -> bool {
        !self.shared.goes_on.load(Ordering::Relaxed)
    }

    /// The server was told to stop, and went on.
    pub fn went_on(&self) {
        self.shared.goes_on.store(true, Ordering::Relaxed);
    }

    /// A connection that stands. Where the server is not there or not ready, tries twice more,
    /// a little later each time.
    ///
    /// # Errors
    /// [`ServerFault`] of the last attempt.
    pub async fn get(&self) -> Result<Lent, ServerFault> {
        let mut pauses = ExponentialBuilder::new()
            .with_min_delay(Duration::from_millis(100))
            .with_max_delay(Duration::from_millis(500))
            .with_max_times(2)
            .with_jitter()
            .build();
        loop {
            match self.get_once().await {
                Err(fault) if fault.is_transient() => match pauses.next() {
                    Some(pause) => tokio::time::sleep(pause).await,
                    None => return Err(fault),
                },
                done => return done,
            }
        }
    }

    async fn get_once(&self) -> Result<Lent, ServerFault> {
        let pool = self.inner.get_or_init(|| self.build());
        let mut failures = self.shared.failures.subscribe();
        let _waiting = Waiting::among(&self.shared.waiting);
        let mut got = std::pin::pin!(pool.get_owned());
        let busy = || ServerFault::new(FaultKind::PoolBusy, &self.settings.address(), String::new());
        loop {
            tokio::select! {
                got = &mut got => return got.map_err(|error| match error {
                    RunError::User(Doubt::Failed(fault)) => fault,
                    RunError::User(Doubt::Stale) | RunError::TimedOut => busy(),
                }),
                failed = failures.recv() => match failed {
                    Ok(fault) => return Err(fault),
                    Err(broadcast::error::RecvError::Lagged(_)) => {}
                    Err(broadcast::error::RecvError::Closed) => return Err(busy()),
                },
                () = tokio::time::sleep(self.settings.times.pool) => {
                    let state = pool.state();
                    let full = state.connections >= self.settings.pool.max_size.max(1);
                    if full && state.idle_connections == 0 && !self.shared.refusals.is_connecting() {
                        return Err(busy());
                    }
                }
            }
        }
    }

    fn build(&self) -> bb8::Pool<Manager> {
        let (settings, limits) = (&self.settings.pool, &self.settings.times);
        let least = Duration::from_millis(1);
        let max_size = settings.max_size.max(1);
        // All steps of connecting, and of finding out that an idle connection is gone.
        let longest = limits.pool + limits.validate + limits.dns * 2 + limits.tcp + limits.handshake * 2;
        let manager = Manager { settings: Arc::clone(&self.settings), shared: Arc::clone(&self.shared) };
        bb8::Pool::builder()
            .max_size(max_size)
            .min_idle(settings.min_idle.min(max_size))
            .max_lifetime(settings.max_lifetime.max(least))
            .idle_timeout(settings.idle.max(least))
            .connection_timeout(longest.max(least))
            // The connection used last is the one most surely alive.
            .queue_strategy(QueueStrategy::Lifo)
            .test_on_check_out(true)
            // A failure goes to whoever waits; only they know whether to try again.
            .retry_connection(false)
            .error_sink(Box::new(Failures(self.shared.failures.clone())))
            .build_unchecked(manager)
    }
}

/// Counts one more user who waits, for as long as it lives.
pub(super) struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    pub(super) fn among(count: &'a AtomicUsize) -> Waiting<'a> {
        count.fetch_add(1, Ordering::SeqCst);
        Waiting(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Why the pool has no connection.
#[derive(Debug)]
pub(super) enum Doubt {
    /// Connecting failed.
    Failed(ServerFault),
    /// An idle connection is no longer what it was; there will be another.
    Stale,
}

#[derive(Debug, Clone)]
struct Failures(broadcast::Sender<ServerFault>);

impl ErrorSink<Doubt> for Failures {
    fn sink(&self, error: Doubt) {
        if let Doubt::Failed(fault) = error {
            // Nobody may be waiting.
            let _ = self.0.send(fault);
        }
    }

    fn boxed_clone(&self) -> Box<dyn ErrorSink<Doubt>> {
        Box::new(self.clone())
    }
}

/// Opens and judges connections for the pool.
pub(super) struct Manager {
    settings: Arc<ServerSettings>,
    shared: Arc<Shared>,
}

impl ManageConnection for Manager {
    type Connection = Connection;
    type Error = Doubt;

    async fn connect(&self) -> Result<Connection, Doubt> {
        let wanted = || self.shared.waiting.load(Ordering::SeqCst) > 0;
        let opened = open(Arc::clone(&self.settings), Arc::clone(&self.shared.judged));
        self.shared.refusals.watched(&self.settings, wanted, opened).await.map_err(Doubt::Failed)
    }

    async fn is_valid(&self, connection: &mut Connection) -> Result<(), Doubt> {
        connection.check().await.map_err(|why| {
            tracing::info!(server = %connection.host(), %why, "an idle connection is replaced");
            Doubt::Stale
        })
    }

    fn has_broken(&self, connection: &mut Connection) -> bool {
        connection.is_broken()
    }
}

/// Connects in a task of its own, so that whatever bytes may do there stays there.
async fn open(settings: Arc<ServerSettings>, judged: Arc<Judged>) -> Result<Connection, ServerFault> {
    let host = settings.address();
    let mut task = tokio::task::JoinSet::new();
    task.spawn(async move { Connection::open(settings, &judged).await });
    match task.join_next().await {
        Some(Ok(opened)) => opened,
        Some(Err(error)) => Err(ServerFault::new(FaultKind::Protocol, &host, error.to_string())),
        None => Err(ServerFault::new(FaultKind::Protocol, &host, "connecting ended without a word")),
    }
}
