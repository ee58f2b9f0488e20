//! The model of one store: its table, its columns' real names, its document rules.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::dimension::Dim;
use super::documents::DocumentRules;
use super::own::{OwnDimension, OwnName};
use super::schema::{TABLE, VALUE_COLUMNS, column_named};
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
    /// Dimensions that this store adds.
    pub dimensions: Vec<OwnDimension>,
}

impl Default for SalesModel {
    fn default() -> Self {
        SalesModel {
            table: TABLE.to_string(),
            columns: BTreeMap::new(),
            documents: DocumentRules::default(),
            segments: Segments::default(),
            dimensions: Vec::new(),
        }
    }
}

impl SalesModel {
    /// This model with the dimensions that a store adds.
    pub fn with_dimensions(mut self, dimensions: Vec<OwnDimension>) -> SalesModel {
        for own in &dimensions {
            let real = self.columns.get(&own.column).cloned().unwrap_or_else(|| quoted(&own.column));
            self.columns.insert(own.name.placeholder().to_string(), real);
        }
        self.dimensions = dimensions;
        self
    }

    /// Every dimension of this store.
    pub fn dims(&self) -> impl Iterator<Item = Dim> {
        Dim::ALL.into_iter().chain(self.dimensions.iter().map(|own| Dim::Own(own.name)))
    }

    /// The dimension of this store called `name`.
    pub fn dim_named(&self, name: &str) -> Option<Dim> {
        self.dims().find(|dim| dim.name() == name)
    }

    /// The dimension of this store whose distinct values stand in `column`, a name of the model
    /// or of a further column.
    pub fn dim_of_column(&self, column: &str) -> Option<Dim> {
        let own = self.dimensions.iter().find(|own| own.column.eq_ignore_ascii_case(column));
        Dim::of_column(column).or_else(|| own.map(|own| Dim::Own(own.name)))
    }

    /// The columns whose distinct values a question may name, by their names in the model; what
    /// the store adds comes last.
    pub fn value_columns(&self) -> impl Iterator<Item = String> {
        let own = self.dimensions.iter().map(|own| own.column.clone());
        VALUE_COLUMNS.into_iter().map(String::from).chain(own)
    }

    /// What this store says of a dimension that it adds.
    pub fn own(&self, name: OwnName) -> Option<&OwnDimension> {
        self.dimensions.iter().find(|own| own.name == name)
    }

    /// Whether this store has the dimension.
    pub fn has(&self, dim: Dim) -> bool {
        match dim {
            Dim::Own(name) => self.own(name).is_some(),
            _ => true,
        }
    }

    /// Whether a dimension's values are names of customers, of the people who sell, or of others.
    pub fn is_personal(&self, dim: Dim) -> bool {
        match dim {
            Dim::Own(name) => self.own(name).is_none_or(|own| own.personal),
            dim => matches!(dim, Dim::Customer | Dim::Salesperson),
        }
    }

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

    /// The name of a query's column in its result, once [`SalesModel::with_real_names`] has been
    /// over the query: a column that is selected as it is carries its real name.
    pub fn result_name(&self, alias: &str) -> String {
        let real = self.columns.get(alias).map(String::as_str);
        let bare = real.and_then(|real| real.strip_prefix('[')?.strip_suffix(']'));
        bare.map(|name| name.replace("]]", "]")).unwrap_or_else(|| real.unwrap_or(alias).to_string())
    }

    fn real_name<'a>(&'a self, word: &'a str) -> &'a str {
        if word == TABLE {
            return &self.table;
        }
        self.columns.get(word).map_or(word, String::as_str)
    }
}

/// A column's name as T-SQL takes it.
fn quoted(column: &str) -> String {
    let plain = column.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let name = column_named(column).is_some();
    if name && plain { column.to_string() } else { format!("[{}]", column.replace(']', "]]")) }
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
        assert_eq!(
            (model.result_name("marca"), model.result_name("ventas")),
            ("Marca Real".into(), "ventas".into())
        );
    }
}
