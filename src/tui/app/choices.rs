//! A list to choose a question from: examples, readings of a question, suggestions.

use crate::ask::{Abstain, Clarify, Refused};
use crate::sanitize::display_safe;
use crate::session::NotPlanned;

/// Why there is a list instead of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    Welcome,
    Clarify,
    Abstain,
    Refuse,
}

/// One entry: what is shown, and the question that picking it asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) shown: String,
    pub(crate) question: String,
}

/// A list to choose from, and what is said above it.
#[derive(Debug, Clone)]
pub(crate) struct Choices {
    pub(crate) reason: Reason,
    pub(crate) message: String,
    pub(crate) unknown: Vec<String>,
    pub(crate) entries: Vec<Entry>,
    pub(crate) selected: usize,
}

/// Entries that a digit picks.
const MAX_ENTRIES: usize = 8;

impl Choices {
    /// The examples of the empty screen.
    pub(crate) fn welcome(examples: Vec<String>) -> Choices {
        Choices::new(Reason::Welcome, "", &[], examples.into_iter().map(|text| (text.clone(), text)))
    }

    /// What can be chosen where a question has no plan.
    pub(crate) fn not_planned(why: NotPlanned) -> Choices {
        match why {
            NotPlanned::Clarify(Clarify { message, options, unknown, .. }) => Choices::new(
                Reason::Clarify,
                &message,
                &unknown,
                options.into_iter().map(|choice| (choice.restatement, choice.question)),
            ),
            NotPlanned::Abstain(Abstain { message, unknown, suggestions, .. }) => Choices::new(
                Reason::Abstain,
                &message,
                &unknown,
                suggestions.into_iter().map(|text| (text.clone(), text)),
            ),
            NotPlanned::Refuse(Refused { message, .. }) => {
                Choices::new(Reason::Refuse, &message, &[], std::iter::empty())
            }
        }
    }

    fn new(
        reason: Reason,
        message: &str,
        unknown: &[String],
        entries: impl Iterator<Item = (String, String)>,
    ) -> Choices {
        let entries = entries
            .take(MAX_ENTRIES)
            .map(|(shown, question)| Entry { shown: display_safe(&shown).into_string(), question })
            .collect();
        Choices {
            reason,
            message: safe_lines(message),
            unknown: unknown.iter().map(|word| display_safe(word).into_string()).collect(),
            entries,
            selected: 0,
        }
    }

    /// Moves the selection, stopping at the ends.
    pub(crate) fn step(&mut self, down: bool) {
        let last = self.entries.len().saturating_sub(1);
        self.selected = if down { (self.selected + 1).min(last) } else { self.selected.saturating_sub(1) };
    }

    /// The question of an entry.
    pub(crate) fn question(&self, at: usize) -> Option<String> {
        self.entries.get(at).map(|entry| entry.question.clone())
    }
}

/// Text of several lines made safe, line by line.
pub(crate) fn safe_lines(text: &str) -> String {
    text.split('\n').map(|line| display_safe(line).into_string()).collect::<Vec<_>>().join("\n")
}
