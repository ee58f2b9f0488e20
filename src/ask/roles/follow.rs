//! A turn that continues the one before ("¿y en abril?", "ahora por marca", "solo Neiva"):
//! what it changes, and what it keeps.

use chrono::Datelike;

use super::{Input, Role, Roles, Verdict};
use crate::ask::chunk::Atom;
use crate::ask::intent::{Filter, Having, Intent, Scope, Shape, Sort};
use crate::ask::lexicon::Sense;
use crate::ask::time::{Grain, TimeRange, TimeSense};
use crate::model::Metric;

/// The parts of the intent before that a follow-up kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// The figures.
    Metrics,
    /// The filters.
    Filters,
    /// The time.
    Time,
    /// The groups.
    Dims,
}

/// The intent of a turn that continues `previous`; nothing if it stands by itself or
/// cannot be merged.
pub fn follow(input: &Input<'_>, previous: &Intent) -> Option<(Intent, Vec<Kept>)> {
    let opens = opens_as_follow_up(input);
    if !opens
        && let Verdict::Intent(by_itself) = super::interpret(input)
        && !(refers_back(input) && is_bare(&by_itself))
    {
        return None;
    }
    let mut roles = Roles::new(input);
    roles.known().ok()?;
    roles.read_tax_conditions();
    roles.read_conditions();
    roles.read_values().ok()?;
    roles.read_metrics();
    roles.read_dims();
    roles.read_rank();
    let merged = roles.merged(previous)?;
    roles.nothing_left().ok()?;
    crate::ask::validate::check(&merged.0, input.model).ok()?;
    Some(merged)
}

/// Whether the first words continue something: "y", "ahora", "solo", "quita", "what about".
fn opens_as_follow_up(input: &Input<'_>) -> bool {
    let first = input.chunks.iter().find(|c| !matches!(c.sense(), Some(Sense::Function | Sense::Filler)));
    matches!(
        first.and_then(|c| c.sense()),
        Some(
            Sense::FollowUp
                | Sense::And
                | Sense::Only
                | Sense::Drop
                | Sense::CompareIt
                | Sense::But
                | Sense::Also
                | Sense::Except
                | Sense::Without
                | Sense::Net
                | Sense::Gross
        )
    )
}

/// "¿cuántas facturas fueron?", "¿qué margen representa?": of what was asked before.
fn refers_back(input: &Input<'_>) -> bool {
    const BACK: [&str; 22] = [
        "fue",
        "fueron",
        "son",
        "eran",
        "eso",
        "esos",
        "esas",
        "ese",
        "esa",
        "hubo",
        "representa",
        "representan",
        "representaron",
        "was",
        "were",
        "that",
        "those",
        "did",
        "it",
        "them",
        "dejo",
        "dejaron",
    ];
    input.chunks.iter().any(|c| c.text.split(' ').any(|word| BACK.contains(&word)))
}

/// A figure of everything, narrowed down by nothing.
fn is_bare(intent: &Intent) -> bool {
    intent.shape == Shape::Group
        && intent.dims.is_empty()
        && intent.time.is_none()
        && intent.filters.is_empty()
        && intent.having.is_empty()
        && intent.per.is_none()
}

