//! `LIKE` and `PATINDEX`: `%`, `_`, `[a-z]`, `[^a-z]`, an escape character; compared as
//! the collation compares.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, Int32Array, StringViewArray};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::ColumnarValue;
use unicode_normalization::UnicodeNormalization;

use super::collate::{fold, sort_key};
use super::columns::{array_of, typed};
use super::{Call, Op};
use crate::engine::EngineError;

enum Step {
    /// `%`
    Any,
    /// `_`
    One,
    Char(char),
    /// `[…]`
    Class {
        negated: bool,
        ranges: Vec<(char, char)>,
    },
}

/// A compiled pattern.
pub(super) struct Pattern {
    steps: Vec<Step>,
}

fn folded(text: &str) -> Vec<char> {
    if text.is_ascii() {
        return text.chars().map(|c| c.to_ascii_uppercase()).collect();
    }
    text.nfc().flat_map(fold).collect()
}

impl Pattern {
    /// Compiles a pattern. `None` for an escape that escapes nothing: it matches no text.
    pub(super) fn new(pattern: &str, escape: Option<char>) -> Option<Pattern> {
        let chars: Vec<char> = pattern.chars().collect();
        let mut steps = Vec::new();
        let mut at = 0;
        while let Some(&c) = chars.get(at) {
            at += 1;
            if Some(c) == escape {
                steps.extend(folded(&chars.get(at)?.to_string()).into_iter().map(Step::Char));
                at += 1;
                continue;
            }
            match c {
                '%' => {
                    if !matches!(steps.last(), Some(Step::Any)) {
                        steps.push(Step::Any);
                    }
                }
                '_' => steps.push(Step::One),
                '[' => {
                    let (class, after) = class(&chars, at, escape)?;
                    steps.push(class);
                    at = after;
                }
                c => steps.extend(folded(&c.to_string()).into_iter().map(Step::Char)),
            }
        }
        Some(Pattern { steps })
    }

    /// Whether the whole text matches.
    pub(super) fn matches(&self, text: &str) -> bool {
        let text = folded(text);
        let (mut s, mut t) = (0, 0);
        // Where to go on when the part after the last `%` fails.
        let mut retry: Option<(usize, usize)> = None;
        loop {
            let fits = match (self.steps.get(s), text.get(t)) {
                (None, None) => return true,
                (Some(Step::Any), _) => {
                    retry = Some((s + 1, t));
                    s += 1;
                    continue;
                }
                (Some(step), Some(c)) => step.fits(*c),
                _ => false,
            };
            if fits {
                s += 1;
                t += 1;
                continue;
            }
            match retry {
                Some((step, from)) if from < text.len() => {
                    retry = Some((step, from + 1));
                    s = step;
                    t = from + 1;
                }
                // Blanks at the end of the text do not keep it from matching.
                _ => {
                    return s == self.steps.len()
                        && text.get(t..).is_some_and(|r| r.iter().all(|c| *c == ' '));
                }
            }
        }
    }

    /// The position from 1 where the pattern, taken as a search, begins to match; 0 for none.
    fn position(&self, text: &str) -> i32 {
        let leading = matches!(self.steps.first(), Some(Step::Any));
        if !leading {
            return i32::from(self.matches(text));
        }
        let rest = Pattern { steps: self.steps.iter().skip(1).map(Step::copy).collect() };
        let starts = text.char_indices().map(|(i, _)| i).chain([text.len()]);
        for (count, start) in starts.enumerate() {
            if text.get(start..).is_some_and(|tail| rest.matches(tail)) {
                return i32::try_from(count + 1).unwrap_or(i32::MAX);
            }
        }
        0
    }
}

impl Step {
    fn fits(&self, c: char) -> bool {
        match self {
            Step::Any => false,
            Step::One => true,
            Step::Char(wanted) => *wanted == c,
            Step::Class { negated, ranges } => {
                let key = sort_key(&c.to_string());
                let inside = ranges.iter().any(|(low, high)| {
                    if low == high {
                        return *low == c;
                    }
                    (sort_key(&low.to_string())..=sort_key(&high.to_string())).contains(&key)
                });
                inside != *negated
            }
        }
    }

    fn copy(&self) -> Step {
        match self {
            Step::Any => Step::Any,
            Step::One => Step::One,
            Step::Char(c) => Step::Char(*c),
            Step::Class { negated, ranges } => Step::Class { negated: *negated, ranges: ranges.clone() },
        }
    }
}

