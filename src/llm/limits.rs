//! How many calls and tokens: a ledger in the user's state folder, shared by all sessions, so
//! that limits hold across processes.
//!
//! It is kept by the wall clock, since it outlives processes. A clock set back cannot lock
//! anybody out: what lies in the future counts as now. It is a courtesy to the user's budget;
//! the true cap is the provider's.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::Utc;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::provider::Usage;
use crate::config::ProviderName;
use crate::config::llm::CallLimits;
use crate::config::make_private_folder;
use crate::i18n::{Lang, fill};
use crate::memory::open_private;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// A limit that a call would exceed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitHit {
    /// Calls a minute.
    Minute {
        /// How many are allowed.
        limit: u32,
        /// How long until the next may be made.
        wait: Duration,
    },
    /// Calls an hour.
    Hour {
        /// How many are allowed.
        limit: u32,
        /// How long until the next may be made.
        wait: Duration,
    },
    /// Calls a day.
    Day {
        /// How many are allowed.
        limit: u32,
        /// How long until the next may be made.
        wait: Duration,
    },
    /// Tokens a day.
    Tokens {
        /// How many are allowed.
        limit: u64,
        /// How long until there are some again.
        wait: Duration,
    },
}

impl LimitHit {
    /// What happened and what to do, as one sentence.
    pub fn sentence(self, lang: Lang) -> String {
        let (key, limit, wait) = match self {
            LimitHit::Minute { limit, wait } => ("llm.limit.minute", u64::from(limit), wait),
            LimitHit::Hour { limit, wait } => ("llm.limit.hour", u64::from(limit), wait),
            LimitHit::Day { limit, wait } => ("llm.limit.day", u64::from(limit), wait),
            LimitHit::Tokens { limit, wait } => ("llm.limit.tokens", limit, wait),
        };
        let limit = crate::format::count(usize::try_from(limit).unwrap_or(usize::MAX), lang);
        fill(lang, key, &[("limit", &limit), ("wait", &waiting(wait))])
    }
}

fn waiting(wait: Duration) -> String {
    let seconds = wait.as_secs().max(1);
    if seconds < 90 { format!("{seconds} s") } else { format!("{} min", seconds.div_ceil(60)) }
}

/// A call in the ledger.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Entry {
    /// Its number, for settling.
    id: String,
    /// When it was made, in milliseconds since 1970.
    at: i64,
    provider: String,
    input: u64,
    output: u64,
    /// US dollars.
    #[serde(default)]
    cost: Decimal,
}

/// How a provider fared last.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Health {
    provider: String,
    failures: u32,
    at: i64,
}

/// What the file holds.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
struct Book {
    v: u32,
    calls: Vec<Entry>,
    #[serde(default)]
    health: Vec<Health>,
}

/// What the calls of the last 24 hours came to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Spent {
    /// Calls in the last minute.
    pub last_minute: u32,
    /// Calls in the last hour.
    pub last_hour: u32,
    /// Calls in the last 24 hours.
    pub last_day: u32,
    /// Tokens in the last 24 hours.
    pub tokens: u64,
    /// US dollars in the last 24 hours, by the prices in the settings.
    pub cost: Decimal,
}

/// A call that was admitted and waits for its count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket(String);

/// The ledger.
#[derive(Debug, Clone)]
pub struct Ledger {
    file: PathBuf,
    /// Stands in where the file cannot be written: the limits then hold for this session.
    memory: Arc<Mutex<Book>>,
}

impl Ledger {
    /// The ledger in `folder`.
    pub fn in_folder(folder: &Path) -> Ledger {
        Ledger { file: folder.join("usage.json"), memory: Arc::default() }
    }

