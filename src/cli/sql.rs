//! `depotru sql`: the guard's verdict on T-SQL, and running it.

use std::io::{self, IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::args::{CheckFormat, SqlCheckArgs, SqlCommand, SqlRunArgs};
use super::ask::{Decision, decide, print_json, unanswered};
use super::client::{Answer, Client};
use super::json::{AskJson, CheckJson};
use super::output::{Output, narrate};
use super::{Env, Exit};
use crate::audit::Decider;
use crate::engine::EngineError;
use crate::i18n::{Lang, fill, text};
use crate::session::{Assist, DataSource, Prepared, Terms};

/// The longest T-SQL read from a file or pipe, in bytes; the guard refuses long before.
const LONGEST_SQL: u64 = 1024 * 1024;

/// Judging needs no data, so none is made or opened for it.
struct NoData(Terms);

impl DataSource for NoData {
    fn terms(&self) -> Terms {
        self.0.clone()
    }

    fn prepare(&self, _progress: &dyn Fn(f32), cancel: &CancellationToken) -> Result<Prepared, EngineError> {
        while !cancel.is_cancelled() {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        Err(EngineError::Cancelled)
    }
}

/// A source for judging: the terms of the one in use, and no data.
pub fn without_data(env: &Env) -> Arc<dyn DataSource> {
    Arc::new(NoData(env.data_source().terms()))
}

/// Runs the command.
pub async fn run(command: SqlCommand, env: &Env) -> Exit {
    let mut out = Output::stdout();
    let exit = match command {
        SqlCommand::Check(args) => check(args, env, &mut out).await,
        SqlCommand::Run(args) => run_sql(args, env, &mut out).await,
    };
    match out.flush() {
        Ok(()) => exit,
        Err(error) => env.cannot_write(&error),
    }
}

async fn run_sql(args: SqlRunArgs, env: &Env, out: &mut Output) -> Exit {
    let sql = match sql_of(args.sql, args.file, env.lang) {
        Ok(sql) => sql,
        Err(exit) => return exit,
    };
    let source = env.data_source();
    let decider = if args.yes { Decider::YesFlag } else { Decider::Person };
    let mut client =
        Client::start(source, &env.settings, &env.paths, None, decider, env.lang, Assist::default());
    let exit = match client.propose_sql(&sql).await {
        Answer::Proposed(proposal) => {
            let json = AskJson::proposed(Value::from("1"), "", env.lang, &proposal);
            let how = Decision {
                plan_only: false,
                yes: args.yes,
                format: args.format,
                show_prompt: false,
                comment: false,
            };
            decide(&mut client, how, proposal, json, env.lang, out).await
        }
        other => unanswered(other, env.lang),
    };
    client.quit().await;
    exit
}

async fn check(args: SqlCheckArgs, env: &Env, out: &mut Output) -> Exit {
    let source = without_data(env);
    let mut client =
        Client::start(source, &env.settings, &env.paths, None, Decider::Person, env.lang, Assist::default());
    let exit = match args.batch {
        Some(file) => check_batch(&mut client, &file, env.lang, out).await,
        None => match sql_of(args.sql, args.file, env.lang) {
            Ok(sql) => check_one(&mut client, &sql, args.format, env.lang, out).await,
            Err(exit) => exit,
        },
    };
    client.quit().await;
    exit
}

async fn check_one(
    client: &mut Client,
    sql: &str,
    format: CheckFormat,
    lang: Lang,
    out: &mut Output,
) -> Exit {
    let Some(verdict) = verdict(client, Value::from("1"), sql, lang).await else {
        return unanswered(Answer::Closed, lang);
    };
    match (format, &verdict.reason) {
        (CheckFormat::Json, _) => print_json(out, &verdict),
        (CheckFormat::Table, Some(reason)) => {
            let rule = verdict.rule.unwrap_or_default();
            let _ = out.line(&format!("{} [{rule}] {reason}", text(lang, "cli.refused")));
        }
        (CheckFormat::Table, None) => {
            let _ = out.line(text(lang, "cli.allowed"));
            for line in crate::sanitize::multiline_safe(verdict.sql.as_deref().unwrap_or_default()) {
                let _ = out.line(&format!("  {line}"));
            }
        }
    }
    if verdict.allowed { Exit::Done } else { Exit::NotPlanned }
}

async fn verdict(client: &mut Client, id: Value, sql: &str, lang: Lang) -> Option<CheckJson> {
    match client.propose_sql(sql).await {
        Answer::Proposed(proposal) => Some(CheckJson {
            id,
            allowed: true,
            reason: None,
            rule: None,
            line: None,
            column: None,
            sql: Some(proposal.sql),
            sha256: Some(proposal.sha256),
        }),
        Answer::Refused(refusal) => Some(CheckJson {
            id,
            allowed: false,
            reason: Some(refusal.sentence(lang)),
            rule: Some(refusal.rule.name()),
            line: Some(refusal.line),
            column: Some(refusal.column),
            sql: None,
            sha256: None,
        }),
        _ => None,
    }
}

/// A line of a batch.
#[derive(Debug, Deserialize)]
struct BatchLine {
    #[serde(default)]
    id: Value,
    sql: String,
}

async fn check_batch(client: &mut Client, file: &Path, lang: Lang, out: &mut Output) -> Exit {
    let lines = match super::batch_lines(file) {
        Ok(lines) => lines,
        Err(error) => return super::cannot_read(file, &error, lang),
    };
    let mut exit = Exit::Done;
    for (index, line) in lines.enumerate() {
        let line = match line {
            Ok(line) if line.trim().is_empty() => continue,
            Ok(line) => serde_json::from_str::<BatchLine>(&line).map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        match line {
            Ok(BatchLine { mut id, sql }) => {
                if id.is_null() {
                    id = Value::from((index + 1).to_string());
                }
                match verdict(client, id, &sql, lang).await {
                    Some(verdict) => print_json(out, &verdict),
                    None => return unanswered(Answer::Closed, lang),
                }
            }
            Err(detail) => {
                narrate(&fill(
                    lang,
                    "cli.bad_line",
                    &[("line", &(index + 1).to_string()), ("detail", &detail)],
                ));
                exit = Exit::Usage;
            }
        }
        if out.is_closed() {
            break;
        }
    }
    exit
}

/// The T-SQL: the argument, the file, or standard input where it is a pipe.
fn sql_of(argument: Option<String>, file: Option<PathBuf>, lang: Lang) -> Result<String, Exit> {
    if let Some(sql) = argument {
        return Ok(sql);
    }
    let mut bytes = Vec::new();
    let (name, read) = match &file {
        Some(path) => {
            let opened = std::fs::File::open(path);
            (path.clone(), opened.and_then(|file| file.take(LONGEST_SQL).read_to_end(&mut bytes)))
        }
        None if io::stdin().is_terminal() => {
            narrate(text(lang, "cli.no_sql"));
            return Err(Exit::Usage);
        }
        None => (PathBuf::from("stdin"), io::stdin().lock().take(LONGEST_SQL).read_to_end(&mut bytes)),
    };
    match read {
        // Bytes that are not UTF-8 become U+FFFD, which the guard refuses outside literals.
        Ok(_) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(error) => Err(super::cannot_read(&name, &error, lang)),
    }
}
