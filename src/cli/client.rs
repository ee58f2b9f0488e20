//! A session seen from a script: one request, one answer.

use std::io::IsTerminal;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use secrecy::SecretString;

use super::output;
use crate::audit::Decider;
use crate::chart::Chart;
use crate::config::{Paths, Settings};
use crate::credentials::SecretName;
use crate::engine::{self, EngineError, EngineKind};
use crate::frame::Frame;
use crate::guard::Refusal;
use crate::i18n::{Lang, plural, text};
use crate::insight::Insight;
use crate::llm::comment::Comment;
use crate::llm::dialogue::Trace;
use crate::session::{
    Assist, Command, Context, DataSource, Event, Link, Mark, NotPlanned, NotRun, Proposal, QuestionId,
    RunEnd, Scene, ServerScene, Session, SessionOptions, SyncNews, Values, Wish, start,
};
use crate::snapshot::{Brought, Order, Progress, SnapshotError};

/// What became of a question or of T-SQL.
pub enum Answer {
    /// Something to approve.
    Proposed(Proposal),
    /// No plan, and how a model was asked that did not help either.
    NotPlanned(NotPlanned, Option<Arc<Trace>>),
    /// The guard refused.
    Refused(Refusal),
    /// There is no data.
    Unavailable(EngineError),
    /// The person stopped waiting.
    Interrupted,
    /// The session is over.
    Closed,
}

/// What the session says, or what happens instead.
enum Heard {
    Event(Box<Event>),
    Interrupted,
    Over,
}

/// What became of an approved query.
pub enum Ran {
    /// It ran, or failed on the way.
    Ended(Box<Outcome>),
    /// It did not start.
    Not(NotRun),
    /// The session is over.
    Closed,
}

/// The end of a run.
pub struct Outcome {
    pub end: RunEnd,
    pub engine: EngineKind,
    pub frame: Frame,
    pub chart: Option<Chart>,
    pub insights: Vec<Insight>,
    pub elapsed: Duration,
    /// When it was fetched, if it is given again.
    pub kept_since: Option<DateTime<Utc>>,
}

/// A session and its next question's number.
pub struct Client {
    session: Session,
    lang: Lang,
    next: u64,
    said: Vec<Mark>,
    interrupted: bool,
}

impl Client {
    /// Starts a session over `source`.
    pub fn start(
        source: Arc<dyn DataSource>,
        settings: &Settings,
        paths: &Paths,
        today: Option<chrono::NaiveDate>,
        decider: Decider,
        lang: Lang,
        assist: Assist,
    ) -> Client {
        let options = SessionOptions {
            today,
            decider,
            front_end: "cli",
            limits: settings.limits.limits(),
            waits_for_values: true,
            sources: None,
            on_audit_failure: settings.audit.on_failure,
            audit: paths.audit(),
            history: paths.history(),
            assist,
        };
        Client { session: start(source, options), lang, next: 1, said: Vec::new(), interrupted: false }
    }

    fn send(&self, command: Command) {
        // A closed session shows as `Closed` when its answer is awaited.
        let _ = self.session.commands.send(command);
    }

    fn number(&mut self) -> QuestionId {
        let id = QuestionId(self.next);
        self.next += 1;
        id
    }

    /// Asks a question, with the turns before it.
    pub async fn ask(&mut self, question: &str, context: Vec<String>) -> Answer {
        let id = self.number();
        let context = Context::Turns(context);
        self.send(Command::Ask { id, text: question.to_string(), lang: self.lang, context });
        self.answer_to(id).await
    }

    /// Waits until the profile's connection is made, refused or not to be had.
    pub async fn connect(&mut self) -> Option<Arc<ServerScene>> {
        loop {
            let Heard::Event(event) = self.hear().await else { return None };
            match *event {
                Event::Scene(Scene::Server(scene)) => {
                    self.follow_scene(&scene).await;
                    if matches!(scene.link, Link::Up(_) | Link::Refused(_) | Link::Down(_) | Link::Copy(_)) {
                        return Some(scene);
                    }
                }
                other => self.follow(other).await,
            }
        }
    }

