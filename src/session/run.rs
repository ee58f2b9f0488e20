//! One approved query, from its start to its last row.

use std::time::{Duration, Instant};

use futures::StreamExt;
use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;

use super::{Event, Proposal, QuestionId, RunEnd};
use crate::ask::PlannedColumn;
use crate::audit::{AuditEvent, AuditLog, RunOutcome};
use crate::chart;
use crate::engine::{self, Chunk, Engine, EngineError, EngineKind, Limits};
use crate::frame::{Completeness, Frame};
use crate::guard::ReadOnlySql;
use crate::i18n::Lang;
use crate::insight;
use crate::session::approval::Approved;

/// The least time between two events about rows, so that a fast engine does not flood a slow screen.
const ROWS_EVERY: Duration = Duration::from_millis(100);

/// A run's surroundings.
pub(super) struct Run {
    pub proposal: Proposal,
    pub lang: Lang,
    pub limits: Limits,
    pub cancel: CancellationToken,
    pub events: UnboundedSender<Event>,
    pub audit: AuditLog,
}

impl Run {
    /// Runs the query and tells the front end, and the audit log, how it went.
    pub async fn carry_out(self, engine: &dyn Engine, approved: Approved<ReadOnlySql>) -> QuestionId {
        let id = self.proposal.id;
        let start = Instant::now();
        self.tell(Event::RunStarted { id, engine: engine.kind() });
        let (frame, end) = self.receive(engine, &approved, start).await;
        let elapsed = start.elapsed();
        self.record(engine.kind(), &frame, &end, elapsed).await;
        let (frame, chart, insights) = self.analyse(frame).await;
        self.tell(Event::RunEnded { id, end, frame, chart, insights, elapsed });
        id
    }

    fn tell(&self, event: Event) {
        // A front end that is gone needs no telling.
        let _ = self.events.send(event);
    }

    fn planned_columns(&self) -> &[PlannedColumn] {
        self.proposal.plan.as_ref().map_or(&[], |plan| &plan.columns)
    }

    async fn receive(
        &self,
        engine: &dyn Engine,
        approved: &Approved<ReadOnlySql>,
        start: Instant,
    ) -> (Frame, RunEnd) {
        let id = self.proposal.id;
        let stream = engine.query(approved.get(), self.limits, self.cancel.clone()).await;
        let mut stream = match stream {
            Ok(stream) => stream,
            Err(error) => return (Frame::nothing(), ended_by(error)),
        };
        let mut frame = Frame::new(&stream.schema, self.planned_columns(), self.lang);
        let mut told: Option<Duration> = None;
        let mut completeness = Completeness::Complete;
        let mut end = RunEnd::Done;
        while let Some(chunk) = stream.chunks.next().await {
            match chunk {
                Ok(Chunk::Rows(batch)) => {
                    frame.push(batch);
                    let now = start.elapsed();
                    if told.is_none_or(|before| now.saturating_sub(before) >= ROWS_EVERY) {
                        told = Some(now);
                        self.tell(Event::Rows { id, frame: frame.clone() });
                    }
                }
                Ok(Chunk::Truncated) => completeness = Completeness::Truncated,
                Ok(Chunk::Note(note)) => {
                    let text = engine::note(&note, self.lang);
                    self.tell(Event::Notice { text, failure: false });
                }
                Err(error) => {
                    completeness = Completeness::Partial;
                    end = ended_by(error);
                    break;
                }
            }
        }
        frame.finish(completeness);
        (frame, end)
    }

    async fn record(&self, engine: EngineKind, frame: &Frame, end: &RunEnd, elapsed: Duration) {
        let event = AuditEvent::QueryFinished {
            id: self.proposal.id.0,
            engine: engine.json_name().to_string(),
            outcome: match end {
                RunEnd::Done => RunOutcome::Done,
                RunEnd::Cancelled => RunOutcome::Cancelled,
                RunEnd::Failed(_) => RunOutcome::Failed,
            },
            rows: frame.row_count() as u64,
            truncated: frame.completeness() == Completeness::Truncated,
            elapsed_ms: elapsed.as_millis() as u64,
        };
        let audit = self.audit.clone();
        let written = tokio::task::spawn_blocking(move || audit.append(&event)).await;
        if !matches!(written, Ok(Ok(_))) {
            tracing::error!("the end of run {} could not be recorded", self.proposal.id.0);
        }
    }

    async fn analyse(&self, frame: Frame) -> (Frame, Option<chart::Chart>, Vec<insight::Insight>) {
        let (hint, lang) = (self.proposal.chart_hint(), self.lang);
        let shared = frame.clone();
        let analysed =
            tokio::task::spawn_blocking(move || (chart::of(&shared, hint, lang), insight::of(&shared, lang)))
                .await;
        match analysed {
            Ok((chart, insights)) => (frame, chart, insights),
            Err(error) => {
                tracing::error!("the analysis of run {} failed: {error}", self.proposal.id.0);
                (frame, None, Vec::new())
            }
        }
    }
}

fn ended_by(error: EngineError) -> RunEnd {
    match error {
        EngineError::Cancelled => RunEnd::Cancelled,
        error => RunEnd::Failed(error),
    }
}
