//! Running plans: own threads, limits, cancelling, errors.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::common::DataFusionError;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::error::Result as PlanResult;
use datafusion::execution::SessionState;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::GreedyMemoryPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::session_state::SessionStateBuilder;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::coop::CooperativeExec;
use datafusion::physical_plan::{ExecutionPlan, SendableRecordBatchStream, execute_stream};
use datafusion::prelude::SessionConfig;
use futures::{StreamExt, stream};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::Settings;
use super::bind::Bound;
use crate::engine::until::ended_by;
use crate::engine::{Chunk, EngineError, Limits, QueryStream};

/// Batches that wait for a slow reader.
const AHEAD: usize = 2;

/// Runs plans on threads of its own.
pub(super) struct Runner {
    state: SessionState,
    // Taken only when the runner goes: a runtime must not be dropped where tasks run.
    runtime: Option<Runtime>,
}

impl Drop for Runner {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn internal(words: impl std::fmt::Display) -> EngineError {
    EngineError::Internal { detail: words.to_string() }
}

impl Runner {
    pub(super) fn new(settings: &Settings) -> Result<Runner, EngineError> {
        let env = RuntimeEnvBuilder::new()
            .with_memory_pool(Arc::new(GreedyMemoryPool::new(settings.memory)))
            // Rows never go to the disk outside the data folder.
            .with_disk_manager_builder(DiskManagerBuilder::default().with_mode(DiskManagerMode::Disabled))
            .build_arc()
            .map_err(internal)?;
        let mut options = ConfigOptions::new();
        options.execution.collect_statistics = false;
        options.execution.target_partitions = settings.threads;
        options.catalog.create_default_catalog_and_schema = false;
        options.catalog.information_schema = false;
        let state = SessionStateBuilder::new()
            .with_config(SessionConfig::from(options))
            .with_runtime_env(env)
            .with_default_features()
            .with_optimizer_rules(super::rules::rules())
            .build();
        let runtime = Builder::new_multi_thread()
            .worker_threads(settings.threads)
            .thread_name("depotru-engine")
            .thread_stack_size(8 << 20)
            .enable_time()
            .build()
            .map_err(internal)?;
        Ok(Runner { state, runtime: Some(runtime) })
    }

