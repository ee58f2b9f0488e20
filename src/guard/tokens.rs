//! The policy on tokens, before any parser sees them.
//!
//! It decides everything that does not need a tree: one statement, no word that starts
//! another one, no variables, bounded nesting and size. It also takes the trailing
//! `OPTION (…)` off, which the parser does not know.

use super::lexer::{Bad, Kind, Lexer};
use super::rule::{Rule, Stop};
use super::words;

/// Most tokens judged.
const MAX_TOKENS: usize = 6_000;
/// Most levels of parentheses, `CASE` and nested comments.
const MAX_LEVELS: usize = 64;
/// Most operators on the way from a value to the top of its expression.
const MAX_CHAIN: usize = 300;
/// Most values in one list.
const MAX_LIST: usize = 1_000;
/// Most parentheses that open a source or an `IN` list twice in a row around one subquery:
/// the parser tries both readings of each.
const MAX_DOUBLE_OPEN: usize = 4;
/// Most parts of a name: server, database, schema and table, or a column of a table in a schema.
const MAX_NAME_PARTS: usize = 4;
/// Most `PIVOT` and `UNPIVOT` clauses.
const MAX_PIVOTS: usize = 8;
/// Most set operators of one query.
const MAX_UNIONS: usize = 64;
/// Most window functions: each may sort the whole table.
const MAX_WINDOWS: usize = 64;
/// Most nested subqueries: each costs the server's optimiser more than the last.
const MAX_SUBQUERIES: usize = 32;

/// A token: a lexeme that is neither blank nor comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub kind: Kind,
    pub text: &'a str,
    pub offset: usize,
}

impl Token<'_> {
    /// Whether this is the bare word `word` (upper case).
    pub(super) fn is_word(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case(word)
    }

    /// Whether this is the symbol `symbol`.
    pub(super) fn is(&self, symbol: &str) -> bool {
        self.kind == Kind::Symbol && self.text == symbol
    }

    /// Whether this is a name: a bare word that is not reserved, or a delimited identifier.
    pub(super) fn is_name(&self) -> bool {
        match self.kind {
            Kind::Bracketed | Kind::Quoted => true,
            Kind::Word => !words::is_reserved(&self.text.to_ascii_uppercase()),
            _ => false,
        }
    }

    fn stop(&self, rule: Rule) -> Stop {
        Stop::new(rule, self.offset)
    }
}

/// The tokens of one statement and its options.
#[derive(Debug)]
pub(super) struct Statement<'a> {
    /// The query, without options and semicolons.
    pub query: Vec<Token<'a>>,
    /// The options in canonical form, such as `MAXDOP 2`.
    pub options: Vec<String>,
    /// The most levels a recursive query may go.
    pub max_recursion: u32,
}

/// The levels of recursion that SQL Server allows where the query does not say.
const DEFAULT_RECURSION: u32 = 100;

/// Lexes `text` and applies the token policy.
pub(super) fn read(text: &str) -> Result<Statement<'_>, Stop> {
    let mut tokens = significant(text)?;
    check_words(&tokens)?;
    check_statement(&mut tokens)?;
    check_names(&tokens)?;
    check_shape(&tokens)?;
    let (options, max_recursion) = cut_options(&mut tokens)?;
    Ok(Statement { query: tokens, options, max_recursion })
}

fn significant(text: &str) -> Result<Vec<Token<'_>>, Stop> {
    let mut tokens: Vec<Token<'_>> = Vec::new();
    for lexeme in Lexer::new(text) {
        let offset = lexeme.range.start;
        let written = text.get(lexeme.range).unwrap_or_default();
        let token = Token { kind: lexeme.kind, text: written, offset };
        match lexeme.kind {
            Kind::Blank => {}
            Kind::Comment { depth } if depth > MAX_LEVELS => {
                return Err(token.stop(Rule::TooDeep).about("/*"));
            }
            Kind::Comment { .. } => {}
            Kind::Bad(bad) => return Err(token.stop(unreadable(bad))),
            Kind::Variable | Kind::TempName if tokens.last().is_some_and(|last| last.is_word("INTO")) => {
                let into = tokens.last().copied().unwrap_or(token);
                return Err(into.stop(Rule::SelectInto));
            }
            Kind::Variable => return Err(token.stop(Rule::Variable)),
            Kind::ServerVariable => return Err(token.stop(Rule::ServerVariable)),
            Kind::TempName => return Err(token.stop(Rule::TempTable)),
            Kind::Word | Kind::Bracketed | Kind::Quoted | Kind::Text | Kind::Number | Kind::Symbol => {
                if tokens.len() >= MAX_TOKENS {
                    return Err(token.stop(Rule::TooManyTokens));
                }
                tokens.push(token);
            }
        }
    }
    Ok(tokens)
}

