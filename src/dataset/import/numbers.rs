//! Numbers as people and programs write them.

/// How a column writes its numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumberFormat {
    /// Decimal comma, thousands points: `1.234,56`.
    Comma,
    /// Decimal point, thousands commas: `1,234.56`.
    Point,
}

/// A number in units of its last decimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Number {
    pub(super) digits: i128,
    pub(super) decimals: u32,
}

/// Digits beyond which a text is not an amount of anything.
const MAX_DIGITS: usize = 38;

impl Number {
    /// Whether two numbers are equal in value.
    pub(super) fn same_value(self, other: Number) -> bool {
        let scale = self.decimals.max(other.decimals);
        self.rescaled(scale).is_some_and(|value| other.rescaled(scale) == Some(value))
    }

    /// The number in units of its `scale`th decimal, rounded half away from zero; `None` if it is too large.
    pub(super) fn rescaled(self, scale: u32) -> Option<i128> {
        match scale.checked_sub(self.decimals) {
            Some(more) => self.digits.checked_mul(10i128.checked_pow(more)?),
            None => {
                let by = 10i128.checked_pow(self.decimals - scale)?;
                let (whole, rest) = (self.digits / by, self.digits % by);
                let away = if rest.abs() >= by - rest.abs() { rest.signum() } else { 0 };
                Some(whole + away)
            }
        }
    }

    /// The number if it is whole.
    pub(super) fn whole(self) -> Option<i128> {
        let by = 10i128.checked_pow(self.decimals)?;
        (self.digits % by == 0).then_some(self.digits / by)
    }
}

/// Reads a number written in `format`: an optional sign or parentheses, `$` or `COP`, thousands
/// in groups of three, decimals, an exponent, `%`. Nothing else is let pass.
pub(super) fn parse(text: &str, format: NumberFormat) -> Option<Number> {
    let (negative, body) = unwrap_sign(text.trim())?;
    let (mantissa, exponent) = split_exponent(body)?;
    let (decimal_mark, group_mark) = match format {
        NumberFormat::Comma => (',', '.'),
        NumberFormat::Point => ('.', ','),
    };
    let (whole, fraction) = match mantissa.split_once(decimal_mark) {
        Some((whole, fraction)) => (whole, fraction),
        None => (mantissa, ""),
    };
    if mantissa.ends_with(decimal_mark) || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let mut digits = ungrouped(whole, group_mark)?;
    if digits.is_empty() && fraction.is_empty() {
        return None;
    }
    digits.push_str(fraction);
    scaled(&digits, fraction.len(), exponent)
        .map(|number| Number { digits: if negative { -number.digits } else { number.digits }, ..number })
}

/// Takes the sign, the currency and the percent sign off.
fn unwrap_sign(text: &str) -> Option<(bool, &str)> {
    let (mut negative, mut body) = match text.strip_prefix('(') {
        Some(inner) => (true, inner.strip_suffix(')')?),
        None => (false, text),
    };
    body = body.trim().strip_suffix('%').unwrap_or(body).trim();
    // A sign may stand before or after the currency, or at the very end (`1.234-`).
    for _ in 0..2 {
        body = match body.strip_prefix('-').or_else(|| body.strip_prefix('\u{2212}')) {
            Some(rest) if !negative => {
                negative = true;
                rest
            }
            Some(_) => return None,
            None => body.strip_prefix('+').unwrap_or(body),
        };
        body = body.strip_prefix("COP").or_else(|| body.strip_prefix('$')).unwrap_or(body).trim_start();
    }
    if let Some(rest) = body.strip_suffix('-') {
        if negative {
            return None;
        }
        return Some((true, rest));
    }
    Some((negative, body))
}

fn split_exponent(body: &str) -> Option<(&str, i32)> {
    match body.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => {
            let power: i32 = exponent.parse().ok()?;
            (-30..=30).contains(&power).then_some((mantissa, power))
        }
        None => Some((body, 0)),
    }
}

/// The digits of a whole part whose groups, if it has any, are of three.
fn ungrouped(whole: &str, group_mark: char) -> Option<String> {
    let is_mark = |c: char| c == group_mark || matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '\'' | '’');
    if whole.bytes().all(|b| b.is_ascii_digit()) {
        return Some(whole.to_string());
    }
    let mut groups = whole.split(is_mark);
    let first = groups.next()?;
    let first_ok = (1..=3).contains(&first.len()) && first.bytes().all(|b| b.is_ascii_digit());
    // `0.125` is a decimal with its mark, never a group after a zero.
    if !first_ok || first.starts_with('0') {
        return None;
    }
    let mut digits = first.to_string();
    for group in groups {
        if group.len() != 3 || !group.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        digits.push_str(group);
    }
    Some(digits)
}

