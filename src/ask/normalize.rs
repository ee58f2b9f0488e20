//! From text as typed to tokens without case or accents, each with its place in the text.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;

/// Tokens considered at the most; longer questions are cut (and then abstained on).
pub const MAX_TOKENS: usize = 120;

/// A word, number or sign of the question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Lower case, without marks.
    pub norm: String,
    /// Byte range in the question.
    pub span: Range<usize>,
}

impl Token {
    /// Whether it begins with a digit.
    pub fn starts_with_digit(&self) -> bool {
        self.norm.starts_with(|c: char| c.is_ascii_digit())
    }

    /// Whether it is nothing but digits.
    pub fn is_digits(&self) -> bool {
        !self.norm.is_empty() && self.norm.bytes().all(|b| b.is_ascii_digit())
    }

    /// Whether it is a sign rather than a word.
    pub fn is_sign(&self) -> bool {
        matches!(self.norm.as_str(), "," | "%" | "$" | "=" | "≠" | ">" | "<" | ">=" | "<=")
    }
}

/// A character without marks and in lower case; nothing for marks alone.
fn folded(c: char) -> impl Iterator<Item = char> {
    std::iter::once(c)
        .nfkd()
        .filter(|c| !unicode_normalization::char::is_combining_mark(*c))
        .flat_map(char::to_lowercase)
}

/// Text without case and marks, signs kept.
pub fn fold(text: &str) -> String {
    text.chars().flat_map(folded).collect()
}

/// Splits a question into tokens.
pub fn tokens(text: &str) -> Vec<Token> {
    let chars: Vec<(usize, char)> = text.char_indices().collect();
    let at = |i: usize| chars.get(i).map(|(_, c)| *c);
    let mut out: Vec<Token> = Vec::new();
    let mut i = 0;
    while let Some(&(start, c)) = chars.get(i) {
        if out.len() >= MAX_TOKENS {
            break;
        }
        if let Some((sign, length)) = sign_at(c, at(i + 1)) {
            i += length;
            let end = chars.get(i).map_or(text.len(), |(offset, _)| *offset);
            out.push(Token { norm: sign.to_string(), span: start..end });
            continue;
        }
        if !c.is_alphanumeric() {
            i += 1;
            continue;
        }
        let mut norm = String::new();
        let mut end = start;
        while let Some(&(offset, c)) = chars.get(i) {
            if c.is_alphanumeric() || unicode_normalization::char::is_combining_mark(c) {
                norm.extend(folded(c));
                end = offset + c.len_utf8();
                i += 1;
            } else if is_apostrophe(c) && at(i + 1).is_some_and(char::is_alphabetic) {
                i += 1;
                // "month's" is the month; "haven't" is one word.
                let possessive = at(i).is_some_and(|c| c == 's' || c == 'S')
                    && !at(i + 1).is_some_and(char::is_alphanumeric);
                if possessive {
                    end = chars.get(i).map_or(end, |(o, _)| o + 1);
                    i += 1;
                    break;
                }
            } else if joins_digits(c)
                && norm.ends_with(|c: char| c.is_ascii_digit())
                && at(i + 1).is_some_and(|c| c.is_ascii_digit())
            {
                norm.push(c);
                i += 1;
            } else {
                break;
            }
        }
        let norm = spelled_out(collapse(&norm));
        // "top5" are two words.
        let number = norm.strip_prefix("top").filter(|rest| rest.bytes().all(|b| b.is_ascii_digit()));
        if let Some(number) = number.filter(|number| !number.is_empty()) {
            let middle = end - number.len();
            out.push(Token { norm: "top".to_string(), span: start..middle });
            out.push(Token { norm: number.to_string(), span: middle..end });
        } else if !norm.is_empty() {
            push_joining_units(&mut out, Token { norm, span: start..end }, text);
        }
    }
    out
}

/// The tokens of a question: its words and signs, and every other character that may mean
/// something, each by itself, so that nobody takes it for read.
pub fn question_tokens(text: &str) -> Vec<Token> {
    let mut out = Vec::new();
    let mut words = tokens(text).into_iter().peekable();
    let cut = words.len() >= MAX_TOKENS;
    let mut read = 0;
    for (start, c) in text.char_indices() {
        while let Some(word) = words.next_if(|word| word.span.start <= start) {
            read = word.span.end;
            out.push(word);
        }
        if start >= read && !is_passed_over(c) && !(cut && words.peek().is_none()) {
            out.push(Token { norm: c.to_string(), span: start..start + c.len_utf8() });
        }
    }
    out
}

/// Spaces, the punctuation that people write between words, and characters that nobody sees.
pub fn is_passed_over(c: char) -> bool {
    const USUAL: &str = "¿¡«»‹›“”„‘’‚´¨–—―…·•°®™×";
    let unseen = matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}');
    (c.is_ascii() && !c.is_ascii_alphanumeric())
        || c.is_whitespace()
        || c.is_control()
        || unseen
        || USUAL.contains(c)
}