fn unreadable(bad: Bad) -> Rule {
    match bad {
        Bad::Text => Rule::UnterminatedText,
        Bad::Identifier => Rule::UnterminatedIdentifier,
        Bad::Comment => Rule::UnterminatedComment,
        Bad::Number => Rule::GluedNumber,
        Bad::Character => Rule::StrayCharacter,
    }
}

/// Words and marks that are refused wherever they stand.
fn check_words(tokens: &[Token<'_>]) -> Result<(), Stop> {
    for (index, token) in tokens.iter().enumerate() {
        match token.kind {
            Kind::Word => {
                let upper = token.text.to_ascii_uppercase();
                let next = tokens.get(index + 1);
                let is_next = |word: &str| next.is_some_and(|next| next.is_word(word));
                if is_next("JOIN") && matches!(upper.as_str(), "LOOP" | "HASH" | "MERGE" | "REMOTE") {
                    return Err(token.stop(Rule::TableHint));
                }
                if upper == "NEXT" && is_next("VALUE") {
                    return Err(token.stop(Rule::Sequence));
                }
                if let Some(rule) = words::forbidden(&upper) {
                    return Err(token.stop(rule));
                }
                let clause = ["XML", "JSON", "BROWSE", "SYSTEM_TIME", "UPDATE", "READ"];
                if upper == "FOR" && clause.into_iter().any(is_next) {
                    return Err(token.stop(Rule::ForClause));
                }
            }
            Kind::Symbol => match token.text {
                "::" => return Err(token.stop(Rule::StaticMethod)),
                ".." => return Err(token.stop(Rule::OtherDatabase)),
                ":" | "||" | "&&" | "+=" | "-=" | "*=" | "/=" | "%=" | "&=" | "^=" | "|=" => {
                    return Err(token.stop(Rule::UnsupportedSyntax));
                }
                _ => {}
            },
            _ => {}
        }
    }
    Ok(())
}

/// One statement that begins like a query; its semicolons are taken off.
fn check_statement(tokens: &mut Vec<Token<'_>>) -> Result<(), Stop> {
    if tokens.last().is_some_and(|last| last.is(";")) {
        tokens.pop();
    }
    // `;WITH` is how many people write a CTE, since the statement before it must end there.
    if tokens.first().is_some_and(|t| t.is(";")) && tokens.get(1).is_some_and(|t| t.is_word("WITH")) {
        tokens.remove(0);
    }
    if let Some(inner) = tokens.iter().find(|token| token.is(";")) {
        return Err(inner.stop(Rule::MultipleStatements));
    }
    match tokens.first() {
        None => Err(Stop::new(Rule::Empty, 0)),
        Some(first) if first.is_word("SELECT") || first.is_word("WITH") || first.is("(") => Ok(()),
        Some(first) => Err(first.stop(Rule::NotASelect)),
    }
}

/// A dot stands between the parts of a name, and a name has at most four and calls nothing.
/// The parser reads whatever follows a dot in two ways, and with it all that stands inside.
fn check_names(tokens: &[Token<'_>]) -> Result<(), Stop> {
    let mut name: Option<(Token<'_>, String)> = None;
    let mut parts = 0;
    for (index, token) in tokens.iter().enumerate() {
        if !token.is(".") {
            let goes_on = index.checked_sub(1).and_then(|k| tokens.get(k)).is_some_and(|t| t.is("."));
            match &mut name {
                Some((_, written)) if goes_on => written.push_str(token.text),
                _ => (name, parts) = (token.is_name().then(|| (*token, token.text.to_string())), 1),
            }
            continue;
        }
        let next = tokens.get(index + 1).filter(|next| next.is_name() || next.is("*"));
        let (Some((first, written)), Some(next)) = (&mut name, next) else {
            return Err(token.stop(Rule::NotSql).about("."));
        };
        written.push('.');
        parts += 1;
        // "FROM dbo.banco_datos (NOLOCK)" is the old way to give a hint.
        let is_hint = |t: &Token<'_>| t.is_word("NOLOCK") || t.is_word("READUNCOMMITTED");
        let opens = tokens.get(index + 2).is_some_and(|after| after.is("("));
        if opens && !tokens.get(index + 3).is_some_and(is_hint) {
            written.push_str(next.text);
            return Err(first.stop(Rule::QualifiedFunction).about(written.as_str()));
        }
        if parts > MAX_NAME_PARTS {
            return Err(first.stop(Rule::OtherDatabase).about(written.trim_end_matches('.')));
        }
    }
    Ok(())
}

/// What is known about an open parenthesis or `CASE` while reading its inside.
#[derive(Default)]
struct Level {
    is_case: bool,
    /// Operators since the last comma or clause word.
    chain: usize,
    /// The longest chain seen in an inner level since then.
    inner: usize,
    /// The longest chain of all items so far.
    longest: usize,
    commas: usize,
    /// Set operators of this level: they chain too.
    unions: usize,
    is_double_open: bool,
    is_query: bool,
}

impl Level {
    /// Ends an item of the level.
    fn cut(&mut self) {
        self.longest = self.longest.max(self.chain + self.inner);
        self.chain = 0;
        self.inner = 0;
    }
}

/// Bounds on nesting, chains and lists, so that no later step needs an unbounded stack.
fn check_shape(tokens: &[Token<'_>]) -> Result<(), Stop> {
    let mut levels = vec![Level::default()];
    let (mut pivots, mut windows) = (0, 0);
    for (index, token) in tokens.iter().enumerate() {
        let previous = index.checked_sub(1).and_then(|before| tokens.get(before));
        match token.kind {
            Kind::Symbol => match token.text {
                "(" => {
                    let twice = tokens.get(index + 1).is_some_and(|next| next.is("("));
                    let source = previous.is_some_and(opens_source)
                        || (previous.is_some_and(|p| p.is("("))
                            && levels.last().is_some_and(|l| l.is_double_open));
                    levels.push(Level { is_double_open: twice && source, ..Level::default() });
                }
                ")" => close(&mut levels, token, false)?,
                "," => {
                    let level = top(&mut levels);
                    level.cut();
                    level.commas += 1;
                    if level.commas > MAX_LIST {
                        return Err(token.stop(Rule::ListTooLong));
                    }
                }
                _ => top(&mut levels).chain += 1,
            },
            Kind::Word => {
                let upper = token.text.to_ascii_uppercase();
                match upper.as_str() {
                    "CASE" => levels.push(Level { is_case: true, ..Level::default() }),
                    "END" => close(&mut levels, token, true)?,
                    "SELECT" => {
                        let level = top(&mut levels);
                        level.cut();
                        level.commas = 0;
                        level.is_query = true;
                        if levels.iter().filter(|level| level.is_double_open).count() > MAX_DOUBLE_OPEN
                            || levels.iter().filter(|level| level.is_query).count() > MAX_SUBQUERIES
                        {
                            return Err(token.stop(Rule::TooDeep));
                        }
                    }
                    "FROM" | "WHERE" | "GROUP" | "HAVING" | "ORDER" | "ON" | "WHEN" | "THEN" | "ELSE"
                    | "JOIN" => {
                        top(&mut levels).cut();
                    }
                    "PIVOT" | "UNPIVOT" => {
                        pivots += 1;
                        if pivots > MAX_PIVOTS {
                            return Err(token.stop(Rule::TooComplex));
                        }
                    }
                    "AND" | "OR" | "NOT" | "IS" | "IN" | "LIKE" | "BETWEEN" | "COLLATE" | "AT" => {
                        top(&mut levels).chain += 1;
                    }
                    "OVER" => {
                        windows += 1;
                        if windows > MAX_WINDOWS {
                            return Err(token.stop(Rule::TooComplex));
                        }
                    }
                    "UNION" | "EXCEPT" | "INTERSECT" => {
                        let level = top(&mut levels);
                        level.unions += 1;
                        if level.unions > MAX_UNIONS {
                            return Err(token.stop(Rule::TooComplex));
                        }
                    }
                    _ => {}
                }
            }
            _ => {}
        }
        if levels.len() > MAX_LEVELS + 1 {
            return Err(token.stop(Rule::TooDeep));
        }
        if levels.last().is_some_and(|level| level.chain + level.inner > MAX_CHAIN) {
            return Err(token.stop(Rule::TooComplex));
        }
    }
    match (levels.len(), tokens.last()) {
        (1, _) | (_, None) => Ok(()),
        (_, Some(last)) => Err(last.stop(Rule::NotSql)),
    }
}

/// The parenthesis after this token opens something that the parser reads in two ways.
fn opens_source(token: &Token<'_>) -> bool {
    token.is(",") || ["FROM", "JOIN", "APPLY", "IN"].iter().any(|word| token.is_word(word))
}

/// The innermost open level; there is always the outermost.
fn top(levels: &mut Vec<Level>) -> &mut Level {
    if levels.is_empty() {
        levels.push(Level::default());
    }
    let last = levels.len() - 1;
    &mut levels[last]
}

fn close(levels: &mut Vec<Level>, token: &Token<'_>, is_case: bool) -> Result<(), Stop> {
    match levels.pop() {
        Some(mut inner) if !levels.is_empty() && inner.is_case == is_case => {
            inner.cut();
            let outer = top(levels);
            outer.inner = outer.inner.max(inner.longest + inner.unions + 1);
            Ok(())
        }
        _ => Err(token.stop(Rule::NotSql)),
    }
}

/// Takes a trailing `OPTION (…)` off and reads it.
fn cut_options(tokens: &mut Vec<Token<'_>>) -> Result<(Vec<String>, u32), Stop> {
    let mut recursion = DEFAULT_RECURSION;
    let Some(start) = tokens.iter().position(|token| token.is_word("OPTION")) else {
        return Ok((Vec::new(), recursion));
    };
    let tail = tokens.split_off(start);
    let (inside, open) = match tail.as_slice() {
        [_, open, inside @ .., close] if open.is("(") && close.is(")") => (inside, open),
        [option, ..] => return Err(option.stop(Rule::QueryOption)),
        [] => return Ok((Vec::new(), recursion)),
    };
    let mut options: Vec<(&str, String)> = Vec::new();
    for option in inside.split(|token| token.is(",")) {
        let (name, written) = match option {
            [name] if name.is_word("RECOMPILE") => ("RECOMPILE", "RECOMPILE".to_string()),
            [name, value] if name.is_word("MAXDOP") => {
                ("MAXDOP", format!("MAXDOP {}", number(value, 0, 64)?))
            }
            [name, value] if name.is_word("MAXRECURSION") => {
                recursion = number(value, 1, 1_000)?;
                ("MAXRECURSION", format!("MAXRECURSION {recursion}"))
            }
            _ => return Err(option.first().unwrap_or(open).stop(Rule::QueryOption)),
        };
        if options.iter().any(|(earlier, _)| *earlier == name) {
            return Err(option.first().unwrap_or(open).stop(Rule::QueryOption));
        }
        options.push((name, written));
    }
    Ok((options.into_iter().map(|(_, written)| written).collect(), recursion))
}

fn number(token: &Token<'_>, least: u32, most: u32) -> Result<u32, Stop> {
    let digits = token.kind == Kind::Number && token.text.bytes().all(|byte| byte.is_ascii_digit());
    match token.text.parse::<u32>() {
        Ok(value) if digits && (least..=most).contains(&value) => Ok(value),
        _ => Err(token.stop(Rule::QueryOption)),
    }
}
