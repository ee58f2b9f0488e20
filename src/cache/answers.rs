//! Answers of approved queries, kept in memory for a while.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use chrono::{DateTime, TimeDelta, Utc};

use crate::engine::Note;
use crate::frame::Completeness;

/// What an answer belongs to. Nothing is given to another profile, login or text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerKey {
    /// Profile, server, database, table and login.
    pub identity: String,
    /// SHA-256 of the canonical text.
    pub sha256: [u8; 32],
    /// The row limit it was asked with.
    pub max_rows: usize,
}

/// An answer as it came.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Its columns.
    pub schema: SchemaRef,
    /// Its rows.
    pub batches: Arc<[RecordBatch]>,
    /// All of it, or as much as the limit allows: nothing else is kept.
    pub completeness: Completeness,
    /// What had to be known about its rows.
    pub notes: Vec<Note>,
    /// When it was fetched.
    pub fetched_at: DateTime<Utc>,
}

impl Answer {
    /// Whether it is all that the limit allows.
    pub(super) fn is_whole(&self) -> bool {
        matches!(self.completeness, Completeness::Complete | Completeness::Truncated)
    }

    /// Whether it is younger than `shelf_life`. A clock that went back makes an age that
    /// says nothing.
    pub(super) fn is_fresh(&self, shelf_life: Duration) -> bool {
        let age = Utc::now().signed_duration_since(self.fetched_at);
        let shelf_life = TimeDelta::from_std(shelf_life).unwrap_or(TimeDelta::MAX);
        age >= TimeDelta::zero() && age < shelf_life
    }

    fn bytes(&self) -> usize {
        self.batches.iter().map(RecordBatch::get_array_memory_size).sum()
    }
}

/// The answers of one session, within a budget of memory; the least recently used go first.
#[derive(Debug, Default)]
pub struct Answers {
    kept: VecDeque<(AnswerKey, Answer)>,
    bytes: usize,
}

impl Answers {
    /// The answer, unless it is older than `shelf_life` or was never kept.
    pub fn get(&mut self, key: &AnswerKey, shelf_life: Duration) -> Option<Answer> {
        let at = self.kept.iter().position(|(known, _)| known == key)?;
        let (key, answer) = self.remove(at)?;
        if !answer.is_fresh(shelf_life) {
            return None;
        }
        self.bytes += answer.bytes();
        self.kept.push_back((key, answer.clone()));
        Some(answer)
    }

    /// Keeps an answer in place of one under the same key, making room for it within
    /// `budget` bytes. One that is not whole, or larger than a half of the budget, is not kept.
    pub fn put(&mut self, key: AnswerKey, answer: Answer, budget: usize) {
        if let Some(at) = self.kept.iter().position(|(known, _)| *known == key) {
            self.remove(at);
        }
        let bytes = answer.bytes();
        if !answer.is_whole() || bytes > budget / 2 {
            return;
        }
        while self.bytes + bytes > budget && self.remove(0).is_some() {}
        self.bytes += bytes;
        self.kept.push_back((key, answer));
    }

    /// How many answers are kept, and their bytes.
    pub fn size(&self) -> (usize, usize) {
        (self.kept.len(), self.bytes)
    }

    fn remove(&mut self, at: usize) -> Option<(AnswerKey, Answer)> {
        let removed = self.kept.remove(at)?;
        self.bytes = self.bytes.saturating_sub(removed.1.bytes());
        Some(removed)
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{ArrayRef, Int64Array};
    use arrow::datatypes::{DataType, Field, Schema};

    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);
    const BUDGET: usize = 100_000;

    fn key(identity: &str, text: u8) -> AnswerKey {
        AnswerKey { identity: identity.into(), sha256: [text; 32], max_rows: 10 }
    }

    fn answer(rows: usize, completeness: Completeness) -> Answer {
        let schema = Arc::new(Schema::new(vec![Field::new("n", DataType::Int64, true)]));
        let column: ArrayRef = Arc::new(Int64Array::from(vec![7; rows]));
        let batch = RecordBatch::try_new(Arc::clone(&schema), vec![column]).expect("a batch");
        Answer {
            schema,
            batches: Arc::from(vec![batch]),
            completeness,
            notes: Vec::new(),
            fetched_at: Utc::now(),
        }
    }

    #[test]
    fn an_answer_is_given_again_only_to_whom_it_was_given() {
        let mut answers = Answers::default();
        answers.put(key("tienda/ana", 1), answer(3, Completeness::Complete), BUDGET);
        assert!(answers.get(&key("tienda/ana", 1), HOUR).is_some());
        assert!(answers.get(&key("tienda/luis", 1), HOUR).is_none());
        assert!(answers.get(&key("tienda/ana", 2), HOUR).is_none());
        let other_limit = AnswerKey { max_rows: 11, ..key("tienda/ana", 1) };
        assert!(answers.get(&other_limit, HOUR).is_none());
    }

    #[test]
    fn what_is_old_or_from_the_future_is_gone() {
        let mut answers = Answers::default();
        for minutes in [61, -1] {
            let mut old = answer(3, Completeness::Complete);
            old.fetched_at -= TimeDelta::minutes(minutes);
            answers.put(key("a", 1), old, BUDGET);
            assert!(answers.get(&key("a", 1), HOUR).is_none());
            assert_eq!(answers.size(), (0, 0));
        }
        answers.put(key("a", 1), answer(3, Completeness::Complete), BUDGET);
        assert!(answers.get(&key("a", 1), Duration::ZERO).is_none(), "zero minutes mean never");
    }

    #[test]
    fn what_is_not_whole_is_never_kept() {
        let mut answers = Answers::default();
        answers.put(key("a", 1), answer(3, Completeness::Complete), BUDGET);
        for half in [Completeness::Partial, Completeness::Growing] {
            answers.put(key("a", 1), answer(3, half), BUDGET);
            assert!(answers.get(&key("a", 1), HOUR).is_none(), "the old answer is outdated too");
        }
        answers.put(key("a", 2), answer(3, Completeness::Truncated), BUDGET);
        assert!(answers.get(&key("a", 2), HOUR).is_some());
    }

    #[test]
    fn memory_stays_within_the_budget_and_the_least_used_go_first() {
        let mut answers = Answers::default();
        for text in 0..20 {
            answers.put(key("a", text), answer(2_000, Completeness::Complete), BUDGET);
            assert!(answers.get(&key("a", 0), HOUR).is_some() || text > 0);
            assert!(answers.size().1 <= BUDGET);
        }
        assert!(answers.get(&key("a", 0), HOUR).is_some(), "used each time");
        assert!(answers.get(&key("a", 1), HOUR).is_none());
        answers.put(key("a", 99), answer(BUDGET / 8, Completeness::Complete), BUDGET);
        assert!(answers.get(&key("a", 99), HOUR).is_none(), "too large for the budget");
    }
}
