//! From a question to something that can be proposed: the model is asked, its answer judged,
//! and what is wrong with it said back to it, at most twice. Nothing is run here.

use std::sync::Arc;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde_json::{Map, Value};
use tokio_util::sync::CancellationToken;

use super::extract::{Extracted, extract};
use super::filled::{self, NotFilled};
use super::lint;
use super::models::Models;
use super::privacy::Private;
use super::prompt::{Example, Prompt, QuestionPrompt};
use super::provider::{Answer, Usage};
use super::reply::{NoReply, Observer};
use crate::ask::{Plan, Planner};
use crate::config::ProviderName;
use crate::guard::{self, Policy, ReadOnlySql};
use crate::i18n::Lang;
use crate::model::Dim;

/// How often an answer is sent back with what is wrong with it.
pub const MOST_CORRECTIONS: usize = 2;

/// What a model is asked.
pub struct Asked {
    /// The question's words.
    pub question: String,
    /// The language to answer in.
    pub lang: Lang,
    /// The day that "today" means.
    pub today: NaiveDate,
    /// The planner, for the business model, the values and the compiler.
    pub planner: Arc<Planner>,
    /// What the guard allows.
    pub policy: Policy,
    /// What was computed before, where the question leans on it.
    pub before: Option<String>,
    /// Similar verified pairs.
    pub examples: Vec<Example>,
}

/// What became of it.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// The model filled the typed form; this is its plan, compiled here.
    Plan(Box<Plan>, ReadOnlySql),
    /// The model wrote T-SQL, which the guard allows.
    Sql {
        /// The T-SQL.
        sql: ReadOnlySql,
        /// What the model says it computes; hostile until cleaned.
        reading: String,
        /// What a person should know of it.
        warnings: Vec<String>,
    },
    /// A value that is not in the data, or is several things.
    Value {
        /// Where it was looked for.
        dim: Dim,
        /// As written.
        written: String,
        /// What it may mean.
        near: Vec<String>,
        /// Whether it is several things rather than none.
        ambiguous: bool,
    },
    /// The model says that the data does not hold the answer; its words, hostile until cleaned.
    Cannot(String),
    /// What the model said could not be used; why, in English, for the log and for experts.
    Unusable(String),
    /// There was no answer.
    Failed(NoReply),
}

/// An answer that was no good: sent back, or dropped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// What was wrong with it, in English, as it was said to the model.
    pub wrong: String,
}

/// How a model was asked, for people and for the log.
#[derive(Debug, Clone)]
pub struct Trace {
    /// Who answered, or was asked last.
    pub provider: ProviderName,
    /// The model.
    pub model: String,
    /// What was sent, as it was sent.
    pub prompt: Prompt,
    /// Its size in bytes.
    pub bytes: usize,
    /// What was hidden in it, for people: how many names and numbers.
    pub hidden: usize,
    /// Answers that were sent back.
    pub attempts: Vec<Attempt>,
    /// Tokens of all calls.
    pub usage: Usage,
    /// US dollars of all calls, by the settings' prices.
    pub cost: Decimal,
    /// Whether it was answered from memory, without a call.
    pub remembered: bool,
    private: Private,
}

#[cfg(test)]
impl Trace {
    /// As after a call to Anthropic with this prompt.
    pub(crate) fn example(prompt: Prompt, attempts: Vec<Attempt>) -> Trace {
        Trace {
            provider: ProviderName::Anthropic,
            model: "claude-sonnet-5-5".to_string(),
            prompt,
            bytes: 4_096,
            hidden: 1,
            attempts,
            usage: Usage { input: 1_200, output: 90 },
            cost: Decimal::new(49, 4),
            remembered: false,
            private: Private::default(),
        }
    }
}

/// A conversation with a model, and how it ended.
#[derive(Debug, Clone)]
pub struct Conversation {
    /// How it ended.
    pub outcome: Outcome,
    /// How it went.
    pub trace: Trace,
}

