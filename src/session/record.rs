//! What a session keeps: its audit log, its history, and the sign that it is alive.
//!
//! What cannot be kept is told once, not at every question.

use super::Event;
use super::actor::Actor;
use crate::audit::{Alive, AuditError, AuditEvent, Recorded};
use crate::config::AuditFailure;
use crate::i18n::{Lang, fill, text};
use crate::memory::PastQuestion;
use crate::sanitize::display_safe;

impl Actor {
    async fn append(&self, event: AuditEvent) -> Result<Recorded, AuditError> {
        let audit = self.audit.clone();
        match tokio::task::spawn_blocking(move || audit.append(&event)).await {
            Ok(written) => written,
            Err(_) => Err(AuditError::Busy),
        }
    }

    /// Records what needs no receipt; the first failure is told once.
    pub(super) async fn note(&mut self, event: AuditEvent, lang: Lang) {
        match self.append(event).await {
            Ok(_) => self.audit_failed = false,
            Err(error) => {
                tracing::error!("the audit log cannot be written: {error}");
                if !std::mem::replace(&mut self.audit_failed, true) {
                    let sentence = fill(lang, "session.audit_failing", &[("detail", &error.to_string())]);
                    self.tell(Event::Notice { text: display_safe(&sentence), failure: true });
                }
            }
        }
    }

    pub(super) async fn record_approval(&mut self, event: AuditEvent, lang: Lang) -> Option<Recorded> {
        match self.append(event).await {
            Ok(receipt) => Some(receipt),
            Err(error) => {
                tracing::error!("an approval could not be recorded: {error}");
                match self.options.on_audit_failure {
                    AuditFailure::Block => None,
                    AuditFailure::Warn => {
                        let sentence = display_safe(text(lang, "session.audit_waived"));
                        self.tell(Event::Notice { text: sentence, failure: true });
                        Some(Recorded::waived())
                    }
                }
            }
        }
    }

    pub(super) async fn remember(&mut self, question: String, lang: Lang, outcome: &str) {
        let past =
            PastQuestion { v: 1, at: chrono::Utc::now(), lang, question, outcome: outcome.to_string() };
        let history = self.history.clone();
        let kept = tokio::task::spawn_blocking(move || history.append(&past)).await;
        let failure = match kept {
            Ok(Ok(())) => return,
            Ok(Err(error)) => error.to_string(),
            Err(error) => error.to_string(),
        };
        tracing::error!("the history cannot be written: {failure}");
        if !std::mem::replace(&mut self.history_failed, true) {
            let sentence = fill(lang, "session.history_failing", &[("detail", &failure)]);
            self.tell(Event::Notice { text: display_safe(&sentence), failure: true });
        }
    }

    /// Shows other sessions that this one is alive, and records what killed ones left unfinished.
    pub(super) async fn show_life(&mut self) -> Option<Alive> {
        let audit = self.audit.clone();
        let begun = tokio::task::spawn_blocking(move || audit.begin()).await.ok()?;
        let (alive, left) = begun.inspect_err(|error| tracing::warn!("no sign of life: {error}")).ok()?;
        if !left.is_empty() {
            let sentence = display_safe(text(Lang::from_locale(), "session.unfinished"));
            self.tell(Event::Notice { text: sentence, failure: true });
        }
        for event in left {
            self.note(event, Lang::from_locale()).await;
        }
        Some(alive)
    }
}
