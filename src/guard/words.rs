//! The words of T-SQL: which are reserved, which may stand in a query, and what the others do.

use super::rule::Rule;

/// Every keyword that T-SQL reserves (Microsoft, "Reserved keywords (Transact-SQL)", the SQL
/// Server list), sorted. None of them may be a name without brackets.
const RESERVED: [&str; 185] = [
    "ADD", "ALL", "ALTER", "AND", "ANY", "AS", "ASC", "AUTHORIZATION", "BACKUP", "BEGIN", "BETWEEN", "BREAK",
    "BROWSE", "BULK", "BY", "CASCADE", "CASE", "CHECK", "CHECKPOINT", "CLOSE", "CLUSTERED", "COALESCE",
    "COLLATE", "COLUMN", "COMMIT", "COMPUTE", "CONSTRAINT", "CONTAINS", "CONTAINSTABLE", "CONTINUE", "CONVERT",
    "CREATE", "CROSS", "CURRENT", "CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP", "CURRENT_USER", "CURSOR",
    "DATABASE", "DBCC", "DEALLOCATE", "DECLARE", "DEFAULT", "DELETE", "DENY", "DESC", "DISK", "DISTINCT",
    "DISTRIBUTED", "DOUBLE", "DROP", "DUMP", "ELSE", "END", "ERRLVL", "ESCAPE", "EXCEPT", "EXEC", "EXECUTE",
    "EXISTS", "EXIT", "EXTERNAL", "FETCH", "FILE", "FILLFACTOR", "FOR", "FOREIGN", "FREETEXT", "FREETEXTTABLE",
    "FROM", "FULL", "FUNCTION", "GOTO", "GRANT", "GROUP", "HAVING", "HOLDLOCK", "IDENTITY", "IDENTITYCOL",
    "IDENTITY_INSERT", "IF", "IN", "INDEX", "INNER", "INSERT", "INTERSECT", "INTO", "IS", "JOIN", "KEY", "KILL",
    "LEFT", "LIKE", "LINENO", "LOAD", "MERGE", "NATIONAL", "NOCHECK", "NONCLUSTERED", "NOT", "NULL", "NULLIF",
    "OF", "OFF", "OFFSETS", "ON", "OPEN", "OPENDATASOURCE", "OPENQUERY", "OPENROWSET", "OPENXML", "OPTION", "OR",
    "ORDER", "OUTER", "OVER", "PERCENT", "PIVOT", "PLAN", "PRECISION", "PRIMARY", "PRINT", "PROC", "PROCEDURE",
    "PUBLIC", "RAISERROR", "READ", "READTEXT", "RECONFIGURE", "REFERENCES", "REPLICATION", "RESTORE", "RESTRICT",
    "RETURN", "REVERT", "REVOKE", "RIGHT", "ROLLBACK", "ROWCOUNT", "ROWGUIDCOL", "RULE", "SAVE", "SCHEMA",
    "SECURITYAUDIT", "SELECT", "SEMANTICKEYPHRASETABLE", "SEMANTICSIMILARITYDETAILSTABLE",
    "SEMANTICSIMILARITYTABLE", "SESSION_USER", "SET", "SETUSER", "SHUTDOWN", "SOME", "STATISTICS", "SYSTEM_USER",
    "TABLE", "TABLESAMPLE", "TEXTSIZE", "THEN", "TO", "TOP", "TRAN", "TRANSACTION", "TRIGGER", "TRUNCATE",
    "TRY_CONVERT", "TSEQUAL", "UNION", "UNIQUE", "UNPIVOT", "UPDATE", "UPDATETEXT", "USE", "USER", "VALUES",
    "VARYING", "VIEW", "WAITFOR", "WHEN", "WHERE", "WHILE", "WITH", "WITHIN", "WRITETEXT",
];

