//! A turn that continues the one before: what it changes, and what it keeps.

use super::intent::Intent;
use super::roles::{Input, Verdict};

/// What became of a turn that may be a follow-up.
pub(super) enum Merged {
    /// The intent before with the changes, and what was kept, for people.
    Intent(Box<Intent>, Vec<String>),
    /// It is a follow-up, but cannot be answered.
    #[allow(dead_code)]
    Stop(Verdict),
    /// It stands by itself.
    NotAFollowUp,
}

/// Merges a turn into the intent before.
pub(super) fn merged(_input: &Input<'_>, _previous: &Intent) -> Merged {
    Merged::NotAFollowUp
}
