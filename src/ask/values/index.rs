//! Which values a stretch of words names: whole values first, then values without legal
//! form or plural, then values that contain the words.

use std::collections::HashMap;

use crate::ask::lexicon::{NamedDims, ValueName};
use crate::ask::normalize::{Token, stem, tokens};
use crate::model::{ColumnValues, Dim, SalesModel};

/// How well words name a value, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Quality {
    /// All of the value's words in order.
    Exact,
    /// A name for this value and others together.
    Group,
    /// The value without its legal form or articles, in another number, or its English name.
    Form,
    /// The value begins with the words.
    Start,
    /// The value contains the words.
    Part,
}

/// A value that words may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    /// Its place in the index.
    pub id: u32,
    /// Where it stands.
    pub dim: Dim,
    /// How well the words name it.
    pub quality: Quality,
}

#[derive(Debug, Clone)]
struct Entry {
    text: Box<str>,
    /// Its words without case and accents, joined by spaces.
    norm: Box<str>,
    dim: Dim,
    count: u64,
}

/// The distinct values of the data.
#[derive(Debug, Clone, Default)]
pub struct ValueIndex {
    entries: Vec<Entry>,
    exact: HashMap<Box<str>, Vec<u32>>,
    forms: HashMap<Box<str>, Vec<u32>>,
    /// Names that stand for all of several values.
    groups: HashMap<Box<str>, Vec<u32>>,
    /// Names that the store gave, word for word, articles too.
    own: HashMap<Box<str>, Vec<u32>>,
    words: HashMap<Box<str>, Vec<u32>>,
    raw_words: Vec<Box<str>>,
    longest: usize,
}

const LEGAL: [&str; 12] = ["sas", "sa", "ltda", "limitada", "cia", "eu", "s", "a", "inc", "esp", "bic", "e"];
const ARTICLES: [&str; 10] = ["el", "la", "los", "las", "de", "del", "y", "e", "the", "en"];
const AND: [&str; 2] = ["y", "e"];
/// What shops write when they do not know.
const JUNK: [&str; 9] =
    ["si", "s i", "na", "n a", "sin proveedor", "sin marca", "ninguno", "ninguna", "null"];

/// More values than a person would choose from; within a column the most frequent come first.
const MANY: usize = 96;

/// Whether a word binds rather than names.
pub fn is_binding(word: &str) -> bool {
    ARTICLES.contains(&word)
}

fn joins_words(norm: &str) -> bool {
    norm.split(' ').any(|word| AND.contains(&word))
}

/// The words without legal form and articles, in one number.
fn form_key(words: &[&str]) -> String {
    let mut words = words.to_vec();
    while words.len() > 1 && words.last().is_some_and(|w| LEGAL.contains(w)) {
        words.pop();
    }
    let kept: Vec<&str> = words.iter().filter(|w| !ARTICLES.contains(w)).map(|w| stem(w)).collect();
    kept.join(" ")
}

impl ValueIndex {
    /// An index over the values of each column of a store; `names` are other names of values.
    pub fn new(columns: &[ColumnValues], names: &[ValueName], model: &SalesModel) -> ValueIndex {
        let mut index = ValueIndex::default();
        // Few salespeople come before many customers, so that a look at the first values of a
        // word sees them.
        let mut columns: Vec<&ColumnValues> = columns.iter().collect();
        columns.sort_by_key(|column| column.values.len());
        for column in columns {
            let Some(dim) = model.dim_of_column(&column.column) else { continue };
            for (text, count) in &column.values {
                index.add(text, dim, *count);
            }
        }
        for name in names {
            index.add_name(name);
        }
        index.raw_words.sort_unstable();
        index.raw_words.dedup();
        index
    }

    fn add_name(&mut self, name: &ValueName) {
        let mut ids: Vec<u32> = Vec::new();
        for value in &name.values {
            let key: Vec<String> = tokens(value).into_iter().map(|t| t.norm).collect();
            let found = self.exact.get(key.join(" ").as_str()).map_or(&[][..], Vec::as_slice);
            ids.extend(
                found
                    .iter()
                    .filter(|id| self.entries.get(**id as usize).is_some_and(|e| name.of.holds(e.dim))),
            );
        }
        if ids.is_empty() {
            return;
        }
        let words: Vec<&str> = name.phrase.split(' ').collect();
        let form: Box<str> = form_key(&words).into();
        if name.of == NamedDims::Any {
            self.own.insert(name.phrase.as_str().into(), ids.clone());
        }
        if name.values.len() > 1 {
            self.groups.insert(form, ids);
        } else {
            let known = self.forms.entry(form).or_default();
            ids.retain(|id| !known.contains(id));
            known.extend(ids);
        }
        self.raw_words.extend(words.iter().map(|w| Box::from(*w)));
        self.longest = self.longest.max(words.len());
    }

