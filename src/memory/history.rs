//! The history file: one JSON line per question; several sessions may append at once.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::open_private;
use crate::i18n::Lang;

/// Lines kept when the file is trimmed.
const KEEP: usize = 2_000;
/// Size from which the file is trimmed at start, in bytes.
const TRIM_FROM: u64 = 2 * 1024 * 1024;

/// A question asked in the past.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastQuestion {
    /// The schema's version.
    pub v: u32,
    /// When it was asked.
    pub at: DateTime<Utc>,
    /// The language it was asked in.
    pub lang: Lang,
    /// Its words; hostile until cleaned.
    pub question: String,
    /// What became of it: `plan`, `clarify`, `abstain` or `refuse`.
    pub outcome: String,
}

/// The history file.
#[derive(Debug, Clone)]
pub struct History {
    file: PathBuf,
}

impl History {
    /// The history in `file`, which need not exist.
    pub fn at(file: PathBuf) -> History {
        History { file }
    }

    /// Adds a question in one write under a lock, so that sessions never tear each other's lines.
    ///
    /// # Errors
    /// Whatever the system says; the question is then not remembered.
    pub fn append(&self, past: &PastQuestion) -> io::Result<()> {
        let mut line = serde_json::to_vec(past)?;
        line.push(b'\n');
        let mut file = open_private(&self.file)?;
        file.lock()?;
        file.write_all(&line)
    }

    /// The latest `most` questions, oldest first. Lines that are not ours are passed over.
    ///
    /// # Errors
    /// Whatever the system says, except that a missing file is an empty history.
    pub fn latest(&self, most: usize) -> io::Result<Vec<PastQuestion>> {
        let file = match File::open(&self.file) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut all = Vec::new();
        for line in BufReader::new(file).split(b'\n') {
            if let Ok(past) = serde_json::from_slice::<PastQuestion>(&line?) {
                all.push(past);
            }
        }
        let skip = all.len().saturating_sub(most);
        Ok(all.split_off(skip))
    }

    /// Shortens a file that has grown large to its latest questions, old or new but never half.
    ///
    /// # Errors
    /// Whatever the system says; the file is then as it was.
    pub fn trim(&self) -> io::Result<()> {
        match fs::metadata(&self.file) {
            Ok(facts) if facts.len() > TRIM_FROM => {}
            _ => return Ok(()),
        }
        let folder = self.file.parent().unwrap_or_else(|| Path::new("."));
        let mut staged = tempfile::NamedTempFile::new_in(folder)?;
        for past in self.latest(KEEP)? {
            serde_json::to_writer(&mut staged, &past)?;
            staged.write_all(b"\n")?;
        }
        staged.as_file().sync_all()?;
        staged.persist(&self.file).map(|_| ()).map_err(|error| error.error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn past(question: &str) -> PastQuestion {
        PastQuestion {
            v: 1,
            at: Utc::now(),
            lang: Lang::Es,
            question: question.to_string(),
            outcome: "plan".to_string(),
        }
    }

    fn history() -> (tempfile::TempDir, History) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let history = History::at(folder.path().join("history.jsonl"));
        (folder, history)
    }

    #[test]
    fn questions_come_back_oldest_first_and_bounded() {
        let (_folder, history) = history();
        assert!(history.latest(5).expect("an empty history").is_empty());
        for n in 0..7 {
            history.append(&past(&format!("pregunta {n}\nsegunda línea"))).expect("appended");
        }
        let latest = history.latest(3).expect("history");
        let words: Vec<_> = latest.iter().map(|p| p.question.lines().next().unwrap_or("")).collect();
        assert_eq!(words, ["pregunta 4", "pregunta 5", "pregunta 6"]);
    }

    #[test]
    fn lines_that_are_not_ours_are_passed_over() {
        let (folder, history) = history();
        fs::write(folder.path().join("history.jsonl"), b"\xff\xfe garbage\n{\"v\":1}\n").expect("written");
        history.append(&past("¿ventas de hoy?")).expect("appended");
        assert_eq!(history.latest(10).expect("history").len(), 1);
    }

    #[test]
    fn many_writers_never_tear_a_line() {
        let (_folder, history) = history();
        std::thread::scope(|scope| {
            for writer in 0..8 {
                let history = history.clone();
                scope.spawn(move || {
                    for n in 0..50 {
                        history.append(&past(&format!("{writer}-{n}"))).expect("appended");
                    }
                });
            }
        });
        assert_eq!(history.latest(1_000).expect("history").len(), 400);
    }

    #[test]
    fn a_file_grown_large_keeps_its_latest_questions() {
        let (_folder, history) = history();
        let long = "x".repeat(1_200);
        for n in 0..2_050 {
            let mut entry = past(&long);
            entry.outcome = n.to_string();
            history.append(&entry).expect("appended");
        }
        history.trim().expect("trimmed");
        let kept = history.latest(usize::MAX).expect("history");
        assert_eq!(kept.len(), KEEP);
        assert_eq!(kept.last().map(|p| p.outcome.as_str()), Some("2049"));
    }
}
