//! The model of one store: its table, its columns' real names, its document rules.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::documents::DocumentRules;
use super::schema::TABLE;
use super::segments::Segments;

/// What a planner needs to know about a store's data beyond its values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SalesModel {
    /// The table of invoice lines.
    pub table: String,
    /// Real names of columns that are not called as in the ERP (`marca` → `Marca_Real`).
    pub columns: BTreeMap<String, String>,
    /// Document roles.
    pub documents: DocumentRules,
    /// Customer segments.
    pub segments: Segments,
}

impl Default for SalesModel {
    fn default() -> Self {
        SalesModel {
            table: TABLE.to_string(),
            columns: BTreeMap::new(),
            documents: DocumentRules::default(),
            segments: Segments::default(),
        }
    }
}

impl SalesModel {
    /// Gives a query written with the ERP's names this store's names. Text inside
    /// quotes is left alone.
    pub fn with_real_names(&self, sql: &str) -> String {
        if self.columns.is_empty() && self.table == TABLE {
            return sql.to_string();
        }
        let mut out = String::with_capacity(sql.len() + 16);
        let mut word = String::new();
        let mut quoted = false;
        for c in sql.chars().chain(std::iter::once(' ')) {
            if !quoted && (c.is_ascii_alphanumeric() || c == '_') {
                word.push(c);
                continue;
            }
            out.push_str(self.real_name(&word));
            word.clear();
            if c == '\'' {
                quoted = !quoted;
            }
            out.push(c);
        }
        out.pop();
        out
    }

    fn real_name<'a>(&'a self, word: &'a str) -> &'a str {
        if word == TABLE {
            return &self.table;
        }
        self.columns.get(word).map_or(word, String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn renames_identifiers_but_never_text() {
        let mut model = SalesModel::default();
        model.columns.insert("marca".into(), "[Marca Real]".into());
        let sql = "SELECT marca FROM banco_datos WHERE marca = 'la marca''s marca'";
        assert_eq!(
            model.with_real_names(sql),
            "SELECT [Marca Real] FROM banco_datos WHERE [Marca Real] = 'la marca''s marca'"
        );
    }
}