    /// Binds and runs a query. The columns come at once, the rows as they are found.
    pub(super) async fn run(
        &self,
        bind: impl FnOnce() -> Result<Bound, EngineError> + Send + 'static,
        limits: Limits,
        cancel: CancellationToken,
    ) -> Result<QueryStream, EngineError> {
        let Some(runtime) = &self.runtime else { return Err(internal("the engine has ended")) };
        // Ends the work when the stream is dropped, whoever else holds `cancel`.
        let own = cancel.child_token();
        let deadline = Instant::now() + limits.timeout;
        let (ready, started) = oneshot::channel();
        let (rows, received) = mpsc::channel(AHEAD);
        let state = self.state.clone();
        let work = own.clone();
        runtime.spawn(async move {
            let begun = async {
                let bound = bind()?;
                let schema = delivered_schema(&bound);
                let stream = begin(&state, bound).await?;
                Ok((schema, stream))
            };
            match ended_by(&work, deadline, begun).await.and_then(|r| r) {
                Err(error) => drop(ready.send(Err(error))),
                Ok((schema, stream)) => {
                    if ready.send(Ok(Arc::clone(&schema))).is_ok() {
                        forward(stream, schema, limits.max_rows, &work, deadline, rows).await;
                    }
                }
            }
        });
        let guard = own.clone().drop_guard();
        let answer =
            async { started.await.unwrap_or_else(|_| Err(internal("a query ended without a word"))) };
        // Waited for here too: a step that does not look up cannot hold the caller.
        let schema = ended_by(&cancel, deadline, answer).await??;
        let chunks = stream::unfold(Some((received, guard, cancel)), move |held| async move {
            let (mut received, guard, cancel) = held?;
            match ended_by(&cancel, deadline, received.recv()).await {
                Ok(None) => None,
                Ok(Some(Ok(chunk))) => Some((Ok(chunk), Some((received, guard, cancel)))),
                Ok(Some(Err(error))) | Err(error) => Some((Err(error), None)),
            }
        });
        Ok(QueryStream { schema, chunks: chunks.boxed() })
    }
}

/// Optimises the plan and starts it.
async fn begin(state: &SessionState, bound: Bound) -> Result<SendableRecordBatchStream, EngineError> {
    let at_risk = bound.at_risk;
    let planned = plan(state, &bound.plan).await;
    let physical = planned.map_err(|error| match (engine_error(&error), at_risk) {
        // What the planner behind cannot manage is refused by the name it has in T-SQL.
        (EngineError::Internal { detail }, Some(construct)) => {
            tracing::debug!(%detail, construct, "the plan was refused");
            EngineError::Unsupported { construct: construct.to_string() }
        }
        (other, _) => other,
    })?;
    let physical = yielding(physical).map_err(|e| engine_error(&e))?;
    execute_stream(physical, state.task_ctx()).map_err(|e| engine_error(&e))
}

/// A join answers batch after batch without waiting for anything. Wrapped, each batch uses up
/// a part of its task's turn, so that the work of a cancelled query ends within a few of them.
fn yielding(plan: Arc<dyn ExecutionPlan>) -> PlanResult<Arc<dyn ExecutionPlan>> {
    let wrapped = plan.transform_up(|node| {
        Ok(if node.name().ends_with("JoinExec") {
            Transformed::yes(Arc::new(CooperativeExec::new(node)) as Arc<dyn ExecutionPlan>)
        } else {
            Transformed::no(node)
        })
    });
    Ok(wrapped?.data)
}

async fn plan(state: &SessionState, plan: &LogicalPlan) -> PlanResult<Arc<dyn ExecutionPlan>> {
    let optimised = state.optimize(plan)?;
    state.query_planner().create_physical_plan(&optimised, state).await
}

/// The columns as they leave: with the names of the query, which may repeat.
fn delivered_schema(bound: &Bound) -> SchemaRef {
    let fields: Vec<Field> =
        bound.columns.iter().map(|(name, ty)| Field::new(name, ty.delivered(), true)).collect();
    Arc::new(Schema::new(fields))
}

/// Sends batches on until there are enough.
async fn forward(
    mut rows: SendableRecordBatchStream,
    schema: SchemaRef,
    max_rows: usize,
    cancel: &CancellationToken,
    deadline: Instant,
    out: mpsc::Sender<Result<Chunk, EngineError>>,
) {
    let mut left = max_rows;
    loop {
        let next = match ended_by(cancel, deadline, rows.next()).await {
            Ok(None) => return,
            Ok(Some(Ok(batch))) => named(&batch, &schema),
            Ok(Some(Err(error))) => Err(engine_error(&error)),
            Err(error) => Err(error),
        };
        let (chunk, last) = match next {
            Err(error) => (Err(error), true),
            Ok(batch) if batch.num_rows() == 0 => continue,
            Ok(batch) if batch.num_rows() <= left => {
                left -= batch.num_rows();
                (Ok(Chunk::Rows(batch)), false)
            }
            Ok(batch) => {
                if left > 0 && out.send(Ok(Chunk::Rows(batch.slice(0, left)))).await.is_err() {
                    return;
                }
                (Ok(Chunk::Truncated), true)
            }
        };
        if out.send(chunk).await.is_err() || last {
            return;
        }
    }
}

fn named(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, EngineError> {
    let columns: Vec<ArrayRef> = batch.columns().to_vec();
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options).map_err(internal)
}

/// The engine's own error inside one of the library's, or its translation.
fn engine_error(error: &DataFusionError) -> EngineError {
    match error.find_root() {
        DataFusionError::External(inner) => match inner.downcast_ref::<EngineError>() {
            Some(own) => own.clone(),
            None => internal(inner),
        },
        DataFusionError::ResourcesExhausted(_) => EngineError::Memory,
        DataFusionError::ArrowError(arrow, _) => arrow_error(arrow),
        DataFusionError::ObjectStore(e) => EngineError::NoData { detail: e.to_string() },
        DataFusionError::ParquetError(e) => EngineError::NoData { detail: e.to_string() },
        DataFusionError::IoError(e) => EngineError::NoData { detail: e.to_string() },
        DataFusionError::Execution(words) if words.contains("more than one row") => {
            EngineError::Calculation { detail: "512: a query used as a value gave more than one row".into() }
        }
        other => internal(other),
    }
}

fn arrow_error(error: &arrow::error::ArrowError) -> EngineError {
    use arrow::error::ArrowError as A;
    match error {
        A::ExternalError(inner) => match inner.downcast_ref::<EngineError>() {
            Some(own) => own.clone(),
            None => inner.downcast_ref::<DataFusionError>().map_or_else(|| internal(inner), engine_error),
        },
        A::DivideByZero => EngineError::Calculation { detail: "8134: divide by zero".into() },
        A::ArithmeticOverflow(words) => EngineError::Calculation { detail: format!("8115: {words}") },
        A::CastError(words) => EngineError::Calculation { detail: format!("245: {words}") },
        A::InvalidArgumentError(words) if words.contains("too large to store in a Decimal") => {
            EngineError::Calculation { detail: format!("8115: {words}") }
        }
        other => internal(other),
    }
}
