//! What a question mentions of the data: names of people and firms, which must not leave
//! this machine, and values that are nobody's, which may help a model to understand it.

use std::ops::Range;

use chrono::NaiveDate;

use super::chunk::{Atom, Chunk, Corrected};
use super::lexicon::Sense;
use super::normalize::{Token, tokens};
use super::planner::Planner;
use super::values::{Quality, is_binding};
use crate::model::Dim;

/// A stretch of the question that names a person or firm, or may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Personal {
    /// Which bytes.
    pub span: Range<usize>,
    /// Whose name it is; `None` where that is not known.
    pub dim: Option<Dim>,
    /// The one value it names, if it is one.
    pub value: Option<String>,
}

/// Values offered for one stretch of the question.
const PER_CHUNK: usize = 6;
/// Values offered altogether.
const MOST: usize = 24;
/// Words of a name looked up together.
const LONGEST_NAME: usize = 8;

impl Planner {
    /// The names in a question, in the order of the text, without overlaps.
    pub fn personal(&self, text: &str, today: NaiveDate) -> Vec<Personal> {
        let (tokens, corrected, chunks) = self.cover(text, today);
        let mut found: Vec<(Range<usize>, Personal)> = Vec::new();
        let mut add = |tokens_of: Range<usize>, personal: Personal| {
            let overlaps = found.iter().any(|(t, _)| t.start < tokens_of.end && tokens_of.start < t.end);
            if !overlaps {
                found.push((tokens_of, personal));
            }
        };
        for chunk in &chunks {
            if let Some(personal) = self.named_by_chunk(chunk) {
                add(chunk.tokens.clone(), personal);
            }
        }
        for length in (1..=LONGEST_NAME.min(tokens.len())).rev() {
            for start in 0..=tokens.len() - length {
                if let Some(personal) = self.named_by_window(&tokens, start..start + length) {
                    add(start..start + length, personal);
                }
            }
        }
        for range in self.unknown_names(text, &chunks, &corrected) {
            let span = span_of(&tokens, &range);
            add(range, Personal { span, dim: None, value: None });
        }
        let mut all: Vec<Personal> = found.into_iter().map(|(_, personal)| personal).collect();
        all.sort_by_key(|personal| personal.span.start);
        all
    }

    fn named_by_chunk(&self, chunk: &Chunk) -> Option<Personal> {
        let Atom::Value(candidates) = &chunk.atom else { return None };
        let first = candidates.first()?;
        if !candidates.iter().all(|candidate| self.model().is_personal(candidate.dim)) {
            return None;
        }
        let value = match candidates.as_slice() {
            [one] => Some(self.values().text(one.id).to_string()),
            _ => None,
        };
        Some(Personal { span: chunk.span.clone(), dim: Some(first.dim), value })
    }

    /// Words that name nothing but people, even where another reading covers them better.
    fn named_by_window(&self, tokens: &[Token], range: Range<usize>) -> Option<Personal> {
        let window = tokens.get(range.clone())?;
        if window.iter().any(Token::is_sign) {
            return None;
        }
        let content: Vec<&Token> = window.iter().filter(|t| !is_binding(&t.norm)).collect();
        let rare = |t: &&Token| t.norm.len() >= 3 && !t.starts_with_digit() && !self.is_ordinary(&t.norm);
        if !content.iter().any(rare) || content.iter().any(|t| t.starts_with_digit()) {
            return None;
        }
        let candidates = self.values().named(window);
        let first = candidates.first()?;
        let whole = content.len() > 1 || first.quality <= Quality::Form || content.iter().all(rare);
        if !whole || !candidates.iter().all(|candidate| self.model().is_personal(candidate.dim)) {
            return None;
        }
        let value = match candidates.as_slice() {
            [one] => Some(self.values().text(one.id).to_string()),
            _ => None,
        };
        Some(Personal { span: span_of(tokens, &range), dim: Some(first.dim), value })
    }

