//! The distinct values of a copy, counted over its files.

use std::path::Path;

use arrow::array::{Array, AsArray};
use arrow::datatypes::Int64Type;
use futures::StreamExt;
use tokio_util::sync::CancellationToken;

use super::error::SnapshotError;
use super::manifest::Manifest;
use crate::engine::embedded::{EmbeddedEngine, Known, Settings};
use crate::engine::{Chunk, ColumnValues, Engine, EngineError, Limits};
use crate::guard::{self, Policy};
use crate::model::SalesModel;
use crate::model::schema::TABLE;

/// Distinct values kept per column; beyond them a column is not a list of names.
const MOST: usize = 200_000;

/// The values of every value column that the copy has, most frequent first.
pub(super) async fn count(
    manifest: &Manifest,
    folder: &Path,
    model: &SalesModel,
    cancel: &CancellationToken,
) -> Result<Vec<ColumnValues>, SnapshotError> {
    let known = Known { facts: manifest.facts(), values: Vec::new() };
    let engine = EmbeddedEngine::open_files(manifest.parquet_files(folder), known, Settings::default())?;
    let mut all = Vec::new();
    for column in model.value_columns() {
        let is_text =
            |c: &super::manifest::StoredColumn| c.name == column && c.held == super::manifest::Held::Text;
        if manifest.columns.iter().any(is_text) {
            all.push(values_of(&engine, &column, cancel).await?);
        }
    }
    Ok(all)
}

async fn values_of(
    engine: &EmbeddedEngine,
    column: &str,
    cancel: &CancellationToken,
) -> Result<ColumnValues, SnapshotError> {
    let quoted = format!("[{}]", column.replace(']', "]]"));
    let sql = format!(
        "SELECT {quoted}, COUNT_BIG(*) AS n FROM {TABLE} WHERE {quoted} IS NOT NULL \
         GROUP BY {quoted} ORDER BY n DESC, {quoted}"
    );
    let sql = guard::check(&sql, &Policy::default())
        .map_err(|refusal| EngineError::Internal { detail: format!("{refusal:?}") })?;
    let limits = Limits { max_rows: MOST, ..Limits::default() };
    let mut stream = engine.query(&sql, limits, cancel.clone()).await?;
    let mut values = Vec::new();
    while let Some(chunk) = stream.chunks.next().await {
        let Chunk::Rows(batch) = chunk? else { continue };
        let texts = batch.column(0).as_string_opt::<i32>();
        let counts = batch.column(1).as_primitive_opt::<Int64Type>();
        let (Some(texts), Some(counts)) = (texts, counts) else { continue };
        for row in 0..batch.num_rows() {
            let text = if texts.is_null(row) { "" } else { texts.value(row) };
            if !text.trim().is_empty() {
                values.push((text.to_string(), u64::try_from(counts.value(row)).unwrap_or(0)));
            }
        }
    }
    Ok(ColumnValues { column: column.to_string(), values })
}
