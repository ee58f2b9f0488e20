//! A provider of a language model, whatever its protocol.

use futures::future::BoxFuture;

use super::error::CallError;
use super::prompt::Prompt;
use crate::config::ProviderName;

/// Tokens that a call took, as the provider counts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// Sent.
    pub input: u64,
    /// Received, thinking included.
    pub output: u64,
}

impl std::ops::Add for Usage {
    type Output = Usage;

    fn add(self, other: Usage) -> Usage {
        Usage {
            input: self.input.saturating_add(other.input),
            output: self.output.saturating_add(other.output),
        }
    }
}

/// A tool that the model wants called; nothing is ever called, it is only read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolCall {
    /// The tool's name, as the model wrote it.
    pub name: String,
    /// Its arguments: JSON, if the model kept to it.
    pub arguments: String,
}

/// A whole answer. Its words are hostile.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Answer {
    /// What was written.
    pub text: String,
    /// The tool that was called first, if any.
    pub tool: Option<ToolCall>,
    /// Tokens taken; absent where the provider does not say.
    pub usage: Option<Usage>,
    /// Bytes received.
    pub bytes: u64,
}

/// Where the pieces of an answer go while it is written.
pub type OnPiece<'a> = &'a (dyn Fn(&str) + Send + Sync);

/// One provider with its model: one call in, one answer out. Dropping the future ends the call.
pub trait Provider: Send + Sync {
    /// Its name.
    fn name(&self) -> ProviderName;

    /// The model that answers.
    fn model(&self) -> &str;

    /// Makes one call. Each piece goes to `on_piece` as it comes, uncleaned.
    fn call<'a>(
        &'a self,
        prompt: &'a Prompt,
        on_piece: OnPiece<'a>,
    ) -> BoxFuture<'a, Result<Answer, CallError>>;

    /// Bytes that [`Provider::call`] would send for this prompt.
    fn size(&self, prompt: &Prompt) -> usize;
}
