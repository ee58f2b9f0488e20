//! The console: state, `update(message) -> effects`, and drawing as a pure function of state.
//!
//! Enters: session events and keys. Leaves: session commands and cells on the screen.
//! May not touch: engines, models, the guard's judgement, files.
//!
//! ```text
//! keys, pastes, sizes ─┐                        ┌─► commands to the session
//! session events ──────┼─► update ─► App ───────┼─► work (sorting, searching) off this thread
//! time ────────────────┘              │         └─► clipboard, suspend, quit
//!                                     └─► view ─► cells
//! ```

mod app;
mod capabilities;
mod error;
mod event_loop;
mod headless;
mod highlight;
mod keymap;
mod keys;
mod signals;
mod sql;
mod terminal;
mod text;
mod theme;
mod update;
mod view;

use std::time::Instant;

use chrono::{DateTime, NaiveDate, Utc};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

pub use capabilities::{Capabilities, ColorDepth};
pub use error::TuiError;
pub use headless::Headless;
pub use theme::{Styles, Theme, ThemeChoice, ThemeError, ThemeProblem};

use crate::config::ProfileName;
use crate::i18n::Lang;
use crate::session::{Command, Event};

/// How the console starts.
#[derive(Debug, Clone)]
pub struct TuiOptions {
    /// The language of the screen.
    pub lang: Lang,
    /// The theme.
    pub theme: ThemeChoice,
    /// Past questions, the oldest first.
    pub history: Vec<String>,
    /// The day it is, for the age of the data.
    pub today: NaiveDate,
    /// The program's version.
    pub version: String,
    /// The name of the profile in use.
    pub profile: String,
    /// The profiles in the settings, in order.
    pub profiles: Vec<ProfileName>,
    /// Days that bringing in a copy fetches anew.
    pub refresh_days: u32,
    /// The moment it is, for ages.
    pub now: DateTime<Utc>,
    /// Whether the form for a new connection is open at the start.
    pub asks_for_connection: bool,
    /// Something to say at the start.
    pub notice: Option<String>,
}

/// Shows the console until the person quits, the terminal goes away or a signal ends it.
/// The terminal is given back in every case; [`Command::Quit`] has been sent then.
///
/// # Errors
/// No terminal, one that cannot show a screen, or one that fails; the session's end.
pub async fn run(
    commands: UnboundedSender<Command>,
    events: UnboundedReceiver<Event>,
    options: TuiOptions,
) -> Result<(), TuiError> {
    let capabilities = Capabilities::from_env(|name| std::env::var(name).ok());
    let screen = terminal::Screen::open(options.lang)?;
    let app = app::App::new(options, capabilities, screen.size()?, Instant::now());
    event_loop::Loop { app, screen, commands, events }.run().await
}

#[cfg(test)]
mod tests;
