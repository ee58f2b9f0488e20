//! The program's own T-SQL: constants, and quoted names from the settings. Besides this only
//! approved text is ever sent.

use chrono::NaiveDate;

use super::settings::{ServerSettings, quoted};

/// Kept low on a server that others work on.
const LOW: &str = "OPTION (MAXDOP 1)";

/// The server, the database and its collation; last what Babelfish calls itself, NULL elsewhere.
pub(super) const SERVER: &str = "SELECT CAST(SERVERPROPERTY('ProductVersion') AS nvarchar(128)), \
     CAST(SERVERPROPERTY('Edition') AS nvarchar(128)), DB_NAME(), \
     CAST(DATABASEPROPERTYEX(DB_NAME(), 'Collation') AS nvarchar(128)), \
     CAST(DATABASEPROPERTYEX(DB_NAME(), 'Updateability') AS nvarchar(128)), \
     CAST(SERVERPROPERTY('BabelfishVersion') AS nvarchar(128))";

/// The server's roles, fixed ones included.
pub(super) const SERVER_ROLES: &str = "SELECT name FROM sys.server_principals WHERE type = 'R'";
/// The database's roles, fixed ones included.
pub(super) const DATABASE_ROLES: &str = "SELECT name FROM sys.database_principals WHERE type = 'R'";

/// A text as it stands in T-SQL.
fn literal(text: &str) -> String {
    format!("N'{}'", text.replace('\'', "''"))
}

/// Number of lines, first and last day.
pub(super) fn facts(settings: &ServerSettings) -> String {
    let (table, day) = (settings.table.quoted(), quoted(settings.real_name("Fecha")));
    format!("SELECT COUNT_BIG(*), MIN({day}), MAX({day}) FROM {table} {LOW}")
}

/// The most frequent values of a column, with one more than wanted to tell whether there are
/// more, and one more for blanks.
pub(super) fn values(settings: &ServerSettings, column: &str, most: usize) -> String {
    let (table, column) = (settings.table.quoted(), quoted(settings.real_name(column)));
    let rows = most.saturating_add(2).min(i32::MAX as usize);
    format!(
        "SELECT TOP ({rows}) {column}, COUNT_BIG(*) FROM {table} WHERE {column} IS NOT NULL \
         GROUP BY {column} ORDER BY COUNT_BIG(*) DESC, {column} {LOW}"
    )
}

/// Columns of the lines of a period, under the model's names.
pub(super) fn slice(settings: &ServerSettings, columns: &[&str], from: NaiveDate, to: NaiveDate) -> String {
    let chosen: Vec<String> = columns
        .iter()
        .map(|name| match settings.real_name(name) {
            real if real == *name => quoted(real),
            real => format!("{} AS {}", quoted(real), quoted(name)),
        })
        .collect();
    let (table, day) = (settings.table.quoted(), quoted(settings.real_name("Fecha")));
    // Without separators it reads the same whatever the session's language. CONVERT with a style
    // would be worked out anew for every line by servers that do not fold it (Babelfish).
    let bound = |day: NaiveDate| format!("CAST('{}' AS date)", day.format("%Y%m%d"));
    format!(
        "SELECT {} FROM {table} WHERE {day} >= {} AND {day} < {} {LOW}",
        chosen.join(", "),
        bound(from),
        bound(to)
    )
}

/// The table's columns in order.
pub(super) fn columns(settings: &ServerSettings) -> String {
    format!(
        "SELECT COLUMN_NAME, DATA_TYPE, CHARACTER_MAXIMUM_LENGTH, NUMERIC_PRECISION, NUMERIC_SCALE, \
         DATETIME_PRECISION, IS_NULLABLE FROM INFORMATION_SCHEMA.COLUMNS \
         WHERE TABLE_SCHEMA = {} AND TABLE_NAME = {} ORDER BY ORDINAL_POSITION",
        literal(&settings.table.schema),
        literal(&settings.table.name)
    )
}

/// The table's indexes, a row for each of their columns. A table without any has one row, for
/// itself; a view, or a table that may not be looked into, has none.
pub(super) fn indexes(settings: &ServerSettings) -> String {
    format!(
        "SELECT ISNULL(i.name, N''), i.type_desc, ISNULL(c.name, N''), ISNULL(ic.is_included_column, 0) \
         FROM sys.indexes AS i \
         LEFT JOIN sys.index_columns AS ic ON ic.object_id = i.object_id AND ic.index_id = i.index_id \
         LEFT JOIN sys.columns AS c ON c.object_id = ic.object_id AND c.column_id = ic.column_id \
         WHERE i.object_id = OBJECT_ID({}) \
         ORDER BY i.index_id, ic.is_included_column, ic.key_ordinal, ic.index_column_id",
        literal(&settings.table.quoted())
    )
}

/// One row with an answer to each of `expressions`; `{table}` in them stands for the table's name.
pub(super) fn checks<'a>(settings: &ServerSettings, expressions: impl Iterator<Item = &'a str>) -> String {
    let table = literal(&settings.table.quoted());
    let asked: Vec<String> = expressions.map(|expression| expression.replace("{table}", &table)).collect();
    format!("SELECT {}", asked.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::sqlserver::{Login, TableName};

    #[test]
    fn names_from_the_settings_stay_names() {
        let login = Login::Password { user: "ana".into(), password: "x".into() };
        let mut settings = ServerSettings::new("srv", "Ventas", login);
        settings.table = TableName { schema: "dbo".into(), name: "x'; DROP TABLE [y]; --".into() };
        settings.columns.insert("marca".into(), "Marca] Real".into());
        let sql = values(&settings, "marca", 10);
        assert!(sql.starts_with(
            "SELECT TOP (12) [Marca]] Real], COUNT_BIG(*) FROM [dbo].[x'; DROP TABLE [y]]; --]"
        ));
        assert!(columns(&settings).contains("TABLE_NAME = N'x''; DROP TABLE [y]; --'"));
        let (from, to) = (NaiveDate::default(), NaiveDate::from_ymd_opt(2025, 7, 1).expect("a day"));
        assert_eq!(
            slice(&settings, &["Fecha", "marca"], from, to),
            "SELECT [Fecha], [Marca]] Real] AS [marca] FROM [dbo].[x'; DROP TABLE [y]]; --] \
             WHERE [Fecha] >= CAST('19700101' AS date) AND [Fecha] < CAST('20250701' AS date) \
             OPTION (MAXDOP 1)"
        );
    }
}
