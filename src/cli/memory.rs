//! `depotru memory`: the verified pairs of question and T-SQL.

use std::io::Read;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use serde::Serialize;

use super::args::{CheckFormat, MemoryCommand};
use super::ask::print_json;
use super::client::{Answer, Client, Ran};
use super::output::{Output, narrate};
use super::{Env, Exit, cannot_read};
use crate::audit::Decider;
use crate::engine;
use crate::i18n::{Lang, fill, plural, text};
use crate::memory::{MemoryError, Origin, Pair, Verified, new_id, sentence, write_whole};
use crate::sanitize::{clip, display_safe};
use crate::session::{Assist, RunEnd, today_in_colombia};

/// The largest file read, in bytes.
const LARGEST: u64 = 8 * 1024 * 1024;
/// Cells of a question in the list.
const WIDEST: usize = 80;

/// Runs the command.
pub async fn run(command: MemoryCommand, env: &Env) -> Exit {
    let verified = Verified::at(env.paths.verified(), &env.data_source().terms().model);
    let mut out = Output::stdout();
    let exit = match command {
        MemoryCommand::List { own, rejected, format } => {
            list(&verified, own, rejected, format, env, &mut out)
        }
        MemoryCommand::Add { question, sql, file, note, today } => {
            add(&verified, question, (sql, file), note, today, env).await
        }
        MemoryCommand::Edit { id, question, sql, file, note } => {
            edit(&verified, &id, question, (sql, file), note, env).await
        }
        MemoryCommand::Remove { id } => done(verified.remove(&id), env, "cli.memory.removed", &id),
        MemoryCommand::Import { file } => import(&verified, &file, env).await,
        MemoryCommand::Export { file } => export(&verified, file, env, &mut out),
        MemoryCommand::Test { own, format } => test(&verified, own, format, env, &mut out).await,
    };
    match out.flush() {
        Ok(()) => exit,
        Err(error) => env.cannot_write(&error),
    }
}

fn failed(error: &MemoryError, lang: Lang) -> Exit {
    narrate(sentence(error, lang).as_str());
    match error {
        MemoryError::Unknown { .. } => Exit::Usage,
        MemoryError::Io { .. } | MemoryError::Invalid { .. } => Exit::Failure,
    }
}

fn done(result: Result<(), MemoryError>, env: &Env, key: &'static str, id: &str) -> Exit {
    match result {
        Ok(()) => {
            narrate(&fill(env.lang, key, &[("id", display_safe(id).as_str())]));
            Exit::Done
        }
        Err(error) => failed(&error, env.lang),
    }
}

fn list(
    verified: &Verified,
    own: bool,
    rejected: bool,
    format: CheckFormat,
    env: &Env,
    out: &mut Output,
) -> Exit {
    if rejected {
        return match verified.rejected() {
            Ok(all) => {
                for one in &all {
                    match format {
                        CheckFormat::Json => print_json(out, one),
                        CheckFormat::Table => {
                            let (question, reason) =
                                (clip(&display_safe(&one.question), WIDEST), display_safe(&one.reason));
                            let _ = out.line(&format!("{}  {question}  ✗ {reason}", one.day));
                        }
                    }
                }
                Exit::Done
            }
            Err(error) => failed(&error, env.lang),
        };
    }
    match verified.all() {
        Ok(all) => {
            for pair in all.iter().filter(|pair| !own || pair.origin != Origin::Seed) {
                match format {
                    CheckFormat::Json => print_json(out, pair),
                    CheckFormat::Table => {
                        let question = clip(&display_safe(&pair.question), WIDEST);
                        let _ = out.line(&format!("{:12} {}  {question}", display_safe(&pair.id), pair.lang));
                    }
                }
            }
            Exit::Done
        }
        Err(error) => failed(&error, env.lang),
    }
}

/// The T-SQL given, judged: canonical, or why not.
async fn judged((sql, file): (Option<String>, Option<PathBuf>), env: &Env) -> Result<Option<String>, Exit> {
    let written = match (sql, file) {
        (Some(sql), _) => sql,
        (None, Some(file)) => read(&file, env.lang)?,
        (None, None) => return Ok(None),
    };
    let source = super::sql::without_data(env);
    let mut client =
        Client::start(source, &env.settings, &env.paths, None, Decider::Person, env.lang, Assist::default());
    let answer = client.propose_sql(&written).await;
    let verdict = match answer {
        Answer::Proposed(proposal) => {
            client.reject(&proposal);
            Ok(Some(proposal.sql))
        }
        other => Err(super::ask::unanswered(other, env.lang)),
    };
    client.quit().await;
    verdict
}

fn read(file: &Path, lang: Lang) -> Result<String, Exit> {
    let mut source = String::new();
    let read = std::fs::File::open(file).and_then(|opened| opened.take(LARGEST).read_to_string(&mut source));
    read.map(|_| source).map_err(|error| cannot_read(file, &error, lang))
}

