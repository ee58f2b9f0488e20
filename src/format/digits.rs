//! A number as its decimal digits: exact at any size, rounded half away from zero.

use std::cmp::Ordering;

/// A number of any size. `whole` has no leading zeros (empty for zero), `fraction` is as long as given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digits {
    negative: bool,
    whole: String,
    fraction: String,
}

impl Digits {
    /// `unscaled / 10^scale`; a negative scale appends zeros.
    pub fn from_scaled(unscaled: i128, scale: i8) -> Digits {
        let mut digits = unscaled.unsigned_abs().to_string();
        if scale <= 0 {
            if unscaled != 0 {
                digits.push_str(&"0".repeat(usize::from(scale.unsigned_abs())));
            }
            return Digits::from_parts(unscaled < 0, &digits, "");
        }
        let scale = usize::from(scale.unsigned_abs());
        if digits.len() < scale {
            digits.insert_str(0, &"0".repeat(scale - digits.len()));
        }
        let (whole, fraction) = digits.split_at(digits.len() - scale);
        Digits::from_parts(unscaled < 0, whole, fraction)
    }

    /// The shortest decimal that reads back as this float; none for NaN and infinities.
    pub fn from_float(number: f64) -> Option<Digits> {
        if !number.is_finite() {
            return None;
        }
        Digits::parse(&number.to_string())
    }

    /// Reads `-123.45`: a sign, digits, a point and digits, nothing else; any length.
    pub fn parse(text: &str) -> Option<Digits> {
        let (negative, rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, fraction) = rest.split_once('.').unwrap_or((rest, ""));
        let all_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) || rest.ends_with('.') {
            return None;
        }
        Some(Digits::from_parts(negative, whole, fraction))
    }

    fn from_parts(negative: bool, whole: &str, fraction: &str) -> Digits {
        Digits { negative, whole: whole.trim_start_matches('0').to_owned(), fraction: fraction.to_owned() }
            .without_negative_zero()
    }

    fn without_negative_zero(mut self) -> Digits {
        if self.is_zero() {
            self.negative = false;
        }
        self
    }

    /// Whether it is zero.
    pub fn is_zero(&self) -> bool {
        self.whole.is_empty() && !self.has_fraction()
    }

    /// Whether it is below zero.
    pub fn is_negative(&self) -> bool {
        self.negative
    }

    /// Whether anything but zeros stands behind the point.
    pub fn has_fraction(&self) -> bool {
        self.fraction.bytes().any(|b| b != b'0')
    }

    /// How many digits stand before the point; 0 for numbers below one.
    pub fn whole_len(&self) -> usize {
        self.whole.len()
    }

    /// The digits before the point, `0` at least.
    pub fn whole(&self) -> &str {
        if self.whole.is_empty() { "0" } else { &self.whole }
    }

    /// Divided by `10^places`, exactly.
    pub fn shifted_right(&self, places: usize) -> Digits {
        let mut digits = "0".repeat(places.saturating_sub(self.whole.len()));
        digits.push_str(&self.whole);
        let (whole, moved) = digits.split_at(digits.len() - places);
        Digits::from_parts(self.negative, whole, &format!("{moved}{}", self.fraction))
    }

    /// Rounded half away from zero to exactly `places` decimals.
    pub fn rounded(&self, places: usize) -> Digits {
        if self.fraction.len() <= places {
            let mut padded = self.clone();
            padded.fraction.push_str(&"0".repeat(places - self.fraction.len()));
            return padded;
        }
        let (kept, dropped) = self.fraction.split_at(places);
        let mut all: Vec<u8> = self.whole.bytes().chain(kept.bytes()).collect();
        if dropped.bytes().next().is_some_and(|first| first >= b'5') {
            increment(&mut all);
        }
        let text: String = all.into_iter().map(char::from).collect();
        let (whole, fraction) = text.split_at(text.len() - places);
        Digits::from_parts(self.negative, whole, fraction)
    }

    /// Without zeros at the end of the fraction.
    pub fn trimmed(mut self) -> Digits {
        self.fraction.truncate(self.fraction.trim_end_matches('0').len());
        self
    }

    /// Sign, digits and point, as programs read them.
    pub fn plain(&self) -> String {
        self.written("", ".")
    }

    /// Sign and digits with `group` between thousands and `point` before the fraction.
    pub fn written(&self, group: &str, point: &str) -> String {
        let sign = if self.negative { "-" } else { "" };
        format!("{sign}{}", self.unsigned(group, point))
    }

    /// The same without a sign.
    pub fn unsigned(&self, group: &str, point: &str) -> String {
        let whole = self.whole();
        let mut out = String::with_capacity(whole.len() * 4 / 3 + self.fraction.len() + 2);
        for (place, digit) in whole.chars().enumerate() {
            if place > 0 && (whole.len() - place).is_multiple_of(3) {
                out.push_str(group);
            }
            out.push(digit);
        }
        if !self.fraction.is_empty() {
            out.push_str(point);
            out.push_str(&self.fraction);
        }
        out
    }

    fn magnitude_cmp(&self, other: &Digits) -> Ordering {
        self.whole
            .len()
            .cmp(&other.whole.len())
            .then_with(|| self.whole.cmp(&other.whole))
            .then_with(|| self.fraction.trim_end_matches('0').cmp(other.fraction.trim_end_matches('0')))
    }

    /// By value.
    pub fn value_cmp(&self, other: &Digits) -> Ordering {
        match (self.negative, other.negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => self.magnitude_cmp(other),
            (true, true) => other.magnitude_cmp(self),
        }
    }
}

/// Adds one to a number of ASCII digits, growing it where all were nines.
fn increment(digits: &mut Vec<u8>) {
    for digit in digits.iter_mut().rev() {
        if *digit < b'9' {
            *digit += 1;
            return;
        }
        *digit = b'0';
    }
    digits.insert(0, b'1');
}
