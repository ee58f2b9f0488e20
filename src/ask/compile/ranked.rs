//! Window functions over groups: the best of each group, running totals, growth from
//! bucket to bucket, ABC classes.

use super::parts::{Writer, aliases, expressions, select_list};
use crate::ask::intent::Direction;
use crate::ask::{ChartHint, PlannedColumn};
use crate::model::{ColumnKind, Metric};

type Query = (String, Vec<PlannedColumn>, ChartHint);

/// What a ranking by row numbers is made of.
struct Ordered {
    /// The figure that ranks, with its direction.
    by: String,
    /// The figures with their names.
    figures: String,
    /// Their names alone.
    named: String,
    columns: Vec<PlannedColumn>,
}

fn ordered(w: &Writer<'_>) -> Ordered {
    let intent = w.intent;
    let metric = intent.sort.map(|s| s.metric).or(intent.metrics.first().copied()).unwrap_or(Metric::Sales);
    let direction = match intent.sort {
        Some(sort) if sort.direction == Direction::Asc => "ASC",
        _ => "DESC",
    };
    let figures: Vec<String> =
        intent.metrics.iter().map(|m| format!("{} AS {}", w.metric(*m, None), w.metric_alias(*m))).collect();
    let named: Vec<String> = intent.metrics.iter().map(|m| w.metric_alias(*m)).collect();
    let mut columns = w.dim_planned(&intent.dims);
    columns.extend(intent.metrics.iter().map(|m| w.metric_column(*m)));
    Ordered {
        by: format!("{} {direction}", w.metric(metric, None)),
        figures: figures.join(", "),
        named: named.join(", "),
        columns,
    }
}

/// The first `n` of the last dimension within each member of the others.
pub fn top_per_group(w: &Writer<'_>, n: u32) -> Query {
    let dims = &w.intent.dims;
    let (groups, items) = dims.split_at(dims.len().saturating_sub(1));
    let (groups, items, all) = (w.dim_columns(groups), w.dim_columns(items), w.dim_columns(dims));
    let Ordered { by, figures, named, columns } = ordered(w);
    let sql = format!(
        "SELECT {}, {named}\nFROM (SELECT {}, {figures}, ROW_NUMBER() OVER (PARTITION BY {} ORDER BY {by}, {}) AS rn\n{}\nGROUP BY {}{}) AS r\nWHERE rn <= {n}\nORDER BY {}, rn",
        aliases(&all),
        select_list(&all),
        expressions(&groups),
        expressions(&items),
        w.lines(),
        expressions(&all),
        w.having(),
        aliases(&groups),
    );
    (sql, columns, ChartHint::None)
}

/// The member that stands in the `n`th place; of equals the first by name stands first.
pub fn place(w: &Writer<'_>, n: u32) -> Query {
    let dims = w.dim_columns(&w.intent.dims);
    let Ordered { by, figures, named, columns } = ordered(w);
    let sql = format!(
        "SELECT {}, {named}\nFROM (SELECT {}, {figures}, ROW_NUMBER() OVER (ORDER BY {by}, {}) AS puesto\n{}\nGROUP BY {}{}) AS r\nWHERE puesto = {n}",
        aliases(&dims),
        select_list(&dims),
        expressions(&dims),
        w.lines(),
        expressions(&dims),
        w.having(),
    );
    (sql, columns, ChartHint::None)
}

/// The share of the `n` largest members together.
pub fn concentration(w: &Writer<'_>, n: u32) -> Query {
    let metric = w.intent.metrics.first().copied().unwrap_or(Metric::Sales);
    let dims = w.dim_columns(&w.intent.dims);
    let names = aliases(&dims);
    let sql = format!(
        "WITH p AS (SELECT {}, {} AS valor\n{}\nGROUP BY {}),\nr AS (SELECT valor, ROW_NUMBER() OVER (ORDER BY valor DESC, {names}) AS puesto FROM p)\nSELECT 100.0 * SUM(CASE WHEN puesto <= {n} THEN valor ELSE 0 END) / NULLIF(SUM(valor), 0) AS participacion_pct\nFROM r",
        select_list(&dims),
        w.metric(metric, None),
        w.lines(),
        expressions(&dims),
    );
    (sql, vec![w.column("participacion_pct", ColumnKind::Percent)], ChartHint::Figure)
}

