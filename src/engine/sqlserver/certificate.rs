//! What a certificate says, for people to judge it by.

use chrono::{DateTime, Utc};

/// What a server's certificate says of itself. Texts are hostile until cleaned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// Who issued it.
    pub issuer: String,
    /// Who it is for.
    pub subject: String,
    /// The host names it is valid for.
    pub names: Vec<String>,
    /// First moment of validity.
    pub not_before: Option<DateTime<Utc>>,
    /// Last moment of validity.
    pub not_after: Option<DateTime<Utc>>,
    /// SHA-256 of the whole certificate: what a pin compares.
    pub sha256: [u8; 32],
}

impl Certificate {
    /// The fingerprint as people write it: `AB:CD:…`.
    pub fn fingerprint(&self) -> String {
        let bytes: Vec<String> = self.sha256.iter().map(|byte| format!("{byte:02X}")).collect();
        bytes.join(":")
    }
}
