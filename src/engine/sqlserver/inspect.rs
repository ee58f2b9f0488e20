//! What is found out about a server on connecting.

use std::time::Duration;

use tiberius::ColumnData;

use super::connection::{Connection, Rows, text_of, whole};
use super::fault::FaultKind;
use super::program;
use super::rights::Rights;
use super::settings::ServerSettings;
use super::tls::Certificate;
use crate::engine::EngineError;

/// A server, a login's rights on it and the sales table as it is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspection {
    /// The product's version (`16.0.4135.4`).
    pub version: String,
    /// The version of Babelfish, where the server is PostgreSQL with it.
    pub babelfish: Option<String>,
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
    /// The table's indexes, or itself as one of the kind `HEAP`; none where they cannot be seen.
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

impl Inspection {
    /// The product and its version: `SQL Server 16.0.4135.4`, `Babelfish 4.3.0`.
    pub fn product(&self) -> String {
        match &self.babelfish {
            Some(version) => format!("Babelfish {version}"),
            None => format!("SQL Server {}", self.version),
        }
    }

    /// Asks the server. What it will not say, or does not know how to, stays empty.
    ///
    /// # Errors
    /// [`EngineError::Server`] when the connection fails.
    pub(super) async fn of(
        connection: &mut Connection,
        settings: &ServerSettings,
        within: Duration,
    ) -> Result<Inspection, EngineError> {
        let rights = Rights::ask(connection, within).await?;
        let columns = answered(connection.ask(&program::columns(settings), within).await)?;
        let indexes = answered(connection.ask(&program::indexes(settings), within).await)?;
        let server = answered(connection.ask(program::SERVER, within).await)?;
        let mut server = server.into_iter().flatten().map(|value| text_of(&value));
        let mut next = || server.next().flatten();
        Ok(Inspection {
            version: next().unwrap_or_default(),
            edition: next().unwrap_or_default(),
            database: next().unwrap_or_default(),
            collation: next().unwrap_or_default(),
            updateable: next().map(|word| !word.eq_ignore_ascii_case("READ_ONLY")),
            babelfish: next(),
            tls: connection.tls().clone(),
            rights,
            columns: columns.iter().filter_map(|row| column(row)).collect(),
            indexes: grouped(&indexes),
        })
    }
}

/// The rows of an answer; none where the server refused the question itself.
pub(super) fn answered(answer: Result<Rows, EngineError>) -> Result<Rows, EngineError> {
    match answer {
        Err(EngineError::Server(fault))
            if !matches!(fault.kind, FaultKind::Lost | FaultKind::Protocol | FaultKind::Stalled) =>
        {
            tracing::info!(%fault, "the server does not answer a question about itself");
            Ok(Rows::new())
        }
        Err(EngineError::Invalid { detail } | EngineError::Calculation { detail }) => {
            tracing::info!(%detail, "the server does not answer a question about itself");
            Ok(Rows::new())
        }
        other => other,
    }
}

/// A row of INFORMATION_SCHEMA.COLUMNS.
fn column(row: &[ColumnData<'_>]) -> Option<ServerColumn> {
    let [name, base_type, length, precision, scale, fraction, nullable] = row else { return None };
    let base_type = text_of(base_type)?;
    let length = whole(length).and_then(|n| i32::try_from(n).ok());
    let digits = |value| whole(value).and_then(|n| u8::try_from(n).ok());
    let (precision, scale, fraction) = (digits(precision), digits(scale), digits(fraction));
    let sql_type = match (base_type.as_str(), length, precision, scale, fraction) {
        ("decimal" | "numeric", _, Some(p), Some(s), _) => format!("{base_type}({p},{s})"),
        ("char" | "varchar" | "nchar" | "nvarchar" | "binary" | "varbinary", Some(-1), ..) => {
            format!("{base_type}(max)")
        }
        ("char" | "varchar" | "nchar" | "nvarchar" | "binary" | "varbinary", Some(n), ..) => {
            format!("{base_type}({n})")
        }
        ("datetime2" | "datetimeoffset" | "time", _, _, _, Some(n)) => format!("{base_type}({n})"),
        _ => base_type.clone(),
    };
    let nullable = text_of(nullable).is_none_or(|word| !word.eq_ignore_ascii_case("NO"));
    Some(ServerColumn { name: text_of(name)?, base_type, sql_type, length, precision, scale, nullable })
}

/// The indexes out of rows of index, kind, column and whether it is only carried along.
fn grouped(rows: &Rows) -> Vec<ServerIndex> {
    let mut indexes: Vec<ServerIndex> = Vec::new();
    for row in rows {
        let [name, kind, column, included] = row.as_slice() else { continue };
        let (Some(name), Some(kind), Some(column)) = (text_of(name), text_of(kind), text_of(column)) else {
            continue;
        };
        if indexes.last().is_none_or(|last| last.name != name) {
            indexes.push(ServerIndex { name, kind, keys: Vec::new(), included: Vec::new() });
        }
        if let Some(index) = indexes.last_mut().filter(|_| !column.is_empty()) {
            let carried = whole(included) == Some(1);
            if carried { index.included.push(column) } else { index.keys.push(column) }
        }
    }
    indexes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(words: &str) -> ColumnData<'static> {
        ColumnData::String(Some(words.to_string().into()))
    }

    #[test]
    fn types_are_written_as_in_t_sql() {
        let none = || ColumnData::I32(None);
        let row = |ty: &str, length, precision, scale, fraction| {
            [text("c"), text(ty), length, precision, scale, fraction, text("NO")]
        };
        let n = |n| ColumnData::I32(Some(n));
        for (row, expected) in [
            (row("decimal", none(), n(18), n(2), none()), "decimal(18,2)"),
            (row("nvarchar", n(-1), none(), none(), none()), "nvarchar(max)"),
            (row("varchar", n(20), none(), none(), none()), "varchar(20)"),
            (row("datetime2", none(), none(), none(), n(7)), "datetime2(7)"),
            (row("int", none(), n(10), n(0), none()), "int"),
        ] {
            let column = column(&row).expect("a column");
            assert!(column.sql_type == expected && !column.nullable, "{column:?}");
        }
    }

    #[test]
    fn an_index_gathers_its_columns() {
        let row = |index: &str, column: &str, carried| {
            vec![text(index), text("NONCLUSTERED"), text(column), ColumnData::Bit(Some(carried))]
        };
        let mut rows =
            vec![row("ix_a", "Fecha", false), row("ix_a", "marca", true), row("ix_b", "marca", false)];
        rows.push(row("", "", false));
        let indexes = grouped(&rows);
        assert_eq!(indexes.len(), 3);
        assert!(indexes[2].keys.is_empty() && indexes[2].included.is_empty());
        assert_eq!(
            (&indexes[0].keys[..], &indexes[0].included[..]),
            (&["Fecha".into()][..], &["marca".into()][..])
        );
    }
}
