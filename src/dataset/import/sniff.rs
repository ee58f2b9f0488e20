//! How a file writes its numbers and dates, decided from a sample before anything is read.

use tokio_util::sync::CancellationToken;

use super::dates::{self, DateOrder};
use super::numbers::{Evidence, NumberFormat, evidence};
use super::{Flow, ImportOptions, LineSource, NumberDecision, Raw};
use crate::dataset::error::DatasetError;
use crate::model::schema::{COLUMNS, SqlType};

/// Lines looked at.
const SAMPLE_LINES: u64 = 20_000;

/// How a file's columns are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Formats {
    pub(super) numbers: [NumberFormat; COLUMNS.len()],
    pub(super) dates: DateOrder,
    /// Whether any date depends on the order.
    pub(super) date_order_mattered: bool,
    pub(super) decisions: Vec<NumberDecision>,
}

#[derive(Debug, Clone, Default)]
struct NumberTally {
    comma: u64,
    point: u64,
    ambiguous: Option<String>,
}

#[derive(Debug, Clone, Default)]
struct DateTally {
    day_first: u64,
    month_first: u64,
    ambiguous: bool,
}

/// Looks at the first lines of a file.
///
/// # Errors
/// [`DatasetError::AmbiguousNumbers`] if a column's numbers can be read in two ways and no
/// other column tells which.
pub(super) fn sniff(
    source: &dyn LineSource,
    options: &ImportOptions,
    cancel: &CancellationToken,
) -> Result<Formats, DatasetError> {
    let mut numbers = vec![NumberTally::default(); COLUMNS.len()];
    let mut dates = DateTally::default();
    let mut seen = 0;
    source.scan(&mut |_, _, line| {
        if cancel.is_cancelled() {
            return Err(DatasetError::Cancelled);
        }
        seen += 1;
        if let Ok(line) = line {
            for ((column, raw), tally) in COLUMNS.iter().zip(line).zip(&mut numbers) {
                match (column.sql_type, raw) {
                    (SqlType::Int | SqlType::Decimal(..), Raw::Text(text)) => tally.count(text),
                    (SqlType::Date, Raw::Text(text)) => dates.count(text),
                    _ => {}
                }
            }
        }
        Ok(if seen < SAMPLE_LINES { Flow::Continue } else { Flow::Stop })
    })?;
    decide(&numbers, &dates, options)
}

impl NumberTally {
    fn count(&mut self, text: &str) {
        match evidence(text) {
            Evidence::Only(NumberFormat::Comma) => self.comma += 1,
            Evidence::Only(NumberFormat::Point) => self.point += 1,
            Evidence::Ambiguous if self.ambiguous.is_none() => self.ambiguous = Some(text.to_string()),
            Evidence::Ambiguous | Evidence::Silent => {}
        }
    }

    /// The format the column itself shows.
    fn own(&self) -> Option<NumberFormat> {
        match self.comma.cmp(&self.point) {
            std::cmp::Ordering::Greater => Some(NumberFormat::Comma),
            std::cmp::Ordering::Less => Some(NumberFormat::Point),
            std::cmp::Ordering::Equal => None,
        }
    }

    fn matters(&self) -> bool {
        self.comma + self.point > 0 || self.ambiguous.is_some()
    }
}

impl DateTally {
    fn count(&mut self, text: &str) {
        match (dates::parse(text, DateOrder::DayFirst), dates::parse(text, DateOrder::MonthFirst)) {
            (Some(a), Some(b)) => self.ambiguous |= a != b,
            (Some(_), None) => self.day_first += 1,
            (None, Some(_)) => self.month_first += 1,
            (None, None) => {}
        }
    }
}

fn decide(
    tallies: &[NumberTally],
    dates: &DateTally,
    options: &ImportOptions,
) -> Result<Formats, DatasetError> {
    let consensus = consensus(tallies);
    let mut formats = Formats {
        numbers: [NumberFormat::Point; COLUMNS.len()],
        dates: options.dates.unwrap_or(if dates.month_first > dates.day_first {
            DateOrder::MonthFirst
        } else {
            DateOrder::DayFirst
        }),
        date_order_mattered: dates.ambiguous || dates.day_first + dates.month_first > 0,
        decisions: Vec::new(),
    };
    for ((column, tally), slot) in COLUMNS.iter().zip(tallies).zip(&mut formats.numbers) {
        let own = tally.own();
        let decided = options.numbers.or(own).or(consensus);
        match (decided, &tally.ambiguous) {
            (Some(format), _) => *slot = format,
            (None, Some(example)) => {
                return Err(DatasetError::AmbiguousNumbers {
                    column: column.name.to_string(),
                    example: example.clone(),
                });
            }
            (None, None) => {}
        }
        if tally.matters() {
            formats.decisions.push(NumberDecision {
                column: column.name,
                format: *slot,
                own_evidence: options.numbers.is_none() && own.is_some(),
            });
        }
    }
    Ok(formats)
}

/// The format of the columns that show one, if they agree.
fn consensus(tallies: &[NumberTally]) -> Option<NumberFormat> {
    let mut shown = tallies.iter().filter_map(NumberTally::own);
    let first = shown.next()?;
    shown.all(|format| format == first).then_some(first)
}