    fn add(&mut self, text: &str, dim: Dim, count: u64) {
        let all = tokens(text);
        let words: Vec<&str> = all.iter().filter(|t| !t.is_sign()).map(|t| t.norm.as_str()).collect();
        let joined = words.join(" ");
        if joined.is_empty() || JUNK.contains(&joined.as_str()) {
            return;
        }
        let Ok(id) = u32::try_from(self.entries.len()) else { return };
        self.entries.push(Entry { text: text.into(), norm: joined.as_str().into(), dim, count });
        self.longest = self.longest.max(words.len());
        self.exact.entry(joined.into()).or_default().push(id);
        let form = form_key(&words);
        if !form.is_empty() {
            self.forms.entry(form.into()).or_default().push(id);
        }
        if matches!(dim, Dim::Warehouse | Dim::DocType) {
            return;
        }
        for word in words {
            let ids = self.words.entry(stem(word).into()).or_default();
            if ids.last() != Some(&id) {
                ids.push(id);
            }
            self.raw_words.push(word.into());
        }
    }

    /// Every word that occurs in a value or its other name.
    pub fn vocabulary(&self) -> impl Iterator<Item = &str> {
        self.raw_words.iter().map(AsRef::as_ref)
    }

    /// Whether a word occurs in some value.
    pub fn knows(&self, word: &str) -> bool {
        let word = stem(word);
        self.words.contains_key(word) || self.forms.contains_key(word) || self.groups.contains_key(word)
    }

    /// The most words a value has.
    pub fn longest(&self) -> usize {
        self.longest.min(12)
    }

    /// The value as it stands in the data.
    pub fn text(&self, id: u32) -> &str {
        self.entries.get(id as usize).map_or("", |e| &e.text)
    }

    /// Whether two values differ in nothing but case and accents.
    pub fn same_words(&self, a: u32, b: u32) -> bool {
        let norm = |id: u32| self.entries.get(id as usize).map(|e| &e.norm);
        norm(a).is_some() && norm(a) == norm(b)
    }

    /// In how many lines the value stands.
    pub fn count(&self, id: u32) -> u64 {
        self.entries.get(id as usize).map_or(0, |e| e.count)
    }

    /// The values of a dimension, as they were given (most frequent first), at most `most`.
    pub fn values_of(&self, dim: Dim, most: usize) -> Vec<&str> {
        self.entries.iter().filter(|e| e.dim == dim).take(most).map(|e| &*e.text).collect()
    }

    /// Every value with its dimension.
    pub fn all(&self) -> impl Iterator<Item = (Dim, &str)> {
        self.entries.iter().map(|e| (e.dim, &*e.text))
    }

    /// Whether the words, without case and accents, are a whole value.
    pub fn is_value(&self, norm: &str) -> bool {
        self.exact.contains_key(norm)
    }

    /// Values that begin with this text (without case and accents), then, if wanted, those of
    /// which a later word begins with it; at most `most`.
    pub fn beginning_with(&self, norm: &str, inside_too: bool, most: usize) -> Vec<(Dim, &str)> {
        let inside = format!(" {norm}");
        let first = self.entries.iter().filter(|e| e.norm.starts_with(norm));
        let later = self
            .entries
            .iter()
            .filter(|e| inside_too && !e.norm.starts_with(norm) && e.norm.contains(&inside));
        first.chain(later).take(most).map(|e| (e.dim, &*e.text)).collect()
    }

    /// The values that the words name, of the best quality found.
    pub fn named(&self, span: &[Token]) -> Vec<Candidate> {
        let words: Vec<&str> = span.iter().filter(|t| !t.is_sign()).map(|t| t.norm.as_str()).collect();
        let joined = words.join(" ");
        let with = |ids: &[u32], quality| -> Vec<Candidate> {
            ids.iter()
                .filter_map(|id| {
                    self.entries.get(*id as usize).map(|e| Candidate { id: *id, dim: e.dim, quality })
                })
                .collect()
        };
        if let Some(ids) = self.exact.get(joined.as_str()) {
            return with(ids, Quality::Exact);
        }
        if let Some(ids) = self.own.get(joined.as_str()) {
            return with(ids, if ids.len() > 1 { Quality::Group } else { Quality::Exact });
        }
        let edge = |w: Option<&&str>| w.is_none_or(|w| ARTICLES.contains(w));
        if edge(words.first()) && !self.starts_with_article(&joined) || edge(words.last()) {
            return Vec::new();
        }
        let form = form_key(&words);
        if let Some(ids) = self.groups.get(form.as_str()) {
            return with(ids, Quality::Group);
        }
        let mut found = match self.forms.get(form.as_str()) {
            Some(ids) => with(ids, Quality::Form),
            None => self.containing(&words),
        };
        // "factura y ventas" are two things, unlike "factura de venta".
        if words.iter().any(|w| AND.contains(w)) {
            found.retain(|c| self.entries.get(c.id as usize).is_some_and(|e| joins_words(&e.norm)));
        }
        if words.contains(&"en") {
            found.retain(|c| self.entries.get(c.id as usize).is_some_and(|e| e.norm.contains(" en ")));
        }
        found
    }

