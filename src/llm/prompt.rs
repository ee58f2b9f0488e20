//! What a model is told: the rules of the house, the typed form, and the question as data.
//!
//! No row of the data is ever part of it. Values are offered only where the value index found
//! them for words of the question, and never from personal columns.

use serde_json::{Value, json};

use super::privacy::Private;
use super::schema;
use crate::ask::Planner;
use crate::ask::intent::Scope;
use crate::ask::restate::names::{definition, dim_one, metric_phrase};
use crate::i18n::Lang;
use crate::model::schema::{COLUMNS, SqlType};
use crate::model::{Dim, Metric, SalesModel};

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// We.
    User,
    /// The model.
    Assistant,
}

/// One turn of the conversation with a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// Who speaks.
    pub role: Role,
    /// What is said.
    pub text: String,
}

/// The form of a typed answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Form {
    /// The name of the tool or schema.
    pub name: &'static str,
    /// What it is for.
    pub description: &'static str,
    /// Its JSON schema.
    pub schema: Value,
}

/// A whole prompt.
#[derive(Debug, Clone, PartialEq)]
pub struct Prompt {
    /// The rules.
    pub system: String,
    /// What was said, the first turn ours.
    pub turns: Vec<Turn>,
    /// The form of the answer; free words when absent.
    pub form: Option<Form>,
}

impl Prompt {
    /// What is sent, for people: the rules, then each turn, then the form of the answer.
    pub fn shown(&self) -> String {
        let mut shown = self.system.clone();
        for turn in &self.turns {
            let who = match turn.role {
                Role::User => "▸",
                Role::Assistant => "◂",
            };
            shown.push_str(&format!("\n\n{who} {}", turn.text));
        }
        if let Some(form) = &self.form {
            shown.push_str(&format!("\n\n▤ {}: {}", form.name, form.schema));
        }
        shown
    }

    /// Adds the model's answer.
    pub fn answer(&mut self, text: String) {
        self.turns.push(Turn { role: Role::Assistant, text });
    }

    /// Adds what was wrong with the answer.
    pub fn reject(&mut self, wrong: &str) {
        let text = json!({
            "your_answer_was_rejected_because": wrong,
            "do": "answer the same question again in the agreed form",
        });
        self.turns.push(Turn { role: Role::User, text: text.to_string() });
    }
}

/// A verified pair, as it helps a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// The question.
    pub question: String,
    /// T-SQL that answers it.
    pub sql: String,
}

/// What a question's prompt is made of.
pub struct QuestionPrompt<'a> {
    /// The planner, for the model of the business and the values of the data.
    pub planner: &'a Planner,
    /// The question without what is private in it.
    pub question: &'a Private,
    /// What was asked before, without what is private in it.
    pub before: Option<String>,
    /// The language to answer in.
    pub lang: Lang,
    /// The day that "today" means.
    pub today: chrono::NaiveDate,
    /// Values that words of the question may mean, none of them personal.
    pub candidates: Vec<(Dim, String)>,
    /// Similar verified pairs.
    pub examples: Vec<Example>,
}

impl QuestionPrompt<'_> {
    /// The prompt.
    pub fn build(&self) -> Prompt {
        let (first, last) = self.planner.span().map_or((Value::Null, Value::Null), |(first, last)| {
            (json!(first.to_string()), json!(last.to_string()))
        });
        let candidates: Vec<Value> =
            self.candidates.iter().map(|(dim, value)| json!({"dim": dim.name(), "value": value})).collect();
        let examples: Vec<Value> =
            self.examples.iter().map(|e| json!({"question": e.question, "sql": e.sql})).collect();
        let message = json!({
            "question": self.question.text(),
            "language": self.lang.code(),
            "today": self.today.to_string(),
            "data_from": first,
            "data_to": last,
            "asked_before": self.before,
            "candidates": candidates,
            "verified_examples": examples,
        });
        Prompt {
            system: self.system(),
            turns: vec![Turn { role: Role::User, text: message.to_string() }],
            form: Some(schema::form(self.planner.model())),
        }
    }

    fn system(&self) -> String {
        let model = self.planner.model();
        let quoted =
            |codes: &[String]| codes.iter().map(|code| format!("'{code}'")).collect::<Vec<_>>().join(", ");
        crate::i18n::substitute(
            include_str!("../../assets/llm/question.md"),
            &[
                ("tool", schema::NAME),
                ("table", &model.table),
                ("columns", &model.with_real_names(&columns())),
                ("excluded", &quoted(&model.documents.excluded)),
                ("returns", &quoted(&model.documents.returns)),
                ("metrics", &metrics(model)),
                ("dims", &model.with_real_names(&dims(model))),
            ],
        )
    }
}

fn columns() -> String {
    let kind = |kind: SqlType| match kind {
        SqlType::Int => "int".to_string(),
        SqlType::Date => "date".to_string(),
        SqlType::Decimal(precision, scale) => format!("decimal({precision},{scale})"),
        SqlType::NVarChar(length) => format!("nvarchar({length})"),
    };
    COLUMNS.iter().map(|c| format!("{} {}", c.name, kind(c.sql_type))).collect::<Vec<_>>().join(", ")
}

fn metrics(model: &SalesModel) -> String {
    let line = |metric: Metric| {
        let names: Vec<String> =
            [Lang::Es, Lang::En].map(|lang| metric_phrase(model, lang, metric, Scope::Sales)).to_vec();
        let meaning = definition(model, Lang::En, metric, Scope::Sales);
        format!("- {}: {} ({meaning})", schema::metric_name(metric), names.join(" / "))
    };
    Metric::PLAIN.into_iter().map(line).collect::<Vec<_>>().join("\n")
}

fn dims(model: &SalesModel) -> String {
    let line = |dim: Dim| {
        let names = [Lang::Es, Lang::En].map(|lang| dim_one(model, lang, dim));
        let column = dim.columns().iter().map(|(sql, ..)| *sql).collect::<Vec<_>>().join(", ");
        format!("- {}: {} ({column})", dim.name(), names.join(" / "))
    };
    model.dims().map(line).collect::<Vec<_>>().join("\n")
}
