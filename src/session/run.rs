//! One approved query, from its start to its last row.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use chrono::Utc;
use futures::StreamExt;
use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;

use super::{Event, Keeping, Proposal, QuestionId, RunEnd};
use crate::ask::PlannedColumn;
use crate::audit::{AuditEvent, AuditLog, RunOutcome};
use crate::cache::{Answer, AnswerKey, Answers};
use crate::chart;
use crate::engine::{self, Chunk, Engine, EngineError, EngineKind, Limits, Note};
use crate::frame::{Completeness, Frame};
use crate::guard::ReadOnlySql;
use crate::i18n::Lang;
use crate::insight;
use crate::session::approval::Approved;

/// The least time between two events about rows, so that a fast engine does not flood a slow screen.
const ROWS_EVERY: Duration = Duration::from_millis(100);

/// A run's surroundings.
pub(super) struct Run {
    pub proposal: Arc<Proposal>,
    pub lang: Lang,
    pub limits: Limits,
    pub cancel: CancellationToken,
    pub events: UnboundedSender<Event>,
    pub audit: AuditLog,
    /// Where its answer is kept, if it is to be.
    pub keep: Option<Keep>,
}

/// Where an answer is kept.
pub(super) struct Keep {
    pub answers: Arc<Mutex<Answers>>,
    pub key: AnswerKey,
    pub keeping: Keeping,
}

/// What a run leaves with the session.
pub(super) struct Ran {
    pub id: QuestionId,
    pub frame: Frame,
    /// How it failed, in the words of the database.
    pub failure: Option<String>,
}

impl Run {
    /// Runs the query and tells the front end, and the audit log, how it went.
    pub async fn carry_out(self, engine: &dyn Engine, approved: Arc<Approved<ReadOnlySql>>) -> Ran {
        let id = self.proposal.id;
        let start = Instant::now();
        self.tell(Event::RunStarted { id, engine: engine.kind() });
        crate::fault::provoke("run");
        let mut answer = Gathered::default();
        let (frame, end) = self.receive(engine, &approved, start, &mut answer).await;
        let elapsed = start.elapsed();
        self.record(engine.kind(), &frame, &end, elapsed).await;
        if let (Some(keep), RunEnd::Done) = (&self.keep, &end) {
            keep.keep(answer, frame.completeness()).await;
        }
        let (frame, chart, insights) = self.analyse(frame).await;
        let failure = match &end {
            RunEnd::Failed(error) => Some(engine::sentence(error, Lang::En).into_string()),
            RunEnd::Done | RunEnd::Cancelled => None,
        };
        let ran = Ran { id, frame: frame.clone(), failure };
        self.tell(Event::RunEnded { id, end, frame, chart, insights, elapsed, kept_since: None });
        ran
    }

    /// Gives an answer that was fetched before, as it is the answer of exactly this text.
    pub async fn give_again(
        self,
        engine: EngineKind,
        answer: Answer,
        approved: Arc<Approved<ReadOnlySql>>,
    ) -> Ran {
        let id = self.proposal.id;
        let start = Instant::now();
        self.tell(Event::RunStarted { id, engine });
        let mut frame = Frame::new(&answer.schema, self.planned_columns(), self.lang);
        answer.batches.iter().for_each(|batch| frame.push(batch.clone()));
        frame.finish(answer.completeness);
        for note in &answer.notes {
            self.tell(Event::Notice { text: engine::note(note, self.lang), failure: false });
        }
        let event = AuditEvent::AnswerReused {
            id: id.0,
            sha256: approved.get().sha256_hex(),
            fetched_at: answer.fetched_at,
            rows: frame.row_count() as u64,
        };
        self.append(event).await;
        let (frame, chart, insights) = self.analyse(frame).await;
        let ran = Ran { id, frame: frame.clone(), failure: None };
        self.tell(Event::RunEnded {
            id,
            end: RunEnd::Done,
            frame,
            chart,
            insights,
            elapsed: start.elapsed(),
            kept_since: Some(answer.fetched_at),
        });
        ran
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
        answer: &mut Gathered,
    ) -> (Frame, RunEnd) {
        let id = self.proposal.id;
        let stream = engine.query(approved.get(), self.limits, self.cancel.clone()).await;
        let mut stream = match stream {
            Ok(stream) => stream,
            Err(error) => return (Frame::nothing(), ended_by(error)),
        };
        let mut frame = Frame::new(&stream.schema, self.planned_columns(), self.lang);
        answer.schema = Some(stream.schema.clone());
        let mut told: Option<Duration> = None;
        let mut completeness = Completeness::Complete;
        let mut end = RunEnd::Done;
        while let Some(chunk) = stream.chunks.next().await {
            match chunk {
                Ok(Chunk::Rows(batch)) => {
                    answer.batches.push(batch.clone());
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
                    answer.notes.push(note);
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
        self.append(event).await;
    }

    async fn append(&self, event: AuditEvent) {
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

/// An answer while it comes in.
#[derive(Default)]
struct Gathered {
    schema: Option<SchemaRef>,
    batches: Vec<RecordBatch>,
    notes: Vec<Note>,
}

impl Keep {
    async fn keep(&self, answer: Gathered, completeness: Completeness) {
        let Some(schema) = answer.schema else { return };
        let fetched_at = Utc::now();
        let (batches, notes) = (Arc::from(answer.batches), answer.notes);
        let answer = Answer { schema, batches, completeness, notes, fetched_at };
        if let Some(disk) = self.keeping.disk.clone() {
            let (key, answer) = (self.key.clone(), answer.clone());
            let (shelf_life, budget) = (self.keeping.shelf_life, self.keeping.budget as u64);
            let put = move || disk.put(&key, &answer, shelf_life, budget);
            if let Ok(Err(error)) = tokio::task::spawn_blocking(put).await {
                tracing::warn!("an answer could not be kept on disk: {error}");
            }
        }
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.put(self.key.clone(), answer, self.keeping.budget);
    }
}

fn ended_by(error: EngineError) -> RunEnd {
    match error {
        EngineError::Cancelled => RunEnd::Cancelled,
        error => RunEnd::Failed(error),
    }
}
