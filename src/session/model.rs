//! Where the planner passes: a verified pair answers, or a model is asked. Whatever they say
//! is proposed like anything else; nothing here runs a query.

use std::sync::Arc;
use std::time::Instant;

use tokio_util::sync::CancellationToken;

use super::actor::Actor;
use super::assist::{Answered, Key, Mode, Settled, SharedId, UnderWay, Waiting, Watching};
use super::{Event, NotPlanned, Note, Proposal, QuestionId, Source};
use crate::ask::restate::restate;
use crate::ask::{Abstain, Intent, Outcome, Plan, Planner};
use crate::audit::AuditEvent;
use crate::guard::{self, ReadOnlySql};
use crate::i18n::{Lang, text};
use crate::llm::dialogue::{self, Asked, Trace};

/// A question on its way through planner, pairs and models.
pub(super) struct Turn {
    pub id: QuestionId,
    pub text: String,
    pub lang: Lang,
    pub planner: Arc<Planner>,
    /// What was asked before.
    pub previous: Option<Intent>,
    pub start: Instant,
}

impl Turn {
    /// Whether the question means nothing without the one before.
    pub(super) fn leans(&self, today: chrono::NaiveDate) -> bool {
        self.previous.is_some() && self.planner.is_follow_up(&self.text, today)
    }
}

