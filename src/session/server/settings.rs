//! From a profile to the settings of the engine.

use secrecy::SecretString;

use crate::config::{self, LimitSettings, Profile, TlsMode};
use crate::engine::sqlserver::{
    Isolation, Login, PoolSettings, ServerSettings, TableName, TimeLimits, Tls, TlsTrust,
};

/// The engine's settings for a profile, with the password of its login where it has one.
pub fn server_settings(
    profile: &Profile,
    password: Option<SecretString>,
    limits: &LimitSettings,
) -> ServerSettings {
    let login = match &profile.login {
        config::Login::Sql { user } => {
            Login::Password { user: user.clone(), password: password.unwrap_or_default() }
        }
        config::Login::Integrated => Login::Integrated,
    };
    let times = TimeLimits::default();
    ServerSettings {
        port: profile.port,
        instance: profile.instance.clone(),
        table: TableName { schema: profile.table.schema.clone(), name: profile.table.name.clone() },
        columns: profile
            .renamed_columns()
            .map(|(model, real)| (model.to_string(), real.to_string()))
            .collect(),
        tls: tls(profile),
        isolation: match profile.isolation {
            config::Isolation::ReadCommitted => Isolation::ReadCommitted,
            config::Isolation::Snapshot => Isolation::Snapshot,
            config::Isolation::ReadUncommitted => Isolation::ReadUncommitted,
        },
        times: TimeLimits {
            tcp: profile.timeouts.connect.duration(),
            handshake: profile.timeouts.handshake.duration(),
            pool: profile.timeouts.pool.duration(),
            lock: profile.timeouts.lock.duration(),
            ..times
        },
        pool: PoolSettings {
            max_size: profile.pool.max,
            min_idle: profile.pool.min_idle,
            ..PoolSettings::default()
        },
        memory: limits.memory_mib.saturating_mul(1 << 20),
        ..ServerSettings::new(profile.host.clone(), profile.database.clone(), login)
    }
}

fn tls(profile: &Profile) -> Tls {
    let trust = || TlsTrust {
        ca_file: profile.ca_file.clone(),
        certificate_sha256: profile.certificate_sha256.map(|fingerprint| fingerprint.0),
        host_in_certificate: profile.host_in_certificate.clone(),
    };
    match profile.tls {
        TlsMode::Required => Tls::Required(trust()),
        TlsMode::Strict => Tls::Strict(trust()),
        TlsMode::TrustAnything => Tls::TrustAnything,
        TlsMode::LoopbackOnly => Tls::LoopbackOnly,
    }
}
