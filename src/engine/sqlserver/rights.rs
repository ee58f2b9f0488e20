//! What the login may do beyond reading the table.
//!
//! A read-only login is the only real boundary on the server. What the server will not say
//! counts as held. The login is judged on the first connection; every later one is asked
//! whether it may do more than that.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tiberius::ColumnData;

use super::connection::{Connection, text_of, whole};
use super::fault::{FaultKind, ServerFault, Stage};
use super::inspect::answered;
use super::program;
use super::settings::{ServerSettings, quoted};
use crate::engine::EngineError;

/// What the login may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rights {
    /// The worst of the findings.
    pub level: RightsLevel,
    /// Everything beyond reading the one table, worst first.
    pub findings: Vec<Finding>,
    /// T-SQL with which a DBA can make a login that only reads the table. Never run by the program.
    pub remedy: String,
}

/// How far a login's rights go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RightsLevel {
    /// It can only read what it needs ("verde").
    ReadOnly,
    /// It can see more than it needs, but change nothing; or it could not be found out ("ámbar").
    SeesMore,
    /// It can change data, structure or the server ("rojo").
    CanChange,
}

/// One right beyond reading the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub level: RightsLevel,
    /// The right as a DBA knows it (`sysadmin`, `INSERT`); `?` where nothing could be asked.
    pub right: String,
    /// Whether the server would not say: then it counts as held.
    pub unknown: bool,
}

/// A question to the server: what 1 in answer to it means.
struct Check {
    right: &'static str,
    level: RightsLevel,
    expression: &'static str,
}

/// What a question is about.
enum AsksFor {
    ServerRole,
    DatabaseRole,
    Permission,
}

impl Check {
    fn asks_for(&self) -> AsksFor {
        match self.expression {
            asked if asked.starts_with("IS_SRVROLEMEMBER(") => AsksFor::ServerRole,
            asked if asked.starts_with("IS_ROLEMEMBER(") => AsksFor::DatabaseRole,
            _ => AsksFor::Permission,
        }
    }
}

const fn bad(right: &'static str, expression: &'static str) -> Check {
    Check { right, level: RightsLevel::CanChange, expression }
}

const fn more(right: &'static str, expression: &'static str) -> Check {
    Check { right, level: RightsLevel::SeesMore, expression }
}

/// A right on the table. Where there is no such table the server would answer NULL, and a
/// wrong name would look like a dangerous login.
macro_rules! on_table {
    ($right:literal) => {
        concat!(
            "CASE WHEN OBJECT_ID({table}) IS NULL THEN 0 ELSE HAS_PERMS_BY_NAME({table}, 'OBJECT', '",
            $right,
            "') END"
        )
    };
}

const CHECKS: [Check; 27] = [
    bad("sysadmin", "IS_SRVROLEMEMBER('sysadmin')"),
    bad("securityadmin", "IS_SRVROLEMEMBER('securityadmin')"),
    bad("serveradmin", "IS_SRVROLEMEMBER('serveradmin')"),
    bad("setupadmin", "IS_SRVROLEMEMBER('setupadmin')"),
    bad("processadmin", "IS_SRVROLEMEMBER('processadmin')"),
    bad("diskadmin", "IS_SRVROLEMEMBER('diskadmin')"),
    bad("dbcreator", "IS_SRVROLEMEMBER('dbcreator')"),
    bad("bulkadmin", "IS_SRVROLEMEMBER('bulkadmin')"),
    bad("CONTROL SERVER", "HAS_PERMS_BY_NAME(NULL, NULL, 'CONTROL SERVER')"),
    bad("ADMINISTER BULK OPERATIONS", "HAS_PERMS_BY_NAME(NULL, NULL, 'ADMINISTER BULK OPERATIONS')"),
    bad("db_owner", "IS_ROLEMEMBER('db_owner')"),
    bad("db_securityadmin", "IS_ROLEMEMBER('db_securityadmin')"),
    bad("db_accessadmin", "IS_ROLEMEMBER('db_accessadmin')"),
    bad("db_backupoperator", "IS_ROLEMEMBER('db_backupoperator')"),
    bad("db_ddladmin", "IS_ROLEMEMBER('db_ddladmin')"),
    bad("db_datawriter", "IS_ROLEMEMBER('db_datawriter')"),
    bad("CREATE TABLE", "HAS_PERMS_BY_NAME(DB_NAME(), 'DATABASE', 'CREATE TABLE')"),
    bad("ALTER DATABASE", "HAS_PERMS_BY_NAME(DB_NAME(), 'DATABASE', 'ALTER')"),
    bad("INSERT", on_table!("INSERT")),
    bad("UPDATE", on_table!("UPDATE")),
    bad("DELETE", on_table!("DELETE")),
    bad("ALTER", on_table!("ALTER")),
    bad("CONTROL", on_table!("CONTROL")),
    more("db_datareader", "IS_ROLEMEMBER('db_datareader')"),
    more("SELECT DATABASE", "HAS_PERMS_BY_NAME(DB_NAME(), 'DATABASE', 'SELECT')"),
    more("EXECUTE DATABASE", "HAS_PERMS_BY_NAME(DB_NAME(), 'DATABASE', 'EXECUTE')"),
    more("VIEW SERVER STATE", "HAS_PERMS_BY_NAME(NULL, NULL, 'VIEW SERVER STATE')"),
];

