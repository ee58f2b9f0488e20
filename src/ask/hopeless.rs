//! Questions that nobody can answer from this data, however clever: they are not worth a
//! model's call.

use chrono::NaiveDate;

use super::chunk::{Atom, Chunk};
use super::lexicon::Sense;
use super::planner::Planner;
use super::time::{TimeRange, TimeSense};

impl Planner {
    /// Whether the data certainly does not hold what is asked: a subject outside of it
    /// (stock, payroll …), only days outside of it, or nothing asked at all.
    pub fn is_hopeless(&self, text: &str, today: NaiveDate) -> bool {
        let (_, _, chunks) = self.cover(text, today);
        let says_something = |chunk: &Chunk| {
            !matches!(chunk.sense(), Some(Sense::Filler | Sense::Function | Sense::Vague | Sense::And))
        };
        let limits = |chunk: &Chunk| matches!(chunk.atom, Atom::Time(_) | Atom::Value(_) | Atom::Unknown);
        let never = chunks.iter().any(|chunk| chunk.sense() == Some(&Sense::NeverSold));
        if never && !chunks.iter().any(limits) {
            return true;
        }
        let off_topic = |chunk: &Chunk| matches!(chunk.sense(), Some(Sense::OutOfDomain(_)));
        !chunks.iter().any(says_something) || chunks.iter().any(off_topic) || self.all_outside(&chunks)
    }

    fn all_outside(&self, chunks: &[Chunk]) -> bool {
        let Some((first, last)) = self.span() else { return false };
        let outside = |range: &TimeRange| range.end < first || range.start > last;
        let mut ranges = chunks.iter().filter_map(|chunk| match &chunk.atom {
            Atom::Time(TimeSense::Range(range)) => Some(outside(range)),
            Atom::Time(TimeSense::FromTo(from, to)) => Some(outside(from) && outside(to)),
            Atom::Time(_) => Some(false),
            _ => None,
        });
        ranges.next().is_some_and(|first| first && ranges.all(|outside| outside))
    }

    /// Whether the question leans on the one before it ("¿y en abril?").
    pub fn is_follow_up(&self, text: &str, today: NaiveDate) -> bool {
        let (_, _, chunks) = self.cover(text, today);
        let opens = |chunk: &Chunk| {
            matches!(
                chunk.sense(),
                Some(
                    Sense::FollowUp
                        | Sense::And
                        | Sense::But
                        | Sense::Also
                        | Sense::Only
                        | Sense::Drop
                        | Sense::CompareIt
                )
            )
        };
        chunks.first().is_some_and(opens)
    }
}