    /// Admits a call, and writes it down with the tokens it will send at least.
    ///
    /// # Errors
    /// The limit that it would exceed; nothing is written then.
    pub fn admit(
        &self,
        provider: ProviderName,
        limits: &CallLimits,
        tokens: u64,
    ) -> Result<Ticket, LimitHit> {
        self.change(|book, now| {
            check(book, limits, now)?;
            let id = uuid::Uuid::now_v7().to_string();
            book.calls.push(Entry {
                id: id.clone(),
                at: now,
                provider: provider.name().to_string(),
                input: tokens,
                output: 0,
                cost: Decimal::ZERO,
            });
            Ok(Ticket(id))
        })
    }

    /// Writes down what an admitted call took.
    pub fn settle(&self, ticket: &Ticket, usage: Usage, cost: Decimal) {
        self.change(|book, _| {
            if let Some(entry) = book.calls.iter_mut().find(|entry| entry.id == ticket.0) {
                (entry.input, entry.output, entry.cost) = (usage.input, usage.output, cost);
            }
        });
    }

    /// Takes back a call that was never sent.
    pub fn withdraw(&self, ticket: &Ticket) {
        self.change(|book, _| book.calls.retain(|entry| entry.id != ticket.0));
    }

    /// Writes down how many times in a row a provider has failed.
    pub fn note_health(&self, provider: ProviderName, failures: u32) {
        self.change(|book, now| {
            book.health.retain(|health| health.provider != provider.name());
            if failures > 0 {
                book.health.push(Health { provider: provider.name().to_string(), failures, at: now });
            }
        });
    }

    /// How many times in a row a provider has failed, and how long ago the last time was.
    pub fn health(&self, provider: ProviderName) -> Option<(u32, Duration)> {
        self.read(|book, now| {
            let health = book.health.iter().find(|health| health.provider == provider.name())?;
            let ago = u64::try_from(now - health.at).unwrap_or(0);
            Some((health.failures, Duration::from_millis(ago)))
        })
    }

    /// What the last calls came to.
    pub fn spent(&self) -> Spent {
        self.read(|book, now| {
            let since = |span: i64| {
                let count = book.calls.iter().filter(|entry| now - entry.at < span).count();
                u32::try_from(count).unwrap_or(u32::MAX)
            };
            Spent {
                last_minute: since(MINUTE),
                last_hour: since(HOUR),
                last_day: since(DAY),
                tokens: tokens(book),
                cost: book.calls.iter().map(|entry| entry.cost).sum(),
            }
        })
    }

    fn read<T>(&self, look: impl FnOnce(&Book, i64) -> T) -> T {
        let now = Utc::now().timestamp_millis();
        let mut book = match fs::read(&self.file) {
            Ok(bytes) => serde_json::from_slice(&bytes).unwrap_or_default(),
            Err(_) => self.memory.lock().map(|book| book.clone()).unwrap_or_default(),
        };
        tidy(&mut book, now);
        look(&book, now)
    }

    fn change<T>(&self, change: impl Fn(&mut Book, i64) -> T) -> T {
        let now = Utc::now().timestamp_millis();
        match self.change_file(&change, now) {
            Ok(done) => done,
            Err(error) => {
                tracing::error!("the ledger of model calls cannot be written: {error}");
                let mut book = match self.memory.lock() {
                    Ok(book) => book,
                    Err(poisoned) => poisoned.into_inner(),
                };
                tidy(&mut book, now);
                change(&mut book, now)
            }
        }
    }

    fn change_file<T>(&self, change: impl Fn(&mut Book, i64) -> T, now: i64) -> io::Result<T> {
        if let Some(folder) = self.file.parent() {
            make_private_folder(folder)?;
        }
        let lock = open_private(&self.file.with_extension("lock"))?;
        lock.lock()?;
        let mut book = match read_book(&self.file) {
            Ok(book) => book,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Book::default(),
            Err(error) => return Err(error),
        };
        tidy(&mut book, now);
        let done = change(&mut book, now);
        book.v = 1;
        write_whole(&self.file, &serde_json::to_vec(&book)?)?;
        Ok(done)
    }
}

