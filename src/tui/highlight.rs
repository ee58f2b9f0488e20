//! The roles of the parts of T-SQL, as the guard's lexer sees them.

use std::ops::Range;

use super::sql::SqlRole;
use crate::guard::{TokenClass, highlight};

/// The parts of `sql` with their roles, in order; blanks are left out.
pub(crate) fn roles(sql: &str) -> Vec<(Range<usize>, SqlRole)> {
    highlight(sql)
        .into_iter()
        .map(|(range, class)| {
            let role = match class {
                TokenClass::Keyword => SqlRole::Keyword,
                TokenClass::Function => SqlRole::Function,
                TokenClass::Identifier => SqlRole::Identifier,
                TokenClass::Text => SqlRole::Text,
                TokenClass::Number => SqlRole::Number,
                TokenClass::Operator => SqlRole::Operator,
                TokenClass::Comment => SqlRole::Comment,
                TokenClass::Refused => SqlRole::Refused,
            };
            (range, role)
        })
        .collect()
}
