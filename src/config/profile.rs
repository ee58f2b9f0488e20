//! Connection profiles: one `[profiles.NAME]` table for each server that may answer.
//!
//! A profile never holds a password; `credentials/` finds it by the profile's name.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use chrono::NaiveDate;
use serde::Deserialize;

use super::rules::broken;
use super::settings::{DocumentSettings, LimitSettings};
use crate::credentials::is_plain_name;
use crate::engine::Limits;
use crate::model::schema::{TABLE, column_named};
use crate::model::{DocumentRules, SalesModel};

/// The name of the profile that needs no server: the local data.
pub const LOCAL: &str = "local";

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

/// What stands behind a profile: the store's live data, or a copy to try things on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    /// The store's live data. Always marked on screen.
    Production,
    /// Data for trying things out.
    Test,
}

/// How the program logs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Login {
    /// As a SQL Server login with a password.
    Sql {
        /// The login's name.
        user: String,
    },
    /// As the user of the operating system (Windows, or Kerberos).
    Integrated,
}

/// How the connection is encrypted and the server recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TlsMode {
    /// Encrypted; the certificate must be valid for the host.
    #[default]
    Required,
    /// TDS 8: encrypted from the first byte. SQL Server 2022 and later.
    Strict,
    /// Encrypted, but with whoever answers: nobody checks who that is.
    TrustAnything,
    /// Not encrypted, and only towards this very machine (the near end of a tunnel).
    LoopbackOnly,
}

/// What a query may see of changes that are not committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Isolation {
    /// Only what is committed.
    #[default]
    ReadCommitted,
    /// The state at the query's start; the database must allow it.
    Snapshot,
    /// Whatever stands there, committed or not: totals may be wrong.
    ReadUncommitted,
}

/// Which data answers a profile's questions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AnswerFrom {
    /// The server, live.
    #[default]
    Server,
    /// The copy that `data sync` brought in.
    Snapshot,
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

/// Times, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TimeSettings {
    /// For the TCP connection.
    pub connect: Seconds,
    /// For TLS and login.
    pub handshake: Seconds,
    /// For a free connection of the pool.
    pub pool: Seconds,
    /// For a lock that the ERP holds.
    pub lock: Seconds,
    /// For the whole query; without it `limits.timeout_seconds`.
    pub query: Option<Seconds>,
}

/// A number of seconds from 1 to 3600.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u64")]
pub struct Seconds(u64);

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

impl Default for TimeSettings {
    fn default() -> Self {
        TimeSettings {
            connect: Seconds(5),
            handshake: Seconds(10),
            pool: Seconds(10),
            lock: Seconds(5),
            query: None,
        }
    }
}

/// Connections held to the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PoolSettings {
    /// At the most, 1 to 10.
    pub max: u32,
    /// Kept open while nothing is asked.
    pub min_idle: u32,
}

impl Default for PoolSettings {
    fn default() -> Self {
        PoolSettings { max: 3, min_idle: 0 }
    }
}

/// What is kept so that the server is asked less.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CacheSettings {
    /// Minutes for which an answer is given again; 0: never.
    pub minutes: u64,
    /// Memory for answers, in MiB.
    pub memory_mib: usize,
    /// Whether answers are kept on disk too: they may hold personal data.
    pub disk: bool,
    /// Distinct values fetched of each column, at the most.
    pub values_per_column: usize,
    /// Hours after which the values are fetched again.
    pub values_hours: u64,
}

impl Default for CacheSettings {
    fn default() -> Self {
        CacheSettings {
            minutes: 10,
            memory_mib: 128,
            disk: false,
            values_per_column: 50_000,
            values_hours: 24,
        }
    }
}

/// The copy of the server's data for answering without it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SnapshotSettings {
    /// The first day to bring in; without it the first day there is.
    pub from: Option<NaiveDate>,
    /// Days before today that are brought in anew each time, since documents still change.
    pub refresh_days: u32,
}

