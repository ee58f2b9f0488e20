//! What can go wrong with a call, and what each means for repeating it.

use std::time::Duration;

use super::limits::LimitHit;
use crate::config::ProviderName;
use crate::i18n::{Lang, fill, text};
use crate::sanitize::display_safe_within;

/// Bytes of a provider's own words that are shown.
const SHOWN: usize = 240;

/// Which wait ran out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Until the connection stood.
    Connect,
    /// Until the first byte.
    First,
    /// Between two pieces.
    Stall,
    /// Altogether.
    Total,
}

/// A call without a usable answer. Words of the provider are hostile until cleaned.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// No key is stored, and the provider needs one.
    #[error("no key")]
    NoKey,
    /// The key cannot be read.
    #[error("the key cannot be read: {detail}")]
    KeyUnreadable {
        /// Why.
        detail: String,
    },
    /// The provider rejects the key (401, 403).
    #[error("status {status}")]
    Unauthorised {
        /// The status.
        status: u16,
    },
    /// The provider has no such model or address (404).
    #[error("status 404: {detail}")]
    NotFound {
        /// The provider's words.
        detail: String,
    },
    /// The provider rejects the request itself (other 4xx).
    #[error("status {status}: {detail}")]
    Rejected {
        /// The status.
        status: u16,
        /// The provider's words.
        detail: String,
    },
    /// The account has no credit left (429 that waiting does not mend).
    #[error("no credit: {detail}")]
    NoCredit {
        /// The provider's words.
        detail: String,
    },
    /// Too many calls for the provider (429).
    #[error("too many calls")]
    TooMany {
        /// How long it wants to be left alone.
        wait: Option<Duration>,
    },
    /// The provider is down or overloaded (408, 5xx).
    #[error("status {status}")]
    Down {
        /// The status.
        status: u16,
        /// How long it wants to be left alone.
        wait: Option<Duration>,
    },
    /// It wants to send the call elsewhere, which is never followed.
    #[error("redirect {status}")]
    Redirected {
        /// The status.
        status: u16,
    },
    /// There is no connection.
    #[error("no connection: {detail}")]
    Unreachable {
        /// The system's words.
        detail: String,
    },
    /// It took too long.
    #[error("too slow: {0:?}")]
    TooSlow(Stage),
    /// The connection broke.
    #[error("the connection broke")]
    Broken {
        /// Whether part of an answer had come.
        begun: bool,
    },
    /// What came is not an answer of this protocol.
    #[error("not an answer")]
    NotAnAnswer,
    /// The answer is longer than is read.
    #[error("too long")]
    TooLong,
    /// The stream ended before its end mark.
    #[error("cut off")]
    CutOff,
    /// The model ran out of its tokens.
    #[error("out of tokens")]
    OutOfTokens,
    /// The model will not answer.
    #[error("declined: {words}")]
    Declined {
        /// Its words.
        words: String,
    },
    /// The user stopped it.
    #[error("cancelled")]
    Cancelled,
    /// A limit of our own.
    #[error("limit")]
    Limit(LimitHit),
    /// The provider failed too often and is left alone for a while.
    #[error("left alone for {0:?}")]
    LeftAlone(Duration),
    /// Another call of this user is under way.
    #[error("another call is under way")]
    Busy,
    /// The audit log cannot be written, and without it nothing is sent.
    #[error("not recorded")]
    NotRecorded,
}

impl CallError {
    /// Whether another call may do better. Where part of an answer had come, it was paid
    /// for: asking again would be a second bill.
    pub fn is_worth_repeating(&self) -> bool {
        match self {
            CallError::TooMany { .. } | CallError::Down { .. } | CallError::Unreachable { .. } => true,
            CallError::TooSlow(stage) => matches!(stage, Stage::Connect | Stage::First),
            CallError::Broken { begun } => !begun,
            _ => false,
        }
    }

    /// How long the provider wants to be left alone before another call.
    pub fn wait(&self) -> Option<Duration> {
        match self {
            CallError::TooMany { wait } | CallError::Down { wait, .. } => *wait,
            _ => None,
        }
    }

    /// Whether it speaks against the provider's health, which the circuit breaker counts.
    pub fn is_a_failure_of_the_provider(&self) -> bool {
        match self {
            CallError::TooMany { .. }
            | CallError::Down { .. }
            | CallError::Redirected { .. }
            | CallError::Unreachable { .. }
            | CallError::TooSlow(_)
            | CallError::Broken { .. }
            | CallError::NotAnAnswer
            | CallError::TooLong
            | CallError::CutOff => true,
            CallError::NoKey
            | CallError::KeyUnreadable { .. }
            | CallError::Unauthorised { .. }
            | CallError::NotFound { .. }
            | CallError::Rejected { .. }
            | CallError::NoCredit { .. }
            | CallError::OutOfTokens
            | CallError::Declined { .. }
            | CallError::Cancelled
            | CallError::Limit(_)
            | CallError::LeftAlone(_)
            | CallError::Busy
            | CallError::NotRecorded => false,
        }
    }

