//! Looking after data that lives elsewhere: the session hears what its source tells.

use std::sync::Arc;

use secrecy::SecretString;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinHandle;

use super::actor::{Actor, Running};
use super::{Choice, Event, KeepSecret, News, trial};
use crate::config::{AnswerFrom, LimitSettings, ProfileDraft};
use crate::i18n::{Lang, text};
use crate::sanitize::display_safe;

/// A source that looks after its data, until this is dropped.
pub(super) struct Attending {
    news: UnboundedReceiver<News>,
    task: JoinHandle<()>,
}

impl Drop for Attending {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The next thing the source tells; never, where nobody looks after anything.
pub(super) async fn next_news(attending: &mut Option<Attending>) -> Option<News> {
    match attending {
        Some(attending) => attending.news.recv().await,
        None => std::future::pending().await,
    }
}

impl Actor {
    /// Has the source look after its data from now on.
    pub(super) fn attend(&mut self) {
        let (sender, news) = unbounded_channel();
        let work = Arc::clone(&self.source).attend(sender);
        self.attending = work.map(|work| Attending { news, task: tokio::spawn(work) });
    }

    pub(super) async fn hear(&mut self, news: News) {
        match news {
            News::Scene(scene) => {
                let settled = scene.is_settled() && !self.scene.is_settled();
                self.scene = scene.clone();
                self.tell(Event::Scene(scene));
                if settled {
                    self.take_waiting().await;
                }
            }
            News::Planner { planner, facts } => {
                let examples = planner.examples(self.today());
                if let Some(prepared) = &mut self.prepared {
                    let engine = prepared.engine.kind();
                    prepared.planner = planner;
                    // A model may have been wrong for want of a value that is known now.
                    self.assisting.remembered.clear();
                    prepared.facts = facts.clone();
                    self.tell(Event::Ready { engine, facts, examples });
                }
            }
            News::Sync(news) => self.tell(Event::Sync(news)),
            News::Audit(event) => self.note(event, Lang::default()).await,
        }
    }

    /// Lets other data answer: what runs is cancelled, what waits is dropped.
    pub(super) fn choose(&mut self, choice: &Choice) {
        let source = self.options.sources.as_ref().and_then(|sources| sources.open(choice));
        let Some(source) = source else {
            let text = display_safe(text(Lang::from_locale(), "session.no_such_source"));
            return self.tell(Event::Notice { text, failure: true });
        };
        for Running { cancel, .. } in self.running.values() {
            cancel.cancel();
        }
        self.stop_preparing();
        self.attending = None;
        self.approvals.forget();
        self.forget_conversation();
        self.terms = source.terms();
        self.scene = source.scene();
        self.source = source;
        self.tell(Event::Scene(self.scene.clone()));
        self.tell(Event::Preparing { done: 0.0 });
        self.start_preparing();
    }

    /// Tries a profile that is being written, beside everything else.
    pub(super) fn try_connection(&self, draft: ProfileDraft, password: Option<SecretString>) {
        // The front end checks a draft before it sends one.
        let Ok((name, profile)) = draft.profile() else { return };
        let events = self.events.clone();
        tokio::spawn(async move {
            let limits = LimitSettings::default();
            let scene = trial::try_profile(&name, &profile, password, &limits).await;
            let _ = events.send(Event::ConnectionTried(Arc::new(scene)));
        });
    }

    /// Saves a profile and lets it answer.
    pub(super) async fn save_connection(
        &mut self,
        draft: ProfileDraft,
        password: Option<SecretString>,
        keep: KeepSecret,
        lang: Lang,
    ) {
        let Some(sources) = self.options.sources.clone() else { return };
        let saved =
            tokio::task::spawn_blocking(move || trial::save(&sources, &draft, password, keep, lang)).await;
        let saved = match saved {
            Ok(saved) => saved,
            Err(error) => return tracing::error!("a profile could not be saved: {error}"),
        };
        for event in saved.audit {
            self.note(event, lang).await;
        }
        let chosen = match &saved.event {
            Event::ConnectionSaved { profile, .. } => Some(profile.clone()),
            _ => None,
        };
        self.tell(saved.event);
        if let Some(name) = chosen {
            self.choose(&Choice::Profile { name, from: AnswerFrom::Server });
        }
    }
}
