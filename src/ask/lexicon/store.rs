//! A store's own words: `lexicon.toml` beside the settings.
//!
//! `[same]` gives a phrase the meaning of a known one, `[values]` lets a phrase stand for one
//! or several values of the data, `[meanings]` adds phrases to a meaning by its name.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::load::{LexiconError, LexiconProblem, Phrases, expand, insert_phrases};
use super::{Entry, GrammarNumber, Lexicon, Sense, ValueName};
use crate::ask::normalize::tokens;
use crate::i18n::Lang;
use crate::model::{Dim, OwnDimension};

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
#[derive(Default)]
struct StoreFile {
    same: BTreeMap<Spanned<String>, Spanned<String>>,
    values: BTreeMap<Spanned<String>, Spanned<OneOrMany>>,
    meanings: BTreeMap<Spanned<String>, Phrases>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

/// Phrases taken from a store's file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Taken {
    /// Phrases with the meaning of another.
    pub same: usize,
    /// Phrases for values.
    pub values: usize,
    /// Meanings with more phrases.
    pub meanings: usize,
}

impl Taken {
    /// How many entries there are.
    pub fn total(self) -> usize {
        self.same + self.values + self.meanings
    }
}

impl Lexicon {
    /// This lexicon with a store's own words over it, and how many they are.
    ///
    /// # Errors
    /// Names the line of the first entry that is not understood.
    pub fn with_store_words(&self, source: &str) -> Result<(Lexicon, Taken), LexiconError> {
        let line_of = |offset: usize| source.get(..offset).map_or(1, |s| s.matches('\n').count() + 1);
        let file: StoreFile = toml::from_str(source).map_err(|e| LexiconError {
            line: e.span().map_or(1, |s| line_of(s.start)),
            problem: LexiconProblem::Syntax,
            detail: e.message().to_string(),
        })?;
        let mut lexicon = self.clone();
        let error = |at: usize, problem, detail: &str| LexiconError {
            line: line_of(at),
            problem,
            detail: detail.to_string(),
        };
        for (phrase, known) in &file.same {
            let meaning = lexicon
                .entry_of(known.get_ref())
                .ok_or_else(|| error(known.span().start, LexiconProblem::UnknownPhrase, known.get_ref()))?;
            for words in phrases_of(phrase.get_ref()) {
                let (first, rest) = words.split_first().ok_or_else(|| {
                    error(phrase.span().start, LexiconProblem::EmptyPhrase, phrase.get_ref())
                })?;
                let joined = words.join(" ");
                lexicon.spelled.insert(joined, phrase.get_ref().trim().to_string());
                lexicon.put(first, rest, meaning.clone());
            }
        }
        for (phrase, values) in &file.values {
            let values = match values.get_ref() {
                OneOrMany::One(value) => vec![value.clone()],
                OneOrMany::Many(values) => values.clone(),
            };
            for words in phrases_of(phrase.get_ref()) {
                if words.is_empty() || values.iter().all(|v| v.trim().is_empty()) {
                    return Err(error(phrase.span().start, LexiconProblem::EmptyPhrase, phrase.get_ref()));
                }
                lexicon.value_names.push(ValueName {
                    phrase: words.join(" "),
                    values: values.clone(),
                    of: super::NamedDims::Any,
                });
            }
        }
        for (name, phrases) in &file.meanings {
            insert_phrases(&mut lexicon, name.get_ref(), phrases, &mut |problem, detail| {
                error(name.span().start, problem, detail)
            })?;
        }
        let taken = Taken { same: file.same.len(), values: file.values.len(), meanings: file.meanings.len() };
        Ok((lexicon, taken))
    }

    /// This lexicon with the nouns of the dimensions that a store adds over it.
    pub fn with_dimensions(mut self, dimensions: &[OwnDimension]) -> Lexicon {
        for own in dimensions {
            for (lang, words) in [(Lang::Es, &own.es), (Lang::En, &own.en)] {
                for (number, nouns) in [(GrammarNumber::One, &words.one), (GrammarNumber::Many, &words.many)]
                {
                    for noun in nouns {
                        let words: Vec<String> = tokens(noun).into_iter().map(|t| t.norm).collect();
                        let Some((first, rest)) = words.split_first() else { continue };
                        let sense = Sense::Dim(Dim::Own(own.name), number);
                        self.spelled.insert(words.join(" "), noun.trim().to_string());
                        self.put(first, rest, Entry { sense, lang: Some(lang) });
                    }
                }
            }
        }
        self
    }

    /// What a whole phrase means.
    fn entry_of(&self, phrase: &str) -> Option<Entry> {
        let words: Vec<String> = tokens(phrase).into_iter().map(|t| t.norm).collect();
        let (first, rest) = words.split_first()?;
        let all = self.phrases.get(first)?;
        all.iter().find(|(words, _)| words == rest).map(|(_, entry)| entry.clone())
    }

    /// A phrase whose new meaning replaces the one it had.
    fn put(&mut self, first: &str, rest: &[String], entry: Entry) {
        let all = self.phrases.entry(first.to_string()).or_default();
        match all.iter_mut().find(|(words, _)| words == rest) {
            Some((_, old)) => *old = entry,
            None => all.push((rest.to_vec(), entry)),
        }
    }
}

/// The words of every form that a pattern stands for.
fn phrases_of(pattern: &str) -> Vec<Vec<String>> {
    expand(pattern).iter().map(|p| tokens(p).into_iter().map(|t| t.norm).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(source: &str) -> Result<(Lexicon, Taken), LexiconError> {
        Lexicon::builtin().with_store_words(source)
    }

    #[test]
    fn a_store_names_things_its_own_way() {
        let (lexicon, taken) = with(
            "[same]\n\"caja del día\" = \"ventas\"\n[values]\n\"línea blanca\" = [\"NEVERAS\", \"LAVADORAS\"]\n[meanings]\n\"metric.profit\" = { es = [\"ganadita(s)\"] }\n",
        )
        .expect("valid");
        assert_eq!(taken.total(), 3);
        let sales = lexicon.entry_of("ventas").map(|e| e.sense);
        assert_eq!(lexicon.entry_of("caja del dia").map(|e| e.sense), sales);
        assert!(matches!(lexicon.entry_of("ganaditas").map(|e| e.sense), Some(Sense::Metric(_))));
        let name = lexicon.value_names.last().expect("a name");
        assert_eq!((name.phrase.as_str(), name.values.len()), ("linea blanca", 2));
    }

    #[test]
    fn errors_name_the_line_and_what_is_wrong_there() {
        for (source, line, problem) in [
            ("[same]\n\n\"caja\" = \"zzz qqq\"\n", 3, LexiconProblem::UnknownPhrase),
            ("[values]\n\"x\" = \"\"\n", 2, LexiconProblem::EmptyPhrase),
            ("[meanings]\n\"metric.salez\" = { es = [\"a\"] }\n", 2, LexiconProblem::UnknownMeaning),
            ("[saem]\n\"a\" = \"ventas\"\n", 1, LexiconProblem::Syntax),
            ("[same\n", 1, LexiconProblem::Syntax),
        ] {
            let error = with(source).expect_err(source);
            assert_eq!((error.line, error.problem), (line, problem), "{source}");
        }
    }
}
