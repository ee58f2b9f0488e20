//! Colours for T-SQL as it is being written.

use std::ops::Range;

use super::functions;
use super::lexer::{Kind, Lexer};
use super::words;

/// What a piece of T-SQL is, for colouring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenClass {
    /// A word of the query grammar.
    Keyword,
    /// An allowed function's name before its parenthesis.
    Function,
    /// A name, bare or delimited.
    Identifier,
    /// A text literal.
    Text,
    /// A number.
    Number,
    /// An operator or punctuation mark.
    Operator,
    /// A comment.
    Comment,
    /// What the guard would refuse where it stands: unfinished literals, stray characters,
    /// variables, words that begin other statements.
    Refused,
}

/// The pieces of `sql` in order, blanks left out. Never fails, for any text: what cannot be
/// read is [`TokenClass::Refused`]. Ranges are in bytes, on character boundaries.
pub fn highlight(sql: &str) -> Vec<(Range<usize>, TokenClass)> {
    Lexer::new(sql)
        .filter(|lexeme| lexeme.kind != Kind::Blank)
        .map(|lexeme| {
            let written = sql.get(lexeme.range.clone()).unwrap_or_default();
            let class = match lexeme.kind {
                Kind::Word => {
                    let is_call =
                        sql.get(lexeme.range.end..).is_some_and(|rest| rest.trim_start().starts_with('('));
                    word(&written.to_ascii_uppercase(), is_call)
                }
                Kind::Blank | Kind::Comment { .. } => TokenClass::Comment,
                Kind::Bracketed | Kind::Quoted => TokenClass::Identifier,
                Kind::Text => TokenClass::Text,
                Kind::Number => TokenClass::Number,
                Kind::Symbol => TokenClass::Operator,
                Kind::Variable | Kind::ServerVariable | Kind::TempName | Kind::Bad(_) => TokenClass::Refused,
            };
            (lexeme.range, class)
        })
        .collect()
}

fn word(upper: &str, is_call: bool) -> TokenClass {
    /// Words that are no names but that neither list above holds.
    const FORMS: [&str; 8] =
        ["CAST", "TRY_CAST", "CONVERT", "TRY_CONVERT", "ROLLUP", "CUBE", "PARTITION", "SETS"];
    if words::forbidden(upper).is_some() {
        TokenClass::Refused
    } else if is_call && functions::allowed(upper).is_some() {
        TokenClass::Function
    } else if words::is_query_word(upper) || FORMS.contains(&upper) {
        TokenClass::Keyword
    } else {
        TokenClass::Identifier
    }
}