/// The reserved words a query here may use, sorted.
const QUERY: [&str; 66] = [
    "ALL", "AND", "ANY", "AS", "ASC", "BETWEEN", "BY", "CASE", "COALESCE", "COLLATE", "CONVERT", "CROSS",
    "CURRENT", "CURRENT_TIMESTAMP", "DESC", "DISTINCT", "ELSE", "END", "ESCAPE", "EXCEPT", "EXISTS", "FETCH",
    "FOR", "FROM", "FULL", "GROUP", "HAVING", "IN", "INNER", "INTERSECT", "IS", "JOIN", "LEFT", "LIKE", "NOT",
    "NULL", "NULLIF", "ON", "OPTION", "OR", "ORDER", "OUTER", "OVER", "PERCENT", "PIVOT", "RIGHT", "SELECT",
    "SOME", "THEN", "TOP", "TRY_CONVERT", "UNION", "UNPIVOT", "VALUES", "WHEN", "WHERE", "WITH", "WITHIN",
    // Words that are free in T-SQL and that the query grammar gives a meaning.
    "APPLY", "NEXT", "OFFSET", "ONLY", "RANGE", "ROW", "ROWS", "TIES",
];

/// Whether T-SQL reserves `word` (upper case).
pub(super) fn is_reserved(word: &str) -> bool {
    RESERVED.binary_search(&word).is_ok()
}

/// Whether `word` (upper case) has a meaning in the query grammar, for colouring.
pub(super) fn is_query_word(word: &str) -> bool {
    QUERY.contains(&word)
}

/// The rule a bare word (upper case) breaks wherever it stands, if any: every reserved word
/// outside the query vocabulary, and the free words that begin another statement.
pub(super) fn forbidden(word: &str) -> Option<Rule> {
    match word {
        "INTO" => Some(Rule::SelectInto),
        "INSERT" | "UPDATE" | "DELETE" | "MERGE" | "TRUNCATE" | "BULK" | "WRITETEXT" | "UPDATETEXT" | "COPY" => {
            Some(Rule::DataChange)
        }
        "CREATE" | "ALTER" | "DROP" | "ADD" | "RENAME" => Some(Rule::SchemaChange),
        "EXEC" | "EXECUTE" | "PROC" | "PROCEDURE" => Some(Rule::RunsCode),
        "GRANT" | "REVOKE" | "DENY" | "SETUSER" | "REVERT" | "AUTHORIZATION" => Some(Rule::Permission),
        "BEGIN" | "COMMIT" | "ROLLBACK" | "SAVE" | "TRAN" | "TRANSACTION" => Some(Rule::Transaction),
        "SET" | "USE" => Some(Rule::SessionSetting),
        "IF" | "WHILE" | "GOTO" | "RETURN" | "BREAK" | "CONTINUE" | "PRINT" | "RAISERROR" | "THROW" | "WAITFOR"
        | "DECLARE" | "CURSOR" | "OPEN" | "CLOSE" | "DEALLOCATE" => Some(Rule::ControlFlow),
        "DBCC" | "SHUTDOWN" | "CHECKPOINT" | "RECONFIGURE" | "KILL" | "BACKUP" | "RESTORE" | "DUMP" | "LOAD"
        | "STATISTICS" | "ENABLE" | "DISABLE" | "LINENO" => Some(Rule::Administration),
        "OPENQUERY" | "OPENROWSET" | "OPENDATASOURCE" | "OPENXML" => Some(Rule::RemoteSource),
        "RECEIVE" | "SEND" | "GET" | "MOVE" => Some(Rule::ServiceBroker),
        "GO" => Some(Rule::BatchSeparator),
        _ if is_reserved(word) && !is_query_word(word) => Some(Rule::ReservedWord),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reserved_list_is_sorted_for_the_search() {
        assert!(RESERVED.is_sorted());
    }

    #[test]
    fn every_reserved_word_is_either_in_the_vocabulary_or_forbidden() {
        for word in RESERVED {
            assert_ne!(is_query_word(word), forbidden(word).is_some(), "{word}");
        }
    }

    #[test]
    fn free_statement_starters_are_forbidden() {
        for word in ["GO", "THROW", "RECEIVE", "SEND", "ENABLE", "DISABLE", "MOVE", "GET"] {
            assert!(forbidden(word).is_some(), "{word}");
        }
        assert_eq!(forbidden("MARCA"), None);
    }
}