impl Conversation {
    /// Whether the same question would only be paid for a second time.
    pub fn is_worth_remembering(&self) -> bool {
        !matches!(self.outcome, Outcome::Failed(_) | Outcome::Unusable(_))
    }
}

/// The prompt of a question and what is hidden in it.
pub fn prompt(asked: &Asked) -> (Prompt, Private) {
    let private = Private::of(&asked.question, &asked.planner, asked.today);
    let before = asked.before.as_ref().map(|before| {
        let hidden = Private::of(before, &asked.planner, asked.today);
        hidden.text().to_string()
    });
    let prompt = QuestionPrompt {
        planner: &asked.planner,
        question: &private,
        before,
        lang: asked.lang,
        today: asked.today,
        candidates: asked.planner.candidates(&asked.question, asked.today),
        examples: asked.examples.clone(),
    }
    .build();
    (prompt, private)
}

/// Asks, judges, and sends back what is wrong.
pub async fn converse(
    models: &Models,
    chain: &[ProviderName],
    asked: &Asked,
    observer: &dyn Observer,
    cancel: &CancellationToken,
) -> Conversation {
    let (prompt, private) = prompt(asked);
    go_on(models, chain, asked, prompt, private, observer, cancel).await
}

/// Asks again about T-SQL that a model wrote and the database refused to run.
pub async fn repair(
    models: &Models,
    chain: &[ProviderName],
    asked: &Asked,
    trace: &Trace,
    failure: &str,
    observer: &dyn Observer,
    cancel: &CancellationToken,
) -> Conversation {
    let mut prompt = trace.prompt.clone();
    let hidden = Private::of(failure, &asked.planner, asked.today);
    let shown: String = hidden.text().chars().take(400).collect();
    prompt.reject(&format!("the database refused to run it: {shown}"));
    go_on(models, chain, asked, prompt, trace.private.clone(), observer, cancel).await
}

async fn go_on(
    models: &Models,
    chain: &[ProviderName],
    asked: &Asked,
    prompt: Prompt,
    private: Private,
    observer: &dyn Observer,
    cancel: &CancellationToken,
) -> Conversation {
    let provider = chain.first().copied().unwrap_or(ProviderName::OpenAi);
    let mut trace = Trace {
        provider,
        model: models.settings().of(provider).model.clone(),
        bytes: models.size(provider, &prompt),
        hidden: private.hidden().len(),
        prompt,
        attempts: Vec::new(),
        usage: Usage::default(),
        cost: Decimal::ZERO,
        remembered: false,
        private,
    };
    let outcome = loop {
        let reply = match models.ask(chain, &trace.prompt, observer, cancel).await {
            Ok(reply) => reply,
            Err(failed) => {
                (trace.provider, trace.model) = (failed.provider, failed.model.clone());
                trace.usage = trace.usage + failed.usage;
                trace.cost += failed.cost;
                break Outcome::Failed(failed);
            }
        };
        (trace.provider, trace.model) = (reply.provider, reply.model.clone());
        trace.usage = trace.usage + reply.usage;
        trace.cost += reply.cost;
        match judge(&reply.answer, asked, &trace.private) {
            Judged::Final(outcome) => {
                trace.prompt.answer(words(&reply.answer));
                if let Outcome::Unusable(wrong) = &outcome {
                    trace.attempts.push(Attempt { wrong: wrong.clone() });
                }
                break outcome;
            }
            Judged::Wrong(wrong) if trace.attempts.len() < MOST_CORRECTIONS => {
                trace.prompt.answer(words(&reply.answer));
                trace.prompt.reject(&wrong);
                trace.attempts.push(Attempt { wrong });
                observer.tell(super::Progress::SentBack(trace.attempts.len()));
            }
            Judged::Wrong(wrong) => {
                trace.prompt.answer(words(&reply.answer));
                trace.attempts.push(Attempt { wrong: wrong.clone() });
                break Outcome::Unusable(wrong);
            }
        }
    };
    Conversation { outcome, trace }
}

