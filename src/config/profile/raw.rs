//! A profile as it is written, and the rules that several of its keys share.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

use super::parts::{Fingerprint, ModelColumn, NoSecrets, RealColumn, TableName, Text};
use super::{
    AnswerFrom, CacheSettings, Environment, Isolation, Login, PoolSettings, Profile, ProfileDocuments,
    SnapshotSettings, TimeSettings, TlsMode,
};
use crate::config::dimensions::Dimensions;
use crate::config::rules::broken;

/// A profile as it is written, before what depends on several keys is checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawProfile {
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
    #[serde(default)]
    dimensions: Dimensions,
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
            dimensions: raw.dimensions,
        })
    }
}
