//! The question as a sequence of chunks: the best way to cover all its tokens with
//! phrases, values, times and numbers. What nothing covers stays unknown.

use std::ops::Range;

use chrono::NaiveDate;

use super::intent::Scope;
use super::lexicon::{Lexicon, Sense};
use super::normalize::{Token, fold};
use super::numbers::{Number, is_number_word, number_at};
use super::time::{TimeSense, is_time_word, time_at, weekday};
use super::values::{Candidate, Correction, Quality, Speller, ValueIndex};
use crate::i18n::Lang;
use crate::model::{Dim, DocumentRules};

/// What a chunk is.
#[derive(Debug, Clone, PartialEq)]
pub enum Atom {
    /// A phrase of the lexicon.
    Sense(Sense),
    /// A time expression.
    Time(TimeSense),
    /// A number.
    Number(Number),
    /// Values of the data that the words may name.
    Value(Vec<Candidate>),
    /// A day of the week, Monday = 1; whether the words say "every such day".
    Weekday(u8, bool),
    /// "sin documentos XY": which documents count.
    Documents(Scope),
    /// Words nobody knows.
    Unknown,
}

/// A stretch of the question with one meaning.
#[derive(Debug, Clone, PartialEq)]
pub struct Chunk {
    /// Which tokens.
    pub tokens: Range<usize>,
    /// Which bytes.
    pub span: Range<usize>,
    /// What it is.
    pub atom: Atom,
    /// Its words without case and accents, corrected.
    pub text: String,
    /// The language it speaks for, if only one.
    pub lang: Option<Lang>,
}

impl Chunk {
    /// Its sense, if it is a phrase of the lexicon.
    pub fn sense(&self) -> Option<&Sense> {
        match &self.atom {
            Atom::Sense(sense) => Some(sense),
            _ => None,
        }
    }
}

/// A word taken for another: byte range, as written, as taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Corrected {
    /// Where in the question.
    pub span: Range<usize>,
    /// As written.
    pub written: String,
    /// As taken.
    pub taken: String,
}

/// What chunks are made from.
pub struct Sources<'a> {
    /// Phrases.
    pub lexicon: &'a Lexicon,
    /// Values.
    pub values: &'a ValueIndex,
    /// Near words.
    pub speller: &'a Speller,
    /// The roles of document codes.
    pub documents: &'a DocumentRules,
    /// Today.
    pub today: NaiveDate,
}

