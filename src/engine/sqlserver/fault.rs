//! What can go wrong with a server, typed; the sentences are in `message`.

use std::fmt;

use tiberius::error::{Error, TokenError};

use super::babelfish;
use super::tls::Certificate;
use crate::engine::EngineError;

/// A server's failure. Texts from the server are hostile until cleaned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerFault {
    /// What happened.
    pub kind: FaultKind,
    /// SQL Server's error number, where it gave one.
    pub number: Option<u32>,
    /// The words of the server, the network or the library.
    pub detail: String,
    /// The server as people write it.
    pub host: String,
    /// How far connecting had come.
    pub stage: Option<Stage>,
    /// The certificate the server showed, where TLS failed over it.
    pub certificate: Option<Box<Certificate>>,
}

/// The kinds of failure, each with a sentence of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// The name cannot be looked up.
    UnknownHost,
    /// SQL Browser does not know the instance, or does not answer.
    UnknownInstance,
    /// Nobody listens on the port.
    Refused,
    /// The network knows no way there.
    Unreachable,
    /// Connecting took too long; the stage says where it stopped.
    ConnectTimeout,
    /// The server speaks no TLS, or none new enough.
    TlsUnavailable,
    /// The certificate's issuer is not trusted.
    TlsUnknownIssuer,
    /// The certificate is not valid at this time.
    TlsExpired,
    /// The certificate is for another name.
    TlsWrongName,
    /// The certificate is not the pinned one.
    TlsWrongPin,
    /// The certificate has a form that cannot be checked (X.509 version 1).
    TlsOldCertificate,
    /// The file of authorities cannot be used, or this machine trusts nobody.
    TlsTrustFile,
    /// TLS failed in another way.
    TlsFailed,
    /// No TLS was asked for, but the address is not this machine's.
    NotLoopback,
    /// Wrong user or password (18456).
    WrongPassword,
    /// The login is locked out (18486).
    Locked,
    /// The password has expired or must be changed (18487, 18488).
    PasswordExpired,
    /// Too many wrong passwords from here: the server is not asked again for a while.
    LoginPaused,
    /// Logging in as the Windows account is not possible on this system.
    IntegratedUnavailable,
    /// The database does not exist or may not be opened (4060 and the like).
    NoDatabase,
    /// The server refused the login for another reason.
    LoginFailed,
    /// The login may write by now, which it could not when it was judged.
    RightsGrown,
    /// No right to read it (229, 230).
    Forbidden,
    /// The table does not exist (208).
    NoTable,
    /// A column does not exist (207).
    NoColumn,
    /// The server closed the connection while it was being made.
    Dropped,
    /// The connection was lost.
    Lost,
    /// Chosen as the victim of a deadlock (1205).
    Deadlock,
    /// Somebody else holds a lock on the rows (1222).
    LockTimeout,
    /// The server's governor found the query too costly (8649).
    TooCostly,
    /// The database does not allow snapshot isolation (3952).
    NoSnapshot,
    /// The server stopped answering within the time for the next piece.
    Stalled,
    /// All connections are busy.
    PoolBusy,
    /// The server is starting, stopping or too busy to take it.
    ServerBusy,
    /// A single row is larger than anything the program holds.
    RowTooLarge,
    /// What came is not valid TDS.
    Protocol,
    /// Any other error number.
    Other,
}

/// How far connecting had come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Looking the name up.
    Dns,
    /// Asking SQL Browser for the instance's port.
    Browser,
    /// Opening the TCP connection.
    Tcp,
    /// The first packets of TDS.
    Prelogin,
    /// TLS.
    Tls,
    /// Logging in.
    Login,
}

impl Stage {
    /// The name shown in sentences.
    pub fn name(self) -> &'static str {
        match self {
            Stage::Dns => "DNS",
            Stage::Browser => "SQL Browser",
            Stage::Tcp => "TCP",
            Stage::Prelogin => "TDS",
            Stage::Tls => "TLS",
            Stage::Login => "login",
        }
    }
}

impl ServerFault {
    /// A failure without more to it than its words.
    pub(super) fn new(kind: FaultKind, host: &str, detail: impl Into<String>) -> ServerFault {
        ServerFault {
            kind,
            number: None,
            detail: detail.into(),
            host: host.to_string(),
            stage: None,
            certificate: None,
        }
    }

    /// Whether trying again at once may help: the server was not there, or not ready.
    pub(super) fn is_transient(&self) -> bool {
        matches!(self.kind, FaultKind::Refused | FaultKind::Dropped | FaultKind::ServerBusy)
    }

    /// Whether the server judged the login itself: asking again may lock it.
    pub(super) fn is_refusal(&self) -> bool {
        matches!(self.kind, FaultKind::WrongPassword | FaultKind::Locked | FaultKind::PasswordExpired)
    }
}

