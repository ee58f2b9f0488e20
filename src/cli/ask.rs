//! `depotru ask`: a question, its plan, the decision, the answer.

use std::io::{self, BufRead, IsTerminal, Write};
use std::path::Path;
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::args::{AskArgs, Format};
use super::client::{Answer, Client, Outcome, Ran};
use super::json::{AskJson, CommentJson, ResultJson};
use super::models::trace_lines;
use super::output::{Output, narrate, narration};
use super::{Env, Exit, table};
use crate::audit::Decider;
use crate::engine;
use crate::frame;
use crate::i18n::{Lang, fill, text};
use crate::sanitize::{display_safe, multiline_safe, shows_whole};
use crate::session::{NotPlanned, Proposal, RunEnd};

/// The longest question read from a file or pipe, in bytes.
const LONGEST_QUESTION: u64 = 64 * 1024;

/// Runs the command.
pub async fn run(args: AskArgs, env: &Env) -> Exit {
    let decider = if args.yes { Decider::YesFlag } else { Decider::Person };
    let source = env.data_source();
    let mut client = Client::start(
        source,
        &env.settings,
        &env.paths,
        args.today,
        decider,
        env.lang,
        env.assist(args.provider),
    );
    let mut out = Output::stdout();
    let exit = match &args.batch {
        Some(file) => batch(&mut client, file, &args, env.lang, &mut out).await,
        None => single(&mut client, &args, env.lang, &mut out).await,
    };
    client.quit().await;
    match out.flush() {
        Ok(()) => exit,
        Err(error) => env.cannot_write(&error),
    }
}

async fn single(client: &mut Client, args: &AskArgs, lang: Lang, out: &mut Output) -> Exit {
    let question = match question_of(args, lang) {
        Ok(question) => question,
        Err(exit) => return exit,
    };
    match client.ask(&question, args.context.clone()).await {
        Answer::Proposed(proposal) => {
            let json = AskJson::proposed(Value::from("1"), &question, lang, &proposal)
                .with_model(proposal.model.as_deref(), args.show_prompt);
            let how = Decision {
                plan_only: args.plan,
                yes: args.yes,
                format: args.format,
                show_prompt: args.show_prompt,
                comment: args.comment,
            };
            decide(client, how, proposal, json, lang, out).await
        }
        Answer::NotPlanned(why, model) => {
            let model = model.as_deref();
            if args.format == Format::Json {
                let json = AskJson::not_planned(Value::from("1"), &question, lang, why);
                print_json(out, &json.with_model(model, args.show_prompt));
            } else {
                explain(&why, lang);
                for line in model.map(|m| trace_lines(m, args.show_prompt, lang)).unwrap_or_default() {
                    narrate(&line);
                }
            }
            if client.was_interrupted() { Exit::Cancelled } else { Exit::NotPlanned }
        }
        other => unanswered(other, lang),
    }
}

/// The question: the argument, or standard input where it is a pipe.
fn question_of(args: &AskArgs, lang: Lang) -> Result<String, Exit> {
    if let Some(question) = &args.question {
        return Ok(question.clone());
    }
    if io::stdin().is_terminal() {
        narrate(text(lang, "cli.no_question"));
        return Err(Exit::Usage);
    }
    let mut words = Vec::new();
    let read = io::Read::read_to_end(&mut io::Read::take(io::stdin().lock(), LONGEST_QUESTION), &mut words);
    match read {
        Ok(_) => Ok(String::from_utf8_lossy(&words).trim().to_string()),
        Err(error) => {
            narrate(&fill(lang, "cli.cannot_read", &[("file", "stdin"), ("detail", &error.to_string())]));
            Err(Exit::Failure)
        }
    }
}

/// How a proposal is decided upon and shown.
#[derive(Debug, Clone, Copy)]
pub struct Decision {
    /// Stop at the plan.
    pub plan_only: bool,
    /// Approve without asking.
    pub yes: bool,
    /// How the answer is written.
    pub format: Format,
    /// Show what was sent to a model.
    pub show_prompt: bool,
    /// Have a model comment on the result.
    pub comment: bool,
}

