//! A stored query with its days, numbers and values exchanged for those of a new question;
//! where it is not certain that nothing else would have to change, there is none.
//!
//! What is exchanged must be found in the query as a whole literal, every day in the query
//! must be one that the question says, and no literal may have to become two things.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use crate::ask::time::TimeRange;
use crate::ask::{Skeleton, Slot};

/// What was exchanged, for people: as it was, as it is.
pub type Exchanged = Vec<(String, String)>;

/// A piece of a query.
#[derive(Debug, Clone, PartialEq)]
enum Piece {
    /// A text literal's content, without quotes.
    Text(String),
    /// A number.
    Number(String),
    /// Everything else.
    Other(String),
}

/// `sql`, verified for a question with the skeleton `old`, for one with the skeleton `new`.
/// `same_day`: whether "today" is the day of the verification.
pub fn rebind(sql: &str, old: &Skeleton, new: &Skeleton, same_day: bool) -> Option<(String, Exchanged)> {
    if old.words != new.words || old.slots.len() != new.slots.len() {
        return None;
    }
    if !same_day && (old.leans_on_today || new.leans_on_today) {
        return None;
    }
    let pieces = pieces(sql);
    let mut texts = BTreeMap::new();
    let mut numbers: BTreeMap<String, (Decimal, Decimal)> = BTreeMap::new();
    let mut exchanged = Exchanged::new();
    for (before, after) in old.slots.iter().zip(&new.slots) {
        if before != after {
            exchanged.push((shown(before), shown(after)));
        }
        match (before, after) {
            (Slot::Time(before), Slot::Time(after)) => time(before, after, &pieces, &mut texts)?,
            (Slot::Value(dim, before), Slot::Value(same, after)) if dim == same => {
                put(&mut texts, before.clone(), after.clone())?;
                let stands = pieces.iter().any(|p| matches!(p, Piece::Text(text) if text == before));
                (before == after || stands).then_some(())?;
            }
            (Slot::Number(before), Slot::Number(after)) => {
                if let Some((_, known)) = numbers.insert(before.to_string(), (*before, *after))
                    && known != *after
                {
                    return None;
                }
                (before == after || occurrences(&pieces, *before) == 1).then_some(())?;
            }
            _ => return None,
        }
    }
    // A day that no slot explains was counted from another one, or from today.
    let explained = |text: &str| texts.contains_key(text);
    let unexplained =
        pieces.iter().any(|p| matches!(p, Piece::Text(text) if is_day(text) && !explained(text)));
    if unexplained && !(same_day && exchanged.is_empty()) {
        return None;
    }
    Some((written(&pieces, &texts, &numbers), exchanged))
}

/// The literals that stand for a range: its first day, and the day after its last or its last.
fn time(
    before: &TimeRange,
    after: &TimeRange,
    pieces: &[Piece],
    texts: &mut BTreeMap<String, String>,
) -> Option<()> {
    let stands = |day: chrono::NaiveDate| {
        pieces.iter().any(|p| matches!(p, Piece::Text(text) if *text == day.to_string()))
    };
    put(texts, before.start.to_string(), after.start.to_string())?;
    put(texts, before.end_exclusive().to_string(), after.end_exclusive().to_string())?;
    let by_last_day = stands(before.end) && before.end != before.start;
    if by_last_day {
        put(texts, before.end.to_string(), after.end.to_string())?;
    }
    let same = (before.start, before.end) == (after.start, after.end);
    let bound = stands(before.start) && (stands(before.end_exclusive()) || by_last_day);
    (same || bound).then_some(())
}

/// A literal may become one thing only.
fn put(texts: &mut BTreeMap<String, String>, before: String, after: String) -> Option<()> {
    match texts.get(&before) {
        Some(known) if *known != after => None,
        _ => {
            texts.insert(before, after);
            Some(())
        }
    }
}

fn occurrences(pieces: &[Piece], number: Decimal) -> usize {
    let same = |piece: &&Piece| matches!(piece, Piece::Number(text) if text.parse() == Ok(number));
    pieces.iter().filter(same).count()
}

fn is_day(text: &str) -> bool {
    text.parse::<chrono::NaiveDate>().is_ok()
}