impl Sources<'_> {
    fn is_known(&self, word: &str, vocabulary: &std::collections::HashSet<Box<str>>) -> bool {
        vocabulary.contains(word)
            || self.lexicon.is_common(word)
            || is_time_word(word)
            || is_number_word(word)
            || self.values.knows(word)
    }

    /// Replaces words nobody knows by the one known word they must mean, if there is one.
    pub fn corrected(
        &self,
        tokens: Vec<Token>,
        vocabulary: &std::collections::HashSet<Box<str>>,
    ) -> (Vec<Token>, Vec<Corrected>) {
        let mut out: Vec<Token> = Vec::with_capacity(tokens.len());
        let mut corrections = Vec::new();
        let mut skip = false;
        for (i, token) in tokens.iter().enumerate() {
            if skip {
                skip = false;
                continue;
            }
            let letters = token.norm.chars().all(char::is_alphabetic);
            if !letters || self.is_known(&token.norm, vocabulary) {
                out.push(token.clone());
                continue;
            }
            if let Some(next) = tokens.get(i + 1)
                && let joined = format!("{}{}", token.norm, next.norm)
                && joined.len() >= 5
                && next.norm.chars().all(char::is_alphabetic)
                && self.is_known(&joined, vocabulary)
            {
                let span = token.span.start..next.span.end;
                corrections.push(Corrected {
                    span: span.clone(),
                    written: format!("{} {}", token.norm, next.norm),
                    taken: joined.clone(),
                });
                out.push(Token { norm: joined, span });
                skip = true;
                continue;
            }
            if let Some(parts) = self.split(&token.norm, vocabulary) {
                corrections.push(Corrected {
                    span: token.span.clone(),
                    written: token.norm.clone(),
                    taken: format!("{} {}", parts.0, parts.1),
                });
                for norm in [parts.0, parts.1] {
                    out.push(Token { norm, span: token.span.clone() });
                }
                continue;
            }
            match self.correction(&token.norm) {
                Some(correction) => {
                    corrections.push(Corrected {
                        span: token.span.clone(),
                        written: token.norm.clone(),
                        taken: correction.word.clone(),
                    });
                    out.push(Token { norm: correction.word, span: token.span.clone() });
                }
                None => out.push(token.clone()),
            }
        }
        (out, corrections)
    }

    /// The one known word meant, or one of several that mean the same ("margen", "margin").
    fn correction(&self, word: &str) -> Option<Correction> {
        self.speller.correct(word).or_else(|| {
            let nearest = self.speller.nearest(word);
            let meaning = |c: &Correction| self.lexicon.sense_of(&c.word).filter(|s| **s != Sense::Function);
            let first = nearest.first().and_then(meaning)?;
            nearest.iter().all(|c| meaning(c) == Some(first)).then(|| nearest.first().cloned())?
        })
    }

    /// "porcategoria" is two known words, the first a binding word.
    fn split(
        &self,
        word: &str,
        vocabulary: &std::collections::HashSet<Box<str>>,
    ) -> Option<(String, String)> {
        const HEADS: [&str; 12] =
            ["por", "de", "del", "en", "la", "el", "los", "las", "cada", "by", "the", "of"];
        HEADS.iter().find_map(|head| {
            let rest = word.strip_prefix(head)?;
            let known = rest.len() >= 4
                && (vocabulary.contains(rest) || self.values.knows(rest) || is_time_word(rest));
            known.then(|| ((*head).to_string(), rest.to_string()))
        })
    }

    /// The best cover of the tokens.
    pub fn cover(&self, tokens: &[Token], corrected: &[Corrected]) -> Vec<Chunk> {
        let n = tokens.len();
        // best[i]: score of the best cover of tokens[i..], and its first chunk.
        let mut best: Vec<(i64, Option<Chunk>)> = vec![(0, None); n + 1];
        for i in (0..n).rev() {
            let mut choice: Option<(i64, Chunk)> = None;
            for (score, chunk) in self.chunks_at(tokens, corrected, i) {
                let rest = best.get(chunk.tokens.end).map_or(0, |(s, _)| *s);
                let total = score + rest;
                if choice.as_ref().is_none_or(|(s, _)| total > *s) {
                    choice = Some((total, chunk));
                }
            }
            if let (Some((score, chunk)), Some(slot)) = (choice, best.get_mut(i)) {
                *slot = (score, Some(chunk));
            }
        }
        let mut chunks = Vec::new();
        let mut i = 0;
        while let Some((_, Some(chunk))) = best.get(i) {
            i = chunk.tokens.end;
            chunks.push(chunk.clone());
        }
        chunks
    }

    fn chunks_at(&self, tokens: &[Token], corrected: &[Corrected], i: usize) -> Vec<(i64, Chunk)> {
        let mut found = Vec::new();
        let mut push = |length: usize, bonus: i64, atom: Atom, lang: Option<Lang>| {
            let length_score = i64::try_from(length).unwrap_or(0) * 16 - 6;
            let all = tokens.get(i..i + length).unwrap_or_default();
            let (Some(first), Some(last)) = (all.first(), all.last()) else { return };
            let text = all.iter().map(|t| t.norm.as_str()).collect::<Vec<_>>().join(" ");
            let chunk =
                Chunk { tokens: i..i + length, span: first.span.start..last.span.end, atom, text, lang };
            found.push((length_score + bonus, chunk));
        };
        let word = |k: usize| tokens.get(i + k).map_or("", |t| t.norm.as_str());
        for (length, entry) in self.lexicon.phrases_at(word) {
            let bonus = sense_bonus(&entry.sense) - self.loose_end(length, &entry.sense, &word);
            push(length, bonus, Atom::Sense(entry.sense.clone()), entry.lang);
        }
        if let Some((length, scope)) = self.documents_at(tokens, i) {
            push(length, 6, Atom::Documents(scope), None);
        }
        if let Some(hit) = time_at(tokens, i, self.today) {
            push(hit.len, 4, Atom::Time(hit.sense), None);
        }
        if let Some((length, number)) = number_at(tokens, i) {
            push(length, 1, Atom::Number(number), None);
        }
        for length in 1..=self.values.longest().min(tokens.len() - i) {
            if let Some((bonus, candidates)) = self.values_in(tokens, i, length) {
                // A misspelt word alone may name a value, but not a part of one.
                let part = candidates.first().is_some_and(|c| c.quality >= Quality::Start);
                let misspelt = tokens.get(i).is_some_and(|t| corrected.iter().any(|c| c.span == t.span));
                if length == 1 && part && misspelt {
                    continue;
                }
                push(length, bonus, Atom::Value(candidates), None);
            }
        }
        if let Some((day, plural)) = weekday(word(0)) {
            let before = i.checked_sub(1).and_then(|k| tokens.get(k)).map_or("", |t| t.norm.as_str());
            let every = plural
                || matches!(
                    before,
                    "los" | "cada" | "y" | "e" | "and" | "," | "each" | "every" | "solo" | "only"
                );
            // "solo sábado y domingo", "Saturday sales" are those of all Saturdays.
            let every = every || matches!(word(1), "sales" | "revenue" | "profit");
            push(1, 2, Atom::Weekday(day, every), None);
        }
        push(1, -200, Atom::Unknown, None);
        found
    }

    /// "sin documentos XY, AS, TS", "only documents NC": what the rules say of those codes.
    fn documents_at(&self, tokens: &[Token], at: usize) -> Option<(usize, Scope)> {
        let word = |k: usize| tokens.get(k).map_or("", |t| t.norm.as_str());
        let without = match word(at) {
            "sin" | "excepto" | "without" | "excluding" | "except" => true,
            "solo" | "solamente" | "only" => false,
            _ => return None,
        };
        let noun = at + 1 + usize::from(matches!(word(at + 1), "los" | "the"));
        matches!(word(noun), "documento" | "documentos" | "document" | "documents").then_some(())?;
        let is = |codes: &[String], k: usize| codes.iter().any(|code| fold(code) == word(k));
        let known = |k: usize| is(&self.documents.excluded, k) || is(&self.documents.returns, k);
        let (mut end, mut k) = (noun + 1, noun + 1);
        while known(k) {
            end = k + 1;
            k = end + usize::from(matches!(word(end), "," | "y" | "e" | "and"));
        }
        let said = noun + 1..end;
        let all = |codes: &[String]| codes.iter().all(|c| said.clone().any(|k| fold(c) == word(k)));
        let returns = said.clone().filter(|k| is(&self.documents.returns, *k)).count();
        let excluded = said.clone().filter(|k| is(&self.documents.excluded, *k)).count();
        let scope = match (without, returns, excluded) {
            (true, 0, 1..) => Scope::Sales,
            (true, 1.., _) if all(&self.documents.returns) => Scope::BeforeReturns,
            (false, 1.., 0) if all(&self.documents.returns) => Scope::Returns,
            _ => return None,
        };
        Some((end - at, scope))
    }

    /// A phrase that ends in a word that binds ("promedio de") leaves that word to others
    /// where they make more of it ("ticket promedio", "de").
    fn loose_end<'w>(&'w self, length: usize, sense: &Sense, word: &impl Fn(usize) -> &'w str) -> i64 {
        let Some(shorter) = length.checked_sub(1).filter(|n| *n > 0) else { return 0 };
        let binds = || {
            let last = self.lexicon.sense_of(word(shorter));
            matches!(last, Some(Sense::Function | Sense::In))
        };
        let same = || self.lexicon.phrases_at(word).any(|(len, e)| len == shorter && e.sense == *sense);
        if binds() && same() { 4 } else { 0 }
    }

    fn values_in(&self, tokens: &[Token], i: usize, length: usize) -> Option<(i64, Vec<Candidate>)> {
        let span = tokens.get(i..i + length)?;
        if span.iter().any(Token::is_sign) {
            return None;
        }
        let cue = self.cue_before(tokens, i).or_else(|| store_number(tokens, i));
        if length == 1
            && let Some(code) = self.code(span, cue)
        {
            return Some((9, code));
        }
        let mut all = self.values.named(span);
        all.retain(|c| {
            let named = c.dim == Dim::DocType && length > 1;
            !matches!(c.dim, Dim::Warehouse | Dim::DocType) || cue == Some(c.dim) || named || {
                let word = span.first().map_or("", |t| t.norm.as_str());
                c.dim == Dim::Warehouse && (length > 1 || (word.len() > 3 && !self.lexicon.is_common(word)))
            }
        });
        let (all, also_words) = self.without_mere_words(tokens, i, length, all, cue);
        let quality = all.iter().map(|c| c.quality).min()?;
        if span.iter().all(Token::is_digits) {
            return None;
        }
        let only = span.first().filter(|_| length == 1).map(|t| t.norm.as_str());
        if let Some(word) = only {
            let vague = quality >= Quality::Start && (self.lexicon.is_common(word) || word.len() < 3);
            let cued = cue.is_some_and(|dim| all.iter().any(|c| c.dim == dim));
            if vague && !cued && !the_only_one(tokens, i, &all) {
                return None;
            }
        }
        // Ordinary words do not help to name a part of a value.
        let content = span.iter().filter(|t| !super::values::is_binding(&t.norm)).count();
        if quality >= Quality::Start
            && only.is_none()
            && span.iter().all(|t| self.lexicon.is_common(&t.norm) || super::values::is_binding(&t.norm))
        {
            return None;
        }
        // "sika 1" is the product rather than the brand and a number.
        let numbered = content > 1
            && span.iter().any(Token::starts_with_digit)
            && !span.iter().all(Token::starts_with_digit);
        let bonus = match quality {
            Quality::Start | Quality::Part if numbered => 2,
            // "marca Total en mayo": more than "total en".
            Quality::Exact | Quality::Form if also_words => 9,
            Quality::Exact => 5,
            Quality::Group => 4,
            Quality::Form => 3,
            Quality::Start if content > 1 => 0,
            Quality::Part if content > 1 => -2,
            Quality::Start => -3,
            Quality::Part => -5,
        };
        Some((bonus, all))
    }

    /// The dimension named just before ("almacén 04", "almacenes 02 y 03").
    fn cue_before(&self, tokens: &[Token], i: usize) -> Option<Dim> {
        const LEAVES_OUT: [&str; 12] = [
            "menos",
            "excepto",
            "salvo",
            "sin",
            "except",
            "excluding",
            "aparte",
            "fuera",
            "quitando",
            "excluyendo",
            "distinto",
            "but",
        ];
        const BETWEEN: [&str; 24] = [
            "=", "≠", "y", "and", ",", "o", "or", "el", "la", "los", "las", "de", "del", "n", "no", "nro",
            "numero", "number", "vs", "contra", "con", "llamado", "named", "versus",
        ];
        if is_counted(tokens, i) {
            return None;
        }
        let mut k = i;
        let mut left_out = false;
        for _ in 0..6 {
            k = k.checked_sub(1)?;
            let token = tokens.get(k)?;
            let word = |j: usize| tokens.get(k + j).map_or("", |t| t.norm.as_str());
            let noun =
                self.lexicon.phrases_at(word).filter(|(len, _)| *len == 1).find_map(|(_, e)| match e.sense {
                    Sense::Dim(dim, _) => Some(dim),
                    _ => None,
                });
            if noun.is_some() {
                // "por almacén, los 2 mayores": the noun groups, the number is no code.
                let before = k.checked_sub(1).and_then(|k| tokens.get(k)).map_or("", |t| t.norm.as_str());
                let groups = matches!(before, "por" | "x" | "cada" | "by" | "per" | "each" | "segun");
                return noun.filter(|_| !groups || left_out || k + 1 == i || matches!(word(1), "=" | "≠"));
            }
            let is_code = token.norm.len() <= 3 && token.starts_with_digit();
            let leaves_out = LEAVES_OUT.contains(&token.norm.as_str());
            left_out |= leaves_out;
            // "en el almacén 01 o en el 02"
            let before = k.checked_sub(1).and_then(|k| tokens.get(k)).map_or("", |t| t.norm.as_str());
            let in_list = matches!(token.norm.as_str(), "en" | "in")
                && matches!(before, "o" | "or" | "y" | "and" | "que" | "than");
            let after_code = before.len() <= 3 && before.starts_with(|c: char| c.is_ascii_digit());
            let than = matches!(token.norm.as_str(), "que" | "than") && after_code;
            let joins = BETWEEN.contains(&token.norm.as_str()) || in_list || than;
            if !joins && !leaves_out && !is_code {
                return None;
            }
        }
        None
    }

    /// A warehouse or document code after its noun; numbers may lack their leading zero.
    fn code(&self, span: &[Token], cue: Option<Dim>) -> Option<Vec<Candidate>> {
        let dim = cue.filter(|d| matches!(d, Dim::Warehouse | Dim::DocType))?;
        let token = span.first()?;
        let of_dim = |text: String| {
            let token = Token { norm: text, span: 0..0 };
            let mut all = self.values.named(std::slice::from_ref(&token));
            all.retain(|c| c.dim == dim && c.quality == Quality::Exact);
            (!all.is_empty()).then_some(all)
        };
        of_dim(token.norm.clone()).or_else(|| {
            let (_, number) = number_at(span, 0)?;
            let plain = number.value.normalize().to_string();
            of_dim(plain.clone())
                .or_else(|| of_dim(format!("{plain:0>2}")))
                .or_else(|| of_dim(format!("{plain:0>3}")))
        })
    }
}

