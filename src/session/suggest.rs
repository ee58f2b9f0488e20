//! Suggestions: completions while a question is typed, questions that go on from a result.
//! They are made beside the loop, and late ones are dropped: nothing waits for them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::actor::Actor;
use super::{Event, QuestionId};
use crate::i18n::Lang;

/// The completions asked for last.
#[derive(Default)]
pub(super) struct Suggesting {
    latest: Arc<AtomicU64>,
}

impl Actor {
    /// Completes the words before the cursor, unless more has been typed meanwhile.
    pub(super) fn complete(&self, serial: u64, text: String, cursor: usize, lang: Lang) {
        let Some(prepared) = &self.prepared else { return };
        self.suggesting.latest.store(serial, Ordering::Relaxed);
        let (planner, events) = (Arc::clone(&prepared.planner), self.events.clone());
        let latest = Arc::clone(&self.suggesting.latest);
        tokio::task::spawn_blocking(move || {
            let is_latest = || latest.load(Ordering::Relaxed) == serial;
            if !is_latest() {
                return;
            }
            let offers = planner.complete(&text, cursor, lang);
            if is_latest() {
                // A front end that is gone needs no telling.
                let _ = events.send(Event::Completions { serial, offers });
            }
        });
    }

    /// Offers questions that go on from the result of `id`, where a plan stands behind it.
    pub(super) fn suggest_next(&self, id: QuestionId) {
        // A script asks what it was written to ask.
        if self.options.waits_for_values {
            return;
        }
        let Some((plan, lang)) = self.approvals.plan_of(id) else { return };
        let Some(prepared) = &self.prepared else { return };
        let (planner, events, today) = (Arc::clone(&prepared.planner), self.events.clone(), self.today());
        tokio::task::spawn_blocking(move || {
            let questions = planner.next_questions(&plan.intent, lang, today);
            if !questions.is_empty() {
                let _ = events.send(Event::NextQuestions { id, questions });
            }
        });
    }
}
