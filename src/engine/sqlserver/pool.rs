//! The pool: connections opened when they are needed, checked before they are lent, and
//! closed once they are in doubt.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use backon::{BackoffBuilder, ExponentialBuilder};
use bb8::{ErrorSink, ManageConnection, PooledConnection, QueueStrategy, RunError};
use tokio::sync::{Mutex as AsyncMutex, broadcast};

use super::PoolState;
use super::connection::Connection;
use super::fault::{FaultKind, ServerFault};
use super::settings::{Login, ServerSettings};

/// A connection on loan; it goes back, or is closed, when dropped.
pub(super) type Lent = PooledConnection<'static, Manager>;

/// Refused logins within [`REFUSALS_WITHIN`] after which the server is left alone.
const MOST_REFUSALS: usize = 3;
/// The time a server's own lock-out usually looks at.
const REFUSALS_WITHIN: Duration = Duration::from_secs(15 * 60);

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
}

impl Pool {
    pub fn new(settings: Arc<ServerSettings>) -> Pool {
        let (failures, _) = broadcast::channel(8);
        let refusals = Refusals::of(&settings);
        let shared = Arc::new(Shared { waiting: AtomicUsize::new(0), failures, refusals });
        Pool { settings, shared, inner: OnceLock::new() }
    }

    /// How many connections there are.
    pub fn state(&self) -> PoolState {
        self.inner.get().map(bb8::Pool::state).map_or_else(PoolState::default, |state| PoolState {
            connections: state.connections,
            idle: state.idle_connections,
        })
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
                    if full && state.idle_connections == 0 && self.shared.connecting() == 0 {
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

impl Shared {
    fn connecting(&self) -> usize {
        self.refusals.connecting.load(Ordering::Relaxed)
    }
}

/// Counts one more user who waits, for as long as it lives.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn among(count: &'a AtomicUsize) -> Waiting<'a> {
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
        let settings = Arc::clone(&self.settings);
        self.shared.refusals.watched(&self.settings, wanted, open(settings)).await.map_err(Doubt::Failed)
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
async fn open(settings: Arc<ServerSettings>) -> Result<Connection, ServerFault> {
    let host = settings.address();
    let mut task = tokio::task::JoinSet::new();
    task.spawn(Connection::open(settings));
    match task.join_next().await {
        Some(Ok(opened)) => opened,
        Some(Err(error)) => Err(ServerFault::new(FaultKind::Protocol, &host, error.to_string())),
        None => Err(ServerFault::new(FaultKind::Protocol, &host, "connecting ended without a word")),
    }
}

/// Keeps wrong passwords from becoming a locked login.
#[derive(Default)]
struct Refusals {
    past: Mutex<Past>,
    /// One login at a time while none has succeeded.
    one_at_a_time: AsyncMutex<()>,
    connecting: AtomicUsize,
}

#[derive(Default)]
struct Past {
    refused: VecDeque<Instant>,
    /// Refusals ever.
    count: u64,
    last: Option<ServerFault>,
    proven: bool,
}

impl Refusals {
    /// The refusals of this login on this server, whoever in the program tried it.
    fn of(settings: &ServerSettings) -> Arc<Refusals> {
        type ByLogin = HashMap<(String, String), Arc<Refusals>>;
        static ALL: Mutex<Option<ByLogin>> = Mutex::new(None);
        let user = match &settings.login {
            Login::Password { user, .. } => user.clone(),
            Login::Integrated => String::new(),
        };
        let mut all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(all.get_or_insert_default().entry((settings.address(), user)).or_default())
    }

    fn past<R>(&self, look: impl FnOnce(&mut Past) -> R) -> R {
        look(&mut self.past.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Logs in, unless that is better left alone: nobody `wanted` it after a refusal, or there
    /// were too many.
    async fn watched(
        &self,
        settings: &ServerSettings,
        wanted: impl Fn() -> bool,
        login: impl Future<Output = Result<Connection, ServerFault>>,
    ) -> Result<Connection, ServerFault> {
        let _connecting = Waiting::among(&self.connecting);
        let (proven, before) = self.past(|past| (past.proven, past.count));
        let _alone = if proven { None } else { Some(self.one_at_a_time.lock().await) };
        let verdict = self.past(|past| {
            // Refused while this one waited for its turn: the answer would be the same.
            let wanted = wanted() && past.count == before;
            past.forbids(Instant::now(), &settings.address(), wanted)
        });
        if let Some(fault) = verdict {
            return Err(fault);
        }
        let done = login.await;
        self.past(|past| past.remember(Instant::now(), done.as_ref().err()));
        done
    }
}

impl Past {
    /// Why the server is not asked now.
    fn forbids(&mut self, now: Instant, host: &str, wanted: bool) -> Option<ServerFault> {
        while self.refused.front().is_some_and(|at| now.duration_since(*at) >= REFUSALS_WITHIN) {
            self.refused.pop_front();
        }
        if self.refused.len() >= MOST_REFUSALS
            && let Some(first) = self.refused.front()
        {
            let left = REFUSALS_WITHIN.saturating_sub(now.duration_since(*first));
            let words = format!("{} min", left.as_secs().div_ceil(60));
            return Some(ServerFault::new(FaultKind::LoginPaused, host, words));
        }
        // The pool fills up by itself: never with a login that was just refused.
        self.last.clone().filter(|_| !wanted)
    }

    fn remember(&mut self, now: Instant, fault: Option<&ServerFault>) {
        match fault {
            None => *self = Past { proven: true, count: self.count, ..Past::default() },
            Some(fault) if fault.is_refusal() => {
                self.refused.push_back(now);
                self.count += 1;
                self.last = Some(fault.clone());
                self.proven = false;
            }
            Some(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal() -> ServerFault {
        ServerFault::new(FaultKind::WrongPassword, "srv", "18456")
    }

    #[test]
    fn three_refusals_pause_the_login_until_the_first_is_old() {
        let (mut past, start) = (Past::default(), Instant::now());
        for second in 0..3 {
            let now = start + Duration::from_secs(second);
            assert_eq!(past.forbids(now, "srv", true), None);
            past.remember(now, Some(&refusal()));
        }
        let kind = |past: &mut Past, after: Duration| {
            past.forbids(start + after, "srv", true).map(|fault| fault.kind)
        };
        assert_eq!(kind(&mut past, Duration::from_secs(60)), Some(FaultKind::LoginPaused));
        assert_eq!(kind(&mut past, REFUSALS_WITHIN), None);
    }

    #[test]
    fn after_a_refusal_nothing_logs_in_by_itself() {
        let (mut past, now) = (Past::default(), Instant::now());
        past.remember(now, Some(&refusal()));
        assert_eq!(past.forbids(now, "srv", false), Some(refusal()));
        assert_eq!(past.forbids(now, "srv", true), None);
        past.remember(now, None);
        assert_eq!(past.forbids(now, "srv", false), None);
        past.remember(now, Some(&ServerFault::new(FaultKind::Refused, "srv", "")));
        assert_eq!(past.forbids(now, "srv", false), None);
    }
}
