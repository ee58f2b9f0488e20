//! The beginning or end of a period ("los primeros 10 días de junio", "la última semana de
//! mayo"), and the current one said without "este" ("las ventas del mes").

use chrono::{Days, NaiveDate};

use super::grammar::Reader;
use super::period::{Grain, TimeRange};
use super::words::{month_number, unit};

type Found = Option<(usize, TimeRange)>;

impl Reader<'_> {
    /// "primeros 10 días de junio", "primera semana de mayo", "first two weeks of May",
    /// "últimos 3 meses de 2024", "los 5 primeros días del mes".
    pub(super) fn edge(&self, at: usize) -> Found {
        let start = self.skip(at, &["el", "la", "los", "las", "the", "en"]);
        let (from_start, n, i) = self.edge_count(start)?;
        let (grain, plural) = unit(self.word(i))?;
        (plural || n == 1).then_some(())?;
        let of = self.skip(i + 1, &["de", "del", "of", "in", "the", "en", "el", "mes", "ano"]);
        (of > i + 1).then_some(())?;
        let (end, whole) = match self.period(of) {
            Some((len, whole)) => (of + len, whole),
            None => self.current_unit(i + 1).filter(|_| from_start)?,
        };
        if whole.grain.is_none_or(|outer| outer <= grain || outer < Grain::Fortnight) {
            return None;
        }
        Some((end, part(&whole, grain, n, from_start)?))
    }

    /// "primeros 10", "10 primeros", "primera": from which end, how many, where the unit stands.
    fn edge_count(&self, at: usize) -> Option<(bool, u32, usize)> {
        if let Some(from_start) = end_named(self.word(at)) {
            return Some(match self.count(at + 1) {
                Some((len, n)) => (from_start, n, at + 1 + len),
                None => (from_start, 1, at + 1),
            });
        }
        let (len, n) = self.count(at)?;
        Some((end_named(self.word(at + len))?, n, at + len + 1))
    }

    /// "del mes", "en el año", "of the week": the current one so far.
    pub(super) fn unit_of_today(&self, at: usize) -> Found {
        // "día de la semana", "mes del año": a dimension, not a period.
        let before = at.checked_sub(1).map_or("", |k| self.word(k));
        if unit(before).is_some() { None } else { self.current_unit(at) }
    }

    fn current_unit(&self, at: usize) -> Found {
        let len = self.phrase(
            at,
            &[
                "del",
                "de la",
                "en el",
                "en la",
                "durante el",
                "durante la",
                "para el",
                "of the",
                "for the",
                "in the",
                "during the",
                "todo el",
                "toda la",
            ],
        )?;
        let (grain, plural) = unit(self.word(at + len))?;
        (!plural && grain != Grain::TwoMonths).then_some(())?;
        let after = self.word(at + len + 1);
        let named = matches!(after, "de" | "del" | "of" | "que")
            || after.starts_with(|c: char| c.is_ascii_digit())
            || month_number(after).is_some();
        (!named).then(|| (at + len + 1, TimeRange::to_date(grain, self.today)))
    }
}

fn end_named(word: &str) -> Option<bool> {
    Some(match word {
        "primer" | "primero" | "primera" | "primeros" | "primeras" | "first" => true,
        "ultimo" | "ultima" | "ultimos" | "ultimas" | "last" | "final" => false,
        _ => return None,
    })
}

/// The first or last `n` days, weeks of seven days or calendar months of a whole unit.
fn part(whole: &TimeRange, grain: Grain, n: u32, from_start: bool) -> Option<TimeRange> {
    let days = match grain {
        Grain::Day => u64::from(n),
        Grain::Week => u64::from(n) * 7,
        Grain::Month | Grain::Quarter | Grain::Half => return units(whole, grain, n, from_start),
        _ => return None,
    };
    let shift = Days::new(days.checked_sub(1)?);
    let (start, end) = if from_start {
        (whole.start, whole.start.checked_add_days(shift)?)
    } else {
        (whole.end.checked_sub_days(shift)?, whole.end)
    };
    within(whole, start, end)
}

fn units(whole: &TimeRange, grain: Grain, n: u32, from_start: bool) -> Option<TimeRange> {
    let others = n.checked_sub(1)?;
    if from_start {
        let months = match grain {
            Grain::Half => 6,
            Grain::Quarter => 3,
            _ => 1,
        };
        let last = whole.start.checked_add_months(chrono::Months::new(others.checked_mul(months)?))?;
        within(whole, whole.start, TimeRange::containing(grain, last).end)
    } else {
        within(whole, TimeRange::before(grain, whole.end, others).start, whole.end)
    }
}

fn within(whole: &TimeRange, start: NaiveDate, end: NaiveDate) -> Option<TimeRange> {
    let fits = start >= whole.start && end <= TimeRange::containing(whole.grain?, whole.start).end;
    let range = TimeRange::new(start, end).filter(|_| fits)?;
    Some(TimeRange { year_inferred: whole.year_inferred, ..range })
}
