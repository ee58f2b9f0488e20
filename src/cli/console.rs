//! `depotru` without a command: the console.

use std::time::Duration;

use super::*;
use crate::audit::Decider;
use crate::memory::History;
use crate::session::{SessionOptions, start, today_in_colombia};
use crate::tui::{self, Theme, ThemeChoice, TuiOptions};

/// Past questions offered in the question box.
const PAST_QUESTIONS: usize = 500;
/// How long the session may take to cancel what runs and close its log.
const PATIENCE: Duration = Duration::from_secs(3);

/// Shows the console until the person leaves it.
pub async fn run(env: &Env, asks_for_connection: bool) -> Exit {
    let source = env.data_source();
    let options = SessionOptions {
        today: None,
        decider: Decider::Person,
        front_end: "console",
        limits: env.settings.limits.limits(),
        waits_for_values: false,
        sources: Some(env.sources()),
        on_audit_failure: env.settings.audit.on_failure,
        audit: env.paths.audit(),
        history: env.paths.history(),
        assist: env.assist(None),
    };
    let theme = match theme(env) {
        Ok(theme) => theme,
        Err(exit) => return exit,
    };
    let session = start(source, options);
    let shown =
        tui::run(session.commands, session.events, tui_options(env, theme, asks_for_connection)).await;
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

fn tui_options(env: &Env, theme: ThemeChoice, asks_for_connection: bool) -> TuiOptions {
    // The history is a convenience: without it the console works all the same.
    let past = History::at(env.paths.history()).latest(PAST_QUESTIONS).unwrap_or_default();
    TuiOptions {
        lang: env.lang,
        theme,
        history: past.into_iter().map(|past| past.question).collect(),
        today: today_in_colombia(),
        version: env!("CARGO_PKG_VERSION").to_string(),
        profile: env.profile_name().to_string(),
        profiles: env.settings.profiles.keys().cloned().collect(),
        refresh_days: env.server_profile().map_or(31, |(_, profile)| profile.snapshot.refresh_days),
        now: chrono::Utc::now(),
        asks_for_connection,
        notice: env.unkept.as_ref().map(|unkept| unkept.sentence(env.lang)),
    }
}

/// The theme that the settings name: a shipped one, or the file of that name in the
/// themes folder beside the settings.
fn theme(env: &Env) -> Result<ThemeChoice, Exit> {
    let name = env.settings.theme.as_str();
    match name {
        "dark" => return Ok(ThemeChoice::Dark),
        "light" => return Ok(ThemeChoice::Light),
        "mono" => return Ok(ThemeChoice::Mono),
        _ => {}
    }
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    let file = env.paths.config.join("themes").join(format!("{name}.toml"));
    if !plain || !file.is_file() {
        narrate(&fill(env.lang, "config.unknown_theme", &[("name", display_safe(name).as_str())]));
        return Err(Exit::Usage);
    }
    let source = std::fs::read_to_string(&file).map_err(|error| cannot_read(&file, &error, env.lang))?;
    match Theme::parse(&source) {
        Ok(theme) => Ok(ThemeChoice::Own(Box::new(theme))),
        Err(error) => {
            narrate(display_safe(&error.sentence(env.lang)).as_str());
            Err(Exit::Usage)
        }
    }
}