fn shown(slot: &Slot) -> String {
    match slot {
        Slot::Time(range) if range.start == range.end => range.start.to_string(),
        Slot::Time(range) => format!("{}..{}", range.start, range.end),
        Slot::Number(number) => number.to_string(),
        Slot::Value(_, value) => value.clone(),
    }
}

/// Takes canonical T-SQL apart; canonical text has no comments.
fn pieces(sql: &str) -> Vec<Piece> {
    let mut all = Vec::new();
    let mut other = String::new();
    let mut chars = sql.chars().peekable();
    let flush = |other: &mut String, all: &mut Vec<Piece>| {
        if !other.is_empty() {
            all.push(Piece::Other(std::mem::take(other)));
        }
    };
    while let Some(c) = chars.next() {
        match c {
            '\'' => {
                flush(&mut other, &mut all);
                let mut text = String::new();
                while let Some(c) = chars.next() {
                    if c == '\'' {
                        if chars.peek() != Some(&'\'') {
                            break;
                        }
                        chars.next();
                    }
                    text.push(c);
                }
                all.push(Piece::Text(text));
            }
            '[' | '"' => {
                let close = if c == '[' { ']' } else { '"' };
                other.push(c);
                for c in chars.by_ref() {
                    other.push(c);
                    if c == close {
                        break;
                    }
                }
            }
            c if c.is_ascii_digit()
                && !other.ends_with(|p: char| p.is_alphanumeric() || matches!(p, '_' | '.')) =>
            {
                flush(&mut other, &mut all);
                let mut number = String::from(c);
                while let Some(c) = chars.next_if(|c| c.is_ascii_digit() || *c == '.') {
                    number.push(c);
                }
                all.push(Piece::Number(number));
            }
            c => other.push(c),
        }
    }
    flush(&mut other, &mut all);
    all
}

