//! The demo store: a hardware store of southern Colombia that never existed, made from a seed.
//!
//! The same seed and last day give the same lines to the last digit on every machine:
//! all arithmetic is on integers, and the random numbers are ChaCha8's.

mod amounts;
mod books;
mod calendar;
mod catalogue;
mod customers;
mod dice;
mod goods;
#[cfg(test)]
mod tests;

use std::path::Path;

use chrono::{Datelike, Months, NaiveDate};
use tokio_util::sync::CancellationToken;

use super::builder::TableBuilder;
use super::error::DatasetError;
use super::manifest::{Manifest, Source};
use super::store::{ROW_GROUP_ROWS, Staging};
use super::table::arrow_schema;
use books::Books;
use calendar::Calendar;

/// Lines of the demo data unless told otherwise.
pub const DEFAULT_ROWS: u32 = 200_000;
/// Most lines of demo data.
pub const MAX_ROWS: u32 = 20_000_000;
/// Fewest lines that still show every kind of document and day.
const MIN_ROWS: u32 = 1_000;
/// Months of history, the one of the last day included.
const MONTHS: u32 = 30;

/// How the demo data is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DemoOptions {
    /// Number of invoice lines, from 1,000 to [`MAX_ROWS`].
    pub rows: u32,
    /// The seed: the same seed and last day give the same data.
    pub seed: u64,
    /// The last day, usually today.
    pub until: NaiveDate,
}

impl DemoOptions {
    /// The usual demo data up to `until`.
    pub fn until(until: NaiveDate) -> DemoOptions {
        DemoOptions { rows: DEFAULT_ROWS, seed: 1, until }
    }

    /// The first day of the history: the first of a month, 30 calendar months with the last one.
    fn first_day(&self) -> Option<NaiveDate> {
        self.until.with_day(1)?.checked_sub_months(Months::new(MONTHS - 1))
    }

    fn check(&self) -> Result<NaiveDate, DatasetError> {
        let out = |option, min: u32, max: u32| DatasetError::OutOfRange {
            option,
            min: u64::from(min),
            max: u64::from(max),
        };
        if !(MIN_ROWS..=MAX_ROWS).contains(&self.rows) {
            return Err(out("--rows", MIN_ROWS, MAX_ROWS));
        }
        let years = (1980, 2200);
        let year_known = (years.0..=years.1).contains(&self.until.year());
        let first = self.first_day().filter(|_| year_known);
        first.ok_or_else(|| out("--until", years.0 as u32, years.1 as u32))
    }
}

/// Makes demo data and puts it in the place of what the table in `dir` held.
/// `progress` is told the share done, from 0 to 1.
///
/// # Errors
/// [`DatasetError::OutOfRange`], [`DatasetError::Busy`], [`DatasetError::Io`], and
/// [`DatasetError::Cancelled`]; the old data stays unless all went well.
pub fn generate(
    options: DemoOptions,
    dir: &Path,
    progress: &dyn Fn(f32),
    cancel: &CancellationToken,
) -> Result<Manifest, DatasetError> {
    let first = options.check()?;
    let mut staging = Staging::open(dir, arrow_schema())?;
    let calendar = Calendar::new(first, options.until, options.rows);
    let mut books = Books::new(options.seed, &calendar)?;
    let mut lines = TableBuilder::new(ROW_GROUP_ROWS.min(options.rows as usize), &[]);
    for day in calendar.days() {
        if cancel.is_cancelled() {
            return Err(DatasetError::Cancelled);
        }
        books.write_day(day, &mut lines);
        if lines.len() >= ROW_GROUP_ROWS {
            staging.write(&lines.finish()?)?;
            progress(staging.rows() as f32 / options.rows as f32);
        }
    }
    staging.write(&lines.finish()?)?;
    progress(1.0);
    staging.publish(Source::Demo { seed: options.seed })
}
