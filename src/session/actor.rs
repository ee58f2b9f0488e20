//! The session's loop: one command at a time, the work itself in tasks.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;

use super::approval::Approved;
use super::approvals::{Approval, Approvals};
use super::assist::Assisting;
use super::run::Ran;
use super::suggest::Suggesting;
use super::tend::{Attending, next_news};
use super::{
    Command, DataSource, Event, NotPlanned, NotRun, Prepared, Proposal, QuestionId, RunEnd, Scene,
    SessionOptions, Source, Terms, today_in_colombia,
};
use crate::ask::Intent;
use crate::audit::{AuditEvent, AuditLog, RunOutcome};
use crate::engine::{EngineError, EngineKind};
use crate::frame::Frame;
use crate::guard::{self, ReadOnlySql};
use crate::i18n::Lang;
use crate::llm::dialogue::Trace;
use crate::memory::History;

/// How long running queries are waited for at the end.
const LAST_WORK: Duration = Duration::from_secs(3);

/// Proposals that may wait for a decision at once; the oldest make room for new ones.
const MOST_PENDING: usize = 16;

/// A proposal that waits for its decision, with what will run.
struct Pending {
    proposal: Proposal,
    sql: ReadOnlySql,
    lang: Lang,
    since: Instant,
}

pub(super) struct Actor {
    pub(super) source: Arc<dyn DataSource>,
    pub(super) terms: Terms,
    pub(super) scene: Scene,
    pub(super) attending: Option<Attending>,
    pub(super) approvals: Approvals,
    pub(super) options: SessionOptions,
    pub(super) events: UnboundedSender<Event>,
    pub(super) audit: AuditLog,
    pub(super) history: History,
    pub(super) prepared: Option<Prepared>,
    unavailable: Option<EngineError>,
    preparing: Option<JoinHandle<Result<Prepared, EngineError>>>,
    stop: CancellationToken,
    waiting: Vec<Command>,
    pending: BTreeMap<QuestionId, Pending>,
    pub(super) previous: Option<Intent>,
    pub(super) assisting: Assisting,
    pub(super) suggesting: Suggesting,
    pub(super) runs: JoinSet<Ran>,
    pub(super) running: HashMap<tokio::task::Id, Running>,
    pub(super) audit_failed: bool,
    pub(super) history_failed: bool,
}

/// A query that runs.
pub(super) struct Running {
    pub id: QuestionId,
    pub engine: EngineKind,
    pub lang: Lang,
    pub cancel: CancellationToken,
}

impl Actor {
    pub fn new(
        source: Arc<dyn DataSource>,
        options: SessionOptions,
        events: UnboundedSender<Event>,
    ) -> Actor {
        let session = uuid::Uuid::now_v7().to_string();
        Actor {
            audit: AuditLog::new(options.audit.clone(), session),
            history: History::at(options.history.clone()),
            terms: source.terms(),
            scene: source.scene(),
            attending: None,
            approvals: Approvals::default(),
            assisting: Assisting::new(options.assist.clone()),
            suggesting: Suggesting::default(),
            source,
            options,
            events,
            prepared: None,
            unavailable: None,
            preparing: None,
            stop: CancellationToken::new(),
            waiting: Vec::new(),
            pending: BTreeMap::new(),
            previous: None,
            runs: JoinSet::new(),
            running: HashMap::new(),
            audit_failed: false,
            history_failed: false,
        }
    }