/// Shows a proposal, obtains the decision and carries it out. Shared with `sql run`.
pub async fn decide(
    client: &mut Client,
    how: Decision,
    proposal: Proposal,
    mut json: AskJson,
    lang: Lang,
    out: &mut Output,
) -> Exit {
    let format = how.format;
    if how.plan_only {
        match format {
            Format::Json => print_json(out, &json),
            Format::Table | Format::Csv => {
                for line in plan_lines(&proposal, how.show_prompt, lang) {
                    let _ = out.line(&line);
                }
            }
        }
        return Exit::Done;
    }
    if !how.yes {
        for line in plan_lines(&proposal, how.show_prompt, lang) {
            narrate(&line);
        }
        let is_showable = shows_whole(&proposal.sql);
        if !is_showable {
            narrate(text(lang, "cli.not_showable"));
        }
        if !is_showable || !approved_by_person(lang) {
            client.reject(&proposal);
            narrate(text(lang, "cli.not_approved"));
            if format == Format::Json {
                print_json(out, &json);
            }
            return Exit::NotApproved;
        }
    }
    match client.run(&proposal).await {
        Ran::Ended(outcome) => {
            let exit = exit_of(&outcome, lang);
            let comment = if how.comment { client.comment(&proposal).await } else { None };
            json.comment = comment.as_deref().map(|comment| CommentJson::of(comment, lang));
            let written = match format {
                Format::Json => {
                    finish_json(&mut json, &outcome, lang);
                    print_json(out, &json);
                    Ok(())
                }
                Format::Csv => out.with(|mut write| frame::csv::write(&outcome.frame, &mut write)),
                Format::Table => table::print(out, &outcome, lang)
                    .and_then(|()| comment.as_deref().map_or(Ok(()), |c| table::comment(out, c, lang))),
            };
            match written {
                Ok(()) => exit,
                Err(error) => {
                    narrate(&fill(lang, "cli.cannot_write", &[("detail", &error.to_string())]));
                    Exit::Failure
                }
            }
        }
        Ran::Not(why) => {
            narrate(why.sentence(lang));
            Exit::Failure
        }
        Ran::Closed => closed(lang),
    }
}

fn finish_json(json: &mut AskJson, outcome: &Outcome, lang: Lang) {
    json.result = Some(ResultJson::of(outcome));
    if let RunEnd::Failed(error) = &outcome.end {
        json.error = Some(engine::sentence(error, lang).into_string());
    }
}

fn exit_of(outcome: &Outcome, lang: Lang) -> Exit {
    match &outcome.end {
        RunEnd::Done => Exit::Done,
        RunEnd::Cancelled => {
            narrate(text(lang, "cli.cancelled"));
            Exit::Cancelled
        }
        RunEnd::Failed(error) => {
            narrate(engine::sentence(error, lang).as_str());
            Exit::Failure
        }
    }
}

/// The plan as people read it: restatement, warnings, T-SQL.
pub fn plan_lines(proposal: &Proposal, show_prompt: bool, lang: Lang) -> Vec<String> {
    let mut lines = Vec::new();
    if !proposal.restatement().is_empty() {
        lines.push(display_safe(proposal.restatement()).into_string());
        for warning in proposal.warnings() {
            lines.push(format!("! {}", display_safe(warning)));
        }
        for definition in proposal.plan.iter().flat_map(|plan| &plan.definitions) {
            lines.push(format!("  {}", display_safe(definition)));
        }
        lines.push(String::new());
    }
    lines.extend(proposal.source.label(lang).map(str::to_string));
    lines.extend(proposal.model.iter().flat_map(|trace| trace_lines(trace, show_prompt, lang)));
    lines.push(text(lang, "cli.sql_heading").to_string());
    lines.extend(multiline_safe(&proposal.sql).into_iter().map(|line| format!("  {line}")));
    lines
}

/// How long what is typed is thrown away after the question has appeared.
const QUIET: Duration = Duration::from_millis(300);

/// Asks the person at the terminal; anything but a clear yes is a no, and so is what was
/// typed before the question could be read.
fn approved_by_person(lang: Lang) -> bool {
    io::stdin().is_terminal() && says_yes(text(lang, "cli.approve_prompt"))
}

/// Whether the person's answer to `question` is a clear yes.
pub fn says_yes(question: &str) -> bool {
    let mut err = io::stderr();
    let _ = write!(err, "{} ", narration(question));
    let _ = err.flush();
    std::thread::sleep(QUIET);
    forget_typed();
    let mut answer = String::new();
    match io::stdin().lock().read_line(&mut answer) {
        Ok(_) => matches!(answer.trim().to_lowercase().as_str(), "s" | "si" | "sí" | "y" | "yes"),
        Err(_) => false,
    }
}

/// Throws away what was typed and not read yet.
fn forget_typed() {
    #[cfg(unix)]
    if let Err(error) = rustix::termios::tcflush(io::stdin(), rustix::termios::QueueSelector::IFlush) {
        tracing::warn!("what was typed ahead could not be thrown away: {error}");
    }
}

