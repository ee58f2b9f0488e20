//! The JSON shapes that scripts rely on: fields may be added, never renamed.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;

use super::client::Outcome;
use crate::frame::{self, Completeness};
use crate::i18n::Lang;
use crate::llm::comment::{Comment, Stretch};
use crate::llm::dialogue::Trace;
use crate::session::{NotPlanned, Proposal};

/// An answer to `ask` or `sql run`.
#[derive(Debug, Default, Serialize)]
pub struct AskJson {
    pub id: Value,
    pub question: String,
    pub lang: &'static str,
    pub outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sql: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restatement: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unknown: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub suggestions: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    pub chart: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<ResultJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    pub plan_ms: f64,
    pub usage: Usage,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<ModelJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<CommentJson>,
}

/// How a language model was asked.
#[derive(Debug, Serialize)]
pub struct ModelJson {
    pub provider: &'static str,
    pub model: String,
    pub prompt_bytes: usize,
    /// Names and numbers that were replaced by tokens.
    pub hidden: usize,
    /// Answers that were sent back, and why.
    pub rejected: Vec<String>,
    pub remembered: bool,
    /// US dollars by the prices in the settings, with exact digits.
    pub cost_usd: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt: Option<String>,
}

/// A model's comment on a result.
#[derive(Debug, Serialize)]
pub struct CommentJson {
    pub text: String,
    /// Figures in it that the result does not hold.
    pub unverified: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// Tokens spent; the planner spends none.
#[derive(Debug, Default, Serialize)]
pub struct Usage {
    pub input_tokens: u64,
    pub output_tokens: u64,
}

/// A result.
#[derive(Debug, Serialize)]
pub struct ResultJson {
    pub columns: Value,
    pub rows: Vec<Value>,
    pub row_count: usize,
    pub truncated: bool,
    pub partial: bool,
    pub elapsed_ms: u64,
    pub engine: &'static str,
    /// When the rows were fetched, if they are given again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept_since: Option<DateTime<Utc>>,
    pub insights: Vec<String>,
}

/// A verdict of `sql check`.
#[derive(Debug, Serialize)]
pub struct CheckJson {
    pub id: Value,
    pub allowed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sql: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

impl AskJson {
    /// A plan.
    pub fn proposed(id: Value, question: &str, lang: Lang, proposal: &Proposal) -> AskJson {
        let plan = proposal.plan.as_deref();
        let restatement = proposal.restatement();
        AskJson {
            id,
            question: question.to_string(),
            lang: lang.code(),
            outcome: "plan",
            source: Some(proposal.source.json_name()),
            sql: Some(proposal.sql.clone()),
            restatement: (!restatement.is_empty()).then(|| restatement.to_string()),
            warnings: proposal.warnings().to_vec(),
            chart: plan.map_or("none", |plan| plan.chart.json_name()),
            plan_ms: milliseconds(proposal.planning),
            ..AskJson::default()
        }
    }

    /// No plan.
    pub fn not_planned(id: Value, question: &str, lang: Lang, why: NotPlanned) -> AskJson {
        let outcome = why.json_name();
        let (message, unknown, suggestions, options) = match why {
            NotPlanned::Clarify(clarify) => {
                let options = clarify.options.into_iter().map(|option| option.restatement).collect();
                (clarify.message, clarify.unknown, Vec::new(), options)
            }
            NotPlanned::Abstain(abstain) => {
                (abstain.message, abstain.unknown, abstain.suggestions, Vec::new())
            }
            NotPlanned::Refuse(refused) => (refused.message, Vec::new(), Vec::new(), Vec::new()),
        };
        AskJson {
            id,
            question: question.to_string(),
            lang: lang.code(),
            outcome,
            message: Some(message),
            unknown,
            suggestions,
            options,
            chart: "none",
            ..AskJson::default()
        }
    }

    /// The same with how a model was asked.
    pub fn with_model(mut self, trace: Option<&Trace>, with_prompt: bool) -> AskJson {
        let Some(trace) = trace else { return self };
        if !trace.remembered {
            self.usage = Usage { input_tokens: trace.usage.input, output_tokens: trace.usage.output };
        }
        self.model = Some(ModelJson {
            provider: trace.provider.name(),
            model: trace.model.clone(),
            prompt_bytes: trace.bytes,
            hidden: trace.hidden,
            rejected: trace.attempts.iter().map(|attempt| attempt.wrong.clone()).collect(),
            remembered: trace.remembered,
            cost_usd: trace.cost.normalize().to_string(),
            prompt: with_prompt.then(|| trace.prompt.shown()),
        });
        self
    }
}

impl CommentJson {
    /// A comment, or why there is none.
    pub fn of(comment: &Comment, lang: Lang) -> CommentJson {
        match &comment.lines {
            Ok(lines) => {
                let line = |line: &Vec<Stretch>| line.iter().map(|s| s.text.as_str()).collect::<String>();
                let marked = lines.iter().flatten().filter(|stretch| stretch.unverified);
                CommentJson {
                    text: lines.iter().map(line).collect::<Vec<_>>().join("\n"),
                    unverified: marked.map(|stretch| stretch.text.to_string()).collect(),
                    error: None,
                }
            }
            Err(failed) => CommentJson {
                text: String::new(),
                unverified: Vec::new(),
                error: Some(failed.sentence(lang)),
            },
        }
    }
}

impl ResultJson {
    /// The result of a run.
    pub fn of(outcome: &Outcome) -> ResultJson {
        let frame = &outcome.frame;
        ResultJson {
            columns: frame::json::columns(frame),
            rows: (0..frame.row_count()).map(|row| frame::json::row(frame, row)).collect(),
            row_count: frame.row_count(),
            truncated: frame.completeness() == Completeness::Truncated,
            partial: frame.completeness() == Completeness::Partial,
            elapsed_ms: outcome.elapsed.as_millis() as u64,
            kept_since: outcome.kept_since,
            engine: outcome.engine.json_name(),
            insights: outcome.insights.iter().map(|insight| insight.text.to_string()).collect(),
        }
    }
}

fn milliseconds(duration: std::time::Duration) -> f64 {
    (duration.as_secs_f64() * 1_000_000.0).round() / 1_000.0
}
