//! Members of a dimension without sales in a period.

use super::parts::{Writer, aliases, expressions, select_list, within};
use crate::ask::{ChartHint, PlannedColumn};
use crate::model::ColumnKind;

/// Those that have lines at some time and none in the intent's, with their last day.
pub fn idle(w: &Writer<'_>, count: bool) -> (String, Vec<PlannedColumn>, ChartHint) {
    let dims = w.dim_columns(&w.intent.dims);
    let time = w.intent.time.as_ref().map_or_else(|| "1 = 1".to_string(), within);
    let having = format!("HAVING SUM(CASE WHEN {time} THEN 1 ELSE 0 END) = 0");
    let (lines, keys) = (w.lines_of_all_time(), expressions(&dims));
    if count {
        return w.number_of_members(&lines, &having);
    }
    let sql = format!(
        "SELECT {}, MAX(Fecha) AS ultima_venta\n{lines}\nGROUP BY {keys}\n{having}\nORDER BY ultima_venta DESC, {}",
        select_list(&dims),
        aliases(&dims)
    );
    let mut columns = w.dim_planned(&w.intent.dims);
    columns.push(w.column("ultima_venta", ColumnKind::Date));
    (sql, columns, ChartHint::None)
}
