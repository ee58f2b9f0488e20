//! The Parquet files as one table.

use std::path::PathBuf;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{DataFusionError, Result as PlanResult};
use datafusion::datasource::TableType;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, utils::conjunction};
use datafusion::object_store::{ObjectMeta, path::Path};
use datafusion::physical_plan::ExecutionPlan;
use parquet::arrow::arrow_reader::ArrowReaderMetadata;

use super::types::Ty;
use crate::engine::EngineError;

/// A table of Parquet files of one schema.
#[derive(Debug)]
pub(super) struct ParquetTable {
    files: Vec<(PathBuf, u64)>,
    schema: SchemaRef,
}

fn no_data(detail: String) -> EngineError {
    EngineError::NoData { detail }
}

impl ParquetTable {
    /// Looks at the files' sizes and at the schema in the first one's footer.
    pub(super) fn open(paths: &[PathBuf]) -> Result<ParquetTable, EngineError> {
        let mut files = Vec::with_capacity(paths.len());
        for path in paths {
            let path = path.canonicalize().map_err(|e| no_data(e.to_string()))?;
            let size = std::fs::metadata(&path).map_err(|e| no_data(e.to_string()))?.len();
            files.push((path, size));
        }
        let Some((first, _)) = files.first() else { return Err(no_data("no Parquet file".into())) };
        let file = std::fs::File::open(first).map_err(|e| no_data(e.to_string()))?;
        let metadata =
            ArrowReaderMetadata::load(&file, Default::default()).map_err(|e| no_data(e.to_string()))?;
        let fields: Vec<Field> = metadata
            .schema()
            .fields()
            .iter()
            .map(|f| {
                // Texts are read as views of the pages they stand in.
                let held = match f.data_type() {
                    DataType::Utf8 | DataType::LargeUtf8 => DataType::Utf8View,
                    other => other.clone(),
                };
                Field::new(f.name(), held, true)
            })
            .collect();
        Ok(ParquetTable { files, schema: Arc::new(Schema::new(fields)) })
    }

    /// The columns with their T-SQL types.
    pub(super) fn columns(&self) -> Result<Vec<(String, Ty)>, EngineError> {
        self.schema
            .fields()
            .iter()
            .map(|f| {
                let ty = Ty::of_stored(f.data_type())
                    .ok_or_else(|| no_data(format!("column {} has type {}", f.name(), f.data_type())))?;
                Ok((f.name().clone(), known_length(f.name(), ty)))
            })
            .collect()
    }
}

/// A text column of the model has the length it has on the server.
fn known_length(name: &str, ty: Ty) -> Ty {
    use crate::model::schema::{SqlType, column_named};
    match (ty, column_named(name).map(|c| c.sql_type)) {
        (Ty::Text(_), Some(SqlType::NVarChar(n))) => Ty::Text(u32::from(n)),
        _ => ty,
    }
}

#[async_trait]
impl TableProvider for ParquetTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> PlanResult<Arc<dyn ExecutionPlan>> {
        let mut source = ParquetSource::new(Arc::clone(&self.schema));
        if let Some(filter) = conjunction(filters.to_vec()) {
            let schema = datafusion::common::DFSchema::try_from(Arc::clone(&self.schema))?;
            source = source.with_predicate(state.create_physical_expr(filter, &schema)?);
        }
        let mut groups = Vec::with_capacity(self.files.len());
        for (path, size) in &self.files {
            let location =
                Path::from_absolute_path(path).map_err(|e| DataFusionError::External(Box::new(e)))?;
            let meta = ObjectMeta {
                location,
                last_modified: chrono::DateTime::UNIX_EPOCH,
                size: *size,
                e_tag: None,
                version: None,
            };
            groups.push(FileGroup::new(vec![PartitionedFile::new_from_meta(meta)]));
        }
        let config = FileScanConfigBuilder::new(ObjectStoreUrl::local_filesystem(), Arc::new(source))
            .with_file_groups(groups)
            .with_projection_indices(projection.cloned())?
            .with_limit(limit)
            .build();
        Ok(DataSourceExec::from_data_source(config))
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> PlanResult<Vec<TableProviderFilterPushDown>> {
        // Files and pages that cannot match are skipped; every row is still checked.
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }
}
