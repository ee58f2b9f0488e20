//! Totals, lists, series, averages, counts with conditions.

use super::shapes::Shaped;
use super::{DimUse, Reason, Role, Roles, Verdict};
use crate::ask::chunk::Atom;
use crate::ask::intent::{Scope, Shape};
use crate::ask::lexicon::{GrammarNumber, Sense};
use crate::ask::restate::names::dim_one;
use crate::ask::time::TimeSense;
use crate::i18n::Lang;
use crate::model::{Dim, Metric};

impl Roles<'_> {
    /// "promedio diario", "promedio por mes": an average of a total per unit.
    fn average_per(&mut self) -> Result<Option<Dim>, Verdict> {
        if !self.take_all(&Sense::Average) {
            return Ok(None);
        }
        let units: Vec<Dim> = self
            .dims_as(&[Role::Group, Role::Each, Role::Head])
            .into_iter()
            .filter(|d| d.is_calendar() || matches!(d, Dim::Customer | Dim::Document))
            .collect();
        let [unit] = units.as_slice() else {
            return Err(Verdict::Clarify(Reason::WhichReading, self.average_choices()));
        };
        self.dims.retain(|d| d.dim != *unit);
        Ok(Some(*unit))
    }

    fn average_choices(&self) -> Vec<String> {
        let text = self.input.text.trim_end_matches(['?', '.', '!', ' ']);
        let units = if self.input.spanish {
            ["por día", "por mes", "por factura"]
        } else {
            ["per day", "per month", "per invoice"]
        };
        units.iter().map(|u| format!("{text} {u}")).collect()
    }

    /// Totals, lists, series, rankings, the best of each group, counts with conditions.
    pub(super) fn grouped(&mut self) -> Shaped {
        let dated = self.metrics.iter().any(|(m, _)| matches!(m, Metric::LastDate | Metric::FirstDate));
        if dated {
            self.take_all(&Sense::When);
        }
        let per = self.average_per()?;
        self.evolution()?;
        self.ranked_document();
        let time = self.one_time()?;
        let heads = self.dims_as(&[Role::Head]);
        let groups = self.dims_as(&[Role::Group, Role::Each]);
        let counted = self.dims_as(&[Role::Counted]);
        if let ([dim], false, [(Metric::Distinct(of), _)]) =
            (counted.as_slice(), self.conditions.is_empty(), self.metrics.as_slice())
            && dim == of
            && heads.is_empty()
            && groups.is_empty()
        {
            let mut intent = self.base_intent(Vec::new());
            intent.shape = Shape::CountGroups;
            intent.dims = vec![*dim];
            intent.time = time;
            return Ok(intent);
        }
        self.ambiguous_count(&counted)?;
        let heads = self.bought_products(heads);
        self.verb_without_amount(&heads, &groups)?;
        let mut metrics = self.figures()?;
        if metrics.is_empty() {
            metrics = self.listed_figures(&heads)?;
        }
        for condition in &self.conditions {
            if let Some(metric) = condition.metric
                && !metrics.contains(&metric)
            {
                metrics.push(metric);
            }
        }
        let mut intent = self.base_intent(metrics);
        intent.per = per;
        intent.time = time;
        if let Some(rank) = self.rank {
            self.ranking(&mut intent, rank, &heads, &groups)?;
            return Ok(intent);
        }
        self.unclear_heads(&heads)?;
        intent.dims = groups.into_iter().chain(heads).collect();
        if !intent.having.is_empty() && intent.dims.is_empty() {
            return Err(Verdict::Clarify(Reason::WhichReading, Vec::new()));
        }
        Ok(intent)
    }

    /// "¿qué compró X?" asks for products.
    fn bought_products(&mut self, heads: Vec<Dim>) -> Vec<Dim> {
        let asks_what = self.places(&Sense::Buy).iter().any(|i| {
            (0..*i)
                .rev()
                .find(|k| {
                    !matches!(self.sense(*k), Some(Sense::Function | Sense::Clitic | Sense::Filler))
                        && !matches!(self.atom(*k), Some(Atom::Value(_)))
                })
                .is_some_and(|k| {
                    k <= 1
                        && matches!(self.sense(k), Some(Sense::That | Sense::Which | Sense::HowMuch))
                        && matches!(self.word(k), "que" | "what" | "what did" | "q" | "ke" | "k")
                })
        });
        if asks_what
            && heads.is_empty()
            && self.metrics.is_empty()
            && self.dims.is_empty()
            && self.rank.is_none()
        {
            self.dims.push(DimUse {
                dim: Dim::Product,
                number: GrammarNumber::Many,
                at: 0,
                role: Role::Head,
            });
            return vec![Dim::Product];
        }
        heads
    }

    /// A verb alone ("qué vendimos en mayo") names no amount unless "cuánto" does.
    fn verb_without_amount(&self, heads: &[Dim], groups: &[Dim]) -> Result<(), Verdict> {
        let verb = self.sells() || self.has(&Sense::Buy) || self.has(&Sense::Sold);
        let bare = self.metrics.is_empty() && heads.is_empty() && groups.is_empty() && self.rank.is_none();
        let amount = self.has(&Sense::HowMuch) || self.has(&Sense::Total) || self.has(&Sense::Average);
        let what = self.places(&Sense::HowMuch).iter().any(|i| self.word(*i) == "what did");
        let kinds = self.has(&Sense::Credit) || self.has(&Sense::Cash) || self.scope == Scope::Returns;
        if verb && bare && (!amount || what) && !kinds { Err(self.no_metric()) } else { Ok(()) }
    }

    /// A list without a figure ("¿qué marcas vendemos?", "productos que compró X") shows sales.
    fn listed_figures(&self, heads: &[Dim]) -> Result<Vec<Metric>, Verdict> {
        if let Some(condition) = self.conditions.first()
            && let Some(metric) = condition.metric
            && !heads.is_empty()
        {
            return Ok(vec![metric]);
        }
        Err(self.no_metric())
    }

    /// "cuántos productos vendimos" may mean units or different products.
    fn ambiguous_count(&self, counted: &[Dim]) -> Result<(), Verdict> {
        let sells = self.has(&Sense::Sell) || self.has(&Sense::Sold);
        if counted == [Dim::Product] && sells && !self.has(&Sense::Different) {
            let questions = self
                .places(&Sense::Count)
                .first()
                .and_then(|i| {
                    let from = self.input.chunks.get(*i)?.span.start;
                    let to = self
                        .dims
                        .iter()
                        .find(|d| d.dim == Dim::Product)
                        .and_then(|d| self.input.chunks.get(d.at))?
                        .span
                        .end;
                    let said = if self.input.spanish {
                        ["cuántas unidades", "cuántos productos distintos"]
                    } else {
                        ["how many units", "how many different products"]
                    };
                    Some(said.iter().map(|s| self.rewritten(from..to, s)).collect())
                })
                .unwrap_or_default();
            return Err(Verdict::Clarify(Reason::WhichReading, questions));
        }
        Ok(())
    }

    /// "evolución de las ventas": by month, or by day within a month.
    fn evolution(&mut self) -> Result<(), Verdict> {
        if !self.take_all(&Sense::Evolution) {
            return Ok(());
        }
        if self.dims.iter().any(|d| d.dim.is_calendar()) {
            return Ok(());
        }
        let short = self.time_chunks().iter().any(|(_, t)| match t {
            TimeSense::Range(r) | TimeSense::Since(r) => r.days() < 80,
            _ => false,
        });
        if short {
            return Err(Verdict::Clarify(
                Reason::WhichReading,
                self.average_choices().into_iter().take(2).collect(),
            ));
        }
        self.dims.push(DimUse {
            dim: Dim::Month,
            number: GrammarNumber::One,
            at: usize::MAX,
            role: Role::Group,
        });
        Ok(())
    }

    /// "ventas de los clientes de Neiva": a total or by customer? "ventas del producto": which?
    fn unclear_heads(&self, heads: &[Dim]) -> Result<(), Verdict> {
        let listed = !self.conditions.is_empty();
        for d in self.dims.iter().filter(|d| d.role == Role::Head && heads.contains(&d.dim)) {
            let asked = self.previous(d.at).is_none_or(|k| {
                matches!(self.sense(k), Some(Sense::Which | Sense::Who | Sense::Filler | Sense::In))
            });
            let first = self.metrics.iter().all(|(_, i)| *i > d.at);
            if listed || (asked && first && d.number == GrammarNumber::Many) {
                continue;
            }
            if first && d.number == GrammarNumber::One && self.word(d.at.saturating_sub(1)).starts_with("qu")
            {
                continue;
            }
            let questions = self.input.chunks.get(d.at).map(|c| {
                let noun = dim_one(if self.input.spanish { Lang::Es } else { Lang::En }, d.dim);
                let by = if self.input.spanish { "por cada" } else { "for each" };
                vec![self.rewritten(c.span.clone(), &format!("{by} {noun}"))]
            });
            return Err(Verdict::Clarify(Reason::WhichReading, questions.unwrap_or_default()));
        }
        Ok(())
    }
}
