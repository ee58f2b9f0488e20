//! Bringing in a CSV or Parquet file with the columns of `banco_datos`.
//!
//! Required columns: [`REQUIRED`]; their names are compared without case, accents, spaces
//! and underscores. `VentaID` is the line's number where the file lacks it; `ano`, `mes`,
//! `dia` and `periodo` follow from `Fecha`; every other missing column is NULL. Columns the
//! table does not have are left out and named in the report.
//!
//! How a column writes its numbers (`1.234,56` or `1,234.56`) is decided once for the
//! column, from the evidence of a sample; dates likewise. Figures with more decimals than
//! their column are rounded half away from zero; binary floating-point numbers are taken as
//! the shortest decimal that names them.

mod convert;
mod csv_file;
mod dates;
mod encoding;
mod header;
mod numbers;
mod parquet_file;
mod sniff;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::Read;
use std::path::Path;

use chrono::NaiveDate;
use tokio_util::sync::CancellationToken;

use super::builder::TableBuilder;
use super::error::{self, DatasetError};
use super::manifest::{Manifest, Source};
use super::store::Staging;
use super::table::arrow_schema_with;
use crate::i18n::{Lang, fill};
use crate::model::own::MOST_OWN;
use crate::model::schema::COLUMNS;
use crate::sanitize::{SafeText, display_safe};
use convert::Converter;
pub use dates::DateOrder;
pub use numbers::NumberFormat;

/// The columns without which there is nothing to answer.
pub const REQUIRED: [&str; 7] = [
    "DocumentosCodigo",
    "NumeroDocumento",
    "Fecha",
    "ArticulosNombre",
    "Cantidad",
    "TotalSinIva",
    "TotalMasIva",
];

/// Rejections that are listed; the rest is only counted.
const LISTED_REJECTIONS: usize = 100;
/// Lines gathered before they are written.
const BATCH_ROWS: usize = 8_192;

/// How a file is brought in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ImportOptions {
    /// Replace the data even if lines were rejected.
    pub allow_rejected: bool,
    /// How numbers are written; `None`: decided per column.
    pub numbers: Option<NumberFormat>,
    /// The order of day and month; `None`: decided from the column, day first if nothing speaks against it.
    pub dates: Option<DateOrder>,
    /// Further text columns to keep, by name: what the store adds to the dimensions.
    pub further: Vec<String>,
}

/// What kind of file it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceFormat {
    /// Text with separated fields.
    Csv {
        /// What separates the fields.
        delimiter: char,
        /// The text's encoding, by its WHATWG name.
        encoding: &'static str,
    },
    /// Apache Parquet.
    Parquet,
}

/// How a column's numbers were read, where that mattered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberDecision {
    /// The column.
    pub column: &'static str,
    /// The format.
    pub format: NumberFormat,
    /// Whether the column itself showed it; otherwise the file's other columns or the options did.
    pub own_evidence: bool,
}

/// Why a line was rejected. Values are hostile until cleaned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RejectionReason {
    /// A required value is missing.
    Missing,
    /// Not a number in the column's format.
    NotANumber(String),
    /// A number too large for the column, or with decimals where there can be none.
    OutOfRange(String),
    /// Not a date in the column's order.
    NotADate(String),
    /// A text too long for the column.
    TooLong {
        /// Most characters.
        limit: u16,
    },
    /// The wrong number of fields.
    Fields {
        /// Fields found.
        found: usize,
        /// Fields of the header.
        expected: usize,
    },
}

/// A line that was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// Its line in a text file (the first is 1), its row in a Parquet file.
    pub line: u64,
    /// The column, unless the whole line is wrong.
    pub column: Option<&'static str>,
    /// Why.
    pub reason: RejectionReason,
}

impl Rejection {
    /// The rejection in the user's language, cleaned for display.
    pub fn sentence(&self, lang: Lang) -> SafeText {
        let (line, reason) = (self.line.to_string(), error::reason(&self.reason, lang));
        let said = match self.column {
            Some(column) => {
                fill(lang, "dataset.rejection", &[("line", &line), ("column", column), ("reason", &reason)])
            }
            None => fill(lang, "dataset.rejection_line", &[("line", &line), ("reason", &reason)]),
        };
        display_safe(&said)
    }
}

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportReport {
    /// The new data, unless nothing was replaced.
    pub manifest: Option<Manifest>,
    /// The kind of file.
    pub format: SourceFormat,
    /// Lines taken over.
    pub accepted: u64,
    /// Lines left out.
    pub rejected: u64,
    /// The first of them.
    pub rejections: Vec<Rejection>,
    /// How numbers were read, for columns where it mattered.
    pub numbers: Vec<NumberDecision>,
    /// The order of day and month, where it mattered.
    pub dates: Option<DateOrder>,
    /// Columns the file lacks and that could not be derived: NULL in every line.
    pub missing: Vec<&'static str>,
    /// Columns that were derived from others.
    pub derived: Vec<&'static str>,
    /// Columns of the file that the table does not have; hostile until cleaned.
    pub ignored: Vec<String>,
}

