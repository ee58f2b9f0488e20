//! Verified pairs in a session: one that answers, and the ones that help a model.

use std::sync::Arc;

use super::actor::Actor;
use super::model::Turn;
use super::{Event, Note, Source};
use crate::ask::Planner;
use crate::guard;
use crate::i18n::{Lang, fill};
use crate::llm::prompt::Example;
use crate::memory::{Found, Origin, Verified, sentence};
use crate::sanitize::display_safe;

/// Verified pairs that a model learns from.
const EXAMPLES: usize = 5;

impl Actor {
    fn verified(&self, planner: &Planner) -> Option<Verified> {
        let file = self.assisting.options.verified.clone()?;
        Some(Verified::at(file, planner.model()))
    }

    pub(super) async fn verified_answer(&mut self, turn: &Turn, overruling: bool) -> Option<Found> {
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
    pub(super) async fn propose_verified(&mut self, turn: &Turn, found: Found) -> bool {
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

    /// Similar verified pairs without anybody's name in them, each of which the guard allows.
    pub(super) async fn examples(&mut self, turn: &Turn) -> Vec<Example> {
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
}

/// The text literals of a query, where names could stand.
fn literals(sql: &str) -> String {
    sql.split('\'').skip(1).step_by(2).collect::<Vec<_>>().join(" ")
}
