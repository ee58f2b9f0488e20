//! Rankings, and the best of each group.

use super::{DimUse, Ranking, Reason, Role, Roles, Verdict};
use crate::ask::intent::{Filter, Intent, Scope, Shape, Sort};
use crate::ask::lexicon::{GrammarNumber, Sense};
use crate::model::{Dim, Metric};

impl Roles<'_> {
    /// "la factura más alta": a ranking of documents by sales.
    pub(super) fn ranked_document(&mut self) {
        let heads = self.dims.iter().any(|d| d.role == Role::Head);
        let documents = Metric::Distinct(Dim::Document);
        if let (Some(rank), false, [(metric, at)]) = (self.rank, heads, self.metrics.as_slice())
            && *metric == documents
            && *at != usize::MAX
            && self.dims.is_empty()
            && (rank.at + 1 == *at || self.next(*at) == Some(rank.at) || self.previous(*at) == Some(rank.at))
        {
            let at = *at;
            let many = self.word(at).ends_with('s');
            let number = if many { GrammarNumber::Many } else { GrammarNumber::One };
            self.metrics = vec![(Metric::Sales, at)];
            self.dims.push(DimUse { dim: Dim::Document, number, at, role: Role::Head });
        }
    }

    pub(super) fn ranking(
        &mut self,
        intent: &mut Intent,
        rank: Ranking,
        heads: &[Dim],
        groups: &[Dim],
    ) -> Result<(), Verdict> {
        if self.scope == Scope::Returns && self.metrics.is_empty() {
            return Err(Verdict::Clarify(Reason::WhichReading, self.return_choices()));
        }
        let metric = self.ranked_metric(&intent.metrics)?;
        self.person_best_seller(heads)?;
        intent.sort = Some(Sort { metric, direction: rank.direction });
        match (heads, groups) {
            ([], []) => {
                let goods = self.goods_filter();
                if goods
                    && intent.metrics.iter().all(|m| matches!(m, Metric::Units | Metric::Sales))
                    && rank.n.is_some()
                {
                    intent.dims = vec![Dim::Product];
                    intent.limit = rank.n;
                    return Ok(());
                }
                Err(Verdict::Clarify(Reason::WhichReading, Vec::new()))
            }
            ([], [only]) => {
                intent.dims = vec![*only];
                intent.limit = if rank.all { None } else { rank.n.or(Some(10)) };
                if rank.n.is_none() && !rank.all {
                    return Err(Verdict::Clarify(Reason::WhichReading, Vec::new()));
                }
                Ok(())
            }
            ([head], []) => {
                intent.dims = vec![*head];
                intent.limit = self.rows(*head);
                Ok(())
            }
            ([head], groups) if !groups.contains(head) => {
                let Some(n) = self.rows(*head).filter(|_| !rank.all) else {
                    return Err(Verdict::Clarify(Reason::WhichReading, Vec::new()));
                };
                if rank.n.is_none() && n > 1 {
                    return Err(Verdict::Clarify(Reason::WhichReading, Vec::new()));
                }
                intent.dims = groups.iter().copied().chain([*head]).collect();
                intent.shape = Shape::TopPerGroup { n };
                Ok(())
            }
            _ => Err(Verdict::Clarify(Reason::WhichReading, Vec::new())),
        }
    }

    /// "más devoluciones" may be by value, by units or by number.
    fn return_choices(&self) -> Vec<String> {
        let text = self.input.text.trim_end_matches(['?', '.', '!', ' ']);
        let by = if self.input.spanish {
            ["por ventas", "por unidades", "por número de documentos"]
        } else {
            ["by sales", "by units", "by number of documents"]
        };
        by.iter().map(|b| format!("{text} {b}")).collect()
    }

    /// The figure that orders: the one after "por", or the only one.
    fn ranked_metric(&self, metrics: &[Metric]) -> Result<Metric, Verdict> {
        let after_por = self.metrics.iter().find(|(_, i)| {
            self.previous(*i).is_some_and(|k| matches!(self.sense(k), Some(Sense::Por | Sense::Group)))
        });
        match (after_por, metrics) {
            (Some((metric, _)), _) => Ok(*metric),
            (None, [only]) => Ok(*only),
            (None, [first, ..]) if self.metrics.len() <= 1 => Ok(*first),
            _ => Err(Verdict::Clarify(Reason::WhichReading, Vec::new())),
        }
    }

    /// "el vendedor más vendido" means nothing; "la marca que más vende" may be by value or by units.
    fn person_best_seller(&self, heads: &[Dim]) -> Result<(), Verdict> {
        if !self.metrics.is_empty() {
            return Ok(());
        }
        let sold = self.places(&Sense::Sold);
        let participle = sold.iter().any(|i| self.word(*i) != "sold");
        // "facturar" counts pesos, not pieces.
        let bills = self
            .places(&Sense::Sell)
            .iter()
            .any(|i| self.word(*i).contains("factur") || self.word(*i).contains("bill"));
        let sells = !bills && (self.sells() || (!sold.is_empty() && !participle));
        let place = heads.iter().any(|d| !d.is_goods() && *d != Dim::Supplier && !d.is_calendar());
        let class =
            heads.iter().any(|d| matches!(d, Dim::Brand | Dim::Category | Dim::Subcategory | Dim::Supplier));
        if (place && participle) || (class && sells && !participle) {
            return Err(Verdict::Clarify(Reason::WhichReading, self.by_choices()));
        }
        Ok(())
    }

    fn by_choices(&self) -> Vec<String> {
        let text = self.input.text.trim_end_matches(['?', '.', '!', ' ']);
        let by = if self.input.spanish { ["por ventas", "por unidades"] } else { ["by sales", "by units"] };
        by.iter().map(|b| format!("{text} {b}")).collect()
    }

    fn goods_filter(&self) -> bool {
        self.filters.iter().any(|(f, _)| {
            matches!(f, Filter::In { dim: Dim::Category | Dim::Subcategory | Dim::Brand, negated: false, .. })
        })
    }
}