    /// Whether some value without its legal form is exactly this ("la economia sas").
    fn starts_with_article(&self, joined: &str) -> bool {
        LEGAL.iter().take(4).any(|legal| self.exact.contains_key(format!("{joined} {legal}").as_str()))
    }

    fn containing(&self, words: &[&str]) -> Vec<Candidate> {
        let content: Vec<&str> = words.iter().copied().filter(|w| !ARTICLES.contains(w)).collect();
        // "Julio Abril en abril": no value says a word twice, or has an "en" that is not its own.
        if content.iter().enumerate().any(|(i, w)| content.iter().take(i).any(|before| before == w)) {
            return Vec::new();
        }
        let mut lists: Vec<&Vec<u32>> = Vec::with_capacity(content.len());
        for word in &content {
            match self.words.get(stem(word)) {
                Some(ids) => lists.push(ids),
                None => return Vec::new(),
            }
        }
        lists.sort_by_key(|ids| ids.len());
        let Some((shortest, others)) = lists.split_first() else { return Vec::new() };
        // A word that thousands of values share names none of them; a look at the most frequent is enough.
        let looked_at = if content.len() == 1 { MANY } else { usize::MAX };
        let mut rest: Vec<&[u32]> = others.iter().map(|ids| ids.as_slice()).collect();
        let mut found: Vec<Candidate> = shortest
            .iter()
            .take(looked_at)
            .filter(|id| rest.iter_mut().all(|ids| skip_to(ids, **id)))
            .filter_map(|id| {
                let entry = self.entries.get(*id as usize)?;
                let quality = part_quality(&entry.norm, entry.dim, &content)?;
                Some(Candidate { id: *id, dim: entry.dim, quality })
            })
            .take(MANY)
            .collect();
        if let Some(best) = found.iter().map(|c| c.quality).min() {
            found.retain(|c| c.quality == best);
        }
        found.sort_by_key(|c| std::cmp::Reverse(self.count(c.id)));
        found
    }

    /// Values that hold one of the words, to suggest; the most frequent first.
    pub fn holding(&self, words: &[String], dim: Option<Dim>, most: usize) -> Vec<&str> {
        let mut ids: Vec<u32> = words
            .iter()
            .flat_map(|word| {
                self.words.get(stem(word)).map_or(&[][..], Vec::as_slice).iter().take(256).copied()
            })
            .filter(|id| self.entries.get(*id as usize).is_some_and(|e| dim.is_none_or(|d| d == e.dim)))
            .collect();
        ids.sort_by_key(|id| (std::cmp::Reverse(self.count(*id)), *id));
        ids.dedup();
        ids.into_iter().take(most).map(|id| self.text(id)).collect()
    }
}

/// Moves on in an ascending list to `id`, by ever longer steps; whether it is there.
fn skip_to(ids: &mut &[u32], id: u32) -> bool {
    let mut step = 1;
    while ids.get(step).is_some_and(|next| *next <= id) {
        *ids = ids.get(step..).unwrap_or_default();
        step *= 2;
    }
    let within = ids.get(..step.min(ids.len())).unwrap_or_default();
    let at = within.partition_point(|known| *known < id);
    *ids = ids.get(at..).unwrap_or_default();
    ids.first() == Some(&id)
}

/// Names of people and firms must contain the very words; goods may differ in number.
fn part_quality(norm: &str, dim: Dim, content: &[&str]) -> Option<Quality> {
    let value: Vec<&str> = norm.split(' ').filter(|w| !ARTICLES.contains(w)).collect();
    let same = |a: &str, b: &str| if dim.is_party() { a == b } else { stem(a) == stem(b) };
    let contains = content.iter().all(|w| value.iter().any(|v| same(v, w)));
    contains.then(|| {
        let starts = content.iter().zip(&value).all(|(w, v)| same(v, w));
        if starts { Quality::Start } else { Quality::Part }
    })
}
