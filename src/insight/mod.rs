//! Statements computed from a result, each true by construction.
//!
//! Enters: a `Frame`. Leaves: sentences in the user's language. May not touch: approval.

use crate::frame::Frame;
use crate::i18n::Lang;
use crate::sanitize::SafeText;

/// A statement about a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Insight {
    /// The sentence.
    pub text: SafeText,
    /// Whether it deserves attention (a drop, a concentration, an outlier).
    pub notable: bool,
}

/// The statements that hold for a complete `frame`, the most useful first; none for a partial one.
pub fn of(_frame: &Frame, _lang: Lang) -> Vec<Insight> {
    Vec::new()
}
