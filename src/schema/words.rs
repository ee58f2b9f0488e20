//! The report in the user's language.

use super::{Advice, Difference, Found, Lost};
use crate::ask::intent::Scope;
use crate::ask::restate::names;
use crate::i18n::{Lang, fill, text};
use crate::model::SalesModel;
use crate::sanitize::{SafeText, display_safe};

/// A difference as one sentence: what was found, and what to do. Cleaned for display.
pub fn sentence(difference: &Difference, lang: Lang) -> SafeText {
    let mut values = vec![("column", difference.column.as_str()), ("real", difference.real.as_str())];
    let said = match &difference.found {
        Found::Nothing { similar: Some(similar) } => {
            values.push(("similar", similar));
            fill(lang, "schema.missing_similar", &values)
        }
        Found::Nothing { similar: None } => fill(lang, "schema.missing", &values),
        Found::Useless { sql_type } => {
            values.push(("type", sql_type));
            fill(lang, "schema.useless", &values)
        }
        Found::Inexact { sql_type } => {
            values.push(("type", sql_type));
            fill(lang, "schema.inexact", &values)
        }
        Found::WithTime { sql_type } => {
            values.push(("type", sql_type));
            fill(lang, "schema.with_time", &values)
        }
    };
    display_safe(&said)
}

/// What cannot be asked because of a difference, as one sentence; none where all can.
pub fn unanswerable(difference: &Difference, lang: Lang) -> Option<String> {
    if !difference.costs_answers() {
        return None;
    }
    let Lost { metrics, dimensions, own } = &difference.lost;
    // What a store adds carries its own words; the rest is every store's.
    let shared = SalesModel::default();

    let metrics: Vec<String> =
        metrics.iter().map(|metric| names::metric_phrase(&shared, lang, *metric, Scope::Sales)).collect();
    let dimensions: Vec<String> = dimensions
        .iter()
        .map(|dim| names::dim_one(&shared, lang, *dim))
        .chain(own.iter().map(|own| names::own_one(own, lang)))
        .collect();
    let mut parts = Vec::new();
    if !metrics.is_empty() {
        parts.push(fill(lang, "schema.no_figures", &[("figures", &metrics.join(", "))]));
    }
    if !dimensions.is_empty() {
        parts.push(fill(lang, "schema.no_groups", &[("groups", &dimensions.join(", "))]));
    }
    Some(format!("{} {}", text(lang, "schema.unanswerable"), parts.join("; ")))
}

/// What to ask the DBA for, and the T-SQL on `table`. Cleaned for display.
pub fn advice_sentence(advice: &Advice, table: &str, lang: Lang) -> SafeText {
    let Advice::DateIndex { sql } = advice;
    let sql = format!("CREATE INDEX IX_depotru_Fecha ON {table} {sql};");
    display_safe(&fill(lang, "schema.date_index", &[("sql", &sql)]))
}
