//! What was approved: started, answered by what is kept, run once more.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio_util::sync::CancellationToken;

use super::actor::{Actor, Running};
use super::approval::Approved;
use super::run::{Keep, Run};
use super::{Event, NotRun, Proposal, QuestionId};
use crate::ask::Plan;
use crate::audit::AuditEvent;
use crate::cache::{Answer, AnswerKey, Answers};
use crate::engine::Engine;
use crate::guard::ReadOnlySql;
use crate::i18n::Lang;

/// Approvals that can be repeated; the oldest make room for new ones.
const MOST: usize = 16;

/// Something approved.
#[derive(Clone)]
pub(super) struct Approval {
    pub proposal: Arc<Proposal>,
    pub approved: Arc<Approved<ReadOnlySql>>,
    pub lang: Lang,
}

/// What was approved in this session, and the answers that are kept.
#[derive(Default)]
pub(super) struct Approvals {
    given: BTreeMap<QuestionId, Approval>,
    answers: Arc<Mutex<Answers>>,
}

impl Approvals {
    /// The plan behind something approved, and the language it is told in.
    pub(super) fn plan_of(&self, id: QuestionId) -> Option<(Arc<Plan>, Lang)> {
        let approval = self.given.get(&id)?;
        Some((approval.proposal.plan.clone()?, approval.lang))
    }

    /// Forgets what was approved: it was approved for other data.
    pub(super) fn forget(&mut self) {
        self.given.clear();
    }
}

impl Actor {
    /// Runs what was approved, or gives its answer again where one is kept and wanted.
    pub(super) async fn start(&mut self, approval: Approval, engine: Arc<dyn Engine>, kept_will_do: bool) {
        let id = approval.proposal.id;
        self.approvals.given.insert(id, approval.clone());
        while self.approvals.given.len() > MOST {
            self.approvals.given.pop_first();
        }
        let Approval { proposal, approved, lang } = approval;
        let limits = self.terms.limits.unwrap_or(self.options.limits);
        let key = self.terms.keeping.as_ref().map(|keeping| AnswerKey {
            identity: keeping.identity.clone(),
            sha256: approved.get().sha256(),
            max_rows: limits.max_rows,
        });
        let kept = match &key {
            Some(key) if kept_will_do => self.kept(key).await,
            _ => None,
        };
        let cancel = CancellationToken::new();
        let run = Run {
            proposal,
            lang,
            limits,
            cancel: cancel.clone(),
            events: self.events.clone(),
            audit: self.audit.clone(),
            keep: key.zip(self.terms.keeping.as_ref()).map(|(key, keeping)| Keep {
                answers: Arc::clone(&self.approvals.answers),
                key,
                keeping: keeping.clone(),
            }),
        };
        let kind = engine.kind();
        let task = match kept {
            Some(answer) => self.runs.spawn(async move { run.give_again(kind, answer, approved).await }),
            None => self.runs.spawn(async move { run.carry_out(engine.as_ref(), approved).await }),
        };
        self.running.insert(task.id(), Running { id, engine: kind, lang, cancel });
    }

    async fn kept(&self, key: &AnswerKey) -> Option<Answer> {
        let keeping = self.terms.keeping.as_ref()?;
        let shelf_life = keeping.shelf_life;
        let held = {
            let mut answers = self.approvals.answers.lock().unwrap_or_else(PoisonError::into_inner);
            answers.get(key, shelf_life)
        };
        if held.is_some() {
            return held;
        }
        let (disk, key) = (keeping.disk.clone()?, key.clone());
        tokio::task::spawn_blocking(move || disk.get(&key, shelf_life)).await.ok()?
    }

    /// Runs once more what was approved before: the same text, recorded as a run of its own.
    pub(super) async fn repeat(&mut self, id: QuestionId) {
        let engine = self.prepared.as_ref().map(|prepared| Arc::clone(&prepared.engine));
        let (Some(engine), Some(before)) = (engine, self.approvals.given.get(&id).cloned()) else {
            return self.tell(Event::NotRun { id, why: NotRun::NoProposal });
        };
        let event = AuditEvent::QueryRepeated {
            id: id.0,
            sha256: before.approved.get().sha256_hex(),
            decided_by: self.options.decider,
        };
        let Some(receipt) = self.record_approval(event, before.lang).await else {
            return self.tell(Event::NotRun { id, why: NotRun::AuditUnavailable });
        };
        let approved = Arc::new(before.approved.again(receipt));
        self.start(Approval { approved, ..before }, engine, false).await;
    }
}
