//! Answers marked as right become verified pairs; wrong ones are noted with their reason.

use super::actor::Actor;
use super::assist::Settled;
use super::run::Ran;
use super::{Event, Proposal, QuestionId, Source};
use crate::audit::AuditEvent;
use crate::i18n::{Lang, fill, text};
use crate::memory::{Origin, Rejected, Verified, sentence};
use crate::sanitize::display_safe;

/// Characters of a reason that are kept.
const LONGEST_REASON: usize = 500;

impl Actor {
    /// T-SQL written by the user answers the question it was written for.
    pub(super) fn settle_written(&mut self, proposal: &Proposal, lang: Lang) {
        let before = self.assisting.settled.get(&proposal.id);
        let settled = Settled {
            proposal: proposal.clone(),
            lang,
            leans: before.is_some_and(|before| before.leans),
            asked: None,
            trace: None,
            pair: before.and_then(|before| before.pair.clone()),
            frame: None,
            failure: None,
        };
        self.assisting.settle(proposal.id, settled);
    }

    /// A run has ended: its rows can be commented on, its failure mended.
    pub(super) fn ran(&mut self, ran: Ran) {
        // A comment belongs to the rows it was made on.
        self.assisting.comments.retain(|(id, _), _| *id != ran.id);
        if let Some(settled) = self.assisting.settled.get_mut(&ran.id) {
            settled.failure = ran.failure;
            settled.frame = Some(ran.frame);
        }
    }

    pub(super) async fn mark(&mut self, id: QuestionId, wrong: Option<String>, lang: Lang) {
        let today = self.today();
        let planner = self.prepared.as_ref().map(|prepared| prepared.planner.clone());
        let (Some(settled), Some(planner), Some(file)) =
            (self.assisting.settled.get(&id), planner, self.assisting.options.verified.clone())
        else {
            return self.say(lang, "session.answer.nothing");
        };
        if settled.frame.is_none() || settled.failure.is_some() {
            return self.say(lang, "session.answer.not_run");
        }
        let proposal = settled.proposal.clone();
        let question = proposal.question.trim().to_string();
        if question.is_empty() {
            return self.say(lang, "session.answer.no_question");
        }
        if wrong.is_none() && settled.leans {
            return self.say(lang, "session.answer.leans");
        }
        let (asked_in, pair) = (settled.lang, settled.pair.clone());
        let (sql, sha256, right) = (proposal.sql.clone(), proposal.sha256.clone(), wrong.is_none());
        let kept = tokio::task::spawn_blocking(move || {
            let verified = Verified::at(file, planner.model());
            match wrong {
                None => {
                    verified.confirm(&question, asked_in, &sql, origin(proposal.source), today).map(|_| ())
                }
                Some(reason) => {
                    let reason: String = reason.trim().chars().take(LONGEST_REASON).collect();
                    let rejected = Rejected { question, day: today, reason, sql };
                    verified.reject(rejected, pair.as_deref())
                }
            }
        });
        match kept.await {
            Ok(Ok(())) => {
                self.note(AuditEvent::AnswerMarked { id: id.0, right, sha256 }, lang).await;
                self.tell(Event::Marked { id, right });
            }
            Ok(Err(error)) => {
                tracing::error!("a mark could not be kept: {error}");
                self.tell(Event::Notice { text: sentence(&error, lang), failure: true });
            }
            Err(error) => {
                tracing::error!("a mark could not be kept: {error}");
                let sentence = fill(lang, "session.answer.failed", &[("detail", &error.to_string())]);
                self.tell(Event::Notice { text: display_safe(&sentence), failure: true });
            }
        }
    }

    /// Says why something cannot be done.
    pub(super) fn say(&self, lang: Lang, key: &'static str) {
        self.tell(Event::Notice { text: display_safe(text(lang, key)), failure: true });
    }
}

fn origin(source: Source) -> Origin {
    match source {
        Source::Planner => Origin::Planner,
        Source::Verified => Origin::Verified,
        Source::ModelIntent => Origin::ModelIntent,
        Source::ModelSql => Origin::ModelSql,
        Source::User => Origin::User,
    }
}
