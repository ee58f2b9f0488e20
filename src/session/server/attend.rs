//! The life of a profile's connection: made, judged, lost, made again; values fetched.

use std::sync::Arc;

use chrono::Utc;
use secrecy::SecretString;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

use super::phase::Phase;
use super::sync::Sync;
use super::{ServerData, server_settings, values_of};
use crate::audit::AuditEvent;
use crate::config::Login;
use crate::credentials::{CredentialError, TRIES};
use crate::engine::EngineError;
use crate::engine::sqlserver::{FaultKind, Inspection, RightsLevel, SqlServerEngine};
use crate::schema::Report;
use crate::session::scene::rights_beyond_reading;
use crate::session::{Connected, DataSource, Link, News, Scene, ServerScene, SyncNews, Values, Wish};

/// Looks after one profile's connection.
pub(super) struct Attendant {
    pub(super) source: Arc<ServerData>,
    pub(super) news: UnboundedSender<News>,
    pub(super) wishes: UnboundedReceiver<Wish>,
    pub(super) scene: ServerScene,
    tries_left: usize,
    /// Wishes that need a connection, kept until there is one.
    later: Vec<Wish>,
    pub(super) sync: Option<Sync>,
}

/// Why the attendant leaves a state.
pub(super) enum Leave {
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

    pub(super) fn tell(&self, news: News) {
        // A session that is gone needs no telling.
        let _ = self.news.send(news);
    }

    fn link(&mut self, link: Link) {
        self.scene.link = link;
        self.show();
    }

    pub(super) fn show(&self) {
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

    pub(super) fn down(&mut self, error: EngineError) -> Option<SqlServerEngine> {
        self.audit_failure(&error);
        self.lose(error);
        None
    }

    fn lose(&mut self, error: EngineError) {
        // A login that was refused is not tried again by the next question: servers lock accounts.
        let phase = if is_refused_login(&error) { Phase::Refused } else { Phase::Down };
        self.give_up(error.clone(), phase, Link::Down(error));
    }

    /// Without a connection: whoever waits for it learns why there is none.
    fn give_up(&mut self, error: EngineError, phase: fn(EngineError) -> Phase, link: Link) {
        let wanted_sync = |wish: &Wish| matches!(wish, Wish::Sync(_));
        if std::mem::take(&mut self.later).iter().any(wanted_sync) {
            self.tell(News::Sync(SyncNews::Over(Err(error.clone().into()))));
        }
        self.source.phases.set(phase(error));
        self.link(link);
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
        let schema = Report::of(
            &inspection.columns,
            &inspection.indexes,
            |column| profile.real_column(column),
            profile.own_dimensions(),
        );
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
            self.give_up(error, Phase::Refused, Link::Refused(connected));
            return None;
        }
        self.source.phases.set(Phase::Up(engine.clone()));
        if self.values_are_stale() {
            // Said together with the connection: who waits for values must not go on without.
            let older = self.source.stored().map(|stored| stored.fetched_at);
            self.scene.values =
                Values::Loading { done: 0, of: self.source.model.value_columns().count(), older };
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

    /// There is no connection: waits until one is wanted.
    pub(super) async fn wait(&mut self) -> Leave {
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
                        self.lose(error);
                    }
                }
                Some(Wish::Lost(_) | Wish::StopSync) => {}
            }
        }
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
