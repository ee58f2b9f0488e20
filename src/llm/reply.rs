//! What comes of asking: how it goes, who watches, an answer or why there is none, and how
//! the providers stand.

use std::time::Duration;

use futures::future::BoxFuture;
use rust_decimal::Decimal;

use super::error::CallError;
use super::provider::{Answer, Usage};
use crate::config::ProviderName;
use crate::i18n::Lang;

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
        /// Its model.
        model: String,
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
    /// Who was asked before, with which model, and why that gave no answer either.
    pub passed: Vec<(ProviderName, String, CallError)>,
    /// Whether anything was sent to anybody.
    pub sent: bool,
    /// Tokens spent.
    pub usage: Usage,
    /// US dollars spent.
    pub cost: Decimal,
}

impl NoReply {
    /// What happened and what to do, one sentence for each provider that was asked.
    pub fn sentence(&self, lang: Lang) -> String {
        let before = self.passed.iter().map(|(name, model, error)| error.sentence(*name, model, lang));
        let last = self.error.sentence(self.provider, &self.model, lang);
        before.chain([last]).collect::<Vec<_>>().join(" ")
    }
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
