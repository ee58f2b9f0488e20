//! What is found out about a server on connecting.

use super::certificate::Certificate;
use super::rights::Rights;

/// A server, a login's rights on it and the sales table as it is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspection {
    /// The product's version (`16.0.4135.4`).
    pub version: String,
    /// The edition (`Standard Edition (64-bit)`).
    pub edition: String,
    /// The database in use.
    pub database: String,
    /// The database's collation.
    pub collation: String,
    /// Whether the database can be written at all; `None`: unknown.
    pub updateable: Option<bool>,
    /// How the connection is protected.
    pub tls: TlsInForce,
    /// What the login may do.
    pub rights: Rights,
    /// The table's columns in order; none when there is no such table or it cannot be seen.
    pub columns: Vec<ServerColumn>,
    /// The table's indexes, as far as they can be seen.
    pub indexes: Vec<ServerIndex>,
}

/// How a connection is protected.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TlsInForce {
    /// `TLS 1.3` and the like; `None`: no TLS.
    pub protocol: Option<String>,
    /// Why the certificate was accepted.
    pub trust: TrustedBy,
    /// The server's certificate.
    pub certificate: Option<Certificate>,
}

/// Why a certificate was accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TrustedBy {
    /// A trusted authority issued it for this host.
    Authority,
    /// It is the pinned one.
    Pin,
    /// It was not checked, or there is none.
    #[default]
    Nothing,
}

/// A column of the table as the server describes it. Texts are hostile until cleaned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerColumn {
    /// Its real name.
    pub name: String,
    /// Its type without lengths (`decimal`).
    pub base_type: String,
    /// Its type as T-SQL writes it (`decimal(18,2)`, `nvarchar(max)`).
    pub sql_type: String,
    /// Characters or bytes; -1 for `max`.
    pub length: Option<i32>,
    /// Digits of an exact number.
    pub precision: Option<u8>,
    /// Digits behind the decimal point.
    pub scale: Option<u8>,
    /// Whether it may be NULL.
    pub nullable: bool,
}

/// An index of the table. Texts are hostile until cleaned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerIndex {
    /// Its name.
    pub name: String,
    /// `CLUSTERED`, `NONCLUSTERED`, `CLUSTERED COLUMNSTORE` …
    pub kind: String,
    /// Its key columns in order.
    pub keys: Vec<String>,
    /// The columns it carries besides.
    pub included: Vec<String>,
}
