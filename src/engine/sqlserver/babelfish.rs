//! Babelfish, PostgreSQL that speaks T-SQL over TDS: what its errors mean.
//!
//! It gives SQL Server's number where it has one, and one and the same number for all else,
//! with PostgreSQL's words. Those are read here, in English as PostgreSQL writes them unless it
//! was told otherwise; words not known stay an error like any other.

/// What Babelfish sends where it has no number of SQL Server's.
const NO_NUMBER: u32 = 33_557_097;

/// PostgreSQL's words, in this order, and SQL Server's number for what they say. `*` stands for
/// anything.
const MEANINGS: [(&str, u32); 21] = [
    ("column * does not exist", 207),
    ("relation * does not exist", 208),
    ("table * does not exist", 208),
    ("function * does not exist", 195),
    ("permission denied", 229),
    ("must appear in the GROUP BY clause", 8120),
    ("column reference * is ambiguous", 209),
    ("invalid input syntax for type", 245),
    ("date/time field value out of range", 242),
    ("out of range", 8115),
    ("numeric field overflow", 8115),
    ("rithmetic overflow", 8115),
    ("division by zero", 8134),
    ("deadlock detected", 1205),
    ("due to lock timeout", 1222),
    ("terminating connection", 596),
    ("the database system is", 17142),
    ("too many clients", 17187),
    ("too many connections", 17187),
    ("remaining connection slots", 17187),
    ("password authentication failed", 18456),
];

/// The number by which SQL Server would name an error with this number and these words.
pub(super) fn number(code: u32, words: &str) -> u32 {
    if code != NO_NUMBER {
        return code;
    }
    let said = |pattern: &str| match pattern.split_once('*') {
        Some((before, after)) => words.split_once(before).is_some_and(|(_, rest)| rest.contains(after)),
        None => words.contains(pattern),
    };
    MEANINGS.iter().find(|(words, _)| said(words)).map_or(code, |(_, number)| *number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_only_where_there_is_no_number() {
        for (words, expected) in [
            ("column \"no_existe\" does not exist", 207),
            ("relation \"no_existe\" does not exist", 208),
            ("permission denied for table banco_datos", 229),
            ("invalid input syntax for type integer: \"PAVCO\"", 245),
            ("numeric field overflow", 8115),
            ("Arithmetic overflow error converting expression to data type int.", 8115),
            ("canceling statement due to lock timeout", 1222),
            ("deadlock detected", 1205),
            ("terminating connection due to administrator command", 596),
            ("function foo(integer) does not exist", 195),
            ("something else", NO_NUMBER),
        ] {
            assert_eq!(number(NO_NUMBER, words), expected, "{words}");
            assert_eq!(number(50_000, words), 50_000);
        }
    }
}
