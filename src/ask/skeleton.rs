//! The skeleton of a question: its words, with what can be exchanged taken out. Two questions
//! with the same skeleton ask the same thing of other days, numbers or values.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::chunk::{Atom, Chunk};
use super::lexicon::Sense;
use super::planner::Planner;
use super::time::{TimeRange, TimeSense, align_years};
use super::values::Quality;
use crate::model::Dim;

/// Something that can be exchanged.
#[derive(Debug, Clone, PartialEq)]
pub enum Slot {
    /// A stretch of days.
    Time(TimeRange),
    /// A number.
    Number(Decimal),
    /// A value of the data.
    Value(Dim, String),
}

/// A question's words without its slots.
#[derive(Debug, Clone, PartialEq)]
pub struct Skeleton {
    /// The words that carry meaning, in order; each slot's kind stands in its place.
    pub words: Vec<String>,
    /// The slots, in order.
    pub slots: Vec<Slot>,
    /// Whether the words lean on today beyond the slots ("el mismo periodo del año pasado").
    pub leans_on_today: bool,
}

/// Words that say nothing between two others.
const SILENT: [&str; 13] = ["el", "la", "los", "las", "un", "una", "de", "del", "the", "a", "an", "of", ","];

impl Planner {
    /// The skeleton of a question; `None` where a value in it could be several things.
    pub fn skeleton(&self, text: &str, today: NaiveDate) -> Option<Skeleton> {
        let (_, _, chunks) = self.cover(text, today);
        let mut skeleton = Skeleton { words: Vec::new(), slots: Vec::new(), leans_on_today: false };
        for chunk in &chunks {
            self.add(chunk, today, &mut skeleton)?;
        }
        (!skeleton.words.is_empty()).then_some(skeleton)
    }

    fn add(&self, chunk: &Chunk, today: NaiveDate, skeleton: &mut Skeleton) -> Option<()> {
        match &chunk.atom {
            Atom::Sense(Sense::Filler) => {}
            Atom::Sense(_) | Atom::Documents(_) | Atom::Unknown => {
                let words = chunk.text.split(' ').filter(|word| !SILENT.contains(word));
                skeleton.words.extend(words.map(str::to_string));
            }
            Atom::Weekday(day, every) => skeleton.words.push(format!("<weekday {day} {every}>")),
            Atom::Number(number) => {
                skeleton.words.push(format!("<number {} {}>", number.money, number.percent));
                skeleton.slots.push(Slot::Number(number.value.normalize()));
            }
            Atom::Time(sense) => self.add_time(sense, chunk, today, skeleton),
            Atom::Value(candidates) => {
                let [one] = candidates.as_slice() else { return None };
                if one.quality > Quality::Form {
                    return None;
                }
                skeleton.words.push(format!("<value {}>", one.dim.name()));
                skeleton.slots.push(Slot::Value(one.dim, self.values().text(one.id).to_string()));
            }
        }
        Some(())
    }

    fn add_time(&self, sense: &TimeSense, chunk: &Chunk, today: NaiveDate, skeleton: &mut Skeleton) {
        let mut slot = |kind: &str, range: &TimeRange| {
            skeleton.words.push(format!("<{kind}>"));
            skeleton.slots.push(Slot::Time(*range));
        };
        match sense {
            TimeSense::Range(range) => slot("time", range),
            TimeSense::FromTo(first, second) => {
                let (first, second) = align_years(*first, *second, today).unwrap_or((*first, *second));
                slot("from", &first);
                slot("to", &second);
            }
            TimeSense::Since(range) => slot("since", range),
            TimeSense::Until(_)
            | TimeSense::SameLastYear
            | TimeSense::SameInYear(_)
            | TimeSense::Preceding
            | TimeSense::SameBefore(_)
            | TimeSense::Ambiguous(_) => {
                skeleton.leans_on_today = true;
                skeleton.words.push(chunk.text.clone());
            }
        }
    }
}
