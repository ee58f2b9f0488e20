//! The providers together: who is asked, whether a call may be made, how often it is repeated,
//! who is asked instead, and what it cost. One call is under way at a time, for all sessions
//! of the user.

use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use futures::future::BoxFuture;
use rust_decimal::Decimal;
use tokio_util::sync::CancellationToken;

use super::breaker::Breaker;
use super::dialect::Dialect;
use super::error::{CallError, Stage};
use super::http::HttpProvider;
use super::keys::KeySource;
use super::limits::{Ledger, Spent, Ticket};
use super::prompt::Prompt;
use super::provider::{Answer, Provider, Usage};
use super::retry::wait_before;
use super::{anthropic, ollama, openai, price};
use crate::config::llm::{LlmSettings, ProviderName, Timing};
use crate::memory::open_private;

/// How often a wait tells how long it still takes.
const COUNTDOWN: Duration = Duration::from_secs(1);
/// How often the lock of the call under way is tried.
const TRY_LOCK: Duration = Duration::from_millis(50);

/// What happens while a model is asked.
#[derive(Debug, Clone, PartialEq)]
pub enum Progress {
    /// A call is sent.
    Sending {
        /// To whom.
        provider: ProviderName,
        /// For which model.
        model: String,
        /// Bytes of the request.
        bytes: usize,
        /// Which call for this answer, from 1.
        attempt: u32,
    },
    /// A piece of the answer, uncleaned.
    Piece(String),
    /// A call failed; there is a wait before the next.
    Waiting {
        /// Whose call.
        provider: ProviderName,
        /// Why.
        error: CallError,
        /// How long still.
        left: Duration,
    },
    /// Another call of this user is under way and is waited for.
    Queued,
    /// The answer was sent back with what is wrong with it, for this many times now.
    SentBack(usize),
    /// A provider could not answer; the next is asked.
    FellBack {
        /// Who could not.
        from: ProviderName,
        /// Why.
        error: CallError,
        /// Who is asked now.
        to: ProviderName,
    },
}

/// A call as the audit log keeps it.
#[derive(Debug, Clone, PartialEq)]
pub struct Received {
    /// Who answered, or did not.
    pub provider: ProviderName,
    /// The model.
    pub model: String,
    /// Bytes received.
    pub bytes: u64,
    /// Tokens, estimated where the provider does not say.
    pub usage: Usage,
    /// How it failed, if it did.
    pub error: Option<CallError>,
}

/// Who watches a question being asked.
pub trait Observer: Send + Sync {
    /// A call is about to be sent. `false`: it could not be recorded and must not be.
    fn sending<'a>(&'a self, provider: ProviderName, model: &'a str, bytes: usize) -> BoxFuture<'a, bool>;

    /// A call has ended.
    fn received<'a>(&'a self, received: &'a Received) -> BoxFuture<'a, ()>;

    /// Something to show.
    fn tell(&self, progress: Progress);
}

/// An answer and where it came from.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    /// The answer.
    pub answer: Answer,
    /// Who gave it.
    pub provider: ProviderName,
    /// With which model.
    pub model: String,
    /// Tokens of all calls for it, estimated where the provider does not say.
    pub usage: Usage,
    /// US dollars of all calls for it, by the settings' prices.
    pub cost: Decimal,
}

/// No answer: whose the last failure is, and what was spent on the way.
#[derive(Debug, Clone, PartialEq)]
pub struct NoReply {
    /// Who was asked last.
    pub provider: ProviderName,
    /// With which model.
    pub model: String,
    /// Why there is no answer.
    pub error: CallError,
    /// Tokens spent.
    pub usage: Usage,
    /// US dollars spent.
    pub cost: Decimal,
}

/// How a provider stands, for people.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// Who.
    pub provider: ProviderName,
    /// The model it is asked for.
    pub model: String,
    /// Where it listens.
    pub base_url: String,
    /// Whether it is this machine.
    pub is_local: bool,
    /// Whether its key is there; an error says why it cannot be read.
    pub key: Result<bool, String>,
    /// Failures in a row.
    pub failures: u32,
    /// How long it is still left alone.
    pub open_for: Option<Duration>,
}

