//! `depotru doctor`: what works and what does not, each with what to do.

use std::path::Path;
use std::sync::Arc;

use chrono::Utc;
use serde_json::json;

use super::args::CheckFormat;
use super::ask::print_json;
use super::output::Output;
use super::{Env, Exit};
use crate::audit::{self, Verdict};
use crate::cache::StoredValues;
use crate::config::{Environment, Login};
use crate::credentials::{self, SecretName};
use crate::dataset::{self, DatasetError};
use crate::format;
use crate::i18n::{Lang, fill, text};
use crate::llm::words;
use crate::model::OwnDimension;
use crate::sanitize::display_safe;
use crate::session::{ServerScene, Step, StepEnd, identity, steps};
use crate::snapshot::{self, Manifest};

/// The smallest terminal the console draws on.
const LEAST: (u16, u16) = (60, 15);

/// One finding.
struct Finding {
    /// For scripts.
    name: &'static str,
    about: &'static str,
    /// `None`: neither good nor bad, or not reached.
    good: Option<bool>,
    detail: String,
}

impl Finding {
    fn new(name: &'static str, about: &'static str, good: bool, detail: String) -> Finding {
        Finding { name, about, good: Some(good), detail }
    }
}

/// Runs the command.
pub async fn run(form: CheckFormat, env: &Env) -> Exit {
    let lang = env.lang;
    let mut findings =
        vec![terminal(lang), configuration(env), words(env), data(env), state(env), audit_log(env)];
    findings.extend(dimensions(env));
    findings.extend(models(env));
    if env.profile.is_some() {
        findings.push(profile(env));
        findings.extend(keyrings(env).await);
        findings.extend(connection(env).await);
        findings.extend([values(env), copy(env)]);
    }
    let mut out = Output::stdout();
    match form {
        CheckFormat::Table => table(&findings, lang, &mut out),
        CheckFormat::Json => {
            let all: Vec<_> = findings
                .iter()
                .map(|finding| {
                    let detail = display_safe(&finding.detail).into_string();
                    json!({"check": finding.name, "ok": finding.good, "detail": detail})
                })
                .collect();
            print_json(&mut out, &all);
        }
    }
    let all_good = findings.iter().all(|finding| finding.good != Some(false));
    match out.flush() {
        Ok(()) if all_good => Exit::Done,
        Ok(()) => Exit::Failure,
        Err(error) => env.cannot_write(&error),
    }
}

fn table(findings: &[Finding], lang: Lang, out: &mut Output) {
    for finding in findings {
        let mark = match finding.good {
            Some(true) => text(lang, "cli.doctor.ok"),
            Some(false) => text(lang, "cli.doctor.problem"),
            None => text(lang, "cli.doctor.note"),
        };
        let _ = out.line(&format!("{:18} {mark:9} {}", finding.about, display_safe(&finding.detail)));
    }
}

fn terminal(lang: Lang) -> Finding {
    let about = text(lang, "cli.doctor.terminal");
    let size = if Output::is_terminal() { crossterm::terminal::size().ok() } else { None };
    let Some((width, height)) = size else {
        return Finding::new("terminal", about, true, text(lang, "cli.doctor.terminal_none").to_string());
    };
    let (w, h) = (width.to_string(), height.to_string());
    let values = [("width", w.as_str()), ("height", h.as_str())];
    let good = width >= LEAST.0 && height >= LEAST.1;
    let detail = if good {
        fill(lang, "cli.doctor.terminal_ok", &values)
    } else {
        fill(lang, "cli.doctor.terminal_small", &values)
    };
    Finding::new("terminal", about, good, detail)
}

fn configuration(env: &Env) -> Finding {
    // A configuration that cannot be read has ended the program before it came here.
    let file = env.paths.config_file();
    let shown = file.display().to_string();
    let detail = if file.exists() {
        fill(env.lang, "cli.doctor.config_file", &[("file", &shown)])
    } else {
        fill(env.lang, "cli.doctor.config_absent", &[("file", &shown)])
    };
    Finding::new("config", text(env.lang, "cli.doctor.config"), true, detail)
}

/// The store's own words; a file with a mistake has ended the program before it came here.
fn words(env: &Env) -> Finding {
    let files = env.settings.vocabulary.files();
    let detail = if files.is_empty() {
        let file = env.paths.config.join("lexicon.toml");
        fill(env.lang, "cli.doctor.words_none", &[("file", &file.display().to_string())])
    } else {
        let one = |file: &crate::config::WordFile| {
            let values = [("entries", file.entries.to_string()), ("file", file.file.display().to_string())];
            let values: Vec<(&str, &str)> = values.iter().map(|(k, v)| (*k, v.as_str())).collect();
            fill(env.lang, "cli.doctor.words_file", &values)
        };
        files.iter().map(one).collect::<Vec<_>>().join("; ")
    };
    Finding::new("words", text(env.lang, "cli.doctor.words"), true, detail)
}