/// A value as a file holds it.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Raw<'a> {
    Null,
    Text(&'a str),
    Int(i64),
    Float(f64),
    /// A number in units of its last decimal, and its decimals.
    Decimal(i128, i8),
    Date(NaiveDate),
}

/// Columns that a line may have: the table's, and those that a store adds.
const WIDTH: usize = COLUMNS.len() + MOST_OWN;

/// A line as a file holds it, in the table's column order, further ones after it.
type RawLine<'a> = [Raw<'a>; WIDTH];

/// A line, or what is wrong with the whole of it.
type Visited<'a> = Result<&'a RawLine<'a>, RejectionReason>;

/// Whether to go on reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    Continue,
    Stop,
}

/// A file that can be read from its start as often as needed.
trait LineSource {
    /// Which columns of the table the file has.
    fn columns(&self) -> &header::Mapping;

    /// What kind of file it is.
    fn format(&self) -> SourceFormat;

    /// Shows every line with its number and the share of the file read.
    fn scan(
        &self,
        visit: &mut dyn FnMut(u64, f32, Visited<'_>) -> Result<Flow, DatasetError>,
    ) -> Result<(), DatasetError>;
}

/// Brings in the file at `path` and puts it in the place of what the table in `dir` held.
/// `progress` is told the share done, from 0 to 1.
///
/// # Errors
/// [`DatasetError::Rejected`] if a line was rejected and that is not allowed, and every other
/// kind for what it says; the old data stays unless all went well.
pub fn import(
    path: &Path,
    dir: &Path,
    options: ImportOptions,
    progress: &dyn Fn(f32),
    cancel: &CancellationToken,
) -> Result<ImportReport, DatasetError> {
    let source = open(path, &options.further, cancel)?;
    let formats = sniff::sniff(source.as_ref(), &options, cancel)?;
    let mut report = new_report(source.as_ref(), &formats);
    let further = &source.columns().further;
    let mut staging = Staging::open(dir, arrow_schema_with(further))?;
    let converter = Converter::new(source.columns(), &formats);
    take_lines(source.as_ref(), &converter, &options, &mut staging, &mut report, progress, cancel)?;
    if report.rejected > 0 && (!options.allow_rejected || report.accepted == 0) {
        return Err(DatasetError::Rejected { report: Box::new(report) });
    }
    if report.accepted == 0 {
        return Err(DatasetError::Empty);
    }
    let file = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    report.manifest = Some(staging.publish(Source::Import { file })?);
    progress(1.0);
    Ok(report)
}

fn open(
    path: &Path,
    further: &[String],
    cancel: &CancellationToken,
) -> Result<Box<dyn LineSource>, DatasetError> {
    let mut start = Vec::new();
    let file = File::open(path).map_err(|e| DatasetError::io(path, &e))?;
    file.take(4).read_to_end(&mut start).map_err(|e| DatasetError::io(path, &e))?;
    match start.as_slice() {
        [] => Err(DatasetError::Empty),
        b"PAR1" => Ok(Box::new(parquet_file::ParquetFile::open(path, further)?)),
        _ => Ok(Box::new(csv_file::CsvFile::open(path, further, cancel)?)),
    }
}

fn new_report(source: &dyn LineSource, formats: &sniff::Formats) -> ImportReport {
    let columns = source.columns();
    ImportReport {
        manifest: None,
        format: source.format(),
        accepted: 0,
        rejected: 0,
        rejections: Vec::new(),
        numbers: formats.decisions.clone(),
        dates: formats.date_order_mattered.then_some(formats.dates),
        missing: columns.missing(),
        derived: columns.derived(),
        ignored: columns.ignored.clone(),
    }
}

fn take_lines(
    source: &dyn LineSource,
    converter: &Converter<'_>,
    options: &ImportOptions,
    staging: &mut Staging,
    report: &mut ImportReport,
    progress: &dyn Fn(f32),
    cancel: &CancellationToken,
) -> Result<(), DatasetError> {
    let mut lines = TableBuilder::new(BATCH_ROWS, &source.columns().further);
    let mut number = 0;
    source.scan(&mut |line, done, raw| {
        if cancel.is_cancelled() {
            return Err(DatasetError::Cancelled);
        }
        number += 1;
        let taken = match raw {
            Ok(raw) => converter.push(number, raw, &mut lines),
            Err(reason) => Err((None, reason)),
        };
        match taken {
            Ok(()) => report.accepted += 1,
            Err((column, reason)) => {
                report.rejected += 1;
                if report.rejections.len() < LISTED_REJECTIONS {
                    report.rejections.push(Rejection { line, column, reason });
                }
            }
        }
        if lines.len() >= BATCH_ROWS {
            let batch = lines.finish()?;
            // After a rejection that forbids the replacement the rest is only checked.
            if report.rejected == 0 || options.allow_rejected {
                staging.write(&batch)?;
            }
            progress(done);
        }
        Ok(Flow::Continue)
    })?;
    if report.rejected == 0 || options.allow_rejected {
        staging.write(&lines.finish()?)?;
    }
    Ok(())
}
