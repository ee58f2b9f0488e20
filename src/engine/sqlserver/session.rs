//! What a server is told of this program: the login, and how its session is to be.

use secrecy::ExposeSecret;
use tiberius::{AuthMethod, Config, EncryptionLevel};

use super::connect::Target;
use super::fault::ServerFault;
use super::metadata::TEXT_SIZE;
use super::settings::{Isolation, Login, ServerSettings};

/// Bytes of a packet: what Microsoft's own clients ask for.
const PACKET: u32 = 8000;
/// The longest application name a login can carry.
const MOST_APPLICATION: usize = 128;

/// What is sent to tiberius of the login. TLS is there already, so it needs none of its own.
pub(super) fn login(settings: &ServerSettings, target: &Target) -> Result<Config, ServerFault> {
    let mut config = Config::new();
    config.host(&target.host);
    if let Some(port) = target.port {
        config.port(port);
    }
    config.database(&settings.database);
    config.encryption(EncryptionLevel::NotSupported);
    config.application_name(application(settings));
    config.readonly(true);
    config.packet_size(PACKET);
    config.lossy_utf16_decoding(true);
    // The limits are kept here, stage by stage.
    config.handshake_timeout(None);
    config.command_timeout(None);
    config.authentication(match &settings.login {
        Login::Password { user, password } => AuthMethod::sql_server(user, password.expose_secret()),
        #[cfg(windows)]
        Login::Integrated => AuthMethod::Integrated,
        #[cfg(not(windows))]
        Login::Integrated => {
            let kind = super::FaultKind::IntegratedUnavailable;
            return Err(ServerFault::new(kind, &target.address(), String::new()));
        }
    });
    Ok(config)
}

/// `depotru/0.1.0/maria`: what the DBA sees of this program. Spoofable, and useful all the same.
fn application(settings: &ServerSettings) -> String {
    let user = ["USER", "LOGNAME", "USERNAME"].iter().find_map(|name| std::env::var(name).ok());
    let mut parts = vec!["depotru".to_string(), env!("CARGO_PKG_VERSION").to_string()];
    parts.extend(user);
    parts.extend(settings.application.clone());
    let name = parts.join("/");
    name.chars().filter(|c| !c.is_control()).take(MOST_APPLICATION).collect()
}

/// The batch that sets a session up. The language comes before the order of dates: Spanish
/// would read '2025-02-01' as the second of January.
pub(super) fn options(settings: &ServerSettings, row_limit: u64) -> String {
    let isolation = match settings.isolation {
        Isolation::ReadCommitted => "READ COMMITTED",
        Isolation::ReadUncommitted => "READ UNCOMMITTED",
        Isolation::Snapshot => "SNAPSHOT",
    };
    let lock = settings.times.lock.as_millis();
    format!(
        "SET NOCOUNT, XACT_ABORT, ANSI_NULLS, ANSI_PADDING, ANSI_WARNINGS, ARITHABORT, \
         CONCAT_NULL_YIELDS_NULL, QUOTED_IDENTIFIER ON; \
         SET LOCK_TIMEOUT {lock}; SET DEADLOCK_PRIORITY LOW; SET TEXTSIZE {TEXT_SIZE}; \
         SET ROWCOUNT {row_limit}; SET LANGUAGE Spanish; SET DATEFORMAT ymd; SET DATEFIRST 1; \
         SET TRANSACTION ISOLATION LEVEL {isolation};"
    )
}
