//! The value of the data that someone else's words name: a model's, or a stored query's.

use super::normalize::{fold, tokens};
use super::planner::Planner;
use crate::model::Dim;
use crate::sanitize::display_safe;

/// What became of words looked up among a dimension's values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolved {
    /// They name this one.
    One(String),
    /// They name several, at most eight shown.
    Several(Vec<String>),
    /// They name none; near ones, if there are any.
    None(Vec<String>),
}

/// Values shown to choose from.
const MOST: usize = 8;

impl Planner {
    /// The value of `dim` that `written` names, found as the planner finds the words of a
    /// question: without case and accents, without legal forms, with typing errors corrected.
    pub fn resolve(&self, dim: Dim, written: &str) -> Resolved {
        let folded = fold(written.trim());
        // Codes are short, and the index keeps them apart.
        let exact = self.values().all().find(|(d, value)| *d == dim && fold(value) == folded);
        if let Some((_, value)) = exact {
            return Resolved::One(value.to_string());
        }
        let found = self.named(dim, written);
        match found.as_slice() {
            [one] => Resolved::One(one.clone()),
            [_, ..] => Resolved::Several(found),
            [] => Resolved::None(self.near(dim, written)),
        }
    }

    fn named(&self, dim: Dim, written: &str) -> Vec<String> {
        let (tokens, _) = self.corrected(tokens(written));
        let mut all = self.values().named(&tokens);
        all.retain(|candidate| candidate.dim == dim);
        let best = all.iter().map(|candidate| candidate.quality).min();
        all.retain(|candidate| Some(candidate.quality) == best);
        all.iter().take(MOST).map(|candidate| self.values().text(candidate.id).to_string()).collect()
    }

    fn near(&self, dim: Dim, written: &str) -> Vec<String> {
        let words: Vec<String> =
            tokens(written).iter().flat_map(|token| self.near_words(&token.norm)).collect();
        let near = self.values().holding(&words, Some(dim), 3);
        near.into_iter().map(|value| display_safe(value).into_string()).collect()
    }
}
