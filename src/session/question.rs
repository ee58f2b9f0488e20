//! A question on its way to the planner, with what was asked before it.

use std::sync::Arc;
use std::time::Instant;

use super::actor::Actor;
use super::model::Turn;
use super::{Context, QuestionId};
use crate::ask::{Abstain, Intent, Outcome, Planner, Question};
use crate::audit::AuditEvent;
use crate::i18n::{Lang, text};

impl Actor {
    pub(super) async fn ask(
        &mut self,
        planner: Arc<Planner>,
        id: QuestionId,
        text: String,
        lang: Lang,
        context: Context,
    ) {
        let start = Instant::now();
        self.note(AuditEvent::QuestionReceived { id: id.0, question: text.clone(), lang }, lang).await;
        let (outcome, previous) = self.plan(Arc::clone(&planner), &text, lang, context).await;
        let turn = Turn { id, text: text.clone(), lang, planner, previous, start };
        if let Some(name) = self.settle_turn(turn, outcome).await {
            self.remember(text, lang, name).await;
        }
    }

    /// What the planner makes of a question, and what was asked before it.
    async fn plan(
        &self,
        planner: Arc<Planner>,
        words: &str,
        lang: Lang,
        context: Context,
    ) -> (Outcome, Option<Intent>) {
        let (words, today) = (words.to_string(), self.today());
        let conversation = self.previous.clone();
        let planned = tokio::task::spawn_blocking(move || {
            let previous = match context {
                Context::Conversation => conversation,
                Context::Turns(turns) => intent_after(&planner, &turns, lang, today),
                Context::After(intent) => Some(*intent),
            };
            let question = Question { text: &words, lang: Some(lang), today, previous: previous.as_ref() };
            (planner.ask(&question), previous)
        });
        match planned.await {
            Ok(planned) => planned,
            Err(error) => {
                tracing::error!("the planner failed: {error}");
                let abstain = Abstain {
                    lang,
                    message: text(lang, "session.planner_failed").to_string(),
                    unknown: Vec::new(),
                    suggestions: Vec::new(),
                    readings: Vec::new(),
                };
                (Outcome::Abstain(abstain), None)
            }
        }
    }
}

/// The intent that a conversation's earlier turns lead to.
fn intent_after(planner: &Planner, turns: &[String], lang: Lang, today: chrono::NaiveDate) -> Option<Intent> {
    turns.iter().fold(None, |previous, turn| {
        let question = Question { text: turn, lang: Some(lang), today, previous: previous.as_ref() };
        match planner.ask(&question) {
            Outcome::Plan(plan) => Some(plan.intent),
            _ => previous,
        }
    })
}
