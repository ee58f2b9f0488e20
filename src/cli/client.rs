//! A session seen from a script: one request, one answer.

use std::sync::Arc;
use std::time::Duration;

use super::output;
use crate::audit::Decider;
use crate::chart::Chart;
use crate::config::{Paths, Settings};
use crate::engine::{EngineError, EngineKind};
use crate::frame::Frame;
use crate::guard::Refusal;
use crate::i18n::{Lang, text};
use crate::insight::Insight;
use crate::session::{
    Command, Context, DataSource, Event, NotPlanned, NotRun, Proposal, QuestionId, RunEnd, Session,
    SessionOptions, start,
};

/// What became of a question or of T-SQL.
pub enum Answer {
    /// Something to approve.
    Proposed(Proposal),
    /// No plan.
    NotPlanned(NotPlanned),
    /// The guard refused.
    Refused(Refusal),
    /// There is no data.
    Unavailable(EngineError),
    /// The session is over.
    Closed,
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
}

/// A session and its next question's number.
pub struct Client {
    session: Session,
    lang: Lang,
    next: u64,
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
    ) -> Client {
        let options = SessionOptions {
            today,
            decider,
            front_end: "cli",
            limits: settings.limits.limits(),
            on_audit_failure: settings.audit.on_failure,
            audit: paths.audit(),
            history: paths.history(),
        };
        Client { session: start(source, options), lang, next: 1 }
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

    /// Has T-SQL judged.
    pub async fn propose_sql(&mut self, sql: &str) -> Answer {
        let id = self.number();
        self.send(Command::ProposeSql { id, sql: sql.to_string(), lang: self.lang });
        self.answer_to(id).await
    }

    async fn answer_to(&mut self, wanted: QuestionId) -> Answer {
        while let Some(event) = self.session.events.recv().await {
            match event {
                Event::Proposed(proposal) if proposal.id == wanted => return Answer::Proposed(proposal),
                Event::NotPlanned { id, why, .. } if id == wanted => return Answer::NotPlanned(why),
                Event::SqlRefused { id, refusal } if id == wanted => return Answer::Refused(refusal),
                Event::Unavailable { error } => return Answer::Unavailable(error),
                other => self.narrate(other),
            }
        }
        Answer::Closed
    }

    /// Approves a proposal as it was shown, and waits for the end of its run. Ctrl-C cancels it.
    pub async fn run(&mut self, proposal: &Proposal) -> Ran {
        let wanted = proposal.id;
        self.send(Command::Approve { id: wanted, shown_sha256: proposal.sha256.clone() });
        let mut engine = EngineKind::Embedded;
        loop {
            let event = tokio::select! {
                event = self.session.events.recv() => event,
                _ = tokio::signal::ctrl_c() => {
                    self.send(Command::Cancel { id: wanted });
                    continue;
                }
            };
            match event {
                None => return Ran::Closed,
                Some(Event::RunStarted { id, engine: kind }) if id == wanted => engine = kind,
                Some(Event::NotRun { id, why }) if id == wanted => return Ran::Not(why),
                Some(Event::RunEnded { id, end, frame, chart, insights, elapsed }) if id == wanted => {
                    return Ran::Ended(Box::new(Outcome { end, engine, frame, chart, insights, elapsed }));
                }
                Some(other) => self.narrate(other),
            }
        }
    }

    /// Says that a proposal will not run.
    pub fn reject(&self, proposal: &Proposal) {
        self.send(Command::Reject { id: proposal.id });
    }

    fn narrate(&self, event: Event) {
        match event {
            Event::Preparing { done } => output::progress(text(self.lang, "cli.preparing"), done),
            Event::Notice { text, .. } => output::narrate(text.as_str()),
            _ => {}
        }
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
