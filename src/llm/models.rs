//! The providers together: who is asked, whether a call may be made, how often it is repeated,
//! who is asked instead, and what it cost. One call is under way at a time, for all sessions
//! of the user.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

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
use super::queue::only_call;
use super::reply::{NoReply, Observer, Progress, Received, Reply, Standing};
use super::retry::wait_before;
use super::{anthropic, ollama, openai, price};
use crate::config::llm::{LlmSettings, ProviderName, Timing};

/// How often a wait tells how long it still takes.
const COUNTDOWN: Duration = Duration::from_secs(1);

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
                        Some(to) => {
                            let model = self.model(name);
                            bill.passed.push((name, model.clone(), error.clone()));
                            observer.tell(Progress::FellBack { from: name, model, error, to });
                        }
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
        NoReply {
            provider,
            model: self.model(provider),
            error,
            passed: bill.passed.clone(),
            sent: bill.sent,
            usage: bill.usage,
            cost: bill.cost,
        }
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
        let mut before = None;
        loop {
            let error = match self.call(&provider, prompt, attempt, observer, bill).await {
                Ok(answer) => return Ok(answer),
                // That there is no other call says less than why one was wanted.
                Err(CallError::Limit(hit)) => return Err(before.unwrap_or(CallError::Limit(hit))),
                Err(error) => error,
            };
            attempt += 1;
            match wait_before(attempt, &error, &self.settings.timing, fastrand::f64()) {
                Some(wait) => self.wait(name, &error, wait, observer).await,
                None => return Err(error),
            }
            before = Some(error);
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
        let _only_one = only_call(&self.lock, self.settings.timing.first_seconds, observer).await?;
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
        bill.sent = true;
        let on_piece = |piece: &str| observer.tell(Progress::Piece(piece.to_string()));
        let called = provider.call(prompt, &on_piece).await;
        let Some(under_way) = bill.under_way.take() else { return called };
        match called {
            Ok(answer) => {
                let words = answer.text.len() + answer.tool.as_ref().map_or(0, |tool| tool.arguments.len());
                // A count of nothing is no count.
                let usage = answer
                    .usage
                    .filter(|usage| *usage != Usage::default())
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
    /// Who gave no answer.
    passed: Vec<(ProviderName, String, CallError)>,
    sent: bool,
    under_way: Option<UnderWay>,
}

struct UnderWay {
    ticket: Ticket,
    tokens: u64,
}
