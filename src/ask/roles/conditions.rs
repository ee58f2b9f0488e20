//! The numbers that figures, lines and days are compared with: "más de N", "entre N y M", "al menos N".

use super::{Condition, Roles};
use crate::ask::chunk::Atom;
use crate::ask::intent::{Filter, LineColumn, Op};
use crate::ask::lexicon::Sense;
use crate::ask::numbers::Number;
use crate::ask::time::{Grain, TimeRange};
use crate::model::{Dim, Metric};
use rust_decimal::Decimal;

/// A number that is neither money nor a percentage.
fn plain(value: Decimal) -> Number {
    Number { value, money: false, percent: false }
}

impl Roles<'_> {
    pub(super) fn number(&self, i: Option<usize>) -> Option<(usize, Number)> {
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
            // "a 30 días", "a 30 días de plazo"
            let days = matches!(self.sense(at + 1), Some(Sense::Dim(Dim::Day, _))) || self.is_term(at + 1);
            if days && !number.money && !number.percent {
                self.take(at);
                self.take(at + 1);
                let beside = [self.previous(at), self.next(at + 1)];
                for named in beside.into_iter().flatten() {
                    if self.is_term(named) {
                        self.take(named);
                    }
                }
                let filter =
                    Filter::Line { column: LineColumn::CreditDays, op: Op::Equal, value: number.value };
                self.filters.push((filter, at));
            }
        }
    }

    /// "llevan más de 60 días sin comprar" is a time, not an amount.
    fn read_absence(&mut self, op: Op, number: Number, at: usize, op_at: usize) -> bool {
        let absent = self.has(&Sense::NotBought) || self.has(&Sense::NotSold) || self.has(&Sense::Inactive);
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
}
