//! The rules by name, and refusals.

use crate::i18n::{self, Lang};

macro_rules! rules {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// Why a text was refused. The name ([`Rule::name`]) is stable: scripts and the audit log rely on it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Rule {
            $($(#[$doc])* $variant,)*
        }

        impl Rule {
            /// Every rule, in the order a text meets them.
            pub const ALL: &'static [Rule] = &[$(Rule::$variant),*];

            /// The stable snake_case name.
            pub fn name(self) -> &'static str {
                match self {
                    $(Rule::$variant => $name,)*
                }
            }
        }
    };
}

rules! {
    /// More than 32 KiB of text.
    TooLong = "too_long",
    /// A control character, or a flood of combining marks.
    ControlCharacter = "control_character",
    /// A carriage return without its newline: some readers end a line there, some do not.
    LoneCarriageReturn = "lone_carriage_return",
    /// A character that draws nothing, reorders its neighbours or has no meaning yet.
    InvisibleCharacter = "invisible_character",
    /// A character that T-SQL does not use outside literals.
    StrayCharacter = "stray_character",
    /// A text literal without its closing quote.
    UnterminatedText = "unterminated_text",
    /// A bracketed or quoted identifier without its end.
    UnterminatedIdentifier = "unterminated_identifier",
    /// A block comment without its end.
    UnterminatedComment = "unterminated_comment",
    /// A number that touches a word (`1DELETE`), or a hexadecimal literal.
    GluedNumber = "glued_number",
    /// More than 6 000 tokens.
    TooManyTokens = "too_many_tokens",
    /// More than 64 levels of parentheses, `CASE` or comments.
    TooDeep = "too_deep",
    /// A chain of more operators than anybody reads.
    TooComplex = "too_complex",
    /// A list of more values than anybody reads.
    ListTooLong = "list_too_long",
    /// Nothing but blanks and comments.
    Empty = "empty",
    /// More than one statement.
    MultipleStatements = "multiple_statements",
    /// The statement is not a `SELECT`.
    NotASelect = "not_a_select",
    /// `GO`: a command of the client tools.
    BatchSeparator = "batch_separator",
    /// `SELECT … INTO` writes a table.
    SelectInto = "select_into",
    /// `INSERT`, `UPDATE`, `DELETE`, `MERGE` and the like.
    DataChange = "data_change",
    /// `CREATE`, `ALTER`, `DROP` and the like.
    SchemaChange = "schema_change",
    /// `EXEC` and everything that runs code.
    RunsCode = "runs_code",
    /// `GRANT`, `REVERT` and the like.
    Permission = "permission",
    /// `BEGIN`, `COMMIT`, `ROLLBACK`, `SAVE`.
    Transaction = "transaction",
    /// `SET`, `USE`.
    SessionSetting = "session_setting",
    /// `IF`, `WHILE`, `DECLARE`, cursors, messages, waits.
    ControlFlow = "control_flow",
    /// `DBCC`, `SHUTDOWN`, `BACKUP`, `KILL` and the like.
    Administration = "administration",
    /// `OPENQUERY`, `OPENROWSET` and other doors to files and servers.
    RemoteSource = "remote_source",
    /// Message queues: `RECEIVE`, `SEND` and the like.
    ServiceBroker = "service_broker",
    /// `NEXT VALUE FOR`: reading a sequence moves it on.
    Sequence = "sequence",
    /// A word that T-SQL reserves and that has no place in a query here.
    ReservedWord = "reserved_word",
    /// `@name`.
    Variable = "variable",
    /// `@@NAME`.
    ServerVariable = "server_variable",
    /// `#name`.
    TempTable = "temp_table",
    /// `::`.
    StaticMethod = "static_method",
    /// `FOR XML`, `FOR JSON`, `FOR BROWSE`, `FOR SYSTEM_TIME`.
    ForClause = "for_clause",
    /// An `OPTION` other than `RECOMPILE`, `MAXDOP n`, `MAXRECURSION 1..1000`.
    QueryOption = "query_option",
    /// The text is not one the guard can read as T-SQL.
    NotSql = "not_sql",
    /// T-SQL, or another dialect's SQL, that the guard does not allow.
    UnsupportedSyntax = "unsupported_syntax",
    /// A table other than the configured ones and the query's own.
    UnknownTable = "unknown_table",
    /// A name with a database or a server in front.
    OtherDatabase = "other_database",
    /// A query-local name that hides a configured table, or is given twice.
    ShadowedTable = "shadowed_table",
    /// A table or join hint other than `NOLOCK`, `READUNCOMMITTED`.
    TableHint = "table_hint",
    /// A function that is not on the list.
    FunctionNotAllowed = "function_not_allowed",
    /// A function with a schema in front, or a method of a column.
    QualifiedFunction = "qualified_function",
    /// A data type that is not on the list.
    DataType = "data_type",
    /// A product of two full scans.
    CartesianProduct = "cartesian_product",
    /// A subquery that reads a whole table anew for every row of another.
    CorrelatedScan = "correlated_scan",
    /// More sources than anybody reads, once every CTE is written out where it is named.
    TooManyCopies = "too_many_copies",
    /// More groupings than anybody reads.
    TooManyGroupings = "too_many_groupings",
    /// A window of more rows than anybody compares, or not of a plain number of rows.
    WideFrame = "wide_frame",
    /// A search pattern of more wildcards than anybody writes.
    PatternTooComplex = "pattern_too_complex",
    /// A recursive query that could multiply its own rows.
    RecursiveProduct = "recursive_product",
    /// Text that grows without a bound.
    TextGrowth = "text_growth",
    /// The canonical text would not be read as the text that was judged.
    NotCanonical = "not_canonical",
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

/// Longest piece of the offending text that a sentence quotes, in characters.
const MAX_QUOTED: usize = 40;

impl Refusal {
    /// The refusal as one sentence in the user's language, cleaned for display.
    pub fn sentence(&self, lang: Lang) -> String {
        let key = format!("guard.rule.{}", self.rule.name());
        let message = i18n::find(lang, &key).unwrap_or(self.rule.name());
        let mut quoted: String = self.token.chars().take(MAX_QUOTED).collect();
        if quoted.len() < self.token.len() {
            quoted.push('…');
        }
        let quoted = crate::sanitize::display_safe(&quoted).into_string();
        let (line, column) = (self.line.to_string(), self.column.to_string());
        i18n::substitute(message, &[("token", &quoted), ("line", &line), ("column", &column)])
    }
}

/// A refusal inside the guard: the place is a byte offset until the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stop {
    pub rule: Rule,
    pub offset: usize,
    /// The text it is about where that is not simply the token at the offset.
    pub token: Option<String>,
}

impl Stop {
    pub(super) fn new(rule: Rule, offset: usize) -> Self {
        Stop { rule, offset, token: None }
    }

    pub(super) fn about(mut self, token: impl Into<String>) -> Self {
        self.token = Some(token.into());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_its_own_name_and_a_sentence_in_each_language() {
        let names: std::collections::HashSet<_> = Rule::ALL.iter().map(|rule| rule.name()).collect();
        assert_eq!(names.len(), Rule::ALL.len());
        for rule in Rule::ALL {
            for lang in Lang::ALL {
                let refusal = Refusal { rule: *rule, line: 7, column: 9, token: "ficha".into() };
                let sentence = refusal.sentence(lang);
                assert_ne!(sentence, rule.name(), "{rule:?} has no {lang} sentence");
                assert!(sentence.ends_with('.') && !sentence.contains('{'), "{sentence}");
            }
        }
    }

    #[test]
    fn long_tokens_are_cut_and_counted_in_characters() {
        let refusal = Refusal { rule: Rule::NotSql, line: 1, column: 1, token: "ñ".repeat(500) };
        let sentence = refusal.sentence(Lang::Es);
        assert!(sentence.contains(&format!("{}…", "ñ".repeat(MAX_QUOTED))), "{sentence}");
    }
}
