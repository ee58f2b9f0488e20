//! `depotru doctor`: what works and what does not, each with what to do.

use std::path::Path;

use super::output::Output;
use super::{Env, Exit};
use crate::audit::{self, Verdict};
use crate::dataset::{self, DatasetError};
use crate::i18n::{Lang, fill, text};
use crate::sanitize::display_safe;

/// The smallest terminal the console draws on.
const LEAST: (u16, u16) = (60, 15);

/// One finding.
struct Finding {
    about: &'static str,
    good: bool,
    detail: String,
}

/// Runs the command.
pub fn run(env: &Env) -> Exit {
    let lang = env.lang;
    let findings = [terminal(lang), configuration(env), data(env), state(env), audit_log(env)];
    let mut out = Output::stdout();
    for finding in &findings {
        let mark = text(lang, if finding.good { "cli.doctor.ok" } else { "cli.doctor.problem" });
        let _ = out.line(&format!("{:14} {mark:9} {}", finding.about, display_safe(&finding.detail)));
    }
    let all_good = findings.iter().all(|finding| finding.good);
    match out.flush() {
        Ok(()) if all_good => Exit::Done,
        Ok(()) => Exit::Failure,
        Err(error) => env.cannot_write(&error),
    }
}

fn terminal(lang: Lang) -> Finding {
    let about = text(lang, "cli.doctor.terminal");
    let size = if Output::is_terminal() { crossterm::terminal::size().ok() } else { None };
    let Some((width, height)) = size else {
        return Finding { about, good: true, detail: text(lang, "cli.doctor.terminal_none").to_string() };
    };
    let (w, h) = (width.to_string(), height.to_string());
    let values = [("width", w.as_str()), ("height", h.as_str())];
    let good = width >= LEAST.0 && height >= LEAST.1;
    let detail = if good {
        fill(lang, "cli.doctor.terminal_ok", &values)
    } else {
        fill(lang, "cli.doctor.terminal_small", &values)
    };
    Finding { about, good, detail }
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
    Finding { about: text(env.lang, "cli.doctor.config"), good: true, detail }
}

fn data(env: &Env) -> Finding {
    let about = text(env.lang, "cli.doctor.data");
    match dataset::info(&dataset::table_dir(&env.paths.data)) {
        Ok(manifest) => {
            Finding { about, good: true, detail: super::data::holding(&manifest.facts(), env.lang) }
        }
        Err(DatasetError::NoData) => {
            Finding { about, good: true, detail: text(env.lang, "cli.doctor.data_none").to_string() }
        }
        Err(error) => {
            Finding { about, good: false, detail: dataset::sentence(&error, env.lang).into_string() }
        }
    }
}

fn state(env: &Env) -> Finding {
    let folder = &env.paths.state;
    let good = can_write(folder);
    let shown = folder.display().to_string();
    let detail =
        if good { shown } else { fill(env.lang, "cli.doctor.state_unwritable", &[("folder", &shown)]) };
    Finding { about: text(env.lang, "cli.doctor.state"), good, detail }
}

fn can_write(folder: &Path) -> bool {
    tempfile::tempfile_in(folder).is_ok()
}

fn audit_log(env: &Env) -> Finding {
    let about = text(env.lang, "cli.doctor.audit");
    match audit::verify(&env.paths.audit()) {
        Ok(Verdict::Whole { lines: 0, .. }) => {
            Finding { about, good: true, detail: text(env.lang, "cli.audit_empty").to_string() }
        }
        Ok(Verdict::Whole { lines, head }) => {
            let n = crate::format::count(usize::try_from(lines).unwrap_or(usize::MAX), env.lang);
            let detail = fill(env.lang, "cli.audit_whole", &[("n", &n), ("head", &head)]);
            Finding { about, good: true, detail }
        }
        Ok(Verdict::Broken(at)) => {
            let (file, line) = (at.file.display().to_string(), at.line.to_string());
            let detail = fill(env.lang, "cli.audit_broken", &[("file", &file), ("line", &line)]);
            Finding { about, good: false, detail }
        }
        Err(error) => Finding { about, good: false, detail: error.to_string() },
    }
}
