//! Days named by their date ("15 de junio", "2025-06-15", "el lunes pasado", "ayer").

use super::grammar::Reader;
use super::period::{Grain, TimeRange, day};
use super::words::{month_number, weekday};
use crate::ask::numbers::number_at;

use chrono::Datelike;

type Found = Option<(usize, TimeRange)>;

impl Reader<'_> {
    pub(super) fn single_day(&self, at: usize) -> Found {
        if let Some(len) = self.phrase(at, &["day before yesterday", "the day before yesterday"]) {
            return Some((at + len, TimeRange::before(Grain::Day, self.today, 2)));
        }
        // "el día de ayer"
        let at = at + self.phrase(at, &["dia de", "el dia de", "del dia de"]).unwrap_or(0);
        let back = match self.word(at) {
            "hoy" | "today" => 0,
            "ayer" | "yesterday" => 1,
            "anteayer" | "antier" | "antes de ayer" => 2,
            _ => return None,
        };
        Some((at + 1, TimeRange::before(Grain::Day, self.today, back)))
    }

    pub(super) fn numeric_date(&self, at: usize) -> Found {
        let word = self.word(at);
        let parts: Vec<u32> = word.split(['/', '-']).map(|p| p.parse().ok()).collect::<Option<_>>()?;
        let first_is_year = word.find(['/', '-']) == Some(4);
        let full = |y: u32| if y < 100 { 2000 + y } else { y };
        let (y, m, d) = match parts[..] {
            [y, m, d] if first_is_year => (y, m, d),
            [d, m, y] if m <= 12 => (full(y), m, d),
            [m, d, y] => (full(y), m, d),
            [y, m] if first_is_year && (1..=12).contains(&m) => {
                let first = day(i32::try_from(y).ok()?, m, 1)?;
                return Some((at + 1, TimeRange::containing(Grain::Month, first)));
            }
            _ => return None,
        };
        let year = i32::try_from(y).ok().filter(|y| (1990..=2100).contains(y))?;
        Some((at + 1, TimeRange::containing(Grain::Day, day(year, m, d)?)))
    }

    pub(super) fn day_number(&self, i: usize) -> Option<u32> {
        let word = self.word(i);
        let digits = word.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let suffix = &word[digits.len()..];
        let read = if matches!(suffix, "" | "st" | "nd" | "rd" | "th" | "ro" | "o") {
            digits.parse().ok()
        } else {
            None
        };
        read.or_else(|| (word == "primero").then_some(1))
            .or_else(|| {
                let (len, number) = number_at(self.tokens, i).filter(|_| digits.is_empty())?;
                (len == 1).then(|| u32::try_from(number.value.normalize().mantissa()).ok())?
            })
            .filter(|d| (1..=31).contains(d))
    }

    /// "15 de junio [de 2025]", "junio 15", "June 15th, 2025", "el lunes 23 de junio".
    pub(super) fn written_date(&self, at: usize) -> Found {
        let start = self.skip(at, &["el", "dia", "the"]);
        let start = if weekday(self.word(start)).is_some() { start + 1 } else { start };
        let (d, m, i) = if let Some(d) = self.day_number(start) {
            let i = self.skip(start + 1, &["de", "del", "of", "mes"]);
            (d, month_number(self.word(i))?, i + 1)
        } else {
            let m = month_number(self.word(start))?;
            let i = self.skip(start + 1, &["the", "el"]);
            let token = self.tokens.get(i)?;
            token.starts_with_digit().then_some(())?;
            (self.day_number(i)?, m, i + 1)
        };
        self.with_year(i, |y| Some(TimeRange::containing(Grain::Day, day(y, m, d)?)))
    }

    /// "semana del 9 de junio", "week of June 9": the week that the day lies in.
    pub(super) fn week_of(&self, at: usize) -> Found {
        let len = self.phrase(at, &["semana del", "semana de", "week of", "week of the", "week starting"])?;
        let (taken, said) = self.period(at + len)?;
        let week = TimeRange::containing(Grain::Week, said.start);
        (said.grain == Some(Grain::Day)).then_some((at + len + taken, week))
    }

    /// "el viernes", "lunes pasado", "last monday": the last such day before today.
    pub(super) fn weekday_date(&self, at: usize) -> Found {
        let (i, said) = match self.word(at) {
            "el" | "del" | "al" | "este" => (at + 1, true),
            "last" | "pasado" => (at + 1, true),
            "on" => (at + 1, true),
            _ => (at, false),
        };
        let (number, plural) = weekday(self.word(i))?;
        let after = usize::from(matches!(self.word(i + 1), "pasado" | "anterior"));
        let explicit = after == 1 || matches!(self.word(at), "last" | "pasado");
        let today = self.today.weekday().number_from_monday();
        (!plural && (said || after == 1)).then_some(())?;
        // "el jueves 12 de junio" is a written date.
        if self.day_number(i + 1).is_some() && !self.word(i + 1).contains(['/', '-']) {
            return None;
        }
        let wanted = u32::from(number);
        let mut back = (today + 7 - wanted) % 7;
        if back == 0 {
            // Said on a Monday, "el lunes" may be today or a week ago.
            explicit.then_some(())?;
            back = 7;
        }
        Some((i + 1 + after, TimeRange::before(Grain::Day, self.today, back)))
    }
}
