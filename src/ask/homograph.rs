//! Values that are also words of the question: the brand TOTAL, the city MAYO, the city LA
//! PLATA. Where nothing says that the value is meant, the word is a word.

use super::chunk::Sources;
use super::lexicon::Sense;
use super::normalize::Token;
use super::time::time_at;
use super::values::{Candidate, Quality, is_binding};
use crate::model::Dim;

impl Sources<'_> {
    /// The candidates that are still meant when their words say something by themselves too, and
    /// whether they do; `cue` is the dimension named before them.
    pub(super) fn without_mere_words(
        &self,
        tokens: &[Token],
        i: usize,
        length: usize,
        mut all: Vec<Candidate>,
        cue: Option<Dim>,
    ) -> (Vec<Candidate>, bool) {
        let Some(word) = self.word_reading(tokens, i, length) else { return (all, false) };
        let led = self.led(tokens, i, length, word);
        all.retain(|c| {
            cue == Some(c.dim)
                || led.is_some_and(|places| !places || is_place(c.dim))
                || (word != Reading::Time && self.beside_its_like(tokens, i, length, c.dim))
        });
        (all, true)
    }

    /// What the words say without being a value, if anything.
    fn word_reading(&self, tokens: &[Token], i: usize, length: usize) -> Option<Reading> {
        if time_at(tokens, i, self.today).is_some_and(|hit| hit.len >= length) {
            return Some(Reading::Time);
        }
        let article = length == 2 && tokens.get(i).is_some_and(|t| is_binding(&t.norm));
        let from = i + usize::from(article);
        let word = |k: usize| tokens.get(from + k).map_or("", |t| t.norm.as_str());
        let wanted = length - usize::from(article);
        let sense = self.lexicon.phrases_at(word).find(|(len, _)| *len == wanted).map(|(_, e)| &e.sense)?;
        match sense {
            Sense::Function | Sense::Clitic | Sense::OutOfDomain(_) => None,
            Sense::Total | Sense::All | Sense::Filler | Sense::Vague => Some(Reading::Weak),
            _ if article => Some(Reading::Weak),
            _ => Some(Reading::Strong),
        }
    }

    /// Whether a preposition leads to a value here; if so, whether to a place only. "ventas de
    /// Total" names something, "en total" and "el total de" do not.
    fn led(&self, tokens: &[Token], i: usize, length: usize, reading: Reading) -> Option<bool> {
        let word = |k: Option<usize>| k.and_then(|k| tokens.get(k)).map_or("", |t| t.norm.as_str());
        let goes_on = matches!(word(i.checked_add(length)), "de" | "del" | "que" | "of" | "that");
        if reading != Reading::Weak || goes_on {
            return None;
        }
        // "los productos Total", "Total products"
        let goods = |k: Option<usize>| {
            matches!(word(k), "productos" | "articulos" | "referencias" | "products" | "items")
        };
        if goods(i.checked_sub(1)) || goods(i.checked_add(length)) {
            return Some(false);
        }
        match word(i.checked_sub(1)) {
            "de" | "of" | "from" | "desde" | "hacia" | "a" | "to" | "para" => Some(false),
            "en" | "in" | "at" => Some(true),
            _ => None,
        }
    }

    /// "Acesco, Grival y Total": another value of the same kind stands beside it in a list.
    fn beside_its_like(&self, tokens: &[Token], i: usize, length: usize, dim: Dim) -> bool {
        let joins = |k: usize| {
            tokens.get(k).is_some_and(|t| {
                matches!(
                    t.norm.as_str(),
                    "," | "y" | "e" | "o" | "u" | "ni" | "and" | "or" | "nor" | "vs" | "versus" | "contra"
                )
            })
        };
        let names = |from: usize, to: usize| {
            tokens.get(from..to).is_some_and(|span| {
                !span.is_empty()
                    && !span.iter().any(Token::is_sign)
                    && self.values.named(span).iter().any(|c| c.dim == dim && c.quality <= Quality::Form)
            })
        };
        let before = i
            .checked_sub(1)
            .filter(|k| joins(*k))
            .map(|k| k.checked_sub(1).filter(|k| joins(*k)).unwrap_or(k));
        let after = Some(i + length).filter(|k| joins(*k)).map(|k| if joins(k + 1) { k + 2 } else { k + 1 });
        before.is_some_and(|end| (1..=4).any(|n| end.checked_sub(n).is_some_and(|from| names(from, end))))
            || after.is_some_and(|from| (1..=4).any(|n| names(from, from + n)))
    }
}

/// What a value's words say as words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// A time.
    Time,
    /// Something that a question means with or without them ("total").
    Weak,
    /// A meaning of its own.
    Strong,
}

fn is_place(dim: Dim) -> bool {
    matches!(dim, Dim::City | Dim::State | Dim::Warehouse)
}