/// What the store adds to the dimensions, and what of it the local data does not have. Of a
/// server's table `schema check` says it.
fn dimensions(env: &Env) -> Option<Finding> {
    let own = match env.server_profile() {
        Some((_, profile)) => profile.own_dimensions(),
        None => env.settings.dimensions.all(),
    };
    let one = |own: &OwnDimension| format!("{} = {}", own.name.as_str(), own.column);
    let mut detail = own.iter().map(one).collect::<Vec<_>>().join(", ");
    let mut good = Some(true);
    if env.profile.is_none()
        && let Ok(manifest) = dataset::info(&dataset::table_dir(&env.paths.data))
    {
        let absent = own.iter().filter(|own| !manifest.columns.contains(&own.column));
        let absent: Vec<String> = absent.map(|own| own.column.clone()).collect();
        if !absent.is_empty() {
            good = None;
            let said = fill(env.lang, "cli.doctor.dimensions_absent", &[("columns", &absent.join(", "))]);
            detail = format!("{detail}. {said}");
        }
    }
    let about = text(env.lang, "cli.doctor.dimensions");
    (!own.is_empty()).then_some(Finding { name: "dimensions", about, good, detail })
}

fn data(env: &Env) -> Finding {
    let about = text(env.lang, "cli.doctor.data");
    match dataset::info(&dataset::table_dir(&env.paths.data)) {
        Ok(manifest) => Finding::new("data", about, true, super::data::holding(&manifest.facts(), env.lang)),
        Err(DatasetError::NoData) => {
            Finding::new("data", about, true, text(env.lang, "cli.doctor.data_none").to_string())
        }
        Err(error) => Finding::new("data", about, false, dataset::sentence(&error, env.lang).into_string()),
    }
}

fn state(env: &Env) -> Finding {
    if let Some(unkept) = &env.unkept {
        return Finding::new("state", text(env.lang, "cli.doctor.state"), false, unkept.sentence(env.lang));
    }
    let folder = &env.paths.state;
    let good = can_write(folder);
    let shown = folder.display().to_string();
    let detail =
        if good { shown } else { fill(env.lang, "cli.doctor.state_unwritable", &[("folder", &shown)]) };
    Finding::new("state", text(env.lang, "cli.doctor.state"), good, detail)
}

fn can_write(folder: &Path) -> bool {
    tempfile::tempfile_in(folder).is_ok()
}

fn audit_log(env: &Env) -> Finding {
    let about = text(env.lang, "cli.doctor.audit");
    match audit::verify(&env.paths.audit()) {
        Ok(Verdict::Whole { lines: 0, .. }) => {
            Finding::new("audit", about, true, text(env.lang, "cli.audit_empty").to_string())
        }
        Ok(Verdict::Whole { lines, head }) => {
            let n = crate::format::count(usize::try_from(lines).unwrap_or(usize::MAX), env.lang);
            let detail = fill(env.lang, "cli.audit_whole", &[("n", &n), ("head", &head)]);
            Finding::new("audit", about, true, detail)
        }
        Ok(Verdict::Broken(at)) => {
            let (file, line) = (at.file.display().to_string(), at.line.to_string());
            let detail = fill(env.lang, "cli.audit_broken", &[("file", &file), ("line", &line)]);
            Finding::new("audit", about, false, detail)
        }
        Err(error) => Finding::new("audit", about, false, error.to_string()),
    }
}

fn profile(env: &Env) -> Finding {
    let detail = env.server_profile().map_or_else(String::new, |(name, profile)| {
        let server = format!("{} · {}", profile.server(), profile.database);
        let environment = match profile.environment {
            Environment::Production => text(env.lang, "session.mark.production"),
            Environment::Test => text(env.lang, "cli.doctor.test"),
        };
        format!("{} · {server} · {environment}", name.as_str())
    });
    Finding::new("profile", text(env.lang, "cli.doctor.profile"), true, detail)
}

