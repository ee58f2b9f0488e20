//! Totals, group-bys, series, rankings, and counts of members that meet a condition.

use super::parts::{Writer, aliases, expressions, select_list};
use crate::ask::intent::Direction;
use crate::ask::{ChartHint, PlannedColumn};
use crate::model::ColumnKind;

/// Figures by groups.
pub fn group(w: &Writer<'_>) -> (String, Vec<PlannedColumn>, ChartHint) {
    let intent = w.intent;
    let dims = w.dim_columns(&intent.dims);
    let mut selected = Vec::new();
    if !dims.is_empty() {
        selected.push(select_list(&dims));
    }
    for metric in &intent.metrics {
        selected.push(format!("{} AS {}", w.metric(*metric, None), w.metric_alias(*metric)));
    }
    let top = intent.limit.filter(|_| !dims.is_empty()).map_or(String::new(), |n| format!("TOP {n} "));
    let mut sql = format!("SELECT {top}{}\n{}", selected.join(", "), w.lines());
    let mut columns = w.dim_planned(&intent.dims);
    columns.extend(intent.metrics.iter().map(|m| w.metric_column(*m)));
    if dims.is_empty() {
        return (sql, columns, ChartHint::Figure);
    }
    sql.push_str(&format!("\nGROUP BY {}", expressions(&dims)));
    sql.push_str(&w.having());
    sql.push_str(&format!("\nORDER BY {}", order(w)));
    (sql, columns, chart(w))
}

/// Calendar order for series, else by the figure with the label as tie-break.
fn order(w: &Writer<'_>) -> String {
    let intent = w.intent;
    let dims = w.dim_columns(&intent.dims);
    let calendar = intent.dims.first().is_some_and(|d| d.is_calendar());
    let (metric, direction) = match intent.sort {
        Some(sort) => (Some(sort.metric), sort.direction),
        None if calendar => (None, Direction::Asc),
        None => (intent.metrics.first().copied(), Direction::Desc),
    };
    let labels = aliases(&dims);
    match metric {
        Some(metric) if intent.dims.len() == 1 || intent.sort.is_some() => {
            let direction = if direction == Direction::Desc { "DESC" } else { "ASC" };
            let key = if intent.metrics.contains(&metric) {
                w.metric_alias(metric)
            } else {
                w.metric(metric, None)
            };
            format!("{key} {direction}, {labels}")
        }
        _ => labels,
    }
}

fn chart(w: &Writer<'_>) -> ChartHint {
    let intent = w.intent;
    let drawable = intent.metrics.first().is_some_and(|m| w.metric_column(*m).kind.is_measure());
    match intent.dims.as_slice() {
        _ if !drawable => ChartHint::None,
        [dim] if dim.is_calendar() && intent.sort.is_none() => ChartHint::Line,
        [_] => ChartHint::Bar,
        _ => ChartHint::None,
    }
}

/// How many members meet the conditions.
pub fn count_groups(w: &Writer<'_>) -> (String, Vec<PlannedColumn>, ChartHint) {
    let dims = w.dim_columns(&w.intent.dims);
    let alias = w.intent.dims.last().map_or("cuantos", |d| crate::model::Metric::Distinct(*d).alias());
    let sql = format!(
        "SELECT COUNT(*) AS {alias}\nFROM (SELECT {}\n{}\nGROUP BY {}{}) AS g",
        select_list(&dims),
        w.lines(),
        expressions(&dims),
        w.having()
    );
    (sql, vec![w.column(alias, ColumnKind::Count)], ChartHint::Figure)
}
