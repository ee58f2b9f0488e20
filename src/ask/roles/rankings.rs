//! Rankings, and the best of each group.

use super::{DimUse, Ranking, Reason, Role, Roles, Verdict};
use crate::ask::chunk::Atom;
use crate::ask::intent::{Filter, Intent, Scope, Shape, Sort};
use crate::ask::lexicon::{GrammarNumber, Sense};
use crate::model::{Dim, Metric};

impl Roles<'_> {
    /// "la factura más alta": a ranking of documents by sales.
    pub(super) fn ranked_document(&mut self) {
        let heads = self.dims.iter().any(|d| d.role == Role::Head);
        let documents = Metric::Distinct(Dim::Document);
        // "la venta más grande" is one invoice, "las ventas más altas" may be anything's.
        let one_sale = |metric: Metric, at: usize| {
            metric == Metric::Sales && matches!(self.word(at), "venta" | "sale" | "compra")
        };
        if let (Some(rank), false, [(metric, at)]) = (self.rank, heads, self.metrics.as_slice())
            && (*metric == documents || one_sale(*metric, *at))
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

    /// "facturas de más de 5 millones": documents by their sales.
    pub(super) fn read_documents_by_amount(&mut self) {
        let documents = Metric::Distinct(Dim::Document);
        let amounts = !self.conditions.is_empty()
            && self.conditions.iter().all(|c| {
                matches!(c.metric, Some(Metric::Sales | Metric::NetSales | Metric::Profit | Metric::Units))
            });
        let [(metric, at)] = self.metrics[..] else { return };
        if metric != documents
            || !amounts
            || at == usize::MAX
            || self.dims.iter().any(|d| d.role == Role::Head)
        {
            return;
        }
        let counted = ["cuant", "how many", "number of", "numero de", "cantidad de"]
            .iter()
            .any(|w| self.word(at).contains(w))
            || self.previous(at).is_some_and(|k| self.sense(k) == Some(&Sense::Count));
        let role = if counted { Role::Counted } else { Role::Head };
        self.metrics.clear();
        self.take_all(&Sense::Count);
        self.dims.push(DimUse { dim: Dim::Document, number: GrammarNumber::Many, at, role });
    }

    pub(super) fn ranking(
        &mut self,
        intent: &mut Intent,
        rank: Ranking,
        heads: &[Dim],
        groups: &[Dim],
    ) -> Result<(), Verdict> {
        let in_money = self.in_money() || self.has(&Sense::Total);
        // Goods may be returned in pesos or in pieces; of people and places it is the amount.
        let goods = heads.is_empty() || heads.iter().any(|d| d.is_goods() || *d == Dim::Supplier);
        if self.scope == Scope::Returns && self.metrics.is_empty() && !in_money && goods {
            return Err(Verdict::Clarify(Reason::WhichReading, self.return_choices()));
        }
        let metric = match self.ranked_by_verb(&intent.metrics) {
            Some(metric) => {
                intent.metrics.retain(|m| *m != metric);
                intent.metrics.insert(0, metric);
                metric
            }
            None => self.ranked_metric(&intent.metrics)?,
        };
        self.ranked_against(heads)?;
        self.person_best_seller(heads)?;
        // "las dos primeras semanas" stand first in the calendar, not in sales.
        let in_order = self.word(rank.at).starts_with("primer") || self.word(rank.at) == "first";
        // "el almacén principal" may be one's name for it.
        let main = self.word(rank.at).starts_with("principal") || self.word(rank.at) == "main";
        if main && heads == [Dim::Warehouse] && rank.n.is_none() {
            return Err(Verdict::Clarify(Reason::WhichReading, self.by_choices()));
        }
        let in_order = in_order || matches!(self.sense(rank.at), Some(Sense::Nth(_)));
        if in_order && heads.iter().any(|d| d.is_calendar()) {
            return Err(Verdict::Left(vec![rank.at]));
        }
        // "el primer cliente de mayo" may be the first to buy.
        let by_figure = !self.metrics.is_empty()
            || [Sense::Sell, Sense::Sold, Sense::Buy].iter().any(|verb| self.has(verb));
        let one = self.dims.iter().any(|d| d.role == Role::Head && d.number == GrammarNumber::One);
        if in_order && one && !by_figure {
            return Err(Verdict::Clarify(Reason::WhichReading, self.by_choices()));
        }
        intent.sort = Some(Sort { metric, direction: rank.direction });
        if let Some(place) = rank.place {
            return self.placed(intent, place, heads, groups);
        }
        match (heads, groups) {
            ([], []) => {
                let amounts = intent.metrics.iter().all(|m| matches!(m, Metric::Units | Metric::Sales));
                let counted = rank.n.filter(|_| amounts && self.goods_filter());
                match counted.or_else(|| self.ranked_class(rank)) {
                    Some(n) => {
                        intent.dims = vec![Dim::Product];
                        intent.limit = Some(n);
                        Ok(())
                    }
                    None => self.best_sellers(intent, rank),
                }
            }
            ([], [only]) => {
                intent.dims = vec![*only];
                intent.limit = if rank.all { None } else { rank.n };
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
                if let Some(choices) = self.figures_by_time_of_the_best(rank) {
                    return Err(Verdict::Clarify(Reason::WhichReading, choices));
                }
                intent.dims = groups.iter().copied().chain([*head]).collect();
                intent.shape = Shape::TopPerGroup { n };
                Ok(())
            }
            _ => Err(Verdict::Clarify(Reason::WhichReading, Vec::new())),
        }
    }

    /// "ventas mensuales de los 3 mejores clientes": the best of all may be meant, month by month,
    /// and not those of each month. Returns the question that means the latter.
    fn figures_by_time_of_the_best(&self, rank: Ranking) -> Option<Vec<String>> {
        const ADJECTIVES: [&str; 12] = [
            "diari",
            "semanal",
            "mensual",
            "trimestral",
            "semestral",
            "anual",
            "daily",
            "weekly",
            "monthly",
            "quarterly",
            "yearly",
            "annual",
        ];
        let told = |d: &&DimUse| {
            d.dim.is_calendar() && d.at < rank.at && ADJECTIVES.iter().any(|a| self.word(d.at).starts_with(a))
        };
        let time = self.dims.iter().find(told)?;
        let chunk = self.input.chunks.get(time.at)?;
        let each = match (time.dim, self.input.spanish) {
            (Dim::Day, true) => "en cada día",
            (Dim::Week, true) => "en cada semana",
            (Dim::Month, true) => "en cada mes",
            (Dim::Quarter, true) => "en cada trimestre",
            (Dim::Year, true) => "en cada año",
            (Dim::Day, false) => "in each day",
            (Dim::Week, false) => "in each week",
            (Dim::Month, false) => "in each month",
            (Dim::Quarter, false) => "in each quarter",
            (Dim::Year, false) => "in each year",
            _ => return Some(Vec::new()),
        };
        let without = self.rewritten(chunk.span.clone(), "");
        Some(vec![format!("{} {each}", without.trim_end_matches(['?', '.', '!', ' ']))])
    }

    /// "las 5 marcas que más venden y su utilidad": the verb orders, the figure is shown beside it.
    fn ranked_by_verb(&self, metrics: &[Metric]) -> Option<Metric> {
        let rank = self.rank?;
        let verb = |k: Option<usize>| {
            k.is_some_and(|k| matches!(self.sense(k), Some(Sense::Sell | Sense::Sold | Sense::Buy)))
        };
        let beside = self.sense(rank.at) == Some(&Sense::Sold)
            || verb(self.next(rank.at))
            || verb(self.previous(rank.at));
        let added = self.metrics.iter().all(|(_, i)| {
            *i != usize::MAX && self.previous(*i).is_some_and(|k| self.sense(k) == Some(&Sense::And))
        });
        let implied = self.implied_metric()?;
        (beside && added && !metrics.is_empty() && !metrics.contains(&implied)).then_some(implied)
    }

    /// "marcas con más ventas que Bosch" compares with one of the ranked, which no ranking does.
    fn ranked_against(&self, heads: &[Dim]) -> Result<(), Verdict> {
        let one = self.filters.iter().find(|(f, _)| {
            matches!(f, Filter::In { dim, values, negated: false } if heads.contains(dim) && values.len() == 1)
        });
        one.map_or(Ok(()), |(_, at)| Err(Verdict::Left(vec![*at])))
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
        // "por ventas", "por número de ciudades"; the last one, "por" may also group before it.
        let after_por = self.metrics.iter().rfind(|(metric, _)| {
            self.all(|_| true).into_iter().any(|i| {
                let names = match self.sense(i) {
                    Some(Sense::Metric(m)) => m == metric,
                    Some(Sense::Dim(dim, _)) => *metric == Metric::Distinct(*dim),
                    _ => false,
                };
                let before = self.previous(i).map(|k| {
                    if self.sense(k) == Some(&Sense::Count) { self.previous(k).unwrap_or(k) } else { k }
                });
                let counted = self.previous(i).is_some_and(|k| self.sense(k) == Some(&Sense::Count));
                let noun = matches!(self.sense(i), Some(Sense::Dim(..)));
                names
                    && (counted || !noun)
                    && before.is_some_and(|k| matches!(self.sense(k), Some(Sense::Por | Sense::Group)))
            })
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
        const PARTICIPLES: [&str; 7] =
            ["vendid", "movid", "despachad", "selling", "seller", "most sold", "least sold"];
        let participle = sold.iter().any(|i| PARTICIPLES.iter().any(|p| self.word(*i).contains(p)));
        // "facturar" counts pesos, not pieces.
        let bills = self
            .places(&Sense::Sell)
            .iter()
            .any(|i| self.word(*i).contains("factur") || self.word(*i).contains("bill"));
        let sells = !bills && (self.sells() || (!sold.is_empty() && !participle));
        let place = heads.iter().any(|d| !d.is_goods() && *d != Dim::Supplier && !d.is_calendar());
        let class_participle = participle || sold.iter().any(|i| self.word(*i).starts_with("se "));
        let class =
            heads.iter().any(|d| matches!(d, Dim::Brand | Dim::Category | Dim::Subcategory | Dim::Supplier));
        if (place && participle) || (class && sells && !class_participle) {
            return Err(Verdict::Clarify(Reason::WhichReading, self.by_choices()));
        }
        Ok(())
    }

    pub(super) fn by_choices(&self) -> Vec<String> {
        let text = self.input.text.trim_end_matches(['?', '.', '!', ' ']);
        let by = if self.input.spanish { ["por ventas", "por unidades"] } else { ["by sales", "by units"] };
        by.iter().map(|b| format!("{text} {b}")).collect()
    }

    /// "los taladros más vendidos", "best selling drills", "top 5 paints by profit": the goods of
    /// a class are ranked; how many of them, as the noun's number says.
    fn ranked_class(&self, rank: Ranking) -> Option<u32> {
        let class = |(f, _): &&(Filter, usize)| matches!(f, Filter::In { dim: Dim::Category | Dim::Subcategory, values, negated: false } if values.len() == 1);
        let (_, at) = self.filters.iter().find(class)?;
        let led_in = at.checked_sub(1).is_some_and(|k| {
            matches!(self.sense(k), Some(Sense::In | Sense::Group | Sense::Por))
                || self.word(k).starts_with("de")
        });
        // Between the noun and the word that orders stand only values, verbs and binding words.
        let (from, to) = if rank.at < *at { (rank.at + 1, *at) } else { (*at + 1, rank.at) };
        let near = (from..to).all(|k| {
            self.binds(k)
                || matches!(self.sense(k), Some(Sense::Sell | Sense::Sold | Sense::Buy | Sense::Which))
                || matches!(self.atom(k), Some(Atom::Value(_) | Atom::Number(_)))
        });
        // "¿dónde se vende más cemento?" ranks places.
        let place_or_time = self.has(&Sense::When)
            || (0..self.input.chunks.len()).any(|k| matches!(self.word(k), "donde" | "where"));
        if led_in || !near || rank.all || place_or_time {
            return None;
        }
        let many = self.word(*at).split(' ').next().is_some_and(|w| w.ends_with('s'));
        rank.n.or(Some(if many { 10 } else { 1 }))
    }

    fn goods_filter(&self) -> bool {
        self.filters.iter().any(|(f, _)| {
            matches!(f, Filter::In { dim: Dim::Category | Dim::Subcategory | Dim::Brand, negated: false, .. })
        })
    }
}