/// The providers.
pub struct Models {
    settings: LlmSettings,
    keys: KeySource,
    providers: HashMap<ProviderName, Arc<dyn Provider>>,
    breakers: Mutex<HashMap<ProviderName, Breaker>>,
    ledger: Ledger,
    lock: PathBuf,
    in_session: tokio::sync::Mutex<()>,
}

impl std::fmt::Debug for Models {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Models").finish_non_exhaustive()
    }
}

impl Models {
    /// The providers of the settings; their ledger is kept in `folder`.
    pub fn new(settings: LlmSettings, keys: KeySource, folder: &Path) -> Models {
        let provider = |name: ProviderName| {
            let dialect: Box<dyn Dialect> = match name {
                ProviderName::OpenAi | ProviderName::Grok => Box::new(openai::OpenAi),
                ProviderName::Anthropic => Box::new(anthropic::Anthropic),
                ProviderName::Ollama => Box::new(ollama::Ollama),
            };
            let own = settings.of(name).clone();
            let provider = HttpProvider::new(name, own, settings.timing, dialect, keys.clone());
            (name, Arc::new(provider) as Arc<dyn Provider>)
        };
        let providers = ProviderName::ALL.into_iter().map(provider).collect();
        Models::with_providers(settings.clone(), keys.clone(), providers, folder)
    }

    /// Providers of one's own, for tests.
    pub(crate) fn with_providers(
        settings: LlmSettings,
        keys: KeySource,
        providers: HashMap<ProviderName, Arc<dyn Provider>>,
        folder: &Path,
    ) -> Models {
        let ledger = Ledger::in_folder(folder);
        let now = Instant::now();
        let breaker = |name: &ProviderName| {
            let breaker = Breaker::new(settings.timing.breaker_failures, settings.timing.breaker_seconds);
            let breaker = match ledger.health(*name) {
                Some((failures, ago)) => breaker.resumed(failures, ago, now),
                None => breaker,
            };
            (*name, breaker)
        };
        Models {
            breakers: Mutex::new(providers.keys().map(breaker).collect()),
            lock: folder.join("call.lock"),
            in_session: tokio::sync::Mutex::new(()),
            settings,
            keys,
            providers,
            ledger,
        }
    }

    /// The settings.
    pub fn settings(&self) -> &LlmSettings {
        &self.settings
    }

    /// What the last calls came to. Reads a file.
    pub fn spent(&self) -> Spent {
        self.ledger.spent()
    }

    /// How the providers stand. Reads keys.
    pub fn standings(&self) -> Vec<Standing> {
        let now = Instant::now();
        ProviderName::ALL
            .into_iter()
            .map(|name| {
                let own = self.settings.of(name);
                let (failures, open_for) = self
                    .breakers()
                    .get(&name)
                    .map_or((0, None), |breaker| (breaker.failures(), breaker.open_for(now)));
                Standing {
                    provider: name,
                    model: own.model.clone(),
                    base_url: own.base_url.clone(),
                    is_local: own.is_local(),
                    key: self.keys.key(name).map(|key| key.is_some()),
                    failures,
                    open_for,
                }
            })
            .collect()
    }

    /// Bytes that asking `name` would send.
    pub fn size(&self, name: ProviderName, prompt: &Prompt) -> usize {
        self.providers.get(&name).map_or(0, |provider| provider.size(prompt))
    }

    /// Asks the providers of `chain`, one after another, until one answers.
    ///
    /// # Errors
    /// [`NoReply`] with the last failure.
    pub async fn ask(
        &self,
        chain: &[ProviderName],
        prompt: &Prompt,
        observer: &dyn Observer,
        cancel: &CancellationToken,
    ) -> Result<Reply, NoReply> {
        let deadline = tokio::time::Instant::now() + self.settings.timing.total_seconds;
        let mut bill = Bill::default();
        let mut names = chain.iter().copied().peekable();
        loop {
            let Some(name) = names.next() else {
                let provider = chain.first().copied().unwrap_or(ProviderName::OpenAi);
                return Err(self.no_reply(provider, CallError::NoKey, &bill));
            };
            let asked = tokio::select! {
                biased;
                () = cancel.cancelled() => Err(CallError::Cancelled),
                () = tokio::time::sleep_until(deadline) => Err(CallError::TooSlow(Stage::Total)),
                asked = self.ask_one(name, prompt, observer, &mut bill) => asked,
            };
            match asked {
                Ok(answer) => {
                    let model = self.model(name);
                    return Ok(Reply { answer, provider: name, model, usage: bill.usage, cost: bill.cost });
                }
                Err(error) => {
                    self.abandon(name, &error, &mut bill, observer).await;
                    match names.peek().copied().filter(|_| error.may_fall_back()) {
                        Some(to) => observer.tell(Progress::FellBack { from: name, error, to }),
                        None => return Err(self.no_reply(name, error, &bill)),
                    }
                }
            }
        }
    }

