//! Products bought on the same documents.

use super::parts::{Writer, condition};
use crate::ask::intent::Filter;
use crate::ask::{ChartHint, PlannedColumn};
use crate::model::ColumnKind;

/// What else stands on the documents that hold something, or the pairs most often together.
pub fn together(w: &Writer<'_>, with: Option<&Filter>) -> (String, Vec<PlannedColumn>, ChartHint) {
    let top = w.intent.limit.unwrap_or(10);
    let lines = format!("SELECT DISTINCT NumeroDocumento, ArticulosNombre\n{}", w.lines());
    let count = w.column("documentos_juntos", ColumnKind::Count);
    match with {
        Some(filter) => {
            let held = condition(filter);
            let sql = format!(
                "WITH l AS ({lines}),\nd AS (SELECT DISTINCT NumeroDocumento\n{}\n  AND {held}),\nx AS (SELECT DISTINCT ArticulosNombre\n{}\n  AND {held})\nSELECT TOP {top} l.ArticulosNombre AS producto, COUNT(*) AS documentos_juntos\nFROM l INNER JOIN d ON l.NumeroDocumento = d.NumeroDocumento\nWHERE l.ArticulosNombre NOT IN (SELECT ArticulosNombre FROM x)\nGROUP BY l.ArticulosNombre\nORDER BY documentos_juntos DESC, producto",
                w.lines(),
                w.lines(),
            );
            (sql, vec![w.column("producto", ColumnKind::Text), count], ChartHint::Bar)
        }
        None => {
            let sql = format!(
                "WITH l AS ({lines})\nSELECT TOP {top} a.ArticulosNombre AS producto_a, b.ArticulosNombre AS producto_b, COUNT(*) AS documentos_juntos\nFROM l AS a INNER JOIN l AS b ON a.NumeroDocumento = b.NumeroDocumento AND a.ArticulosNombre < b.ArticulosNombre\nGROUP BY a.ArticulosNombre, b.ArticulosNombre\nORDER BY documentos_juntos DESC, producto_a, producto_b"
            );
            let columns = vec![
                w.column("producto_a", ColumnKind::Text),
                w.column("producto_b", ColumnKind::Text),
                count,
            ];
            (sql, columns, ChartHint::None)
        }
    }
}