impl Actor {
    /// What became of a question that the planner has looked at. Its name for the history;
    /// `None` while a model is being asked.
    pub(super) async fn settle_turn(&mut self, turn: Turn, outcome: Outcome) -> Option<&'static str> {
        // What is never answered is never looked up or sent either.
        if let Outcome::Refuse(refused) = outcome {
            let why = NotPlanned::Refuse(refused);
            return Some(self.not_planned(turn.id, &turn.text, why, None, turn.lang).await);
        }
        let overruling = matches!(outcome, Outcome::Plan(_));
        if !turn.leans(self.today())
            && let Some(found) = self.verified_answer(&turn, overruling).await
            && self.propose_verified(&turn, found).await
        {
            return Some("plan");
        }
        if self.is_for_a_model(&turn, &outcome) {
            self.ask_model(turn, outcome).await;
            return None;
        }
        Some(match outcome {
            Outcome::Plan(plan) => {
                self.propose_plan(&turn, *plan).await;
                "plan"
            }
            Outcome::Clarify(clarify) => {
                self.not_planned(turn.id, &turn.text, NotPlanned::Clarify(clarify), None, turn.lang).await
            }
            Outcome::Abstain(abstain) => {
                self.not_planned(turn.id, &turn.text, NotPlanned::Abstain(abstain), None, turn.lang).await
            }
            Outcome::Refuse(_) => "refuse",
        })
    }

    /// A question goes to a model only where the planner passes, or where the user named the
    /// model; never one that is unclear, which asking the person back settles for nothing,
    /// and never one that the data certainly cannot answer.
    fn is_for_a_model(&self, turn: &Turn, outcome: &Outcome) -> bool {
        let passes = matches!(outcome, Outcome::Abstain(_));
        let wanted = match self.assisting.options.mode {
            Mode::Offline => false,
            Mode::Auto => passes,
            Mode::Named(_) => passes || matches!(outcome, Outcome::Plan(_)),
        };
        wanted
            && !self.assisting.options.chain().is_empty()
            && !turn.planner.is_hopeless(&turn.text, self.today())
    }

    /// Proposes what the planner made of a question.
    pub(super) async fn propose_plan(&mut self, turn: &Turn, plan: Plan) {
        match guard::check(&plan.sql, &self.terms.policy) {
            Ok(sql) => {
                self.previous = Some(plan.intent.clone());
                let proposal = self.proposal(turn, Source::Planner, &sql, Some(plan), None, None);
                let settled = self.settled(turn, proposal.clone(), None, None, None);
                self.assisting.settle(turn.id, settled);
                self.propose(proposal, sql, turn.lang).await;
            }
            Err(refusal) => {
                tracing::error!("the guard refused the planner's own text: {refusal:?}");
                self.refused(turn.id, refusal, turn.lang).await;
            }
        }
    }

    pub(super) fn proposal(
        &self,
        turn: &Turn,
        source: Source,
        sql: &ReadOnlySql,
        plan: Option<Plan>,
        note: Option<Note>,
        trace: Option<Arc<Trace>>,
    ) -> Proposal {
        Proposal {
            id: turn.id,
            question: turn.text.clone(),
            source,
            sql: sql.text().to_string(),
            sha256: sql.sha256_hex(),
            plan: plan.map(Arc::new),
            note: note.map(Arc::new),
            model: trace,
            planning: turn.start.elapsed(),
        }
    }

    pub(super) fn settled(
        &self,
        turn: &Turn,
        proposal: Proposal,
        asked: Option<Asked>,
        trace: Option<Arc<Trace>>,
        pair: Option<String>,
    ) -> Settled {
        Settled {
            proposal,
            lang: turn.lang,
            leans: turn.leans(self.today()),
            asked,
            trace,
            pair,
            frame: None,
            failure: None,
        }
    }

    async fn ask_model(&mut self, turn: Turn, outcome: Outcome) {
        let today = self.today();
        let before = turn.previous.as_ref().filter(|_| turn.leans(today));
        let before = before.map(|intent| restate(intent, turn.planner.model(), turn.lang));
        let examples = self.examples(&turn).await;
        let asked = Asked {
            question: turn.text.clone(),
            lang: turn.lang,
            today,
            planner: Arc::clone(&turn.planner),
            policy: self.terms.policy.clone(),
            before,
            examples,
        };
        let key = Key {
            question: asked.question.clone(),
            lang: asked.lang,
            today,
            before: asked.before.clone(),
            chain: self.assisting.options.chain(),
        };
        let id = turn.id;
        let (planned, passed) = match outcome {
            Outcome::Plan(plan) => (Some(plan), None),
            Outcome::Abstain(abstain) => (None, Some(abstain)),
            Outcome::Clarify(_) | Outcome::Refuse(_) => (None, None),
        };
        self.assisting.waiting.insert(id, Waiting { turn, planned, passed });
        if let Some(mut said) = self.assisting.remembered(&key) {
            said.trace.remembered = true;
            return self.question_answered(id, asked, said).await;
        }
        if let Some(same) = self.assisting.under_way.values().find(|asked| asked.key == key) {
            // The same question again, impatiently: one call answers both.
            let before = same.id.get();
            same.id.set(id);
            self.assisting.waiting.remove(&before);
            return;
        }
        // A new question takes the place of one that nobody waits for any more.
        self.assisting.cancel_all();
        self.spawn_question(id, key, asked, None);
    }

    /// Asks a model in a task; `failed` is what the database said about its last T-SQL.
    fn spawn_question(
        &mut self,
        id: QuestionId,
        key: Key,
        asked: Asked,
        failed: Option<(Arc<Trace>, String)>,
    ) {
        let Some(models) = self.assisting.options.models.clone() else { return };
        let cancel = CancellationToken::new();
        let shared = SharedId::new(id);
        let watching = Watching {
            id: shared.clone(),
            hidden: dialogue::prompt(&asked).1.hidden().len(),
            purpose: if failed.is_some() { "repair" } else { "question" },
            events: self.events.clone(),
            audit: self.audit.clone(),
            on_audit_failure: self.options.on_audit_failure,
        };
        let (chain, stop) = (key.chain.clone(), cancel.clone());
        let task = self.assisting.asking.spawn(async move {
            let said = match failed {
                None => dialogue::converse(&models, &chain, &asked, &watching, &stop).await,
                Some((trace, failure)) => {
                    dialogue::repair(&models, &chain, &asked, &trace, &failure, &watching, &stop).await
                }
            };
            Answered::Question(Box::new(asked), Box::new(said))
        });
        self.assisting.under_way.insert(task.id(), UnderWay { id: shared, key, cancel });
    }

    /// Asks the model again, as a new question, about its T-SQL that the database would not run.
    pub(super) async fn repair(&mut self, id: QuestionId, as_id: QuestionId, lang: Lang) {
        let repairable = self.assisting.settled.get_mut(&id).and_then(|settled| {
            let failure = settled.failure.clone()?;
            Some((settled.asked.take()?, settled.trace.clone()?, failure))
        });
        let Some((asked, trace, failure)) = repairable else {
            let message = text(lang, "session.model.nothing_to_repair").to_string();
            let why = NotPlanned::Abstain(Abstain { message, ..nothing_known(lang) });
            return self.tell(Event::NotPlanned { id: as_id, question: String::new(), why, model: None });
        };
        let question = asked.question.clone();
        self.note(AuditEvent::QuestionReceived { id: as_id.0, question, lang }, lang).await;
        let turn = Turn {
            id: as_id,
            text: asked.question.clone(),
            lang: asked.lang,
            planner: Arc::clone(&asked.planner),
            previous: None,
            start: Instant::now(),
        };
        self.assisting.waiting.insert(as_id, Waiting { turn, planned: None, passed: None });
        self.assisting.cancel_all();
        let key = Key {
            question: format!("{} / {failure}", asked.question),
            lang: asked.lang,
            today: asked.today,
            before: asked.before.clone(),
            chain: self.assisting.options.chain(),
        };
        self.spawn_question(as_id, key, asked, Some((trace, failure)));
    }

    /// Tells what models have cost, off this thread: a file is read.
    pub(super) fn tell_spent(&self) {
        let Some(models) = self.assisting.options.models.clone() else { return };
        if self.assisting.options.chain().is_empty() {
            return;
        }
        let (events, chain) = (self.events.clone(), self.assisting.options.chain());
        tokio::task::spawn_blocking(move || {
            let mut standings = models.standings();
            standings.retain(|standing| chain.contains(&standing.provider));
            // The first asked first.
            standings.sort_by_key(|standing| chain.iter().position(|name| *name == standing.provider));
            // A front end that is gone needs no telling.
            let limits = models.settings().limits;
            let _ = events.send(Event::Models { spent: models.spent(), limits, standings });
        });
    }
}

pub(super) fn nothing_known(lang: Lang) -> Abstain {
    Abstain {
        lang,
        message: String::new(),
        unknown: Vec::new(),
        suggestions: Vec::new(),
        readings: Vec::new(),
    }
}
