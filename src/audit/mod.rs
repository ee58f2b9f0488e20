//! The audit log: a hash-chained JSON line for every question, decision and run; never rows.
//!
//! Enters: [`AuditEvent`]s. Leaves: an append-only file a month, owner-only, and the
//! verdict on a log's integrity. May not touch: being skipped — an approval exists only
//! with the [`Recorded`] that [`AuditLog::append`] hands out.
//!
//! The chain shows accidents and clumsy edits. It does not stop the owner of the
//! account from writing the whole file anew; evidence against the owner needs a copy
//! elsewhere (the server's own audit, the system's journal).

mod chain;
mod event;
mod live;
mod verify;

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};

pub use chain::Record;
pub use event::{AuditEvent, Decider, RunOutcome};
pub use live::Alive;
pub use verify::{Broken, Verdict, tail, verify};

use crate::config::make_private_folder;
use crate::memory::open_private;

/// How long to wait for another session's write.
const LOCK_WAIT: Duration = Duration::from_secs(2);
/// How much of a file's end is read to find its last line; no record is longer.
const TAIL: u64 = 128 * 1024;

/// Proof that an event is in the log. Only [`AuditLog::append`] makes one.
#[derive(Debug)]
pub struct Recorded(());

impl Recorded {
    /// Stands for the record where the log cannot be written and the settings say to go on.
    pub(crate) fn waived() -> Recorded {
        Recorded(())
    }
}

/// A record that could not be written.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The folder or file cannot be written.
    #[error("{file}: {source}")]
    Write {
        /// The file.
        file: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// Another session held the log for too long.
    #[error("the log is in use")]
    Busy,
}

/// One session's access to the log.
#[derive(Debug, Clone)]
pub struct AuditLog {
    folder: PathBuf,
    session: String,
    user: String,
}

impl AuditLog {
    /// The log in `folder`, written to on behalf of `session`.
    pub fn new(folder: PathBuf, session: String) -> AuditLog {
        let user = ["USER", "LOGNAME", "USERNAME"]
            .iter()
            .find_map(|name| std::env::var(name).ok())
            .unwrap_or_default();
        AuditLog { folder, session, user }
    }

    /// Appends an event, in one write under a lock shared by all sessions, and waits for
    /// the disk where the event must not be lost ([`AuditEvent::is_durable`]).
    ///
    /// # Errors
    /// [`AuditError`]; nothing was recorded.
    pub fn append(&self, event: &AuditEvent) -> Result<Recorded, AuditError> {
        self.append_at(event, Utc::now())
    }

    fn append_at(&self, event: &AuditEvent, now: DateTime<Utc>) -> Result<Recorded, AuditError> {
        let path = self.folder.join(format!("{}.jsonl", now.format("%Y-%m")));
        let failed = |source| AuditError::Write { file: path.clone(), source };
        make_private_folder(&self.folder).map_err(failed)?;
        let lock = open_private(&self.folder.join(".lock")).map_err(failed)?;
        lock_within(&lock, LOCK_WAIT).map_err(|error| match error {
            fs::TryLockError::WouldBlock => AuditError::Busy,
            fs::TryLockError::Error(source) => failed(source),
        })?;

        let mut file = open_private(&path).map_err(failed)?;
        if let Some(torn) = torn_tail(&mut file).map_err(failed)? {
            self.repair(&mut file, &path, &torn, now).map_err(failed)?;
        }
        let previous = self.last_record(&mut file, &path).map_err(failed)?;
        self.write(&mut file, previous.as_ref(), event, now).map_err(failed)?;
        Ok(Recorded(()))
    }

    fn write(
        &self,
        file: &mut File,
        previous: Option<&Record>,
        event: &AuditEvent,
        now: DateTime<Utc>,
    ) -> io::Result<()> {
        let record = Record::next(previous, &self.session, &self.user, event, now)?;
        let mut line = serde_json::to_vec(&record)?;
        line.push(b'\n');
        file.write_all(&line)?;
        if event.is_durable() { file.sync_data() } else { Ok(()) }
    }

    /// The record that the next one chains to: the file's last, or the last of the
    /// newest file before it.
    fn last_record(&self, file: &mut File, path: &Path) -> io::Result<Option<Record>> {
        if let Some(record) = last_line(file)? {
            return Ok(Some(record));
        }
        match verify::files(&self.folder)?.into_iter().rfind(|other| other.as_path() < path) {
            Some(earlier) => last_line(&mut File::open(earlier)?),
            None => Ok(None),
        }
    }

    /// Moves a line that was cut short by a crash into a file of its own, and records that.
    fn repair(&self, file: &mut File, path: &Path, torn: &[u8], now: DateTime<Utc>) -> io::Result<()> {
        let aside = path.with_extension(format!("{}.broken", now.timestamp_millis()));
        open_private(&aside)?.write_all(torn)?;
        let whole = file.metadata()?.len().saturating_sub(torn.len() as u64);
        file.set_len(whole)?;
        let event = AuditEvent::LogRepaired {
            moved_to: aside.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            sha256: chain::hex_sha256(torn),
        };
        let previous = self.last_record(file, path)?;
        self.write(file, previous.as_ref(), &event, now)
    }
}

fn lock_within(file: &File, wait: Duration) -> Result<(), fs::TryLockError> {
    let start = Instant::now();
    loop {
        match file.try_lock() {
            Err(fs::TryLockError::WouldBlock) if start.elapsed() < wait => {
                std::thread::sleep(Duration::from_millis(5));
            }
            other => return other,
        }
    }
}

fn read_tail(file: &mut File) -> io::Result<Vec<u8>> {
    let size = file.metadata()?.len();
    file.seek(SeekFrom::Start(size.saturating_sub(TAIL)))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// What stands behind the last line end, or a last line that is no record.
fn torn_tail(file: &mut File) -> io::Result<Option<Vec<u8>>> {
    let bytes = read_tail(file)?;
    if bytes.is_empty() {
        return Ok(None);
    }
    let body = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
    let start = body.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let line = bytes.get(start..).unwrap_or_default();
    let whole = line.ends_with(b"\n") && serde_json::from_slice::<Record>(line).is_ok();
    Ok((!whole).then(|| line.to_vec()))
}

fn last_line(file: &mut File) -> io::Result<Option<Record>> {
    let bytes = read_tail(file)?;
    let line = bytes.split(|byte| *byte == b'\n').rfind(|line| !line.is_empty());
    Ok(line.and_then(|line| serde_json::from_slice(line).ok()))
}

#[cfg(test)]
mod tests;
