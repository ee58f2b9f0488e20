//! What each number is compared with: a figure of the groups, or a column of the lines.

use super::{Condition, Reason, Roles, Step, Verdict};
use crate::ask::intent::{Filter, LineColumn};
use crate::ask::lexicon::{Lexicon, Sense};
use crate::model::{Dim, Metric};
use rust_decimal::Decimal;

impl Roles<'_> {
    /// Finds what each number is compared with.
    pub(super) fn bind_conditions(&mut self) -> Step {
        let mut conditions = std::mem::take(&mut self.conditions);
        conditions.retain(|condition| !self.is_about_change(condition));
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
        // "productos que dejaron pérdida": their profit is below zero.
        let loses = ["perdid", "loss", "money"].iter().any(|w| self.word(condition.at).contains(w));
        if self.sense(condition.at) == Some(&Sense::Negative) && loses {
            condition.metric = Some(Metric::Profit);
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
        let percent_metric =
            matches!(metric, Metric::MarginPct | Metric::ReturnRate | Metric::AvgDiscountPct);
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
}
