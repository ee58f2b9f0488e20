//! `depotru data`: the demo store, imported files, what the embedded engine holds.

use std::path::Path;

use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::args::{CheckFormat, DataCommand, Decimal, DemoArgs, ImportArgs};
use super::ask::print_json;
use super::output::{Output, narrate, progress};
use super::{Env, Exit};
use crate::config::{Dimensions, Profile, ProfileName};
use crate::dataset::{self, DatasetError, DemoOptions, ImportOptions, ImportReport, Manifest, NumberFormat};
use crate::engine::{DataFacts, Origin};
use crate::format;
use crate::i18n::{Lang, fill, text};
use crate::model::OwnDimension;
use crate::sanitize::display_safe;
use crate::session::today_in_colombia;
use crate::snapshot;

/// Runs the command.
pub fn run(command: DataCommand, env: &Env) -> Exit {
    let mut out = Output::stdout();
    let dir = dataset::table_dir(&env.paths.data);
    let exit = match command {
        DataCommand::Demo(args) => demo(&args, &dir, env.lang, &mut out),
        DataCommand::Import(args) => import(&args, &dir, &env.settings.dimensions, env.lang, &mut out),
        DataCommand::Info { format } => match env.server_profile() {
            Some((name, profile)) => profile_info(format, name, profile, env, &mut out),
            None => info(format, &dir, env.lang, &mut out),
        },
        // These two need a session and have files of their own.
        DataCommand::Sync(_) | DataCommand::Refresh => Exit::Done,
    };
    match out.flush() {
        Ok(()) => exit,
        Err(error) => env.cannot_write(&error),
    }
}

/// A token that Ctrl-C cancels, so that long file work ends with the old data in place.
fn cancelled_by_ctrl_c() -> CancellationToken {
    let cancel = CancellationToken::new();
    let cancelled = cancel.clone();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        if let Ok(runtime) = runtime
            && runtime.block_on(tokio::signal::ctrl_c()).is_ok()
        {
            cancelled.cancel();
        }
    });
    cancel
}

fn demo(args: &DemoArgs, dir: &Path, lang: Lang, out: &mut Output) -> Exit {
    let options =
        DemoOptions { rows: args.rows, seed: args.seed, until: args.until.unwrap_or_else(today_in_colombia) };
    let label = text(lang, "cli.preparing");
    match dataset::generate(options, dir, &|done| progress(label, done), &cancelled_by_ctrl_c()) {
        Ok(manifest) => {
            let (rows, first, last) = extent(&manifest.facts(), lang);
            let said = [("rows", rows.as_str()), ("first", first.as_str()), ("last", last.as_str())];
            let _ = out.line(&fill(lang, "cli.data.made", &said));
            Exit::Done
        }
        Err(error) => failed(&error, lang),
    }
}

fn import(args: &ImportArgs, dir: &Path, own: &Dimensions, lang: Lang, out: &mut Output) -> Exit {
    let options = ImportOptions {
        allow_rejected: args.allow_rejected,
        numbers: args.decimal.map(|decimal| match decimal {
            Decimal::Comma => NumberFormat::Comma,
            Decimal::Point => NumberFormat::Point,
        }),
        dates: None,
        further: own.all().iter().filter_map(OwnDimension::further_column).map(String::from).collect(),
    };
    let label = text(lang, "cli.importing");
    let imported =
        dataset::import(&args.file, dir, options, &|done| progress(label, done), &cancelled_by_ctrl_c());
    match imported {
        Ok(report) => {
            if let Some(manifest) = &report.manifest {
                said_imported(&args.file, manifest, lang, out);
            }
            remarks(&report, lang);
            Exit::Done
        }
        Err(error) => {
            if let DatasetError::Rejected { report } = &error {
                remarks(report, lang);
            }
            failed(&error, lang)
        }
    }
}

fn said_imported(file: &Path, manifest: &Manifest, lang: Lang, out: &mut Output) {
    let file = display_safe(&file.display().to_string());
    let (rows, first, last) = extent(&manifest.facts(), lang);
    let said = [
        ("file", file.as_str()),
        ("rows", rows.as_str()),
        ("first", first.as_str()),
        ("last", last.as_str()),
    ];
    let _ = out.line(&fill(lang, "cli.data.imported", &said));
}

/// What an import noticed, on standard error.
fn remarks(report: &ImportReport, lang: Lang) {
    for rejection in &report.rejections {
        narrate(rejection.sentence(lang).as_str());
    }
    let unlisted = report.rejected.saturating_sub(report.rejections.len() as u64);
    if unlisted > 0 {
        let n = format::count(unlisted as usize, lang);
        narrate(&fill(lang, "cli.data.rejected_more", &[("n", &n)]));
    }
    for (key, columns) in [("cli.data.missing", &report.missing), ("cli.data.derived", &report.derived)] {
        if !columns.is_empty() {
            narrate(&fill(lang, key, &[("columns", &columns.join(", "))]));
        }
    }
    if !report.ignored.is_empty() {
        let columns = display_safe(&report.ignored.join(", "));
        narrate(&fill(lang, "cli.data.ignored", &[("columns", columns.as_str())]));
    }
}