    fn model(&self, name: ProviderName) -> String {
        self.providers.get(&name).map(|provider| provider.model().to_string()).unwrap_or_default()
    }

    fn no_reply(&self, provider: ProviderName, error: CallError, bill: &Bill) -> NoReply {
        NoReply { provider, model: self.model(provider), error, usage: bill.usage, cost: bill.cost }
    }

    /// A call that was dropped half-way still ends in the ledger, the log and the breaker.
    async fn abandon(&self, name: ProviderName, error: &CallError, bill: &mut Bill, observer: &dyn Observer) {
        let Some(under_way) = bill.under_way.take() else { return };
        let usage = Usage { input: under_way.tokens, output: 0 };
        self.end_call(name, under_way.ticket, usage, Some(error.clone()), 0, bill, observer).await;
    }

    /// Asks one provider, again where that may help.
    async fn ask_one(
        &self,
        name: ProviderName,
        prompt: &Prompt,
        observer: &dyn Observer,
        bill: &mut Bill,
    ) -> Result<Answer, CallError> {
        let Some(provider) = self.providers.get(&name).cloned() else { return Err(CallError::NoKey) };
        let mut attempt = 1;
        loop {
            let error = match self.call(&provider, prompt, attempt, observer, bill).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            attempt += 1;
            match wait_before(attempt, &error, &self.settings.timing, fastrand::f64()) {
                Some(wait) => self.wait(name, &error, wait, observer).await,
                None => return Err(error),
            }
        }
    }

    async fn wait(&self, provider: ProviderName, error: &CallError, wait: Duration, observer: &dyn Observer) {
        let until = tokio::time::Instant::now() + wait;
        loop {
            let left = until.saturating_duration_since(tokio::time::Instant::now());
            if left.is_zero() {
                return;
            }
            observer.tell(Progress::Waiting { provider, error: error.clone(), left });
            tokio::time::sleep(left.min(COUNTDOWN)).await;
        }
    }

    /// One call, if it may be made.
    async fn call(
        &self,
        provider: &Arc<dyn Provider>,
        prompt: &Prompt,
        attempt: u32,
        observer: &dyn Observer,
        bill: &mut Bill,
    ) -> Result<Answer, CallError> {
        let name = provider.name();
        let _only_one_here = self.in_session.lock().await;
        let _only_one = self.only_call(observer).await?;
        self.admit(name)?;
        let bytes = provider.size(prompt);
        let tokens = price::estimated_tokens(bytes);
        let ticket = match self.ticket(name, tokens).await {
            Ok(ticket) => ticket,
            Err(error) => {
                self.decide(name, |breaker| breaker.undecided(Instant::now()));
                return Err(error);
            }
        };
        if !observer.sending(name, provider.model(), bytes).await {
            self.decide(name, |breaker| breaker.undecided(Instant::now()));
            self.in_ledger(move |ledger| ledger.withdraw(&ticket)).await;
            return Err(CallError::NotRecorded);
        }
        let model = provider.model().to_string();
        observer.tell(Progress::Sending { provider: name, model, bytes, attempt });
        bill.under_way = Some(UnderWay { ticket, tokens });
        let on_piece = |piece: &str| observer.tell(Progress::Piece(piece.to_string()));
        let called = provider.call(prompt, &on_piece).await;
        let Some(under_way) = bill.under_way.take() else { return called };
        match called {
            Ok(answer) => {
                let words = answer.text.len() + answer.tool.as_ref().map_or(0, |tool| tool.arguments.len());
                let usage = answer
                    .usage
                    .unwrap_or_else(|| Usage { input: tokens, output: price::estimated_tokens(words) });
                self.end_call(name, under_way.ticket, usage, None, answer.bytes, bill, observer).await;
                Ok(answer)
            }
            Err(error) => {
                // Whether a failed call was billed is the provider's secret: it counts as sent
                // where an answer had begun, and not at all where none had.
                let begun = !error.is_worth_repeating() && error.is_a_failure_of_the_provider();
                let usage = Usage { input: if begun { tokens } else { 0 }, output: 0 };
                self.end_call(name, under_way.ticket, usage, Some(error.clone()), 0, bill, observer).await;
                Err(error)
            }
        }
    }

