//! Completions of words and values while a question is typed.

use std::ops::Range;

use super::lexicon::Sense;
use super::normalize::fold;
use super::planner::Planner;
use super::restate::names::dim_one;
use crate::i18n::Lang;
use crate::sanitize::display_safe;

/// A way to complete the word under the cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// The bytes of the question that it replaces.
    pub replaces: Range<usize>,
    /// What to put there; safe to display.
    pub text: String,
    /// What it is ("ciudad", "cifra"), in Spanish or English as the lexicon's words are; empty for plain words.
    pub hint: String,
}

/// Completions offered at the most.
const MOST: usize = 8;

impl Planner {
    /// Completions of the word that ends at byte `cursor`: known words first, then values,
    /// at most eight. Nothing for fewer than two letters.
    pub fn complete(&self, text: &str, cursor: usize) -> Vec<Completion> {
        let Some(before) = text.get(..cursor) else { return Vec::new() };
        let start = before.rfind(char::is_whitespace).map_or(0, |i| i + 1);
        let typed = before.get(start..).unwrap_or_default().trim_start_matches(['¿', '¡', '«', '"']);
        let start = cursor - typed.len();
        let prefix = fold(typed);
        if prefix.chars().count() < 2 {
            return Vec::new();
        }
        let mut words: Vec<String> = self
            .lexicon()
            .all_phrases()
            .filter(|(phrase, entry)| {
                phrase.starts_with(&prefix) && *phrase != prefix && is_offered(&entry.sense)
            })
            .map(|(phrase, _)| phrase)
            .collect();
        words.sort_by(|a, b| (a.split(' ').count(), a.len(), a).cmp(&(b.split(' ').count(), b.len(), b)));
        words.dedup();
        let mut all: Vec<Completion> = words
            .into_iter()
            .take(MOST / 2)
            .map(|text| Completion { replaces: start..cursor, text, hint: String::new() })
            .collect();
        let room = MOST - all.len();
        let values = self.values().all().filter(|(_, value)| fold(value).starts_with(&prefix)).take(room);
        all.extend(values.map(|(dim, value)| Completion {
            replaces: start..cursor,
            text: display_safe(value).into_string(),
            hint: dim_one(Lang::Es, dim),
        }));
        all
    }
}

/// Words that say what a question is about are worth offering.
fn is_offered(sense: &Sense) -> bool {
    matches!(
        sense,
        Sense::Metric(_)
            | Sense::Dim(..)
            | Sense::Returns
            | Sense::Grain(_)
            | Sense::Share
            | Sense::Running
            | Sense::Average
            | Sense::Rank(_)
            | Sense::NewCustomers
            | Sense::Abc
            | Sense::Credit
            | Sense::Cash
    )
}
