//! A question and the T-SQL that answers it, as a person has verified.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::i18n::Lang;

/// Who wrote the T-SQL of a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// It came with the program.
    Seed,
    /// The planner.
    Planner,
    /// A verified pair with other days, numbers or values.
    Verified,
    /// A model filled the typed form.
    ModelIntent,
    /// A model wrote it freely.
    ModelSql,
    /// The user.
    User,
}

impl Origin {
    /// Whether the pair answers before the planner is asked: somebody wanted another answer.
    pub fn overrules_the_planner(self) -> bool {
        !matches!(self, Origin::Seed | Origin::Planner)
    }
}

/// A verified pair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pair {
    /// Its stable name.
    pub id: String,
    /// The question's words; hostile until cleaned.
    pub question: String,
    /// The language it is asked in.
    pub lang: Lang,
    /// The day that "today" meant when it was verified.
    pub day: NaiveDate,
    /// Who wrote the T-SQL.
    pub origin: Origin,
    /// What the user noted about it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// The T-SQL; judged anew whenever it is used.
    pub sql: String,
}

/// An answer that was marked as wrong, with the reason: for the person who tends the pairs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rejected {
    /// The question's words.
    pub question: String,
    /// The day it was asked.
    pub day: NaiveDate,
    /// Why it is wrong.
    pub reason: String,
    /// The T-SQL that was wrong.
    pub sql: String,
}

/// A name for a new pair: the same question in the same language has the same one.
pub fn new_id(question: &str, lang: Lang) -> String {
    let words = crate::ask::fold(question);
    let words: Vec<&str> = words.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
    let hash = Sha256::digest(format!("{} {}", lang.code(), words.join(" ")).as_bytes());
    let hex: String = hash.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    format!("p-{hex}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_words_have_the_same_name() {
        assert_eq!(new_id("¿Ventas de MAYO?", Lang::Es), new_id("ventas de mayo", Lang::Es));
        assert_ne!(new_id("ventas de mayo", Lang::Es), new_id("ventas de mayo", Lang::En));
        assert_ne!(new_id("ventas de mayo", Lang::Es), new_id("ventas de junio", Lang::Es));
    }
}
