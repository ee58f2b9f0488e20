//! Members of a dimension without sales in a period: "productos que no se han vendido este año".

use super::shapes::Shaped;
use super::{Reason, Role, Roles, Verdict};
use crate::ask::intent::{Filter, Intent, Scope, Shape};
use crate::ask::lexicon::Sense;
use crate::ask::time::{TimeRange, TimeSense};
use crate::model::{Dim, Metric};

impl Roles<'_> {
    /// Products, brands, people, places that sold before or after, but not in the period.
    pub(super) fn idle(&mut self) -> Result<Option<Intent>, Verdict> {
        let customers = self.customers_absent_in_the_past();
        let still = self.has(&Sense::Inactive)
            && self.dims.iter().any(|d| d.dim != Dim::Customer && d.dim.value_column().is_some());
        if !self.has(&Sense::NotSold) && !self.has(&Sense::NeverSold) && !customers && !still {
            return Ok(None);
        }
        let of: Vec<(Dim, Role)> =
            self.dims.iter().filter(|d| d.dim.value_column().is_some()).map(|d| (d.dim, d.role)).collect();
        let dim = match of.as_slice() {
            [(dim, Role::Head | Role::Counted)] => *dim,
            [] if self.has(&Sense::Who) && customers => Dim::Customer,
            [] if self.has(&Sense::Who) => Dim::Salesperson,
            _ => {
                let said = [Sense::NotSold, Sense::NeverSold];
                return Err(Verdict::Left(said.iter().flat_map(|s| self.places(s)).collect()));
            }
        };
        self.idle_members(dim).map(Some)
    }

    /// "productos que nunca se han vendido": of what never sold there is no line. In a period,
    /// "nunca" is no more than "no"; of some lines only, it asks for what no list says.
    pub(super) fn never_sold(&self) -> Result<(), Verdict> {
        let never = self.places(&Sense::NeverSold);
        if never.is_empty() || !(self.filters.is_empty() && self.conditions.is_empty()) {
            return if never.is_empty() { Ok(()) } else { Err(Verdict::Left(never)) };
        }
        if self.time_chunks().is_empty() { Err(Verdict::Topic("never_sold".to_string())) } else { Ok(()) }
    }

    /// "clientes que no compraron en mayo": a period that is over.
    fn customers_absent_in_the_past(&self) -> bool {
        let over = |t: &TimeSense| match t {
            TimeSense::Range(r) => r.end < self.input.today,
            TimeSense::FromTo(a, b) => {
                TimeSense::from_to(a, b, self.input.today).is_some_and(|r| r.end < self.input.today)
            }
            _ => false,
        };
        let ago = |at: usize| self.word(at).starts_with("hace ");
        let bought_too = self.has(&Sense::Buy) || self.has(&Sense::But) || self.has(&Sense::Stopped);
        self.has(&Sense::NotBought)
            && !bought_too
            && matches!(&self.time_chunks()[..], [(at, time)] if over(time) && !ago(*at))
    }

    fn idle_members(&mut self, dim: Dim) -> Shaped {
        let count = self.has(&Sense::Count)
            || self.dims.iter().any(|d| d.role == Role::Counted)
            || self.metrics.iter().any(|(m, _)| *m == Metric::Distinct(dim));
        for sense in [
            Sense::NotSold,
            Sense::NeverSold,
            Sense::Inactive,
            Sense::NotBought,
            Sense::Count,
            Sense::Who,
            Sense::Different,
        ] {
            self.take_all(&sense);
        }
        self.nothing_else(dim)?;
        let stretch = self.absent_since.and_then(|start| TimeRange::new(start, self.input.today));
        let time = match stretch {
            Some(range) => Some(range),
            None => self.one_time()?,
        };
        let Some(time) = time else {
            return Err(Verdict::Clarify(Reason::HowManyDays, self.idle_choices()));
        };
        let mut intent = self.base_intent(Vec::new());
        intent.having.clear();
        intent.dims = vec![dim];
        intent.time = Some(time);
        intent.shape = Shape::Idle { count };
        Ok(intent)
    }

    /// Figures, groups, ranks, conditions, and lines of another kind than the members' own have
    /// no place: "productos sin ventas en Neiva" may have been sold there before, or never.
    fn nothing_else(&self, dim: Dim) -> Result<(), Verdict> {
        let own = |filter: &Filter| match filter {
            Filter::In { dim: of, .. } => {
                dim == Dim::Customer
                    || (dim.is_goods() && (of.is_goods() || *of == Dim::Supplier))
                    || (dim == Dim::City && *of == Dim::State)
            }
            _ => false,
        };
        let foreign: Vec<usize> = self
            .dims
            .iter()
            .filter(|d| d.dim != dim)
            .map(|d| d.at)
            .chain(self.metrics.iter().filter(|(m, _)| *m != Metric::Distinct(dim)).map(|(_, at)| *at))
            .chain(self.conditions.iter().map(|c| c.at))
            .chain(self.rank.iter().map(|r| r.at))
            .chain(self.filters.iter().filter(|(f, _)| !own(f)).map(|(_, at)| *at))
            .collect();
        if foreign.is_empty() && self.scope == Scope::Sales { Ok(()) } else { Err(Verdict::Left(foreign)) }
    }

    fn idle_choices(&self) -> Vec<String> {
        let text = self.input.text.trim_end_matches(['?', '.', '!', ' ']);
        [30, 90, 180]
            .iter()
            .map(|n| match self.input.spanish {
                true => format!("{text} en los últimos {n} días"),
                false => format!("{text} in the last {n} days"),
            })
            .collect()
    }
}
