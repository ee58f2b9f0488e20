//! How to reach a server, and how much may be asked of it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;

/// Everything needed to reach one server. The password is a secret: printing the settings
/// shows `[REDACTED]`.
#[derive(Debug, Clone)]
pub struct ServerSettings {
    /// Host name or address.
    pub host: String,
    /// TCP port. `None`: SQL Browser is asked for the port of `instance`, or 1433 without one.
    pub port: Option<u16>,
    /// Named instance (`SQLEXPRESS`). With a port it is only for show.
    pub instance: Option<String>,
    /// Database.
    pub database: String,
    /// The sales table.
    pub table: TableName,
    /// Real names of columns that are not called as in the model (`marca` → `Marca Real`), unquoted.
    pub columns: BTreeMap<String, String>,
    /// Who logs in.
    pub login: Login,
    /// How the connection is protected.
    pub tls: Tls,
    /// What a query sees of other people's changes.
    pub isolation: Isolation,
    /// How long each step may take.
    pub times: TimeLimits,
    /// The pool of connections.
    pub pool: PoolSettings,
    /// Bytes of rows that one answer may hold before it is cut off.
    pub memory: usize,
    /// What is added to the application name that the DBA sees (`depotru/0.1.0/maria/…`).
    pub application: Option<String>,
}

impl ServerSettings {
    /// Settings with the defaults for everything but what has none.
    pub fn new(host: impl Into<String>, database: impl Into<String>, login: Login) -> ServerSettings {
        ServerSettings {
            host: host.into(),
            port: None,
            instance: None,
            database: database.into(),
            table: TableName::default(),
            columns: BTreeMap::new(),
            login,
            tls: Tls::Required(TlsTrust::default()),
            isolation: Isolation::ReadCommitted,
            times: TimeLimits::default(),
            pool: PoolSettings::default(),
            memory: 512 << 20,
            application: None,
        }
    }

    /// The server's real name of a column of the model.
    pub fn real_name<'a>(&'a self, column: &'a str) -> &'a str {
        self.columns.get(column).map_or(column, String::as_str)
    }

    /// The server as people write it: `host`, `host\instance` or `host,port`.
    pub fn address(&self) -> String {
        super::fault::address(&self.host, self.port, self.instance.as_deref())
    }
}

/// A table with its schema, both unquoted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableName {
    /// The schema (`dbo`).
    pub schema: String,
    /// The table or view.
    pub name: String,
}

impl Default for TableName {
    fn default() -> Self {
        TableName { schema: "dbo".to_string(), name: crate::model::schema::TABLE.to_string() }
    }
}

impl TableName {
    /// The name as it stands in T-SQL: `[dbo].[banco_datos]`, with `]` doubled.
    pub fn quoted(&self) -> String {
        format!("{}.{}", quoted(&self.schema), quoted(&self.name))
    }
}

/// An identifier as it stands in T-SQL.
pub(crate) fn quoted(identifier: &str) -> String {
    format!("[{}]", identifier.replace(']', "]]"))
}

/// Who logs in.
#[derive(Debug, Clone)]
pub enum Login {
    /// A SQL Server login.
    Password {
        /// Its name.
        user: String,
        /// Its password.
        password: SecretString,
    },
    /// The Windows account that runs the program. Only on Windows; elsewhere connecting
    /// fails with [`super::FaultKind::IntegratedUnavailable`].
    Integrated,
}

/// How the connection is protected. Nothing ever falls back to less than what is set here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tls {
    /// TLS inside TDS, as every supported SQL Server speaks it. The certificate is checked.
    Required(TlsTrust),
    /// TLS before anything else (TDS 8, SQL Server 2022 and later). The certificate is checked.
    Strict(TlsTrust),
    /// TLS with whatever certificate the server shows: protects against listeners, not against
    /// impostors. Must be visible to the user all the time.
    TrustAnything,
    /// No TLS at all. Works only towards this very machine (a tunnel's local end); any other
    /// address is refused before anything is sent. Must be visible to the user all the time.
    LoopbackOnly,
}

/// Which certificate is the right one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TlsTrust {
    /// A PEM or DER file of authorities trusted besides the system's; the server's own certificate
    /// in it is trusted itself, for its name and its dates.
    pub ca_file: Option<PathBuf>,
    /// SHA-256 of the only certificate accepted. With it, neither issuer, name nor dates are asked for.
    pub certificate_sha256: Option<[u8; 32]>,
    /// The name the certificate must be for, where it differs from the host.
    pub host_in_certificate: Option<String>,
}

/// What a query sees of changes that others are making.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Isolation {
    /// Only what is committed; waits for writers at the most [`TimeLimits::lock`].
    #[default]
    ReadCommitted,
    /// Also what may be undone again: totals can be wrong. Must be marked on results.
    ReadUncommitted,
    /// The state at the query's start, where the database allows it.
    Snapshot,
}

/// How long each step may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeLimits {
    /// Looking the name up.
    pub dns: Duration,
    /// Opening the TCP connection, all addresses together.
    pub tcp: Duration,
    /// Prelogin, TLS and login together.
    pub handshake: Duration,
    /// Waiting for a connection while all are busy.
    pub pool: Duration,
    /// From sending a query to the first of its answer.
    pub first_token: Duration,
    /// Between one piece of an answer and the next.
    pub stall: Duration,
    /// For the server to acknowledge a cancellation, before the connection is given up.
    pub cancel_ack: Duration,
    /// Waiting for a lock on the server (`SET LOCK_TIMEOUT`).
    pub lock: Duration,
    /// Asking a pooled connection whether it is alive.
    pub validate: Duration,
}

impl Default for TimeLimits {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        TimeLimits {
            dns: seconds(3),
            tcp: seconds(5),
            handshake: seconds(10),
            pool: seconds(10),
            first_token: seconds(30),
            stall: seconds(30),
            cancel_ack: seconds(5),
            lock: seconds(5),
            validate: seconds(5),
        }
    }
}

/// The pool of connections. Nothing is opened before the first use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolSettings {
    /// Connections kept ready once there was a first use.
    pub min_idle: u32,
    /// Connections at the most; at least 1.
    pub max_size: u32,
    /// A connection older than this is replaced.
    pub max_lifetime: Duration,
    /// A connection unused for this long is closed.
    pub idle: Duration,
    /// A connection used less than this ago is taken without asking the server first.
    pub trusted_for: Duration,
}

impl Default for PoolSettings {
    fn default() -> Self {
        PoolSettings {
            min_idle: 0,
            max_size: 3,
            max_lifetime: Duration::from_secs(30 * 60),
            idle: Duration::from_secs(10 * 60),
            trusted_for: Duration::from_secs(5),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_and_secrets_are_not_printed() {
        let table = TableName { schema: "dbo".into(), name: "a]; DROP TABLE x --".into() };
        assert_eq!(table.quoted(), "[dbo].[a]]; DROP TABLE x --]");
        let login = Login::Password { user: "ana".into(), password: "Clave#1".into() };
        let settings = ServerSettings::new("srv", "Ventas", login);
        assert!(!format!("{settings:?}").contains("Clave"));
        assert_eq!(settings.address(), "srv");
    }
}