fn failed(error: &DatasetError, lang: Lang) -> Exit {
    narrate(dataset::sentence(error, lang).as_str());
    match error {
        DatasetError::Cancelled => Exit::Cancelled,
        DatasetError::OutOfRange { .. } => Exit::Usage,
        _ => Exit::Failure,
    }
}

fn info(form: CheckFormat, dir: &Path, lang: Lang, out: &mut Output) -> Exit {
    let manifest = match dataset::info(dir) {
        Ok(manifest) => manifest,
        Err(DatasetError::NoData) => {
            narrate(text(lang, "cli.data.none"));
            return Exit::Failure;
        }
        Err(error) => return failed(&error, lang),
    };
    let facts = manifest.facts();
    match form {
        CheckFormat::Json => print_json(
            out,
            &json!({
                "rows": manifest.rows,
                "first_day": manifest.first_day,
                "last_day": manifest.last_day,
                "source": manifest.source,
                "loaded_at": manifest.loaded_at,
                "bytes": manifest.bytes,
                "columns": manifest.columns,
                "folder": dir,
            }),
        ),
        CheckFormat::Table => {
            let _ = out.line(&holding(&facts, lang));
            let loaded = manifest.loaded_at.format("%Y-%m-%d %H:%M").to_string();
            let _ = out.line(&fill(lang, "cli.data.loaded", &[("at", &loaded)]));
            let folder = display_safe(&dir.display().to_string());
            let _ = out.line(&fill(lang, "cli.data.where", &[("folder", folder.as_str())]));
        }
    }
    Exit::Done
}

/// Which table a profile asks, and what its local copy holds. Nothing is connected.
fn profile_info(
    form: CheckFormat,
    name: &ProfileName,
    profile: &Profile,
    env: &Env,
    out: &mut Output,
) -> Exit {
    let lang = env.lang;
    let folder = env.paths.snapshot_of(name.as_str());
    let copy = match snapshot::Manifest::read(&folder) {
        Ok(copy) => copy,
        Err(error) => {
            narrate(snapshot::sentence(&error, lang).as_str());
            return Exit::Failure;
        }
    };
    let (server, table) = (profile.server(), profile.table.to_string());
    match form {
        CheckFormat::Json => print_json(
            out,
            &json!({
                "profile": name.as_str(),
                "server": server,
                "database": profile.database,
                "table": table,
                "copy": copy.map(|copy| json!({
                    "rows": copy.rows(),
                    "first_day": copy.days().map(|(first, _)| first),
                    "last_day": copy.days().map(|(_, last)| last),
                    "fetched_at": copy.fetched_at(),
                    "bytes": copy.bytes(),
                    "folder": folder,
                })),
            }),
        ),
        CheckFormat::Table => {
            let [server, database, table] =
                [&server, &profile.database, &table].map(|text| display_safe(text));
            let asks = [
                ("profile", name.as_str()),
                ("server", server.as_str()),
                ("database", database.as_str()),
                ("table", table.as_str()),
            ];
            let _ = out.line(&fill(lang, "cli.data.profile", &asks));
            let Some(copy) = copy else {
                let _ =
                    out.line(&fill(lang, "cli.data.copy", &[("copy", text(lang, "cli.doctor.copy_none"))]));
                return Exit::Done;
            };
            let _ = out.line(&fill(lang, "cli.data.copy", &[("copy", &holding(&copy.facts(), lang))]));
            if let Some(at) = copy.fetched_at() {
                let at = at.format("%Y-%m-%d %H:%M").to_string();
                let _ = out.line(&fill(lang, "cli.data.loaded", &[("at", &at)]));
            }
            let folder = display_safe(&folder.display().to_string());
            let _ = out.line(&fill(lang, "cli.data.where", &[("folder", folder.as_str())]));
        }
    }
    Exit::Done
}

/// What the local data is, in two sentences.
pub fn holding(facts: &DataFacts, lang: Lang) -> String {
    let (rows, first, last) = extent(facts, lang);
    let holds = if facts.span.is_some() {
        let said = [("rows", rows.as_str()), ("first", first.as_str()), ("last", last.as_str())];
        fill(lang, "cli.data.holds", &said)
    } else {
        text(lang, "cli.data.holds_nothing").to_string()
    };
    let origin = match &facts.origin {
        Origin::Demo { seed } => fill(lang, "cli.data.origin_demo", &[("seed", &seed.to_string())]),
        Origin::Import { file } => {
            fill(lang, "cli.data.origin_import", &[("file", display_safe(file).as_str())])
        }
        Origin::Server => text(lang, "cli.data.origin_server").to_string(),
    };
    format!("{holds} {origin}")
}

fn extent(facts: &DataFacts, lang: Lang) -> (String, String, String) {
    let rows = format::count(usize::try_from(facts.rows).unwrap_or(usize::MAX), lang);
    let (first, last) = match facts.span {
        Some((first, last)) => (format::date(first, lang), format::date(last, lang)),
        None => (String::new(), String::new()),
    };
    (rows, first, last)
}
