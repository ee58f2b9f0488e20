//! What a model said, brought back from its task: a proposal, a question back, or why neither.

use std::sync::Arc;

use super::actor::Actor;
use super::assist::{Answered, Waiting};
use super::model::{Turn, nothing_known};
use super::{Event, NotPlanned, Note, QuestionId, Source};
use crate::ask::restate::names::dim_one;
use crate::ask::{Abstain, Choice, Clarify, Plan};
use crate::guard::ReadOnlySql;
use crate::i18n::{fill, text};
use crate::llm::dialogue::{self, Asked, Conversation, Trace};
use crate::model::{Dim, SalesModel};
use crate::sanitize::{display_safe, display_safe_within};

/// Characters of a model's own words that are shown.
const SHOWN: usize = 400;

impl Actor {
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

    pub(super) async fn question_answered(&mut self, id: QuestionId, asked: Asked, said: Conversation) {
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
                let clarify = which_value(&turn, asked.planner.model(), dim, &written, near, ambiguous);
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
                self.model_passed(turn, planned, passed, why, Some(trace)).await
            }
            dialogue::Outcome::Unusable(why) => {
                tracing::warn!("a model's answer could not be used: {why}");
                let why = text(lang, "session.model.unusable").to_string();
                self.model_passed(turn, planned, passed, why, Some(trace)).await
            }
            dialogue::Outcome::Failed(failed) => {
                let why = failed.sentence(lang);
                let trace = (failed.sent || !trace.attempts.is_empty()).then_some(trace);
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
        trace: Option<Arc<Trace>>,
    ) -> &'static str {
        if let Some(mut plan) = planned {
            plan.warnings.insert(0, fill(turn.lang, "session.model.planners_instead", &[("why", &why)]));
            self.propose_plan(&turn, *plan).await;
            return "plan";
        }
        let mut abstain = passed.unwrap_or_else(|| nothing_known(turn.lang));
        abstain.message = [abstain.message.as_str(), &why].join(" ").trim().to_string();
        let why = NotPlanned::Abstain(abstain);
        self.not_planned(turn.id, &turn.text, why, trace, turn.lang).await
    }
}

/// A value that is not in the data, said as the planner says it.
fn which_value(
    turn: &Turn,
    model: &SalesModel,
    dim: Dim,
    written: &str,
    near: Vec<String>,
    ambiguous: bool,
) -> Clarify {
    let lang = turn.lang;
    let word = display_safe(written).into_string();
    let name = dim_one(model, lang, dim);
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
