//! From tokens to a syntax tree, by the general parser on the guard's own tokens.
//!
//! The parser never sees the text: spans in the tree carry byte offsets (line 1, column
//! offset + 1), and what our lexer decided cannot be read differently.

use std::any::TypeId;
use std::ops::ControlFlow;

use sqlparser::ast::{
    CastKind, Expr, Ident, ObjectNamePart, Query, TableFactor, UnaryOperator, VisitMut, VisitorMut,
};
use sqlparser::dialect::{Dialect, MsSqlDialect, Precedence};
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Location, Span, Token as ParserToken, TokenWithSpan};

use super::Policy;
use super::functions;
use super::lexer::{Kind, unquoted};
use super::rule::{Rule, Stop};
use super::tokens::Token;
use super::words;

/// Recursion the parser may use: a few calls for each level that the token policy allows.
const RECURSION_LIMIT: usize = 1_500;

/// Parses one query and brings it into the form in which trees are compared.
pub(super) fn parse(tokens: &[Token<'_>], policy: &Policy) -> Result<Box<Query>, Stop> {
    let arranged = arrange(tokens);
    let converted = arranged.iter().map(convert).collect::<Result<Vec<_>, Stop>>()?;
    let end = tokens.last().map_or(0, |last| last.offset);
    let mut parser =
        Parser::new(&TransactSql).with_recursion_limit(RECURSION_LIMIT).with_tokens_with_locations(converted);
    let mut query = parser.parse_query().map_err(|error| refused_by_parser(&error, end))?;
    let next = parser.peek_token_ref();
    if next.token != ParserToken::EOF {
        let rule = match &next.token {
            ParserToken::Word(word) if word.keyword == Keyword::SELECT => Rule::MultipleStatements,
            _ => Rule::NotSql,
        };
        return Err(Stop::new(rule, offset_of(next.span)));
    }
    let ctes = query.with.iter().flat_map(|with| &with.cte_tables);
    let ctes = ctes.map(|cte| cte.alias.name.value.clone()).collect();
    let _ = query.visit(&mut Uniform { ctes, policy });
    Ok(query)
}

/// Whether two names are one to a server that compares them without case.
pub(super) fn same_name(one: &str, other: &str) -> bool {
    one.to_uppercase() == other.to_uppercase()
}

/// The byte offset that a span of the tree carries.
pub(super) fn offset_of(span: Span) -> usize {
    usize::try_from(span.start.column.saturating_sub(1)).unwrap_or(0)
}

fn refused_by_parser(error: &ParserError, end: usize) -> Stop {
    match error {
        ParserError::RecursionLimitExceeded => Stop::new(Rule::TooDeep, end),
        ParserError::ParserError(message) | ParserError::TokenizerError(message) => {
            let column = message.rsplit_once("Column: ").and_then(|(_, column)| column.parse::<usize>().ok());
            Stop::new(Rule::NotSql, column.map_or(end, |column| column.saturating_sub(1)))
        }
    }
}

/// Rewrites older spellings that the parser does not know: text as an alias, and table
/// hints without `WITH` or before the alias.
fn arrange<'a>(tokens: &[Token<'a>]) -> Vec<Token<'a>> {
    let mut out: Vec<Token<'a>> = Vec::with_capacity(tokens.len());
    let mut index = 0;
    while let Some(token) = tokens.get(index) {
        let rest = tokens.get(index..).unwrap_or_default();
        let previous = out.last().copied();
        if let Some(length) = hint_length(previous, rest) {
            let has_with = token.is_word("WITH");
            index += length;
            // The hint stands before the alias in the older order.
            let alias = alias_length(tokens.get(index..).unwrap_or_default());
            out.extend_from_slice(tokens.get(index..index + alias).unwrap_or_default());
            index += alias;
            if !has_with {
                out.push(Token { kind: Kind::Word, text: "WITH", offset: token.offset });
            }
            out.extend_from_slice(rest.get(..length).unwrap_or_default());
            continue;
        }
        out.push(*token);
        index += 1;
    }
    let aliases: Vec<usize> = (1..out.len()).filter(|&index| is_alias(&out, index)).collect();
    for index in aliases {
        if let Some(token) = out.get_mut(index) {
            token.kind = Kind::Quoted;
        }
    }
    out
}