/// Reads the book. One that makes no sense is set aside, and a new one begun.
fn read_book(file: &Path) -> io::Result<Book> {
    let mut bytes = Vec::new();
    File::open(file)?.read_to_end(&mut bytes)?;
    match serde_json::from_slice(&bytes) {
        Ok(book) => Ok(book),
        Err(error) => {
            tracing::error!("the ledger of model calls makes no sense and is set aside: {error}");
            fs::rename(file, file.with_extension("broken"))?;
            Ok(Book::default())
        }
    }
}

/// Replaces the file in one step. The disk is not waited for: after a crash of the machine the
/// last calls may be forgotten, which harms nobody.
fn write_whole(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut staged = tempfile::NamedTempFile::new_in(file.parent().unwrap_or(Path::new(".")))?;
    staged.write_all(bytes)?;
    staged.persist(file).map(|_| ()).map_err(|error| error.error)
}

/// Drops what is older than a day; what lies in the future happened now.
fn tidy(book: &mut Book, now: i64) {
    for entry in &mut book.calls {
        entry.at = entry.at.min(now);
    }
    for health in &mut book.health {
        health.at = health.at.min(now);
    }
    book.calls.retain(|entry| now - entry.at < DAY);
    // Yesterday's failures say nothing about today.
    book.health.retain(|health| now - health.at < HOUR);
}

fn tokens(book: &Book) -> u64 {
    book.calls.iter().fold(0, |sum, entry| sum.saturating_add(entry.input).saturating_add(entry.output))
}