fn written(
    pieces: &[Piece],
    texts: &BTreeMap<String, String>,
    numbers: &BTreeMap<String, (Decimal, Decimal)>,
) -> String {
    pieces
        .iter()
        .map(|piece| match piece {
            Piece::Other(text) => text.clone(),
            Piece::Text(text) => {
                let now = texts.get(text).unwrap_or(text);
                format!("'{}'", now.replace('\'', "''"))
            }
            Piece::Number(text) => {
                let exchanged =
                    numbers.values().find(|(before, after)| before != after && text.parse() == Ok(*before));
                exchanged.map_or_else(|| text.clone(), |(_, after)| after.normalize().to_string())
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;
    use crate::model::Dim;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    fn range(start: &str, end: &str) -> Slot {
        Slot::Time(TimeRange::new(day(start), day(end)).expect("a range"))
    }

    fn skeleton(slots: Vec<Slot>) -> Skeleton {
        Skeleton { words: vec!["ventas".into()], slots, leans_on_today: false }
    }

    fn rebound(sql: &str, old: Vec<Slot>, new: Vec<Slot>) -> Option<String> {
        rebind(sql, &skeleton(old), &skeleton(new), false).map(|(sql, _)| sql)
    }

    const MAY: &str = "SELECT 1 FROM t WHERE Fecha >= '2025-05-01' AND Fecha < '2025-06-01'";

    #[test]
    fn days_values_and_numbers_are_exchanged_where_they_stand_as_literals() {
        assert_eq!(
            rebound(MAY, vec![range("2025-05-01", "2025-05-31")], vec![range("2024-02-01", "2024-02-29")])
                .as_deref(),
            Some("SELECT 1 FROM t WHERE Fecha >= '2024-02-01' AND Fecha < '2024-03-01'")
        );
        let between = "SELECT 1 FROM t WHERE Fecha BETWEEN '2025-05-01' AND '2025-05-31'";
        assert_eq!(
            rebound(
                between,
                vec![range("2025-05-01", "2025-05-31")],
                vec![range("2025-04-01", "2025-04-30")]
            )
            .as_deref(),
            Some("SELECT 1 FROM t WHERE Fecha BETWEEN '2025-04-01' AND '2025-04-30'")
        );
        assert_eq!(
            rebound(
                "SELECT TOP (5) a1 FROM t WHERE marca = N'BOSCH' AND 100.0 > 1",
                vec![Slot::Number(Decimal::from(5)), Slot::Value(Dim::Brand, "BOSCH".into())],
                vec![Slot::Number(Decimal::from(12)), Slot::Value(Dim::Brand, "O'HARA".into())],
            )
            .as_deref(),
            Some("SELECT TOP (12) a1 FROM t WHERE marca = N'O''HARA' AND 100.0 > 1")
        );
    }

    #[test]
    fn nothing_is_exchanged_where_it_is_not_certain() {
        // The year stands as a number, not as days.
        let year = "SELECT 1 FROM t WHERE YEAR(Fecha) = 2025";
        assert_eq!(
            rebound(year, vec![range("2025-01-01", "2025-12-31")], vec![range("2024-01-01", "2024-12-31")]),
            None
        );
        // A day that nobody said.
        let more = format!("{MAY} OR Fecha = '2024-05-01'");
        assert_eq!(
            rebound(&more, vec![range("2025-05-01", "2025-05-31")], vec![range("2025-04-01", "2025-04-30")]),
            None
        );
        // The number stands twice.
        let twice = "SELECT TOP (5) a FROM t WHERE b > 5";
        assert_eq!(rebound(twice, vec![Slot::Number(5.into())], vec![Slot::Number(6.into())]), None);
        // The value does not stand at all, or is of another kind.
        let other = "SELECT 1 FROM t WHERE marca LIKE 'BOS%'";
        let bosch = || vec![Slot::Value(Dim::Brand, "BOSCH".into())];
        assert_eq!(rebound(other, bosch(), vec![Slot::Value(Dim::Brand, "MAKITA".into())]), None);
        assert_eq!(rebound("SELECT 'BOSCH'", bosch(), vec![Slot::Value(Dim::City, "NEIVA".into())]), None);
        // One literal would have to become two things.
        let two = "SELECT 1 FROM t WHERE Fecha >= '2025-05-01' AND Fecha < '2025-06-01' OR Fecha >= '2025-06-01' AND Fecha < '2025-07-01'";
        let months = vec![range("2025-05-01", "2025-05-31"), range("2025-06-01", "2025-06-30")];
        assert_eq!(
            rebound(
                two,
                months.clone(),
                vec![range("2025-01-01", "2025-01-31"), range("2025-03-01", "2025-03-31")]
            ),
            None
        );
        assert!(
            rebound(two, months, vec![range("2025-02-01", "2025-02-28"), range("2025-03-01", "2025-03-31")])
                .is_some()
        );
    }

    #[test]
    fn other_words_or_another_today_are_another_question() {
        let old = skeleton(vec![]);
        let other = Skeleton { words: vec!["utilidad".into()], ..old.clone() };
        assert_eq!(rebind("SELECT 1", &old, &other, true), None);
        let leaning = Skeleton { leans_on_today: true, ..old.clone() };
        assert_eq!(rebind("SELECT 1", &leaning, &leaning, false), None);
        assert!(rebind("SELECT 1", &leaning, &leaning, true).is_some());
        // A query with days for a question without any was right on that day only.
        assert_eq!(rebind(MAY, &old, &old, false), None);
        assert!(rebind(MAY, &old, &old, true).is_some());
    }

    #[test]
    fn names_that_hold_digits_are_no_numbers() {
        let sql = "SELECT [5], a5, \"5\", 5.0 FROM t";
        assert_eq!(
            rebound(sql, vec![Slot::Number(5.into())], vec![Slot::Number(7.into())]).as_deref(),
            Some("SELECT [5], a5, \"5\", 7 FROM t")
        );
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_taken_apart_and_put_together_again(sql in "[a-z0-9'\\[\\]\". ]{0,60}") {
            let pieces = pieces(&sql);
            let again = written(&pieces, &BTreeMap::new(), &BTreeMap::new());
            // An unfinished literal gets its quote; nothing else changes.
            proptest::prop_assert!(again == sql || again.strip_suffix('\'') == Some(sql.as_str()));
        }
    }
}
