//! Time as people say it, resolved against an injected day.

mod grammar;
mod period;
#[cfg(test)]
mod tests;
mod words;

pub(crate) use grammar::align_years;
pub use grammar::{TimeHit, TimeSense, time_at};
pub use period::{Grain, TimeRange};
pub use words::{CORRECTABLE, is_time_word, weekday};