    /// Words nobody knows that look like a name: after "cliente" or "señor", or two and more
    /// with capitals.
    fn unknown_names(&self, text: &str, chunks: &[Chunk], corrected: &[Corrected]) -> Vec<Range<usize>> {
        let unknown =
            |chunk: &Chunk| chunk.atom == Atom::Unknown || corrected.iter().any(|c| c.span == chunk.span);
        let mut names = Vec::new();
        let mut at = 0;
        while at < chunks.len() {
            let run = chunks.iter().skip(at).take_while(|chunk| unknown(chunk)).count();
            let Some(first) = chunks.get(at).filter(|_| run > 0) else {
                at += 1;
                continue;
            };
            let capitals = chunks.iter().skip(at).take(run).filter(|chunk| {
                let written = text.get(chunk.span.clone()).unwrap_or_default();
                written.starts_with(char::is_uppercase)
            });
            let introduced = at.checked_sub(1).and_then(|before| chunks.get(before)).is_some_and(|before| {
                let titles = ["don", "dona", "senor", "senora", "sr", "sra", "mr", "mrs", "ms", "dr", "dra"];
                let is_person =
                    matches!(before.sense(), Some(Sense::Dim(dim, _)) if self.model().is_personal(*dim));
                is_person || titles.contains(&before.text.as_str())
            });
            if introduced || capitals.count() >= 2 {
                let end = chunks.get(at + run - 1).map_or(first.tokens.end, |last| last.tokens.end);
                names.push(first.tokens.start..end);
            }
            at += run;
        }
        names
    }

    fn is_ordinary(&self, word: &str) -> bool {
        self.lexicon().is_common(word) || self.knows_word(word)
    }

    /// Values that words of the question name, or nearly, none of them personal.
    pub fn candidates(&self, text: &str, today: NaiveDate) -> Vec<(Dim, String)> {
        let (_, _, chunks) = self.cover(text, today);
        let mut all: Vec<(Dim, String)> = Vec::new();
        for chunk in &chunks {
            match &chunk.atom {
                Atom::Value(candidates) => {
                    let ours = candidates.iter().filter(|c| !self.model().is_personal(c.dim)).take(PER_CHUNK);
                    all.extend(ours.map(|c| (c.dim, self.values().text(c.id).to_string())));
                }
                Atom::Unknown => {
                    let near = self.near_words(&chunk.text);
                    for dim in self
                        .model()
                        .dims()
                        .filter(|d| d.value_column().is_some() && !self.model().is_personal(*d))
                    {
                        let values = self.values().holding(&near, Some(dim), 2);
                        all.extend(values.into_iter().map(|value| (dim, value.to_string())));
                    }
                }
                _ => {}
            }
        }
        let mut kept: Vec<(Dim, String)> = Vec::new();
        for candidate in all {
            if kept.len() < MOST && !kept.contains(&candidate) {
                kept.push(candidate);
            }
        }
        kept
    }

    /// Whether a text holds the name of a customer or of a person who sells.
    pub fn names_somebody(&self, text: &str) -> bool {
        !self.personal(text, NaiveDate::default()).is_empty()
    }

    /// Whether a value as it stands in the data is somebody's name and nothing else.
    pub fn is_somebody(&self, value: &str) -> bool {
        let found = self.values().named(&tokens(value));
        let exact = |c: &&super::values::Candidate| c.quality <= Quality::Form;
        found.iter().filter(exact).any(|c| self.model().is_personal(c.dim))
    }

    /// Whether a value stands in the data, and not only as somebody's name.
    pub fn is_something(&self, value: &str) -> bool {
        let found = self.values().named(&tokens(value));
        found.iter().any(|c| c.quality == Quality::Exact && !self.model().is_personal(c.dim))
    }
}

fn span_of(tokens: &[Token], range: &Range<usize>) -> Range<usize> {
    let start = tokens.get(range.start).map_or(0, |t| t.span.start);
    let end = range.end.checked_sub(1).and_then(|last| tokens.get(last)).map_or(start, |t| t.span.end);
    start..end
}
