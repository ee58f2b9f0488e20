//! The text functions. Searches compare as the collation does.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int64Builder, ListBuilder, StringViewArray, StringViewBuilder};
use arrow::datatypes::{DataType, Field};
use datafusion::logical_expr::ColumnarValue;

use super::super::types::Ty;
use super::cast::{date_from_text, shown};
use super::collate::{fold, without_accents};
use super::columns::{Val, array_of, typed};
use super::{Call, Op, calculation};
use crate::engine::EngineError;

/// One value of a text function.
pub(super) fn value<'a>(call: &Call, args: &[Val<'a>]) -> Result<Val<'a>, EngineError> {
    match call.op {
        Op::Concat => return concat(call, args).map(Val::text),
        Op::ConcatWs => return concat_ws(call, args).map(Val::text),
        _ => {}
    }
    if args.contains(&Val::Null) {
        return Ok(if matches!(call.op, Op::IsNumeric | Op::IsDate) { Val::Int(0) } else { Val::Null });
    }
    Ok(match (call.op, args) {
        (Op::Join, [Val::Text(a), Val::Text(b)]) => Val::text(format!("{a}{b}")),
        (Op::Pad(n), [Val::Text(t)]) => Val::text(format!("{t:<width$}", width = n as usize)),
        (Op::Len, [Val::Text(t)]) => int(t.trim_end_matches(' ').encode_utf16().count()),
        (Op::Left, [Val::Text(t), Val::Int(n)]) => Val::text(first(t, length(*n)?)),
        (Op::Right, [Val::Text(t), Val::Int(n)]) => {
            let skip = t.chars().count().saturating_sub(length(*n)?);
            Val::text(t.chars().skip(skip).collect())
        }
        (Op::Substring, [Val::Text(t), Val::Int(start), Val::Int(n)]) => {
            if *n < 0 {
                return Err(invalid_length());
            }
            let end = start.saturating_add(*n).max(1);
            let skip = (start - 1).max(0);
            let take = (end - 1 - skip).max(0);
            Val::text(t.chars().skip(skip as usize).take(take as usize).collect())
        }
        (Op::CharIndex, [Val::Text(what), Val::Text(text), rest @ ..]) => {
            let from = if let [Val::Int(n)] = rest { (*n - 1).max(0) as usize } else { 0 };
            int(find(text, what, from).map_or(0, |p| p + 1))
        }
        (Op::Replace, [Val::Text(t), Val::Text(what), Val::Text(by)]) => Val::text(replace(t, what, by)),
        (Op::Stuff, [Val::Text(t), Val::Int(start), Val::Int(n), Val::Text(by)]) => stuff(t, *start, *n, by),
        (Op::Trim, [Val::Text(t), rest @ ..]) => trimmed(t, rest, true, true),
        (Op::LTrim, [Val::Text(t), rest @ ..]) => trimmed(t, rest, true, false),
        (Op::RTrim, [Val::Text(t), rest @ ..]) => trimmed(t, rest, false, true),
        (Op::Upper, [Val::Text(t)]) => Val::text(t.to_uppercase()),
        (Op::Lower, [Val::Text(t)]) => Val::text(t.to_lowercase()),
        (Op::Reverse, [Val::Text(t)]) => Val::text(t.chars().rev().collect()),
        (Op::QuoteName, [Val::Text(t), rest @ ..]) => quoted(t, rest),
        (Op::AccentBlind { .. }, [Val::Text(t)]) => Val::Text(t.clone()),
        (Op::Plain { spanish }, [Val::Text(t)]) => Val::text(without_accents(t, spanish)),
        (Op::Translate, [Val::Text(t), Val::Text(from), Val::Text(to)]) => translate(t, from, to)?,
        (Op::Char, [Val::Int(n)]) => {
            let c = u32::try_from(*n).ok().filter(|n| *n <= 0xffff).and_then(char::from_u32);
            c.map_or(Val::Null, |c| Val::text(c.to_string()))
        }
        (Op::Ascii, [Val::Text(t)]) => match t.chars().next() {
            Some(c) if (c as u32) < 256 => Val::Int(i64::from(c as u32)),
            Some(_) => Val::Int(63),
            None => Val::Null,
        },
        (Op::Unicode, [Val::Text(t)]) => {
            t.encode_utf16().next().map_or(Val::Null, |c| Val::Int(i64::from(c)))
        }
        (Op::Str, [Val::Float(v), Val::Int(n), Val::Int(places)]) => {
            let text = format!("{v:.*}", (*places).clamp(0, 16) as usize);
            let width = (*n).clamp(0, 8000) as usize;
            if text.len() > width {
                Val::text("*".repeat(width))
            } else {
                Val::text(format!("{text:>width$}"))
            }
        }
        (Op::IsNumeric, [Val::Text(t)]) => {
            Val::Int(i64::from(t.trim().parse::<f64>().is_ok_and(f64::is_finite)))
        }
        (Op::IsDate, [Val::Text(t)]) => Val::Int(i64::from(date_from_text(t).is_some())),
        _ => return Err(EngineError::Internal { detail: "a text function on other types".into() }),
    })
}

