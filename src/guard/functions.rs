//! The functions a query may call: no side effect, no look at the server, bounded work.

/// How a function may be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Plain arguments.
    Scalar,
    /// The first argument is a date part.
    DatePart,
    /// An aggregate: `DISTINCT` inside and `OVER` behind it are possible.
    Aggregate,
    /// An aggregate that takes `WITHIN GROUP (ORDER BY …)`.
    Ordered,
    /// A ranking or offset function: `OVER` is required.
    Window,
    /// A word without parentheses.
    Constant,
    /// A function that stands in `FROM`.
    Table,
}

use Form::{Aggregate, Constant, DatePart, Ordered, Scalar, Table, Window};

/// The allowed functions, sorted by name.
const FUNCTIONS: &[(&str, Form)] = &[
    ("ABS", Scalar),
    ("APPROX_COUNT_DISTINCT", Aggregate),
    ("APPROX_PERCENTILE_CONT", Ordered),
    ("APPROX_PERCENTILE_DISC", Ordered),
    ("ASCII", Scalar),
    ("AVG", Aggregate),
    ("CEILING", Scalar),
    ("CHAR", Scalar),
    ("CHARINDEX", Scalar),
    ("CHOOSE", Scalar),
    ("COALESCE", Scalar),
    ("CONCAT", Scalar),
    ("CONCAT_WS", Scalar),
    ("COUNT", Aggregate),
    ("COUNT_BIG", Aggregate),
    ("CUME_DIST", Window),
    ("CURRENT_TIMESTAMP", Constant),
    ("DATALENGTH", Scalar),
    ("DATEADD", DatePart),
    ("DATEDIFF", DatePart),
    ("DATEDIFF_BIG", DatePart),
    ("DATEFROMPARTS", Scalar),
    ("DATENAME", DatePart),
    ("DATEPART", DatePart),
    ("DATETIME2FROMPARTS", Scalar),
    ("DATETIMEFROMPARTS", Scalar),
    ("DATETRUNC", DatePart),
    ("DATE_BUCKET", DatePart),
    ("DAY", Scalar),
    ("DENSE_RANK", Window),
    ("DIFFERENCE", Scalar),
    ("EOMONTH", Scalar),
    ("EXP", Scalar),
    ("FIRST_VALUE", Window),
    ("FLOOR", Scalar),
    ("FORMAT", Scalar),
    ("GETDATE", Scalar),
    ("GETUTCDATE", Scalar),
    ("GREATEST", Scalar),
    ("GROUPING", Scalar),
    ("GROUPING_ID", Scalar),
    ("IIF", Scalar),
    ("ISDATE", Scalar),
    ("ISNULL", Scalar),
    ("ISNUMERIC", Scalar),
    ("LAG", Window),
    ("LAST_VALUE", Window),
    ("LEAD", Window),
    ("LEAST", Scalar),
    ("LEFT", Scalar),
    ("LEN", Scalar),
    ("LOG", Scalar),
    ("LOG10", Scalar),
    ("LOWER", Scalar),
    ("LTRIM", Scalar),
    ("MAX", Aggregate),
    ("MIN", Aggregate),
    ("MONTH", Scalar),
    ("NCHAR", Scalar),
    ("NTILE", Window),
    ("NULLIF", Scalar),
    ("PATINDEX", Scalar),
    ("PERCENTILE_CONT", Ordered),
    ("PERCENTILE_DISC", Ordered),
    ("PERCENT_RANK", Window),
    ("PI", Scalar),
    ("POWER", Scalar),
    ("QUOTENAME", Scalar),
    ("RANK", Window),
    ("REPLACE", Scalar),
    ("REVERSE", Scalar),
    ("RIGHT", Scalar),
    ("ROUND", Scalar),
    ("ROW_NUMBER", Window),
    ("RTRIM", Scalar),
    ("SIGN", Scalar),
    ("SMALLDATETIMEFROMPARTS", Scalar),
    ("SOUNDEX", Scalar),
    ("SQRT", Scalar),
    ("SQUARE", Scalar),
    ("STDEV", Aggregate),
    ("STDEVP", Aggregate),
    ("STR", Scalar),
    ("STRING_AGG", Ordered),
    ("STRING_SPLIT", Table),
    ("STUFF", Scalar),
    ("SUBSTRING", Scalar),
    ("SUM", Aggregate),
    ("SWITCHOFFSET", Scalar),
    ("SYSDATETIME", Scalar),
    ("SYSDATETIMEOFFSET", Scalar),
    ("SYSUTCDATETIME", Scalar),
    ("TIMEFROMPARTS", Scalar),
    ("TODATETIMEOFFSET", Scalar),
    ("TRANSLATE", Scalar),
    ("TRIM", Scalar),
    ("UNICODE", Scalar),
    ("UPPER", Scalar),
    ("VAR", Aggregate),
    ("VARP", Aggregate),
    ("YEAR", Scalar),
];

/// The date parts of `DATEADD` and its family, with their abbreviations.
const DATE_PARTS: [&str; 40] = [
    "YEAR",
    "YY",
    "YYYY",
    "QUARTER",
    "QQ",
    "Q",
    "MONTH",
    "MM",
    "M",
    "DAYOFYEAR",
    "DY",
    "Y",
    "DAY",
    "DD",
    "D",
    "WEEK",
    "WK",
    "WW",
    "ISO_WEEK",
    "ISOWK",
    "ISOWW",
    "WEEKDAY",
    "DW",
    "W",
    "HOUR",
    "HH",
    "MINUTE",
    "MI",
    "N",
    "SECOND",
    "SS",
    "S",
    "MILLISECOND",
    "MS",
    "MICROSECOND",
    "MCS",
    "NANOSECOND",
    "NS",
    "TZOFFSET",
    "TZ",
];

/// How the function called `name` (any case) may be called, if it may, and its name in upper case.
pub(super) fn allowed(name: &str) -> Option<(&'static str, Form)> {
    let upper = name.to_ascii_uppercase();
    let found = FUNCTIONS.binary_search_by_key(&upper.as_str(), |(name, _)| name).ok()?;
    FUNCTIONS.get(found).copied()
}

/// Whether `word` (any case) is a date part.
pub(super) fn is_date_part(word: &str) -> bool {
    DATE_PARTS.contains(&word.to_ascii_uppercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_for_the_search() {
        assert!(FUNCTIONS.is_sorted_by(|a, b| a.0 < b.0));
    }

    #[test]
    fn names_are_found_in_any_case_and_others_are_not() {
        assert_eq!(allowed("Sum"), Some(("SUM", Aggregate)));
        for name in ["SUSER_SNAME", "REPLICATE", "SPACE", "RAND", "OBJECT_ID", "CHECKSUM", "", "SUM "] {
            assert_eq!(allowed(name), None, "{name}");
        }
    }
}
