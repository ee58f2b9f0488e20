//! Members of a dimension that have sales and no returns.

use super::parts::{Writer, aliases, expressions, select_list};
use crate::ask::{ChartHint, PlannedColumn};
use crate::model::Metric;

/// Those with lines in the intent's time, none of them on a document of returns, and their sales.
pub fn unreturned(w: &Writer<'_>, count: bool) -> (String, Vec<PlannedColumn>, ChartHint) {
    let dims = w.dim_columns(&w.intent.dims);
    let returned = w.returned();
    let (lines, keys) = (w.lines(), expressions(&dims));
    let having = format!("HAVING SUM(CASE WHEN {returned} THEN 1 ELSE 0 END) = 0");
    if count {
        return w.number_of_members(&lines, &having);
    }
    let alias = w.metric_alias(Metric::Sales);
    let sql = format!(
        "SELECT {}, {} AS {alias}\n{lines}\nGROUP BY {keys}\n{having}\nORDER BY {alias} DESC, {}",
        select_list(&dims),
        w.metric(Metric::Sales, None),
        aliases(&dims)
    );
    let mut columns = w.dim_planned(&w.intent.dims);
    columns.push(w.metric_column(Metric::Sales));
    (sql, columns, ChartHint::Bar)
}
