//! The engine that a session asks: it waits for the connection and reports its loss.

use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt};
use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;

use super::phase::Phases;
use crate::engine::sqlserver::FaultKind;
use crate::engine::{ColumnValues, DataFacts, Engine, EngineError, EngineKind, Limits, QueryStream};
use crate::guard::ReadOnlySql;
use crate::session::Wish;

pub(super) struct LinkedEngine {
    phases: Phases,
    wishes: UnboundedSender<Wish>,
}

impl LinkedEngine {
    pub(super) fn new(phases: Phases, wishes: UnboundedSender<Wish>) -> LinkedEngine {
        LinkedEngine { phases, wishes }
    }

    fn again(&self) -> impl Fn() + Send + Sync + use<> {
        let wishes = self.wishes.clone();
        move || {
            let _ = wishes.send(Wish::Reconnect);
        }
    }
}

/// Whether a failure says that there is no connection any more.
pub(super) fn is_loss(error: &EngineError) -> bool {
    let EngineError::Server(fault) = error else { return false };
    match fault.kind {
        FaultKind::Lost | FaultKind::Stalled | FaultKind::Protocol => true,
        _ => fault.stage.is_some(),
    }
}

impl Engine for LinkedEngine {
    fn kind(&self) -> EngineKind {
        EngineKind::SqlServer
    }

    fn query(
        &self,
        sql: &ReadOnlySql,
        limits: Limits,
        cancel: CancellationToken,
    ) -> BoxFuture<'static, Result<QueryStream, EngineError>> {
        let (phases, again, wishes) = (self.phases.clone(), self.again(), self.wishes.clone());
        let sql = sql.clone();
        async move {
            let report = move |error: EngineError| {
                if is_loss(&error) {
                    let _ = wishes.send(Wish::Lost(error.clone()));
                }
                error
            };
            let engine = phases.engine(again, &cancel).await?;
            let stream = engine.query(&sql, limits, cancel).await.map_err(&report)?;
            let chunks = stream.chunks.map(move |chunk| chunk.map_err(&report)).boxed();
            Ok(QueryStream { schema: stream.schema, chunks })
        }
        .boxed()
    }

    fn facts(&self) -> BoxFuture<'static, Result<DataFacts, EngineError>> {
        let (phases, again) = (self.phases.clone(), self.again());
        async move { phases.engine(again, &CancellationToken::new()).await?.facts().await }.boxed()
    }

    fn values(&self) -> BoxFuture<'static, Result<Vec<ColumnValues>, EngineError>> {
        let (phases, again) = (self.phases.clone(), self.again());
        async move { phases.engine(again, &CancellationToken::new()).await?.values().await }.boxed()
    }
}