/// Whether the token at `index` is a text literal that can only be a column alias: behind a
/// finished expression, or before the `=` of `'alias' = expression`.
fn is_alias(tokens: &[Token<'_>], index: usize) -> bool {
    let before = index.checked_sub(1).and_then(|before| tokens.get(before));
    let (Some(this), Some(before)) = (tokens.get(index).filter(|this| this.kind == Kind::Text), before)
    else {
        return false;
    };
    let assigned = tokens.get(index + 1).is_some_and(|next| next.is("="));
    match before.kind {
        // The number of `TOP 5` is no expression of the list, but what stands behind it is.
        Kind::Number => !is_top(tokens, index - 1),
        Kind::Symbol => match before.text {
            ")" => !opening(tokens, index - 1).is_some_and(|open| is_top(tokens, open)),
            "," => assigned,
            _ => false,
        },
        Kind::Text | Kind::Bracketed | Kind::Quoted => true,
        Kind::Word => {
            let upper = before.text.to_ascii_uppercase();
            // `E'…'` and its like are literals of other dialects: a name must not touch its alias.
            let touches = before.offset + before.text.len() == this.offset;
            match upper.as_str() {
                "AS" | "END" | "NULL" => true,
                "SELECT" | "DISTINCT" => assigned,
                // Words of `AT TIME ZONE '…'` and `TRIM(BOTH '…' FROM …)`.
                "ZONE" | "BOTH" | "LEADING" | "TRAILING" => false,
                _ => !(touches || words::is_query_word(&upper)),
            }
        }
        _ => false,
    }
}

/// Whether the token before `index` is `TOP`.
fn is_top(tokens: &[Token<'_>], index: usize) -> bool {
    index.checked_sub(1).and_then(|before| tokens.get(before)).is_some_and(|before| before.is_word("TOP"))
}

/// The place of the parenthesis that the one at `close` closes.
fn opening(tokens: &[Token<'_>], close: usize) -> Option<usize> {
    let mut open = 0usize;
    (0..=close).rev().find(|&index| {
        match tokens.get(index) {
            Some(token) if token.is(")") => open += 1,
            Some(token) if token.is("(") => open = open.saturating_sub(1),
            _ => {}
        }
        open == 0
    })
}

/// The length of `WITH (NOLOCK)` or `(NOLOCK)` at the start of `rest`, behind a name.
fn hint_length(previous: Option<Token<'_>>, rest: &[Token<'_>]) -> Option<usize> {
    let hint = |token: &Token<'_>| token.is_word("NOLOCK") || token.is_word("READUNCOMMITTED");
    if !previous.is_some_and(|token| token.is_name()) {
        return None;
    }
    match rest {
        [with, open, name, close, ..]
            if with.is_word("WITH") && open.is("(") && hint(name) && close.is(")") =>
        {
            Some(4)
        }
        [open, name, close, ..] if open.is("(") && hint(name) && close.is(")") => Some(3),
        _ => None,
    }
}

/// The length of `AS name` or `name` at the start of `rest`, if an alias stands there.
fn alias_length(rest: &[Token<'_>]) -> usize {
    let query_word = |token: &Token<'_>| {
        let upper = token.text.to_ascii_uppercase();
        token.kind == Kind::Word && (words::is_query_word(&upper) || upper == "WINDOW")
    };
    match rest {
        [keyword, name, ..] if keyword.is_word("AS") && name.is_name() => 2,
        [name, ..] if name.is_name() && !query_word(name) => 1,
        _ => 0,
    }
}

fn convert(token: &Token<'_>) -> Result<TokenWithSpan, Stop> {
    let written = token.text;
    let converted = match token.kind {
        Kind::Word => ParserToken::make_word(written, None),
        Kind::Bracketed | Kind::Quoted => {
            let kind = if written.ends_with('\'') { Kind::Text } else { token.kind };
            ParserToken::make_word(&identifier(&unquoted(kind, written), token)?, Some('['))
        }
        // The server joins lines at a backslash, even inside a literal.
        Kind::Text if written.contains("\\\n") || written.contains("\\\r\n") => {
            return Err(Stop::new(Rule::UnsupportedSyntax, token.offset).about("\\"));
        }
        Kind::Text if written.starts_with('\'') => {
            ParserToken::SingleQuotedString(unquoted(Kind::Text, written))
        }
        Kind::Text => ParserToken::NationalStringLiteral(unquoted(Kind::Text, written)),
        Kind::Number => ParserToken::Number(written.to_string(), false),
        Kind::Symbol => symbol(token)?,
        Kind::Blank
        | Kind::Comment { .. }
        | Kind::Variable
        | Kind::ServerVariable
        | Kind::TempName
        | Kind::Bad(_) => return Err(Stop::new(Rule::NotSql, token.offset)),
    };
    let start = u64::try_from(token.offset).unwrap_or(u64::MAX - 1) + 1;
    let length = u64::try_from(written.len()).unwrap_or(0);
    let span = Span::new(Location::new(1, start), Location::new(1, start + length));
    Ok(TokenWithSpan::new(converted, span))
}

/// SQL Server's limits for a delimited identifier; line breaks would spoil the display.
fn identifier(name: &str, token: &Token<'_>) -> Result<String, Stop> {
    if name.chars().any(char::is_control) {
        return Err(Stop::new(Rule::ControlCharacter, token.offset));
    }
    if name.trim().is_empty() || name.chars().count() > 128 {
        return Err(Stop::new(Rule::NotSql, token.offset));
    }
    Ok(name.to_string())
}

fn symbol(token: &Token<'_>) -> Result<ParserToken, Stop> {
    Ok(match token.text {
        "(" => ParserToken::LParen,
        ")" => ParserToken::RParen,
        "," => ParserToken::Comma,
        "." => ParserToken::Period,
        "+" => ParserToken::Plus,
        "-" => ParserToken::Minus,
        "*" => ParserToken::Mul,
        "/" => ParserToken::Div,
        "%" => ParserToken::Mod,
        "=" => ParserToken::Eq,
        "<" => ParserToken::Lt,
        ">" => ParserToken::Gt,
        "<=" | "!>" => ParserToken::LtEq,
        ">=" | "!<" => ParserToken::GtEq,
        "<>" | "!=" => ParserToken::Neq,
        "&" => ParserToken::Ampersand,
        "|" => ParserToken::Pipe,
        "^" => ParserToken::Caret,
        "~" => ParserToken::Tilde,
        _ => return Err(Stop::new(Rule::UnsupportedSyntax, token.offset)),
    })
}

/// SQL Server's dialect, with what the parser's own version lacks (`GROUPING SETS`, `WITH
/// ROLLUP`), without what T-SQL has not, and with aliases that never swallow a reserved word.
#[derive(Debug)]
struct TransactSql;

impl Dialect for TransactSql {
    fn dialect(&self) -> TypeId {
        TypeId::of::<MsSqlDialect>()
    }

    fn is_identifier_start(&self, ch: char) -> bool {
        MsSqlDialect {}.is_identifier_start(ch)
    }

    fn is_identifier_part(&self, ch: char) -> bool {
        MsSqlDialect {}.is_identifier_part(ch)
    }

    fn is_delimited_identifier_start(&self, ch: char) -> bool {
        MsSqlDialect {}.is_delimited_identifier_start(ch)
    }

    fn convert_type_before_value(&self) -> bool {
        true
    }

    fn supports_try_convert(&self) -> bool {
        true
    }

    fn supports_boolean_literals(&self) -> bool {
        false
    }

    fn supports_eq_alias_assignment(&self) -> bool {
        true
    }

    fn supports_group_by_expr(&self) -> bool {
        true
    }

    fn supports_group_by_with_modifier(&self) -> bool {
        true
    }

    fn is_select_item_alias(&self, explicit: bool, kw: &Keyword, parser: &mut Parser) -> bool {
        may_be_alias(kw) && (explicit || self.is_column_alias(kw, parser))
    }

    fn is_table_factor_alias(&self, explicit: bool, kw: &Keyword, parser: &mut Parser) -> bool {
        may_be_alias(kw) && (explicit || self.is_table_alias(kw, parser))
    }

    /// The bit operators bind as `+` and `-` do.
    fn prec_value(&self, prec: Precedence) -> u8 {
        match prec {
            Precedence::Ampersand | Precedence::Caret | Precedence::Pipe => {
                MsSqlDialect {}.prec_value(Precedence::PlusMinus)
            }
            other => MsSqlDialect {}.prec_value(other),
        }
    }

    fn parse_prefix(&self, parser: &mut Parser) -> Option<Result<Expr, ParserError>> {
        if parser.peek_token_ref().token == ParserToken::Tilde {
            parser.advance_token();
            return Some(self.bitwise_not(parser));
        }
        word_prefix(parser)
    }

    /// `IS [NOT] DISTINCT FROM` compares two values: the general parser takes everything
    /// behind it, `AND` and `OR` included, for the second.
    fn parse_infix(
        &self,
        parser: &mut Parser,
        left: &Expr,
        _precedence: u8,
    ) -> Option<Result<Expr, ParserError>> {
        let is_distinct = parser.parse_keywords(&[Keyword::IS, Keyword::DISTINCT, Keyword::FROM]);
        let is_not = !is_distinct
            && parser.parse_keywords(&[Keyword::IS, Keyword::NOT, Keyword::DISTINCT, Keyword::FROM]);
        if !is_distinct && !is_not {
            return None;
        }
        let left = Box::new(left.clone());
        let right = parser.parse_subexpr(self.prec_value(Precedence::Eq)).map(Box::new);
        Some(right.map(|right| match is_not {
            true => Expr::IsNotDistinctFrom(left, right),
            false => Expr::IsDistinctFrom(left, right),
        }))
    }
}

impl TransactSql {
    /// `~` binds closer than any operator between two values.
    fn bitwise_not(&self, parser: &mut Parser) -> Result<Expr, ParserError> {
        let operand = parser.parse_subexpr(self.prec_value(Precedence::MulDivModOp))?;
        Ok(Expr::UnaryOp { op: UnaryOperator::BitwiseNot, expr: Box::new(operand) })
    }
}

fn may_be_alias(keyword: &Keyword) -> bool {
    *keyword == Keyword::NoKeyword || !words::is_reserved(&format!("{keyword:?}"))
}

/// Reads an expression that begins with a word. The general parser tries a word first as a
/// special form and then again as a name, which takes exponential time on nested input; T-SQL
/// needs no second try.
fn word_prefix(parser: &mut Parser) -> Option<Result<Expr, ParserError>> {
    let next = parser.peek_token_ref();
    let ParserToken::Word(word) = &next.token else { return None };
    let (word, span) = (word.clone(), next.span);
    parser.advance_token();
    let is_call = parser.peek_token_ref().token == ParserToken::LParen;
    Some(match word.keyword {
        Keyword::NULL => {
            parser.prev_token();
            parser.parse_value().map(Expr::Value)
        }
        Keyword::CASE => parser.parse_case_expr(),
        Keyword::NOT => parser.parse_not(),
        Keyword::EXISTS => parser.parse_exists_expr(false),
        Keyword::CURRENT_TIMESTAMP => parser.parse_time_functions(vec![word.to_ident(span)].into()),
        Keyword::CONVERT if is_call => parser.parse_convert_expr(false),
        Keyword::TRY_CONVERT if is_call => parser.parse_convert_expr(true),
        Keyword::CAST if is_call => parser.parse_cast_expr(CastKind::Cast),
        Keyword::TRY_CAST if is_call => parser.parse_cast_expr(CastKind::TryCast),
        Keyword::FLOOR if is_call => parser.parse_ceil_floor_expr(false),
        Keyword::TRIM if is_call => parser.parse_trim_expr(),
        Keyword::SUBSTRING if is_call => {
            parser.prev_token();
            parser.parse_substring()
        }
        _ if is_call => parser.parse_function(vec![word.to_ident(span)].into()),
        _ => Ok(Expr::Identifier(word.to_ident(span))),
    })
}

/// Removes the differences of spelling that the canonical text does not keep, so that its tree
/// can be compared with the tree of the original: the case of function names, an unwritten `AS`.
///
/// Tables get the case of their definition. Where the database compares names with case,
/// `WITH Nomina AS (…) SELECT … FROM nomina` would otherwise read a table of that name.
struct Uniform<'p> {
    ctes: Vec<String>,
    policy: &'p Policy,
}

impl Uniform<'_> {
    fn table(&self, parts: &mut [ObjectNamePart]) {
        let written: Vec<&str> =
            parts.iter().filter_map(|part| Some(part.as_ident()?.value.as_str())).collect();
        let own = self.ctes.iter().find(|cte| matches!(written.as_slice(), [one] if same_name(one, cte)));
        let spelling = match own {
            Some(cte) => Some(vec![cte.clone()]),
            None => self.policy.spelling(&written),
        };
        for (part, spelling) in parts.iter_mut().zip(spelling.unwrap_or_default()) {
            if let ObjectNamePart::Identifier(ident) = part {
                ident.value = spelling;
            }
        }
    }

    fn name(part: Option<&mut ObjectNamePart>) {
        if let Some(ObjectNamePart::Identifier(Ident { value, quote_style: None, .. })) = part
            && let Some((canonical, _)) = functions::allowed(value)
        {
            *value = canonical.to_string();
        }
    }
}

impl VisitorMut for Uniform<'_> {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if let Expr::Function(function) = expr {
            Uniform::name(function.name.0.first_mut());
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, table: &mut TableFactor) -> ControlFlow<()> {
        let alias = match table {
            TableFactor::Table { name, args, alias, .. } => {
                match args {
                    Some(_) => Uniform::name(name.0.first_mut()),
                    None => self.table(&mut name.0),
                }
                alias
            }
            TableFactor::Derived { alias, .. }
            | TableFactor::TableFunction { alias, .. }
            | TableFactor::Function { alias, .. }
            | TableFactor::UNNEST { alias, .. }
            | TableFactor::JsonTable { alias, .. }
            | TableFactor::OpenJsonTable { alias, .. }
            | TableFactor::NestedJoin { alias, .. }
            | TableFactor::Pivot { alias, .. }
            | TableFactor::Unpivot { alias, .. }
            | TableFactor::MatchRecognize { alias, .. }
            | TableFactor::XmlTable { alias, .. }
            | TableFactor::SemanticView { alias, .. } => alias,
        };
        if let Some(alias) = alias {
            alias.explicit = true;
        }
        ControlFlow::Continue(())
    }
}
