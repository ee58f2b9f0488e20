//! Column by column: what is missing, what has a type that harms.

use super::Lost;
use crate::engine::sqlserver::ServerColumn;
use crate::model::OwnDimension;
use crate::model::schema::{COLUMNS, SqlType, column_named};

/// One difference between the server's table and the model's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The column in the model, or the further one that the store's own dimension needs.
    pub column: String,
    /// Its name on the server, as the profile says.
    pub real: String,
    /// What was found there.
    pub found: Found,
    /// What cannot be asked because of it.
    pub lost: Lost,
}

/// What stands where a column was expected. Names and types are hostile until cleaned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// Nothing by that name.
    Nothing {
        /// A column of the table that may be meant.
        similar: Option<String>,
    },
    /// A type that the model's questions cannot work with.
    Useless {
        /// The type.
        sql_type: String,
    },
    /// A binary floating-point number: sums are not exact.
    Inexact {
        /// The type.
        sql_type: String,
    },
    /// A date with a time: days with times are groups of their own.
    WithTime {
        /// The type.
        sql_type: String,
    },
}

impl Difference {
    /// Whether a question has no right answer because of it.
    pub fn costs_answers(&self) -> bool {
        matches!(self.found, Found::Nothing { .. } | Found::Useless { .. }) && !self.lost.is_nothing()
    }

    fn weight(&self) -> u8 {
        match self.found {
            _ if self.costs_answers() => 0,
            Found::Inexact { .. } => 1,
            Found::WithTime { .. } => 2,
            _ => 3,
        }
    }
}

/// The kinds of types that matter here.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Whole,
    Exact,
    Binary,
    Day,
    Moment,
    Text,
    Other,
}

fn class(base_type: &str) -> Class {
    match base_type.to_ascii_lowercase().as_str() {
        "tinyint" | "smallint" | "int" | "bigint" => Class::Whole,
        "decimal" | "numeric" | "money" | "smallmoney" => Class::Exact,
        "float" | "real" => Class::Binary,
        "date" => Class::Day,
        "datetime" | "datetime2" | "smalldatetime" | "datetimeoffset" => Class::Moment,
        "char" | "varchar" | "nchar" | "nvarchar" | "text" | "ntext" => Class::Text,
        _ => Class::Other,
    }
}

/// The differences, the most harmful first, and the columns that the model does not know.
pub fn compare<'a>(
    columns: &[ServerColumn],
    real: &impl Fn(&'static str) -> &'a str,
    own: &[OwnDimension],
) -> (Vec<Difference>, Vec<String>) {
    let mut further: Vec<&str> = own.iter().filter_map(OwnDimension::further_column).collect();
    further.sort_unstable();
    further.dedup();
    let expected = COLUMNS.iter().map(|column| (column.name, real(column.name), column.sql_type));
    let added = further.iter().map(|column| (*column, *column, SqlType::NVarChar(0)));
    let mut differences: Vec<Difference> = expected
        .chain(added)
        .filter_map(|(name, real, sql_type)| difference(name, sql_type, real, columns, own))
        .collect();
    differences.sort_by_key(Difference::weight);
    let known = |name: &str| {
        COLUMNS.iter().any(|column| real(column.name).eq_ignore_ascii_case(name))
            || further.iter().any(|column| column.eq_ignore_ascii_case(name))
    };
    let unknown = columns.iter().map(|column| &column.name).filter(|name| !known(name)).cloned();
    (differences, unknown.collect())
}

fn difference(
    name: &str,
    expected: SqlType,
    real: &str,
    columns: &[ServerColumn],
    own: &[OwnDimension],
) -> Option<Difference> {
    let there = columns.iter().find(|column| column.name.eq_ignore_ascii_case(real));
    let found = match there {
        None => Found::Nothing { similar: similar(name, columns) },
        Some(column) => {
            let sql_type = column.sql_type.clone();
            match (expected, class(&column.base_type)) {
                (SqlType::Int, Class::Whole | Class::Exact)
                | (SqlType::Decimal(..), Class::Exact | Class::Whole)
                | (SqlType::NVarChar(_), Class::Text)
                | (SqlType::Date, Class::Day) => return None,
                // A code or a name may be a number on the server: it is compared and shown all the same.
                (SqlType::NVarChar(_), Class::Whole) => return None,
                (SqlType::Decimal(..) | SqlType::Int, Class::Binary) => Found::Inexact { sql_type },
                (SqlType::Date, Class::Moment) => Found::WithTime { sql_type },
                _ => Found::Useless { sql_type },
            }
        }
    };
    let lost = Lost::without(name, own);
    Some(Difference { column: name.to_string(), real: real.to_string(), found, lost })
}

/// A column that the model does not know and whose name is nearly the one looked for.
fn similar(wanted: &str, columns: &[ServerColumn]) -> Option<String> {
    let plain = |name: &str| -> String {
        name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
    };
    let wanted = plain(wanted);
    let near = |name: &str| {
        let name = plain(name);
        name.contains(&wanted) || strsim::damerau_levenshtein(&name, &wanted) <= 1 + wanted.len() / 6
    };
    columns.iter().map(|column| &column.name).find(|name| column_named(name).is_none() && near(name)).cloned()
}
