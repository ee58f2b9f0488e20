//! The values that stand in the data: which one a stretch of words names, and which
//! known word a misspelt one means.

mod fuzzy;
mod index;
mod phonetic;
#[cfg(test)]
mod tests;

pub use fuzzy::{Correction, Speller};
pub use index::{Candidate, Quality, ValueIndex, is_binding};