    /// Whether another provider is worth asking.
    pub fn may_fall_back(&self) -> bool {
        !matches!(self, CallError::Cancelled | CallError::Limit(_) | CallError::NotRecorded | CallError::Busy)
    }

    /// The name that logs and scripts see.
    pub fn json_name(&self) -> &'static str {
        match self {
            CallError::NoKey => "no_key",
            CallError::KeyUnreadable { .. } => "key_unreadable",
            CallError::Unauthorised { .. } => "unauthorised",
            CallError::NotFound { .. } => "not_found",
            CallError::Rejected { .. } => "rejected",
            CallError::NoCredit { .. } => "no_credit",
            CallError::TooMany { .. } => "too_many",
            CallError::Down { .. } => "down",
            CallError::Redirected { .. } => "redirected",
            CallError::Unreachable { .. } => "unreachable",
            CallError::TooSlow(_) => "too_slow",
            CallError::Broken { .. } => "broken",
            CallError::NotAnAnswer => "not_an_answer",
            CallError::TooLong => "too_long",
            CallError::CutOff => "cut_off",
            CallError::OutOfTokens => "out_of_tokens",
            CallError::Declined { .. } => "declined",
            CallError::Cancelled => "cancelled",
            CallError::Limit(_) => "limit",
            CallError::LeftAlone(_) => "left_alone",
            CallError::Busy => "busy",
            CallError::NotRecorded => "not_recorded",
        }
    }

    /// What happened, in short, while another call is waited for.
    pub fn in_short(&self, provider: ProviderName, lang: Lang) -> String {
        let mut values = vec![("provider", provider.name().to_string())];
        let key = match self {
            CallError::TooMany { wait: Some(wait) } => {
                values.push(("seconds", wait.as_secs().max(1).to_string()));
                "llm.again.too_many_wait"
            }
            CallError::TooMany { wait: None } => "llm.again.too_many",
            CallError::Down { status, .. } => {
                values.push(("status", status.to_string()));
                "llm.again.down"
            }
            CallError::Unreachable { .. } => "llm.again.unreachable",
            CallError::Broken { .. } => "llm.again.broken",
            _ => "llm.again.slow",
        };
        let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
        fill(lang, key, &values)
    }

    /// What happened and what to do, as one sentence.
    pub fn sentence(&self, provider: ProviderName, model: &str, lang: Lang) -> String {
        let model = display_safe_within(model, SHOWN);
        let mut values = vec![("provider", provider.name().to_string()), ("model", model.into_string())];
        let key = match self {
            CallError::NoKey => "llm.error.no_key",
            CallError::KeyUnreadable { detail } => {
                values.push(("detail", shown(detail)));
                "llm.error.key_unreadable"
            }
            CallError::Unauthorised { status } => {
                values.push(("status", status.to_string()));
                "llm.error.unauthorised"
            }
            CallError::NotFound { .. } => "llm.error.not_found",
            CallError::Rejected { status, detail } => {
                values.push(("status", status.to_string()));
                values.push(("detail", shown(detail)));
                "llm.error.rejected"
            }
            CallError::NoCredit { .. } => "llm.error.no_credit",
            CallError::TooMany { wait: Some(wait) } => {
                values.push(("seconds", wait.as_secs().max(1).to_string()));
                "llm.error.too_many_wait"
            }
            CallError::TooMany { wait: None } => "llm.error.too_many",
            CallError::Down { status, .. } => {
                values.push(("status", status.to_string()));
                "llm.error.down"
            }
            CallError::Redirected { .. } => "llm.error.redirected",
            CallError::Unreachable { detail } => {
                values.push(("detail", shown(detail)));
                "llm.error.unreachable"
            }
            CallError::TooSlow(Stage::Connect) => "llm.error.slow_connect",
            CallError::TooSlow(Stage::First) => "llm.error.slow_first",
            CallError::TooSlow(Stage::Stall) => "llm.error.slow_stall",
            CallError::TooSlow(Stage::Total) => "llm.error.slow_total",
            CallError::Broken { .. } => "llm.error.broken",
            CallError::NotAnAnswer => "llm.error.not_an_answer",
            CallError::TooLong => "llm.error.too_long",
            CallError::CutOff => "llm.error.cut_off",
            CallError::OutOfTokens => "llm.error.out_of_tokens",
            CallError::Declined { words } => {
                values.push(("words", shown(words)));
                if words.trim().is_empty() { "llm.error.declined_silently" } else { "llm.error.declined" }
            }
            CallError::Cancelled => return text(lang, "llm.error.cancelled").to_string(),
            CallError::Limit(hit) => return hit.sentence(lang),
            CallError::LeftAlone(rest) => {
                values.push(("seconds", rest.as_secs().max(1).to_string()));
                "llm.error.left_alone"
            }
            CallError::Busy => "llm.error.busy",
            CallError::NotRecorded => "llm.error.not_recorded",
        };
        let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
        fill(lang, key, &values)
    }
}

fn shown(words: &str) -> String {
    display_safe_within(words.trim(), SHOWN).into_string()
}
