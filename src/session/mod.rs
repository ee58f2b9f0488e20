//! The session: what both front ends speak to.
//!
//! Enters: [`Command`]s. Leaves: [`Event`]s. Owns the planner, the guard's policy, the
//! engine, memory and the audit log, and runs the work as tokio tasks. May not touch: drawing.

mod actor;
mod approval;
mod approvals;
mod assist;
mod comment;
mod copy;
mod local;
mod mark;
mod model;
mod pairs;
mod protocol;
mod question;
mod record;
mod run;
mod said;
mod scene;
mod server;
mod source;
mod sources;
mod steps;
mod suggest;
mod tend;
mod trial;

use std::path::PathBuf;
use std::sync::Arc;

use chrono::{FixedOffset, NaiveDate, Utc};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;

pub use approval::Approved;
pub use assist::{Assist, Mode};
pub use local::LocalData;
pub use protocol::*;
pub use scene::{Connected, Copy, Link, Mark, Scene, ServerScene, Values};
pub use server::{ServerData, identity};
pub use source::{DataSource, Keeping, News, Prepared, SyncNews, Terms, Wish};
pub use sources::{Choice, Sources};
pub use steps::{Step, StepEnd, steps};
pub use trial::KeepSecret;

use crate::audit::Decider;
use crate::config::AuditFailure;
use crate::engine::Limits;

/// How a session behaves.
#[derive(Debug, Clone)]
pub struct SessionOptions {
    /// The day that "today" means; `None`: the day it is in Colombia.
    pub today: Option<NaiveDate>,
    /// Who stands behind [`Command::Approve`].
    pub decider: Decider,
    /// `console` or `cli`, for the audit log.
    pub front_end: &'static str,
    /// Limits of every run.
    pub limits: Limits,
    /// Whether a question waits until the source's values are there or will not come: a
    /// script has no second chance to ask it.
    pub waits_for_values: bool,
    /// Other data that may be chosen while the session runs.
    pub sources: Option<Arc<Sources>>,
    /// What happens when an approval cannot be recorded.
    pub on_audit_failure: AuditFailure,
    /// The folder of the audit log.
    pub audit: PathBuf,
    /// The file of past questions.
    pub history: PathBuf,
    /// What helps where the planner passes.
    pub assist: Assist,
}

/// A running session.
pub struct Session {
    /// Where commands go.
    pub commands: UnboundedSender<Command>,
    /// Where events come from; closes when the session is over.
    pub events: UnboundedReceiver<Event>,
    /// Ends when the session is over: after [`Command::Quit`], or when `commands` is dropped.
    pub task: JoinHandle<()>,
}

/// Starts a session on the current tokio runtime; its data is prepared in the background.
pub fn start(source: Arc<dyn DataSource>, options: SessionOptions) -> Session {
    let (commands, inbox) = unbounded_channel();
    let (outbox, events) = unbounded_channel();
    let task = tokio::spawn(actor::Actor::new(source, options, outbox).work(inbox));
    Session { commands, events, task }
}

/// The day it is in Colombia, which keeps UTC−5 all year.
pub fn today_in_colombia() -> NaiveDate {
    let now = Utc::now();
    FixedOffset::west_opt(5 * 3600).map_or(now.date_naive(), |zone| now.with_timezone(&zone).date_naive())
}

#[cfg(test)]
mod tests;
