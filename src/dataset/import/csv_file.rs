//! Text files with separated fields.

use std::fs;
use std::path::{Path, PathBuf};

use csv::{ReaderBuilder, StringRecord};
use encoding_rs::Encoding;
use tokio_util::sync::CancellationToken;

use super::encoding::{Meter, Utf8Reader, detect};
use super::header::Mapping;
use super::{Flow, LineSource, Raw, RawLine, RejectionReason, SourceFormat, Visited};
use crate::dataset::error::DatasetError;

/// A record longer than this is no invoice line but a quote that was never closed.
const MAX_RECORD_BYTES: u64 = 8 * 1024 * 1024;
/// What may separate fields, in order of preference.
const DELIMITERS: [u8; 4] = [b';', b'\t', b',', b'|'];

/// A CSV file whose encoding, delimiter and columns are known.
pub(super) struct CsvFile {
    path: PathBuf,
    bytes: u64,
    encoding: &'static Encoding,
    delimiter: u8,
    mapping: Mapping,
}

impl CsvFile {
    /// Finds out encoding, delimiter and columns.
    pub(super) fn open(
        path: &Path,
        further: &[String],
        cancel: &CancellationToken,
    ) -> Result<CsvFile, DatasetError> {
        let encoding = detect(path, cancel)?;
        let bytes = fs::metadata(path).map_err(|e| DatasetError::io(path, &e))?.len();
        let mut best: Option<(u8, Result<Mapping, DatasetError>, usize)> = None;
        for delimiter in DELIMITERS {
            let names = read_header(path, encoding, delimiter)?;
            let mapping = Mapping::new(names.iter(), further);
            let found = mapping.as_ref().map_or(usize::MAX, Mapping::found);
            if best.as_ref().is_none_or(|(_, _, most)| found > *most) {
                best = Some((delimiter, mapping, found));
            }
        }
        let (delimiter, mapping, _) = best.ok_or(DatasetError::Empty)?;
        let mapping = mapping?.check()?;
        Ok(CsvFile { path: path.to_path_buf(), bytes, encoding, delimiter, mapping })
    }
}

fn reader(
    path: &Path,
    encoding: &'static Encoding,
    delimiter: u8,
    meter: Meter,
) -> Result<csv::Reader<Utf8Reader>, DatasetError> {
    let text = Utf8Reader::open(path, encoding, meter).map_err(|e| DatasetError::io(path, &e))?;
    Ok(ReaderBuilder::new().delimiter(delimiter).flexible(true).has_headers(false).from_reader(text))
}

fn read_header(
    path: &Path,
    encoding: &'static Encoding,
    delimiter: u8,
) -> Result<StringRecord, DatasetError> {
    let mut header = StringRecord::new();
    let mut reader = reader(path, encoding, delimiter, Meter::with_limit(MAX_RECORD_BYTES))?;
    reader.read_record(&mut header).map_err(|e| unreadable(&e))?;
    Ok(header)
}

fn unreadable(error: &csv::Error) -> DatasetError {
    DatasetError::Unreadable { detail: error.to_string() }
}

impl LineSource for CsvFile {
    fn columns(&self) -> &Mapping {
        &self.mapping
    }

    fn format(&self) -> SourceFormat {
        SourceFormat::Csv { delimiter: char::from(self.delimiter), encoding: self.encoding.name() }
    }

    fn scan(
        &self,
        visit: &mut dyn FnMut(u64, f32, Visited<'_>) -> Result<Flow, DatasetError>,
    ) -> Result<(), DatasetError> {
        let meter = Meter::with_limit(MAX_RECORD_BYTES);
        let mut reader = reader(&self.path, self.encoding, self.delimiter, meter.clone())?;
        let mut record = StringRecord::new();
        let mut is_header = true;
        while reader.read_record(&mut record).map_err(|e| unreadable(&e))? {
            meter.mark();
            if std::mem::take(&mut is_header) {
                continue;
            }
            let line = record.position().map_or(0, csv::Position::line);
            let done = (meter.total() as f32 / self.bytes.max(1) as f32).min(1.0);
            let flow = if record.len() == self.mapping.width {
                visit(line, done, Ok(&self.line(&record)))?
            } else {
                let (found, expected) = (record.len(), self.mapping.width);
                visit(line, done, Err(RejectionReason::Fields { found, expected }))?
            };
            if flow == Flow::Stop {
                break;
            }
        }
        Ok(())
    }
}

impl CsvFile {
    fn line<'a>(&self, record: &'a StringRecord) -> RawLine<'a> {
        self.mapping
            .positions
            .map(|position| position.and_then(|index| record.get(index)).map_or(Raw::Null, Raw::Text))
    }
}
