//! The life of a profile's connection: made, judged, lost, made again; values fetched.

use std::sync::Arc;

use chrono::Utc;
use secrecy::SecretString;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio_util::sync::CancellationToken;

use super::engine::is_loss;
use super::phase::Phase;
use super::{ServerData, facts_of, server_settings, values_of};
use crate::audit::AuditEvent;
use crate::cache::StoredValues;
use crate::config::Login;
use crate::credentials::{CredentialError, TRIES};
use crate::engine::sqlserver::{FaultKind, Inspection, RightsLevel, SqlServerEngine};
use crate::engine::{ColumnValues, Engine, EngineError};
use crate::model::schema::VALUE_COLUMNS;
use crate::schema::Report;
use crate::session::scene::rights_beyond_reading;
use crate::session::{
    Connected, DataSource, Link, News, Scene, ServerScene, SyncNews, Values, Wish, today_in_colombia,
};
use crate::snapshot::{self, Brought, Order, SnapshotError, Work};

/// Looks after one profile's connection.
pub(super) struct Attendant {
    source: Arc<ServerData>,
    news: UnboundedSender<News>,
    wishes: UnboundedReceiver<Wish>,
    scene: ServerScene,
    tries_left: usize,
    /// Wishes that need a connection, kept until there is one.
    later: Vec<Wish>,
    sync: Option<Sync>,
}

/// Why the attendant leaves a state.
enum Leave {
    /// To connect (again), with a password just typed, if one was.
    Connect,
    /// The session is over.
    Over,
}

impl Attendant {
    pub(super) fn new(
        source: Arc<ServerData>,
        news: UnboundedSender<News>,
        wishes: UnboundedReceiver<Wish>,
    ) -> Attendant {
        let values = values_of(source.stored().as_ref());
        let scene = ServerScene::new(&source.name, &source.profile, values);
        Attendant { source, news, wishes, scene, tries_left: TRIES, later: Vec::new(), sync: None }
    }

    /// Works until the session is over.
    pub(super) async fn work(mut self) {
        loop {
            let leave = match self.connect().await {
                Some(engine) => self.keep(engine).await,
                None => self.wait().await,
            };
            match leave {
                Leave::Connect => {}
                Leave::Over => return,
            }
        }
    }

    fn tell(&self, news: News) {
        // A session that is gone needs no telling.
        let _ = self.news.send(news);
    }

    fn link(&mut self, link: Link) {
        self.scene.link = link;
        self.show();
    }

    fn show(&self) {
        self.tell(News::Scene(Scene::Server(Arc::new(self.scene.clone()))));
    }

    /// Connects and judges what is there. The engine, if queries may run on it.
    async fn connect(&mut self) -> Option<SqlServerEngine> {
        self.source.phases.set(Phase::Coming);
        self.link(Link::Connecting);
        let password = match self.password().await {
            Ok(password) => password,
            Err(error) => return self.down(error),
        };
        let typed = password.is_some();
        let settings = server_settings(&self.source.profile, password, &self.source.limits);
        let engine = SqlServerEngine::new(settings);
        match engine.inspect().await {
            Ok(inspection) => {
                self.tries_left = TRIES;
                self.take_up_wishes();
                self.judge(engine, inspection)
            }
            Err(error) if typed && is_wrong_password(&error) => self.wrong_password(error),
            Err(error) => self.down(error),
        }
    }

    /// Wishes to connect that were made while it was being done are fulfilled; the others
    /// are taken up now.
    fn take_up_wishes(&mut self) {
        while let Ok(wish) = self.wishes.try_recv() {
            if !matches!(wish, Wish::Reconnect | Wish::Lost(_)) {
                self.later.push(wish);
            }
        }
        for wish in std::mem::take(&mut self.later) {
            self.source.wish(wish);
        }
    }

    /// The login's password, from wherever it is; `None` where the login needs none.
    async fn password(&mut self) -> Result<Option<SecretString>, EngineError> {
        if self.source.profile.login == Login::Integrated {
            return Ok(None);
        }
        loop {
            let source = Arc::clone(&self.source);
            let found = tokio::task::spawn_blocking(move || source.credentials.find(&source.secret())).await;
            match found {
                Ok(Ok(Some(found))) => return Ok(Some(found.secret)),
                Ok(Ok(None)) => self.ask_for_password(None).await?,
                Ok(Err(error)) => return Err(EngineError::Credential(Box::new(error))),
                Err(error) => return Err(EngineError::Internal { detail: error.to_string() }),
            }
        }
    }