    /// Has the values fetched anew; the scene they are held in, or in which there is no connection.
    pub async fn refresh_values(&mut self) -> Option<Arc<ServerScene>> {
        self.send(Command::Wish(Wish::RefreshValues));
        let mut loading = false;
        loop {
            let Heard::Event(event) = self.hear().await else { return None };
            match *event {
                Event::Scene(Scene::Server(scene)) => {
                    self.follow_scene(&scene).await;
                    loading |= matches!(scene.values, Values::Loading { .. });
                    let over = matches!(scene.link, Link::Down(_) | Link::Refused(_));
                    if over || (loading && !matches!(scene.values, Values::Loading { .. })) {
                        return Some(scene);
                    }
                }
                other => self.follow(other).await,
            }
        }
    }

    /// Brings the local copy up to date; Ctrl-C stops it and keeps what has arrived.
    pub async fn sync(
        &mut self,
        order: Order,
        tell: &dyn Fn(Progress),
    ) -> Option<Result<Brought, SnapshotError>> {
        self.send(Command::Wish(Wish::Sync(order)));
        loop {
            let event = match self.hear().await {
                Heard::Event(event) => *event,
                Heard::Interrupted => {
                    self.send(Command::Wish(Wish::StopSync));
                    continue;
                }
                Heard::Over => return None,
            };
            match event {
                Event::Sync(SyncNews::At(progress)) => tell(progress),
                Event::Sync(SyncNews::Over(brought)) => return Some(brought),
                other => self.follow(other).await,
            }
        }
    }

    /// Has T-SQL judged.
    pub async fn propose_sql(&mut self, sql: &str) -> Answer {
        let id = self.number();
        self.send(Command::ProposeSql { id, sql: sql.to_string(), lang: self.lang });
        self.answer_to(id).await
    }

    /// The next event; Ctrl-C counts as one, so that the session always ends in order.
    async fn hear(&mut self) -> Heard {
        tokio::select! {
            event = self.session.events.recv() => event.map_or(Heard::Over, |event| Heard::Event(Box::new(event))),
            _ = tokio::signal::ctrl_c() => Heard::Interrupted,
        }
    }

    /// Waits for the answer. Ctrl-C stops a model that is being asked, which still gives an
    /// answer, and otherwise ends the waiting.
    async fn answer_to(&mut self, wanted: QuestionId) -> Answer {
        let mut asks_model = false;
        loop {
            let event = match self.hear().await {
                Heard::Event(event) => *event,
                Heard::Interrupted => {
                    self.send(Command::Cancel { id: wanted });
                    if !asks_model || self.interrupted {
                        return Answer::Interrupted;
                    }
                    self.interrupted = true;
                    continue;
                }
                Heard::Over => return Answer::Closed,
            };
            match event {
                Event::Proposed(proposal) if proposal.id == wanted => return Answer::Proposed(proposal),
                Event::NotPlanned { id, why, model, .. } if id == wanted => {
                    return Answer::NotPlanned(why, model);
                }
                Event::SqlRefused { id, refusal } if id == wanted => return Answer::Refused(refusal),
                Event::Unavailable { error } => return Answer::Unavailable(error),
                other => {
                    asks_model |= matches!(&other, Event::Asking { id, .. } if *id == wanted);
                    self.follow(other).await;
                }
            }
        }
    }

    /// Whether the person has stopped a question.
    pub fn was_interrupted(&self) -> bool {
        self.interrupted
    }

    /// Has a model comment on a result. The consent that it needs is asked for at the terminal.
    pub async fn comment(&mut self, proposal: &Proposal) -> Option<Arc<Comment>> {
        let (id, lang) = (proposal.id, self.lang);
        self.send(Command::Comment { id, lang });
        loop {
            let event = match self.hear().await {
                Heard::Event(event) => *event,
                Heard::Interrupted => {
                    self.send(Command::Cancel { id });
                    continue;
                }
                Heard::Over => return None,
            };
            match event {
                Event::Commented { id: of, comment } if of == id => return Some(comment),
                Event::ConsentWanted { id: of, recipients, prompt, hidden } if of == id => {
                    if !super::models::consents(&recipients, &prompt, hidden, lang) {
                        return None;
                    }
                    let providers = recipients.iter().map(|to| to.provider).collect();
                    self.send(Command::Consent { providers, lang });
                    self.send(Command::Comment { id, lang });
                }
                Event::Notice { text, failure } => {
                    output::narrate(text.as_str());
                    if failure {
                        return None;
                    }
                }
                other => self.follow(other).await,
            }
        }
    }