/// The sign that begins with `c`, and how many characters it takes.
fn sign_at(c: char, next: Option<char>) -> Option<(&'static str, usize)> {
    Some(match (c, next) {
        (',' | '|', _) => (",", 1),
        ('%', _) => ("%", 1),
        ('$', _) => ("$", 1),
        ('>', Some('=')) => (">=", 2),
        ('<', Some('=')) => ("<=", 2),
        ('<', Some('>')) | ('!', Some('=')) => ("≠", 2),
        ('≥', _) => (">=", 1),
        ('≤', _) => ("<=", 1),
        ('≠', _) => ("≠", 1),
        ('>', _) => (">", 1),
        ('<', _) => ("<", 1),
        ('=', _) => ("=", 1),
        _ => return None,
    })
}

/// The words that people write in a hurry, written out.
fn spelled_out(word: String) -> String {
    match word.as_str() {
        "q" | "qe" | "ke" => "que".to_string(),
        "pa" => "para".to_string(),
        "xq" | "pq" => "porque".to_string(),
        _ => word,
    }
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’' | '´' | '`')
}

fn joins_digits(c: char) -> bool {
    matches!(c, '.' | ',' | '/' | '-')
}

/// Letters written three times or more for emphasis count once.
fn collapse(word: &str) -> String {
    if !word.chars().any(char::is_alphabetic) {
        return word.to_string();
    }
    let chars: Vec<char> = word.chars().collect();
    let mut out = String::with_capacity(word.len());
    let mut i = 0;
    while let Some(&c) = chars.get(i) {
        let run = chars.iter().skip(i).take_while(|x| **x == c).count();
        let kept = if c.is_alphabetic() && run >= 3 { 1 } else { run };
        out.extend(std::iter::repeat_n(c, kept));
        i += run;
    }
    out
}

const UNITS: [&str; 12] = ["kg", "kgs", "ml", "mm", "cm", "oz", "lts", "mts", "gr", "lb", "watts", "plg"];

/// "50 kg" is one token, like "50kg".
fn push_joining_units(out: &mut Vec<Token>, token: Token, text: &str) {
    let apart = |last: &Token| text.get(last.span.end..token.span.start).unwrap_or_default();
    if let Some(last) = out.last_mut()
        && apart(last).chars().all(is_passed_over)
        && UNITS.contains(&token.norm.as_str())
        && last.is_digits()
    {
        last.norm.push_str(&token.norm);
        last.span.end = token.span.end;
        return;
    }
    out.push(token);
}

/// A word without its plural ending, the same for singular and plural.
pub fn stem(word: &str) -> &str {
    if word.len() <= 3 || word.ends_with(|c: char| c.is_ascii_digit()) {
        return word;
    }
    let word = word.strip_suffix('s').unwrap_or(word);
    word.strip_suffix('e').unwrap_or(word)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn norms(text: &str) -> Vec<String> {
        tokens(text).into_iter().map(|t| t.norm).collect()
    }

    #[test]
    fn case_and_accents_do_not_matter() {
        assert_eq!(norms("¿CUÁNTO Vendió Garzón?"), norms("cuanto vendio garzon"));
        assert_eq!(norms("diseños"), ["disenos"]);
    }

    #[test]
    fn numbers_and_dates_stay_whole() {
        assert_eq!(
            norms("$ 1.234.567,89 el 15/06/2025, no 2025-06-15."),
            ["$", "1.234.567,89", "el", "15/06/2025", ",", "no", "2025-06-15"]
        );
        assert_eq!(norms("50 kg"), ["50kg"]);
    }

    #[test]
    fn signs_of_comparison_are_tokens() {
        assert_eq!(
            norms("ventas >= 5, marca ≠ A|B"),
            ["ventas", ">=", "5", ",", "marca", "≠", "a", ",", "b"]
        );
        assert_eq!(norms("a<>b x=y"), ["a", "≠", "b", "x", "=", "y"]);
    }

    #[test]
    fn apostrophes_and_emphasis() {
        assert_eq!(norms("last month's sales haven't"), ["last", "month", "sales", "havent"]);
        assert_eq!(norms("ventaaaas"), ["ventas"]);
    }

    #[test]
    fn what_is_neither_word_nor_usual_punctuation_is_a_token_of_a_question() {
        let norms = |text: &str| question_tokens(text).into_iter().map(|t| t.norm).collect::<Vec<_>>();
        assert_eq!(norms("¿ventas «netas» — (mayo)…?"), ["ventas", "netas", "mayo"]);
        assert_eq!(norms("ventas \u{6da} por €marca"), ["ventas", "\u{6da}", "por", "€", "marca"]);
        assert_eq!(norms("50 ∑ kg"), ["50", "∑", "kg"]);
        assert_eq!(norms("garzo\u{301}n\u{200b}"), ["garzon"]);
    }

    #[test]
    fn plurals_share_their_stem() {
        for (one, many) in [("taladro", "taladros"), ("cable", "cables"), ("reflector", "reflectores")] {
            assert_eq!(stem(one), stem(many));
        }
    }

    proptest! {
        #[test]
        fn spans_are_in_order_and_on_character_boundaries(text in ".{0,80}") {
            for all in [tokens(&text), question_tokens(&text)] {
                let mut last = 0;
                for token in all {
                    prop_assert!(token.span.start >= last && token.span.end > token.span.start);
                    prop_assert!(text.get(token.span.clone()).is_some());
                    last = token.span.end;
                }
            }
        }
    }
}