fn int(count: usize) -> Val<'static> {
    Val::Int(i64::try_from(count).unwrap_or(i64::MAX))
}

fn invalid_length() -> EngineError {
    calculation(537, "a length must not be negative")
}

fn length(n: i64) -> Result<usize, EngineError> {
    usize::try_from(n).map_err(|_| invalid_length())
}

fn first(text: &str, count: usize) -> String {
    text.chars().take(count).collect()
}

fn concat(call: &Call, args: &[Val<'_>]) -> Result<String, EngineError> {
    let mut out = String::new();
    for (value, ty) in args.iter().zip(&call.args) {
        out.push_str(&shown(value, *ty, None)?);
    }
    Ok(out)
}

fn concat_ws(call: &Call, args: &[Val<'_>]) -> Result<String, EngineError> {
    let separator = match args.first() {
        Some(Val::Text(t)) => t.as_ref(),
        _ => "",
    };
    let parts: Vec<String> = args
        .iter()
        .zip(&call.args)
        .skip(1)
        .filter(|(value, _)| **value != Val::Null)
        .map(|(value, ty)| shown(value, *ty, None))
        .collect::<Result<_, _>>()?;
    Ok(parts.join(separator))
}

/// Characters one to one without their case, so that positions stay.
fn plain(text: &str) -> Vec<char> {
    text.chars().map(|c| fold(c).next().unwrap_or(c)).collect()
}

fn find(text: &str, what: &str, from: usize) -> Option<usize> {
    let (text, what) = (plain(text), plain(what));
    if what.is_empty() {
        return None;
    }
    (from..=text.len().checked_sub(what.len())?).find(|at| text.get(*at..at + what.len()) == Some(&what[..]))
}

fn replace(text: &str, what: &str, by: &str) -> String {
    let (keys, what) = (plain(text), plain(what));
    if what.is_empty() {
        return text.to_string();
    }
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(c) = chars.get(at) {
        if keys.get(at..at + what.len()) == Some(&what[..]) {
            out.push_str(by);
            at += what.len();
        } else {
            out.push(*c);
            at += 1;
        }
    }
    out
}

fn stuff(text: &str, start: i64, count: i64, by: &str) -> Val<'static> {
    let chars: Vec<char> = text.chars().collect();
    let at = match usize::try_from(start) {
        Ok(s) if s >= 1 && s <= chars.len() && count >= 0 => s - 1,
        _ => return Val::Null,
    };
    let end = at.saturating_add(count as usize).min(chars.len());
    let head = chars.iter().take(at).collect::<String>();
    let tail = chars.iter().skip(end).collect::<String>();
    Val::text(format!("{head}{by}{tail}"))
}

fn trimmed<'a>(text: &str, rest: &[Val<'a>], left: bool, right: bool) -> Val<'a> {
    let set: Vec<char> = match rest {
        [Val::Text(set)] => plain(set),
        _ => vec![' '],
    };
    let inside = |c: char| fold(c).next().is_some_and(|c| set.contains(&c));
    let text = if left { text.trim_start_matches(inside) } else { text };
    let text = if right { text.trim_end_matches(inside) } else { text };
    Val::text(text.to_string())
}

