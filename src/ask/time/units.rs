//! Calendar units by their name ("mayo de 2024", "segundo trimestre", "primera quincena", "2023").

use super::grammar::Reader;
use super::period::{Grain, TimeRange, day};
use super::words::{month_number, ordinal, unit};

use chrono::{Datelike, NaiveDate};

type Found = Option<(usize, TimeRange)>;

impl Reader<'_> {
    /// "segunda quincena de mayo", "primera mitad de junio", "esta quincena" is `this_or_previous`.
    pub(super) fn half_month(&self, at: usize) -> Found {
        let what = self.word(at + 1);
        // "la última quincena de mayo" is its second one; without a month it is told from today.
        let last = matches!(self.word(at), "ultima" | "last") && {
            let of = self.skip(at + 2, &["de", "del", "of", "mes"]);
            of > at + 2 && month_number(self.word(of)).is_some()
        };
        let half = ordinal(self.word(at)).filter(|n| *n <= 2).or_else(|| last.then_some(2))?;
        let part = |first: NaiveDate| {
            let first = if half == 1 { first } else { first.with_day(16).unwrap_or(first) };
            TimeRange::containing(Grain::Fortnight, first)
        };
        matches!(what, "quincena" | "mitad" | "half").then_some(())?;
        let i = self.skip(at + 2, &["de", "del", "of", "mes"]);
        if let Some(month) = month_number(self.word(i)) {
            return self.with_year(i + 1, |y| Some(part(day(y, month, 1)?)));
        }
        let i = self.skip(at + 2, &["de", "del", "of"]);
        if let Some((end, range)) = self.this_or_previous(i).or_else(|| self.unit_of_today(at + 2)) {
            return (range.grain == Some(Grain::Month)).then(|| (end, part(range.start)));
        }
        // Without a month, the latest one that has begun.
        let this = part(self.today.with_day(1)?);
        let latest = if this.start <= self.today {
            this
        } else {
            part(TimeRange::before(Grain::Month, self.today, 1).start)
        };
        (what == "quincena").then_some((at + 2, latest))
    }

    /// "primer trimestre de 2024", "Q2", "second half of 2024", "trimestre 1", "2024-Q2".
    pub(super) fn ordinal_unit(&self, at: usize) -> Found {
        let at0 = self.skip(at, &["el", "la", "the", "al"]);
        let word = self.word(at0);
        // "T2", "2T"; "2h" is something else.
        let short = |letter: char, grain: Grain, most: u32| {
            let digits =
                word.strip_prefix(letter).or_else(|| word.strip_suffix(letter).filter(|_| letter != 'h'));
            let n: u32 = digits?.parse().ok()?;
            (1..=most).contains(&n).then_some((grain, n, at0 + 1))
        };
        let year_first = || {
            let (year, rest) = word.split_once('-')?;
            let year: i32 = year.parse().ok()?;
            let n: u32 = rest.strip_prefix('q').or_else(|| rest.strip_prefix('t'))?.parse().ok()?;
            (1..=4).contains(&n).then(|| Some((at0 + 1, self.part_of_year(Grain::Quarter, n, year)?)))?
        };
        if let Some(found) = year_first() {
            return Some(found);
        }
        if let Some(year) = self.year_number(at0)
            && let Some(n) = self.word(at0 + 1).strip_prefix('q').and_then(|n| n.parse().ok())
            && (1..=4).contains(&n)
        {
            return Some((at0 + 2, self.part_of_year(Grain::Quarter, n, year)?));
        }
        let (grain, n, i) = short('q', Grain::Quarter, 4)
            .or_else(|| short('t', Grain::Quarter, 4))
            .or_else(|| short('h', Grain::Half, 2))
            .or_else(|| short('s', Grain::Half, 2))
            .or_else(|| {
                let n = ordinal(word)?;
                match unit_of_ordinal(self.word(at0 + 1)) {
                    Some(grain) => Some((grain, n, at0 + 2)),
                    // "el segundo trimestre frente al primero": the unit said before.
                    None if at0 > at => Some((self.unit_said_before(at)?, n, at0 + 1)),
                    None => None,
                }
            })
            .or_else(|| {
                let (grain, plural) = unit(word)?;
                let n = self.word(at0 + 1).parse().ok()?;
                (!plural && grain > Grain::Month && n <= 6).then_some((grain, n, at0 + 2))
            })?;
        let most = match grain {
            Grain::Half => 2,
            Grain::Quarter => 4,
            Grain::TwoMonths => 6,
            _ => return None,
        };
        (1..=most).contains(&n).then_some(())?;
        let with_year = self.with_year(i, |y| self.part_of_year(grain, n, y));
        with_year.map(|(end, range)| {
            (if range.year_inferred { i.max(self.bare_year_word(i)) } else { end }, range)
        })
    }

    /// The unit of an ordinal that stands earlier in the question.
    pub(super) fn unit_said_before(&self, at: usize) -> Option<Grain> {
        (1..at)
            .rev()
            .filter(|i| ordinal(self.word(i - 1)).is_some())
            .find_map(|i| unit_of_ordinal(self.word(i)))
    }

    /// "del año" after a part of the year says nothing new.
    pub(super) fn bare_year_word(&self, i: usize) -> usize {
        i + self.phrase(i, &["del ano", "of the year"]).unwrap_or(0)
    }

    pub(super) fn part_of_year(&self, grain: Grain, n: u32, year: i32) -> Option<TimeRange> {
        let months = match grain {
            Grain::Half => 6,
            Grain::Quarter => 3,
            _ => 2,
        };
        Some(TimeRange::containing(grain, day(year, (n - 1) * months + 1, 1)?))
    }

    /// "mayo", "mes de mayo", "may 2025".
    pub(super) fn month(&self, at: usize) -> Found {
        const LEADS: [&str; 8] = [
            "mes de",
            "month of",
            "el mes de",
            "todo",
            "meses de",
            "los meses de",
            "months of",
            "the months of",
        ];
        let i = at + self.phrase(at, &LEADS).unwrap_or(0);
        let month = month_number(self.word(i))?;
        if self.word(i + 1) == "pasado" {
            return Some((i + 2, self.month_gone(month)?));
        }
        self.with_year(i + 1, |y| Some(TimeRange::containing(Grain::Month, day(y, month, 1)?)))
    }

    /// "diciembre pasado", "last December": the latest that is over.
    pub(super) fn month_gone(&self, month: u32) -> Option<TimeRange> {
        let range = self.latest(|y| Some(TimeRange::containing(Grain::Month, day(y, month, 1)?)))?;
        (range.end < self.today).then_some(range)
    }

    /// "2024", "el año 2024", "año pasado" is `this_or_previous`.
    pub(super) fn year(&self, at: usize) -> Found {
        let i = self.skip(at, &["el", "ano", "the", "year", "todo", "calendar"]);
        let year = self.year_number(i)?;
        Some((i + 1, TimeRange::containing(Grain::Year, day(year, 1, 1)?)))
    }
}

/// The unit that an ordinal can stand before: "primer trimestre", "first half".
fn unit_of_ordinal(word: &str) -> Option<Grain> {
    match word {
        "half" | "mitad" => Some(Grain::Half),
        other => unit(other).filter(|(_, plural)| !plural).map(|(grain, _)| grain),
    }
}