    /// Writes a call's end down everywhere.
    #[expect(clippy::too_many_arguments, reason = "everything a call's end is made of")]
    async fn end_call(
        &self,
        provider: ProviderName,
        ticket: Ticket,
        usage: Usage,
        error: Option<CallError>,
        bytes: u64,
        bill: &mut Bill,
        observer: &dyn Observer,
    ) {
        let now = Instant::now();
        let before = self.failures(provider);
        self.decide(provider, |breaker| match &error {
            None => breaker.succeeded(),
            Some(error) if error.is_a_failure_of_the_provider() => breaker.failed(now),
            Some(_) => breaker.undecided(now),
        });
        let failures = self.failures(provider);
        let cost = price::cost(usage, self.settings.of(provider));
        bill.usage = bill.usage + usage;
        bill.cost += cost;
        self.in_ledger(move |ledger| {
            ledger.settle(&ticket, usage, cost);
            if failures != before {
                ledger.note_health(provider, failures);
            }
        })
        .await;
        let model = self.model(provider);
        observer.received(&Received { provider, model, bytes, usage, error }).await;
    }

    async fn ticket(&self, name: ProviderName, tokens: u64) -> Result<Ticket, CallError> {
        let limits = self.settings.limits;
        match self.in_ledger(move |ledger| ledger.admit(name, &limits, tokens)).await {
            Some(admitted) => admitted.map_err(CallError::Limit),
            None => Err(CallError::Busy),
        }
    }

    async fn in_ledger<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Ledger) -> T + Send + 'static,
    ) -> Option<T> {
        let ledger = self.ledger.clone();
        tokio::task::spawn_blocking(move || work(&ledger)).await.ok()
    }

    /// The right to be the user's one call, over all processes. Where the lock cannot be
    /// had at all, the session's own lock must do.
    async fn only_call(&self, observer: &dyn Observer) -> Result<Option<File>, CallError> {
        if let Some(folder) = self.lock.parent() {
            let _ = crate::config::make_private_folder(folder);
        }
        let Ok(file) = open_private(&self.lock) else { return Ok(None) };
        let mut told = false;
        let patience = tokio::time::Instant::now() + self.settings.timing.first_seconds;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Some(file)),
                Err(std::fs::TryLockError::WouldBlock) if tokio::time::Instant::now() >= patience => {
                    return Err(CallError::Busy);
                }
                Err(std::fs::TryLockError::WouldBlock) => {
                    if !std::mem::replace(&mut told, true) {
                        observer.tell(Progress::Queued);
                    }
                    tokio::time::sleep(TRY_LOCK).await;
                }
                Err(std::fs::TryLockError::Error(_)) => return Ok(None),
            }
        }
    }

    fn breakers(&self) -> MutexGuard<'_, HashMap<ProviderName, Breaker>> {
        match self.breakers.lock() {
            Ok(breakers) => breakers,
            Err(poisoned) => poisoned.into_inner(),
        }
    }

    fn admit(&self, name: ProviderName) -> Result<(), CallError> {
        match self.breakers().get_mut(&name) {
            Some(breaker) => breaker.admit(Instant::now()).map_err(CallError::LeftAlone),
            None => Ok(()),
        }
    }

    fn decide(&self, name: ProviderName, change: impl FnOnce(&mut Breaker)) {
        if let Some(breaker) = self.breakers().get_mut(&name) {
            change(breaker);
        }
    }

    fn failures(&self, name: ProviderName) -> u32 {
        self.breakers().get(&name).map_or(0, Breaker::failures)
    }

    /// How long calls may take.
    pub fn timing(&self) -> Timing {
        self.settings.timing
    }
}

/// What has been spent on an answer, and the call that is under way.
#[derive(Default)]
struct Bill {
    usage: Usage,
    cost: Decimal,
    under_way: Option<UnderWay>,
}

struct UnderWay {
    ticket: Ticket,
    tokens: u64,
}
