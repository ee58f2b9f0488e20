//! Customers by when they bought: new, returning, inactive, lost.

use super::shapes::Shaped;
use super::{Reason, Role, Roles, Verdict};
use crate::ask::intent::{Cohort, Intent, Scope, Shape};
use crate::ask::lexicon::{GrammarNumber, Sense};
use crate::ask::time::TimeSense;
use crate::model::{Dim, Metric};

impl Roles<'_> {
    /// New, returning, inactive, lost customers.
    pub(super) fn cohort(&mut self) -> Result<Option<Intent>, Verdict> {
        let customer = self.dims.iter().any(|d| d.dim == Dim::Customer) || self.has(&Sense::Who);
        let count = self.has(&Sense::Count)
            || self.metrics.iter().any(|(m, _)| *m == Metric::Distinct(Dim::Customer));
        let kind = if self.take_all(&Sense::NewVersusReturning) {
            Cohort::NewVersusReturning
        } else if self.has(&Sense::NewCustomers) && self.has(&Sense::Returning) {
            self.take_all(&Sense::NewCustomers);
            self.take_all(&Sense::Returning);
            self.take_all(&Sense::Versus);
            Cohort::NewVersusReturning
        } else if self.has(&Sense::NewCustomers) || (customer && self.has(&Sense::FirstTime)) {
            self.take_all(&Sense::NewCustomers);
            self.take_all(&Sense::FirstTime);
            Cohort::New
        } else if self.take_all(&Sense::Returning) {
            Cohort::Returning
        } else if self.has(&Sense::NotBought) || self.has(&Sense::Inactive) || self.has(&Sense::Stopped) {
            return self.absent_customers(count).map(Some);
        } else if self.bought_but_not() {
            return self.bought_twice(count).map(Some);
        } else if let Some(questions) = self.in_both_or_either() {
            return Err(Verdict::Clarify(Reason::WhichReading, questions));
        } else {
            return Ok(None);
        };
        self.take_all(&Sense::Count);
        self.take_all(&Sense::Who);
        self.cohort_dims_only()?;
        let mut intent = self.cohort_intent();
        let calendar: Vec<Dim> =
            self.dims_as(&[Role::Group, Role::Each]).into_iter().filter(|d| d.is_calendar()).collect();
        intent.time = self.one_time()?;
        if kind == Cohort::New && !calendar.is_empty() {
            intent.dims = calendar;
        } else if intent.time.is_none() {
            return Err(Verdict::Clarify(Reason::NeedPeriod, self.period_choices()));
        }
        intent.shape = Shape::Cohort { kind, count };
        Ok(Some(intent))
    }

    pub(super) fn period_choices(&self) -> Vec<String> {
        let text = self.input.text.trim_end_matches(['?', '.', '!', ' ']);
        let said = if self.input.spanish { ["este mes", "este año"] } else { ["this month", "this year"] };
        said.iter().map(|s| format!("{text} {s}")).collect()
    }

    fn cohort_intent(&self) -> Intent {
        let mut intent = self.base_intent(Vec::new());
        intent.having.clear();
        intent
    }

    /// A cohort lists customers: other figures, groups, ranks or conditions have no place.
    fn cohort_dims_only(&self) -> Result<(), Verdict> {
        let foreign: Vec<usize> = self
            .dims
            .iter()
            .filter(|d| d.dim != Dim::Customer && !(d.dim.is_calendar() && d.role != Role::Head))
            .map(|d| d.at)
            .chain(
                self.metrics
                    .iter()
                    .filter(|(m, _)| !matches!(m, Metric::Distinct(Dim::Customer)) && *m != Metric::Sales)
                    .map(|(_, at)| *at),
            )
            .chain(self.conditions.iter().map(|c| c.at))
            .chain(self.rank.iter().map(|r| r.at))
            .chain(self.amount_asked())
            .collect();
        let sales_asked =
            self.metrics.iter().any(|(m, _)| *m == Metric::Sales) && !self.has(&Sense::NewVersusReturning);
        if foreign.is_empty() && !sales_asked && self.scope != Scope::Returns {
            Ok(())
        } else {
            Err(Verdict::Left(foreign))
        }
    }

    /// Words that ask for an amount ("¿cuánto …?"), which a list of customers does not answer;
    /// "¿cuáles son …?" asks for the list.
    fn amount_asked(&self) -> Vec<usize> {
        if self.has(&Sense::NewVersusReturning) {
            return Vec::new();
        }
        let asks = |at: &usize| {
            let word = self.word(*at);
            word.contains("cuant") || word.contains("how much") || word.contains("que tant")
        };
        self.places(&Sense::HowMuch).iter().copied().filter(asks).collect()
    }

    /// "no han comprado en los últimos 90 días", "inactivos hace 3 meses", "compraron en 2023 y no en 2024".
    fn absent_customers(&mut self, count: bool) -> Shaped {
        let stopped = self.take_all(&Sense::Stopped);
        let plain = self.take_all(&Sense::NotBought) | self.take_all(&Sense::Inactive);
        self.take_all(&Sense::Count);
        self.take_all(&Sense::Who);
        self.cohort_dims_only()?;
        let mut intent = self.cohort_intent();
        let times: Vec<(usize, TimeSense)> = self.time_chunks();
        for (i, _) in &times {
            self.take(*i);
        }
        self.take_all(&Sense::But);
        let buys = self.has(&Sense::Buy);
        let today = self.input.today;
        let kind = match times.as_slice() {
            [] if self.absent_since.is_some() => Cohort::NotSince(self.absent_since.unwrap_or(today)),
            [(_, TimeSense::Range(range))] if range.end == today => Cohort::NotSince(range.start),
            [(_, TimeSense::Since(range))] => Cohort::NotSince(range.start),
            [(i, TimeSense::Range(range))] if self.is_ago(*i) => {
                // "hace 3 meses que no compran": the stretch from then to today.
                Cohort::NotSince(self.ago_start(*i).unwrap_or(range.start))
            }
            [(i, first), (j, second)] if buys && plain && !stopped => {
                let (first, second) = (self.plain(*i, first)?, self.plain(*j, second)?);
                let not = self.places(&Sense::NotBought).first().copied().unwrap_or(0);
                let (bought, missing) = if *j > not && *i < not { (first, second) } else { (second, first) };
                intent.time = Some(bought);
                Cohort::NotIn(missing)
            }
            [] => return Err(Verdict::Clarify(Reason::HowManyDays, self.day_choices())),
            _ => return Err(Verdict::Clarify(Reason::HowManyDays, Vec::new())),
        };
        intent.shape = Shape::Cohort { kind, count };
        Ok(intent)
    }

    fn day_choices(&self) -> Vec<String> {
        [30, 60, 90, 180]
            .iter()
            .map(|n| {
                if self.input.spanish {
                    format!("clientes que no han comprado en los últimos {n} días")
                } else {
                    format!("customers who have not bought in the last {n} days")
                }
            })
            .collect()
    }

    fn is_ago(&self, i: usize) -> bool {
        self.word(i).starts_with("hace ")
    }

    fn ago_start(&self, i: usize) -> Option<chrono::NaiveDate> {
        let said = self.word(i).replacen("hace", "ultimos", 1);
        let tokens = crate::ask::normalize::tokens(&said);
        let hit = crate::ask::time::time_at(&tokens, 0, self.input.today)?;
        match hit.sense {
            TimeSense::Range(range) if hit.len == tokens.len() => Some(range.start),
            _ => None,
        }
    }

    /// "compraron en 2023 y no en 2024", "compraron en mayo y también en junio".
    fn bought_but_not(&self) -> bool {
        let customer =
            self.dims.iter().any(|d| d.dim == Dim::Customer && matches!(d.role, Role::Head | Role::Counted));
        let two = self.time_chunks().len() == 2;
        let both = self.has(&Sense::Also) || self.times_joined_by_in().is_some_and(|(_, repeated)| repeated);
        customer && two && self.has(&Sense::Buy) && (self.denial().is_some() || both)
    }

    /// The "y" between two times, and whether a preposition follows it ("en abril y en mayo").
    fn times_joined_by_in(&self) -> Option<(usize, bool)> {
        let [(i, _), (j, _)] = &self.time_chunks()[..] else { return None };
        let and = (*i..*j).find(|k| self.sense(*k) == Some(&Sense::And))?;
        let repeated = (and + 1..*j).any(|k| self.sense(k) == Some(&Sense::In));
        Some((and, repeated))
    }

    /// "clientes que compraron en mayo y junio": in both, or in either?
    fn in_both_or_either(&self) -> Option<Vec<String>> {
        let customer = self.dims.iter().any(|d| {
            d.dim == Dim::Customer
                && d.number == GrammarNumber::Many
                && matches!(d.role, Role::Head | Role::Counted)
        });
        let plain = self.metrics.iter().all(|(m, _)| *m == Metric::Distinct(Dim::Customer))
            && self.conditions.is_empty()
            && self.rank.is_none();
        let (and, _) = self.times_joined_by_in().filter(|_| customer && plain && self.has(&Sense::Buy))?;
        let span = self.input.chunks.get(and)?.span.clone();
        let both = if self.input.spanish { "y también en" } else { "and also in" };
        Some(vec![self.rewritten(span, both)])
    }

    /// "no", "but not".
    fn denial(&self) -> Option<usize> {
        let but_not = self.places(&Sense::Except).into_iter().find(|i| self.word(*i) == "but not");
        self.places(&Sense::Not).first().copied().or(but_not)
    }

    fn bought_twice(&mut self, count: bool) -> Shaped {
        let not = self.denial();
        if let Some(at) = not {
            self.take(at);
        }
        self.take_all(&Sense::But);
        self.take_all(&Sense::Count);
        self.cohort_dims_only()?;
        let times = self.time_chunks();
        for (i, _) in &times {
            self.take(*i);
        }
        let [(i, first), (j, second)] = times.as_slice() else {
            return Err(Verdict::Clarify(Reason::TwoPeriods, Vec::new()));
        };
        let (first, second) = (self.plain(*i, first)?, self.plain(*j, second)?);
        let mut intent = self.cohort_intent();
        intent.time = Some(first);
        let kind = match not {
            Some(at) if at < *j => Cohort::NotIn(second),
            Some(at) => return Err(Verdict::Left(vec![at])),
            None => Cohort::AlsoIn(second),
        };
        intent.shape = Shape::Cohort { kind, count };
        Ok(intent)
    }
}
