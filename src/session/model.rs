//! Where the planner passes: a verified pair answers, or a model is asked. Whatever they say
//! is proposed like anything else; nothing here runs a query.

use std::sync::Arc;
use std::time::Instant;

use tokio_util::sync::CancellationToken;

use super::actor::Actor;
use super::assist::{Answered, Key, Mode, Settled, SharedId, UnderWay, Waiting, Watching};
use super::{Event, NotPlanned, Note, Proposal, QuestionId, Source};
use crate::ask::restate::names::dim_one;
use crate::ask::restate::restate;
use crate::ask::{Abstain, Choice, Clarify, Intent, Outcome, Plan, Planner};
use crate::audit::AuditEvent;
use crate::guard::{self, ReadOnlySql};
use crate::i18n::{Lang, fill, text};
use crate::llm::dialogue::{self, Asked, Conversation, Trace};
use crate::llm::prompt::Example;
use crate::memory::{Found, Origin, Verified, sentence};
use crate::model::Dim;
use crate::sanitize::{display_safe, display_safe_within};

/// Verified pairs that a model learns from.
const EXAMPLES: usize = 5;
/// Characters of a model's own words that are shown.
const SHOWN: usize = 400;

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
    fn leans(&self, today: chrono::NaiveDate) -> bool {
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

    fn verified(&self, planner: &Planner) -> Option<Verified> {
        let file = self.assisting.options.verified.clone()?;
        Some(Verified::at(file, planner.model()))
    }

    async fn verified_answer(&mut self, turn: &Turn, overruling: bool) -> Option<Found> {
        let verified = self.verified(&turn.planner)?;
        let (planner, text, today) = (Arc::clone(&turn.planner), turn.text.clone(), self.today());
        let looked =
            tokio::task::spawn_blocking(move || verified.answering(&text, &planner, today, overruling));
        match looked.await {
            Ok(Ok(found)) => found,
            Ok(Err(error)) => {
                self.memory_failed(&error, turn.lang);
                None
            }
            Err(error) => {
                tracing::error!("looking up verified pairs failed: {error}");
                None
            }
        }
    }

    fn memory_failed(&mut self, error: &crate::memory::MemoryError, lang: Lang) {
        tracing::error!("the verified pairs cannot be used: {error}");
        if !std::mem::replace(&mut self.assisting.memory_failed, true) {
            self.tell(Event::Notice { text: sentence(error, lang), failure: true });
        }
    }

    /// Proposes a verified pair; false where the guard refuses it, as one may that was
    /// written into the file by hand.
    async fn propose_verified(&mut self, turn: &Turn, found: Found) -> bool {
        let Ok(sql) = guard::check(&found.sql, &self.terms.policy) else {
            tracing::warn!("the guard refuses the verified pair {}", found.pair.id);
            return false;
        };
        let lang = turn.lang;
        let question = display_safe(&found.pair.question);
        let mut restatement = fill(lang, "memory.restated", &[("question", question.as_str())]);
        for (before, after) in &found.exchanged {
            let (before, after) = (display_safe(before), display_safe(after));
            let values = [("before", before.as_str()), ("after", after.as_str())];
            restatement.push_str(", ");
            restatement.push_str(&fill(lang, "memory.exchanged", &values));
        }
        let note = Note { restatement, warnings: Vec::new() };
        let proposal = self.proposal(turn, Source::Verified, &sql, None, Some(note), None);
        let settled = self.settled(turn, proposal.clone(), None, None, Some(found.pair.id));
        self.assisting.settle(turn.id, settled);
        self.propose(proposal, sql, lang).await;
        true
    }

    /// Proposes what the planner made of a question.
    async fn propose_plan(&mut self, turn: &Turn, plan: Plan) {
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

    fn proposal(
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

    fn settled(
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

    /// Similar verified pairs without anybody's name in them, each of which the guard allows.
    async fn examples(&mut self, turn: &Turn) -> Vec<Example> {
        let Some(verified) = self.verified(&turn.planner) else { return Vec::new() };
        let (planner, text) = (Arc::clone(&turn.planner), turn.text.clone());
        let (policy, lang) = (self.terms.policy.clone(), turn.lang);
        let looked = tokio::task::spawn_blocking(move || {
            let alike = verified.similar(&text, 4 * EXAMPLES)?;
            let private = |text: &str| planner.names_somebody(text);
            let fit = alike.into_iter().filter(|pair| {
                let own = pair.origin != Origin::Seed;
                let named = own && (private(&pair.question) || private(&literals(&pair.sql)));
                !named && guard::check(&pair.sql, &policy).is_ok()
            });
            let mut examples: Vec<Example> = Vec::new();
            // The two languages of a seed have the same T-SQL, which helps once.
            for pair in fit {
                if examples.len() < EXAMPLES && !examples.iter().any(|known| known.sql == pair.sql) {
                    examples.push(Example { question: pair.question, sql: pair.sql });
                }
            }
            Ok(examples)
        });
        match looked.await {
            Ok(Ok(examples)) => examples,
            Ok(Err(error)) => {
                self.memory_failed(&error, lang);
                Vec::new()
            }
            Err(_) => Vec::new(),
        }
    }

    /// A task that asked a model has ended.
    pub(super) async fn model_answered(
        &mut self,
        ended: Result<(tokio::task::Id, Answered), tokio::task::JoinError>,
    ) {
        let (task, answered) = match ended {
            Ok((task, answered)) => (task, Some(answered)),
            Err(error) => {
                tracing::error!("asking a model failed: {error}");
                (error.id(), None)
            }
        };
        let Some(under_way) = self.assisting.under_way.remove(&task) else { return };
        let id = under_way.id.get();
        match answered {
            Some(Answered::Question(asked, said)) => {
                if said.is_worth_remembering() {
                    self.assisting.remember(under_way.key, (*said).clone());
                }
                self.question_answered(id, *asked, *said).await;
            }
            Some(Answered::Comment(lang, comment)) => {
                let comment: Arc<_> = Arc::new(*comment);
                if comment.lines.is_ok() {
                    self.assisting.comments.insert((id, lang), Arc::clone(&comment));
                }
                self.tell(Event::Commented { id, comment });
            }
            None => self.model_broke(id).await,
        }
        self.tell_spent();
    }

    /// The task that asked a model has failed: a mistake of ours.
    async fn model_broke(&mut self, id: QuestionId) {
        let Some(Waiting { turn, passed, .. }) = self.assisting.waiting.remove(&id) else { return };
        let message = text(turn.lang, "session.planner_failed").to_string();
        let abstain = Abstain { message, ..passed.unwrap_or_else(|| nothing_known(turn.lang)) };
        self.not_planned(id, &turn.text, NotPlanned::Abstain(abstain), None, turn.lang).await;
    }

    async fn question_answered(&mut self, id: QuestionId, asked: Asked, said: Conversation) {
        let Some(Waiting { turn, planned, passed }) = self.assisting.waiting.remove(&id) else { return };
        let trace = Arc::new(said.trace);
        let (lang, words) = (turn.lang, turn.text.clone());
        let name = match said.outcome {
            dialogue::Outcome::Plan(plan, sql) => {
                self.previous = Some(plan.intent.clone());
                self.propose_models(turn, Source::ModelIntent, sql, Some(*plan), None, asked, trace).await;
                "plan"
            }
            dialogue::Outcome::Sql { sql, reading, warnings } => {
                let reading = display_safe_within(reading.trim(), SHOWN).into_string();
                let restatement = if reading.is_empty() {
                    text(lang, "session.model.free_sql").to_string()
                } else {
                    reading
                };
                let mut all = vec![text(lang, "session.model.review").to_string()];
                all.extend(warnings);
                let note = Note { restatement, warnings: all };
                self.propose_models(turn, Source::ModelSql, sql, None, Some(note), asked, trace).await;
                "plan"
            }
            dialogue::Outcome::Value { dim, written, near, ambiguous } => {
                let clarify = which_value(&turn, dim, &written, near, ambiguous);
                let why = NotPlanned::Clarify(clarify);
                self.not_planned(id, &turn.text, why, Some(trace), lang).await
            }
            dialogue::Outcome::Cannot(reason) => {
                let reason = display_safe_within(reason.trim(), SHOWN);
                let why = if reason.is_empty() {
                    text(lang, "session.model.cannot_silently").to_string()
                } else {
                    fill(lang, "session.model.cannot", &[("reason", reason.as_str())])
                };
                self.model_passed(turn, planned, passed, why, trace).await
            }
            dialogue::Outcome::Unusable(why) => {
                tracing::warn!("a model's answer could not be used: {why}");
                let why = text(lang, "session.model.unusable").to_string();
                self.model_passed(turn, planned, passed, why, trace).await
            }
            dialogue::Outcome::Failed(failed) => {
                let why = failed.error.sentence(failed.provider, &failed.model, lang);
                self.model_passed(turn, planned, passed, why, trace).await
            }
        };
        self.remember(words, lang, name).await;
    }

    #[expect(clippy::too_many_arguments, reason = "a proposal and everything it came from")]
    async fn propose_models(
        &mut self,
        turn: Turn,
        source: Source,
        sql: ReadOnlySql,
        plan: Option<Plan>,
        note: Option<Note>,
        asked: Asked,
        trace: Arc<Trace>,
    ) {
        let proposal = self.proposal(&turn, source, &sql, plan, note, Some(Arc::clone(&trace)));
        let settled = self.settled(&turn, proposal.clone(), Some(asked), Some(trace), None);
        self.assisting.settle(turn.id, settled);
        self.propose(proposal, sql, turn.lang).await;
    }

    /// The model did not help either: the planner's plan, where it has one, or why there is none.
    async fn model_passed(
        &mut self,
        turn: Turn,
        planned: Option<Box<Plan>>,
        passed: Option<Abstain>,
        why: String,
        trace: Arc<Trace>,
    ) -> &'static str {
        if let Some(mut plan) = planned {
            plan.warnings.insert(0, fill(turn.lang, "session.model.planners_instead", &[("why", &why)]));
            self.propose_plan(&turn, *plan).await;
            return "plan";
        }
        let mut abstain = passed.unwrap_or_else(|| nothing_known(turn.lang));
        abstain.message = [abstain.message.as_str(), &why].join(" ").trim().to_string();
        let why = NotPlanned::Abstain(abstain);
        self.not_planned(turn.id, &turn.text, why, Some(trace), turn.lang).await
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
            let standings = models.standings().into_iter().filter(|s| chain.contains(&s.provider));
            let standings = standings.collect();
            // A front end that is gone needs no telling.
            let limits = models.settings().limits;
            let _ = events.send(Event::Models { spent: models.spent(), limits, standings });
        });
    }
}