    /// Approves a proposal as it was shown, and waits for the end of its run. Ctrl-C cancels it.
    pub async fn run(&mut self, proposal: &Proposal) -> Ran {
        let wanted = proposal.id;
        self.send(Command::Approve { id: wanted, shown_sha256: proposal.sha256.clone() });
        let mut engine = EngineKind::Embedded;
        loop {
            let event = match self.hear().await {
                Heard::Event(event) => Some(*event),
                Heard::Interrupted => {
                    self.send(Command::Cancel { id: wanted });
                    continue;
                }
                Heard::Over => None,
            };
            match event {
                None => return Ran::Closed,
                Some(Event::RunStarted { id, engine: kind }) if id == wanted => engine = kind,
                Some(Event::NotRun { id, why }) if id == wanted => return Ran::Not(why),
                Some(Event::RunEnded { id, end, frame, chart, insights, elapsed, kept_since })
                    if id == wanted =>
                {
                    let outcome = Outcome { end, engine, frame, chart, insights, elapsed, kept_since };
                    return Ran::Ended(Box::new(outcome));
                }
                Some(other) => self.follow(other).await,
            }
        }
    }

    /// Says that a proposal will not run.
    pub fn reject(&self, proposal: &Proposal) {
        self.send(Command::Reject { id: proposal.id });
    }

    /// What is neither the answer nor the end: tells it, and gives what is asked for.
    async fn follow(&mut self, event: Event) {
        match event {
            Event::Preparing { done } => output::progress(text(self.lang, "cli.preparing"), done),
            Event::Notice { text, .. } => output::narrate(text.as_str()),
            Event::Asking { progress, .. } => super::models::follow(&progress, self.lang),
            Event::Scene(Scene::Server(scene)) => self.follow_scene(&scene).await,
            _ => {}
        }
    }

    async fn follow_scene(&mut self, scene: &ServerScene) {
        for mark in scene.marks() {
            if !self.said.contains(&mark) {
                self.said.push(mark);
                output::narrate(&format!("{}: {}", mark.label(self.lang), scene.sentence(mark, self.lang)));
            }
        }
        if let Values::Loading { done, of, .. } = scene.values
            && of > 0
        {
            let label = text(self.lang, "cli.loading_values");
            output::progress(label, (done + 1) as f32 / of as f32);
        }
        if let Link::NeedsPassword { tries_left, refused } = &scene.link {
            let secret = self.password(scene, *tries_left, refused.as_ref()).await;
            self.send(Command::Wish(Wish::Password(secret)));
        }
    }

    /// Asks the person at the terminal for the login's password; none where nobody is there.
    async fn password(
        &self,
        scene: &ServerScene,
        tries_left: usize,
        refused: Option<&EngineError>,
    ) -> Option<SecretString> {
        if !std::io::stdin().is_terminal() {
            return None;
        }
        if let Some(error) = refused {
            output::narrate(engine::sentence(error, self.lang).as_str());
            let left = tries_left.to_string();
            output::narrate(&plural(self.lang, "cli.tries_left", tries_left as u64, &left, &[]));
        }
        let name = SecretName::SqlServer(scene.profile.as_str().to_string());
        let lang = self.lang;
        let typed = tokio::task::spawn_blocking(move || super::credentials::prompt(&name, lang)).await;
        typed.ok()?.ok()
    }

    /// Ends the session and waits until its log is closed.
    pub async fn quit(self) {
        let _ = self.session.commands.send(Command::Quit);
        drop(self.session.events);
        if let Err(error) = self.session.task.await {
            tracing::error!("the session failed: {error}");
        }
    }
}
