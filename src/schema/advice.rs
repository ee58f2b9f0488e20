//! Indexes that make the console's questions cheap for the server.

use crate::engine::sqlserver::{ServerColumn, ServerIndex};

/// Something to ask the DBA for, with the T-SQL that does it. The program never runs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Advice {
    /// No index begins with the date: every question reads the whole table.
    DateIndex {
        /// The T-SQL, on the server's own names.
        sql: String,
    },
}

/// The columns a question by date nearly always adds up or groups by.
const CARRIED: [&str; 7] =
    ["DocumentosCodigo", "NumeroDocumento", "Cantidad", "TotalSinIva", "TotalMasIva", "ValorCosto", "marca"];

/// What to ask for, given the indexes there are. Nothing where they cannot be seen, as of the
/// table behind a view.
pub fn advice<'a>(
    columns: &[ServerColumn],
    indexes: &[ServerIndex],
    real: &impl Fn(&'static str) -> &'a str,
) -> Vec<Advice> {
    let date = real("Fecha");
    let there = |name: &str| columns.iter().any(|column| column.name.eq_ignore_ascii_case(name));
    let helps = |index: &ServerIndex| {
        let first = index.keys.first().is_some_and(|key| key.eq_ignore_ascii_case(date));
        first || index.kind.to_ascii_uppercase().contains("COLUMNSTORE")
    };
    if !there(date) || indexes.is_empty() || indexes.iter().any(helps) {
        return Vec::new();
    }
    let quoted = |name: &str| format!("[{}]", name.replace(']', "]]"));
    let carried: Vec<String> = CARRIED.into_iter().map(real).filter(|name| there(name)).map(quoted).collect();
    let include =
        if carried.is_empty() { String::new() } else { format!(" INCLUDE ({})", carried.join(", ")) };
    vec![Advice::DateIndex { sql: format!("({}){include}", quoted(date)) }]
}
