//! An exact lexer of T-SQL as SQL Server reads it.
//!
//! The general parsers disagree with the server in places that matter (nested comments,
//! `]]`, `''`, a number that touches a word), so the guard reads the text itself and hands
//! finished tokens to the parser. The lexer never fails: what it cannot read is a
//! [`Kind::Bad`] lexeme, so the same code colours half-written SQL on the screen.

use std::ops::Range;

/// What is wrong with a piece of text that is no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bad {
    /// A text literal without its closing quote.
    Text,
    /// A bracketed or double-quoted identifier without its end.
    Identifier,
    /// A block comment without its end.
    Comment,
    /// A number that touches a word or another number, such as `1DELETE`.
    Number,
    /// A character that is not part of the language outside literals.
    Character,
}

/// The kind of a lexeme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Spaces, tabs and line ends.
    Blank,
    /// `-- …` up to the line end, or `/* … */`; `depth` is how far block comments nest.
    Comment { depth: usize },
    /// A bare word: keyword, name or function.
    Word,
    /// `[…]`, with `]]` for a bracket inside.
    Bracketed,
    /// `"…"`, with `""` for a quote inside.
    Quoted,
    /// `'…'` or `N'…'`, with `''` for a quote inside.
    Text,
    /// A number: digits, an optional fraction, an optional exponent.
    Number,
    /// `@name`.
    Variable,
    /// `@@name`.
    ServerVariable,
    /// `#name` or `##name`.
    TempName,
    /// An operator or punctuation mark.
    Symbol,
    /// Not a token.
    Bad(Bad),
}

/// A piece of the text; all lexemes together are the text, without gaps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Lexeme {
    /// What it is.
    pub kind: Kind,
    /// Where it is, in bytes.
    pub range: Range<usize>,
}

/// Iterates over the lexemes of a text.
pub(super) struct Lexer<'a> {
    text: &'a str,
    at: usize,
}

/// Operators of two characters, tried before single ones.
const PAIRS: [&str; 18] = [
    "<=", ">=", "<>", "!=", "!<", "!>", "::", "||", "&&", "+=", "-=", "*=", "/=", "%=", "&=", "^=", "|=",
    "..",
];

/// Punctuation of one character.
const SINGLES: &str = "(),.;+-*/%=<>&|^~:";

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Lexer { text, at: 0 }
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn second(&self) -> Option<char> {
        self.rest().chars().nth(1)
    }

    fn skip_while(&mut self, belongs: impl Fn(char) -> bool) {
        let rest = self.rest();
        self.at += rest.find(|c| !belongs(c)).unwrap_or(rest.len());
    }

    /// Skips to just after the closing mark, where a doubled mark stands for itself.
    fn skip_delimited(&mut self, close: char) -> bool {
        while let Some(offset) = self.rest().find(close) {
            self.at += offset + close.len_utf8();
            if self.peek() != Some(close) {
                return true;
            }
            self.at += close.len_utf8();
        }
        self.at = self.text.len();
        false
    }

    fn delimited(&mut self, close: char, kind: Kind, bad: Bad) -> Kind {
        if self.skip_delimited(close) { kind } else { Kind::Bad(bad) }
    }

    /// Block comments nest on SQL Server; the opening mark has been read.
    fn block_comment(&mut self) -> Kind {
        let (mut open, mut deepest) = (1usize, 1usize);
        while open > 0 {
            let rest = self.rest();
            let Some(offset) = rest.find(['*', '/']) else {
                self.at = self.text.len();
                return Kind::Bad(Bad::Comment);
            };
            self.at += offset;
            if self.rest().starts_with("*/") {
                open -= 1;
                self.at += 2;
            } else if self.rest().starts_with("/*") {
                open += 1;
                deepest = deepest.max(open);
                self.at += 2;
            } else {
                self.at += 1;
            }
        }
        Kind::Comment { depth: deepest }
    }

    /// `12`, `1.5`, `.5`, `1.`, `1e-5`; anything that touches it from the right spoils it.
    fn number(&mut self) -> Kind {
        self.skip_while(|c| c.is_ascii_digit());
        if self.peek() == Some('.') {
            self.at += 1;
            self.skip_while(|c| c.is_ascii_digit());
        }
        if matches!(self.peek(), Some('e' | 'E')) {
            let before = self.at;
            self.at += 1;
            if matches!(self.peek(), Some('+' | '-')) {
                self.at += 1;
            }
            let digits = self.at;
            self.skip_while(|c| c.is_ascii_digit());
            if self.at == digits {
                self.at = before;
            }
        }
        let end = self.at;
        self.skip_while(|c| word_part(c) || c == '.');
        if self.at == end { Kind::Number } else { Kind::Bad(Bad::Number) }
    }

    fn word(&mut self) -> Kind {
        if matches!(self.peek(), Some('N' | 'n')) && self.second() == Some('\'') {
            self.at += 2;
            return self.delimited('\'', Kind::Text, Bad::Text);
        }
        self.skip_while(word_part);
        Kind::Word
    }

    fn prefixed_name(&mut self, prefix: char) -> Kind {
        self.at += 1;
        let doubled = self.peek() == Some(prefix);
        self.skip_while(word_part);
        match (prefix, doubled) {
            ('@', true) => Kind::ServerVariable,
            ('@', false) => Kind::Variable,
            _ => Kind::TempName,
        }
    }

    fn symbol(&mut self, first: char) -> Kind {
        if PAIRS.iter().any(|pair| self.rest().starts_with(pair)) {
            self.at += 2;
            return Kind::Symbol;
        }
        self.at += first.len_utf8();
        if SINGLES.contains(first) { Kind::Symbol } else { Kind::Bad(Bad::Character) }
    }

    fn scan(&mut self, first: char) -> Kind {
        let rest = self.rest();
        match first {
            ' ' | '\t' | '\n' | '\r' => {
                self.skip_while(|c| matches!(c, ' ' | '\t' | '\n' | '\r'));
                Kind::Blank
            }
            '-' if rest.starts_with("--") => {
                self.skip_while(|c| c != '\n');
                Kind::Comment { depth: 1 }
            }
            '/' if rest.starts_with("/*") => {
                self.at += 2;
                self.block_comment()
            }
            '\'' => {
                self.at += 1;
                self.delimited('\'', Kind::Text, Bad::Text)
            }
            '[' => {
                self.at += 1;
                self.delimited(']', Kind::Bracketed, Bad::Identifier)
            }
            '"' => {
                self.at += 1;
                self.delimited('"', Kind::Quoted, Bad::Identifier)
            }
            '@' | '#' => self.prefixed_name(first),
            c if c.is_ascii_digit() => self.number(),
            '.' if self.second().is_some_and(|c| c.is_ascii_digit()) => self.number(),
            c if word_start(c) => self.word(),
            c => self.symbol(c),
        }
    }
}

