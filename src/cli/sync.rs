//! `depotru data sync` and `data refresh`: what is kept of a server's table.

use serde_json::json;

use super::args::{CheckFormat, SyncArgs};
use super::ask::print_json;
use super::output::{self, Output, narrate};
use super::{Env, Exit};
use crate::engine;
use crate::format;
use crate::i18n::{Lang, fill, text};
use crate::session::{Link, Values};
use crate::snapshot::{self, Brought, Order, Progress, SnapshotError};

/// Brings the local copy of the profile's table up to date.
pub async fn run(args: &SyncArgs, env: &Env) -> Exit {
    let lang = env.lang;
    if let (Some(from), Some(to)) = (args.from, args.to)
        && from > to
    {
        narrate(text(lang, "cli.sync.backwards"));
        return Exit::Usage;
    }
    let mut client = match env.server_client() {
        Ok(client) => client,
        Err(exit) => return exit,
    };
    let (refresh_days, first) = env
        .server_profile()
        .map_or((0, None), |(_, profile)| (profile.snapshot.refresh_days, profile.snapshot.from));
    let order = Order { from: args.from.or(first), to: args.to, refresh_days, anew: args.anew };
    let tell = |progress: Progress| {
        let month = progress.month.format("%Y-%m").to_string();
        let rows = count(progress.rows, lang);
        let label = fill(lang, "cli.sync.at", &[("month", &month), ("rows", &rows)]);
        output::progress(&label, progress.share());
    };
    let brought = client.sync(order, &tell).await;
    client.quit().await;
    let mut out = Output::stdout();
    let exit = match brought {
        Some(Ok(brought)) => {
            said(&brought, args.format, lang, &mut out);
            Exit::Done
        }
        Some(Err(error)) => {
            narrate("");
            narrate(snapshot::sentence(&error, lang).as_str());
            if error == SnapshotError::Cancelled { Exit::Cancelled } else { Exit::Failure }
        }
        None => {
            narrate(text(lang, "cli.session_closed"));
            Exit::Failure
        }
    };
    match out.flush() {
        Ok(()) => exit,
        Err(error) => env.cannot_write(&error),
    }
}

fn count(rows: u64, lang: Lang) -> String {
    format::count(usize::try_from(rows).unwrap_or(usize::MAX), lang)
}

fn said(brought: &Brought, form: CheckFormat, lang: Lang, out: &mut Output) {
    let manifest = &brought.manifest;
    let days = manifest.days();
    match form {
        CheckFormat::Json => print_json(
            out,
            &json!({
                "months": brought.months,
                "rows": brought.rows,
                "first_day": days.map(|(first, _)| first),
                "last_day": days.map(|(_, last)| last),
                "total_rows": manifest.rows(),
                "bytes": manifest.bytes(),
                "fetched_at": manifest.fetched_at(),
            }),
        ),
        CheckFormat::Table => {
            let day = |day| format::date(day, lang);
            let (first, last) =
                days.map_or((String::new(), String::new()), |(first, last)| (day(first), day(last)));
            let (rows, total) = (count(brought.rows, lang), count(manifest.rows(), lang));
            let months = brought.months.to_string();
            let values = [
                ("rows", rows.as_str()),
                ("months", &months),
                ("total", &total),
                ("first", &first),
                ("last", &last),
            ];
            let _ = out.line(&fill(lang, "cli.sync.done", &values));
        }
    }
}

/// Fetches the values that the planner knows anew.
pub async fn refresh(env: &Env) -> Exit {
    let mut client = match env.server_client() {
        Ok(client) => client,
        Err(exit) => return exit,
    };
    let scene = client.refresh_values().await;
    client.quit().await;
    match scene.as_deref().map(|scene| (&scene.link, &scene.values)) {
        Some((Link::Up(_), Values::Held { .. })) => {
            narrate(text(env.lang, "cli.sync.refreshed"));
            Exit::Done
        }
        Some((Link::Down(error), _)) => {
            narrate(engine::sentence(error, env.lang).as_str());
            Exit::Failure
        }
        Some(_) => {
            narrate(text(env.lang, "cli.sync.not_refreshed"));
            Exit::Failure
        }
        None => {
            narrate(text(env.lang, "cli.session_closed"));
            Exit::Failure
        }
    }
}