/// "a la clínica", where one customer alone is called a clinic.
fn the_only_one(tokens: &[Token], i: usize, named: &[Candidate]) -> bool {
    let word = |back: usize| i.checked_sub(back).and_then(|k| tokens.get(k)).map_or("", |t| t.norm.as_str());
    let to_the = word(1) == "al" || (word(2) == "a" && matches!(word(1), "la" | "el"));
    to_the && matches!(named, [Candidate { dim: Dim::Customer, quality: Quality::Start, .. }])
}

/// "lo vendido en la 03": a number with its leading zero after "la" is a store's.
fn store_number(tokens: &[Token], i: usize) -> Option<Dim> {
    let word = |k: Option<usize>| k.and_then(|k| tokens.get(k)).map_or("", |t| t.norm.as_str());
    let code = word(Some(i));
    let numbered = code.len() > 1 && code.starts_with('0') && code.chars().all(|c| c.is_ascii_digit());
    (numbered && word(i.checked_sub(1)) == "la" && word(Some(i + 1)) != "de").then_some(Dim::Warehouse)
}

/// "almacén 1, los 2 mejores clientes": the second number is no store.
fn is_counted(tokens: &[Token], i: usize) -> bool {
    let word = |back: usize| i.checked_sub(back).and_then(|k| tokens.get(k)).map_or("", |t| t.norm.as_str());
    word(2) == "," && matches!(word(1), "los" | "las" | "the")
}

/// Words that only bind weigh a little less than words with content.
fn sense_bonus(sense: &Sense) -> i64 {
    match sense {
        Sense::Function | Sense::In | Sense::That | Sense::Clitic | Sense::And | Sense::Or => 0,
        Sense::Filler => 1,
        Sense::Vague | Sense::Which => 1,
        _ => 3,
    }
}