/// What a login was found to be, for the connections that follow.
#[derive(Default)]
pub(super) struct Judged(Mutex<Option<RightsLevel>>);

impl Judged {
    /// Remembers what was found.
    pub fn set(&self, level: RightsLevel) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(level);
    }

    /// Asks on a new connection whether the login may write by now, unless that is known of it,
    /// or nobody has judged it yet.
    ///
    /// # Errors
    /// [`FaultKind::RightsGrown`], or the connection's own failure.
    pub async fn still_holds(
        &self,
        connection: &mut Connection,
        within: Duration,
    ) -> Result<(), ServerFault> {
        let known = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.is_none_or(|level| level == RightsLevel::CanChange) {
            return Ok(());
        }
        let fault = match Rights::ask(connection, within).await {
            Ok(rights) if rights.level != RightsLevel::CanChange => return Ok(()),
            Ok(rights) => {
                let written = |finding: &&Finding| finding.level == RightsLevel::CanChange;
                let found: Vec<String> =
                    rights.findings.iter().filter(written).map(|finding| finding.right.clone()).collect();
                ServerFault::new(FaultKind::RightsGrown, connection.host(), found.join(", "))
            }
            Err(EngineError::Server(fault)) => *fault,
            Err(_) => {
                let limit = format!("{:.0} s", within.as_secs_f64());
                ServerFault::new(FaultKind::ConnectTimeout, connection.host(), limit)
            }
        };
        Err(ServerFault { stage: Some(Stage::Login), ..fault })
    }
}

/// The roles that a server and a database have, where the server shows them.
///
/// SQL Server always has the fixed roles and tells whether one belongs to them. Servers that
/// only speak its language (Babelfish) lack some, and answer nothing when asked about those:
/// a role that is not there is held by nobody.
#[derive(Debug, Default)]
struct Roles {
    server: Vec<String>,
    database: Vec<String>,
}

impl Roles {
    async fn ask(connection: &mut Connection, within: Duration) -> Result<Roles, EngineError> {
        let mut names = async |question| -> Result<Vec<String>, EngineError> {
            let rows = answered(connection.ask(question, within).await)?;
            Ok(rows.iter().flatten().filter_map(text_of).map(|name| name.to_lowercase()).collect())
        };
        let (server, database) = (names(program::SERVER_ROLES).await?, names(program::DATABASE_ROLES).await?);
        Ok(Roles { server, database })
    }

    /// Whether a question is about a role that does not exist. A list without the roles that are
    /// always there is not the whole list, and proves nothing.
    fn lacks(&self, check: &Check) -> bool {
        let (names, always) = match check.asks_for() {
            AsksFor::ServerRole => (&self.server, "sysadmin"),
            AsksFor::DatabaseRole => (&self.database, "db_owner"),
            AsksFor::Permission => return false,
        };
        let has = |role: &str| names.iter().any(|name| name == role);
        has("public") && has(always) && !has(check.right)
    }
}

