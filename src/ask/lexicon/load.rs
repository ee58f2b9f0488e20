//! Reading and checking lexicon files.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::sense::sense_named;
use super::{Entry, Lexicon, NamedDims, ValueName};
use crate::ask::normalize::tokens;
use crate::i18n::Lang;

/// The built-in files, later ones over earlier ones.
pub(super) const FILES: [&str; 5] = [
    include_str!("../../../assets/lexicon/common.toml"),
    include_str!("../../../assets/lexicon/grammar.toml"),
    include_str!("../../../assets/lexicon/business.toml"),
    include_str!("../../../assets/lexicon/topics.toml"),
    include_str!("../../../assets/lexicon/values.toml"),
];

/// Why a lexicon file is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}: {detail}")]
pub struct LexiconError {
    /// Line in the file, from 1.
    pub line: usize,
    /// What is wrong.
    pub problem: LexiconProblem,
    /// The word or message concerned; hostile until cleaned.
    pub detail: String,
}

/// What can be wrong with a lexicon file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LexiconProblem {
    /// It is not TOML of the expected form.
    #[error("not a lexicon file")]
    Syntax,
    /// A meaning that does not exist.
    #[error("unknown meaning")]
    UnknownMeaning,
    /// A phrase that should be known already is not.
    #[error("unknown phrase")]
    UnknownPhrase,
    /// A phrase without words.
    #[error("empty phrase")]
    EmptyPhrase,
    /// The same phrase with two meanings in one file.
    #[error("phrase with two meanings")]
    Contradiction,
}

/// The phrases of a meaning.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Phrases {
    #[serde(default)]
    es: Vec<String>,
    #[serde(default)]
    en: Vec<String>,
    /// For `value.*`: the value meant.
    #[serde(default)]
    value: Option<String>,
}

pub(super) fn merge(mut lexicon: Lexicon, source: &str) -> Result<Lexicon, LexiconError> {
    let line_of = |offset: usize| source.get(..offset).map_or(1, |s| s.matches('\n').count() + 1);
    let table: BTreeMap<Spanned<String>, Phrases> = toml::from_str(source).map_err(|e| LexiconError {
        line: e.span().map_or(1, |s| line_of(s.start)),
        problem: LexiconProblem::Syntax,
        detail: e.message().to_string(),
    })?;
    let mut seen: BTreeMap<(&str, String), String> = BTreeMap::new();
    for (key, phrases) in &table {
        let error = |problem, detail: &str| LexiconError {
            line: line_of(key.span().start),
            problem,
            detail: detail.to_string(),
        };
        let name = key.get_ref().as_str();
        for (lang, list) in [(Lang::Es, &phrases.es), (Lang::En, &phrases.en)] {
            for phrase in list.iter().flat_map(|p| expand(p)) {
                let words: Vec<String> = tokens(&phrase).into_iter().map(|t| t.norm).collect();
                let Some((first, rest)) = words.split_first() else {
                    return Err(error(LexiconProblem::EmptyPhrase, &phrase));
                };
                let joined = words.join(" ");
                if let Some(value) = &phrases.value {
                    lexicon.value_names.push(ValueName {
                        phrase: joined,
                        values: vec![value.clone()],
                        of: NamedDims::Goods,
                    });
                    continue;
                }
                if name == "common" {
                    let both = lexicon.common.get(first).is_some_and(|l| *l != Some(lang));
                    lexicon.common.insert(first.clone(), (!both).then_some(lang));
                    continue;
                }
                let sense = sense_named(name).ok_or_else(|| error(LexiconProblem::UnknownMeaning, name))?;
                match seen.insert((lang.code(), joined.clone()), name.to_string()) {
                    Some(other) if other != name => {
                        return Err(error(LexiconProblem::Contradiction, &joined));
                    }
                    _ => {}
                }
                let entry = Entry { sense, lang: Some(lang) };
                if phrase != joined {
                    lexicon.spelled.insert(joined, phrase.clone());
                }
                if let (Lang::Es, Some(contracted)) = (lang, contracted(rest)) {
                    insert(&mut lexicon, first, &contracted, entry.clone());
                }
                insert(&mut lexicon, first, rest, entry);
            }
        }
    }
    Ok(lexicon)
}

/// Adds the phrases of one meaning.
pub(super) fn insert_phrases(
    lexicon: &mut Lexicon,
    name: &str,
    phrases: &Phrases,
    error: &mut dyn FnMut(LexiconProblem, &str) -> LexiconError,
) -> Result<(), LexiconError> {
    let sense = sense_named(name).ok_or_else(|| error(LexiconProblem::UnknownMeaning, name))?;
    for (lang, list) in [(Lang::Es, &phrases.es), (Lang::En, &phrases.en)] {
        for phrase in list.iter().flat_map(|p| expand(p)) {
            let words: Vec<String> = tokens(&phrase).into_iter().map(|t| t.norm).collect();
            let Some((first, rest)) = words.split_first() else {
                return Err(error(LexiconProblem::EmptyPhrase, &phrase));
            };
            let entry = Entry { sense: sense.clone(), lang: Some(lang) };
            let joined = words.join(" ");
            if phrase != joined {
                lexicon.spelled.insert(joined, phrase.clone());
            }
            if let (Lang::Es, Some(contracted)) = (lang, contracted(rest)) {
                insert(lexicon, first, &contracted, entry.clone());
            }
            insert(lexicon, first, rest, entry);
        }
    }
    Ok(())
}

/// A later entry replaces an earlier one; the same meaning in both languages belongs to both;
/// of two meanings, the Spanish one stays.
fn insert(lexicon: &mut Lexicon, first: &str, rest: &[String], entry: Entry) {
    let all = lexicon.phrases.entry(first.to_string()).or_default();
    match all.iter_mut().find(|(words, _)| words == rest) {
        Some((_, old)) if old.sense == entry.sense => {
            if old.lang != entry.lang {
                old.lang = None;
            }
        }
        Some((_, old)) if old.lang == Some(Lang::Es) && entry.lang == Some(Lang::En) => {}
        Some((_, old)) => *old = entry,
        None => all.push((rest.to_vec(), entry)),
    }
}

/// A Spanish phrase that ends in "de" or "a" also ends in "del" or "al".
fn contracted(rest: &[String]) -> Option<Vec<String>> {
    let (last, before) = rest.split_last()?;
    let word = match last.as_str() {
        "de" => "del",
        "a" => "al",
        _ => return None,
    };
    Some(before.iter().cloned().chain([word.to_string()]).collect())
}

/// The phrases a pattern stands for.
pub(super) fn expand(pattern: &str) -> Vec<String> {
    pattern.split_whitespace().fold(vec![String::new()], |all, word| {
        let forms = word_forms(word);
        all.iter()
            .flat_map(|phrase| {
                forms.iter().map(move |form| match (phrase.is_empty(), form.is_empty()) {
                    (true, _) => form.clone(),
                    (_, true) => phrase.clone(),
                    _ => format!("{phrase} {form}"),
                })
            })
            .collect()
    })
}

fn word_forms(word: &str) -> Vec<String> {
    if let Some(inner) = word.strip_prefix('[').and_then(|w| w.strip_suffix(']')) {
        let mut forms = vec![String::new()];
        forms.extend(inner.split('|').flat_map(word_forms));
        return forms;
    }
    if word.contains('|') {
        return word.split('|').flat_map(word_forms).collect();
    }
    let mut parts = word.split('(');
    let base = parts.next().unwrap_or_default();
    let endings = parts.map(|p| p.trim_end_matches(')'));
    std::iter::once(base.to_string()).chain(endings.map(|e| format!("{base}{e}"))).collect()
}
