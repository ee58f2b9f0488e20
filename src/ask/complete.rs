//! Completions of words and values while a question is typed.

use std::ops::Range;

use super::lexicon::Sense;
use super::normalize::{fold, tokens};
use super::planner::Planner;
use super::restate::names::dim_one;
use crate::i18n::Lang;
use crate::sanitize::display_safe;

/// A way to complete the words before the cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// The bytes of the question that it replaces.
    pub replaces: Range<usize>,
    /// What to put there; safe to display.
    pub text: String,
    /// What it is ("ciudad"), in the language asked for; empty for plain words.
    pub hint: String,
}

/// Completions offered at the most.
const MOST: usize = 6;
/// Known words among them.
const MOST_WORDS: usize = 3;
/// Words before the cursor that may belong to one name ("constructora el r").
const LONGEST: usize = 4;

impl Planner {
    /// Completions of the words that end at byte `cursor`, the longest stretch that begins
    /// something known: words first, then values. Nothing for fewer than two letters, nor
    /// where the words are complete as they stand.
    pub fn complete(&self, text: &str, cursor: usize, lang: Lang) -> Vec<Completion> {
        let Some(before) = text.get(..cursor) else { return Vec::new() };
        let line = before.rfind('\n').map_or(0, |i| i + 1);
        let mut starts: Vec<usize> =
            word_starts(before.get(line..).unwrap_or_default()).map(|start| line + start).collect();
        starts.reverse();
        starts.truncate(LONGEST);
        let Some(last) = starts.first().and_then(|start| before.get(*start..)) else { return Vec::new() };
        if self.is_complete(last) {
            return Vec::new();
        }
        // The longest stretch first: "constructora el r" says more than "r".
        for start in starts.into_iter().rev() {
            let Some(typed) = before.get(start..).filter(|typed| typed.chars().count() > 1) else { continue };
            let found = self.beginning_with(typed, lang);
            if !found.is_empty() {
                let replaces = start..cursor;
                return found
                    .into_iter()
                    .map(|(text, hint)| Completion { replaces: replaces.clone(), text, hint })
                    .collect();
            }
        }
        Vec::new()
    }

    fn is_complete(&self, word: &str) -> bool {
        let word = fold(word);
        self.lexicon().sense_of(&word).is_some() || self.values().is_value(&word)
    }

    fn beginning_with(&self, typed: &str, lang: Lang) -> Vec<(String, String)> {
        let folded = fold(typed);
        let mut words: Vec<(String, &str)> = self
            .lexicon()
            .all_phrases()
            .filter(|(phrase, entry)| {
                phrase.starts_with(&folded)
                    && *phrase != folded
                    && entry.lang.is_none_or(|spoken| spoken == lang)
                    && is_offered(&entry.sense)
            })
            .map(|(phrase, _)| {
                let spelled = self.lexicon().spelled(&phrase).unwrap_or_default();
                (phrase, spelled)
            })
            // "ano" is no way to write a year.
            .filter(|(phrase, spelled)| !(spelled.is_empty() && phrase.split(' ').any(|w| w == "ano")))
            .collect();
        words.sort_by(|(a, _), (b, _)| {
            (a.split(' ').count(), a.len(), a).cmp(&(b.split(' ').count(), b.len(), b))
        });
        let mut all: Vec<(String, String)> = words
            .into_iter()
            .take(MOST_WORDS)
            .map(|(phrase, spelled)| {
                (if spelled.is_empty() { phrase } else { spelled.to_string() }, String::new())
            })
            .collect();
        let normal: Vec<String> = tokens(typed).into_iter().map(|t| t.norm).collect();
        // "de a" is no beginning of a later word in "TIENDA DE ACEROS".
        let binds = normal.len() > 1 && normal.first().is_some_and(|w| self.lexicon().sense_of(w).is_some());
        for (dim, value) in self.values().beginning_with(&normal.join(" "), !binds, MOST) {
            let shown = display_safe(value).into_string();
            if all.len() < MOST && !all.iter().any(|(text, _)| *text == shown) {
                all.push((shown, dim_one(self.model(), lang, dim)));
            }
        }
        all
    }
}

/// Where the words of a line begin, without opening punctuation.
fn word_starts(line: &str) -> impl Iterator<Item = usize> {
    const OPENING: [char; 6] = ['¿', '¡', '«', '"', '(', '“'];
    line.split(char::is_whitespace).filter(|word| !word.is_empty()).filter_map(move |word| {
        let word = word.trim_start_matches(OPENING);
        let at = (word.as_ptr() as usize).checked_sub(line.as_ptr() as usize)?;
        (!word.is_empty()).then_some(at)
    })
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
            | Sense::NewCustomers
            | Sense::Abc
            | Sense::Credit
            | Sense::Cash
    )
}