/// An answer as the next turn repeats it.
fn words(answer: &Answer) -> String {
    answer.tool.as_ref().map_or_else(|| answer.text.clone(), |tool| tool.arguments.clone())
}

/// An answer judged.
enum Judged {
    /// Something to propose, or a reason not to.
    Final(Outcome),
    /// Something for the model to correct, in English.
    Wrong(String),
}

fn judge(answer: &Answer, asked: &Asked, private: &Private) -> Judged {
    match extract(answer) {
        Extracted::Form(form) => judge_form(&form, asked, private),
        Extracted::Sql(sql) => judge_sql(&sql, "", asked, private),
        // No sense in it to correct: another call would be a second bill for a guess.
        Extracted::UnknownTool(name) => {
            Judged::Final(Outcome::Unusable(format!("it called a tool that does not exist: {name}")))
        }
        Extracted::Nothing => Judged::Final(Outcome::Unusable("it is not in the agreed form".to_string())),
    }
}

fn judge_form(form: &Map<String, Value>, asked: &Asked, private: &Private) -> Judged {
    let said = |key: &str| form.get(key).and_then(Value::as_str).unwrap_or_default();
    let sql = if said("sql").is_empty() { said("query") } else { said("sql") };
    let intent = form.get("intent").and_then(Value::as_object);
    // A form without the wrapping is the intent itself.
    let bare = form.contains_key("metrics") && intent.is_none();
    match said("decision") {
        "cannot" => Judged::Final(Outcome::Cannot(private.restored(said("reason")))),
        "intent" | "" if intent.is_some() || bare => judge_intent(intent.unwrap_or(form), asked, private),
        "sql" | "" if !sql.trim().is_empty() => judge_sql(sql, said("reading"), asked, private),
        "intent" => Judged::Wrong("decision is intent but there is no intent".to_string()),
        "sql" => Judged::Wrong("decision is sql but there is no sql".to_string()),
        "" => Judged::Final(Outcome::Unusable("it decides nothing".to_string())),
        other => Judged::Wrong(format!("unknown decision «{other}»; known: intent, sql, cannot")),
    }
}

fn judge_intent(form: &Map<String, Value>, asked: &Asked, private: &Private) -> Judged {
    let intent = match filled::intent(form, &asked.planner, private) {
        Ok(intent) => intent,
        Err(NotFilled::Wrong(wrong)) => return Judged::Wrong(wrong),
        Err(NotFilled::Value { dim, written, near, ambiguous }) => {
            return Judged::Final(Outcome::Value { dim, written, near, ambiguous });
        }
    };
    let plan = match asked.planner.compile(&intent, asked.lang) {
        Ok(plan) => plan,
        Err(invalid) => return Judged::Wrong(format!("the intent makes no sense: {invalid}")),
    };
    match guard::check(&plan.sql, &asked.policy) {
        Ok(sql) => Judged::Final(Outcome::Plan(Box::new(plan), sql)),
        Err(refusal) => {
            tracing::error!("the guard refused a compiled intent: {refusal:?}");
            Judged::Final(Outcome::Unusable(format!("the guard refused it: {}", refusal.rule.name())))
        }
    }
}

fn judge_sql(written: &str, reading: &str, asked: &Asked, private: &Private) -> Judged {
    // Judged first as the model wrote it, so that what is said back holds no hidden name.
    let written = asked.planner.model().with_real_names(written.trim().trim_end_matches(';'));
    if let Err(refusal) = guard::check(&written, &asked.policy) {
        let rule = refusal.rule.name();
        let sentence = refusal.sentence(Lang::En);
        return Judged::Wrong(format!("the guard refused the sql [{rule}]: {sentence}"));
    }
    match guard::check(&private.restored_sql(&written), &asked.policy) {
        Ok(sql) => {
            let warnings = lint::warnings(&sql, &asked.planner, asked.lang);
            Judged::Final(Outcome::Sql { sql, reading: private.restored(reading), warnings })
        }
        Err(refusal) => {
            Judged::Final(Outcome::Unusable(format!("the guard refused it: {}", refusal.rule.name())))
        }
    }
}
