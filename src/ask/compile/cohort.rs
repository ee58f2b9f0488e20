//! Customers by when they bought: new, returning, inactive, lost.

use super::parts::{Writer, aliases, select_list, within};
use crate::ask::intent::Cohort;
use crate::ask::{ChartHint, PlannedColumn};
use crate::model::{ColumnKind, Dim};

type Query = (String, Vec<PlannedColumn>, ChartHint);

const CUSTOMER: &str = "TercerosNombres";

/// The customers of a cohort, or their number.
pub fn cohort(w: &Writer<'_>, kind: &Cohort, count: bool) -> Query {
    match kind {
        Cohort::New if !w.intent.dims.is_empty() => new_by_period(w),
        Cohort::NewVersusReturning => new_versus_returning(w),
        _ => listed(w, kind, count),
    }
}

fn listed(w: &Writer<'_>, kind: &Cohort, count: bool) -> Query {
    let time = w.intent.time.as_ref();
    let bought =
        |range: &crate::ask::time::TimeRange| format!("SUM(CASE WHEN {} THEN 1 ELSE 0 END)", within(range));
    let mut extra = String::new();
    let condition = match (kind, time) {
        (Cohort::NotSince(day), _) => format!("ultima_compra < '{day}'"),
        (Cohort::Returning, Some(range)) => {
            extra = format!(", {} AS en_periodo", bought(range));
            format!("primera_compra < '{}' AND en_periodo > 0", range.start)
        }
        (Cohort::NotIn(other) | Cohort::AlsoIn(other), Some(range)) => {
            extra = format!(", {} AS en_periodo, {} AS en_otro", bought(range), bought(other));
            let sign = if matches!(kind, Cohort::NotIn(_)) { "= 0" } else { "> 0" };
            format!("en_periodo > 0 AND en_otro {sign}")
        }
        (_, Some(range)) => {
            format!("primera_compra >= '{}' AND primera_compra < '{}'", range.start, range.end_exclusive())
        }
        _ => "primera_compra IS NOT NULL".to_string(),
    };
    let inner = format!(
        "SELECT {CUSTOMER} AS cliente, MIN(Fecha) AS primera_compra, MAX(Fecha) AS ultima_compra{extra}\n{}\nGROUP BY {CUSTOMER}",
        w.lines_of_all_time()
    );
    if count {
        let sql = format!("SELECT COUNT(*) AS clientes\nFROM ({inner}) AS c\nWHERE {condition}");
        return (sql, vec![w.column("clientes", ColumnKind::Count)], ChartHint::Figure);
    }
    let (date, direction) = match kind {
        Cohort::New => ("primera_compra", ""),
        _ => ("ultima_compra", " DESC"),
    };
    let top = w.intent.limit.map_or(String::new(), |n| format!("TOP {n} "));
    let sql = format!(
        "SELECT {top}cliente, {date}\nFROM ({inner}) AS c\nWHERE {condition}\nORDER BY {date}{direction}, cliente"
    );
    let columns = vec![w.column("cliente", ColumnKind::Text), w.column(date, ColumnKind::Date)];
    (sql, columns, ChartHint::None)
}

/// How many customers bought for the first time in each calendar unit.
fn new_by_period(w: &Writer<'_>) -> Query {
    let calendar: Vec<Dim> = w.intent.dims.iter().copied().filter(|d| d.is_calendar()).collect();
    let columns = w.dim_columns(&calendar);
    // The units are of the first purchase, which the inner query calls Fecha again.
    let filter = w.intent.time.as_ref().map_or(String::new(), |range| format!("\nWHERE {}", within(range)));
    let grouped: Vec<&str> = columns.iter().map(|(e, _)| *e).collect();
    let sql = format!(
        "SELECT {}, COUNT(*) AS clientes_nuevos\nFROM (SELECT {CUSTOMER}, MIN(Fecha) AS Fecha\n{}\nGROUP BY {CUSTOMER}) AS c{filter}\nGROUP BY {}\nORDER BY {}",
        select_list(&columns),
        w.lines_of_all_time(),
        grouped.join(", "),
        aliases(&columns)
    );
    let mut planned = w.dim_planned(&calendar);
    planned.push(w.column("clientes_nuevos", ColumnKind::Count));
    (sql, planned, ChartHint::Line)
}

/// How many of a period's customers were new and how many returned, and what they bought.
fn new_versus_returning(w: &Writer<'_>) -> Query {
    let Some(range) = w.intent.time else { return listed(w, &Cohort::New, true) };
    let sql = format!(
        "SELECT tipo, COUNT(*) AS clientes, SUM(ventas) AS ventas\nFROM (SELECT {CUSTOMER}, CASE WHEN MIN(Fecha) >= '{start}' THEN 'NUEVO' ELSE 'RECURRENTE' END AS tipo, SUM(CASE WHEN {period} THEN TotalMasIva ELSE 0 END) AS ventas, SUM(CASE WHEN {period} THEN 1 ELSE 0 END) AS lineas\n{from}\n  AND Fecha < '{end}'\nGROUP BY {CUSTOMER}) AS c\nWHERE lineas > 0\nGROUP BY tipo\nORDER BY tipo",
        start = range.start,
        end = range.end_exclusive(),
        period = within(&range),
        from = w.lines_of_all_time(),
    );
    let columns = vec![
        w.column("tipo", ColumnKind::Text),
        w.column("clientes", ColumnKind::Count),
        w.column("ventas", ColumnKind::Money),
    ];
    (sql, columns, ChartHint::Bar)
}
