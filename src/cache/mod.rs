//! What is kept of a server so that it is asked less.
//!
//! Enters: distinct values for the planner, answers of approved queries. Leaves: the same,
//! with their age. May not touch: a server. Nothing is ever given to another profile or
//! login than it came from, and nothing half.

mod answers;
mod disk;
mod values;

pub use answers::{Answer, AnswerKey, Answers};
pub use disk::{DiskAnswers, answers_folder};
pub use values::StoredValues;
