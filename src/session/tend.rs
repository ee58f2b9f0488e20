//! Looking after data that lives elsewhere: the session hears what its source tells.

use std::sync::Arc;

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinHandle;

use super::actor::Actor;
use super::{Event, News};
use crate::i18n::Lang;

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
                    prepared.facts = facts.clone();
                    self.tell(Event::Ready { engine, facts, examples });
                }
            }
            News::Audit(event) => self.note(event, Lang::default()).await,
        }
    }
}
