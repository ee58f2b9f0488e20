//! Members that sold or bought and gave nothing back: "clientes sin devoluciones en 2025".

use super::{Reason, Role, Roles, Verdict};
use crate::ask::intent::{Intent, Scope, Shape};
use crate::ask::lexicon::{GrammarNumber, Sense};
use crate::model::{Dim, Metric};

impl Roles<'_> {
    /// The members without returns, or their number. Beside a figure, a rank or a group, "sin
    /// devoluciones" says which documents count, and is not read here.
    pub(super) fn unreturned(&mut self) -> Result<Option<Intent>, Verdict> {
        let verbs = self.places(&Sense::NotReturned);
        let negation = self.negated_returns().filter(|_| self.scope == Scope::BeforeReturns);
        let Some(said) = verbs.first().copied().or(negation) else { return Ok(None) };
        let members = match self.dims[..] {
            [d] if d.dim.value_column().is_some()
                && matches!(d.role, Role::Head | Role::Counted)
                && d.number == GrammarNumber::Many =>
            {
                Some(d.dim)
            }
            // "Bosch products without returns": the noun beside the value is listed here.
            [] => self.previous(said).and_then(|k| match self.sense(k) {
                Some(Sense::Dim(dim, GrammarNumber::Many)) if dim.value_column().is_some() => Some(*dim),
                _ => None,
            }),
            _ => None,
        };
        let other_figures = self.metrics.iter().any(|(metric, at)| {
            // "clientes con ventas y sin devoluciones": those that have any.
            let had = *metric == Metric::Sales
                && at.checked_sub(1).is_some_and(|k| matches!(self.word(k), "con" | "with"));
            !had && members.is_none_or(|dim| *metric != Metric::Distinct(dim))
        });
        let plain = !other_figures && self.rank.is_none() && self.conditions.is_empty();
        let noun = self.previous(said).and_then(|k| self.sense(k));
        let of_noun = matches!(noun, Some(Sense::Dim(_, GrammarNumber::Many))) && !other_figures;
        let Some(dim) = members.filter(|_| plain) else {
            return match (verbs.is_empty(), of_noun) {
                // "los 5 mejores clientes sin devoluciones": of those without any, or by sales before them?
                (true, true) => Err(Verdict::Clarify(Reason::WhichReading, Vec::new())),
                (true, false) => Ok(None),
                (false, _) => Err(Verdict::Left(verbs)),
            };
        };
        // "customers who did not return" may not have come back; "¿cuánto vendimos a clientes sin
        // devoluciones?" asks for an amount.
        let came_back = dim == Dim::Customer
            && self.places(&Sense::Returns).iter().any(|k| matches!(self.word(*k), "return" | "returned"));
        if came_back || self.has(&Sense::HowMuch) {
            return Err(Verdict::Clarify(Reason::WhichReading, Vec::new()));
        }
        let count = self.has(&Sense::Count) || self.dims.iter().any(|d| d.role == Role::Counted);
        for sense in [Sense::NotReturned, Sense::Count, Sense::Different] {
            self.take_all(&sense);
        }
        let time = self.one_time()?;
        let mut intent = self.base_intent(Vec::new());
        intent.scope = Scope::Sales;
        intent.dims = vec![dim];
        intent.time = time;
        intent.shape = Shape::Unreturned { count };
        Ok(Some(intent))
    }

    /// "sin devoluciones", "with no returns": the negation right before the returns.
    fn negated_returns(&self) -> Option<usize> {
        self.places(&Sense::Returns).into_iter().find_map(|at| {
            self.previous(at).filter(|k| matches!(self.sense(*k), Some(Sense::Without | Sense::Not)))
        })
    }
}
