//! What helps where the planner passes: verified pairs and language models.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::NaiveDate;
use futures::future::BoxFuture;
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::model::Turn;
use super::{Event, Proposal, QuestionId};
use crate::ask::{Abstain, Plan};
use crate::audit::{AuditEvent, AuditLog};
use crate::config::{AuditFailure, ProviderName};
use crate::frame::Frame;
use crate::i18n::Lang;
use crate::llm::comment::Comment;
use crate::llm::dialogue::{Asked, Conversation, Trace};
use crate::llm::{Models, Observer, Progress, Received};

/// Who understands questions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// The planner and the verified pairs: nothing leaves this machine.
    #[default]
    Offline,
    /// Where these pass, the configured providers.
    Auto,
    /// This provider, for every question that is not refused, unclear or hopeless.
    Named(ProviderName),
}

/// What a session has to help.
#[derive(Debug, Clone, Default)]
pub struct Assist {
    /// The providers of language models.
    pub models: Option<Arc<Models>>,
    /// When they are asked.
    pub mode: Mode,
    /// The user's file of verified pairs; none are used without.
    pub verified: Option<PathBuf>,
    /// Where it is kept what the user has consented to.
    pub consent: Option<PathBuf>,
}

impl Assist {
    /// Who is asked, in order; nobody in offline mode.
    pub(super) fn chain(&self) -> Vec<ProviderName> {
        match (self.mode, &self.models) {
            (Mode::Offline, _) | (_, None) => Vec::new(),
            (Mode::Auto, Some(models)) => models.settings().chain(),
            (Mode::Named(name), Some(_)) => vec![name],
        }
    }
}

/// Models being asked and what they said, kept by the session.
#[derive(Default)]
pub(super) struct Assisting {
    pub options: Assist,
    pub asking: JoinSet<Answered>,
    pub under_way: HashMap<tokio::task::Id, UnderWay>,
    /// Questions whose answer a model is to give.
    pub waiting: HashMap<QuestionId, Waiting>,
    /// What models said, by question: the same question is not paid for twice.
    pub remembered: VecDeque<(Key, Conversation)>,
    /// Comments by result and language: one call each.
    pub comments: HashMap<(QuestionId, Lang), Arc<Comment>>,
    /// What may still be asked about: repaired, marked, commented on.
    pub settled: BTreeMap<QuestionId, Settled>,
    /// Whether a failure to use the verified pairs was told.
    pub memory_failed: bool,
}

/// Conversations kept to answer the same question again.
const REMEMBERED: usize = 32;
/// Answers that can still be marked or commented on.
const SETTLED: usize = 8;

/// A question as a model sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key {
    pub question: String,
    pub lang: Lang,
    pub today: NaiveDate,
    pub before: Option<String>,
    pub chain: Vec<ProviderName>,
}

/// A model that is being asked.
pub(super) struct UnderWay {
    pub id: SharedId,
    pub key: Key,
    pub cancel: CancellationToken,
}

/// A question that waits for a model, and what the planner made of it.
pub(super) struct Waiting {
    pub turn: Turn,
    pub planned: Option<Box<Plan>>,
    pub passed: Option<Abstain>,
}

/// The number under which a question's events go out; asking the same again changes it.
#[derive(Debug, Clone)]
pub(super) struct SharedId(Arc<AtomicU64>);

impl SharedId {
    pub fn new(id: QuestionId) -> SharedId {
        SharedId(Arc::new(AtomicU64::new(id.0)))
    }

    pub fn get(&self) -> QuestionId {
        QuestionId(self.0.load(Ordering::SeqCst))
    }

    pub fn set(&self, id: QuestionId) {
        self.0.store(id.0, Ordering::SeqCst);
    }
}

/// What a task that asked a model brings back.
pub(super) enum Answered {
    /// A question's answer.
    Question(Box<Asked>, Box<Conversation>),
    /// A comment on a result, and its language.
    Comment(Lang, Box<Comment>),
}

