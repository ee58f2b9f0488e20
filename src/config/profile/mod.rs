//! Connection profiles: one `[profiles.NAME]` table for each server that may answer.
//!
//! A profile never holds a password; `credentials/` finds it by the profile's name.

mod parts;
mod raw;

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::NaiveDate;
use serde::Deserialize;

use super::dimensions::Dimensions;
use super::settings::{DocumentSettings, LimitSettings};
use crate::engine::Limits;
use crate::model::{DocumentRules, OwnDimension, SalesModel};

pub use parts::{Fingerprint, ModelColumn, ProfileName, RealColumn, Seconds, TableName};

/// The name of the profile that needs no server: the local data.
pub const LOCAL: &str = "local";

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
    /// As the Windows account that runs the program; only on Windows.
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
    /// What people call a code.
    pub names: Option<BTreeMap<String, Vec<String>>>,
}

/// A connection profile.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "raw::RawProfile")]
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
    dimensions: Dimensions,
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
            names: self.documents.names.clone().unwrap_or_else(|| common.names.clone()),
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

    /// What this profile's store adds to the dimensions of the model, the common ones included.
    pub fn own_dimensions(&self) -> &[OwnDimension] {
        self.dimensions.all()
    }

    /// Takes over the dimensions of all profiles, except where it has its own of that name.
    ///
    /// # Errors
    /// A broken rule where there are too many then.
    pub(super) fn inherit(&mut self, common: &Dimensions) -> Result<(), String> {
        self.dimensions = self.dimensions.over(common)?;
        Ok(())
    }

    /// The store as the planner must know it: its table, its columns' names, its documents, what
    /// it adds to the dimensions.
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
        .with_dimensions(self.own_dimensions().to_vec())
    }
}

#[cfg(test)]
mod tests;
