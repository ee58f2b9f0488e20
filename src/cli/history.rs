//! `depotru history`: past questions.

use super::args::{CheckFormat, HistoryArgs};
use super::ask::print_json;
use super::output::Output;
use super::{Env, Exit, cannot_read};
use crate::memory::History;
use crate::sanitize::display_safe;

/// Runs the command.
pub fn run(args: &HistoryArgs, env: &Env) -> Exit {
    let file = env.paths.history();
    let past = match History::at(file.clone()).latest(args.number) {
        Ok(past) => past,
        Err(error) => return cannot_read(&file, &error, env.lang),
    };
    let mut out = Output::stdout();
    for question in &past {
        match args.format {
            CheckFormat::Json => print_json(&mut out, question),
            CheckFormat::Table => {
                let at = question.at.format("%Y-%m-%d %H:%M");
                let words = display_safe(&question.question);
                let _ = out.line(&format!("{at}  {:8}  {words}", display_safe(&question.outcome).as_str()));
            }
        }
    }
    match out.flush() {
        Ok(()) => Exit::Done,
        Err(error) => env.cannot_write(&error),
    }
}