fn class(chars: &[char], mut at: usize, escape: Option<char>) -> Option<(Step, usize)> {
    let negated = chars.get(at) == Some(&'^');
    if negated {
        at += 1;
    }
    let mut ranges = Vec::new();
    loop {
        let mut c = *chars.get(at)?;
        at += 1;
        if c == ']' {
            return Some((Step::Class { negated, ranges }, at));
        }
        if Some(c) == escape {
            c = *chars.get(at)?;
            at += 1;
        }
        let low = fold(c).next()?;
        let high = match (chars.get(at), chars.get(at + 1)) {
            (Some('-'), Some(end)) if *end != ']' => {
                at += 2;
                fold(*end).next()?
            }
            _ => low,
        };
        ranges.push((low, high));
    }
}

/// Runs both functions; a constant pattern is compiled once.
pub(super) fn columns(
    call: &Call,
    values: &[ColumnarValue],
    rows: usize,
) -> Result<ColumnarValue, EngineError> {
    let (text, pattern) = match (call.op, values) {
        (Op::PatIndex, [pattern, text]) => (text, pattern),
        (_, [text, pattern, ..]) => (text, pattern),
        _ => return Err(EngineError::Internal { detail: "LIKE without a pattern".into() }),
    };
    let escape = match values.get(2) {
        Some(ColumnarValue::Scalar(ScalarValue::Utf8View(Some(e)))) => e.chars().next(),
        _ => None,
    };
    let constant = matches!((text, pattern), (ColumnarValue::Scalar(_), ColumnarValue::Scalar(_)));
    let rows = if constant { 1 } else { rows };
    let texts: StringViewArray = typed(&array_of(text)?)?;
    let patterns: StringViewArray = typed(&array_of(pattern)?)?;
    let compiled =
        (patterns.len() == 1 && patterns.is_valid(0)).then(|| Pattern::new(patterns.value(0), escape));
    let pick = |a: &StringViewArray, row: usize| if a.len() == 1 { 0 } else { row };
    let each = |row: usize| -> Option<(bool, i32)> {
        let (i, j) = (pick(&texts, row), pick(&patterns, row));
        if texts.is_null(i) || patterns.is_null(j) {
            return None;
        }
        let own;
        let pattern = match &compiled {
            Some(pattern) => pattern,
            None => {
                own = Pattern::new(patterns.value(j), escape);
                &own
            }
        };
        let Some(pattern) = pattern else { return Some((false, 0)) };
        Some(match call.op {
            Op::Like => (pattern.matches(texts.value(i)), 0),
            _ => (false, pattern.position(texts.value(i))),
        })
    };
    let array: ArrayRef = match call.op {
        Op::Like => Arc::new((0..rows).map(|r| each(r).map(|v| v.0)).collect::<BooleanArray>()),
        _ => Arc::new((0..rows).map(|r| each(r).map(|v| v.1)).collect::<Int32Array>()),
    };
    if constant {
        let value = ScalarValue::try_from_array(&array, 0)
            .map_err(|e| EngineError::Internal { detail: e.to_string() })?;
        return Ok(ColumnarValue::Scalar(value));
    }
    Ok(ColumnarValue::Array(array))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn like(text: &str, pattern: &str) -> bool {
        Pattern::new(pattern, Some('!')).is_some_and(|p| p.matches(text))
    }

    #[test]
    fn patterns_match_as_on_the_server() {
        for (text, pattern, expected) in [
            ("TALADRO 1/2\"", "%taladro%", true),
            ("TALADRO", "tal_dro", true),
            ("TALADRO", "tal_", false),
            ("CAFÉ", "cafe", false),
            ("CAFÉ", "café", true),
            ("A5", "[a-c][0-9]", true),
            ("D5", "[a-c][0-9]", false),
            ("D5", "[^a-c]%", true),
            ("50%", "50!%", true),
            ("500", "50!%", false),
            ("x[y", "x[[]y", true),
            ("PAVCO  ", "PAVCO", true),
            ("PAVCO", "PAVCO ", false),
            ("", "%", true),
            ("", "_", false),
            ("abcabd", "%abd", true),
        ] {
            assert_eq!(like(text, pattern), expected, "{text:?} LIKE {pattern:?}");
        }
    }

    #[test]
    fn a_search_tells_where_it_begins() {
        let position = |p: &str, t: &str| Pattern::new(p, None).map(|p| p.position(t));
        assert_eq!(position("%[0-9]%", "abc7"), Some(4));
        assert_eq!(position("%x%", "abc"), Some(0));
    }
}
