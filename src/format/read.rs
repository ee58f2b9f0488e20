//! Reading numbers as people write them: `1.234.567`, `1.234,56`, `$1.234`, `45,6%`,
//! `43,513,462.22`, `1'234.567`.

use std::str::FromStr;

use rust_decimal::Decimal;

use crate::i18n::Lang;

/// Why a text is not a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// There is nothing to read.
    #[error("empty")]
    Empty,
    /// It is not written as a number, or its separators contradict each other.
    #[error("not a number")]
    NotANumber,
    /// It has more digits than an exact decimal holds (28).
    #[error("out of range")]
    OutOfRange,
}

/// Reads a number. Where one separator could group or point (`1.234`), the language decides:
/// Spanish groups with `.`, English with `,`. A currency sign or a `%` around it is skipped.
pub fn parse_number(text: &str, lang: Lang) -> Result<Decimal, NumberError> {
    let (negative, body) = strip(text)?;
    let plain = ungroup(&body, lang).ok_or(NumberError::NotANumber)?;
    let magnitude = Decimal::from_str_exact(&plain).or_else(|_| {
        Decimal::from_str(&plain).ok().filter(|_| fits(&plain)).ok_or(NumberError::OutOfRange)
    })?;
    Ok(if negative && !magnitude.is_zero() { -magnitude } else { magnitude })
}

/// A value that only has too many decimals is rounded by the decimal type; one too large is refused.
fn fits(plain: &str) -> bool {
    plain.split('.').next().is_some_and(|whole| whole.trim_start_matches('0').len() <= 28)
}

/// Takes off blanks, sign, currency and percent sign.
fn strip(text: &str) -> Result<(bool, String), NumberError> {
    let mut body: String = text.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_uppercase();
    if body.is_empty() {
        return Err(NumberError::Empty);
    }
    let mut negative = false;
    for _ in 0..3 {
        let trimmed = body.trim_start_matches("COP").trim_start_matches('$');
        let unsigned = trimmed.strip_prefix(['-', '−']);
        if let Some(rest) = unsigned {
            if negative {
                return Err(NumberError::NotANumber);
            }
            negative = true;
            body = rest.to_owned();
        } else {
            body = trimmed.strip_prefix('+').unwrap_or(trimmed).to_owned();
        }
    }
    let body = body.strip_suffix("COP").or_else(|| body.strip_suffix('%')).unwrap_or(&body);
    Ok((negative, body.to_owned()))
}

/// The same number with a point and no grouping; none where the separators make no sense.
fn ungroup(body: &str, lang: Lang) -> Option<String> {
    let shaped = body.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ',' | '\'' | '’'));
    if !shaped
        || !body.starts_with(|c: char| c.is_ascii_digit())
        || !body.ends_with(|c: char| c.is_ascii_digit())
    {
        return None;
    }
    let point = decimal_point(body, lang);
    let (whole, fraction) = match point {
        Some(mark) => body.rsplit_once(mark)?,
        None => (body, ""),
    };
    if !is_grouped(whole) || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let mut plain: String = whole.chars().filter(char::is_ascii_digit).collect();
    if !fraction.is_empty() {
        plain.push('.');
        plain.push_str(fraction);
    }
    Some(plain)
}

/// Which mark, if any, is the decimal point.
fn decimal_point(body: &str, lang: Lang) -> Option<char> {
    let last = body.rfind(['.', ','])?;
    let mark = body[last..].chars().next()?;
    let earlier = &body[..last];
    if earlier.contains(mark) {
        return None;
    }
    if earlier.contains(['.', ',']) {
        return Some(mark);
    }
    let fraction = &body[last + 1..];
    let could_group =
        fraction.len() == 3 && (1..=3).contains(&tail_digits(earlier)) && !earlier.starts_with('0');
    let groups_here = match lang {
        Lang::Es => mark == '.',
        Lang::En => mark == ',',
    };
    // After millions set off with an apostrophe a group follows whatever the language.
    let after_apostrophe = earlier.contains(['\'', '’']);
    if could_group && (groups_here || after_apostrophe) { None } else { Some(mark) }
}

fn tail_digits(text: &str) -> usize {
    text.bytes().rev().take_while(u8::is_ascii_digit).count()
}

/// Whether the whole part is bare digits or groups of three after a first one of one to three.
fn is_grouped(whole: &str) -> bool {
    let mut groups = whole.split(['.', ',', '\'', '’']);
    let first = groups.next().map_or(0, str::len);
    let rest: Vec<_> = groups.collect();
    if rest.is_empty() {
        return first > 0;
    }
    let marks = ['.', ','].iter().filter(|mark| whole.contains(**mark)).count();
    (1..=3).contains(&first) && marks <= 1 && rest.iter().all(|group| group.len() == 3)
}
