//! How a question becomes SQL, with full coverage or no answer.
//!
//! Enters: a question, the model, the value index, the date, the previous intent.
//! Leaves: an [`Outcome`]. May not touch: network, terminal, database.

mod answer;
mod chunk;
mod compile;
pub mod complete;
mod examples;
mod explain;
mod homograph;
mod hopeless;
pub mod intent;
pub mod lexicon;
mod mentions;
mod normalize;
pub mod numbers;
mod planner;
mod refuse;
mod resolve;
pub mod restate;
mod roles;
mod skeleton;
#[cfg(test)]
mod tests;
pub mod time;
mod validate;
pub mod values;

use std::ops::Range;

use chrono::NaiveDate;

use crate::i18n::Lang;
use crate::model::ColumnKind;

pub use complete::Completion;
pub use intent::Intent;
pub use mentions::Personal;
pub use normalize::{fold, is_passed_over};
pub use planner::Planner;
pub use resolve::Resolved;
pub use skeleton::{Skeleton, Slot};
pub use validate::InvalidIntent;

/// A question and what surrounds it.
#[derive(Debug, Clone)]
pub struct Question<'a> {
    /// The words as typed.
    pub text: &'a str,
    /// The language to answer in; `None`: the language of the question.
    pub lang: Option<Lang>,
    /// The day that "today" means.
    pub today: NaiveDate,
    /// The intent of the turn before, for follow-ups.
    pub previous: Option<&'a Intent>,
}

/// What became of a question.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// It was understood whole.
    Plan(Box<Plan>),
    /// It can be read in more than one way, or lacks something a person must say.
    Clarify(Clarify),
    /// Part of it was not understood, or the data does not hold the answer.
    Abstain(Abstain),
    /// It asks for something that is never done.
    Refuse(Refused),
}

/// A question understood.
#[derive(Debug, Clone)]
pub struct Plan {
    /// What was understood.
    pub intent: Intent,
    /// The language of the answer.
    pub lang: Lang,
    /// T-SQL that runs as it is, values inlined as escaped literals; not yet judged by the guard.
    pub sql: String,
    /// What will be computed, in the user's language, with the resolved dates and the documents left out.
    pub restatement: String,
    /// The definitions of the metrics used, one sentence each.
    pub definitions: Vec<String>,
    /// What each part of the question was read as, in the order of the text.
    pub readings: Vec<Reading>,
    /// The columns of the result, in order.
    pub columns: Vec<PlannedColumn>,
    /// The chart that suits the result.
    pub chart: ChartHint,
    /// Things to know before approving: a corrected word, a range outside the data …
    pub warnings: Vec<String>,
}

/// A column of the planned result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedColumn {
    /// Its name in the SQL.
    pub name: String,
    /// Its title for people, in the user's language.
    pub title: String,
    /// What its values mean.
    pub kind: ColumnKind,
}

/// How a part of the question was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Understanding {
    /// As written.
    Exact,
    /// A near word was taken instead.
    Corrected,
    /// A word without content ("por favor").
    Ignored,
    /// Not understood.
    Unknown,
    /// Taken over from the question before.
    Inherited,
}

/// A part of the question and what it was read as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// Byte range in the question.
    pub span: Range<usize>,
    /// How it was taken.
    pub understanding: Understanding,
    /// What it was read as, for people ("métrica: ventas", "marca = BOSCH"); empty for ignored words.
    pub meaning: String,
}

/// The chart that suits a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChartHint {
    /// Nothing to draw: a list of names, say.
    None,
    /// One figure, or a few side by side.
    Figure,
    /// Horizontal bars, one per label.
    Bar,
    /// Bars of shares of a whole.
    Share,
    /// A line over time.
    Line,
    /// Two bars per label: now and before.
    PairedBar,
}

impl ChartHint {
    /// The name scripts see in JSON.
    pub fn json_name(self) -> &'static str {
        match self {
            ChartHint::None => "none",
            ChartHint::Figure => "figure",
            ChartHint::Bar => "bar",
            ChartHint::Share => "share",
            ChartHint::Line => "line",
            ChartHint::PairedBar => "paired_bar",
        }
    }
}

/// A choice to make before there can be a plan.
#[derive(Debug, Clone)]
pub struct Clarify {
    /// The language of the answer.
    pub lang: Lang,
    /// What must be chosen or said.
    pub message: String,
    /// One option per reading: what it would compute, and a question that means exactly that.
    pub options: Vec<Choice>,
    /// Words not understood, if that is the reason.
    pub unknown: Vec<String>,
    /// What each part was read as.
    pub readings: Vec<Reading>,
}

/// One reading of an ambiguous question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What it would compute, for people.
    pub restatement: String,
    /// A question that means exactly this reading.
    pub question: String,
}

/// Why there is no plan, and what could be asked instead.
#[derive(Debug, Clone)]
pub struct Abstain {
    /// The language of the answer.
    pub lang: Lang,
    /// Why there is no plan.
    pub message: String,
    /// The words that were not understood, as written.
    pub unknown: Vec<String>,
    /// Words or questions that would have worked.
    pub suggestions: Vec<String>,
    /// What each part was read as.
    pub readings: Vec<Reading>,
}

/// A question that is never answered.
#[derive(Debug, Clone)]
pub struct Refused {
    /// The language of the answer.
    pub lang: Lang,
    /// Why, and what depotru does do.
    pub message: String,
    /// Stable snake_case name of the reason, for the audit log (`write`, `injection`, `secret`, `code`).
    pub reason: &'static str,
}
