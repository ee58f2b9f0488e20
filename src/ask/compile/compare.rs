//! Two periods or two values side by side, and shares of a whole.

use super::parts::{Writer, aliases, comparison, condition, expressions, literal, select_list, within};
use crate::ask::intent::{Direction, Filter, Percent, Trend};
use crate::ask::time::TimeRange;
use crate::ask::{ChartHint, PlannedColumn};
use crate::model::{ColumnKind, Dim, Metric};

/// The current value, the earlier value and the change in percent, for each group.
pub fn periods(
    w: &Writer<'_>,
    base: &TimeRange,
    only: Option<Trend>,
    by: Option<Percent>,
) -> (String, Vec<PlannedColumn>, ChartHint) {
    let intent = w.intent;
    let metric = intent.metrics.first().copied().unwrap_or(Metric::Sales);
    let Some(current) = intent.time else { return super::group::group(w) };
    let now = w.metric(metric, Some(&within(&current)));
    let before = w.metric(metric, Some(&within(base)));
    let change = format!("100.0 * ({now} - {before}) / NULLIF({before}, 0)");
    let dims = w.dim_columns(&intent.dims);
    let mut selected = if dims.is_empty() { String::new() } else { format!("{}, ", select_list(&dims)) };
    selected.push_str(&format!("{now} AS actual, {before} AS anterior, {change} AS variacion_pct"));
    let top = intent.limit.filter(|_| !dims.is_empty()).map_or(String::new(), |n| format!("TOP {n} "));
    let mut sql = format!(
        "SELECT {top}{selected}\n{}\n  AND ({} OR {})",
        w.lines_of_all_time(),
        within(base),
        within(&current)
    );
    let mut columns = w.dim_planned(&intent.dims);
    let title = |range: &TimeRange| crate::ask::restate::range_short(w.lang, range);
    let kind = w.metric_column(metric).kind;
    columns.push(PlannedColumn { name: "actual".into(), title: title(&current), kind });
    columns.push(PlannedColumn { name: "anterior".into(), title: title(base), kind });
    columns.push(w.column("variacion_pct", ColumnKind::Percent));
    if dims.is_empty() {
        return (sql, columns, ChartHint::PairedBar);
    }
    sql.push_str(&format!("\nGROUP BY {}", expressions(&dims)));
    if let Some(trend) = only {
        let (sign, change) = match trend {
            Trend::Up => (">", change),
            Trend::Down => ("<", format!("100.0 * ({before} - {now}) / NULLIF({before}, 0)")),
        };
        sql.push_str(&format!("\nHAVING {now} {sign} {before}"));
        if let Some(by) = by {
            sql.push_str(&format!(" AND {}", comparison(&change, by.op, by.value)));
        }
    }
    let order = match intent.sort {
        Some(sort) if sort.direction == Direction::Asc => format!("variacion_pct ASC, {}", aliases(&dims)),
        Some(_) => format!("variacion_pct DESC, {}", aliases(&dims)),
        None if intent.dims.first().is_some_and(|d| d.is_calendar()) => aliases(&dims),
        None => format!("actual DESC, {}", aliases(&dims)),
    };
    sql.push_str(&format!("\nORDER BY {order}"));
    (sql, columns, ChartHint::PairedBar)
}

/// Two values of a dimension in one row, and their difference.
pub fn values(
    w: &Writer<'_>,
    dim: Dim,
    first: &str,
    second: &str,
) -> (String, Vec<PlannedColumn>, ChartHint) {
    let metric = w.intent.metrics.first().copied().unwrap_or(Metric::Sales);
    let column = dim.value_column().unwrap_or("Fecha");
    let of = |value: &str| w.metric(metric, Some(&format!("{column} = {}", literal(value))));
    let (a, b) = (of(first), of(second));
    let sql = format!(
        "SELECT {a} AS primero, {b} AS segundo, {a} - {b} AS diferencia\n{}\n  AND {column} IN ({},{})",
        w.lines(),
        literal(first),
        literal(second)
    );
    let kind = w.metric_column(metric).kind;
    let named = |alias: &str, value: &str| PlannedColumn {
        name: alias.to_string(),
        title: crate::sanitize::display_safe(value).into_string(),
        kind,
    };
    let columns = vec![named("primero", first), named("segundo", second), w.column("diferencia", kind)];
    (sql, columns, ChartHint::Figure)
}

/// Each group's share of the whole, or the share of the part that the filters select.
pub fn share(w: &Writer<'_>, part: &[Filter]) -> (String, Vec<PlannedColumn>, ChartHint) {
    let intent = w.intent;
    let metric = intent.metrics.first().copied().unwrap_or(Metric::Sales);
    let whole = w.metric(metric, None);
    let dims = w.dim_columns(&intent.dims);
    if dims.is_empty() {
        let all: Vec<String> = part.iter().map(condition).collect();
        let of_part = w.metric(metric, Some(&all.join(" AND ")));
        let sql =
            format!("SELECT 100.0 * {of_part} / NULLIF({whole}, 0) AS participacion_pct\n{}", w.lines());
        return (sql, vec![w.column("participacion_pct", ColumnKind::Percent)], ChartHint::Figure);
    }
    if !part.is_empty() {
        return share_within(w, metric, part);
    }
    let alias = w.metric_alias(metric);
    let total = if metric.is_additive() { format!("SUM({whole}) OVER ()") } else { String::new() };
    let mut columns = w.dim_planned(&intent.dims);
    columns.push(w.metric_column(metric));
    columns.push(w.column("participacion_pct", ColumnKind::Percent));
    let order = match intent.sort {
        Some(sort) if sort.direction == Direction::Asc => "ASC",
        _ => "DESC",
    };
    let top = intent.limit.map_or(String::new(), |n| format!("TOP {n} "));
    let total = if total.is_empty() { format!("(SELECT {whole}\n{})", w.lines()) } else { total };
    let sql = format!(
        "SELECT {top}{}, {whole} AS {alias}, 100.0 * {whole} / NULLIF({total}, 0) AS participacion_pct\n{}\nGROUP BY {}{}\nORDER BY {alias} {order}, {}",
        select_list(&dims),
        w.lines(),
        expressions(&dims),
        w.having(),
        aliases(&dims)
    );
    (sql, columns, ChartHint::Share)
}

/// The part's share within each group.
fn share_within(w: &Writer<'_>, metric: Metric, part: &[Filter]) -> (String, Vec<PlannedColumn>, ChartHint) {
    let dims = w.dim_columns(&w.intent.dims);
    let whole = w.metric(metric, None);
    let all: Vec<String> = part.iter().map(condition).collect();
    let of_part = w.metric(metric, Some(&all.join(" AND ")));
    let sql = format!(
        "SELECT {}, 100.0 * {of_part} / NULLIF({whole}, 0) AS participacion_pct\n{}\nGROUP BY {}\nORDER BY participacion_pct DESC, {}",
        select_list(&dims),
        w.lines(),
        expressions(&dims),
        aliases(&dims)
    );
    let mut columns = w.dim_planned(&w.intent.dims);
    columns.push(w.column("participacion_pct", ColumnKind::Percent));
    (sql, columns, ChartHint::Bar)
}
