//! What can go wrong with a server, typed; the sentences are in `message`.

use std::fmt;

use super::certificate::Certificate;

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
    /// No right to read it (229, 230).
    Forbidden,
    /// The table does not exist (208).
    NoTable,
    /// A column does not exist (207).
    NoColumn,
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
