//! Why the console could not be shown.

use std::io;

use crate::i18n::{Lang, fill, text};
use crate::sanitize::display_safe;

/// Why the console could not be shown, or ended.
#[derive(Debug, thiserror::Error)]
pub enum TuiError {
    /// Input or output is not a terminal.
    #[error("not a terminal")]
    NotATerminal,
    /// The terminal (`TERM`) cannot show a screen.
    #[error("the terminal cannot show a screen")]
    DumbTerminal,
    /// The terminal went away or failed.
    #[error("terminal: {0}")]
    Terminal(#[from] io::Error),
    /// The session ended although nobody quit.
    #[error("the session ended")]
    SessionEnded,
}

impl TuiError {
    /// The reason as one sentence, with what to do instead.
    pub fn sentence(&self, lang: Lang) -> String {
        match self {
            TuiError::NotATerminal => text(lang, "tui.error.not_a_terminal").to_string(),
            TuiError::DumbTerminal => text(lang, "tui.error.dumb").to_string(),
            TuiError::Terminal(error) => {
                let detail = display_safe(&error.to_string());
                fill(lang, "tui.error.terminal", &[("detail", detail.as_str())])
            }
            TuiError::SessionEnded => text(lang, "tui.error.session_ended").to_string(),
        }
    }
}
