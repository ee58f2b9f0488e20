//! Which sessions are alive, so that a query left behind by one that was killed is found.
//!
//! Every session holds a lock on a file of its own beside the log. The system lets go of the
//! lock when the session ends, however it ends; an orderly end removes the file too.

use std::collections::{BTreeMap, HashSet};
use std::fs::{self, File};
use std::io;
use std::path::PathBuf;

use super::{AuditEvent, AuditLog, Record, tail};
use crate::config::make_private_folder;
use crate::memory::open_private;

/// The log's last lines, in which a dead session's queries are looked for.
const LOOKED_AT: usize = 5_000;

/// A session's sign of life. Dropping it says that the session ended in order.
#[derive(Debug)]
pub struct Alive {
    path: PathBuf,
    _lock: File,
}

impl Drop for Alive {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

impl AuditLog {
    /// Shows that this session is alive, and finds what sessions that died left unfinished:
    /// an event for each query that was approved and whose end is not in the log.
    ///
    /// # Errors
    /// Whatever the system says; the session then goes without a sign of life.
    pub fn begin(&self) -> io::Result<(Alive, Vec<AuditEvent>)> {
        let folder = self.folder.join("live");
        make_private_folder(&folder)?;
        let mut dead = HashSet::new();
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            let Some(session) = path.file_stem().and_then(|name| name.to_str()).map(str::to_string) else {
                continue;
            };
            let file = open_private(&path)?;
            if session != self.session && file.try_lock().is_ok() {
                fs::remove_file(&path)?;
                dead.insert(session);
            }
        }
        let path = folder.join(format!("{}.lock", self.session));
        let lock = open_private(&path)?;
        lock.try_lock()?;
        let left = if dead.is_empty() { Vec::new() } else { self.unfinished(&dead)? };
        Ok((Alive { path, _lock: lock }, left))
    }

    fn unfinished(&self, dead: &HashSet<String>) -> io::Result<Vec<AuditEvent>> {
        let mut running: BTreeMap<(String, u64), String> = BTreeMap::new();
        for line in tail(&self.folder, LOOKED_AT)? {
            let Ok(record) = serde_json::from_str::<Record>(&line) else { continue };
            if !dead.contains(&record.session) {
                continue;
            }
            match record.event {
                AuditEvent::QueryApproved { id, sha256, .. }
                | AuditEvent::QueryRepeated { id, sha256, .. } => {
                    running.insert((record.session, id), sha256);
                }
                AuditEvent::QueryFinished { id, .. } | AuditEvent::AnswerReused { id, .. } => {
                    running.remove(&(record.session, id));
                }
                _ => {}
            }
        }
        let left = running.into_iter();
        Ok(left.map(|((of, id), sha256)| AuditEvent::QueryUnfinished { of, id, sha256 }).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::Decider;

    fn approved(id: u64) -> AuditEvent {
        AuditEvent::QueryApproved {
            id,
            sha256: format!("hash {id}"),
            decided_by: Decider::Person,
            decided_after_ms: 1,
        }
    }

    #[test]
    fn a_killed_sessions_query_is_found_once_and_a_living_ones_never() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let log = |session: &str| AuditLog::new(folder.path().to_path_buf(), session.to_string());
        let (living, found) = log("living").begin().expect("alive");
        assert!(found.is_empty());
        log("living").append(&approved(1)).expect("recorded");
        let (ended, _) = log("ended").begin().expect("alive");
        log("ended").append(&approved(3)).expect("recorded");
        drop(ended);
        // A killed session leaves its file and nobody's lock.
        let (killed, _) = log("killed").begin().expect("alive");
        log("killed").append(&approved(2)).expect("recorded");
        let path = killed.path.clone();
        drop(killed);
        fs::write(&path, "").expect("the file stays");
        let (_next, found) = log("next").begin().expect("alive");
        let expected = AuditEvent::QueryUnfinished { of: "killed".into(), id: 2, sha256: "hash 2".into() };
        assert_eq!(found, [expected]);
        assert!(log("another").begin().expect("alive").1.is_empty());
        drop(living);
    }
}
