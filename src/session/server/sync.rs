//! The local copy, brought up to date beside everything else.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::attend::Attendant;
use crate::audit::AuditEvent;
use crate::engine::sqlserver::SqlServerEngine;
use crate::session::{News, SyncNews, today_in_colombia};
use crate::snapshot::{self, Brought, Order, SnapshotError, Work};

/// Work on the copy that runs beside everything else; dropping it stops it.
pub(super) struct Sync {
    cancel: CancellationToken,
}

impl Drop for Sync {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

impl Attendant {
    pub(super) fn start_sync(&mut self, engine: &SqlServerEngine, order: Order) {
        let Some(connected) = self.scene.connected() else { return };
        let (engine, inspection) = (engine.clone(), connected.inspection.clone());
        let (source, news, cancel) = (Arc::clone(&self.source), self.news.clone(), CancellationToken::new());
        self.sync = Some(Sync { cancel: cancel.clone() });
        tokio::spawn(async move {
            let progress = news.clone();
            let tell = move |at| {
                let _ = progress.send(News::Sync(SyncNews::At(at)));
            };
            let (identity, today) = (source.identity(), today_in_colombia());
            let work = Work {
                engine: &engine,
                inspection: &inspection,
                identity: &identity,
                model: &source.model,
                folder: &source.snapshot,
            };
            let brought = snapshot::sync(work, order, today, &tell, &cancel).await;
            let _ = news.send(News::Audit(audit_of(source.name.as_str(), &brought)));
            let _ = news.send(News::Sync(SyncNews::Over(brought)));
        });
    }
}

fn audit_of(profile: &str, brought: &Result<Brought, SnapshotError>) -> AuditEvent {
    let done = brought.as_ref().ok();
    let days = done.and_then(|brought| brought.manifest.days());
    AuditEvent::CopySynced {
        profile: profile.to_string(),
        months: done.map_or(0, |brought| brought.months as u64),
        rows: done.map_or(0, |brought| brought.rows),
        from: days.map(|(from, _)| from),
        to: days.map(|(_, to)| to),
        error: brought.as_ref().err().map(ToString::to_string),
    }
}