/// An answer that was proposed and perhaps run.
pub(super) struct Settled {
    pub proposal: Proposal,
    pub lang: Lang,
    /// Whether the question leans on the one before, and so means nothing by itself.
    pub leans: bool,
    pub asked: Option<Asked>,
    pub trace: Option<Arc<Trace>>,
    /// The verified pair it came from.
    pub pair: Option<String>,
    /// What came of running it.
    pub frame: Option<Frame>,
    /// How running it failed.
    pub failure: Option<String>,
}

impl Assisting {
    pub fn new(options: Assist) -> Assisting {
        Assisting { options, ..Assisting::default() }
    }

    pub fn remember(&mut self, key: Key, conversation: Conversation) {
        self.remembered.retain(|(known, _)| *known != key);
        self.remembered.push_back((key, conversation));
        while self.remembered.len() > REMEMBERED {
            self.remembered.pop_front();
        }
    }

    pub fn remembered(&self, key: &Key) -> Option<Conversation> {
        self.remembered.iter().find(|(known, _)| known == key).map(|(_, said)| said.clone())
    }

    pub fn settle(&mut self, id: QuestionId, settled: Settled) {
        self.settled.insert(id, settled);
        while self.settled.len() > SETTLED {
            self.settled.pop_first();
        }
    }

    /// Stops everything that is being asked for this question.
    pub fn cancel(&self, id: QuestionId) {
        for asked in self.under_way.values().filter(|asked| asked.id.get() == id) {
            asked.cancel.cancel();
        }
    }

    /// Stops everything and forgets what was said: it was said about other data.
    pub fn forget(&mut self) {
        self.cancel_all();
        self.under_way.clear();
        self.waiting.clear();
        self.remembered.clear();
        self.comments.clear();
        self.settled.clear();
    }

    /// Stops everything.
    pub fn cancel_all(&self) {
        self.under_way.values().for_each(|asked| asked.cancel.cancel());
    }
}

/// Tells the front end and the audit log how a model is being asked.
pub(super) struct Watching {
    pub id: SharedId,
    pub hidden: usize,
    pub purpose: &'static str,
    pub events: UnboundedSender<Event>,
    pub audit: AuditLog,
    pub on_audit_failure: AuditFailure,
}

impl Watching {
    async fn record(&self, event: AuditEvent) -> bool {
        let audit = self.audit.clone();
        match tokio::task::spawn_blocking(move || audit.append(&event)).await {
            Ok(Ok(_)) => true,
            Ok(Err(error)) => {
                tracing::error!("a call to a model could not be recorded: {error}");
                false
            }
            Err(_) => false,
        }
    }
}

impl Observer for Watching {
    fn sending<'a>(&'a self, provider: ProviderName, model: &'a str, bytes: usize) -> BoxFuture<'a, bool> {
        Box::pin(async move {
            let recorded = self.record(AuditEvent::LlmSent {
                id: self.id.get().0,
                purpose: self.purpose.to_string(),
                provider: provider.name().to_string(),
                model: model.to_string(),
                bytes: bytes as u64,
                hidden: self.hidden as u64,
            });
            recorded.await || self.on_audit_failure == AuditFailure::Warn
        })
    }

    fn received<'a>(&'a self, received: &'a Received) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            let outcome = received.error.as_ref().map_or("answered", |error| error.json_name());
            self.record(AuditEvent::LlmReceived {
                id: self.id.get().0,
                provider: received.provider.name().to_string(),
                model: received.model.clone(),
                bytes: received.bytes,
                input_tokens: received.usage.input,
                output_tokens: received.usage.output,
                outcome: outcome.to_string(),
            })
            .await;
        })
    }

    fn tell(&self, progress: Progress) {
        // A front end that is gone needs no telling.
        let _ = self.events.send(Event::Asking { id: self.id.get(), progress });
    }
}