    pub async fn work(mut self, mut inbox: UnboundedReceiver<Command>) {
        self.start_preparing();
        let started = AuditEvent::SessionStarted {
            version: env!("CARGO_PKG_VERSION").to_string(),
            front_end: self.options.front_end.to_string(),
        };
        let _alive = self.show_life().await;
        self.note(started, Lang::from_locale()).await;
        self.tell(Event::Scene(self.scene.clone()));
        self.tell_spent();
        loop {
            tokio::select! {
                command = inbox.recv() => match command {
                    None | Some(Command::Quit) => break,
                    Some(command) => self.take(command).await,
                },
                result = finished(&mut self.preparing), if self.preparing.is_some() => {
                    self.preparing = None;
                    self.data_is_ready(result).await;
                }
                Some(news) = next_news(&mut self.attending) => self.hear(news).await,
                Some(ended) = self.runs.join_next_with_id(), if !self.runs.is_empty() => {
                    self.run_ended(ended).await;
                    self.take_waiting().await;
                }
                Some(ended) = self.assisting.asking.join_next_with_id(), if !self.assisting.asking.is_empty() => {
                    self.model_answered(ended).await;
                }
            }
        }
        self.stop_preparing();
        self.end().await;
    }

    pub(super) fn tell(&self, event: Event) {
        // A front end that is gone needs no telling.
        let _ = self.events.send(event);
    }

    pub(super) fn start_preparing(&mut self) {
        let (source, events) = (Arc::clone(&self.source), self.events.clone());
        let stop = self.stop.clone();
        self.preparing = Some(tokio::task::spawn_blocking(move || {
            let progress = |done| {
                let _ = events.send(Event::Preparing { done });
            };
            source.prepare(&progress, &stop)
        }));
    }

    pub(super) fn stop_preparing(&mut self) {
        std::mem::replace(&mut self.stop, CancellationToken::new()).cancel();
        self.preparing = None;
    }

    /// Forgets everything that belongs to the data before.
    pub(super) fn forget_conversation(&mut self) {
        self.prepared = None;
        self.unavailable = None;
        self.pending.clear();
        self.previous = None;
        self.assisting.forget();
    }

    async fn data_is_ready(&mut self, result: Result<Prepared, EngineError>) {
        match result {
            Ok(prepared) => {
                self.tell(Event::Ready {
                    engine: prepared.engine.kind(),
                    facts: prepared.facts.clone(),
                    examples: prepared.planner.examples(self.today()),
                });
                self.prepared = Some(prepared);
                self.attend();
            }
            Err(error) => {
                self.tell(Event::Unavailable { error: error.clone() });
                self.unavailable = Some(error);
            }
        }
        self.take_waiting().await;
    }

    /// Takes the commands that had to wait; what still has to, waits on.
    pub(super) async fn take_waiting(&mut self) {
        for command in std::mem::take(&mut self.waiting) {
            self.take(command).await;
        }
    }

    pub(super) fn today(&self) -> chrono::NaiveDate {
        self.options.today.unwrap_or_else(today_in_colombia)
    }

    fn is_preparing(&self) -> bool {
        self.prepared.is_none() && self.unavailable.is_none()
    }

    async fn take(&mut self, command: Command) {
        match command {
            Command::Ask { .. } if self.options.waits_for_values && !self.scene.is_settled() => {
                self.waiting.push(command);
            }
            Command::Ask { id, text, lang, context } => match (&self.prepared, &self.unavailable) {
                (Some(prepared), _) => {
                    let planner = Arc::clone(&prepared.planner);
                    self.ask(planner, id, text, lang, context).await;
                }
                (None, Some(error)) => self.tell(Event::Unavailable { error: error.clone() }),
                (None, None) => self.waiting.push(Command::Ask { id, text, lang, context }),
            },
            Command::Complete { serial, text, cursor, lang } => self.complete(serial, text, cursor, lang),
            Command::ProposeSql { id, sql, lang } => self.propose_written(id, sql, lang).await,
            Command::Approve { id, shown_sha256 } if self.is_preparing() => {
                self.waiting.push(Command::Approve { id, shown_sha256 });
            }
            Command::Approve { id, shown_sha256 } => self.approve(id, shown_sha256).await,
            Command::Repeat { id } => self.repeat(id).await,
            Command::Reject { id } => self.reject(id).await,
            Command::Cancel { id } => {
                for Running { cancel, .. } in self.running.values().filter(|running| running.id == id) {
                    cancel.cancel();
                }
                self.assisting.cancel(id);
            }
            Command::TryConnection { draft, password } => self.try_connection(*draft, password),
            Command::SaveConnection { draft, password, keep, lang } => {
                self.save_connection(*draft, password, keep, lang).await;
            }
            Command::Choose(choice) => self.choose(&choice),
            // The front end may hear of a run's end a moment before it is settled here.
            Command::Mark { id, .. } | Command::Comment { id, .. } | Command::Repair { id, .. }
                if self.running.values().any(|running| running.id == id) =>
            {
                self.waiting.push(command);
            }
            Command::Mark { id, wrong, lang } => self.mark(id, wrong, lang).await,
            Command::Comment { id, lang } => self.comment(id, lang).await,
            Command::Consent { providers, lang } => self.consent(providers, lang).await,
            Command::Repair { id, as_id, lang } => self.repair(id, as_id, lang).await,
            Command::Wish(wish) => self.source.wish(wish),
            Command::Quit => {}
        }
    }

