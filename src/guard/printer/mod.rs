//! The allow-list over the tree, which is at the same time the printer of the canonical text.
//!
//! It knows only what is allowed. Every structure is taken apart field by field and every
//! enumeration arm by arm, so that a parser that learns something new does not compile here
//! until somebody has decided about it.

mod expr;
mod function;
mod query;
mod source;
mod types;

use sqlparser::ast::{Ident, ObjectName, ObjectNamePart, Query};
use sqlparser::tokenizer::Span;

use super::Policy;
use super::parse::offset_of;
use super::rule::{Rule, Stop};
use super::words;

/// Widest clause that is kept on one line, in bytes.
const WIDTH: usize = 88;

type Printed = Result<String, Stop>;

/// Judges a query and prints it in canonical form, several lines without options.
pub(super) fn print(query: &Query, policy: &Policy) -> Printed {
    Printer { policy, ctes: Vec::new(), at: 0 }.statement(query)
}

struct Printer<'p> {
    policy: &'p Policy,
    /// The query's own tables that are visible here, in upper case.
    ctes: Vec<String>,
    /// The byte offset of the last thing read that knew its place.
    at: usize,
}

impl Printer<'_> {
    fn stop(&self, rule: Rule) -> Stop {
        Stop::new(rule, self.at)
    }

    /// Refuses a construct by what it is called.
    fn refuse<T>(&self, what: &str) -> Result<T, Stop> {
        Err(self.stop(Rule::UnsupportedSyntax).about(what))
    }

    /// Refuses a construct unless it is absent.
    fn absent(&self, is_absent: bool, what: &str) -> Result<(), Stop> {
        if is_absent { Ok(()) } else { self.refuse(what) }
    }

    fn see(&mut self, span: Span) {
        if span.start.line > 0 {
            self.at = offset_of(span);
        }
    }

    fn ident(&mut self, ident: &Ident) -> Printed {
        let Ident { value, quote_style, span } = ident;
        self.see(*span);
        match quote_style {
            Some('[') => Ok(format!("[{}]", value.replace(']', "]]"))),
            None if !is_bare_name(value) => self.refuse(value),
            None if words::is_reserved(&value.to_ascii_uppercase()) => {
                Err(self.stop(Rule::ReservedWord).about(value))
            }
            None => Ok(value.clone()),
            Some(_) => self.refuse(value),
        }
    }

    fn idents(&mut self, idents: &[Ident]) -> Result<Vec<String>, Stop> {
        idents.iter().map(|ident| self.ident(ident)).collect()
    }

    /// The parts of a name that has only identifiers.
    fn parts<'n>(&mut self, name: &'n ObjectName) -> Result<Vec<&'n Ident>, Stop> {
        name.0
            .iter()
            .map(|part| match part {
                ObjectNamePart::Identifier(ident) => Ok(ident),
                ObjectNamePart::Function(_) => self.refuse("IDENTIFIER()"),
            })
            .collect()
    }
}

/// A regular identifier as the lexer reads it.
fn is_bare_name(name: &str) -> bool {
    let mut lexer = super::lexer::Lexer::new(name);
    let first = lexer.next();
    first.is_some_and(|first| first.kind == super::lexer::Kind::Word) && lexer.next().is_none()
}

fn indent(level: usize) -> String {
    "    ".repeat(level)
}

/// A clause with its items behind it on one line, or below it if they are long.
fn clause(word: &str, items: &[String], level: usize) -> String {
    let inline = items.join(", ");
    if inline.len() + word.len() <= WIDTH && !inline.contains('\n') {
        return format!("{word} {inline}");
    }
    let inner = indent(level + 1);
    format!("{word}\n{inner}{}", items.join(&format!(",\n{inner}")))
}

/// A subquery in parentheses, its lines one level deeper.
fn nested(query: &str, level: usize) -> String {
    format!("(\n{}{query}\n{})", indent(level + 1), indent(level))
}
