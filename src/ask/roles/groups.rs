//! Totals, lists, series, averages, counts with conditions.

use super::shapes::Shaped;
use super::{DimUse, Reason, Role, Roles, Verdict};
use crate::ask::chunk::Atom;
use crate::ask::intent::{Filter, Scope, Shape};
use crate::ask::lexicon::{GrammarNumber, Sense};
use crate::ask::time::TimeSense;
use crate::model::{Dim, Metric};

impl Roles<'_> {
    /// "promedio diario", "promedio por mes": an average of a total per unit.
    fn average_per(&mut self) -> Result<Option<Dim>, Verdict> {
        if !self.take_all(&Sense::Average) {
            return Ok(None);
        }
        self.average_per_document();
        let units: Vec<Dim> = self
            .dims_as(&[Role::Group, Role::Each, Role::Head])
            .into_iter()
            .filter(|d| d.is_calendar() || matches!(d, Dim::Customer | Dim::Document))
            .collect();
        let averages = |m: &Metric| {
            matches!(
                m,
                Metric::AvgTicket
                    | Metric::UnitsPerDocument
                    | Metric::AvgUnitPrice
                    | Metric::AvgDiscountPct
                    | Metric::AvgCreditDays
                    | Metric::MarginPct
                    | Metric::ReturnRate
            )
        };
        let averaged = !self.metrics.is_empty() && self.metrics.iter().all(|(m, _)| averages(m));
        let unit = match units.as_slice() {
            // "unidades por factura en promedio": it is an average already.
            [] if averaged => return Ok(None),
            // "promedio por día de la semana": of the days with that name.
            [Dim::Weekday] => return Ok(Some(Dim::Day)),
            [Dim::MonthOfYear] => return Ok(Some(Dim::Month)),
            [only] => *only,
            // "promedio mensual por cliente": of the months.
            [a, b] if a.is_calendar() != b.is_calendar() => {
                if a.is_calendar() {
                    *a
                } else {
                    *b
                }
            }
            // "promedio diario por mes": of the days, for each month.
            [a, b] if a.is_calendar() && b.is_calendar() => {
                let finer = |x: &Dim, y: &Dim| calendar_rank(*x) < calendar_rank(*y);
                if finer(a, b) { *a } else { *b }
            }
            _ => return Err(Verdict::Clarify(Reason::WhichReading, self.average_choices())),
        };
        self.dims.retain(|d| d.dim != unit);
        Ok(Some(unit))
    }

    /// "utilidad promedio por factura": documents are what it is averaged over.
    fn average_per_document(&mut self) {
        let documents = Metric::Distinct(Dim::Document);
        let found = self.metrics.iter().map(|(m, i)| (*m, *i)).find(|(m, i)| {
            let led = self
                .previous(*i)
                .is_some_and(|k| matches!(self.sense(k), Some(Sense::Por | Sense::Group | Sense::Each)));
            *m == documents && *i != usize::MAX && led
        });
        if let Some((_, at)) = found.filter(|_| self.metrics.len() > 1) {
            self.metrics.retain(|(_, i)| *i != at);
            if let Some(leader) = self.previous(at) {
                self.take(leader);
            }
            self.dims.push(DimUse { dim: Dim::Document, number: GrammarNumber::One, at, role: Role::Group });
        }
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
        let first = self.has(&Sense::FirstTime) || self.has(&Sense::First);
        if dated {
            self.take_all(&Sense::When);
        } else if first && self.has(&Sense::When) && self.metrics.is_empty() {
            // "¿cuándo fue su primera compra?"
            self.take_all(&Sense::When);
            self.take_all(&Sense::First);
            self.take_all(&Sense::FirstTime);
            self.rank = None;
            self.metrics.push((Metric::FirstDate, usize::MAX));
        }
        let per = self.average_per()?;
        self.evolution()?;
        self.ranked_document();
        self.day_of_the_week();
        self.which_day_or_month()?;
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
        self.every_period(&heads)?;
        self.ambiguous_count(&counted)?;
        let heads = self.bought_products(heads);
        self.verb_without_amount(&heads, &groups)?;
        let mut metrics = self.figures()?;
        let (heads, per_bucket) = self.members_by_period(heads, &groups, metrics.is_empty())?;
        metrics.extend(per_bucket);
        if metrics.is_empty() && self.one_value_in_a_time(&heads, &groups, time.is_some()) {
            metrics.push(Metric::Sales);
        }
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

    /// "clientes que compran todos los meses" asks who misses none, which no grouping says.
    fn every_period(&self, heads: &[Dim]) -> Result<(), Verdict> {
        let verb = self.has(&Sense::Buy) || self.has(&Sense::Sell) || self.has(&Sense::Sold);
        let every = (0..self.input.chunks.len()).find(|i| {
            let said = self.word(*i);
            (said.starts_with("todos los ") || said.starts_with("every ") || said.starts_with("cada "))
                && matches!(self.sense(*i), Some(Sense::Grain(_)))
                && (0..*i).any(|k| self.sense(k) == Some(&Sense::That) || self.word(k) == "who")
        });
        let members = heads.iter().any(|d| !d.is_calendar());
        match every.filter(|_| verb && members && self.rank.is_none() && self.metrics.is_empty()) {
            Some(at) => Err(Verdict::Left(vec![at])),
            None => Ok(()),
        }
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
                        && matches!(self.word(k), "que" | "what" | "what did" | "what do" | "what does" | "k")
                })
                // "what did X spend", "lo que compró X" ask for an amount.
                && !["spen", "gast"].iter().any(|w| self.word(*i).contains(w))
                && !(0..*i).any(|k| self.word(k) == "lo" && self.word(k + 1) == "que")
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
        let billed = self
            .places(&Sense::Sell)
            .iter()
            .any(|i| ["factur", "bill", "invoice"].iter().any(|w| self.word(*i).contains(w)));
        let amount = self.has(&Sense::HowMuch)
            || self.has(&Sense::Total)
            || self.has(&Sense::Average)
            || billed
            || self.in_money();
        let spends = self
            .places(&Sense::Buy)
            .iter()
            .any(|i| ["spen", "gast"].iter().any(|w| self.word(*i).contains(w)));
        let what = !spends
            && !self.in_money()
            && self
                .places(&Sense::HowMuch)
                .iter()
                .any(|i| matches!(self.word(*i), "what did" | "what do" | "what does"));
        let kinds = self.has(&Sense::Credit) || self.has(&Sense::Cash) || self.scope == Scope::Returns;
        if verb && bare && (!amount || what) && !kinds { Err(self.no_metric()) } else { Ok(()) }
    }

    /// "clientes por mes", "clientes por ciudad": how many in each.
    fn members_by_period(
        &self,
        heads: Vec<Dim>,
        groups: &[Dim],
        no_figure: bool,
    ) -> Result<(Vec<Dim>, Option<Metric>), Verdict> {
        let [head] = heads[..] else { return Ok((heads, None)) };
        let many = self.dims.iter().any(|d| d.dim == head && d.number == GrammarNumber::Many);
        let plain =
            no_figure && many && !groups.is_empty() && self.rank.is_none() && self.conditions.is_empty();
        if !plain || head.is_calendar() {
            return Ok((heads, None));
        }
        Ok((Vec::new(), Some(Metric::Distinct(head))))
    }

    /// "Neiva mayo", "Bosch 2024": one value and a time ask for the sales.
    fn one_value_in_a_time(&self, heads: &[Dim], groups: &[Dim], timed: bool) -> bool {
        let one = matches!(
            self.filters.as_slice(),
            [(Filter::In { values, negated: false, .. }, _)] if values.len() == 1
        );
        one && timed
            && heads.is_empty()
            && groups.is_empty()
            && self.rank.is_none()
            && self.conditions.is_empty()
            && !self.has(&Sense::Vague)
            && !self.has(&Sense::When)
    }

    /// "cuántos productos vendimos" may mean units or different products.
    fn ambiguous_count(&self, counted: &[Dim]) -> Result<(), Verdict> {
        let sells = self.has(&Sense::Sell) || self.has(&Sense::Sold);
        let references =
            self.dims.iter().any(|d| ["referencia", "sku"].iter().any(|w| self.word(d.at).contains(w)));
        if counted == [Dim::Product] && sells && !references && !self.has(&Sense::Different) {
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
}

/// The finer calendar unit has the lower rank.
fn calendar_rank(dim: Dim) -> u8 {
    match dim {
        Dim::Day => 0,
        Dim::Week => 1,
        Dim::Month => 2,
        Dim::Quarter => 3,
        Dim::HalfYear => 4,
        Dim::Year => 5,
        _ => 6,
    }
}