impl Default for SnapshotSettings {
    fn default() -> Self {
        SnapshotSettings { from: None, refresh_days: 31 }
    }
}

/// What the document codes mean in this profile's store, where it differs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ProfileDocuments {
    /// Codes that are never sales.
    pub excluded: Option<Vec<String>>,
    /// Codes of returns.
    pub returns: Option<Vec<String>>,
}

/// A column of the model, by its name there, compared without case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ModelColumn(&'static str);

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
pub struct RealColumn(String);

impl TryFrom<String> for RealColumn {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        let usable =
            !name.trim().is_empty() && name.chars().count() <= 128 && !name.chars().any(char::is_control);
        if usable { Ok(RealColumn(name)) } else { Err(broken("real_column", name)) }
    }
}

/// A connection profile.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "RawProfile")]
pub struct Profile {
    /// What stands behind it.
    pub environment: Environment,
    /// The server's name or address.
    pub host: String,
    /// Its port; without port and instance 1433.
    pub port: Option<u16>,
    /// A named instance, whose port the server's browser tells.
    pub instance: Option<String>,
    /// The database.
    pub database: String,
    /// The table or view with the sales.
    pub table: TableName,
    /// How to log in.
    pub login: Login,
    /// How to encrypt.
    pub tls: TlsMode,
    /// A file with the store's own certificate authorities (PEM).
    pub ca_file: Option<PathBuf>,
    /// The certificate that the server must show.
    pub certificate_sha256: Option<Fingerprint>,
    /// The name in the certificate, where it is not the host's.
    pub host_in_certificate: Option<String>,
    /// What queries may see.
    pub isolation: Isolation,
    /// Whether to run although the login may do more than read.
    pub allow_privileged_login: bool,
    /// Which data answers.
    pub answer_from: AnswerFrom,
    /// Rows shown at the most; without it `limits.max_rows`.
    pub max_rows: Option<usize>,
    /// Times.
    pub timeouts: TimeSettings,
    /// Connections.
    pub pool: PoolSettings,
    /// What is kept.
    pub cache: CacheSettings,
    /// The copy.
    pub snapshot: SnapshotSettings,
    documents: ProfileDocuments,
    columns: BTreeMap<ModelColumn, RealColumn>,
}

/// A profile as it is written, before what depends on several keys is checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawProfile {
    environment: Environment,
    host: Text,
    port: Option<u16>,
    instance: Option<Text>,
    database: Text,
    #[serde(default)]
    table: TableName,
    user: Option<Text>,
    login: Option<RawLogin>,
    #[serde(default)]
    tls: TlsMode,
    ca_file: Option<PathBuf>,
    certificate_sha256: Option<Fingerprint>,
    host_in_certificate: Option<Text>,
    #[serde(default)]
    isolation: Isolation,
    #[serde(default)]
    allow_privileged_login: bool,
    #[serde(default)]
    answer_from: AnswerFrom,
    max_rows: Option<usize>,
    #[serde(default)]
    timeouts: TimeSettings,
    #[serde(default)]
    pool: PoolSettings,
    #[serde(default)]
    cache: CacheSettings,
    #[serde(default)]
    snapshot: SnapshotSettings,
    #[serde(default)]
    documents: ProfileDocuments,
    #[serde(default)]
    columns: BTreeMap<ModelColumn, RealColumn>,
    #[serde(rename = "password")]
    _password: Option<NoSecrets>,
    #[serde(rename = "secret")]
    _secret: Option<NoSecrets>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum RawLogin {
    Integrated,
}

/// A line of text that is not blank.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct Text(String);

impl TryFrom<String> for Text {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let usable = !text.trim().is_empty() && !text.chars().any(char::is_control);
        if usable { Ok(Text(text.trim().to_string())) } else { Err(broken("blank", "")) }
    }
}

/// Stands where a password must not: reading it is an error that does not repeat it.
struct NoSecrets;

impl<'de> Deserialize<'de> for NoSecrets {
    fn deserialize<D: serde::Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(serde::de::Error::custom(broken("password", "")))
    }
}