    async fn propose_written(&mut self, id: QuestionId, written: String, lang: Lang) {
        let start = Instant::now();
        self.note(AuditEvent::SqlEdited { id: id.0, sql: written.clone() }, lang).await;
        let question = self.pending.get(&id).map(|p| p.proposal.question.clone()).unwrap_or_default();
        match guard::check(&written, &self.terms.policy) {
            Ok(sql) => {
                let proposal = Proposal {
                    id,
                    question,
                    source: Source::User,
                    sql: sql.text().to_string(),
                    sha256: sql.sha256_hex(),
                    plan: None,
                    note: None,
                    model: None,
                    planning: start.elapsed(),
                };
                self.settle_written(&proposal, lang);
                self.propose(proposal, sql, lang).await;
            }
            Err(refusal) => self.refused(id, refusal, lang).await,
        }
    }

    pub(super) async fn propose(&mut self, proposal: Proposal, sql: ReadOnlySql, lang: Lang) {
        let event = AuditEvent::SqlProposed {
            id: proposal.id.0,
            source: proposal.source.json_name().to_string(),
            sql: proposal.sql.clone(),
            sha256: proposal.sha256.clone(),
        };
        self.note(event, lang).await;
        let pending = Pending { proposal: proposal.clone(), sql, lang, since: Instant::now() };
        self.pending.insert(proposal.id, pending);
        while self.pending.len() > MOST_PENDING {
            self.pending.pop_first();
        }
        self.tell(Event::Proposed(proposal));
    }

    pub(super) async fn refused(&mut self, id: QuestionId, refusal: guard::Refusal, lang: Lang) {
        let event = AuditEvent::SqlRefused {
            id: id.0,
            rule: refusal.rule.name().to_string(),
            line: refusal.line,
            column: refusal.column,
        };
        self.note(event, lang).await;
        self.tell(Event::SqlRefused { id, refusal });
    }

