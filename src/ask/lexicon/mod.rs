//! The words the planner knows, in both languages. They are data: `assets/lexicon/*.toml`,
//! and a store's own file merged over them.
//!
//! A file is a table of `meaning = { es = [phrases], en = [phrases] }`. In a phrase,
//! `cliente(s)` stands for both forms, `vendedor(a)(es)` for three, and `[el]` for a
//! word that may be missing.

mod load;
mod sense;
mod store;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::OnceLock;

pub use load::{LexiconError, LexiconProblem};
pub use sense::{Direction, Number as GrammarNumber, Sense, Topic};
pub use store::Taken;

use crate::i18n::Lang;
use crate::model::Dim;

/// A phrase's meaning and the language it belongs to.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// What it means.
    pub sense: Sense,
    /// Its language; `None` where both share it.
    pub lang: Option<Lang>,
}

/// Phrases by their words.
#[derive(Debug, Clone, Default)]
pub struct Lexicon {
    /// Phrases that begin with a word: the other words, and the meaning.
    phrases: HashMap<String, Vec<(Vec<String>, Entry)>>,
    /// Phrases as they are written, where that differs from their words without accents.
    spelled: HashMap<String, String>,
    /// Ordinary words of either language, which are never typing errors of others.
    common: HashMap<String, Option<Lang>>,
    /// Other names of values.
    pub(crate) value_names: Vec<ValueName>,
}

/// A phrase that stands for values, where they are in the data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueName {
    /// The phrase, without case and accents.
    pub phrase: String,
    /// The values, all of which are meant.
    pub values: Vec<String>,
    /// Of which dimensions.
    pub of: NamedDims,
}

/// The dimensions whose values a name may stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NamedDims {
    /// Goods and customers.
    Goods,
    /// Document types.
    Documents,
    /// All.
    Any,
}

impl NamedDims {
    /// Whether values of `dim` are among them.
    pub fn holds(self, dim: Dim) -> bool {
        match self {
            NamedDims::Goods => dim.is_goods() || dim == Dim::Customer,
            NamedDims::Documents => dim == Dim::DocType,
            NamedDims::Any => true,
        }
    }
}

impl Lexicon {
    /// The built-in lexicon. A broken file is caught by the tests; at run time its entries are missing.
    pub fn builtin() -> &'static Lexicon {
        static BUILTIN: OnceLock<Lexicon> = OnceLock::new();
        BUILTIN.get_or_init(|| {
            let mut lexicon = Lexicon::default();
            for source in load::FILES {
                if let Ok(merged) = lexicon.merged(source) {
                    lexicon = merged;
                }
            }
            lexicon
        })
    }

    /// This lexicon with the entries of another file over it.
    ///
    /// # Errors
    /// Names the line of the first entry that is not understood.
    pub fn merged(&self, source: &str) -> Result<Lexicon, LexiconError> {
        load::merge(self.clone(), source)
    }

    /// Every phrase that stands at the beginning of `words`: its length and meaning.
    pub fn phrases_at<'a, 'w: 'a>(
        &'a self,
        words: impl Fn(usize) -> &'w str + 'a,
    ) -> impl Iterator<Item = (usize, &'a Entry)> + 'a {
        let found = self.phrases.get(words(0)).map_or(&[][..], Vec::as_slice);
        found.iter().filter_map(move |(rest, entry)| {
            let same = rest.iter().enumerate().all(|(k, word)| words(k + 1) == word);
            same.then_some((rest.len() + 1, entry))
        })
    }

    /// The language a word belongs to, if only one.
    pub fn language_of(&self, word: &str) -> Option<Lang> {
        if let Some(lang) = self.common.get(word) {
            return *lang;
        }
        self.phrases.get(word)?.iter().find(|(rest, _)| rest.is_empty()).and_then(|(_, entry)| entry.lang)
    }

    /// What the word means by itself.
    pub fn sense_of(&self, word: &str) -> Option<&Sense> {
        let all = self.phrases.get(word)?;
        all.iter().find(|(rest, _)| rest.is_empty()).map(|(_, entry)| &entry.sense)
    }

    /// Whether the word is an ordinary word that must never be "corrected".
    pub fn is_common(&self, word: &str) -> bool {
        let singular = |ending: &str| word.strip_suffix(ending).is_some_and(|w| self.common.contains_key(w));
        self.common.contains_key(word) || singular("s") || singular("es")
    }

    /// Every word that occurs in a phrase.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.phrases.iter().flat_map(|(first, all)| {
            std::iter::once(first.as_str())
                .chain(all.iter().flat_map(|(rest, _)| rest.iter().map(String::as_str)))
        })
    }

    /// How a phrase is written, if not as its words without accents.
    pub fn spelled(&self, phrase: &str) -> Option<&str> {
        self.spelled.get(phrase).map(String::as_str)
    }

    /// The other names of values: phrase, values.
    pub fn all_value_names(&self) -> impl Iterator<Item = &ValueName> {
        self.value_names.iter()
    }

    /// Every phrase with its meaning, for completions.
    pub fn all_phrases(&self) -> impl Iterator<Item = (String, &Entry)> {
        self.phrases.iter().flat_map(|(first, all)| {
            all.iter().map(move |(rest, entry)| {
                let mut phrase = first.clone();
                for word in rest {
                    phrase.push(' ');
                    phrase.push_str(word);
                }
                (phrase, entry)
            })
        })
    }
}
