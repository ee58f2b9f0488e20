//! The table as it is on a server, held against the table as the model expects it.
//!
//! Enters: the server's columns and indexes, and the profile's renamed columns. Leaves: a
//! [`Report`] of the differences, each with the questions it makes unanswerable, and the
//! indexes worth asking the DBA for. May not touch: the server, the terminal.

mod advice;
mod compare;
mod words;

pub use advice::{Advice, advice};
pub use compare::{Difference, Found, compare};
pub use words::{advice_sentence, sentence, unanswerable};

use crate::engine::sqlserver::{ServerColumn, ServerIndex};
use crate::model::{Dim, Metric, OwnDimension};

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// Where the table differs, the most harmful first.
    pub differences: Vec<Difference>,
    /// Columns of the table that the model does not know; hostile until cleaned.
    pub unknown: Vec<String>,
    /// What to ask the DBA for.
    pub advice: Vec<Advice>,
}

impl Report {
    /// Checks a table's columns and indexes; `real` gives a model column's name on the server,
    /// `own` are the dimensions that the store adds.
    pub fn of<'a>(
        columns: &[ServerColumn],
        indexes: &[ServerIndex],
        real: impl Fn(&'static str) -> &'a str,
        own: &[OwnDimension],
    ) -> Report {
        let (differences, unknown) = compare(columns, &real, own);
        Report { differences, unknown, advice: advice(columns, indexes, &real) }
    }

    /// Whether some question of the model has no right answer on this table.
    pub fn costs_answers(&self) -> bool {
        self.differences.iter().any(Difference::costs_answers)
    }
}

/// What cannot be asked for where a column is missing or useless.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lost {
    /// Figures that need it.
    pub metrics: Vec<Metric>,
    /// What it would be grouped or filtered by.
    pub dimensions: Vec<Dim>,
    /// The same, of what the store adds to the model.
    pub own: Vec<OwnDimension>,
}

impl Lost {
    /// Everything in the model that needs a column; `own` are the dimensions that the store adds.
    pub fn without(column: &str, own: &[OwnDimension]) -> Lost {
        let names =
            |sql: &str| sql.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').any(|w| w == column);
        Lost {
            metrics: Metric::PLAIN
                .into_iter()
                .filter(|metric| names(&metric.formula().sql(None, false, "DocumentosCodigo = ''")))
                .collect(),
            dimensions: Dim::ALL
                .into_iter()
                .filter(|dim| dim.columns().iter().any(|(expression, ..)| names(expression)))
                .collect(),
            own: own.iter().filter(|own| own.column == column).cloned().collect(),
        }
    }

    /// Whether nothing is lost.
    pub fn is_nothing(&self) -> bool {
        self.metrics.is_empty() && self.dimensions.is_empty() && self.own.is_empty()
    }
}

#[cfg(test)]
mod tests;
