//! The guard: nothing but a harmless read can run.
//!
//! Enters: T-SQL text from anyone (the planner, a model, a file, a person).
//! Leaves: [`ReadOnlySql`], or a [`Refusal`] with its rule and position.
//! May not touch: execution. The guard is pure: no input, no output, no clock.

use std::fmt;

use sqlparser::ast::Query;

/// T-SQL that passed the guard. Only [`check`] makes one; engines take nothing else.
///
/// The canonical text is what a person is shown, what the approval's hash binds and
/// what a server executes; the embedded engine plans from the syntax tree, which is
/// the tree of exactly that text.
#[derive(Clone)]
pub struct ReadOnlySql {
    canonical: String,
    query: Box<Query>,
    sha256: [u8; 32],
}

impl ReadOnlySql {
    /// The canonical text.
    pub fn text(&self) -> &str {
        &self.canonical
    }

    /// The syntax tree of the canonical text.
    pub fn query(&self) -> &Query {
        &self.query
    }

    /// SHA-256 of the canonical text.
    pub fn sha256(&self) -> [u8; 32] {
        self.sha256
    }

    /// SHA-256 of the canonical text in lower-case hexadecimal.
    pub fn sha256_hex(&self) -> String {
        self.sha256.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl fmt::Debug for ReadOnlySql {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ReadOnlySql").field(&self.canonical).finish()
    }
}

/// What the guard allows to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// The tables that may be read, by bare name (their schema may be `dbo` or absent).
    pub tables: Vec<String>,
}

impl Default for Policy {
    fn default() -> Self {
        Policy { tables: vec![crate::model::schema::TABLE.to_string()] }
    }
}

/// Why a text was refused. The name ([`Rule::name`]) is stable: scripts and the audit log rely on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rule {
    /// The text is not one the guard can read as T-SQL.
    NotSql,
}

impl Rule {
    /// The stable snake_case name.
    pub fn name(self) -> &'static str {
        match self {
            Rule::NotSql => "not_sql",
        }
    }
}

/// A refusal: the rule, where in the original text, and the piece of text it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The rule that refused.
    pub rule: Rule,
    /// Line in the original text, from 1.
    pub line: u32,
    /// Column in the original text, in characters, from 1.
    pub column: u32,
    /// The offending piece of text as written, possibly empty; hostile until cleaned.
    pub token: String,
}

impl Refusal {
    /// The refusal as one sentence in the user's language, cleaned for display.
    pub fn sentence(&self, _lang: crate::i18n::Lang) -> String {
        String::new()
    }
}

/// Judges `sql` under `policy`.
///
/// # Errors
/// A [`Refusal`] for anything that is not exactly one allowed `SELECT`.
pub fn check(_sql: &str, _policy: &Policy) -> Result<ReadOnlySql, Refusal> {
    Err(Refusal { rule: Rule::NotSql, line: 1, column: 1, token: String::new() })
}
