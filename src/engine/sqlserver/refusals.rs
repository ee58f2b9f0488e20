//! Keeps wrong passwords from becoming a locked login: none is tried by itself, and no more
//! than a few within a server's usual time for locking out.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Mutex as AsyncMutex;

use super::connection::Connection;
use super::fault::{FaultKind, ServerFault};
use super::pool::Waiting;
use super::settings::{Login, ServerSettings};

/// Refused logins within [`REFUSALS_WITHIN`] after which the server is left alone.
const MOST_REFUSALS: usize = 3;
/// The time a server's own lock-out usually looks at.
const REFUSALS_WITHIN: Duration = Duration::from_secs(15 * 60);

/// How one login on one server fared.
#[derive(Default)]
pub(super) struct Refusals {
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
    pub fn of(settings: &ServerSettings) -> Arc<Refusals> {
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

    /// Whether somebody is logging in right now.
    pub fn is_connecting(&self) -> bool {
        self.connecting.load(Ordering::Relaxed) > 0
    }

    /// Logs in, unless that is better left alone: nobody `wanted` it after a refusal, or there
    /// were too many.
    pub async fn watched(
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
