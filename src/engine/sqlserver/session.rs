//! What a server is told of this program: the login, and what its session is to be.

use secrecy::ExposeSecret;
use tiberius::{AuthMethod, Config, EncryptionLevel};

use super::connect::Target;
use super::fault::ServerFault;
use super::settings::{Isolation, Login, ServerSettings};
use super::wire::TEXT_SIZE;

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

/// One statement that sets something of a session.
pub(super) struct Setting {
    /// `SET …`, without a semicolon.
    pub statement: String,
    /// Whether nothing may run without it. The others make the program a better guest, or its
    /// answers read better; a server that speaks T-SQL without knowing them is used all the same.
    pub needed: bool,
}

/// What a session is to be, in this order. The language comes before the order of dates: Spanish
/// would read '2025-02-01' as the second of January.
pub(super) fn settings_of(settings: &ServerSettings, row_limit: u64) -> Vec<Setting> {
    let isolation = match settings.isolation {
        Isolation::ReadCommitted => "READ COMMITTED",
        Isolation::ReadUncommitted => "READ UNCOMMITTED",
        Isolation::Snapshot => "SNAPSHOT",
    };
    let lock = settings.times.lock.as_millis();
    let needed = |statement: String| Setting { statement, needed: true };
    let wanted = |statement: &str| Setting { statement: statement.to_string(), needed: false };
    vec![
        wanted(
            "SET NOCOUNT, XACT_ABORT, ANSI_NULLS, ANSI_PADDING, ANSI_WARNINGS, ARITHABORT, \
             CONCAT_NULL_YIELDS_NULL, QUOTED_IDENTIFIER ON",
        ),
        needed(format!("SET LOCK_TIMEOUT {lock}")),
        wanted("SET DEADLOCK_PRIORITY LOW"),
        needed(format!("SET TEXTSIZE {TEXT_SIZE}")),
        needed(format!("SET ROWCOUNT {row_limit}")),
        wanted("SET LANGUAGE Spanish"),
        wanted("SET DATEFORMAT ymd"),
        needed("SET DATEFIRST 1".to_string()),
        needed(format!("SET TRANSACTION ISOLATION LEVEL {isolation}")),
    ]
}

/// All of them as one batch.
pub(super) fn batch(settings: &[Setting]) -> String {
    let statements: Vec<&str> = settings.iter().map(|setting| setting.statement.as_str()).collect();
    format!("{};", statements.join("; "))
}

/// Asks whether dates are read as year, month, day, and weeks begin on Monday: 2 and 1. Figures
/// would be wrong otherwise, in silence.
pub(super) const MEANING: &str =
    "SELECT MONTH(CAST('2025-02-01' AS datetime)), DATEPART(weekday, CAST('2025-06-30' AS date))";