    pub(super) async fn not_planned(
        &mut self,
        id: QuestionId,
        question: &str,
        why: NotPlanned,
        model: Option<Arc<Trace>>,
        lang: Lang,
    ) -> &'static str {
        let name = why.json_name();
        let about = match &why {
            NotPlanned::Clarify(clarify) => clarify.unknown.clone(),
            NotPlanned::Abstain(abstain) => abstain.unknown.clone(),
            NotPlanned::Refuse(refused) => vec![refused.reason.to_string()],
        };
        let event = AuditEvent::QuestionUnplanned { id: id.0, outcome: name.to_string(), about };
        self.note(event, lang).await;
        self.tell(Event::NotPlanned { id, question: question.to_string(), why, model });
        name
    }

    async fn approve(&mut self, id: QuestionId, shown_sha256: String) {
        let Some(engine) = self.prepared.as_ref().map(|prepared| Arc::clone(&prepared.engine)) else {
            return self.tell(Event::NotRun { id, why: NotRun::NotReady });
        };
        let Some(pending) = self.pending.remove(&id) else {
            return self.tell(Event::NotRun { id, why: NotRun::NoProposal });
        };
        if pending.proposal.sha256 != shown_sha256 {
            return self.mismatched(pending, shown_sha256).await;
        }
        let event = AuditEvent::QueryApproved {
            id: id.0,
            sha256: pending.proposal.sha256.clone(),
            decided_by: self.options.decider,
            decided_after_ms: pending.since.elapsed().as_millis() as u64,
        };
        let Some(receipt) = self.record_approval(event, pending.lang).await else {
            self.tell(Event::NotRun { id, why: NotRun::AuditUnavailable });
            self.pending.insert(id, pending);
            return;
        };
        let Some(approved) = Approved::new(pending.sql, &shown_sha256, receipt) else {
            return self.tell(Event::NotRun { id, why: NotRun::TextChanged });
        };
        let approval = Approval {
            proposal: Arc::new(pending.proposal),
            approved: Arc::new(approved),
            lang: pending.lang,
        };
        self.start(approval, engine, true).await;
    }

    async fn mismatched(&mut self, pending: Pending, approved_sha256: String) {
        let id = pending.proposal.id;
        let sha256 = pending.proposal.sha256.clone();
        self.note(AuditEvent::QueryMismatched { id: id.0, sha256, approved_sha256 }, pending.lang).await;
        self.tell(Event::NotRun { id, why: NotRun::TextChanged });
        self.pending.insert(id, pending);
    }

    async fn reject(&mut self, id: QuestionId) {
        match self.pending.remove(&id) {
            Some(pending) => {
                let event = AuditEvent::QueryRejected { id: id.0, sha256: pending.proposal.sha256 };
                self.note(event, pending.lang).await;
            }
            None => self.tell(Event::NotRun { id, why: NotRun::NoProposal }),
        }
    }

    async fn run_ended(&mut self, ended: Result<(tokio::task::Id, Ran), tokio::task::JoinError>) {
        match ended {
            Ok((task, ran)) => {
                self.running.remove(&task);
                // From nothing nothing follows: not from an empty result, not from one cancelled early.
                if ran.failure.is_none() && ran.frame.row_count() > 0 {
                    self.suggest_next(ran.id);
                }
                self.ran(ran);
            }
            Err(error) => {
                tracing::error!("a run failed: {error}");
                if let Some(Running { id, engine, lang, .. }) = self.running.remove(&error.id()) {
                    let event = AuditEvent::QueryFinished {
                        id: id.0,
                        engine: engine.json_name().to_string(),
                        outcome: RunOutcome::Failed,
                        rows: 0,
                        truncated: false,
                        elapsed_ms: 0,
                    };
                    self.note(event, lang).await;
                    self.tell(Event::RunEnded {
                        id,
                        end: RunEnd::Failed(EngineError::Internal { detail: String::new() }),
                        frame: Frame::nothing(),
                        chart: None,
                        insights: Vec::new(),
                        elapsed: Duration::ZERO,
                        kept_since: None,
                    });
                }
            }
        }
    }

    async fn end(mut self) {
        for Running { cancel, .. } in self.running.values() {
            cancel.cancel();
        }
        self.assisting.cancel_all();
        let all_ended = async {
            while self.runs.join_next().await.is_some() {}
            while self.assisting.asking.join_next().await.is_some() {}
        };
        if tokio::time::timeout(LAST_WORK, all_ended).await.is_err() {
            tracing::warn!("a query did not end in time and was abandoned");
        }
        self.note(AuditEvent::SessionEnded, Lang::default()).await;
    }
}

async fn finished(
    task: &mut Option<JoinHandle<Result<Prepared, EngineError>>>,
) -> Result<Prepared, EngineError> {
    let result = match task {
        Some(task) => task.await,
        None => std::future::pending().await,
    };
    result.unwrap_or_else(|error| Err(EngineError::Internal { detail: error.to_string() }))
}
