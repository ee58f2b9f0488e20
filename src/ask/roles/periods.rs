//! Which days, and which two periods are compared.

use chrono::Datelike;

use super::{Reason, Roles, Verdict};
use crate::ask::chunk::Atom;
use crate::ask::intent::Filter;
use crate::ask::lexicon::Sense;
use crate::ask::time::{Grain, TimeRange, TimeSense, align_years};
use crate::i18n::Lang;

/// The times of a question.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Times {
    /// None said.
    All,
    /// One range.
    One(TimeRange),
    /// Two, the later first.
    Two { current: TimeRange, base: TimeRange },
}

impl Roles<'_> {
    /// The question with the chunk said as plain dates.
    pub(super) fn with_dates(&self, i: usize, range: &TimeRange) -> Option<String> {
        let chunk = self.input.chunks.get(i)?;
        let said = if self.input.spanish {
            let before = self.input.text.get(..chunk.span.start).unwrap_or_default().trim_end();
            let lead = if before.ends_with("del") || before.ends_with(" de") { "" } else { "del " };
            format!("{lead}{} al {}", range.start, range.end)
        } else {
            format!("from {} to {}", range.start, range.end)
        };
        Some(self.rewritten(chunk.span.clone(), &said))
    }

    fn which_period(&self, i: usize, ranges: &[TimeRange]) -> Verdict {
        let questions = ranges.iter().filter_map(|r| self.with_dates(i, r)).collect();
        Verdict::Clarify(Reason::WhichPeriod(i), questions)
    }

    pub(super) fn plain(&self, i: usize, sense: &TimeSense) -> Result<TimeRange, Verdict> {
        let range = match sense {
            TimeSense::Range(range) | TimeSense::Since(range) => Some(*range),
            TimeSense::FromTo(a, b) => TimeSense::from_to(a, b, self.input.today),
            TimeSense::Until(end) => {
                let start = self.input.span.map(|(s, _)| s).filter(|s| s <= end);
                let start = start.or_else(|| chrono::NaiveDate::from_ymd_opt(2000, 1, 1));
                start.and_then(|s| TimeRange::new(s, *end))
            }
            TimeSense::Ambiguous(ranges) => return Err(self.which_period(i, ranges)),
            TimeSense::SameLastYear => self
                .unit_of_reference(i)
                .map(|grain| TimeRange::containing(grain, self.input.today).years_before(1)),
            TimeSense::SameInYear(_) | TimeSense::Preceding | TimeSense::SameBefore(_) => None,
        };
        let range = range.ok_or_else(|| Verdict::Left(vec![i]))?;
        self.reachable(&range)?;
        Ok(range)
    }

    /// "el mismo mes del año pasado": the unit, if the phrase names one of the calendar's parts of a year.
    pub(super) fn unit_of_reference(&self, i: usize) -> Option<Grain> {
        let named = |words: &[&str]| self.word(i).split(' ').any(|w| words.contains(&w));
        if named(&["mes", "month"]) {
            Some(Grain::Month)
        } else if named(&["trimestre", "quarter"]) {
            Some(Grain::Quarter)
        } else if named(&["semestre", "semester"]) {
            Some(Grain::Half)
        } else {
            None
        }
    }

    /// A range wholly outside the data has no answer, not a silent zero.
    fn reachable(&self, range: &TimeRange) -> Result<(), Verdict> {
        let outside = match self.input.span {
            Some((first, last)) => range.end < first || range.start > last,
            None => range.start > self.input.today,
        };
        if outside { Err(Verdict::OutsideData(range.start)) } else { Ok(()) }
    }

    /// The one range of a question that compares nothing.
    pub(super) fn one_time(&mut self) -> Result<Option<TimeRange>, Verdict> {
        match self.times(false)? {
            Times::All => Ok(None),
            Times::One(range) => Ok(Some(range)),
            Times::Two { .. } => Err(self.two_periods()),
        }
    }

    fn two_periods(&self) -> Verdict {
        let questions = match self.places(&Sense::And).iter().rev().find(|i| self.joins_times(**i)) {
            Some(i) => self
                .input
                .chunks
                .get(*i)
                .map(|c| vec![self.rewritten(c.span.clone(), "vs")])
                .unwrap_or_default(),
            None => Vec::new(),
        };
        Verdict::Clarify(Reason::TwoPeriods, questions)
    }

    fn joins_times(&self, i: usize) -> bool {
        let is_time = |k: Option<usize>| k.is_some_and(|k| matches!(self.atom(k), Some(Atom::Time(_))));
        let joins =
            matches!(self.sense(i), Some(Sense::And | Sense::Or | Sense::Also)) || self.word(i) == ",";
        joins && is_time(self.next_past_in(i)) && is_time(self.previous(i))
    }

    /// All ranges said; with a comparison, the two compared.
    pub(super) fn times(&mut self, compares: bool) -> Result<Times, Verdict> {
        let all = self.time_chunks();
        for (i, _) in &all {
            self.take(*i);
        }
        match all.as_slice() {
            [] => Ok(Times::All),
            [(i, TimeSense::FromTo(a, b))] if compares && self.are_two_periods(*i, a, b) => {
                let (a, b) = if a.year_inferred && b.year_inferred {
                    (*a, *b)
                } else {
                    align_years(*a, *b, self.input.today).unwrap_or((*a, *b))
                };
                let (current, base) = if a.start > b.start { (a, b) } else { (b, a) };
                self.reachable(&current)?;
                self.reachable(&base)?;
                Ok(Times::Two { current, base })
            }
            [(i, sense)] => Ok(Times::One(self.plain(*i, sense)?)),
            [(i, first), (j, second)] => self.two(*i, first, *j, second, compares),
            many if !compares => self.listed(many),
            _ => Err(Verdict::Clarify(Reason::TwoPeriods, Vec::new())),
        }
    }

    /// "de enero a marzo" names two periods to compare, unless values are compared; days are
    /// the ends of one range ("del 1 al 15 de mayo"), but for "de ayer a hoy".
    fn are_two_periods(&self, i: usize, a: &TimeRange, b: &TimeRange) -> bool {
        let pair = self
            .filters
            .iter()
            .any(|(f, _)| matches!(f, Filter::In { values, negated: false, .. } if values.len() >= 2));
        let near = ["ayer", "yesterday"].iter().any(|w| self.word(i).contains(w));
        a.grain.is_some() && a.grain == b.grain && !pair && (a.grain != Some(Grain::Day) || near)
    }

    /// "abril, mayo y junio": one stretch, if there is no gap in it.
    fn listed(&self, all: &[(usize, TimeSense)]) -> Result<Times, Verdict> {
        let mut whole: Option<TimeRange> = None;
        for (i, sense) in all {
            let range = self.plain(*i, sense)?;
            whole = match whole {
                None => Some(range),
                Some(before) => {
                    let (before, range) = aligned(before, range, self.input.today);
                    let whole = stretch(&before, &range);
                    Some(whole.ok_or(Verdict::Clarify(Reason::TwoPeriods, Vec::new()))?)
                }
            };
        }
        whole.map(Times::One).ok_or(Verdict::Clarify(Reason::TwoPeriods, Vec::new()))
    }

    fn two(
        &self,
        i: usize,
        first: &TimeSense,
        j: usize,
        second: &TimeSense,
        compares: bool,
    ) -> Result<Times, Verdict> {
        use TimeSense::{Preceding, SameBefore, SameInYear, SameLastYear};
        let (reference, other, other_at) = match (first, second) {
            (SameLastYear | SameInYear(_) | Preceding | SameBefore(_), other) => (Some(first), other, j),
            (other, SameLastYear | SameInYear(_) | Preceding | SameBefore(_)) => (Some(second), other, i),
            _ => (None, first, i),
        };
        if let Some(reference) = reference {
            let current = self.plain(other_at, other)?;
            let base = match reference {
                SameLastYear => current.years_before(1),
                SameInYear(year) => {
                    let base = current.same_days_in(*year).filter(|base| base.start < current.start);
                    base.ok_or(Verdict::Clarify(Reason::TwoPeriods, Vec::new()))?
                }
                SameBefore(grain) => {
                    let base = current.same_days_before(*grain);
                    base.ok_or(Verdict::Clarify(Reason::TwoPeriods, Vec::new()))?
                }
                _ => current.preceding(),
            };
            self.reachable(&base)?;
            if *reference == Preceding {
                let at = if other_at == i { j } else { i };
                self.even(&current, &base, at)?;
            }
            return Ok(Times::Two { current, base });
        }
        let (a, b) = (self.plain(i, first)?, self.plain(j, second)?);
        // "the last 30 days against the previous 30 days"
        let before =
            |k: usize| ["previous", "prior", "anterior", "previ"].iter().any(|w| self.word(k).contains(w));
        if compares && a == b && before(i) != before(j) {
            let base = a.preceding();
            self.reachable(&base)?;
            return Ok(Times::Two { current: a, base });
        }
        let listed = (i..j).any(|k| self.joins_times(k)) || self.word(i + 1) == ",";
        if !compares {
            let (a, b) = aligned(a, b, self.input.today);
            if listed && let Some(joined) = stretch(&a, &b) {
                return Ok(Times::One(joined));
            }
            return Ok(Times::Two { current: a, base: b });
        }
        self.compared(a, b, j)
    }

    /// Two ranges to compare: the later is the current one.
    fn compared(&self, a: TimeRange, b: TimeRange, b_at: usize) -> Result<Times, Verdict> {
        let (a, b) = match relative_to(&a, &b) {
            Some(base) => (a, base),
            None => aligned(a, b, self.input.today),
        };
        let (current, base) = if a.start >= b.start { (a, b) } else { (b, a) };
        if current == base || current.start <= base.end {
            return Err(Verdict::Clarify(Reason::TwoPeriods, Vec::new()));
        }
        self.reachable(&base)?;
        self.reachable(&current)?;
        self.even(&current, &base, b_at)?;
        Ok(Times::Two { current, base })
    }

    /// A year that is under way against a whole one: the same days of it, or all of it?
    fn even(&self, current: &TimeRange, base: &TimeRange, base_at: usize) -> Result<(), Verdict> {
        let uneven = current.grain == Some(Grain::Year)
            && !current.is_whole()
            && base.is_whole()
            && base.grain == current.grain;
        if uneven { Err(self.which_period(base_at, &[current.years_before(1), *base])) } else { Ok(()) }
    }

    /// "menos que el año pasado" with the period that is compared with it.
    pub(super) fn current_choices(&self) -> Vec<String> {
        let all = self.all(|atom| matches!(atom, Atom::Time(TimeSense::Range(_))));
        let [at] = all[..] else { return Vec::new() };
        let Some(Atom::Time(TimeSense::Range(range))) = self.atom(at) else { return Vec::new() };
        let Some(chunk) = self.input.chunks.get(at) else { return Vec::new() };
        let word = self.word(at);
        let said: Vec<String> = match (range.grain, range.relative, self.input.spanish) {
            (Some(Grain::Year), true, true) => {
                ["este año", "este mes"].map(|now| format!("mismo periodo del año pasado {now}")).into()
            }
            (Some(Grain::Year), true, false) => {
                ["this year", "this month"].map(|now| format!("the same period last year {now}")).into()
            }
            (Some(Grain::Year), false, true) => {
                vec![format!("mismo periodo de {} este año", range.start.year())]
            }
            (Some(Grain::Year), false, false) => {
                vec![format!("the same period in {} this year", range.start.year())]
            }
            (Some(Grain::Month), true, true) => vec!["mes pasado este mes".to_string()],
            (Some(Grain::Month), true, false) => vec!["last month this month".to_string()],
            (Some(Grain::Month), false, true) => vec![format!("{word} este mes")],
            (Some(Grain::Month), false, false) => vec![format!("{word} this month")],
            (Some(Grain::Week), true, true) => vec!["semana pasada esta semana".to_string()],
            (Some(Grain::Week), true, false) => vec!["last week this week".to_string()],
            _ => Vec::new(),
        };
        // The article before the time stays: it belongs to what compares ("frente al").
        let lead = ["el ", "la "].iter().find(|a| word.starts_with(**a)).map_or("", |a| *a);
        let replaced = |said: &String| match said.starts_with(lead) {
            true => self.rewritten(chunk.span.clone(), said),
            false => self.rewritten(chunk.span.clone(), &format!("{lead}{said}")),
        };
        said.iter().map(replaced).collect()
    }

    /// A change with one period only: against the year before for whole years, else a
    /// person must say against what.
    pub(super) fn base_of(&self, current: &TimeRange) -> Result<TimeRange, Verdict> {
        if current.grain == Some(Grain::Year) && current.is_whole() {
            let base = current.years_before(1);
            self.reachable(&base)?;
            return Ok(base);
        }
        let lang = if self.input.spanish { Lang::Es } else { Lang::En };
        let suffixes = match lang {
            Lang::Es => ["frente al periodo anterior", "frente al mismo periodo del año pasado"],
            Lang::En => ["vs the previous period", "vs the same period last year"],
        };
        let text = self.input.text.trim_end_matches(['?', '.', '!', ' ']);
        let questions = suffixes.iter().map(|s| format!("{text} {s}")).collect();
        Err(Verdict::Clarify(Reason::WhichBase, questions))
    }
}