/// Whether the server gave no answer about membership in some role.
fn silent_on_roles(answers: &[ColumnData<'_>]) -> bool {
    let asked = CHECKS.iter().zip(answers);
    asked
        .into_iter()
        .any(|(check, answer)| !matches!(check.asks_for(), AsksFor::Permission) && whole(answer).is_none())
}

impl Rights {
    /// Asks the server.
    ///
    /// # Errors
    /// When the connection fails; a server that will not answer has told as much.
    pub(super) async fn ask(connection: &mut Connection, within: Duration) -> Result<Rights, EngineError> {
        let settings = connection.settings();
        let questions = program::checks(&settings, CHECKS.iter().map(|check| check.expression));
        let answers = answered(connection.ask(&questions, within).await)?;
        let answers = answers.first().map(Vec::as_slice);
        let roles = match answers {
            Some(answers) if silent_on_roles(answers) => Roles::ask(connection, within).await?,
            _ => Roles::default(),
        };
        Ok(Rights::read(answers, &roles, &settings))
    }

    /// Reads the answers; `None`: the question as a whole could not be asked.
    fn read(answers: Option<&[ColumnData<'_>]>, roles: &Roles, settings: &ServerSettings) -> Rights {
        let findings = match answers {
            Some(answers) if answers.len() == CHECKS.len() => CHECKS
                .iter()
                .zip(answers)
                .filter_map(|(check, answer)| {
                    let held = whole(answer).or_else(|| roles.lacks(check).then_some(0));
                    let finding = Finding {
                        level: check.level,
                        right: check.right.to_string(),
                        unknown: held.is_none(),
                    };
                    (held != Some(0)).then_some(finding)
                })
                .collect(),
            _ => {
                vec![Finding { level: RightsLevel::SeesMore, right: "?".to_string(), unknown: true }]
            }
        };
        let level = findings.iter().map(|finding| finding.level).max().unwrap_or(RightsLevel::ReadOnly);
        Rights { level, findings, remedy: remedy(settings) }
    }
}

/// A login that can read one view of the table and nothing else.
fn remedy(settings: &ServerSettings) -> String {
    let (database, table) = (quoted(&settings.database), settings.table.quoted());
    let view = format!("[analitica].{}", quoted(&settings.table.name));
    format!(
        "CREATE LOGIN [depotru_lectura] WITH PASSWORD = N'…', CHECK_POLICY = ON, \
         DEFAULT_DATABASE = {database};\n\
         GO\n\
         USE {database};\n\
         GO\n\
         CREATE SCHEMA [analitica] AUTHORIZATION [dbo];\n\
         GO\n\
         CREATE VIEW {view} AS SELECT * FROM {table};\n\
         GO\n\
         CREATE USER [depotru_lectura] FOR LOGIN [depotru_lectura] WITH DEFAULT_SCHEMA = [analitica];\n\
         GRANT SELECT ON OBJECT::{view} TO [depotru_lectura];\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::sqlserver::Login;

    fn settings() -> ServerSettings {
        ServerSettings::new(
            "srv",
            "Smart]Business",
            Login::Password { user: "a".into(), password: "b".into() },
        )
    }

    fn answers(held: &[&str], silent: &[&str]) -> Vec<ColumnData<'static>> {
        let answer = |check: &Check| {
            ColumnData::I32((!silent.contains(&check.right)).then(|| held.contains(&check.right).into()))
        };
        CHECKS.iter().map(answer).collect()
    }

    fn read(answers: Option<&[ColumnData<'_>]>, roles: &Roles) -> Rights {
        Rights::read(answers, roles, &settings())
    }

    #[test]
    fn a_role_that_is_not_there_is_held_by_nobody() {
        let names = |names: &[&str]| names.iter().map(|name| name.to_string()).collect::<Vec<_>>();
        let shown = Roles {
            server: names(&["public", "sysadmin"]),
            database: names(&["public", "db_owner", "db_datawriter"]),
        };
        let level = |silent: &[&str], roles: &Roles| read(Some(&answers(&[], silent)), roles).level;
        assert!(silent_on_roles(&answers(&[], &["db_ddladmin"])));
        assert!(!silent_on_roles(&answers(&["db_ddladmin"], &["INSERT"])));
        assert_eq!(level(&["db_ddladmin", "db_datareader", "processadmin"], &shown), RightsLevel::ReadOnly);
        // A role that is there, and a right, count as held where the server says nothing.
        assert_eq!(level(&["db_datawriter"], &shown), RightsLevel::CanChange);
        assert_eq!(level(&["INSERT"], &shown), RightsLevel::CanChange);
        // What is held is held, whatever the list says.
        assert_eq!(read(Some(&answers(&["db_ddladmin"], &[])), &shown).level, RightsLevel::CanChange);
        // Half a list proves nothing.
        let hidden = Roles { server: names(&["public"]), database: names(&["ventas"]) };
        assert_eq!(level(&["db_ddladmin"], &hidden), RightsLevel::CanChange);
        assert_eq!(level(&["processadmin"], &hidden), RightsLevel::CanChange);
    }

    #[test]
    fn each_combination_has_its_level() {
        let level =
            |held: &[&str], silent: &[&str]| read(Some(&answers(held, silent)), &Roles::default()).level;
        assert_eq!(level(&[], &[]), RightsLevel::ReadOnly);
        assert_eq!(level(&["db_datareader"], &[]), RightsLevel::SeesMore);
        assert_eq!(level(&["db_datareader", "sysadmin"], &[]), RightsLevel::CanChange);
        // What the server will not say counts as held.
        assert_eq!(level(&[], &["INSERT"]), RightsLevel::CanChange);
        assert_eq!(read(None, &Roles::default()).level, RightsLevel::SeesMore);
        for check in &CHECKS {
            assert_eq!(level(&[check.right], &[]), check.level, "{}", check.right);
        }
    }

    #[test]
    fn the_remedy_names_the_table_and_quotes_the_database() {
        let remedy = read(None, &Roles::default()).remedy;
        assert!(remedy.contains("USE [Smart]]Business];") && remedy.contains("FROM [dbo].[banco_datos];"));
    }
}
