//! "Cuántos": members that are counted, alone or beside other figures.

use super::{DimUse, Role, Roles};
use crate::ask::chunk::Atom;
use crate::ask::lexicon::{GrammarNumber, Sense};
use crate::model::{Dim, Metric};

impl Roles<'_> {
    /// "¿cuántos vendedores tuvieron ventas?": those that did are counted, their sales not asked for.
    fn members_that_had_sales(&mut self) {
        const HAD: [&str; 14] = [
            "tuvieron",
            "tuvo",
            "tienen",
            "tiene",
            "con",
            "registraron",
            "registran",
            "hicieron",
            "hubo",
            "had",
            "have",
            "with",
            "made",
            "recorded",
        ];
        let counted = self.dims.iter().any(|d| d.role == Role::Counted && !d.dim.is_calendar());
        if !counted || !self.conditions.is_empty() || self.rank.is_some() {
            return;
        }
        if let [(Metric::Sales, at)] = self.metrics[..]
            && at.checked_sub(1).is_some_and(|k| HAD.contains(&self.word(k)))
        {
            self.metrics.clear();
        }
    }

    /// "clientes y facturas por ciudad": how many customers, beside a figure.
    fn members_beside_figures(&mut self) {
        let grouped = self.dims.iter().any(|d| matches!(d.role, Role::Group | Role::Each));
        if !grouped || self.rank.is_some() || !self.conditions.is_empty() {
            return;
        }
        let is_figure = |k: Option<usize>| matches!(k.and_then(|k| self.sense(k)), Some(Sense::Metric(_)));
        let joins = |k: usize| self.sense(k) == Some(&Sense::And) || self.word(k) == ",";
        let beside: Vec<DimUse> = self
            .dims
            .iter()
            .filter(|d| d.role == Role::Head && d.number == GrammarNumber::Many && !d.dim.is_calendar())
            .filter(|d| {
                self.next(d.at).is_some_and(|k| joins(k) && is_figure(self.next(k)))
                    || self.previous(d.at).is_some_and(|k| joins(k) && is_figure(self.previous(k)))
            })
            .copied()
            .collect();
        for d in beside {
            self.dims.retain(|other| other.at != d.at);
            self.metrics.push((Metric::Distinct(d.dim), d.at));
        }
    }

    /// "cuántos clientes": a count of members is a figure; "cuántos taladros" asks for units.
    pub(super) fn read_counts(&mut self) {
        if self.scope == crate::ask::intent::Scope::Returns
            && self.dims.iter().all(|d| d.role != Role::Counted)
        {
            self.take_all(&Sense::Count);
        }
        let distinct_members = self
            .places(&Sense::Different)
            .iter()
            .any(|i| self.dims.iter().any(|d| d.at + 1 == *i || self.next(*i) == Some(d.at)));
        if self.has(&Sense::Count) || distinct_members {
            self.take_all(&Sense::Different);
        }
        // "cuántos días hubo ventas": the days, not the sales.
        let counts_days = self.dims.iter().any(|d| d.role == Role::Counted && d.dim.is_calendar());
        if counts_days && self.conditions.is_empty() && self.rank.is_none() {
            let kept: Vec<(Metric, usize)> = self
                .metrics
                .iter()
                .copied()
                .filter(|(m, i)| *m != Metric::Sales || self.is_listed(*i))
                .collect();
            self.metrics = kept;
        }
        self.members_beside_figures();
        self.members_that_had_sales();
        for d in self.dims.clone() {
            if d.role == Role::Counted {
                self.metrics.push((Metric::Distinct(d.dim), d.at));
            }
        }
        for i in self.places(&Sense::Count) {
            let Some(next) = self.next(i) else { continue };
            if let Some(Atom::Value(candidates)) = self.atom(next)
                && candidates.iter().any(|c| matches!(c.dim, Dim::Product | Dim::Subcategory | Dim::Category))
            {
                self.take(i);
                self.metrics.push((Metric::Units, i));
            } else if let Some(Atom::Value(candidates)) = self.atom(next)
                && candidates.iter().all(|c| c.dim == Dim::DocType)
            {
                self.take(i);
                self.metrics.push((Metric::Distinct(Dim::Document), i));
            }
        }
    }
}