/// Two periods as one; "mayo y 2023" are two things even where one lies within the other.
fn stretch(a: &TimeRange, b: &TimeRange) -> Option<TimeRange> {
    let within = |inner: &TimeRange, outer: &TimeRange| inner.start >= outer.start && inner.end <= outer.end;
    if a != b && (within(a, b) || within(b, a)) { None } else { a.joined(b) }
}

fn aligned(a: TimeRange, b: TimeRange, today: chrono::NaiveDate) -> (TimeRange, TimeRange) {
    if a.year_inferred == b.year_inferred {
        return (a, b);
    }
    // "mayo vs abril de 2024": both of 2024, whichever comes first.
    use chrono::Datelike;
    // "mayo frente a mayo del año pasado" stays as said.
    let (inferred, said) = if a.year_inferred { (&a, &b) } else { (&b, &a) };
    if inferred.in_year(said.start.year()).is_some_and(|r| r.start == said.start) {
        return (a, b);
    }
    let same_year = |inferred: &TimeRange, said: &TimeRange| {
        inferred.in_year(said.start.year()).filter(|r| r.start <= today && r.start != said.start)
    };
    if a.year_inferred {
        if let Some(moved) = same_year(&a, &b) {
            return (moved, b);
        }
    } else if let Some(moved) = same_year(&b, &a) {
        return (a, moved);
    }
    align_years(a, b, today).unwrap_or((a, b))
}

/// "mayo frente al mes anterior" is April; "mayo frente al año pasado" is May a year
/// before; "mayo de 2025 vs 2024" is May 2024.
fn relative_to(current: &TimeRange, said: &TimeRange) -> Option<TimeRange> {
    use chrono::Datelike;
    let (mine, theirs) = (current.grain?, said.grain?);
    if said.relative && !current.relative && mine == theirs && current.start <= said.start {
        return Some(TimeRange::before(mine, current.start, 1));
    }
    if theirs == Grain::Year && mine < Grain::Year {
        return if said.relative {
            Some(current.years_before(1))
        } else {
            let years = u32::try_from(current.start.year() - said.start.year()).ok()?;
            (years > 0).then(|| current.years_before(years))
        };
    }
    None
}
