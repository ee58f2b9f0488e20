//! Reading a log back: its last lines, and whether it is whole.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use super::chain::Record;

/// The verdict on a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Every line follows from the one before.
    Whole {
        /// Number of lines.
        lines: u64,
        /// The last line's hash, empty for an empty log.
        head: String,
    },
    /// The first line that does not.
    Broken(Broken),
}

/// Where a log is broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// The file.
    pub file: PathBuf,
    /// The line in it, from 1.
    pub line: u64,
}

/// The log's files, oldest first.
pub(super) fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "jsonl"))
        .collect();
    files.sort();
    Ok(files)
}

/// Checks every line's own hash, its number and its link to the line before.
///
/// The first line of the oldest file may link to a file that was purged; a log cut off
/// at its end cannot be told from one that ended there, which is why reports print the head.
///
/// # Errors
/// Whatever the system says while reading.
pub fn verify(folder: &Path) -> io::Result<Verdict> {
    let mut previous: Option<Record> = None;
    let mut lines = 0;
    for file in files(folder)? {
        for (index, line) in BufReader::new(File::open(&file)?).split(b'\n').enumerate() {
            let line = line?;
            let broken = Verdict::Broken(Broken { file: file.clone(), line: index as u64 + 1 });
            let Ok(record) = serde_json::from_slice::<Record>(&line) else { return Ok(broken) };
            // The bytes themselves must be the ones we write, so that no edit hides in spacing or order.
            let same_bytes = serde_json::to_vec(&record)? == line;
            let linked = previous
                .as_ref()
                .is_none_or(|before| record.prev == before.hash && record.seq == before.seq + 1);
            if !same_bytes || !linked || record.computed_hash()? != record.hash {
                return Ok(broken);
            }
            lines += 1;
            previous = Some(record);
        }
    }
    Ok(Verdict::Whole { lines, head: previous.map_or_else(String::new, |record| record.hash) })
}

/// The log's last `most` lines, oldest first, as written; hostile until cleaned.
///
/// # Errors
/// Whatever the system says while reading.
pub fn tail(folder: &Path, most: usize) -> io::Result<Vec<String>> {
    let mut lines: Vec<String> = Vec::new();
    for file in files(folder)?.into_iter().rev() {
        let mut of_file = Vec::new();
        for line in BufReader::new(File::open(&file)?).split(b'\n') {
            of_file.push(String::from_utf8_lossy(&line?).into_owned());
        }
        of_file.append(&mut lines);
        lines = of_file;
        if lines.len() >= most {
            break;
        }
    }
    Ok(lines.split_off(lines.len().saturating_sub(most)))
}
