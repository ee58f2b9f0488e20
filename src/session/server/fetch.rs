//! The values that the planner knows: fetched beside everything else, kept for next time.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::attend::{Attendant, Leave};
use super::engine::is_loss;
use super::facts_of;
use crate::cache::StoredValues;
use crate::engine::sqlserver::SqlServerEngine;
use crate::engine::{ColumnValues, Engine, EngineError};
use crate::session::{News, Values, Wish};

impl Attendant {
    pub(super) fn values_are_stale(&self) -> bool {
        let stale = |stored: StoredValues| stored.is_older_than(self.shelf_life());
        self.source.fetches_values && self.source.stored().is_none_or(stale)
    }

    fn shelf_life(&self) -> TimeDelta {
        let hours = i64::try_from(self.source.profile.cache.values_hours).unwrap_or(i64::MAX / 3_600_000);
        TimeDelta::try_hours(hours).unwrap_or(TimeDelta::MAX)
    }

    /// Fetches the values of every column. What is asked meanwhile may end it.
    pub(super) async fn fetch(&mut self, engine: &SqlServerEngine) -> Option<Leave> {
        let older = self.source.stored().map(|stored| stored.fetched_at);
        let columns = self.columns_there();
        let of = columns.len();
        let most = self.source.profile.cache.values_per_column;
        let mut values: Vec<ColumnValues> = Vec::with_capacity(of);
        let mut cut = Vec::new();
        for (done, column) in columns.into_iter().enumerate() {
            self.scene.values = Values::Loading { done, of, older };
            self.show();
            let fetched = tokio::select! {
                fetched = engine.column_values(&column, most) => fetched,
                leave = self.leave_meanwhile(engine) => return Some(leave),
            };
            match fetched {
                Ok(fetched) => {
                    if fetched.more {
                        cut.push(column);
                    }
                    values.push(fetched.values);
                }
                Err(error) => return self.fetch_failed(error, older).await,
            }
        }
        let facts = tokio::select! {
            facts = engine.facts() => facts,
            leave = self.leave_meanwhile(engine) => return Some(leave),
        };
        match facts {
            Ok(facts) => {
                let stored = StoredValues {
                    identity: self.source.identity(),
                    fetched_at: Utc::now(),
                    rows: facts.rows,
                    span: facts.span,
                    cut,
                    values,
                };
                self.take(stored).await;
                None
            }
            Err(error) => self.fetch_failed(error, older).await,
        }
    }

    /// What the person asks for while values are fetched and cannot wait until they are there.
    async fn leave_meanwhile(&mut self, engine: &SqlServerEngine) -> Leave {
        loop {
            match self.wishes.recv().await {
                None => return Leave::Over,
                Some(Wish::Reconnect) => return Leave::Connect,
                Some(Wish::Sync(order)) => self.start_sync(engine, order),
                Some(Wish::StopSync) => self.sync = None,
                Some(_) => {}
            }
        }
    }

    /// Without fresh values the old ones stay; a lost connection is told.
    async fn fetch_failed(&mut self, error: EngineError, older: Option<DateTime<Utc>>) -> Option<Leave> {
        tracing::warn!("values could not be fetched: {error}");
        self.scene.values = older.map_or(Values::None, |at| Values::Held { at });
        if is_loss(&error) {
            self.down(error);
            return Some(self.wait().await);
        }
        self.show();
        None
    }

    /// The value columns that the table has.
    fn columns_there(&self) -> Vec<String> {
        let there = self.scene.connected().map(|connected| connected.inspection.columns.as_slice());
        let has = |column: &String| {
            let real = self.source.profile.real_column(column);
            there.is_none_or(|there| there.iter().any(|found| found.name.eq_ignore_ascii_case(real)))
        };
        self.source.model.value_columns().filter(has).collect()
    }

    /// Puts values to use and keeps them for next time.
    async fn take(&mut self, stored: StoredValues) {
        let source = Arc::clone(&self.source);
        let at = stored.fetched_at;
        let made = tokio::task::spawn_blocking(move || {
            if let Err(error) = stored.write(&source.values_file) {
                tracing::warn!("values could not be kept: {error}");
            }
            (source.planner(Some(&stored)), facts_of(Some(&stored)))
        });
        match made.await {
            Ok((planner, facts)) => {
                self.tell(News::Planner { planner: Arc::new(planner), facts });
                self.scene.values = Values::Held { at };
            }
            Err(error) => tracing::error!("no planner could be made of the values: {error}"),
        }
        self.show();
    }
}
