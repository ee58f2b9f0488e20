//! What the protocols differ in: where to send, what to send, and how an answer comes back.

use secrecy::SecretString;
use serde_json::{Value, json};

use super::error::CallError;
use super::prompt::{Prompt, Role};
use super::provider::Answer;
use crate::config::llm::ProviderSettings;

/// How the answer's pieces are framed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// Server-sent events.
    Events,
    /// One JSON value a line.
    JsonLines,
}

/// A protocol.
pub(super) trait Dialect: Send + Sync {
    /// The address of the call under the configured one.
    fn address(&self, base_url: &str) -> String;

    /// The headers beside content type; the value that is secret is marked by its type.
    fn headers(&self, key: Option<SecretString>) -> Vec<(&'static str, HeaderValue)>;

    /// The body.
    fn body(&self, prompt: &Prompt, settings: &ProviderSettings) -> Value;

    /// How a streamed answer is framed.
    fn framing(&self) -> Framing;

    /// Where a streamed answer is put together.
    fn collector(&self) -> Box<dyn Collector>;
}

/// A header's value.
pub(super) enum HeaderValue {
    /// Anyone may read it.
    Plain(&'static str),
    /// A key.
    Secret(SecretString),
    /// `Bearer` and a key.
    Bearer(SecretString),
}

/// Puts a streamed answer together, tolerant of what is missing, null or unknown.
pub(super) trait Collector: Send {
    /// Takes one frame's JSON; what it adds to the answer's words.
    ///
    /// # Errors
    /// What the provider reports, or [`CallError::NotAnAnswer`].
    fn take(&mut self, frame: &Value) -> Result<Option<String>, CallError>;

    /// Takes an end mark that is not JSON. Whether it is one.
    fn take_mark(&mut self, mark: &str) -> bool {
        let _ = mark;
        false
    }

    /// Whether the answer is complete: nothing more is needed.
    fn is_complete(&self) -> bool;

    /// Whether only bookkeeping can follow (token counts, the end mark).
    fn is_said(&self) -> bool;

    /// The answer came as one value, whose end is its own.
    fn end(&mut self);

    /// The answer.
    ///
    /// # Errors
    /// [`CallError::CutOff`] where the end mark is missing, or what the end says.
    fn finish(self: Box<Self>) -> Result<Answer, CallError>;
}

/// What an end mark says about the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// It is whole.
    Whole,
    /// The tokens ran out.
    OutOfTokens,
    /// The model or its filter declines.
    Declined,
}

/// The parts of an answer as they come.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    pub(super) answer: Answer,
    pub(super) refusal: String,
    pub(super) end: Option<End>,
}

impl Gathered {
    /// The answer, if its end came and says that it is whole.
    pub(super) fn finish(self) -> Result<Answer, CallError> {
        match self.end {
            None => Err(CallError::CutOff),
            Some(End::OutOfTokens) => Err(CallError::OutOfTokens),
            Some(End::Declined) => {
                let words = if self.refusal.is_empty() { self.answer.text } else { self.refusal };
                Err(CallError::Declined { words })
            }
            Some(End::Whole) if !self.refusal.is_empty() => Err(CallError::Declined { words: self.refusal }),
            Some(End::Whole) => {
                if self.answer.text.trim().is_empty() && self.answer.tool.is_none() {
                    return Err(CallError::NotAnAnswer);
                }
                Ok(self.answer)
            }
        }
    }
}

/// The turns of a prompt, as every protocol writes them.
pub(super) fn said(prompt: &Prompt) -> impl Iterator<Item = Value> {
    prompt.turns.iter().map(|turn| {
        let role = match turn.role {
            Role::User => "user",
            Role::Assistant => "assistant",
        };
        json!({"role": role, "content": turn.text})
    })
}

/// The text under a key, where there is one.
pub(super) fn text_at<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key).and_then(Value::as_str)
}

/// The number under a key, where there is one.
pub(super) fn number_at(value: &Value, key: &str) -> Option<u64> {
    value.get(key).and_then(Value::as_u64)
}

/// Arguments of a tool, which some servers send as text and some as JSON.
pub(super) fn arguments(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.clone(),
        None | Some(Value::Null) => String::new(),
        Some(other) => other.to_string(),
    }
}

/// The base address with `path` behind it. A base that already ends in part of the path,
/// or in all of it, is what people copy from a provider's pages.
pub(super) fn joined(base_url: &str, path: &str) -> String {
    let base = base_url.trim_end_matches('/');
    let overlap = path
        .match_indices('/')
        .map(|(at, _)| at)
        .chain([path.len()])
        .filter(|end| *end > 0 && base.ends_with(&path[..*end]))
        .max();
    format!("{base}{}", &path[overlap.unwrap_or(0)..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_completed_whatever_part_was_given() {
        for base in ["https://h", "https://h/", "https://h/v1", "https://h/v1/chat/completions"] {
            assert_eq!(joined(base, "/v1/chat/completions"), "https://h/v1/chat/completions", "{base}");
        }
        assert_eq!(joined("https://h/proxy", "/v1/messages"), "https://h/proxy/v1/messages");
        assert_eq!(joined("http://h:1/api", "/api/chat"), "http://h:1/api/chat");
    }
}