    /// Waits until the person typed a password, which is then remembered.
    async fn ask_for_password(&mut self, refused: Option<EngineError>) -> Result<(), EngineError> {
        let missing =
            || EngineError::Credential(Box::new(CredentialError::Missing { name: self.source.secret() }));
        let otherwise = refused.clone().unwrap_or_else(missing);
        self.link(Link::NeedsPassword { tries_left: self.tries_left, refused });
        loop {
            match self.wishes.recv().await {
                Some(Wish::Password(Some(secret))) => {
                    self.source.credentials.remember(&self.source.secret(), secret);
                    self.link(Link::Connecting);
                    return Ok(());
                }
                Some(Wish::Password(None)) | None => return Err(otherwise),
                Some(wish @ (Wish::Sync(_) | Wish::RefreshValues)) => self.later.push(wish),
                Some(_) => {}
            }
        }
    }

    fn wrong_password(&mut self, error: EngineError) -> Option<SqlServerEngine> {
        self.source.credentials.forget(&self.source.secret());
        self.tries_left = self.tries_left.saturating_sub(1);
        self.audit_failure(&error);
        if self.tries_left == 0 {
            // Servers lock accounts: it is left at that until the person asks to connect again.
            self.tries_left = TRIES;
            return self.down(error);
        }
        self.scene.link = Link::NeedsPassword { tries_left: self.tries_left, refused: Some(error) };
        self.show();
        None
    }

    fn down(&mut self, error: EngineError) -> Option<SqlServerEngine> {
        self.audit_failure(&error);
        self.give_up(error);
        None
    }

    /// Without a connection: whoever waits for it learns why there is none.
    fn give_up(&mut self, error: EngineError) {
        let wanted_sync = |wish: &Wish| matches!(wish, Wish::Sync(_));
        if std::mem::take(&mut self.later).iter().any(wanted_sync) {
            self.tell(News::Sync(SyncNews::Over(Err(error.clone().into()))));
        }
        // A login that was refused is not tried again by the next question: servers lock accounts.
        let phase = if is_refused_login(&error) { Phase::Refused } else { Phase::Down };
        self.source.phases.set(phase(error.clone()));
        self.link(Link::Down(error));
    }

    fn audit_failure(&self, error: &EngineError) {
        let ServerScene { profile, server, .. } = &self.scene;
        self.tell(News::Audit(AuditEvent::ConnectionFailed {
            profile: profile.as_str().to_string(),
            server: server.clone(),
            error: error.to_string(),
        }));
    }

    fn judge(&mut self, engine: SqlServerEngine, inspection: Inspection) -> Option<SqlServerEngine> {
        let profile = &self.source.profile;
        let schema =
            Report::of(&inspection.columns, &inspection.indexes, |column| profile.real_column(column));
        let rights = inspection.rights.level;
        let beyond = rights_beyond_reading(&inspection);
        let refused = rights == RightsLevel::CanChange && !profile.allow_privileged_login;
        self.tell(News::Audit(AuditEvent::ConnectionOpened {
            profile: self.scene.profile.as_str().to_string(),
            server: self.scene.server.clone(),
            database: inspection.database.clone(),
            login: self.scene.user.clone(),
            tls: inspection.tls.protocol.clone(),
            certificate_checked: inspection.tls.trust != crate::engine::sqlserver::TrustedBy::Nothing,
            rights: match rights {
                RightsLevel::ReadOnly => "read_only",
                RightsLevel::SeesMore => "sees_more",
                RightsLevel::CanChange => "can_change",
            }
            .to_string(),
            allowed: !refused,
        }));
        let connected = Arc::new(Connected { at: Utc::now(), inspection, schema });
        if refused {
            let error = EngineError::Privileged { rights: beyond };
            self.give_up(error.clone());
            self.source.phases.set(Phase::Refused(error));
            self.link(Link::Refused(connected));
            return None;
        }
        self.source.phases.set(Phase::Up(engine.clone()));
        if self.values_are_stale() {
            // Said together with the connection: who waits for values must not go on without.
            let older = self.source.stored().map(|stored| stored.fetched_at);
            self.scene.values = Values::Loading { done: 0, of: VALUE_COLUMNS.len(), older };
        }
        self.link(Link::Up(connected));
        Some(engine)
    }

