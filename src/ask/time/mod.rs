//! Time as people say it, resolved against an injected day.

mod grammar;
mod period;
mod ranges;
#[cfg(test)]
mod tests;
mod words;

pub use grammar::{TimeHit, TimeSense, time_at};
pub use period::{Grain, TimeRange};
pub(crate) use ranges::align_years;
pub use words::{CORRECTABLE, is_time_word, weekday};
