//! Words that cannot hold together, or that mean something else together: better no answer than a wrong one.

use super::{Reason, Role, Roles, Verdict};
use crate::ask::chunk::Atom;
use crate::ask::intent::{Filter, Scope};
use crate::ask::lexicon::Sense;
use crate::model::{Dim, Metric};

impl Roles<'_> {
    /// Things that cannot both hold, or that mean something else together.
    pub(super) fn contradictions(&self) -> Result<(), Verdict> {
        // "clientes activos" are those of a period.
        let active = self
            .dims
            .iter()
            .any(|d| self.word(d.at).ends_with("activos") || self.word(d.at).starts_with("active "));
        if active && self.all(|atom| matches!(atom, Atom::Time(_))).is_empty() {
            return Err(Verdict::Clarify(Reason::NeedPeriod, self.period_choices()));
        }
        let wages =
            |i: &usize| matches!(self.word(*i), "gana" | "gano" | "ganan" | "ganaron" | "earned" | "earn");
        let of_person =
            self.filters.iter().any(|(f, _)| matches!(f, Filter::In { dim: Dim::Salesperson, .. }));
        if of_person && self.metrics.iter().map(|(_, i)| *i).any(|i| wages(&i)) {
            return Err(Verdict::Topic("payroll".to_string()));
        }
        let named = |metric: Metric| self.metrics.iter().any(|(m, _)| *m == metric);
        let both_taxes = self.has(&Sense::Gross)
            && (self.has(&Sense::Net) || (named(Metric::NetSales) && !named(Metric::Sales)));
        // "ventas netas de devoluciones": less the returns, or their amount without VAT?
        let net_of_returns =
            self.scope == Scope::Returns && named(Metric::NetSales) && !self.has(&Sense::Net);
        let wanted = |dim: &Dim| {
            self.filters
                .iter()
                .any(|(f, _)| matches!(f, Filter::In { dim: d, negated: false, .. } if d == dim))
        };
        let both_signs = self
            .filters
            .iter()
            .any(|(f, _)| matches!(f, Filter::In { dim, negated: true, .. } if wanted(dim)));
        // The rate of returns has one definition, with IVA.
        if named(Metric::ReturnRate) && self.has(&Sense::Net) {
            return Err(Verdict::Left(self.places(&Sense::Net)));
        }
        self.bought_both()?;
        self.seller_that_buys()?;
        let stutter = self.metrics.iter().find(|(_, i)| {
            i.checked_add(1).is_some_and(|k| self.sense(*i).is_some() && self.sense(*i) == self.sense(k))
        });
        if let Some((_, at)) = stutter {
            return Err(Verdict::Left(vec![*at]));
        }
        let both_ends = self.rank.is_some_and(|rank| rank.both_ends);
        if both_taxes || both_signs || net_of_returns || both_ends {
            return Err(Verdict::Clarify(Reason::WhichReading, Vec::new()));
        }
        Ok(())
    }

    /// "¿cuánto nos compró Distribuidora Andina?", "how much did Luisa Gómez buy?": a supplier
    /// sells to us and a salesperson for us; neither buys.
    fn seller_that_buys(&self) -> Result<(), Verdict> {
        let buys = |k: Option<usize>| k.is_some_and(|k| self.sense(k) == Some(&Sense::Buy));
        let asked = |k: Option<usize>| {
            k.is_some_and(|k| self.sense(k) == Some(&Sense::HowMuch) && self.word(k).contains(" did"))
        };
        let seller = self.filters.iter().find(|(f, at)| {
            let sells = matches!(f, Filter::In { dim: Dim::Supplier | Dim::Salesperson, negated: false, .. });
            let before = at.checked_sub(1);
            sells && (buys(before) || (asked(before) && buys(at.checked_add(1))))
        });
        seller.map_or(Ok(()), |(_, at)| Err(Verdict::Left(vec![*at])))
    }

    /// "clientes que compraron Bosch y también Makita" asks for those of both, which no list of
    /// values says.
    fn bought_both(&self) -> Result<(), Verdict> {
        let members = self.dims.iter().any(|d| matches!(d.role, Role::Head | Role::Counted));
        let value = |k: Option<usize>| match k.and_then(|k| self.atom(k)) {
            Some(Atom::Value(candidates)) => candidates.first().map(|c| c.dim),
            _ => None,
        };
        let before = |i: usize| {
            self.previous(i)
                .and_then(|k| if self.sense(k) == Some(&Sense::And) { self.previous(k) } else { Some(k) })
        };
        let both = self.places(&Sense::Also).into_iter().find(|i| {
            let next = self.next(*i);
            value(next).is_some() && value(next) == value(before(*i))
        });
        match both.filter(|_| members && self.has(&Sense::Buy)) {
            Some(at) => Err(Verdict::Left(vec![at])),
            None => Ok(()),
        }
    }
}
