//! The form of the answer, from the roles that were filled.

use super::{DimUse, Reason, Role, Roles, Verdict};
use crate::ask::chunk::Atom;
use crate::ask::intent::{Direction, Filter, Having, Intent, Scope, Shape};
use crate::ask::lexicon::{GrammarNumber, Sense};
use crate::ask::time::TimeSense;
use crate::model::{Dim, Metric};

/// An intent, or why there is none.
pub(super) type Shaped = Result<Intent, Verdict>;

impl Roles<'_> {
    /// Chooses the form and fills it.
    pub(super) fn shape(&mut self) -> Shaped {
        self.profitable()?;
        self.contradictions()?;
        self.read_counts();
        self.take_leaders();
        self.read_who();
        let class = self.abc_class();
        if self.has(&Sense::Abc) || class.is_some() {
            return self.abc(class);
        }
        if self.has(&Sense::TogetherWith) || (self.has(&Sense::Together) && !self.adds_up()?) {
            return self.together();
        }
        if let Some(intent) = self.unreturned()? {
            return Ok(intent);
        }
        self.never_sold()?;
        if let Some(intent) = self.idle()? {
            return Ok(intent);
        }
        if let Some(intent) = self.cohort()? {
            return Ok(intent);
        }
        if (self.has(&Sense::Share) || self.contributes()) && !self.share_returned() {
            return self.share();
        }
        if let Some(intent) = self.either()? {
            return Ok(intent);
        }
        if let Some(intent) = self.comparison()? {
            return Ok(intent);
        }
        if self.has(&Sense::Running) {
            return self.running();
        }
        self.grouped()
    }

    /// "how much of our profit do the top 10 customers represent?": where "how much" stands.
    pub(super) fn part_of_how_much(&self) -> Option<usize> {
        self.rank?;
        self.places(&Sense::HowMuch).into_iter().find(|i| {
            matches!(self.word(*i), "how much" | "cuanto" | "cuanta" | "que tanto")
                && matches!(self.word(*i + 1), "of" | "de" | "del")
        })
    }

    /// "how much does each warehouse contribute to sales?"
    fn contributes(&self) -> bool {
        let grouped = self.dims.iter().any(|d| matches!(d.role, Role::Each | Role::Group));
        let part = self.part_of_how_much().is_some();
        (grouped || part)
            && self
                .places(&Sense::ShareOf)
                .iter()
                .any(|i| ["contribu", "aport", "represent"].iter().any(|w| self.word(*i).contains(w)))
    }

    /// "rentable" may be by margin or by profit.
    fn profitable(&mut self) -> Result<(), Verdict> {
        if self.metrics.is_empty() && self.has(&Sense::ProfitMaker) {
            self.metrics.push((Metric::Profit, usize::MAX));
        }
        let makers = self.places(&Sense::ProfitMaker).first().copied();
        let Some(at) = self.places(&Sense::Profitable).first().copied().or(makers) else { return Ok(()) };
        let named = |(m, _): &(Metric, usize)| matches!(m, Metric::MarginPct | Metric::Profit);
        if let [figure] = self.metrics.as_slice()
            && named(figure)
        {
            // "los más rentables por margen"
            let least = self.word(at).contains("menos") || self.word(at).contains("least");
            let direction = if least { Direction::Asc } else { Direction::Desc };
            self.take(at);
            match &mut self.rank {
                Some(rank) if least => rank.direction = Direction::Asc,
                Some(_) => {}
                None => {
                    let n = self.free_number();
                    self.rank =
                        Some(super::Ranking { direction, n, all: false, both_ends: false, place: None, at });
                }
            }
            return Ok(());
        }
        let least = self.word(at).contains("menos") || self.word(at).contains("least");
        let said = match (self.input.spanish, least) {
            (true, false) => ["con mayor margen", "con mayor utilidad"],
            (true, true) => ["con menor margen", "con menor utilidad"],
            (false, false) => ["with the highest margin", "with the highest profit"],
            (false, true) => ["with the lowest margin", "with the lowest profit"],
        };
        let span = self.input.chunks.get(at).map_or(0..0, |c| c.span.clone());
        let questions = said.iter().map(|s| self.rewritten(span.clone(), s)).collect();
        Err(Verdict::Clarify(Reason::WhichReading, questions))
    }

    /// "¿quién vende más?" asks for a salesperson, "¿quién compra más?" for a customer.
    fn read_who(&mut self) {
        let Some(who) = self.places(&Sense::Who).first().copied() else { return };
        let headed = self.dims.iter().any(|d| d.role == Role::Head);
        if headed {
            self.take_all(&Sense::Who);
            return;
        }
        // "¿a quién le vendimos más?", "who did we sell the most to?"
        let sold_to = self.word(who).starts_with("a quien")
            || self.word(who) == "whom"
            || (self.has(&Sense::Sell)
                && (who + 1..self.input.chunks.len()).any(|k| self.word(k).split(' ').any(|w| w == "we")));
        // "¿quién dio más descuentos?"
        let gives = (0..self.input.chunks.len()).any(|k| {
            matches!(self.word(k), "dio" | "dieron" | "da" | "dan" | "otorgo" | "gave" | "gives" | "give")
        });
        let discounts = self.metrics.iter().any(|(m, _)| *m == Metric::Discount);
        let dim = if self.has(&Sense::Buy) || sold_to {
            Dim::Customer
        } else if self.sells() || self.has(&Sense::Sold) || (gives && discounts) {
            Dim::Salesperson
        } else {
            return;
        };
        let number =
            if self.word(who).contains("quienes") { GrammarNumber::Many } else { GrammarNumber::One };
        self.take_all(&Sense::Who);
        self.dims.push(DimUse { dim, number, at: who, role: Role::Head });
    }

    fn filters(&self) -> Vec<Filter> {
        self.filters.iter().map(|(f, _)| f.clone()).collect()
    }

    fn having(&self) -> Vec<Having> {
        self.conditions
            .iter()
            .filter_map(|c| c.metric.map(|metric| Having { metric, op: c.op, value: c.value }))
            .collect()
    }

    pub(super) fn no_metric(&self) -> Verdict {
        let text = self.input.text.trim_matches(['?', '¿', '.', '!', '¡', ' ']);
        let has_subject = !self.filters.is_empty()
            || !self.dims.is_empty()
            || !self.all(|a| matches!(a, Atom::Time(_))).is_empty();
        let names: &[&str] = if self.input.spanish {
            &["ventas", "utilidad", "unidades", "margen"]
        } else {
            &["sales", "profit", "units", "margin"]
        };
        let questions =
            if has_subject { names.iter().map(|n| format!("{n} {text}")).collect() } else { Vec::new() };
        Verdict::Clarify(Reason::NoMetric, questions)
    }

    /// The figures asked for or implied.
    pub(super) fn figures(&self) -> Result<Vec<Metric>, Verdict> {
        if !self.metrics_are_listed() {
            return Err(Verdict::Clarify(Reason::WhichReading, Vec::new()));
        }
        let mut all: Vec<Metric> = Vec::new();
        let mut said = self.metrics.clone();
        said.sort_by_key(|(_, at)| *at);
        for (metric, _) in said {
            if !all.contains(&metric) {
                all.push(metric);
            }
        }
        if all.is_empty() {
            all.extend(self.implied_metric());
        }
        if self.scope == Scope::Returns {
            let documents = Metric::Distinct(Dim::Document);
            let counted = self.has(&Sense::Count) && self.metrics.is_empty();
            if counted {
                return Ok(vec![documents]);
            }
        }
        Ok(all)
    }

    pub(super) fn one_figure(&self, otherwise: Option<Metric>) -> Result<Metric, Verdict> {
        match (self.figures()?.as_slice(), otherwise) {
            ([one], _) => Ok(*one),
            ([], Some(metric)) => Ok(metric),
            ([], None) => Err(self.no_metric()),
            _ => Err(Verdict::Clarify(Reason::WhichReading, Vec::new())),
        }
    }

    pub(super) fn base_intent(&self, metrics: Vec<Metric>) -> Intent {
        Intent { filters: self.filters(), having: self.having(), scope: self.scope, ..Intent::of(metrics) }
    }

    /// "clase A", "hacen el 80 % de las ventas": the class asked for.
    fn abc_class(&mut self) -> Option<char> {
        let named = (0..self.input.chunks.len()).find_map(|i| match self.sense(i) {
            Some(Sense::AbcClass(class)) => Some((i, *class)),
            _ => None,
        });
        if let Some((at, class)) = named {
            self.take(at);
            return Some(class);
        }
        let eighty = rust_decimal::Decimal::from(80);
        let at = self.all(|atom| matches!(atom, Atom::Number(n) if n.percent && n.value == eighty));
        let [at] = at[..] else { return None };
        let listed = self
            .dims
            .iter()
            .any(|d| matches!(d.role, Role::Head | Role::Counted) && d.number == GrammarNumber::Many);
        let of_figure = self.next(at).is_some_and(|k| matches!(self.sense(k), Some(Sense::Metric(_))));
        if !listed || !of_figure || self.is_used(at) || self.rank.is_some() {
            return None;
        }
        self.take(at);
        Some('A')
    }

    fn abc(&mut self, only: Option<char>) -> Shaped {
        self.take_all(&Sense::Abc);
        let counted = self.dims_as(&[Role::Counted]);
        self.metrics.retain(|(m, _)| !counted.iter().any(|d| *m == Metric::Distinct(*d)));
        let dims = self.dims_as(&[Role::Head, Role::Group, Role::Each, Role::Counted]);
        let [dim] = dims.as_slice() else {
            return Err(Verdict::Clarify(Reason::WhichReading, self.abc_choices()));
        };
        let metric = self.one_figure(Some(Metric::Sales))?;
        let mut intent = self.base_intent(vec![metric]);
        if !intent.having.is_empty() || self.rank.is_some_and(|r| r.n.is_some()) {
            return Err(Verdict::Clarify(Reason::WhichReading, Vec::new()));
        }
        intent.shape = Shape::Abc { only, summary: !counted.is_empty() };
        intent.dims = vec![*dim];
        intent.time = self.one_time()?;
        Ok(intent)
    }

    fn abc_choices(&self) -> Vec<String> {
        let text = self.input.text.trim_end_matches(['?', '.', '!', ' ']);
        let names = if self.input.spanish { ["productos", "clientes"] } else { ["products", "customers"] };
        let of = if self.input.spanish { "de" } else { "of" };
        names.iter().map(|n| format!("{text} {of} {n}")).collect()
    }

    /// "ventas de Sika y 3M juntas" asks for a sum, not for what is bought together.
    fn adds_up(&mut self) -> Result<bool, Verdict> {
        let several = |(f, _): &(Filter, usize)| matches!(f, Filter::In { values, negated: false, .. } if values.len() > 1);
        let products = self.dims.iter().any(|d| d.dim == Dim::Product && d.role == Role::Head);
        if products || self.rank.is_some() || !self.filters.iter().any(several) {
            return Ok(false);
        }
        if self.metrics.is_empty() && !self.has(&Sense::HowMuch) && !self.has(&Sense::Total) {
            // "Bosch y Makita juntos": their sales, or what is bought with them?
            let at = self.places(&Sense::Together).first().copied().unwrap_or_default();
            let span = self.input.chunks.get(at).map_or(0..0, |c| c.span.clone());
            let (verb, sum, with) = match self.input.spanish {
                true => ("ventas de ", "en conjunto", "productos que se compran junto con "),
                false => ("sales of ", "combined", "products bought together with "),
            };
            let named = self.rewritten(span.clone(), "");
            let questions =
                vec![format!("{verb}{}", self.rewritten(span, sum)), format!("{with}{}", named.trim())];
            return Err(Verdict::Clarify(Reason::WhichReading, questions));
        }
        self.take_all(&Sense::Together);
        Ok(true)
    }

    fn together(&mut self) -> Shaped {
        self.take_all(&Sense::Together);
        self.take_all(&Sense::TogetherWith);
        let has_product = self.dims.iter().all(|d| d.dim == Dim::Product);
        if !has_product {
            return Err(Verdict::Left(self.dims.iter().map(|d| d.at).collect()));
        }
        let goods = |f: &Filter| matches!(f, Filter::In { dim, negated: false, .. } if dim.is_goods());
        let (with, rest): (Vec<Filter>, Vec<Filter>) = self.filters().into_iter().partition(goods);
        if with.len() > 1 {
            return Err(Verdict::Clarify(Reason::WhichReading, Vec::new()));
        }
        if with.is_empty() && self.has(&Sense::TogetherWith) {
            return Err(Verdict::Clarify(Reason::WhichReading, Vec::new()));
        }
        let limit = match self.rank {
            Some(rank) if rank.direction == Direction::Asc => return Err(Verdict::Left(vec![rank.at])),
            Some(_) => self.rows(Dim::Product),
            None => None,
        };
        let time = self.one_time()?;
        let mut intent = self.base_intent(Vec::new());
        intent.shape = Shape::Together { with: with.into_iter().next() };
        intent.filters = rest;
        intent.limit = limit;
        intent.time = time;
        Ok(intent)
    }

    pub(super) fn time_chunks(&self) -> Vec<(usize, TimeSense)> {
        self.input
            .chunks
            .iter()
            .enumerate()
            .filter(|(i, _)| !self.is_used(*i))
            .filter_map(|(i, c)| match &c.atom {
                Atom::Time(sense) => Some((i, sense.clone())),
                _ => None,
            })
            .collect()
    }

    fn accumulated_to(&self) -> Option<usize> {
        let to = |i: &usize| i.checked_sub(1).is_some_and(|k| matches!(self.word(k), "a" | "al" | "to"));
        self.time_chunks().into_iter().map(|(i, _)| i).find(|i| to(i))
    }

    fn running(&mut self) -> Shaped {
        self.take_all(&Sense::Running);
        let dims = self.dims_as(&[Role::Head, Role::Group, Role::Each]);
        if !dims.iter().any(|d| d.is_calendar()) {
            // "acumuladas a mayo" begins somewhere that is not said.
            if let Some(at) = self.accumulated_to() {
                return Err(Verdict::Left(vec![at]));
            }
            // Accumulated without a unit is the total of the period.
            return self.grouped();
        }
        let metric = self.one_figure(Some(Metric::Sales))?;
        let mut intent = self.base_intent(vec![metric]);
        if self.rank.is_some() || !intent.having.is_empty() {
            return Err(Verdict::Clarify(Reason::WhichReading, Vec::new()));
        }
        intent.dims = dims;
        intent.time = self.one_time()?;
        intent.shape = Shape::Running;
        Ok(intent)
    }
}