/// Where the password is, and which keyrings can be used. Having none is usual over SSH.
async fn keyrings(env: &Env) -> Vec<Finding> {
    let Some((name, profile)) = env.server_profile() else { return Vec::new() };
    if profile.login == Login::Integrated {
        return Vec::new();
    }
    let secret = SecretName::SqlServer(name.as_str().to_string());
    let (keeper, lang) = (Arc::clone(&env.credentials), env.lang);
    let asked = secret.clone();
    let Ok(status) = tokio::task::spawn_blocking(move || keeper.status(&asked)).await else {
        return Vec::new();
    };
    let about = text(lang, "cli.doctor.password");
    let mut findings = vec![match &status.place {
        Ok(Some(place)) => Finding::new("password", about, true, place.words(lang).into_string()),
        Ok(None) => {
            let detail = fill(lang, "cli.credentials.not_found", &[("name", &secret.to_string())]);
            Finding { name: "password", about, good: None, detail }
        }
        Err(error) => {
            Finding::new("password", about, false, credentials::sentence(error, lang).into_string())
        }
    }];
    findings.extend(status.keyrings.iter().map(|(keyring, problem)| {
        let about = text(lang, "cli.doctor.keyring");
        match problem {
            None => Finding::new("keyring", about, true, keyring.name(lang).to_string()),
            Some(problem) => {
                let detail = format!("{}: {}", keyring.name(lang), problem.words(lang));
                Finding { name: "keyring", about, good: None, detail }
            }
        }
    }));
    findings
}

/// The connection, step by step.
async fn connection(env: &Env) -> Vec<Finding> {
    let Ok(mut client) = env.server_client() else { return Vec::new() };
    let scene = client.connect().await;
    client.quit().await;
    scene.as_deref().map(|scene| connection_steps(scene, env.lang)).unwrap_or_default()
}

fn connection_steps(scene: &ServerScene, lang: Lang) -> Vec<Finding> {
    steps(scene, lang)
        .into_iter()
        // Where the password is was said already.
        .filter(|(step, end)| *step != Step::Password || matches!(end, StepEnd::Bad(_)))
        .map(|(step, end)| {
            let (good, detail) = match end {
                StepEnd::Good(detail) => (Some(true), detail.into_string()),
                StepEnd::Doubtful(detail) => (None, detail.into_string()),
                StepEnd::Bad(detail) => (Some(false), detail.into_string()),
                StepEnd::NotReached => (None, text(lang, "cli.doctor.not_reached").to_string()),
            };
            Finding { name: step.json_name(), about: step.name(lang), good, detail }
        })
        .collect()
}

fn values(env: &Env) -> Finding {
    let about = text(env.lang, "cli.doctor.values");
    let stored = env.server_profile().and_then(|(name, profile)| {
        StoredValues::read(&env.paths.values_of(name.as_str()), &identity(profile))
    });
    let detail = match stored {
        Some(stored) => {
            let age = format::age(Utc::now().signed_duration_since(stored.fetched_at), env.lang);
            fill(env.lang, "cli.doctor.values_age", &[("age", &age)])
        }
        None => text(env.lang, "cli.doctor.values_none").to_string(),
    };
    Finding { name: "values", about, good: None, detail }
}

fn copy(env: &Env) -> Finding {
    let about = text(env.lang, "cli.doctor.copy");
    let none = || text(env.lang, "cli.doctor.copy_none").to_string();
    match Manifest::read(&env.paths.snapshot_of(env.profile_name())) {
        Ok(manifest) => {
            let detail = manifest.and_then(|manifest| copy_holds(&manifest, env.lang)).unwrap_or_else(none);
            Finding { name: "copy", about, good: None, detail }
        }
        Err(error) => Finding::new("copy", about, false, snapshot::sentence(&error, env.lang).into_string()),
    }
}

fn copy_holds(manifest: &Manifest, lang: Lang) -> Option<String> {
    let (first, last) = manifest.days()?;
    let age = format::age(Utc::now().signed_duration_since(manifest.fetched_at()?), lang);
    let (first, last) = (format::date(first, lang), format::date(last, lang));
    let values = [("first", first.as_str()), ("last", last.as_str()), ("age", age.as_str())];
    Some(fill(lang, "cli.doctor.copy_holds", &values))
}

/// The language models in use, whether they can be asked, and what they have cost.
fn models(env: &Env) -> Vec<Finding> {
    let about = text(env.lang, "cli.doctor.models");
    let models = env.models();
    let chain = models.settings().chain();
    if chain.is_empty() {
        let detail = text(env.lang, "cli.doctor.model_none").to_string();
        return vec![Finding::new("models", about, true, detail)];
    }
    let standings = models.standings();
    let in_use = chain.iter().filter_map(|name| standings.iter().find(|s| s.provider == *name));
    let mut findings: Vec<Finding> = in_use
        .map(|standing| {
            let (good, detail) = words::standing(standing, env.lang);
            Finding::new("models", about, good, detail)
        })
        .collect();
    let detail = words::spent(&models.spent(), &models.settings().limits, env.lang);
    findings.push(Finding { name: "models", about, good: None, detail });
    findings
}
