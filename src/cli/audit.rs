//! `depotru audit`: the log's last lines and its integrity.

use super::args::AuditCommand;
use super::output::{Output, narrate};
use super::{Env, Exit, cannot_read};
use crate::audit::{self, Verdict};
use crate::i18n::{fill, text};
use crate::sanitize::display_safe;

/// Runs the command.
pub fn run(command: &AuditCommand, env: &Env) -> Exit {
    let folder = env.paths.audit();
    let mut out = Output::stdout();
    let exit = match command {
        AuditCommand::Tail { number } => match audit::tail(&folder, *number) {
            Ok(lines) => {
                for line in lines {
                    let _ = out.line(display_safe(&line).as_str());
                }
                Exit::Done
            }
            Err(error) => return cannot_read(&folder, &error, env.lang),
        },
        AuditCommand::Verify => match audit::verify(&folder) {
            Ok(Verdict::Whole { lines: 0, .. }) => {
                let _ = out.line(text(env.lang, "cli.audit_empty"));
                Exit::Done
            }
            Ok(Verdict::Whole { lines, head }) => {
                let n = crate::format::count(usize::try_from(lines).unwrap_or(usize::MAX), env.lang);
                let _ = out.line(&fill(env.lang, "cli.audit_whole", &[("n", &n), ("head", &head)]));
                Exit::Done
            }
            Ok(Verdict::Broken(at)) => {
                let file = display_safe(&at.file.display().to_string());
                let line = at.line.to_string();
                narrate(&fill(env.lang, "cli.audit_broken", &[("file", file.as_str()), ("line", &line)]));
                Exit::Failure
            }
            Err(error) => return cannot_read(&folder, &error, env.lang),
        },
    };
    match out.flush() {
        Ok(()) => exit,
        Err(error) => env.cannot_write(&error),
    }
}
