//! A line of the log and how it is chained to the one before.

use std::io;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::AuditEvent;

/// A line of the log. `hash` is the SHA-256 of the line's JSON without `hash`, which
/// itself holds `prev`, the hash of the line before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The schema's version.
    pub v: u32,
    /// The line's number, from 1, running on from file to file.
    pub seq: u64,
    /// When (UTC, RFC 3339, milliseconds).
    pub ts: String,
    /// The session.
    pub session: String,
    /// The account's name, as the environment says.
    pub user: String,
    /// What happened.
    #[serde(flatten)]
    pub event: AuditEvent,
    /// The hash of the line before; empty on the first.
    pub prev: String,
    /// The hash of this line.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub hash: String,
}

impl Record {
    pub(super) fn next(
        previous: Option<&Record>,
        session: &str,
        user: &str,
        event: &AuditEvent,
        now: DateTime<Utc>,
    ) -> io::Result<Record> {
        let mut record = Record {
            v: 1,
            seq: previous.map_or(1, |record| record.seq + 1),
            ts: now.to_rfc3339_opts(SecondsFormat::Millis, true),
            session: session.to_string(),
            user: user.to_string(),
            event: event.clone(),
            prev: previous.map_or_else(String::new, |record| record.hash.clone()),
            hash: String::new(),
        };
        record.hash = record.computed_hash()?;
        Ok(record)
    }

    /// The hash that the line's content gives, whatever it claims.
    ///
    /// # Errors
    /// Never in practice: a record always has a JSON form.
    pub fn computed_hash(&self) -> io::Result<String> {
        let mut bare = self.clone();
        bare.hash = String::new();
        Ok(hex_sha256(&serde_json::to_vec(&bare)?))
    }
}

/// SHA-256 in lower-case hexadecimal.
pub(super) fn hex_sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