impl From<ServerFault> for EngineError {
    fn from(fault: ServerFault) -> EngineError {
        EngineError::Server(Box::new(fault))
    }
}

/// What failed while logging in.
pub(super) fn at_login(error: &Error, host: &str) -> ServerFault {
    let fault = match error {
        Error::Server(said) => match kind_of(said) {
            FaultKind::Other => said_by(said, FaultKind::LoginFailed, host),
            kind => said_by(said, kind, host),
        },
        Error::Io { message, .. } => ServerFault::new(FaultKind::Dropped, host, message.as_str()),
        other => ServerFault::new(FaultKind::Protocol, host, other.to_string()),
    };
    ServerFault { stage: Some(Stage::Login), ..fault }
}

/// What failed while a query was running.
pub(super) fn at_query(error: &Error, host: &str) -> EngineError {
    let said = match error {
        Error::Server(said) => said,
        Error::Io { message, .. } => {
            return ServerFault::new(FaultKind::Lost, host, message.as_str()).into();
        }
        other => return ServerFault::new(FaultKind::Protocol, host, other.to_string()).into(),
    };
    let number = number_of(said);
    let detail = || format!("{number}: {}", said.message().trim_end_matches('.'));
    match (kind_of(said), number) {
        // The query's own arithmetic.
        (
            _,
            220 | 232 | 241 | 242 | 244 | 245 | 248 | 295 | 296 | 512 | 517 | 530 | 535 | 8114 | 8115 | 8134,
        ) => EngineError::Calculation { detail: detail() },
        // Its grammar and its names.
        (
            FaultKind::Other,
            145 | 147 | 164 | 189 | 195 | 205 | 206 | 209 | 402 | 4104 | 8116 | 8117 | 8120 | 8121,
        ) => EngineError::Invalid { detail: detail() },
        (FaultKind::Other, _) if said.class() == 15 => EngineError::Invalid { detail: detail() },
        (FaultKind::NoColumn, _) => {
            let name = said.message().split(['\'', '"', '«', '»']).nth(1).unwrap_or_else(|| said.message());
            let fault = said_by(said, FaultKind::NoColumn, host);
            ServerFault { detail: name.to_string(), ..fault }.into()
        }
        (kind, _) => said_by(said, kind, host).into(),
    }
}

/// Whether the server closes the connection after such an error (severity 20 and above).
pub(super) fn ends_connection(error: &Error) -> bool {
    match error {
        Error::Server(said) => said.class() >= 20,
        _ => true,
    }
}

fn said_by(said: &TokenError, kind: FaultKind, host: &str) -> ServerFault {
    ServerFault { number: Some(number_of(said)), ..ServerFault::new(kind, host, said.message()) }
}

fn number_of(said: &TokenError) -> u32 {
    babelfish::number(said.code(), said.message())
}

/// Whether the query was a deadlock's victim.
pub(super) fn is_deadlock(error: &Error) -> bool {
    matches!(error, Error::Server(said) if kind_of(said) == FaultKind::Deadlock)
}

/// The kind of one of SQL Server's errors, by its number.
fn kind_of(said: &TokenError) -> FaultKind {
    match number_of(said) {
        207 => FaultKind::NoColumn,
        208 => FaultKind::NoTable,
        229 | 230 | 262 | 297 | 300 => FaultKind::Forbidden,
        1205 => FaultKind::Deadlock,
        1222 => FaultKind::LockTimeout,
        3952 => FaultKind::NoSnapshot,
        8649 => FaultKind::TooCostly,
        911 | 916 | 927 | 942 | 4060 | 4063 | 4064 => FaultKind::NoDatabase,
        18456 => FaultKind::WrongPassword,
        18470 | 18486 => FaultKind::Locked,
        18487 | 18488 => FaultKind::PasswordExpired,
        596 | 6002 => FaultKind::Lost,
        // Out of memory or workers, starting, stopping, paused, moving.
        701 | 802 | 921 | 922 | 6005 | 8645 | 8651 | 10928 | 10929 | 17142 | 17187 | 18401 | 18451 => {
            FaultKind::ServerBusy
        }
        40143 | 40197 | 40501 | 40540 | 40613 | 42108 | 42109 | 49918..=49920 => FaultKind::ServerBusy,
        _ => FaultKind::Other,
    }
}

/// A server as people write it: `host`, `host\\instance` or `host,port`.
pub(super) fn address(host: &str, port: Option<u16>, instance: Option<&str>) -> String {
    match (port, instance) {
        (Some(port), _) => format!("{host},{port}"),
        (None, Some(instance)) => format!("{host}\\{instance}"),
        (None, None) => host.to_string(),
    }
}

impl fmt::Display for ServerFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.kind)?;
        if let Some(number) = self.number {
            write!(f, " {number}")?;
        }
        if let Some(stage) = self.stage {
            write!(f, " at {}", stage.name())?;
        }
        write!(f, " ({}): {}", self.host, self.detail)
    }
}
