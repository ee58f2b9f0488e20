//! The figures: named by words, or implied by the verbs and the form of the question.

use super::Roles;
use crate::ask::chunk::Atom;
use crate::ask::intent::Scope;
use crate::ask::lexicon::Sense;
use crate::model::{Dim, Metric};

impl Roles<'_> {
    /// Figures named by words. "sin IVA" turns sales into net sales.
    pub(super) fn read_metrics(&mut self) {
        for i in 0..self.input.chunks.len() {
            match self.sense(i) {
                Some(Sense::Metric(_)) if self.is_used(i) => {}
                Some(Sense::Metric(_)) if self.is_verb(i) => self.take(i),
                Some(Sense::Metric(metric)) => self.metrics.push((*metric, i)),
                None if matches!(self.atom(i), Some(Atom::Documents(_))) => {
                    self.take(i);
                    if let Some(Atom::Documents(scope)) = self.atom(i)
                        && *scope != Scope::Sales
                    {
                        self.scope = *scope;
                    }
                }
                Some(Sense::Returns) if self.is_used(i) => {}
                Some(Sense::Returns) => {
                    self.scope = Scope::Returns;
                    self.take(i);
                }
                _ => {}
            }
        }
        self.money_left();
        if self.with_and_without_vat() {
            return;
        }
        if self.take_all(&Sense::Net) {
            let mut turned = false;
            for (metric, _) in &mut self.metrics {
                if *metric == Metric::Sales {
                    *metric = Metric::NetSales;
                    turned = true;
                }
            }
            if !turned && self.metrics.is_empty() {
                self.metrics.push((Metric::NetSales, usize::MAX));
            }
        }
        for place in self.metrics.iter().map(|(_, i)| *i).collect::<Vec<_>>() {
            self.take(place);
        }
    }

    /// "la plata que nos deja": what is left is the profit.
    fn money_left(&mut self) {
        let leaves = self.leaves_money();
        let money = |i: usize| self.word(i).split(' ').any(|w| matches!(w, "plata" | "dinero" | "billete"));
        let all: Vec<bool> = self.metrics.iter().map(|(m, i)| *m == Metric::Sales && money(*i)).collect();
        for ((metric, _), left) in self.metrics.iter_mut().zip(all) {
            if left && leaves {
                *metric = Metric::Profit;
            }
        }
    }

    /// "deja", "nos dejó", without what.
    fn leaves_money(&self) -> bool {
        (0..self.input.chunks.len()).any(|i| {
            self.sense(i) == Some(&Sense::Filler) && self.word(i).split(' ').any(|w| w.starts_with("dej"))
        })
    }

    /// Sales that only carry another figure ("la utilidad de las ventas") are not asked for.
    pub(super) fn drop_weak_sales(&mut self) {
        if self.metrics.iter().any(|(m, _)| *m != Metric::Sales) {
            let joined: Vec<usize> =
                self.metrics.iter().map(|(_, i)| *i).filter(|i| self.is_listed(*i)).collect();
            self.metrics.retain(|(m, i)| *m != Metric::Sales || joined.contains(i));
        }
    }

    /// "ventas con IVA y sin IVA", "ventas brutas y netas": both figures.
    fn with_and_without_vat(&mut self) -> bool {
        self.net_and_gross();
        let [net] = self.places(&Sense::Net)[..] else { return false };
        let joins = |k: Option<usize>| {
            k.is_some_and(|k| {
                matches!(self.sense(k), Some(Sense::And | Sense::Versus)) || self.word(k) == ","
            })
        };
        let joined = joins(self.previous(net)) || joins(self.next(net));
        let gross = self.has(&Sense::Gross)
            || (0..self.input.chunks.len()).any(|i| {
                matches!(self.sense(i), Some(Sense::Metric(Metric::Sales)))
                    && ["brut", "con iva", "gross", "with"].iter().any(|w| self.word(i).contains(w))
            });
        let only_sales = self.metrics.iter().all(|(m, _)| *m == Metric::Sales);
        if !joined || !gross || !only_sales {
            return false;
        }
        for place in self.metrics.iter().map(|(_, i)| *i).collect::<Vec<_>>() {
            self.take(place);
        }
        self.take_all(&Sense::Net);
        self.take_all(&Sense::Gross);
        self.take_all(&Sense::Versus);
        self.metrics = vec![(Metric::Sales, usize::MAX), (Metric::NetSales, usize::MAX)];
        true
    }

    /// "ventas netas y brutas": the second word names a figure too.
    fn net_and_gross(&mut self) {
        let [(Metric::NetSales, net)] = self.metrics[..] else { return };
        let after = self.next(net).filter(|k| self.sense(*k) == Some(&Sense::And)).and_then(|k| self.next(k));
        if let Some(gross) = after.filter(|k| self.sense(*k) == Some(&Sense::Gross)) {
            self.take(gross);
            self.metrics.push((Metric::Sales, gross));
        }
    }

    /// "cuánto factura", "el que más factura": the noun's form is a verb here.
    pub(super) fn is_verb(&self, i: usize) -> bool {
        self.word(i) == "factura"
            && i > 0
            && matches!(
                self.sense(i - 1),
                Some(
                    Sense::That
                        | Sense::More
                        | Sense::Less
                        | Sense::HowMuch
                        | Sense::Who
                        | Sense::Clitic
                        | Sense::Dim(..)
                )
            )
    }

    /// Whether the question says that it means money.
    pub(super) fn in_money(&self) -> bool {
        const SAID: [&str; 9] = [
            "en plata",
            "en pesos",
            "en valor",
            "en dinero",
            "en billete",
            "in pesos",
            "cuanta plata",
            "what amount of",
            "the amount of money",
        ];
        (0..self.input.chunks.len()).any(|i| SAID.contains(&self.word(i)))
    }

    /// Whether the question has a verb of selling.
    pub(super) fn sells(&self) -> bool {
        self.has(&Sense::Sell) || (0..self.input.chunks.len()).any(|i| self.is_verb(i))
    }

    /// Whether a figure is joined to another by "y", "vs" or a comma.
    pub(super) fn is_listed(&self, i: usize) -> bool {
        if i == usize::MAX {
            return true;
        }
        let joins = |k: Option<usize>| {
            k.filter(|k| {
                matches!(self.sense(*k), Some(Sense::And | Sense::Versus | Sense::Also))
                    || self.word(*k) == ","
            })
        };
        let is_metric = |k: Option<usize>| {
            matches!(k.and_then(|k| self.sense(k)), Some(Sense::Metric(_)))
                || k.is_some_and(|k| {
                    let counted = self.previous(k).is_some_and(|c| self.sense(c) == Some(&Sense::Count));
                    let noun = matches!(self.sense(k), Some(Sense::Dim(..)));
                    (noun && counted) || self.metrics.iter().any(|(_, at)| *at == k)
                })
        };
        // "tiquete promedio y número de ciudades"
        let counted = self.previous(i).filter(|k| self.sense(*k) == Some(&Sense::Count));
        if let Some(count) = counted
            && joins(self.previous(count)).is_some_and(|k| is_metric(self.previous(k)))
        {
            return true;
        }
        let after_count = |k: Option<usize>| {
            k.map(|k| if self.sense(k) == Some(&Sense::Count) { self.next(k).unwrap_or(k) } else { k })
        };
        let comma_before = i > 0 && self.word(i - 1) == "," && is_metric(self.previous(i - 1));
        let comma_after = self.word(i + 1) == "," && is_metric(after_count(self.next(i + 1)));
        comma_before
            || comma_after
            || joins(self.next(i)).is_some_and(|k| is_metric(after_count(self.next(k))))
            || joins(self.previous(i)).is_some_and(|k| is_metric(self.previous(k)))
    }

    /// Several figures must be a list; otherwise it is unclear which is meant.
    pub(super) fn metrics_are_listed(&self) -> bool {
        let mut figures: Vec<(Metric, usize)> = Vec::new();
        for (metric, at) in &self.metrics {
            if !figures.iter().any(|(known, _)| known == metric) {
                figures.push((*metric, *at));
            }
        }
        figures.len() < 2 || figures.iter().all(|(_, i)| self.is_listed(*i))
    }

    /// The figure asked for, or the one that the verbs and the form of the question imply.
    pub(super) fn implied_metric(&self) -> Option<Metric> {
        let ranked = self.rank.is_some();
        if self.scope == Scope::Returns {
            return Some(Metric::Sales);
        }
        if self.leaves_money() && (ranked || self.has(&Sense::HowMuch)) && !self.sells() {
            return Some(Metric::Profit);
        }
        let place = self
            .dims
            .iter()
            .any(|d| d.role == super::Role::Head && !d.dim.is_goods() && d.dim != Dim::Supplier);
        if self.has(&Sense::Sold) && ranked && !place {
            return Some(Metric::Units);
        }
        if self.sells() || self.has(&Sense::Buy) {
            let product = self.dims.iter().any(|d| d.dim == Dim::Product && d.role == super::Role::Head);
            let sells_product = ranked && product && self.sells();
            return Some(if sells_product { Metric::Units } else { Metric::Sales });
        }
        if self.has(&Sense::Sold) {
            return Some(Metric::Sales);
        }
        let sales_of_a_kind = [Sense::Credit, Sense::Cash]
            .iter()
            .flat_map(|s| self.places(s))
            .any(|i| ["venta", "sales", "sold", "purchases"].iter().any(|w| self.word(i).contains(w)));
        let kinds = self.has(&Sense::Credit) || self.has(&Sense::Cash);
        if sales_of_a_kind
            || (kinds && self.has(&Sense::HowMuch))
            || ranked
            || self.places(&Sense::Total).iter().any(|i| self.word(*i).contains("total"))
        {
            return Some(Metric::Sales);
        }
        None
    }
}
