//! `depotru` without a command: the console.

use std::time::Duration;

use super::*;
use crate::audit::Decider;
use crate::memory::History;
use crate::session::{SessionOptions, start, today_in_colombia};
use crate::tui::{self, ThemeChoice, TuiOptions};

/// Past questions offered in the question box.
const PAST_QUESTIONS: usize = 500;
/// How long the session may take to cancel what runs and close its log.
const PATIENCE: Duration = Duration::from_secs(3);

/// Shows the console until the person leaves it.
pub async fn run(env: &Env) -> Exit {
    let source = match env.data_source() {
        Ok(source) => source,
        Err(exit) => return exit,
    };
    let options = SessionOptions {
        today: None,
        decider: Decider::Person,
        front_end: "console",
        limits: env.settings.limits.limits(),
        on_audit_failure: env.settings.audit.on_failure,
        audit: env.paths.audit(),
        history: env.paths.history(),
    };
    let session = start(source, options);
    let shown = tui::run(session.commands, session.events, tui_options(env)).await;
    // Work that does not heed its cancel token must not hold the program's end.
    let _ = tokio::time::timeout(PATIENCE, session.task).await;
    match shown {
        Ok(()) => Exit::Done,
        Err(error) => {
            narrate(&error.sentence(env.lang));
            Exit::Failure
        }
    }
}

fn tui_options(env: &Env) -> TuiOptions {
    // The history is a convenience: without it the console works all the same.
    let past = History::at(env.paths.history()).latest(PAST_QUESTIONS).unwrap_or_default();
    TuiOptions {
        lang: env.lang,
        theme: theme(&env.settings.theme),
        history: past.into_iter().map(|past| past.question).collect(),
        today: today_in_colombia(),
        version: env!("CARGO_PKG_VERSION").to_string(),
        profile: LOCAL_PROFILE.to_string(),
    }
}

/// The shipped theme of that name, or the dark one.
fn theme(name: &str) -> ThemeChoice {
    match name {
        "light" => ThemeChoice::Light,
        "mono" => ThemeChoice::Mono,
        _ => ThemeChoice::Dark,
    }
}
