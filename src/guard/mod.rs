//! The guard: nothing but a harmless read can run.
//!
//! Enters: T-SQL text from anyone (the planner, a model, a file, a person).
//! Leaves: [`ReadOnlySql`], or a [`Refusal`] with its rule and position.
//! May not touch: execution. The guard is pure: no input, no output, no clock.
//!
//! The way of a text: rules on its characters, an exact lexer, rules on the tokens, a
//! parser fed with those tokens, an allow-list over the tree that prints the canonical
//! text, rules on its cost, and the whole way again for the canonical text, which must
//! come back unchanged. `docs/guard.md` has the policy with its reasons.

mod cost;
mod functions;
mod highlight;
mod lexer;
mod parse;
mod printer;
mod rule;
mod text;
mod tokens;
mod words;

use std::fmt;

use sha2::{Digest, Sha256};
use sqlparser::ast::Query;

pub use highlight::{TokenClass, highlight};
pub use rule::{Refusal, Rule};

use rule::Stop;

/// T-SQL that passed the guard. Only [`check`] makes one; engines take nothing else.
///
/// The canonical text is what a person is shown, what the approval's hash binds and
/// what a server executes; the embedded engine plans from the syntax tree, which is
/// the tree of exactly that text without its `OPTION (…)`: those steer the server only.
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
    /// The tables that may be read. A bare name may be written with `dbo` or without; a name
    /// with a schema (or database and schema) in front must be written exactly so.
    pub tables: Vec<String>,
}

impl Default for Policy {
    fn default() -> Self {
        Policy { tables: vec![crate::model::schema::TABLE.to_string()] }
    }
}

impl Policy {
    /// The parts of an allowed table's name as it is configured, for a name as it was written.
    fn spelling(&self, written: &[&str]) -> Option<Vec<String>> {
        self.tables.iter().find_map(|table| {
            let mut configured: Vec<&str> = table.split('.').collect();
            if configured.len() == 1 && written.len() == 2 {
                configured.insert(0, "dbo");
            }
            let pairs = configured.iter().zip(written);
            let same = configured.len() == written.len()
                && pairs.into_iter().all(|(a, b)| a.eq_ignore_ascii_case(b));
            same.then(|| configured.into_iter().map(str::to_string).collect())
        })
    }
}

/// Stack kept free for judging, so that the depth the rules allow fits on every thread.
const STACK: usize = 8 * 1024 * 1024;

/// Judges `sql` under `policy`.
///
/// # Errors
/// A [`Refusal`] for anything that is not exactly one allowed `SELECT`.
pub fn check(sql: &str, policy: &Policy) -> Result<ReadOnlySql, Refusal> {
    // Length first: nothing else is done for a text that is too long.
    let judged = text::check(sql).and_then(|()| stacker::maybe_grow(STACK, 2 * STACK, || judge(sql, policy)));
    judged.map_err(|stop| locate(sql, stop))
}

fn judge(sql: &str, policy: &Policy) -> Result<ReadOnlySql, Stop> {
    let (canonical, original) = canonical(sql, policy)?;
    // Once more, from the text that will run: it must pass, mean the same and stay the same.
    let unchanged = text::check(&canonical).and_then(|()| self::canonical(&canonical, policy));
    match unchanged {
        Ok((again, query)) if again == canonical && query == original => {
            let sha256 = Sha256::digest(canonical.as_bytes()).into();
            Ok(ReadOnlySql { canonical, query, sha256 })
        }
        // The canonical text may be longer than the original, by indentation.
        Err(Stop { rule: Rule::TooLong, .. }) => Err(Stop::new(Rule::TooLong, 0)),
        _ => Err(Stop::new(Rule::NotCanonical, 0)),
    }
}

/// One pass: the canonical text of `sql`, and its tree.
fn canonical(sql: &str, policy: &Policy) -> Result<(String, Box<Query>), Stop> {
    let statement = tokens::read(sql)?;
    let query = parse::parse(&statement.query, policy)?;
    let mut printed = printer::print(&query, policy)?;
    cost::check(&query, statement.max_recursion)?;
    if !statement.options.is_empty() {
        printed.push_str(&format!("\nOPTION ({})", statement.options.join(", ")));
    }
    Ok((printed, query))
}

/// Turns a byte offset into line and column, and finds the offending piece of text.
fn locate(sql: &str, stop: Stop) -> Refusal {
    let Stop { rule, offset, token } = stop;
    let (line, column) = lexer::position(sql, offset);
    let at_offset = || {
        let lexeme = lexer::Lexer::new(sql).find(|lexeme| lexeme.range.end > offset);
        lexeme.and_then(|lexeme| sql.get(lexeme.range)).unwrap_or_default().to_string()
    };
    let token = match rule {
        Rule::TooLong => String::new(),
        _ => token.unwrap_or_else(at_offset),
    };
    Refusal { rule, line, column, token }
}

#[cfg(test)]
mod tests;