    /// The connection is up: fetches values where they are missing or old, and does what is asked.
    async fn keep(&mut self, engine: SqlServerEngine) -> Leave {
        let mut fetch = self.values_are_stale();
        loop {
            if std::mem::take(&mut fetch)
                && let Some(leave) = self.fetch(&engine).await
            {
                return leave;
            }
            match self.wishes.recv().await {
                None => return Leave::Over,
                Some(Wish::Reconnect) => return Leave::Connect,
                Some(Wish::RefreshValues) => fetch = true,
                Some(Wish::Sync(order)) => self.start_sync(&engine, order),
                Some(Wish::StopSync) => self.sync = None,
                Some(Wish::Lost(error)) => {
                    self.down(error);
                    return self.wait().await;
                }
                Some(Wish::Password(_)) => {}
            }
        }
    }

    fn values_are_stale(&self) -> bool {
        let stale = |stored: StoredValues| stored.is_older_than(self.shelf_life());
        self.source.fetches_values && self.source.stored().is_none_or(stale)
    }

    fn shelf_life(&self) -> chrono::TimeDelta {
        let hours = i64::try_from(self.source.profile.cache.values_hours).unwrap_or(i64::MAX / 3_600_000);
        chrono::TimeDelta::try_hours(hours).unwrap_or(chrono::TimeDelta::MAX)
    }

    /// There is no connection: waits until one is wanted.
    async fn wait(&mut self) -> Leave {
        loop {
            match self.wishes.recv().await {
                None => return Leave::Over,
                Some(Wish::Reconnect) => return Leave::Connect,
                Some(wish @ (Wish::RefreshValues | Wish::Sync(_))) => {
                    self.later.push(wish);
                    return Leave::Connect;
                }
                Some(Wish::Password(Some(secret))) => {
                    self.source.credentials.remember(&self.source.secret(), secret);
                    return Leave::Connect;
                }
                Some(Wish::Password(None)) => {
                    if let Link::NeedsPassword { refused: Some(error), .. } = &self.scene.link {
                        let error = error.clone();
                        self.give_up(error);
                    }
                }
                Some(Wish::Lost(_) | Wish::StopSync) => {}
            }
        }
    }

    /// Fetches the values of every column. What is asked meanwhile may end it.
    async fn fetch(&mut self, engine: &SqlServerEngine) -> Option<Leave> {
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
                fetched = engine.column_values(column, most) => fetched,
                leave = self.leave_meanwhile(engine) => return Some(leave),
            };
            match fetched {
                Ok(fetched) => {
                    if fetched.more {
                        cut.push(column.to_string());
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
    async fn fetch_failed(
        &mut self,
        error: EngineError,
        older: Option<chrono::DateTime<Utc>>,
    ) -> Option<Leave> {
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
    fn columns_there(&self) -> Vec<&'static str> {
        let there = self.scene.connected().map(|connected| connected.inspection.columns.as_slice());
        let has = |column: &&'static str| {
            let real = self.source.profile.real_column(column);
            there.is_none_or(|there| there.iter().any(|found| found.name.eq_ignore_ascii_case(real)))
        };
        VALUE_COLUMNS.into_iter().filter(has).collect()
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

/// Work on the copy that runs beside everything else; dropping it stops it.
struct Sync {
    cancel: CancellationToken,
}

impl Drop for Sync {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

impl Attendant {
    fn start_sync(&mut self, engine: &SqlServerEngine, order: Order) {
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

/// Whether only the person, or a DBA, can change what the server said to the login.
fn is_refused_login(error: &EngineError) -> bool {
    use FaultKind as K;
    let EngineError::Server(fault) = error else { return false };
    matches!(fault.kind, K::WrongPassword | K::Locked | K::PasswordExpired | K::LoginPaused)
}

fn is_wrong_password(error: &EngineError) -> bool {
    matches!(error, EngineError::Server(fault) if fault.kind == FaultKind::WrongPassword)
}
