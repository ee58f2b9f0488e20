//! Conditions on the VAT rate of the lines: "exentos de IVA", "gravados", "con IVA del 19 %".

use rust_decimal::Decimal;

use super::Roles;
use crate::ask::intent::{Filter, LineColumn, Op};
use crate::ask::lexicon::{GrammarNumber, Sense};
use crate::model::{Dim, Metric};

impl Roles<'_> {
    /// Reads them before other conditions: their numbers are rates, not limits.
    pub(super) fn read_tax_conditions(&mut self) {
        for i in 0..self.input.chunks.len() {
            let rate = self.number(self.next_past_in(i)).filter(|(_, number)| number.percent);
            let (op, value) = match (self.sense(i), rate) {
                (Some(Sense::Untaxed), _) => (Op::Equal, Decimal::ZERO),
                (Some(Sense::Taxed), None) => (Op::Over, Decimal::ZERO),
                (Some(Sense::Taxed | Sense::Gross), Some((_, rate))) => (Op::Equal, rate.value),
                (Some(Sense::Dim(Dim::VatRate, GrammarNumber::One)), Some((_, rate))) => {
                    (Op::Equal, rate.value)
                }
                // "ventas con IVA" is one phrase: it names the figure and the tax.
                (Some(Sense::Metric(Metric::Sales)), Some((at, rate))) if self.names_the_tax(i) => {
                    self.take(at);
                    self.push_rate(Op::Equal, rate.value, at);
                    continue;
                }
                _ => continue,
            };
            self.take(i);
            let at = match (self.sense(i), rate) {
                (Some(Sense::Untaxed), _) | (_, None) => i,
                (_, Some((at, _))) => at,
            };
            self.take(at);
            self.push_rate(op, value, at);
        }
    }

    fn push_rate(&mut self, op: Op, value: Decimal, at: usize) {
        self.filters.push((Filter::Line { column: LineColumn::VatRate, op, value }, at));
    }

    fn names_the_tax(&self, i: usize) -> bool {
        ["iva", "vat", "tax"].iter().any(|tax| self.word(i).split(' ').next_back() == Some(tax))
    }
}
