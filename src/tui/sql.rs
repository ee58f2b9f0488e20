//! T-SQL as it is shown: safe text, numbered lines, wrapped, with the roles of its parts.

use std::ops::Range;

use crate::sanitize::{display_safe, shows_whole};
use crate::tui::text::wrap_ranges;

/// What a part of the T-SQL is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SqlRole {
    Keyword,
    Function,
    Identifier,
    Text,
    Number,
    Comment,
    Refused,
    Operator,
}

/// T-SQL ready to be shown.
#[derive(Debug, Clone)]
pub(crate) struct SqlText {
    shown: String,
    faithful: bool,
    roles: Vec<(Range<usize>, SqlRole)>,
}

/// One row on the screen: the number of the line it starts, if it starts one, and a range of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SqlRow {
    pub(crate) number: Option<usize>,
    pub(crate) range: Range<usize>,
}

impl SqlText {
    /// Prepares a text.
    pub(crate) fn new(sql: &str) -> SqlText {
        let shown =
            sql.split('\n').map(|line| display_safe(line).into_string()).collect::<Vec<_>>().join("\n");
        let faithful = shows_whole(sql);
        SqlText { roles: super::highlight::roles(&shown), shown, faithful }
    }

    /// The text as it is shown.
    pub(crate) fn shown(&self) -> &str {
        &self.shown
    }

    /// Whether every character of the text can be shown as it is.
    pub(crate) fn is_faithful(&self) -> bool {
        self.faithful
    }

    /// The rows of the text wrapped to `cells`.
    pub(crate) fn rows(&self, cells: usize) -> Vec<SqlRow> {
        let mut rows = Vec::new();
        let mut start = 0;
        for (at, line) in self.shown.split('\n').enumerate() {
            for (piece, range) in wrap_ranges(line, cells).into_iter().enumerate() {
                rows.push(SqlRow {
                    number: (piece == 0).then_some(at + 1),
                    range: start + range.start..start + range.end,
                });
            }
            start += line.len() + 1;
        }
        rows
    }

    /// The parts of a row with their roles, in order, nothing left out.
    pub(crate) fn parts(&self, row: &SqlRow) -> Vec<(&str, SqlRole)> {
        let mut parts = Vec::new();
        let mut at = row.range.start;
        for (range, role) in &self.roles {
            let (start, end) = (range.start.max(at), range.end.min(row.range.end));
            if start >= end {
                continue;
            }
            self.part(at..start, SqlRole::Operator, &mut parts);
            self.part(start..end, *role, &mut parts);
            at = end;
        }
        self.part(at..row.range.end, SqlRole::Operator, &mut parts);
        parts
    }

    fn part<'a>(&'a self, range: Range<usize>, role: SqlRole, into: &mut Vec<(&'a str, SqlRole)>) {
        if let Some(text) = self.shown.get(range).filter(|text| !text.is_empty()) {
            into.push((text, role));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_of_the_text_is_in_some_row() {
        let sql = SqlText::new("SELECT TOP 3 [marca]\nFROM banco_datos\nWHERE x = N'año'");
        for cells in [1, 5, 11, 80] {
            let rows = sql.rows(cells);
            let joined: String = rows.iter().flat_map(|row| sql.parts(row)).map(|(text, _)| text).collect();
            assert_eq!(joined, sql.shown().replace('\n', ""));
        }
        assert_eq!(sql.rows(80).iter().filter_map(|row| row.number).collect::<Vec<_>>(), [1, 2, 3]);
    }
}