impl Iterator for Lexer<'_> {
    type Item = Lexeme;

    fn next(&mut self) -> Option<Lexeme> {
        let start = self.at;
        let first = self.peek()?;
        let kind = self.scan(first);
        Some(Lexeme { kind, range: start..self.at })
    }
}

/// Whether a bare word may begin with `c`: ASCII letters, `_`, and the letters À–ÿ.
fn word_start(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_' || latin1_letter(c)
}

/// Whether a bare word may go on with `c`.
fn word_part(c: char) -> bool {
    word_start(c) || c.is_ascii_digit() || matches!(c, '@' | '#' | '$')
}

/// The letters of Latin-1: À–ÿ without the two arithmetic signs among them.
pub(super) fn latin1_letter(c: char) -> bool {
    matches!(c, 'À'..='ÿ') && c != '×' && c != '÷'
}

/// The inside of a delimited lexeme (text literal or identifier), its doubled marks undone.
pub(super) fn unquoted(kind: Kind, written: &str) -> String {
    match kind {
        Kind::Text => {
            let inner = written.trim_start_matches(['N', 'n']);
            inside(inner).replace("''", "'")
        }
        Kind::Bracketed => inside(written).replace("]]", "]"),
        Kind::Quoted => inside(written).replace("\"\"", "\""),
        _ => written.to_string(),
    }
}

fn inside(delimited: &str) -> &str {
    delimited.get(1..delimited.len().saturating_sub(1)).unwrap_or_default()
}

/// Line and column of a byte offset, both from 1, the column in characters.
pub(super) fn position(text: &str, offset: usize) -> (u32, u32) {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = before.matches('\n').count() + 1;
    let column = before.get(line_start..).unwrap_or_default().chars().count() + 1;
    (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<(Kind, &str)> {
        Lexer::new(text).filter(|l| l.kind != Kind::Blank).map(|l| (l.kind, &text[l.range])).collect()
    }

    #[test]
    fn doubled_marks_stay_inside_their_literal() {
        assert_eq!(
            kinds("'O''Hara' [a]]b] \"c\"\"d\" N'ñ'"),
            [
                (Kind::Text, "'O''Hara'"),
                (Kind::Bracketed, "[a]]b]"),
                (Kind::Quoted, "\"c\"\"d\""),
                (Kind::Text, "N'ñ'"),
            ]
        );
        assert_eq!(unquoted(Kind::Text, "N'O''Hara'"), "O'Hara");
        assert_eq!(unquoted(Kind::Text, "'Nn'"), "Nn");
        assert_eq!(unquoted(Kind::Bracketed, "[a]]b]"), "a]b");
    }

    #[test]
    fn backslash_escapes_nothing() {
        assert_eq!(kinds(r"'a\' x"), [(Kind::Text, r"'a\'"), (Kind::Word, "x")]);
    }

    #[test]
    fn block_comments_nest() {
        assert_eq!(
            kinds("/* a /* b */ c */ d"),
            [(Kind::Comment { depth: 2 }, "/* a /* b */ c */"), (Kind::Word, "d")]
        );
        assert_eq!(kinds("/* a /* b */"), [(Kind::Bad(Bad::Comment), "/* a /* b */")]);
    }

    #[test]
    fn numbers_keep_exponents_and_refuse_neighbours() {
        for good in ["1", "1.5", ".5", "1.", "1e5", "1.5E-3"] {
            assert_eq!(kinds(good), [(Kind::Number, good)]);
        }
        for bad in ["1DELETE", "0x41", "1.2.3", "1e", "1..2"] {
            assert_eq!(kinds(bad), [(Kind::Bad(Bad::Number), bad)]);
        }
    }

    #[test]
    fn the_unterminated_is_named() {
        assert_eq!(kinds("'a"), [(Kind::Bad(Bad::Text), "'a")]);
        assert_eq!(kinds("[a]]"), [(Kind::Bad(Bad::Identifier), "[a]]")]);
        assert_eq!(kinds("\"a"), [(Kind::Bad(Bad::Identifier), "\"a")]);
    }

    #[test]
    fn positions_count_characters() {
        assert_eq!(position("añ\nxy", 4), (2, 1));
        assert_eq!(position("añb", 3), (1, 3));
    }
}
