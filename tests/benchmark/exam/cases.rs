//! The questions, as files in `tests/fixtures/benchmark/`.

use depotru::i18n::Lang;
use serde::Deserialize;

/// A set of cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Set {
    /// Examples of every kind.
    Public,
    /// Cases that the planner may be improved on.
    Dev,
    /// More of them, by another hand.
    Dev2,
    /// And more, in freer words.
    Dev3,
    /// And more, of another hand again, with many that have no answer.
    Dev4,
    /// The kinds that the planner learnt last, by its own hand.
    Dev5,
    /// Cases that only ever measure.
    Held,
}

impl Set {
    /// Every set.
    pub const ALL: [Set; 7] = [Set::Public, Set::Dev, Set::Dev2, Set::Dev3, Set::Dev4, Set::Dev5, Set::Held];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Set::Public => "public",
            Set::Dev => "dev",
            Set::Dev2 => "dev2",
            Set::Dev3 => "dev3",
            Set::Dev4 => "dev4",
            Set::Dev5 => "dev5",
            Set::Held => "held",
        }
    }

    /// Its cases.
    pub fn cases(self) -> Vec<Case> {
        let text = match self {
            Set::Public => include_str!("../../fixtures/benchmark/public.json"),
            Set::Dev => include_str!("../../fixtures/benchmark/dev.json"),
            Set::Dev2 => include_str!("../../fixtures/benchmark/dev2.json"),
            Set::Dev3 => include_str!("../../fixtures/benchmark/dev3.json"),
            Set::Dev4 => include_str!("../../fixtures/benchmark/dev4.json"),
            Set::Dev5 => include_str!("../../fixtures/benchmark/dev5.json"),
            Set::Held => include_str!("../../fixtures/benchmark/held.json"),
        };
        serde_json::from_str(text).expect("the cases are valid JSON")
    }
}

/// A question and what is right about its answer. `tests/fixtures/benchmark/README.md` has the rules.
#[derive(Debug, Clone, Deserialize)]
pub struct Case {
    /// Stable name.
    pub id: String,
    /// The language it is asked in.
    pub lang: Lang,
    /// The words.
    pub question: String,
    /// Earlier turns of the conversation.
    #[serde(default)]
    pub context: Vec<String>,
    /// The kind of question.
    pub category: String,
    /// Whether the data holds an answer.
    pub answerable: bool,
    /// T-SQL with the right answer.
    #[serde(default)]
    pub sql: Option<String>,
    /// What is expected of the answer's form.
    #[serde(flatten)]
    pub form: Form,
    /// What should happen to a question without an answer: `abstain`, `refuse` or `clarify`.
    #[serde(default)]
    pub expected: Option<String>,
    /// How the words are disfigured, if they are.
    #[serde(default)]
    pub variant: Option<String>,
}

/// What is expected of an answer's form.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Form {
    /// The order of the rows counts.
    #[serde(deserialize_with = "or_default")]
    pub ordered: bool,
    /// The sign of amounts does not count.
    pub sign_insensitive: bool,
    /// Labels of groups may be named differently.
    pub label_insensitive: bool,
    /// Two rows or two columns are both right.
    pub shape_flexible: bool,
    /// Columns that may be absent.
    pub optional_columns: Vec<String>,
    /// Rows of equal rank may differ at the end of a ranking.
    pub ties_ok: bool,
    /// Rows that lack a value may be absent.
    pub null_first_ok: bool,
}

fn or_default<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Option::<bool>::deserialize(deserializer).map(Option::unwrap_or_default)
}
