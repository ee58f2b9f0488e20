//! Lists of members: what is listed, with which figure, and where that is unclear.

use super::{DimUse, Reason, Role, Roles, Verdict};
use crate::ask::lexicon::{GrammarNumber, Sense};
use crate::ask::restate::names::dim_one;
use crate::i18n::Lang;
use crate::model::{Dim, Metric};

impl Roles<'_> {
    /// "lista de facturas de ayer": the documents, not their number.
    pub(super) fn read_list_of_documents(&mut self) {
        let [(Metric::Distinct(Dim::Document), at)] = self.metrics[..] else { return };
        let listed = at.checked_sub(1).is_some_and(|k| {
            let word = self.word(k);
            ["lista", "listado", "list"].iter().any(|w| word.split(' ').any(|part| part == *w))
        });
        if listed && self.dims.is_empty() && self.rank.is_none() && self.word(at).ends_with('s') {
            self.metrics = vec![(Metric::Sales, at)];
            let number = GrammarNumber::Many;
            self.dims.push(DimUse { dim: Dim::Document, number, at, role: Role::Group });
        }
    }

    /// A list without a figure ("¿qué marcas vendemos?", "productos que compró X") shows sales.
    pub(super) fn listed_figures(&self, heads: &[Dim]) -> Result<Vec<Metric>, Verdict> {
        if let Some(condition) = self.conditions.first()
            && let Some(metric) = condition.metric
            && !heads.is_empty()
        {
            return Ok(vec![metric]);
        }
        let listed = self.dims.iter().filter(|d| d.role == Role::Head && heads.contains(&d.dim)).all(|d| {
            let asked = self
                .previous(d.at)
                .is_some_and(|k| self.sense(k) == Some(&Sense::Which) || self.word(k).contains("list"));
            let led = (0..d.at).any(|k| self.word(k).starts_with("cuales") || self.word(k).contains("list"));
            // "muéstrame los clientes de Neiva"
            let shown = !self.filters.is_empty()
                && self.all(|_| true).into_iter().take(d.at).all(|k| self.binds(k))
                && (0..d.at).any(|k| self.sense(k) == Some(&Sense::Filler));
            d.number == GrammarNumber::Many && (asked || led || shown)
        });
        if listed && heads.len() == 1 && self.rank.is_none() {
            return Ok(vec![Metric::Sales]);
        }
        Err(self.no_metric())
    }

    /// "ventas de los clientes de Neiva": a total or by customer? "ventas del producto": which?
    pub(super) fn unclear_heads(&self, heads: &[Dim]) -> Result<(), Verdict> {
        let listed = !self.conditions.is_empty();
        for d in self.dims.iter().filter(|d| d.role == Role::Head && heads.contains(&d.dim)) {
            let asked = self.previous(d.at).is_none_or(|k| {
                matches!(self.sense(k), Some(Sense::Which | Sense::Who | Sense::Filler | Sense::In))
            });
            let first = self.metrics.iter().all(|(_, i)| *i > d.at);
            if listed || (asked && first && d.number == GrammarNumber::Many) {
                continue;
            }
            if first
                && d.number == GrammarNumber::One
                && (self.word(d.at.saturating_sub(1)).starts_with("qu")
                    || self.sense(d.at) == Some(&Sense::Who))
            {
                continue;
            }
            let questions = self.input.chunks.get(d.at).map(|c| {
                let lang = if self.input.spanish { Lang::Es } else { Lang::En };
                let noun = dim_one(self.input.model, lang, d.dim);
                let by = if self.input.spanish { "por cada" } else { "for each" };
                vec![self.rewritten(c.span.clone(), &format!("{by} {noun}"))]
            });
            return Err(Verdict::Clarify(Reason::WhichReading, questions.unwrap_or_default()));
        }
        Ok(())
    }
}