fn check(book: &Book, limits: &CallLimits, now: i64) -> Result<(), LimitHit> {
    // The moment from which fewer than `limit` calls lie within the span.
    let over = |span: i64, limit: u32| -> Option<Duration> {
        let mut within: Vec<i64> =
            book.calls.iter().map(|entry| entry.at).filter(|at| now - at < span).collect();
        within.sort_unstable();
        let limit = limit as usize;
        let free = within.len().checked_sub(limit)?;
        let oldest = within.get(free).or(within.last()).copied().unwrap_or(now);
        Some(Duration::from_millis(u64::try_from(oldest + span - now).unwrap_or(0)))
    };
    if let Some(wait) = over(MINUTE, limits.per_minute) {
        return Err(LimitHit::Minute { limit: limits.per_minute, wait });
    }
    if let Some(wait) = over(HOUR, limits.per_hour) {
        return Err(LimitHit::Hour { limit: limits.per_hour, wait });
    }
    if let Some(wait) = over(DAY, limits.per_day) {
        return Err(LimitHit::Day { limit: limits.per_day, wait });
    }
    if tokens(book) >= limits.tokens_per_day {
        let oldest = book.calls.iter().map(|entry| entry.at).min().unwrap_or(now);
        let wait = Duration::from_millis(u64::try_from(oldest + DAY - now).unwrap_or(0));
        return Err(LimitHit::Tokens { limit: limits.tokens_per_day, wait });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROVIDER: ProviderName = ProviderName::OpenAi;

    fn ledger() -> (tempfile::TempDir, Ledger) {
        let folder = tempfile::tempdir().expect("a folder");
        let ledger = Ledger::in_folder(&folder.path().join("llm"));
        (folder, ledger)
    }

    fn limits() -> CallLimits {
        CallLimits { per_minute: 3, ..CallLimits::default() }
    }

    #[test]
    fn limits_hold_across_ledgers_on_the_same_folder() {
        let (folder, ledger) = ledger();
        let other = Ledger::in_folder(&folder.path().join("llm"));
        assert!(ledger.admit(PROVIDER, &limits(), 10).is_ok());
        assert!(other.admit(PROVIDER, &limits(), 10).is_ok());
        assert!(ledger.admit(PROVIDER, &limits(), 10).is_ok());
        let hit = other.admit(PROVIDER, &limits(), 10).expect_err("the fourth in a minute");
        let LimitHit::Minute { limit: 3, wait } = hit else { panic!("{hit:?}") };
        assert!(wait <= Duration::from_secs(60) && wait > Duration::from_secs(50), "{wait:?}");
        assert_eq!(other.spent().last_minute, 3);
    }

    #[test]
    fn a_day_has_its_tokens_and_what_a_call_took_is_what_counts() {
        let (_folder, ledger) = ledger();
        let limits = CallLimits { tokens_per_day: 100, ..CallLimits::default() };
        let ticket = ledger.admit(PROVIDER, &limits, 10).expect("admitted");
        ledger.settle(&ticket, Usage { input: 60, output: 40 }, Decimal::new(12, 4));
        assert!(matches!(ledger.admit(PROVIDER, &limits, 1), Err(LimitHit::Tokens { .. })));
        assert_eq!((ledger.spent().tokens, ledger.spent().cost), (100, Decimal::new(12, 4)));
        ledger.withdraw(&ticket);
        assert!(ledger.admit(PROVIDER, &limits, 1).is_ok());
    }

    #[test]
    fn a_clock_set_back_locks_nobody_out() {
        let now = 1_000_000_000_000;
        let mut book = Book::default();
        let entry = |at| Entry {
            id: String::new(),
            at,
            provider: String::new(),
            input: 0,
            output: 0,
            cost: Decimal::ZERO,
        };
        book.calls = vec![entry(now + 400 * DAY), entry(now - 2 * MINUTE)];
        tidy(&mut book, now);
        assert_eq!(book.calls.iter().map(|e| e.at).collect::<Vec<_>>(), [now, now - 2 * MINUTE]);
        let strict = CallLimits { per_minute: 1, ..CallLimits::default() };
        let wait = match check(&book, &strict, now) {
            Err(LimitHit::Minute { wait, .. }) => wait,
            other => panic!("{other:?}"),
        };
        assert_eq!(wait, Duration::from_secs(60));
    }

    #[test]
    fn a_broken_or_unwritable_ledger_still_limits() {
        let (folder, ledger) = ledger();
        fs::create_dir_all(folder.path().join("llm")).expect("the folder");
        fs::write(folder.path().join("llm/usage.json"), b"\xff{").expect("garbage");
        for _ in 0..3 {
            assert!(ledger.admit(PROVIDER, &limits(), 1).is_ok());
        }
        assert!(ledger.admit(PROVIDER, &limits(), 1).is_err());
        assert!(folder.path().join("llm/usage.broken").exists(), "what was there is kept");

        fs::write(folder.path().join("flat"), b"").expect("a file in the way");
        let nowhere = Ledger::in_folder(&folder.path().join("flat/llm"));
        for _ in 0..3 {
            assert!(nowhere.admit(PROVIDER, &limits(), 1).is_ok());
        }
        assert!(nowhere.admit(PROVIDER, &limits(), 1).is_err());
    }

    #[test]
    fn a_providers_failures_outlive_the_session() {
        let (folder, ledger) = ledger();
        ledger.note_health(PROVIDER, 4);
        let other = Ledger::in_folder(&folder.path().join("llm"));
        let (failures, ago) = other.health(PROVIDER).expect("remembered");
        assert!(failures == 4 && ago < Duration::from_secs(5));
        other.note_health(PROVIDER, 0);
        assert_eq!(ledger.health(PROVIDER), None);
    }

    #[cfg(unix)]
    #[test]
    fn only_its_owner_reads_the_ledger() {
        use std::os::unix::fs::PermissionsExt;
        let (folder, ledger) = ledger();
        ledger.admit(PROVIDER, &limits(), 1).expect("admitted");
        let mode = fs::metadata(folder.path().join("llm/usage.json")).expect("the file").permissions().mode();
        assert_eq!(mode & 0o077, 0);
    }

    #[test]
    fn sentences_say_how_long_to_wait() {
        let hit = LimitHit::Minute { limit: 5, wait: Duration::from_secs(42) };
        for lang in Lang::ALL {
            assert!(hit.sentence(lang).contains("42 s"), "{}", hit.sentence(lang));
        }
    }
}
