//! A model's comment on a result: only where the settings allow it and the user has consented,
//! once per result.

use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use super::actor::Actor;
use super::assist::{Answered, Key, SharedId, UnderWay, Watching};
use super::{Event, QuestionId};
use crate::audit::AuditEvent;
use crate::config::ProviderName;
use crate::guard;
use crate::i18n::{Lang, fill};
use crate::llm::comment::{self, CONSENT_VERSION, Recipient};
use crate::llm::{Models, is_aggregated};
use crate::memory::write_whole;
use crate::sanitize::display_safe;

/// What the user has consented to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Consents {
    /// The text that was shown.
    version: u32,
    /// Who may receive figures of results.
    providers: Vec<String>,
    /// When the last consent was given.
    at: String,
}

impl Actor {
    pub(super) async fn comment(&mut self, id: QuestionId, lang: Lang) {
        if let Some(comment) = self.assisting.comments.get(&(id, lang)) {
            return self.tell(Event::Commented { id, comment: Arc::clone(comment) });
        }
        let Some(models) = self.assisting.options.models.clone() else {
            return self.say(lang, "session.comment.no_model");
        };
        let chain = self.assisting.options.chain();
        if chain.is_empty() {
            return self.say(lang, "session.comment.no_model");
        }
        if !models.settings().insights {
            return self.say(lang, "session.comment.off");
        }
        let planner = self.prepared.as_ref().map(|prepared| Arc::clone(&prepared.planner));
        let (Some(planner), Some(settled)) = (planner, self.assisting.settled.get(&id)) else {
            return self.say(lang, "session.comment.no_result");
        };
        let Some(frame) = settled.frame.clone().filter(|frame| frame.row_count() > 0) else {
            return self.say(lang, "session.comment.no_result");
        };
        let aggregated = settled.proposal.plan.is_some()
            || guard::check(&settled.proposal.sql, &self.terms.policy).is_ok_and(|sql| is_aggregated(&sql));
        if !aggregated {
            return self.say(lang, "session.comment.not_aggregated");
        }
        if self.assisting.under_way.values().any(|asked| asked.id.get() == id) {
            // It is on its way already.
            return;
        }
        let shared = comment::share(&frame, &settled.proposal.question, &planner, lang);
        let far = recipients(&models, &chain);
        if !self.has_consent(&far).await {
            let prompt = Arc::new(shared.prompt().clone());
            let hidden = shared.hidden();
            return self.tell(Event::ConsentWanted { id, recipients: far, prompt, hidden });
        }
        let cancel = CancellationToken::new();
        let shared_id = SharedId::new(id);
        let watching = Watching {
            id: shared_id.clone(),
            hidden: shared.hidden(),
            purpose: "comment",
            events: self.events.clone(),
            audit: self.audit.clone(),
            on_audit_failure: self.options.on_audit_failure,
        };
        let key = Key {
            question: format!("comment {}", id.0),
            lang,
            today: self.today(),
            before: None,
            chain: chain.clone(),
        };
        let stop = cancel.clone();
        let task = self.assisting.asking.spawn(async move {
            let comment =
                comment::comment(&models, &chain, id.0, &shared, &frame, lang, &watching, &stop).await;
            Answered::Comment(lang, Box::new(comment))
        });
        self.assisting.under_way.insert(task.id(), UnderWay { id: shared_id, key, cancel });
    }

    /// Whether each of these may receive figures.
    async fn has_consent(&self, recipients: &[Recipient]) -> bool {
        if recipients.is_empty() {
            return true;
        }
        let Some(file) = self.assisting.options.consent.clone() else { return false };
        let given = tokio::task::spawn_blocking(move || read(&file)).await.unwrap_or_default();
        recipients.iter().all(|to| given.iter().any(|known| known == to.provider.name()))
    }

    pub(super) async fn consent(&mut self, providers: Vec<ProviderName>, lang: Lang) {
        let Some(file) = self.assisting.options.consent.clone() else { return };
        let named: Vec<String> = providers.iter().map(|name| name.name().to_string()).collect();
        let kept = tokio::task::spawn_blocking(move || {
            let before = read(&file).into_iter().filter(|known| !named.contains(known));
            let providers = before.chain(named.iter().cloned()).collect();
            let consents =
                Consents { version: CONSENT_VERSION, providers, at: chrono::Utc::now().to_rfc3339() };
            write_whole(&file, &serde_json::to_vec_pretty(&consents)?)
        });
        let failure = match kept.await {
            Ok(Ok(())) => {
                for name in providers {
                    let provider = name.name().to_string();
                    let event = AuditEvent::LlmConsented { version: CONSENT_VERSION, provider };
                    self.note(event, lang).await;
                }
                return;
            }
            Ok(Err(error)) => error.to_string(),
            Err(error) => error.to_string(),
        };
        let sentence = fill(lang, "session.comment.consent_not_kept", &[("detail", &failure)]);
        self.tell(Event::Notice { text: display_safe(&sentence), failure: true });
    }
}

/// Who of the chain is not this very machine, which needs no consent.
fn recipients(models: &Models, chain: &[ProviderName]) -> Vec<Recipient> {
    let far = chain.iter().filter(|name| !models.settings().of(**name).is_local());
    far.map(|name| Recipient { provider: *name, model: models.settings().of(*name).model.clone() }).collect()
}

/// Who may receive figures, by consent to the text that is shown today.
fn read(file: &Path) -> Vec<String> {
    let given = std::fs::read(file).ok().and_then(|bytes| serde_json::from_slice::<Consents>(&bytes).ok());
    given.filter(|given| given.version == CONSENT_VERSION).map(|given| given.providers).unwrap_or_default()
}
