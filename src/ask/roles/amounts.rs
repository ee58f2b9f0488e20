//! Figures and the numbers they are compared with.

use super::{Condition, Reason, Roles, Step, Verdict};
use crate::ask::chunk::Atom;
use crate::ask::intent::{Filter, LineColumn, Op, Scope};
use crate::ask::lexicon::{Lexicon, Sense};
use crate::ask::numbers::Number;
use crate::ask::time::{Grain, TimeRange};
use crate::model::{Dim, Metric};
use rust_decimal::Decimal;

/// A number that is neither money nor a percentage.
fn plain(value: Decimal) -> Number {
    Number { value, money: false, percent: false }
}

impl Roles<'_> {
    fn number(&self, i: Option<usize>) -> Option<(usize, Number)> {
        let i = i?;
        match self.atom(i) {
            Some(Atom::Number(number)) => Some((i, *number)),
            _ => None,
        }
    }

    /// "más de N", "entre N y M", "al menos N".
    pub(super) fn read_conditions(&mut self) {
        for i in 0..self.input.chunks.len() {
            let op = match self.sense(i) {
                Some(Sense::Over) => Op::Over,
                Some(Sense::AtLeast) => Op::AtLeast,
                Some(Sense::Under) => Op::Under,
                Some(Sense::AtMost) => Op::AtMost,
                Some(Sense::Exactly) => Op::Equal,
                Some(Sense::Between) => {
                    self.read_between(i);
                    continue;
                }
                Some(sense @ (Sense::Once | Sense::MoreThanOnce)) => {
                    let op = if *sense == Sense::Once { Op::Equal } else { Op::Over };
                    self.add_condition(op, plain(Decimal::ONE), i, i);
                    continue;
                }
                Some(Sense::Negative) => {
                    self.add_condition(Op::Under, plain(Decimal::ZERO), i, i);
                    continue;
                }
                _ => continue,
            };
            if let Some((at, number)) = self.number(self.next_past_in(i)) {
                if let Some(Sense::Line(column)) = self.previous(i).and_then(|k| self.sense(k)) {
                    for place in [at, i].into_iter().chain(self.previous(i)) {
                        self.take(place);
                    }
                    let filter = Filter::Line { column: *column, op, value: number.value };
                    self.filters.push((filter, at));
                    continue;
                }
                if self.read_absence(op, number, at, i) || self.read_term(op, number, at, i) {
                    continue;
                }
                self.add_condition(op, number, at, i);
            }
        }
        self.read_bare_absence();
        self.read_bare_term();
    }

    /// "clientes que no han comprado en 60 días": the last 60 days.
    fn read_bare_absence(&mut self) {
        for at in self.all(|atom| matches!(atom, Atom::Number(_))) {
            let free = !self.is_used(at);
            if let Some((_, number)) = self.number(Some(at)).filter(|_| free) {
                self.read_absence(Op::Over, number, at, at);
            }
        }
    }

    /// "a crédito de más de 30 días", "con plazo mayor a 15 días": the credit days of the line.
    fn read_term(&mut self, op: Op, number: Number, at: usize, op_at: usize) -> bool {
        let Some(unit) = self.next(at) else { return false };
        let days = matches!(self.sense(unit), Some(Sense::Dim(Dim::Day, _)));
        let about_credit = self.has(&Sense::Credit) || (0..self.input.chunks.len()).any(|k| self.is_term(k));
        if !days || !about_credit || number.money || number.percent {
            return false;
        }
        let term = Sense::Metric(Metric::AvgCreditDays);
        let averaged = self.previous(op_at).is_some_and(|k| {
            let mean = ["promedio", "medio", "average", "mean"].iter().any(|w| self.word(k).contains(w));
            mean && self.sense(k) == Some(&term)
        });
        if averaged {
            self.take(unit);
            return false;
        }
        for place in [at, op_at, unit] {
            self.take(place);
        }
        if let Some(named) = self.previous(op_at).filter(|k| self.is_term(*k)) {
            self.take(named);
        }
        self.filters.push((Filter::Line { column: LineColumn::CreditDays, op, value: number.value }, at));
        true
    }

    /// "plazo", "plazo promedio".
    fn is_term(&self, i: usize) -> bool {
        matches!(self.sense(i), Some(Sense::Dim(Dim::CreditDays, _) | Sense::Metric(Metric::AvgCreditDays)))
    }

    /// "ventas a 30 días": sold with that term.
    fn read_bare_term(&mut self) {
        for at in self.all(|atom| matches!(atom, Atom::Number(_))) {
            let about_credit = self.has(&Sense::Credit) || (0..at).any(|k| self.is_term(k));
            let after_a = at > 0
                && (matches!(self.word(at - 1), "a" | "at" | "con" | "with")
                    || (about_credit && matches!(self.word(at - 1), "de" | "of" | "for" | "plazo")));
            let Some((_, number)) = self.number(Some(at)).filter(|_| after_a && !self.is_used(at)) else {
                continue;
            };
            let days = matches!(self.sense(at + 1), Some(Sense::Dim(Dim::Day, _)));
            if days && !number.money && !number.percent {
                self.take(at);
                self.take(at + 1);
                if let Some(named) = self.previous(at).filter(|k| self.is_term(*k)) {
                    self.take(named);
                }
                let filter =
                    Filter::Line { column: LineColumn::CreditDays, op: Op::Equal, value: number.value };
                self.filters.push((filter, at));
            }
        }
    }

    /// "llevan más de 60 días sin comprar" is a time, not an amount.
    fn read_absence(&mut self, op: Op, number: Number, at: usize, op_at: usize) -> bool {
        let absent = self.has(&Sense::NotBought) || self.has(&Sense::Inactive);
        let Some(unit) = self.next(at) else { return false };
        let grain = match self.sense(unit) {
            Some(Sense::Dim(Dim::Day, _)) => Grain::Day,
            Some(Sense::Dim(Dim::Week, _)) => Grain::Week,
            Some(Sense::Dim(Dim::Month, _)) => Grain::Month,
            _ => return false,
        };
        let n = u32::try_from(number.value.trunc().mantissa()).unwrap_or(0);
        if !absent || !matches!(op, Op::Over | Op::AtLeast) || !(1..=3660).contains(&n) {
            return false;
        }
        for place in [at, op_at, unit] {
            self.take(place);
        }
        self.absent_since = TimeRange::last(grain, n, self.input.today).map(|r| r.start);
        true
    }

    fn read_between(&mut self, i: usize) {
        let Some((low_at, low)) = self.number(self.next(i)) else { return };
        let Some(and) = self.next(low_at).filter(|k| self.sense(*k) == Some(&Sense::And)) else { return };
        let Some((high_at, mut high)) = self.number(self.next(and)) else { return };
        let mut low = low;
        // "entre 10 y 50 millones": the multiplier holds for both.
        let million = Decimal::from(1_000_000);
        if low.value < Decimal::from(1000) && high.value >= million && !low.money {
            low.value *= million;
        }
        high.percent |= low.percent;
        low.percent |= high.percent;
        self.take(and);
        self.add_condition(Op::AtLeast, low, low_at, i);
        self.add_condition(Op::AtMost, high, high_at, i);
    }

    fn add_condition(&mut self, op: Op, number: Number, at: usize, op_at: usize) {
        self.take(at);
        self.take(op_at);
        self.conditions.push(Condition {
            op,
            value: number.value,
            money: number.money,
            percent: number.percent,
            metric: None,
            unbound: false,
            at,
            op_at,
        });
    }

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

    /// Sales that only carry another figure ("la utilidad de las ventas") are not asked for.
    fn drop_weak_sales(&mut self) {
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

    /// Finds what each number is compared with.
    pub(super) fn bind_conditions(&mut self) -> Step {
        let mut conditions = std::mem::take(&mut self.conditions);
        for condition in &mut conditions {
            self.bind(condition);
        }
        self.drop_weak_sales();
        let mut kept: Vec<Condition> = Vec::new();
        for mut condition in conditions {
            if condition.metric.is_none()
                && let Some(sibling) = kept.iter().find(|c| c.op_at == condition.op_at)
            {
                condition.metric = sibling.metric;
            }
            kept.push(condition);
        }
        // "entre A y B" names its figure after the second number.
        for k in (0..kept.len()).rev() {
            let Some(condition) = kept.get(k).copied() else { continue };
            if condition.metric.is_none() {
                let sibling = kept.iter().find(|c| c.op_at == condition.op_at && c.metric.is_some());
                let metric = sibling.and_then(|c| c.metric);
                if let Some(slot) = kept.get_mut(k) {
                    slot.metric = metric;
                }
            }
        }
        for condition in kept {
            self.keep_condition(condition)?;
        }
        Ok(())
    }

    fn bind(&mut self, condition: &mut Condition) {
        if matches!(self.sense(condition.at), Some(Sense::Once | Sense::MoreThanOnce)) {
            condition.metric = Some(Metric::Distinct(Dim::Document));
            return;
        }
        // "con ventas > 5, ciudad …": a comma ends what the number is about.
        let goes_on = self.word(condition.at.saturating_add(1)) != ",";
        if let Some(next) = self.next_past_in(condition.at).filter(|_| goes_on) {
            match self.sense(next) {
                Some(Sense::Metric(metric)) => {
                    self.release_metric(next);
                    condition.metric = Some(self.counted_metric(*metric, condition));
                    return;
                }
                // "más de 3 meses": a stretch of time is no amount.
                Some(Sense::Dim(dim, _)) if dim.is_calendar() => {
                    condition.unbound = true;
                    return;
                }
                Some(Sense::Dim(dim, _)) if !dim.is_calendar() && !condition.money && !condition.percent => {
                    self.take(next);
                    self.dims.retain(|d| d.at != next);
                    condition.metric = Some(Metric::Distinct(*dim));
                    return;
                }
                Some(Sense::Returns) if condition.money => condition.metric = Some(Metric::Sales),
                _ => {}
            }
        }
        let Some(before) = self.previous(condition.op_at) else { return };
        let in_pesos = condition.money || condition.value >= Decimal::from(100_000);
        let count = self.previous(before).filter(|k| self.sense(*k) == Some(&Sense::Count));
        match self.sense(before) {
            // "invoices over 3 million": by their sales, unless their number is named.
            Some(Sense::Metric(Metric::Distinct(Dim::Document)))
                if in_pesos && count.is_none() && !self.names_a_number(before) => {}
            Some(Sense::Metric(metric)) => {
                self.release_metric(before);
                if let Some(count) = count {
                    self.take(count);
                }
                condition.metric = Some(self.metric_as_read(*metric));
            }
            // "con número de ciudades > 5"
            Some(Sense::Dim(dim, _)) if count.is_some() => {
                self.take(before);
                if let Some(count) = count {
                    self.take(count);
                }
                self.dims.retain(|d| d.at != before);
                condition.metric = Some(Metric::Distinct(*dim));
            }
            Some(Sense::Net) => condition.metric = Some(Metric::NetSales),
            Some(Sense::WithDiscount) => {
                self.take(before);
                condition.metric = Some(Metric::Discount);
            }
            Some(Sense::Sell | Sense::Buy | Sense::Sold) => {
                let in_pesos = condition.money || condition.value >= Decimal::from(100_000);
                if in_pesos && !condition.percent {
                    condition.metric = Some(Metric::Sales);
                }
            }
            _ => {}
        }
    }

    /// Whether a figure's phrase says that it is a number of things: "número de facturas", not "facturas".
    fn names_a_number(&self, at: usize) -> bool {
        let first = self.word(at).split(' ').next().unwrap_or_default();
        !matches!(Lexicon::builtin().sense_of(first), Some(Sense::Metric(_)))
    }

    /// "más de 5 compras" counts documents; "más de 5 millones en compras" is an amount.
    fn counted_metric(&self, metric: Metric, condition: &Condition) -> Metric {
        let number_before_noun = condition.at + 1 < self.input.chunks.len()
            && matches!(self.sense(condition.at + 1), Some(Sense::Metric(_)));
        let counts = metric == Metric::Sales
            && number_before_noun
            && !condition.money
            && !condition.percent
            && condition.value < Decimal::from(100_000);
        if counts { Metric::Distinct(Dim::Document) } else { self.metric_as_read(metric) }
    }

    fn metric_as_read(&self, metric: Metric) -> Metric {
        let net = self.has(&Sense::Net) && metric == Metric::Sales;
        if net { Metric::NetSales } else { metric }
    }

    /// A figure that belongs to a condition is not asked for by itself.
    fn release_metric(&mut self, at: usize) {
        self.take(at);
        self.metrics.retain(|(_, i)| *i != at);
    }

    /// Puts a bound condition where it belongs: on lines or on groups.
    fn keep_condition(&mut self, mut condition: Condition) -> Step {
        if condition.unbound {
            return Err(Verdict::Left(vec![condition.at]));
        }
        let line = match condition.metric {
            Some(Metric::Discount) if condition.percent || !condition.money => Some(LineColumn::DiscountPct),
            Some(Metric::AvgDiscountPct) if !self.has_head() => Some(LineColumn::DiscountPct),
            Some(Metric::AvgUnitPrice) if !self.has_head() => Some(LineColumn::UnitPrice),
            Some(Metric::AvgCreditDays) if !self.has_head() => Some(LineColumn::CreditDays),
            Some(Metric::Vat) if condition.percent => Some(LineColumn::VatRate),
            _ => None,
        };
        if let Some(column) = line {
            let filter = Filter::Line { column, op: condition.op, value: condition.value };
            self.filters.push((filter, condition.at));
            return Ok(());
        }
        if condition.metric.is_none() {
            let in_pesos = condition.money || condition.value >= Decimal::from(100_000);
            condition.metric = match self.metrics.as_slice() {
                [(Metric::Distinct(Dim::Document), _)] if in_pesos => Some(Metric::Sales),
                [(only, _)] if !condition.percent => Some(*only),
                [] if condition.money || condition.value >= Decimal::from(1_000_000) => Some(Metric::Sales),
                _ => None,
            };
        }
        let Some(metric) = condition.metric else {
            return Err(Verdict::Clarify(Reason::NoMetric, Vec::new()));
        };
        let percent_metric = matches!(metric, Metric::MarginPct | Metric::AvgDiscountPct);
        let counts = matches!(metric, Metric::Units | Metric::Distinct(_));
        let clash = (condition.percent && !percent_metric) || (condition.money && (percent_metric || counts));
        if clash {
            return Err(Verdict::Left(vec![condition.at]));
        }
        condition.metric = Some(metric);
        self.conditions.push(condition);
        Ok(())
    }

    fn has_head(&self) -> bool {
        self.dims.iter().any(|d| !matches!(d.dim, Dim::Document))
    }

    /// The figure asked for, or the one that the verbs and the form of the question imply.
    pub(super) fn implied_metric(&self) -> Option<Metric> {
        let ranked = self.rank.is_some();
        if self.scope == Scope::Returns {
            return Some(Metric::Sales);
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
