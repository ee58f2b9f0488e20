//! The planner itself: what it holds, and what others may ask of it.

use std::collections::HashSet;
use std::sync::{Arc, OnceLock};

use chrono::NaiveDate;

use super::answer;
use super::chunk::{Chunk, Corrected, Sources};
use super::compile::compile;
use super::intent::Intent;
use super::lexicon::{Lexicon, NamedDims, ValueName};
use super::normalize::{Token, question_tokens, tokens};
use super::restate::{definitions, restate};
use super::time::CORRECTABLE;
use super::validate::{InvalidIntent, check};
use super::values::{Speller, ValueIndex};
use super::{Outcome, Plan, Question};
use crate::i18n::Lang;
use crate::model::{ColumnValues, Dim, SalesModel};

/// The deterministic planner: no key, no network, no cost. Cheap to share; planning is pure.
#[derive(Debug, Clone)]
pub struct Planner {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    span: Option<(NaiveDate, NaiveDate)>,
    model: SalesModel,
    lexicon: Lexicon,
    values: ValueIndex,
    speller: Speller,
    vocabulary: HashSet<Box<str>>,
    /// The examples of the first day asked about, which nearly always is the only one.
    examples: OnceLock<(NaiveDate, Vec<(Lang, String)>)>,
}

impl Inner {
    fn new(
        columns: Vec<ColumnValues>,
        span: Option<(NaiveDate, NaiveDate)>,
        model: SalesModel,
        lexicon: Lexicon,
    ) -> Inner {
        let lexicon = lexicon.with_dimensions(&model.dimensions);
        let mut names = lexicon.value_names.clone();
        for (code, phrases) in &model.documents.names {
            names.extend(phrases.iter().map(|phrase| ValueName {
                phrase: tokens(phrase).into_iter().map(|t| t.norm).collect::<Vec<_>>().join(" "),
                values: vec![code.clone()],
                of: NamedDims::Documents,
            }));
        }
        let values = ValueIndex::new(&asked_for(columns, &model), &names, &model);
        let vocabulary: HashSet<Box<str>> =
            lexicon.words().chain(CORRECTABLE).filter(|w| w.len() > 1).map(Box::from).collect();
        let speller = Speller::new(vocabulary.iter().map(AsRef::as_ref).chain(values.vocabulary()));
        Inner { span, model, lexicon, values, speller, vocabulary, examples: OnceLock::new() }
    }
}

impl Planner {
    /// A planner over the data's distinct values and the days the data covers.
    pub fn new(values: Vec<ColumnValues>, span: Option<(NaiveDate, NaiveDate)>) -> Planner {
        Planner::for_store(values, span, SalesModel::default(), Lexicon::builtin().clone())
    }

    /// A planner for a store with its own tables, columns, document rules and words.
    pub fn for_store(
        values: Vec<ColumnValues>,
        span: Option<(NaiveDate, NaiveDate)>,
        model: SalesModel,
        lexicon: Lexicon,
    ) -> Planner {
        Planner { inner: Arc::new(Inner::new(values, span, model, lexicon)) }
    }

    /// Turns a question into a plan, or says why not. Never panics; bounded time.
    pub fn ask(&self, question: &Question<'_>) -> Outcome {
        answer::answer(self, question, true)
    }

    /// The plan of an intent, whoever made it.
    ///
    /// # Errors
    /// What is wrong with the intent.
    pub fn compile(&self, intent: &Intent, lang: Lang) -> Result<Plan, InvalidIntent> {
        check(intent, &self.inner.model)?;
        let compiled = compile(intent, &self.inner.model, lang);
        Ok(Plan {
            intent: intent.clone(),
            lang,
            sql: compiled.sql,
            restatement: restate(intent, &self.inner.model, lang),
            definitions: definitions(intent, &self.inner.model, lang),
            readings: Vec::new(),
            columns: compiled.columns,
            chart: compiled.chart,
            warnings: Vec::new(),
        })
    }

    /// The store's model.
    pub fn model(&self) -> &SalesModel {
        &self.inner.model
    }

    /// The first and last day of the data.
    pub fn span(&self) -> Option<(NaiveDate, NaiveDate)> {
        self.inner.span
    }

    /// The values of the data.
    pub fn values(&self) -> &ValueIndex {
        &self.inner.values
    }

    /// The words known.
    pub fn lexicon(&self) -> &Lexicon {
        &self.inner.lexicon
    }

    fn sources(&self, today: NaiveDate) -> Sources<'_> {
        Sources {
            lexicon: &self.inner.lexicon,
            values: &self.inner.values,
            speller: &self.inner.speller,
            documents: &self.inner.model.documents,
            today,
        }
    }

    /// The question's tokens with typing errors corrected, and its best cover.
    pub(super) fn cover(&self, text: &str, today: NaiveDate) -> (Vec<Token>, Vec<Corrected>, Vec<Chunk>) {
        let sources = self.sources(today);
        let (tokens, corrected) = sources.corrected(question_tokens(text), &self.inner.vocabulary);
        let chunks = sources.cover(&tokens, &corrected);
        (tokens, corrected, chunks)
    }

    /// Tokens with typing errors corrected, and the corrections.
    pub(super) fn corrected(&self, tokens: Vec<Token>) -> (Vec<Token>, Vec<Corrected>) {
        self.sources(NaiveDate::default()).corrected(tokens, &self.inner.vocabulary)
    }

    /// Whether the word belongs to the lexicon or to the words of time.
    pub(super) fn knows_word(&self, word: &str) -> bool {
        self.inner.vocabulary.contains(word)
    }

    /// Where the examples of a day are kept.
    pub(super) fn kept_examples(&self) -> &OnceLock<(NaiveDate, Vec<(Lang, String)>)> {
        &self.inner.examples
    }

    /// Known words near a word, to suggest.
    pub(super) fn near_words(&self, word: &str) -> Vec<String> {
        self.inner.speller.alike(word, 4)
    }
}

/// Without the documents that never count: nothing can be asked about them, and their codes are
/// words elsewhere ("as").
fn asked_for(mut columns: Vec<ColumnValues>, model: &SalesModel) -> Vec<ColumnValues> {
    for column in &mut columns {
        if Dim::of_column(&column.column) == Some(Dim::DocType) {
            column.values.retain(|(code, _)| !model.documents.excluded.contains(code));
        }
    }
    columns
}