/// A series with its running total, restarted for each member of other dimensions.
pub fn running(w: &Writer<'_>) -> Query {
    let intent = w.intent;
    let metric = intent.metrics.first().copied().unwrap_or(Metric::Sales);
    let sum = w.metric(metric, None);
    let (calendar, others): (Vec<_>, Vec<_>) = intent.dims.iter().partition(|d| d.is_calendar());
    let (time, partition) = (w.dim_columns(&calendar), w.dim_columns(&others));
    let ordered: Vec<_> = others.iter().chain(&calendar).copied().collect();
    let all = w.dim_columns(&ordered);
    let partition_by = if partition.is_empty() {
        String::new()
    } else {
        format!("PARTITION BY {} ", expressions(&partition))
    };
    let alias = w.metric_alias(metric);
    let sql = format!(
        "SELECT {}, {sum} AS {alias}, SUM({sum}) OVER ({partition_by}ORDER BY {} ROWS UNBOUNDED PRECEDING) AS acumulado\n{}\nGROUP BY {}\nORDER BY {}",
        select_list(&all),
        expressions(&time),
        w.lines(),
        expressions(&all),
        aliases(&all)
    );
    let mut columns = w.dim_planned(&ordered);
    columns.push(w.metric_column(metric));
    columns.push(w.column("acumulado", w.metric_column(metric).kind));
    (sql, columns, ChartHint::Line)
}

/// A series with each bucket's change against the one before.
pub fn growth(w: &Writer<'_>) -> Query {
    let intent = w.intent;
    let metric = intent.metrics.first().copied().unwrap_or(Metric::Sales);
    let time = w.dim_columns(&intent.dims);
    let alias = w.metric_alias(metric);
    let names = aliases(&time);
    let sql = format!(
        "SELECT {names}, {alias}, LAG({alias}) OVER (ORDER BY {names}) AS anterior, 100.0 * ({alias} - LAG({alias}) OVER (ORDER BY {names})) / NULLIF(LAG({alias}) OVER (ORDER BY {names}), 0) AS variacion_pct\nFROM (SELECT {}, {} AS {alias}\n{}\nGROUP BY {}) AS s\nORDER BY {names}",
        select_list(&time),
        w.metric(metric, None),
        w.lines(),
        expressions(&time),
    );
    let mut columns = w.dim_planned(&intent.dims);
    columns.push(w.metric_column(metric));
    columns.push(w.column("anterior", w.metric_column(metric).kind));
    columns.push(w.column("variacion_pct", ColumnKind::Percent));
    (sql, columns, ChartHint::Line)
}

/// Classes by accumulated share: A while the share before the member is below 80 %, B below 95 %.
pub fn abc(w: &Writer<'_>, only: Option<char>, summary: bool) -> Query {
    let intent = w.intent;
    let metric = intent.metrics.first().copied().unwrap_or(Metric::Sales);
    let dims = w.dim_columns(&intent.dims);
    let (names, alias) = (aliases(&dims), w.metric_alias(metric));
    let with = format!(
        "WITH p AS (SELECT {}, {} AS {alias}\n{}\nGROUP BY {}),\nr AS (SELECT {names}, {alias}, 100.0 * SUM({alias}) OVER (ORDER BY {alias} DESC, {names} ROWS UNBOUNDED PRECEDING) / NULLIF(SUM({alias}) OVER (), 0) AS acumulado_pct, 100.0 * {alias} / NULLIF(SUM({alias}) OVER (), 0) AS participacion_pct FROM p),\nc AS (SELECT {names}, {alias}, acumulado_pct, CASE WHEN acumulado_pct - participacion_pct < 80 THEN 'A' WHEN acumulado_pct - participacion_pct < 95 THEN 'B' ELSE 'C' END AS clase FROM r)\n",
        select_list(&dims),
        w.metric(metric, None),
        w.lines(),
        expressions(&dims),
    );
    let class = w.column("clase", ColumnKind::Text);
    if summary {
        let filter = only.map_or(String::new(), |c| format!(" WHERE clase = '{c}'"));
        let count = intent.dims.first().map_or("cuantos", |d| Metric::Distinct(*d).alias());
        let sql = format!(
            "{with}SELECT clase, COUNT(*) AS {count}, SUM({alias}) AS {alias}\nFROM c{filter}\nGROUP BY clase\nORDER BY clase"
        );
        return (
            sql,
            vec![class, w.column(count, ColumnKind::Count), w.metric_column(metric)],
            ChartHint::Bar,
        );
    }
    let filter = only.map_or(String::new(), |c| format!("\nWHERE clase = '{c}'"));
    let sql = format!(
        "{with}SELECT {names}, {alias}, acumulado_pct, clase\nFROM c{filter}\nORDER BY {alias} DESC, {names}"
    );
    let mut columns = w.dim_planned(&intent.dims);
    columns.push(w.metric_column(metric));
    columns.push(w.column("acumulado_pct", ColumnKind::Percent));
    columns.push(class);
    (sql, columns, ChartHint::Bar)
}