/// Says on standard error why there is no plan.
fn explain(why: &NotPlanned, lang: Lang) {
    let (message, list) = match why {
        NotPlanned::Clarify(clarify) => {
            let options = clarify.options.iter().map(|option| option.restatement.clone()).collect();
            (&clarify.message, options)
        }
        NotPlanned::Abstain(abstain) => (&abstain.message, abstain.suggestions.clone()),
        NotPlanned::Refuse(refused) => (&refused.message, Vec::new()),
    };
    narrate(display_safe(message).as_str());
    if !list.is_empty() {
        narrate(text(lang, "cli.could_ask"));
    }
    for (index, item) in list.iter().enumerate() {
        narrate(&format!("  {}. {}", index + 1, display_safe(item)));
    }
}

/// An answer that is neither a plan nor a reason for none.
pub fn unanswered(answer: Answer, lang: Lang) -> Exit {
    match answer {
        Answer::Refused(refusal) => {
            narrate(&refusal.sentence(lang));
            Exit::NotPlanned
        }
        Answer::Unavailable(error) => {
            narrate(engine::sentence(&error, lang).as_str());
            Exit::Failure
        }
        Answer::Interrupted => {
            narrate(text(lang, "cli.interrupted"));
            Exit::Cancelled
        }
        Answer::Closed | Answer::Proposed(_) | Answer::NotPlanned(..) => closed(lang),
    }
}

fn closed(lang: Lang) -> Exit {
    narrate(text(lang, "cli.session_closed"));
    Exit::Failure
}

/// Prints one JSON value on one line.
pub fn print_json(out: &mut Output, json: &impl serde::Serialize) {
    match serde_json::to_value(json) {
        Ok(value) => {
            let _ = out.exact_line(&frame::json::line(&value));
        }
        Err(error) => tracing::error!("an answer has no JSON form: {error}"),
    }
}

/// A line of a batch.
#[derive(Debug, Deserialize)]
struct BatchLine {
    #[serde(default)]
    id: Value,
    question: String,
    #[serde(default)]
    context: Vec<String>,
}

async fn batch(client: &mut Client, file: &Path, args: &AskArgs, lang: Lang, out: &mut Output) -> Exit {
    let lines = match super::batch_lines(file) {
        Ok(lines) => lines,
        Err(error) => return super::cannot_read(file, &error, lang),
    };
    let mut exit = Exit::Done;
    for (index, line) in lines.enumerate() {
        let parsed = line.map_err(|error| error.to_string()).and_then(|line| {
            if line.trim().is_empty() { Ok(None) } else { parse_line(&line, index).map(Some) }
        });
        let line = match parsed {
            Ok(None) => continue,
            Ok(Some(line)) => line,
            Err(detail) => {
                narrate(&fill(
                    lang,
                    "cli.bad_line",
                    &[("line", &(index + 1).to_string()), ("detail", &detail)],
                ));
                exit = Exit::Usage;
                continue;
            }
        };
        let json = match client.ask(&line.question, line.context).await {
            Answer::Proposed(proposal) => {
                let mut json = AskJson::proposed(line.id, &line.question, lang, &proposal)
                    .with_model(proposal.model.as_deref(), args.show_prompt);
                if args.yes {
                    match client.run(&proposal).await {
                        Ran::Ended(outcome) => {
                            finish_json(&mut json, &outcome, lang);
                            match exit_of(&outcome, lang) {
                                Exit::Done => {}
                                Exit::Cancelled => return Exit::Cancelled,
                                failed => exit = failed,
                            }
                        }
                        Ran::Not(why) => {
                            json.error = Some(why.sentence(lang).to_string());
                            exit = Exit::Failure;
                        }
                        Ran::Closed => return closed(lang),
                    }
                }
                json
            }
            Answer::NotPlanned(why, model) => {
                if client.was_interrupted() {
                    return Exit::Cancelled;
                }
                AskJson::not_planned(line.id, &line.question, lang, why)
                    .with_model(model.as_deref(), args.show_prompt)
            }
            other => return unanswered(other, lang),
        };
        print_json(out, &json);
        if out.is_closed() {
            break;
        }
    }
    exit
}

fn parse_line(line: &str, index: usize) -> Result<BatchLine, String> {
    let mut parsed: BatchLine = serde_json::from_str(line).map_err(|error| error.to_string())?;
    if parsed.id.is_null() {
        parsed.id = Value::from((index + 1).to_string());
    }
    Ok(parsed)
}
