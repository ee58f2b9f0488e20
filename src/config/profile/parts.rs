//! The parts of a profile that are checked by themselves.

use std::time::Duration;

use serde::Deserialize;

use super::LOCAL;
use crate::config::rules::broken;
use crate::credentials::is_plain_name;
use crate::model::schema::{TABLE, column_named};

/// A profile's name: small letters, digits, `-` and `_`, and not [`LOCAL`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct ProfileName(String);

impl ProfileName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ProfileName {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        if is_plain_name(&name) && name != LOCAL {
            Ok(ProfileName(name))
        } else {
            Err(broken("profile_name", name))
        }
    }
}

/// A table's name with its schema.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct TableName {
    /// The schema (`dbo`).
    pub schema: String,
    /// The table or view.
    pub name: String,
}

impl Default for TableName {
    fn default() -> Self {
        TableName { schema: "dbo".to_string(), name: TABLE.to_string() }
    }
}

impl TryFrom<String> for TableName {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let (schema, name) = text.split_once('.').unwrap_or(("dbo", &text));
        if is_identifier(schema) && is_identifier(name) {
            Ok(TableName { schema: schema.to_string(), name: name.to_string() })
        } else {
            Err(broken("table", text))
        }
    }
}

impl std::fmt::Display for TableName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.schema, self.name)
    }
}

/// A name that T-SQL takes without quotes: ASCII letters, digits and `_`.
fn is_identifier(name: &str) -> bool {
    let mut bytes = name.bytes();
    name.len() <= 128
        && bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// The SHA-256 of a certificate, in DER.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Fingerprint(pub [u8; 32]);

impl TryFrom<String> for Fingerprint {
    type Error = String;

    /// Reads 64 hexadecimal digits, with or without colons between the bytes.
    fn try_from(text: String) -> Result<Self, String> {
        let digits: Vec<u32> = text.chars().filter(|c| *c != ':').map_while(|c| c.to_digit(16)).collect();
        let whole = digits.len() == text.chars().filter(|c| *c != ':').count();
        let bytes: Vec<u8> = digits
            .chunks_exact(2)
            .filter_map(|pair| {
                pair.iter().try_fold(0u8, |byte, digit| u8::try_from(u32::from(byte) * 16 + digit).ok())
            })
            .collect();
        match <[u8; 32]>::try_from(bytes) {
            Ok(bytes) if whole && digits.len() == 64 => Ok(Fingerprint(bytes)),
            _ => Err(broken("fingerprint", text)),
        }
    }
}

/// A number of seconds from 1 to 3600.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u64")]
pub struct Seconds(pub(super) u64);

impl TryFrom<u64> for Seconds {
    type Error = String;

    fn try_from(seconds: u64) -> Result<Self, String> {
        if (1..=3600).contains(&seconds) { Ok(Seconds(seconds)) } else { Err(broken("seconds", seconds)) }
    }
}

impl Seconds {
    /// As a duration.
    pub fn duration(self) -> Duration {
        Duration::from_secs(self.0)
    }
}

/// A column of the model, by its name there, compared without case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ModelColumn(pub(super) &'static str);

impl<'de> Deserialize<'de> for ModelColumn {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let name = String::deserialize(from)?;
        let known = column_named(&name).map(|column| ModelColumn(column.name));
        known.ok_or_else(|| serde::de::Error::custom(broken("column", name)))
    }
}

/// A column's name on the server.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct RealColumn(pub(super) String);

impl TryFrom<String> for RealColumn {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        let usable =
            !name.trim().is_empty() && name.chars().count() <= 128 && !name.chars().any(char::is_control);
        if usable { Ok(RealColumn(name)) } else { Err(broken("real_column", name)) }
    }
}

/// A line of text that is not blank.
#[derive(Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Text(pub(super) String);

impl TryFrom<String> for Text {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let usable = !text.trim().is_empty() && !text.chars().any(char::is_control);
        if usable { Ok(Text(text.trim().to_string())) } else { Err(broken("blank", "")) }
    }
}

/// Stands where a password must not: reading it is an error that does not repeat it.
pub(super) struct NoSecrets;

impl<'de> Deserialize<'de> for NoSecrets {
    fn deserialize<D: serde::Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(serde::de::Error::custom(broken("password", "")))
    }
}
