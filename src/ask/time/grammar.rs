//! The grammar of time: periods ("mayo de 2024"), ranges ("del 1 al 10 de junio"),
//! and references to another period ("el mismo mes del año pasado").

use chrono::{Datelike, NaiveDate};

use super::period::TimeRange;
use crate::ask::normalize::Token;
use crate::ask::numbers::number_at;

/// What a stretch of words says about time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TimeSense {
    /// One range.
    Range(TimeRange),
    /// "de A a B": the range from A to B (see [`TimeSense::from_to`]), or two periods to
    /// compare, as the rest of the question says; each with the year it has by itself.
    FromTo(TimeRange, TimeRange),
    /// From a day on ("desde enero"), up to today.
    Since(TimeRange),
    /// Up to a day ("hasta marzo"): from the data's beginning.
    Until(NaiveDate),
    /// The same stretch as the other period of the question, a year before.
    SameLastYear,
    /// The same stretch as the other period of the question, in this year.
    SameInYear(i32),
    /// The stretch just before the other period of the question.
    Preceding,
    /// As much of the unit before as has passed of the other period ("el mismo corte del mes
    /// pasado").
    SameBefore(super::Grain),
    /// A phrase that is used for two different ranges ("el último mes").
    Ambiguous(Vec<TimeRange>),
}

impl TimeSense {
    /// The range from one period to another, their years made to agree.
    pub fn from_to(first: &TimeRange, second: &TimeRange, today: NaiveDate) -> Option<TimeRange> {
        let (first, second) = super::align_years(*first, *second, today)?;
        TimeRange::new(first.start, second.end)
    }
}

/// A time expression found: its length in tokens and its sense.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeHit {
    /// Tokens covered.
    pub len: usize,
    /// What it says.
    pub sense: TimeSense,
}

pub(super) struct Reader<'a> {
    pub(super) tokens: &'a [Token],
    pub(super) today: NaiveDate,
}

type Found = Option<(usize, TimeRange)>;

/// The longest time expression that begins at `tokens[at]`.
pub fn time_at(tokens: &[Token], at: usize, today: NaiveDate) -> Option<TimeHit> {
    let reader = Reader { tokens, today };
    let candidates = [
        reader.reference(at),
        reader.range(at),
        reader.open_range(at),
        reader.ambiguous(at),
        reader.period(at).map(|(len, range)| TimeHit { len, sense: TimeSense::Range(range) }),
    ];
    candidates.into_iter().flatten().fold(None, |best: Option<TimeHit>, hit| match best {
        Some(best) if best.len >= hit.len => Some(best),
        _ => Some(hit),
    })
}

impl<'a> Reader<'a> {
    pub(super) fn word(&self, i: usize) -> &'a str {
        self.tokens.get(i).map_or("", |t| t.norm.as_str())
    }

    /// How many tokens the phrase takes if it stands at `i`.
    pub(super) fn phrase(&self, i: usize, phrases: &[&str]) -> Option<usize> {
        let first = self.word(i);
        phrases
            .iter()
            .filter(|phrase| phrase.starts_with(first))
            .filter_map(|phrase| {
                let mut length = 0;
                for word in phrase.split(' ') {
                    if self.word(i + length) != word {
                        return None;
                    }
                    length += 1;
                }
                Some(length)
            })
            .max()
    }

    pub(super) fn skip(&self, i: usize, words: &[&str]) -> usize {
        let mut i = i;
        while words.contains(&self.word(i)) {
            i += 1;
        }
        i
    }

    pub(super) fn count(&self, i: usize) -> Option<(usize, u32)> {
        if matches!(self.word(i), "un" | "una" | "a" | "one") {
            return Some((1, 1));
        }
        let (len, number) = number_at(self.tokens, i)?;
        let n = u32::try_from(number.value.normalize().mantissa()).ok()?;
        (number.value.fract().is_zero() && !number.percent && !number.money && n <= 3660).then_some((len, n))
    }

    pub(super) fn year_number(&self, i: usize) -> Option<i32> {
        let token = self.tokens.get(i)?;
        (token.is_digits() && token.norm.len() == 4).then_some(())?;
        token.norm.parse().ok().filter(|y| (1990..=2100).contains(y))
    }

    /// "de 2024", "del año pasado", ", 2025": the year said after a period.
    pub(super) fn year_suffix(&self, at: usize) -> Option<(usize, i32)> {
        let i = self.skip(at, &["de", "del", "of", "in", "el", "ano", "the", "year", ","]);
        if let Some(year) = self.year_number(i) {
            return Some((i + 1 - at, year));
        }
        let i = self.skip(at, &["de", "del", "of", "el", "the", "in"]);
        let this = self.today.year();
        for (phrases, year) in [
            (&["ano pasado", "ano anterior", "pasado ano", "last year", "previous year"][..], this - 1),
            (&["ano antepasado", "year before last"][..], this - 2),
            (
                &["este ano", "presente ano", "ano actual", "this year", "current year", "ano en curso"][..],
                this,
            ),
        ] {
            if let Some(len) = self.phrase(i, phrases) {
                return Some((i + len - at, year));
            }
        }
        None
    }

    /// `start` in the said year, or in the latest that has begun.
    pub(super) fn with_year(&self, at: usize, build: impl Fn(i32) -> Option<TimeRange>) -> Found {
        if let Some((len, year)) = self.year_suffix(at) {
            return Some((at + len, build(year)?));
        }
        let range = self.latest(build)?;
        Some((at, range))
    }

    pub(super) fn latest(&self, build: impl Fn(i32) -> Option<TimeRange>) -> Option<TimeRange> {
        let this = self.today.year();
        let mut range = build(this).filter(|r| r.start <= self.today).or_else(|| build(this - 1))?;
        range.year_inferred = true;
        Some(range)
    }

    /// One period; the length counts from `at`.
    pub(super) fn period(&self, at: usize) -> Found {
        let rules: [fn(&Self, usize) -> Found; 15] = [
            Self::single_day,
            Self::week_of,
            Self::edge,
            Self::unit_of_today,
            Self::numeric_date,
            Self::written_date,
            Self::to_date,
            Self::this_or_previous,
            Self::recent,
            Self::ago,
            Self::half_month,
            Self::ordinal_unit,
            Self::month,
            Self::year,
            Self::weekday_date,
        ];
        rules
            .iter()
            .filter_map(|rule| rule(self, at))
            .fold(None, |best: Found, (end, range)| match best {
                Some((len, _)) if len >= end => best,
                _ => Some((end, range)),
            })
            .map(|(end, range)| (end - at, range))
    }
}