fn nothing_known(lang: Lang) -> Abstain {
    Abstain {
        lang,
        message: String::new(),
        unknown: Vec::new(),
        suggestions: Vec::new(),
        readings: Vec::new(),
    }
}

/// The text literals of a query, where names could stand.
fn literals(sql: &str) -> String {
    sql.split('\'').skip(1).step_by(2).collect::<Vec<_>>().join(" ")
}

/// A value that is not in the data, said as the planner says it.
fn which_value(turn: &Turn, dim: Dim, written: &str, near: Vec<String>, ambiguous: bool) -> Clarify {
    let lang = turn.lang;
    let word = display_safe(written).into_string();
    let name = dim_one(lang, dim);
    let shown: Vec<String> = near.iter().map(|value| display_safe(value).into_string()).collect();
    let message = if ambiguous {
        fill(lang, "ask.which_value", &[("word", &word)])
    } else if shown.is_empty() {
        fill(lang, "ask.no_such_value", &[("dim", &name), ("word", &word)])
    } else {
        let values = [("dim", name.as_str()), ("word", &word), ("near", &shown.join(", "))];
        fill(lang, "ask.no_such_value_near", &values)
    };
    let options = near
        .iter()
        .map(|value| {
            let restatement = format!("{name} = {}", display_safe(value));
            let question = if turn.text.contains(written) && !written.is_empty() {
                turn.text.replacen(written, value, 1)
            } else {
                format!("{} ({name} {value})", turn.text)
            };
            Choice { restatement, question }
        })
        .collect();
    Clarify { lang, message, options, unknown: vec![word], readings: Vec::new() }
}