/// `QUOTENAME`: in brackets, or in the marks asked for; NULL for other marks and long texts.
fn quoted<'a>(text: &str, rest: &[Val<'a>]) -> Val<'a> {
    let mark = match rest {
        [Val::Text(mark)] => mark.chars().next(),
        _ => Some('['),
    };
    let (open, close) = match mark {
        Some('[' | ']') => ('[', ']'),
        Some('(' | ')') => ('(', ')'),
        Some('{' | '}') => ('{', '}'),
        Some('<' | '>') => ('<', '>'),
        Some(mark @ ('\'' | '"' | '`')) => (mark, mark),
        _ => return Val::Null,
    };
    if text.chars().count() > 128 {
        return Val::Null;
    }
    Val::text(format!("{open}{}{close}", text.replace(close, &format!("{close}{close}"))))
}

fn translate<'a>(text: &str, from: &str, to: &str) -> Result<Val<'a>, EngineError> {
    let (from, to) = (plain(from), to.chars().collect::<Vec<_>>());
    if from.len() != to.len() {
        return Err(calculation(9828, "TRANSLATE needs as many characters as it replaces"));
    }
    let one = |c: char| {
        let key = fold(c).next().unwrap_or(c);
        from.iter().position(|f| *f == key).and_then(|i| to.get(i)).copied().unwrap_or(c)
    };
    Ok(Val::text(text.chars().map(one).collect()))
}

/// The type of the parts of `STRING_SPLIT`, or of their places.
pub(super) fn split_type(op: Op) -> DataType {
    let item = if op == Op::SplitPlaces { DataType::Int64 } else { DataType::Utf8View };
    DataType::List(Arc::new(Field::new_list_field(item, true)))
}

/// The parts of each text, or their places.
pub(super) fn split_columns(
    op: Op,
    values: &[ColumnarValue],
    rows: usize,
) -> Result<ColumnarValue, EngineError> {
    let [text, separator] = values else {
        return Err(EngineError::Internal { detail: "STRING_SPLIT takes two values".into() });
    };
    let texts: StringViewArray = typed(&array_of(text)?)?;
    let separators: StringViewArray = typed(&array_of(separator)?)?;
    let mut parts = ListBuilder::new(StringViewBuilder::new());
    let mut places = ListBuilder::new(Int64Builder::new());
    let pick = |a: &StringViewArray, row: usize| if a.len() == 1 { 0 } else { row };
    for row in 0..rows {
        let (i, j) = (pick(&texts, row), pick(&separators, row));
        if texts.is_null(i) || separators.is_null(j) {
            parts.append(false);
            places.append(false);
            continue;
        }
        for (place, part) in (1i64..).zip(texts.value(i).split(separators.value(j))) {
            if op == Op::SplitPlaces {
                places.values().append_value(place);
            } else {
                parts.values().append_value(Cow::Borrowed(part));
            }
        }
        parts.append(true);
        places.append(true);
    }
    let array: ArrayRef =
        if op == Op::SplitPlaces { Arc::new(places.finish()) } else { Arc::new(parts.finish()) };
    Ok(ColumnarValue::Array(array))
}

/// The longest text a function of `args` gives.
pub(in super::super) fn joined_length(args: &[Ty]) -> u32 {
    let mut sum = 0u32;
    for ty in args {
        sum = match ty {
            Ty::Text(super::super::types::MAX_TEXT) => return super::super::types::MAX_TEXT,
            Ty::Text(n) => sum.saturating_add(*n),
            _ => sum.saturating_add(40),
        };
    }
    sum.clamp(1, 4000)
}
