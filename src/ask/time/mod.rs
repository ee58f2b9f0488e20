//! Time as people say it, resolved against an injected day.

mod dates;
mod edges;
mod grammar;
mod period;
mod ranges;
mod relative;
#[cfg(test)]
mod tests;
mod units;
mod words;

/// The last Saturday and Sunday that are over.
pub fn last_weekend(today: chrono::NaiveDate) -> TimeRange {
    grammar::Reader { tokens: &[], today }.weekend(1)
}

pub use grammar::{TimeHit, TimeSense, time_at};
pub use period::{Grain, TimeRange};
pub(crate) use ranges::align_years;
pub use words::{CORRECTABLE, is_time_word, weekday};
