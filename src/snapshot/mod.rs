//! The local copy of a server's table, brought in month by month.
//!
//! Enters: a connected server, a range of days. Leaves: Parquet files with the model's
//! column names, and a manifest that says which days they hold. May not touch: the terminal.
//!
//! The copy lies in one folder per profile. Each month is a file of its own; the manifest
//! is replaced after each, so that work that was cut short goes on where it stopped. The
//! days of a copy have no gaps: what is asked for is widened until it joins what is there.

mod error;
mod manifest;
mod months;
mod pull;
mod values;

use chrono::NaiveDate;

pub use error::{SnapshotError, sentence};
pub use manifest::{Manifest, Part};
pub use pull::{Work, sync};

/// What is to be brought in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Order {
    /// The first day; without it the first there is, or of the copy.
    pub from: Option<NaiveDate>,
    /// The last day; without it the last there is.
    pub to: Option<NaiveDate>,
    /// Days before today that are brought in anew, since documents still change.
    pub refresh_days: u32,
    /// Whether to start from nothing.
    pub anew: bool,
}

/// How far the work is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Months done.
    pub done: usize,
    /// Months in all.
    pub of: usize,
    /// The first day of the month at work.
    pub month: NaiveDate,
    /// Lines brought in so far.
    pub rows: u64,
}

impl Progress {
    /// The share done, from 0 to 1.
    pub fn share(&self) -> f32 {
        if self.of == 0 { 1.0 } else { self.done as f32 / self.of as f32 }
    }
}

/// What was brought in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brought {
    /// Months brought in.
    pub months: usize,
    /// Lines brought in.
    pub rows: u64,
    /// The copy as it is now.
    pub manifest: Manifest,
}