impl TryFrom<RawProfile> for Profile {
    type Error = String;

    fn try_from(raw: RawProfile) -> Result<Self, String> {
        let login = match (raw.user, raw.login) {
            (Some(Text(user)), None) => Login::Sql { user },
            (None, Some(RawLogin::Integrated)) => Login::Integrated,
            (Some(_), Some(_)) => return Err(broken("two_logins", "")),
            (None, None) => return Err(broken("no_login", "")),
        };
        if raw.port.is_some() && raw.instance.is_some() {
            return Err(broken("port_and_instance", ""));
        }
        let unchecked = matches!(raw.tls, TlsMode::TrustAnything | TlsMode::LoopbackOnly);
        if unchecked && (raw.ca_file.is_some() || raw.certificate_sha256.is_some()) {
            return Err(broken("trust_and_check", ""));
        }
        if !(1..=10).contains(&raw.pool.max) || raw.pool.min_idle > raw.pool.max {
            return Err(broken("pool", ""));
        }
        if raw.port == Some(0) || raw.max_rows == Some(0) || raw.cache.values_per_column == 0 {
            return Err(broken("zero", ""));
        }
        Ok(Profile {
            environment: raw.environment,
            host: raw.host.0,
            port: raw.port,
            instance: raw.instance.map(|text| text.0),
            database: raw.database.0,
            table: raw.table,
            login,
            tls: raw.tls,
            ca_file: raw.ca_file,
            certificate_sha256: raw.certificate_sha256,
            host_in_certificate: raw.host_in_certificate.map(|text| text.0),
            isolation: raw.isolation,
            allow_privileged_login: raw.allow_privileged_login,
            answer_from: raw.answer_from,
            max_rows: raw.max_rows,
            timeouts: raw.timeouts,
            pool: raw.pool,
            cache: raw.cache,
            snapshot: raw.snapshot,
            documents: raw.documents,
            columns: raw.columns,
        })
    }
}

impl Profile {
    /// The server as people name it: `srv01\ERP`, `srv01,1434`.
    pub fn server(&self) -> String {
        match (&self.instance, self.port) {
            (Some(instance), _) => format!("{}\\{instance}", self.host),
            (None, Some(port)) => format!("{},{port}", self.host),
            (None, None) => self.host.clone(),
        }
    }

    /// The limits of this profile's runs.
    pub fn limits(&self, common: &LimitSettings) -> Limits {
        let common = common.limits();
        Limits {
            max_rows: self.max_rows.unwrap_or(common.max_rows),
            timeout: self.timeouts.query.map_or(common.timeout, Seconds::duration),
        }
    }

    /// What the document codes mean in this profile's store.
    pub fn documents(&self, common: &DocumentSettings) -> DocumentRules {
        DocumentRules {
            excluded: self.documents.excluded.clone().unwrap_or_else(|| common.excluded.clone()),
            returns: self.documents.returns.clone().unwrap_or_else(|| common.returns.clone()),
        }
    }

    /// Real names of columns that are called otherwise on the server: model's name, real name.
    pub fn renamed_columns(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.columns.iter().map(|(model, real)| (model.0, real.0.as_str()))
    }

    /// The name of a model's column on the server.
    pub fn real_column<'a>(&'a self, model: &'a str) -> &'a str {
        self.renamed_columns().find(|(name, _)| *name == model).map_or(model, |(_, real)| real)
    }

    /// The store as the planner must know it: its table, its columns' names, its documents.
    pub fn sales_model(&self, common: &DocumentSettings) -> SalesModel {
        SalesModel {
            table: self.table.to_string(),
            columns: self
                .renamed_columns()
                .map(|(model, real)| (model.to_string(), format!("[{}]", real.replace(']', "]]"))))
                .collect(),
            documents: self.documents(common),
            ..SalesModel::default()
        }
    }
}

#[cfg(test)]
#[path = "profile_tests.rs"]
mod tests;