fn scaled(digits: &str, decimals: usize, exponent: i32) -> Option<Number> {
    let significant = digits.trim_start_matches('0');
    if significant.len() > MAX_DIGITS || decimals > MAX_DIGITS {
        return None;
    }
    let value: i128 = if significant.is_empty() { 0 } else { significant.parse().ok()? };
    let decimals = i32::try_from(decimals).ok()? - exponent;
    match u32::try_from(decimals) {
        Ok(decimals) => Some(Number { digits: value, decimals }),
        Err(_) => {
            let power = 10i128.checked_pow(decimals.unsigned_abs())?;
            Some(Number { digits: value.checked_mul(power)?, decimals: 0 })
        }
    }
}

/// What a text shows about its column's format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Evidence {
    /// Only this format can have written it.
    Only(NumberFormat),
    /// Both read it, as different numbers.
    Ambiguous,
    /// Both read it as the same number, or neither reads it.
    Silent,
}

/// What `text` shows about its column's format.
pub(super) fn evidence(text: &str) -> Evidence {
    match (parse(text, NumberFormat::Comma), parse(text, NumberFormat::Point)) {
        (Some(a), Some(b)) if a.same_value(b) => Evidence::Silent,
        (Some(_), Some(_)) => Evidence::Ambiguous,
        (Some(_), None) => Evidence::Only(NumberFormat::Comma),
        (None, Some(_)) => Evidence::Only(NumberFormat::Point),
        (None, None) => Evidence::Silent,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn value(text: &str, format: NumberFormat) -> Option<i128> {
        parse(text, format).and_then(|number| number.rescaled(2))
    }

    #[test]
    fn numbers_are_read_as_people_write_them() {
        use NumberFormat::{Comma, Point};
        for (text, format, cents) in [
            ("1.234,56", Comma, 123_456),
            ("1,234.56", Point, 123_456),
            ("1234.56", Point, 123_456),
            ("$1.234", Comma, 123_400),
            ("$ -1.234", Comma, -123_400),
            ("-$1.234,5", Comma, -123_450),
            ("(1.234,50)", Comma, -123_450),
            ("COP 43,513,462.22", Point, 4_351_346_222),
            ("45,6%", Comma, 4_560),
            ("1.5E+06", Point, 150_000_000),
            ("1 234 567", Comma, 123_456_700),
            (",5", Comma, 50),
            ("0.005", Point, 1),
            ("-0.005", Point, -1),
        ] {
            assert_eq!(value(text, format), Some(cents), "{text}");
        }
    }

    #[test]
    fn what_is_not_a_number_is_not_read() {
        for text in ["", "-", "$", "1.2.3", "1,23,456", "12.34,56.7", "1e99", "abc", "--1", "1-2", ".", "1."]
        {
            assert_eq!(parse(text, NumberFormat::Comma), None, "{text}");
        }
        assert_eq!(parse("1.", NumberFormat::Point), None);
    }

    #[test]
    fn evidence_tells_formats_apart() {
        use NumberFormat::{Comma, Point};
        assert_eq!(evidence("1.234"), Evidence::Ambiguous);
        assert_eq!(evidence("1.234.567"), Evidence::Only(Comma));
        assert_eq!(evidence("1234.5"), Evidence::Only(Point));
        assert_eq!(evidence("0.125"), Evidence::Only(Point));
        assert_eq!(evidence("12,5"), Evidence::Only(Comma));
        assert_eq!(evidence("1234"), Evidence::Silent);
        assert_eq!(evidence("n/a"), Evidence::Silent);
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_not_without_panic(text in ".{0,60}") {
            let _ = (parse(&text, NumberFormat::Comma), parse(&text, NumberFormat::Point), evidence(&text));
        }

        #[test]
        fn a_written_number_is_read_back(cents in -10i128.pow(16)..10i128.pow(16)) {
            for (format, group, mark) in [(NumberFormat::Comma, '.', ','), (NumberFormat::Point, ',', '.')] {
                let text = written(cents, group, mark);
                prop_assert_eq!(value(&text, format), Some(cents), "{}", text);
            }
        }
    }

    fn written(cents: i128, group: char, mark: char) -> String {
        let whole = (cents.abs() / 100).to_string();
        let mut out = String::new();
        for (index, digit) in whole.chars().enumerate() {
            if index > 0 && (whole.len() - index).is_multiple_of(3) {
                out.push(group);
            }
            out.push(digit);
        }
        let sign = if cents < 0 { "-" } else { "" };
        format!("{sign}${out}{mark}{:02}", cents.abs() % 100)
    }
}