async fn add(
    verified: &Verified,
    question: String,
    sql: (Option<String>, Option<PathBuf>),
    note: String,
    today: Option<NaiveDate>,
    env: &Env,
) -> Exit {
    let sql = match judged(sql, env).await {
        Ok(Some(sql)) => sql,
        Ok(None) => {
            narrate(text(env.lang, "cli.no_sql"));
            return Exit::Usage;
        }
        Err(exit) => return exit,
    };
    if question.trim().is_empty() {
        narrate(text(env.lang, "cli.no_question"));
        return Exit::Usage;
    }
    let id = new_id(&question, env.lang);
    let day = today.unwrap_or_else(today_in_colombia);
    let pair = Pair { id: id.clone(), question, lang: env.lang, day, origin: Origin::User, note, sql };
    done(verified.add(pair), env, "cli.memory.added", &id)
}

async fn edit(
    verified: &Verified,
    id: &str,
    question: Option<String>,
    sql: (Option<String>, Option<PathBuf>),
    note: Option<String>,
    env: &Env,
) -> Exit {
    let sql = match judged(sql, env).await {
        Ok(sql) => sql,
        Err(exit) => return exit,
    };
    let changed = verified.edit(id, |pair| {
        if let Some(question) = question {
            pair.question = question;
        }
        if let Some(sql) = sql {
            pair.sql = sql;
            pair.origin = Origin::User;
        }
        if let Some(note) = note {
            pair.note = note;
        }
    });
    done(changed, env, "cli.memory.edited", id)
}

async fn import(verified: &Verified, file: &Path, env: &Env) -> Exit {
    let source = match read(file, env.lang) {
        Ok(source) => source,
        Err(exit) => return exit,
    };
    match verified.import(&source, file.to_path_buf()) {
        Ok(count) => {
            let shown = crate::format::count(count, env.lang);
            narrate(&plural(env.lang, "cli.memory.imported", count as u64, &shown, &[]));
            Exit::Done
        }
        Err(error) => failed(&error, env.lang),
    }
}

fn export(verified: &Verified, file: Option<PathBuf>, env: &Env, out: &mut Output) -> Exit {
    let text = match verified.export() {
        Ok(text) => text,
        Err(error) => return failed(&error, env.lang),
    };
    match file {
        None => {
            let _ = out.with(|write| write.write_all(text.as_bytes()));
            Exit::Done
        }
        Some(file) => match write_whole(&file, text.as_bytes()) {
            Ok(()) => Exit::Done,
            Err(error) => env.cannot_write(&error),
        },
    }
}

/// What became of a pair that was tried.
#[derive(Serialize)]
struct Tried<'a> {
    id: &'a str,
    question: &'a str,
    ok: bool,
    rows: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    elapsed_ms: u64,
}

/// Tries every pair against guard and engine; each run is in the audit log like any other.
async fn test(verified: &Verified, own: bool, format: CheckFormat, env: &Env, out: &mut Output) -> Exit {
    let pairs = match verified.all() {
        Ok(pairs) => pairs,
        Err(error) => return failed(&error, env.lang),
    };
    let (source, decider) = (env.data_source(), Decider::YesFlag);
    let mut client =
        Client::start(source, &env.settings, &env.paths, None, decider, env.lang, Assist::default());
    let (mut good, mut bad) = (0_usize, 0_usize);
    for pair in pairs.iter().filter(|pair| !own || pair.origin != Origin::Seed) {
        let tried = match tried(&mut client, pair, env.lang).await {
            Ok(tried) => tried,
            Err(exit) => {
                client.quit().await;
                return exit;
            }
        };
        if tried.ok {
            good += 1
        } else {
            bad += 1
        }
        match (format, &tried.error) {
            (CheckFormat::Json, _) => print_json(out, &tried),
            (CheckFormat::Table, Some(error)) => {
                let _ = out.line(&format!(
                    "✗ {:12} {}: {error}",
                    display_safe(&pair.id),
                    clip(&display_safe(&pair.question), WIDEST)
                ));
            }
            (CheckFormat::Table, None) => {}
        }
    }
    client.quit().await;
    let numbers = [good, bad].map(|n| crate::format::count(n, env.lang));
    narrate(&fill(env.lang, "cli.memory.tested", &[("good", &numbers[0]), ("bad", &numbers[1])]));
    if bad == 0 { Exit::Done } else { Exit::Failure }
}

async fn tried<'a>(client: &mut Client, pair: &'a Pair, lang: Lang) -> Result<Tried<'a>, Exit> {
    let result = |ok, rows, error, elapsed_ms| Tried {
        id: &pair.id,
        question: &pair.question,
        ok,
        rows,
        error,
        elapsed_ms,
    };
    let proposal = match client.propose_sql(&pair.sql).await {
        Answer::Proposed(proposal) => proposal,
        Answer::Refused(refusal) => return Ok(result(false, 0, Some(refusal.sentence(lang)), 0)),
        other => return Err(super::ask::unanswered(other, lang)),
    };
    match client.run(&proposal).await {
        Ran::Ended(outcome) => {
            let (rows, elapsed) = (outcome.frame.row_count(), outcome.elapsed.as_millis() as u64);
            Ok(match &outcome.end {
                RunEnd::Done => result(true, rows, None, elapsed),
                RunEnd::Cancelled => return Err(Exit::Cancelled),
                RunEnd::Failed(error) => {
                    result(false, rows, Some(engine::sentence(error, lang).into_string()), elapsed)
                }
            })
        }
        Ran::Not(why) => Ok(result(false, 0, Some(why.sentence(lang).to_string()), 0)),
        Ran::Closed => {
            narrate(text(lang, "cli.session_closed"));
            Err(Exit::Failure)
        }
    }
}