impl Roles<'_> {
    fn merged(&mut self, previous: &Intent) -> Option<(Intent, Vec<Kept>)> {
        let mut intent = previous.clone();
        let mut changed = false;
        for sense in [Sense::FollowUp, Sense::And, Sense::But] {
            self.take_all(&sense);
        }
        let adds = self.take_all(&Sense::Also);
        self.take_all(&Sense::Only);
        self.count_members(previous);
        changed |= self.merge_metrics(&mut intent, previous, adds)?;
        changed |= self.merge_filters(&mut intent, adds);
        changed |= self.merge_time(&mut intent, previous)?;
        changed |= self.merge_dims(&mut intent, adds)?;
        changed |= self.merge_rank(&mut intent)?;
        changed |= self.merge_conditions(&mut intent)?;
        self.take_all(&Sense::Drop);
        self.take_leaders();
        // "ahora por utilidad"
        for i in 0..self.input.chunks.len() {
            let figure = self.next(i).is_some_and(|k| matches!(self.sense(k), Some(Sense::Metric(_))));
            if figure && matches!(self.sense(i), Some(Sense::Por | Sense::Group)) {
                self.take(i);
            }
        }
        changed.then(|| {
            let kept = kept(previous, &intent);
            (intent, kept)
        })
    }

    /// "¿cuántos clientes fueron?": the number becomes the figure.
    fn count_members(&mut self, previous: &Intent) {
        let counted = self.dims_as(&[Role::Counted]);
        if let ([dim], true) = (counted.as_slice(), self.metrics.is_empty())
            && previous.shape == Shape::Group
        {
            let dim = *dim;
            self.dims.retain(|d| d.role != Role::Counted);
            self.metrics.push((Metric::Distinct(dim), usize::MAX));
            self.take_all(&Sense::Count);
            self.take_all(&Sense::Different);
        }
    }

    fn merge_metrics(&mut self, intent: &mut Intent, previous: &Intent, adds: bool) -> Option<bool> {
        let is_net_only = matches!(self.metrics.as_slice(), [(Metric::NetSales, usize::MAX)]);
        if is_net_only && previous.metrics.contains(&Metric::ReturnRate) {
            return None;
        }
        if is_net_only {
            intent.metrics = previous
                .metrics
                .iter()
                .map(|m| if *m == Metric::Sales { Metric::NetSales } else { *m })
                .collect();
            return Some(true);
        }
        if self.has(&Sense::Gross) && self.metrics.is_empty() {
            intent.metrics = previous
                .metrics
                .iter()
                .map(|m| if *m == Metric::NetSales { Metric::Sales } else { *m })
                .collect();
            return Some(true);
        }
        if self.scope == Scope::Returns {
            intent.scope = Scope::Returns;
            intent.metrics = vec![Metric::Sales];
            return Some(true);
        }
        if self.metrics.is_empty() {
            return Some(false);
        }
        self.metrics_are_listed().then_some(())?;
        let new: Vec<Metric> = self.metrics.iter().map(|(m, _)| *m).collect();
        if adds {
            intent.metrics.extend(new.into_iter().filter(|m| !previous.metrics.contains(m)));
            return matches!(intent.shape, Shape::Group | Shape::TopPerGroup { .. }).then_some(true);
        }
        intent.metrics = new;
        intent.metrics.dedup();
        intent.scope = Scope::Sales;
        let first = *intent.metrics.first()?;
        if let Some(sort) = &mut intent.sort {
            sort.metric = first;
        }
        matches!(
            intent.shape,
            Shape::Group
                | Shape::Compare { .. }
                | Shape::Share { .. }
                | Shape::TopPerGroup { .. }
                | Shape::Running
                | Shape::Growth
        )
        .then_some(true)
    }

    fn merge_filters(&mut self, intent: &mut Intent, adds: bool) -> bool {
        let new: Vec<Filter> = self.filters.iter().map(|(f, _)| f.clone()).collect();
        let drops = self.has(&Sense::Drop);
        for filter in &new {
            match filter {
                Filter::In { dim, values, negated: false } => {
                    let known = intent.filters.iter_mut().find_map(|f| match f {
                        Filter::In { dim: d, values, negated: false } if d == dim => Some(values),
                        _ => None,
                    });
                    match known {
                        Some(old) if adds => old.extend(values.iter().cloned()),
                        Some(old) => old.clone_from(values),
                        None => intent.filters.push(filter.clone()),
                    }
                }
                // "quita Neiva": it leaves the list it was in, or is left out.
                Filter::In { dim, values, negated: true } => {
                    let mut removed = false;
                    for f in &mut intent.filters {
                        if let Filter::In { dim: d, values: old, negated: false } = f
                            && d == dim
                            && drops
                            && old.len() > values.len()
                        {
                            old.retain(|v| !values.contains(v));
                            removed = true;
                        }
                    }
                    if !removed {
                        intent.filters.push(filter.clone());
                    }
                }
                Filter::Credit(_) => {
                    intent.filters.retain(|f| !matches!(f, Filter::Credit(_)));
                    intent.filters.push(filter.clone());
                }
                Filter::Weekdays(_) => {
                    intent.filters.retain(|f| !matches!(f, Filter::Weekdays(_)));
                    intent.filters.push(filter.clone());
                }
                Filter::Line { .. } => intent.filters.push(filter.clone()),
            }
        }
        !new.is_empty()
    }

    /// A new time replaces the old one; with a comparing word it becomes the base.
    fn merge_time(&mut self, intent: &mut Intent, previous: &Intent) -> Option<bool> {
        let compares =
            self.take_all(&Sense::CompareIt) | self.take_all(&Sense::Versus) | self.take_all(&Sense::Change);
        let times: Vec<(usize, TimeSense)> = self
            .input
            .chunks
            .iter()
            .enumerate()
            .filter_map(|(i, c)| match &c.atom {
                Atom::Time(sense) => Some((i, sense.clone())),
                _ => None,
            })
            .collect();
        let (at, sense) = match times.as_slice() {
            [] => return (!compares).then_some(false),
            [(at, sense)] => (*at, sense),
            _ => return None,
        };
        self.take(at);
        // "¿y el mes anterior a ese?", "¿y el mismo mes del año pasado?"
        let shifted = match sense {
            TimeSense::SameLastYear => Some(previous.time?.years_before(1)),
            TimeSense::SameInYear(year) => Some(previous.time?.same_days_in(*year)?),
            TimeSense::Preceding => Some(previous.time?.preceding()),
            TimeSense::SameBefore(grain) => Some(previous.time?.same_days_before(*grain)?),
            _ => None,
        };
        if let Some(range) = shifted.filter(|_| !compares && previous.shape == Shape::Group) {
            self.input.span.is_none_or(|(first, _)| range.end >= first).then_some(())?;
            intent.time = Some(range);
            return Some(true);
        }
        if compares || shifted.is_some() {
            let current = previous.time?;
            matches!(previous.shape, Shape::Group | Shape::Compare { .. }).then_some(())?;
            (previous.metrics.len() == 1 && previous.having.is_empty()).then_some(())?;
            let base = self.base_for(&current, sense)?;
            let (current, base) = if base.start > current.start { (base, current) } else { (current, base) };
            intent.time = Some(current);
            intent.shape = Shape::Compare { base, only: None, by: None };
            return Some(true);
        }
        let range = self.said_range(sense, previous.time.as_ref())?;
        if let Shape::Compare { base, .. } = &mut intent.shape {
            let old = previous.time?;
            *base = if *base == old.years_before(1) {
                range.years_before(1)
            } else if *base == old.preceding() {
                range.preceding()
            } else {
                return None;
            };
        }
        intent.time = Some(range);
        Some(true)
    }

    fn base_for(&self, current: &TimeRange, sense: &TimeSense) -> Option<TimeRange> {
        let base = match sense {
            TimeSense::SameLastYear => current.years_before(1),
            TimeSense::Preceding => current.preceding(),
            TimeSense::SameBefore(grain) => current.same_days_before(*grain)?,
            TimeSense::SameInYear(year) => current.same_days_in(*year)?,
            TimeSense::Range(said) if said.relative && said.grain == Some(Grain::Year) => {
                current.years_before(1)
            }
            TimeSense::Range(said) if said.relative && said.grain == current.grain => current.preceding(),
            TimeSense::Range(said) if said.grain == current.grain || said.grain.is_none() => {
                self.in_same_year(said, Some(current))
            }
            TimeSense::Range(said) if said.grain == Some(Grain::Year) => {
                current.in_year(said.start.year())?
            }
            _ => return None,
        };
        (base != *current).then_some(base)
    }

    fn said_range(&self, sense: &TimeSense, old: Option<&TimeRange>) -> Option<TimeRange> {
        match sense {
            TimeSense::Range(range) => {
                let range = self.in_same_year(range, old);
                let outside =
                    self.input.span.is_some_and(|(first, last)| range.end < first || range.start > last);
                (!outside).then_some(range)
            }
            TimeSense::Since(range) => Some(*range),
            TimeSense::FromTo(a, b) => TimeSense::from_to(a, b, self.input.today),
            _ => None,
        }
    }

    /// "¿y en abril?" after a month of 2024 is April 2024.
    fn in_same_year(&self, range: &TimeRange, old: Option<&TimeRange>) -> TimeRange {
        match old {
            Some(old) if range.year_inferred && !old.year_inferred && old.start.year() == old.end.year() => {
                range.in_year(old.start.year()).filter(|r| r.start <= self.input.today).unwrap_or(*range)
            }
            _ => *range,
        }
    }

    fn merge_dims(&mut self, intent: &mut Intent, adds: bool) -> Option<bool> {
        let shares = self.take_all(&Sense::Share);
        let new = self.dims_as(&[Role::Group, Role::Each, Role::Head]);
        self.dims_as(&[Role::Counted]).is_empty().then_some(())?;
        if !new.is_empty() {
            match intent.shape {
                Shape::Group | Shape::Compare { .. } | Shape::Share { .. } => {}
                _ => return None,
            }
            // A head without "por" changes what is ranked, or the question is not a follow-up.
            let headed = self.dims.iter().any(|d| d.role == Role::Head);
            if headed && self.rank.is_none() && intent.dims.is_empty() {
                return None;
            }
            if adds {
                for dim in &new {
                    if !intent.dims.contains(dim) {
                        intent.dims.push(*dim);
                    }
                }
            } else {
                intent.dims = new.clone();
            }
            if new.iter().any(|d| d.is_calendar()) {
                intent.sort = None;
                intent.limit = None;
            }
            if let Shape::Share { part } = &mut intent.shape
                && !part.is_empty()
            {
                intent.filters.append(part);
            }
        }
        if shares {
            if intent.shape != Shape::Group || intent.dims.is_empty() || intent.metrics.len() != 1 {
                return None;
            }
            intent.shape = Shape::Share { part: Vec::new() };
        }
        Some(shares || !new.is_empty())
    }

    fn merge_rank(&mut self, intent: &mut Intent) -> Option<bool> {
        let Some(rank) = self.rank else { return Some(false) };
        rank.place.is_none().then_some(())?;
        matches!(intent.shape, Shape::Group | Shape::Compare { .. } | Shape::Share { .. }).then_some(())?;
        if self.has(&Sense::Sold) && self.metrics.is_empty() {
            intent.metrics = vec![Metric::Units];
        }
        let metric = *intent.metrics.first()?;
        let dim = *intent.dims.last()?;
        intent.sort = Some(Sort { metric, direction: rank.direction });
        intent.limit = match rank.n {
            Some(n) => Some(n),
            None if rank.all => None,
            None => self
                .dims
                .iter()
                .any(|d| d.dim == dim)
                .then(|| self.rows(dim))
                .flatten()
                .or(intent.limit)
                .or(Some(10)),
        };
        Some(true)
    }

    fn merge_conditions(&mut self, intent: &mut Intent) -> Option<bool> {
        if self.conditions.is_empty() {
            return Some(false);
        }
        if self.metrics.is_empty() {
            let previous = *intent.metrics.first()?;
            self.metrics.push((previous, usize::MAX));
        }
        self.bind_conditions().ok()?;
        for condition in &self.conditions {
            intent.having.push(Having {
                metric: condition.metric?,
                op: condition.op,
                value: condition.value,
            });
        }
        (!intent.dims.is_empty()).then_some(true)
    }
}

fn kept(previous: &Intent, now: &Intent) -> Vec<Kept> {
    let mut all = Vec::new();
    if previous.metrics == now.metrics && !now.metrics.is_empty() {
        all.push(Kept::Metrics);
    }
    if previous.filters.iter().any(|f| now.filters.contains(f)) {
        all.push(Kept::Filters);
    }
    if previous.time.is_some() && previous.time == now.time {
        all.push(Kept::Time);
    }
    if !previous.dims.is_empty() && previous.dims == now.dims {
        all.push(Kept::Dims);
    }
    all
}
