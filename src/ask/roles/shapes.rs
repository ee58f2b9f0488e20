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
        if self.has(&Sense::Abc) {
            return self.abc();
        }
        if self.has(&Sense::Together) || self.has(&Sense::TogetherWith) {
            return self.together();
        }
        if let Some(intent) = self.cohort()? {
            return Ok(intent);
        }
        if self.has(&Sense::Share) {
            return self.share();
        }
        if let Some(intent) = self.comparison()? {
            return Ok(intent);
        }
        if self.has(&Sense::Running) {
            return self.running();
        }
        self.grouped()
    }

    /// Things that cannot both hold, or that mean something else together.
    fn contradictions(&self) -> Result<(), Verdict> {
        let wages =
            |i: &usize| matches!(self.word(*i), "gana" | "gano" | "ganan" | "ganaron" | "earned" | "earn");
        let of_person =
            self.filters.iter().any(|(f, _)| matches!(f, Filter::In { dim: Dim::Salesperson, .. }));
        if of_person && self.metrics.iter().map(|(_, i)| *i).any(|i| wages(&i)) {
            return Err(Verdict::Topic("payroll".to_string()));
        }
        let both_taxes = self.has(&Sense::Net) && self.has(&Sense::Gross);
        let wanted = |dim: &Dim| {
            self.filters
                .iter()
                .any(|(f, _)| matches!(f, Filter::In { dim: d, negated: false, .. } if d == dim))
        };
        let both_signs = self
            .filters
            .iter()
            .any(|(f, _)| matches!(f, Filter::In { dim, negated: true, .. } if wanted(dim)));
        if both_taxes || both_signs {
            return Err(Verdict::Clarify(Reason::WhichReading, Vec::new()));
        }
        Ok(())
    }

    /// "rentable" may be by margin or by profit.
    fn profitable(&self) -> Result<(), Verdict> {
        let Some(at) = self.places(&Sense::Profitable).first().copied() else { return Ok(()) };
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
        let dim = if self.has(&Sense::Buy) {
            Dim::Customer
        } else if self.sells() || self.has(&Sense::Sold) {
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
        for (metric, _) in &self.metrics {
            if !all.contains(metric) {
                all.push(*metric);
            }
        }
        if all.contains(&Metric::Sales) && all.contains(&Metric::NetSales) && self.metrics.len() > 2 {
            return Err(Verdict::Clarify(Reason::WhichReading, Vec::new()));
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

    fn abc(&mut self) -> Shaped {
        self.take_all(&Sense::Abc);
        let dims = self.dims_as(&[Role::Head, Role::Group, Role::Each]);
        let [dim] = dims.as_slice() else {
            return Err(Verdict::Clarify(Reason::WhichReading, self.abc_choices()));
        };
        let metric = self.one_figure(Some(Metric::Sales))?;
        let mut intent = self.base_intent(vec![metric]);
        intent.shape = Shape::Abc { only: None, summary: false };
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
            .filter_map(|(i, c)| match &c.atom {
                Atom::Time(sense) => Some((i, sense.clone())),
                _ => None,
            })
            .collect()
    }

    fn running(&mut self) -> Shaped {
        self.take_all(&Sense::Running);
        let dims = self.dims_as(&[Role::Head, Role::Group, Role::Each]);
        if !dims.iter().any(|d| d.is_calendar()) {
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
