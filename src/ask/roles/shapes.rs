//! The form of the answer, from the roles that were filled.

use super::periods::Times;
use super::{Reason, Role, Roles, Verdict};
use crate::ask::chunk::Atom;
use crate::ask::intent::{Cohort, Direction, Filter, Having, Intent, Scope, Shape, Sort, Trend};
use crate::ask::lexicon::{GrammarNumber, Sense};
use crate::ask::time::{Grain, TimeRange, TimeSense};
use crate::model::{Dim, Metric};

type Shaped = Result<Intent, Verdict>;

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
        let wages = |i: &usize| matches!(self.word(*i), "gana" | "gano" | "ganan" | "ganaron" | "earned" | "earn");
        let of_person = self.filters.iter().any(|(f, _)| matches!(f, Filter::In { dim: Dim::Salesperson, .. }));
        if of_person && self.metrics.iter().map(|(_, i)| *i).any(|i| wages(&i)) {
            return Err(Verdict::Topic("payroll".to_string()));
        }
        let both_taxes = self.has(&Sense::Net) && self.has(&Sense::Gross);
        let wanted = |dim: &Dim| {
            self.filters.iter().any(|(f, _)| matches!(f, Filter::In { dim: d, negated: false, .. } if d == dim))
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
        self.dims.push(super::DimUse { dim, number, at: who, role: Role::Head });
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

    fn no_metric(&self) -> Verdict {
        let text = self.input.text.trim_matches(['?', '¿', '.', '!', '¡', ' ']);
        let has_subject = !self.filters.is_empty() || !self.dims.is_empty() || !self.all(|a| matches!(a, Atom::Time(_))).is_empty();
        let names: &[&str] = if self.input.spanish {
            &["ventas", "utilidad", "unidades", "margen"]
        } else {
            &["sales", "profit", "units", "margin"]
        };
        let questions = if has_subject { names.iter().map(|n| format!("{n} {text}")).collect() } else { Vec::new() };
        Verdict::Clarify(Reason::NoMetric, questions)
    }

    /// The figures asked for or implied.
    fn figures(&self) -> Result<Vec<Metric>, Verdict> {
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

    fn one_figure(&self, otherwise: Option<Metric>) -> Result<Metric, Verdict> {
        match (self.figures()?.as_slice(), otherwise) {
            ([one], _) => Ok(*one),
            ([], Some(metric)) => Ok(metric),
            ([], None) => Err(self.no_metric()),
            _ => Err(Verdict::Clarify(Reason::WhichReading, Vec::new())),
        }
    }

    fn base_intent(&self, metrics: Vec<Metric>) -> Intent {
        Intent { filters: self.filters(), having: self.having(), scope: self.scope, ..Intent::of(metrics) }
    }

    fn abc(&mut self) -> Shaped {
        self.take_all(&Sense::Abc);
        let dims = self.dims_as(&[Role::Head, Role::Group, Role::Each]);
        let [dim] = dims.as_slice() else { return Err(Verdict::Clarify(Reason::WhichReading, self.abc_choices())) };
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

    /// New, returning, inactive, lost customers.
    fn cohort(&mut self) -> Result<Option<Intent>, Verdict> {
        let customer = self.dims.iter().any(|d| d.dim == Dim::Customer) || self.has(&Sense::Who);
        let count = self.has(&Sense::Count)
            || self.metrics.iter().any(|(m, _)| *m == Metric::Distinct(Dim::Customer));
        let kind = if self.take_all(&Sense::NewVersusReturning) {
            Cohort::NewVersusReturning
        } else if self.has(&Sense::NewCustomers) && self.has(&Sense::Returning) {
            self.take_all(&Sense::NewCustomers);
            self.take_all(&Sense::Returning);
            self.take_all(&Sense::Versus);
            Cohort::NewVersusReturning
        } else if self.take_all(&Sense::NewCustomers) | (customer && self.take_all(&Sense::FirstTime)) {
            Cohort::New
        } else if self.take_all(&Sense::Returning) {
            Cohort::Returning
        } else if self.has(&Sense::NotBought) || self.has(&Sense::Inactive) || self.has(&Sense::Stopped) {
            return self.absent_customers(count).map(Some);
        } else if self.bought_but_not() {
            return self.bought_twice(count).map(Some);
        } else {
            return Ok(None);
        };
        self.take_all(&Sense::Count);
        self.take_all(&Sense::Who);
        self.cohort_dims_only()?;
        let mut intent = self.cohort_intent();
        let calendar: Vec<Dim> =
            self.dims_as(&[Role::Group, Role::Each]).into_iter().filter(|d| d.is_calendar()).collect();
        intent.time = self.one_time()?;
        if kind == Cohort::New && !calendar.is_empty() {
            intent.dims = calendar;
        } else if intent.time.is_none() {
            return Err(Verdict::Clarify(Reason::NeedPeriod, self.period_choices()));
        }
        intent.shape = Shape::Cohort { kind, count };
        Ok(Some(intent))
    }

    fn period_choices(&self) -> Vec<String> {
        let text = self.input.text.trim_end_matches(['?', '.', '!', ' ']);
        let said = if self.input.spanish { ["este mes", "este año"] } else { ["this month", "this year"] };
        said.iter().map(|s| format!("{text} {s}")).collect()
    }

    fn cohort_intent(&self) -> Intent {
        let mut intent = self.base_intent(Vec::new());
        intent.having.clear();
        intent
    }

    /// A cohort lists customers: other figures, groups, ranks or conditions have no place.
    fn cohort_dims_only(&self) -> Result<(), Verdict> {
        let foreign: Vec<usize> = self
            .dims
            .iter()
            .filter(|d| d.dim != Dim::Customer && !(d.dim.is_calendar() && d.role != Role::Head))
            .map(|d| d.at)
            .chain(
                self.metrics
                    .iter()
                    .filter(|(m, _)| !matches!(m, Metric::Distinct(Dim::Customer)) && *m != Metric::Sales)
                    .map(|(_, at)| *at),
            )
            .chain(self.conditions.iter().map(|c| c.at))
            .chain(self.rank.iter().map(|r| r.at))
            .collect();
        let sales_asked = self.metrics.iter().any(|(m, _)| *m == Metric::Sales) && !self.has(&Sense::NewVersusReturning);
        if foreign.is_empty() && !sales_asked && self.scope == Scope::Sales {
            Ok(())
        } else {
            Err(Verdict::Left(foreign))
        }
    }

    /// "no han comprado en los últimos 90 días", "inactivos hace 3 meses", "compraron en 2023 y no en 2024".
    fn absent_customers(&mut self, count: bool) -> Shaped {
        let stopped = self.take_all(&Sense::Stopped);
        let plain = self.take_all(&Sense::NotBought) | self.take_all(&Sense::Inactive);
        self.take_all(&Sense::Count);
        self.take_all(&Sense::Who);
        self.cohort_dims_only()?;
        let mut intent = self.cohort_intent();
        let times: Vec<(usize, TimeSense)> = self.time_chunks();
        for (i, _) in &times {
            self.take(*i);
        }
        self.take_all(&Sense::But);
        let buys = self.has(&Sense::Buy);
        let today = self.input.today;
        let kind = match times.as_slice() {
            [(_, TimeSense::Range(range))] if range.end == today => Cohort::NotSince(range.start),
            [(_, TimeSense::Since(range))] => Cohort::NotSince(range.start),
            [(i, TimeSense::Range(range))] if self.is_ago(*i) => {
                // "hace 3 meses que no compran": the stretch from then to today.
                Cohort::NotSince(self.ago_start(*i).unwrap_or(range.start))
            }
            [(i, TimeSense::Range(first)), (j, TimeSense::Range(second))] if buys && plain && !stopped => {
                let not = self.places(&Sense::NotBought).first().copied().unwrap_or(0);
                let (bought, missing) = if *j > not && *i < not { (first, second) } else { (second, first) };
                intent.time = Some(*bought);
                Cohort::NotIn(*missing)
            }
            [] => return Err(Verdict::Clarify(Reason::HowManyDays, self.day_choices())),
            _ => return Err(Verdict::Clarify(Reason::HowManyDays, Vec::new())),
        };
        intent.shape = Shape::Cohort { kind, count };
        Ok(intent)
    }

    fn day_choices(&self) -> Vec<String> {
        [30, 60, 90, 180]
            .iter()
            .map(|n| {
                if self.input.spanish {
                    format!("clientes que no han comprado en los últimos {n} días")
                } else {
                    format!("customers who have not bought in the last {n} days")
                }
            })
            .collect()
    }

    fn time_chunks(&self) -> Vec<(usize, TimeSense)> {
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

    fn is_ago(&self, i: usize) -> bool {
        self.word(i).starts_with("hace ")
    }

    fn ago_start(&self, i: usize) -> Option<chrono::NaiveDate> {
        let said = self.word(i).replacen("hace", "ultimos", 1);
        let tokens = crate::ask::normalize::tokens(&said);
        let hit = crate::ask::time::time_at(&tokens, 0, self.input.today)?;
        match hit.sense {
            TimeSense::Range(range) if hit.len == tokens.len() => Some(range.start),
            _ => None,
        }
    }

    /// "compraron en 2023 y no en 2024", "compraron en mayo y también en junio".
    fn bought_but_not(&self) -> bool {
        let customer = self.dims.iter().any(|d| d.dim == Dim::Customer && matches!(d.role, Role::Head | Role::Counted));
        let two = self.time_chunks().len() == 2;
        customer && two && self.has(&Sense::Buy) && (self.denial().is_some() || self.has(&Sense::Also))
    }

    /// "no", "but not".
    fn denial(&self) -> Option<usize> {
        let but_not = self.places(&Sense::Except).into_iter().find(|i| self.word(*i) == "but not");
        self.places(&Sense::Not).first().copied().or(but_not)
    }

    fn bought_twice(&mut self, count: bool) -> Shaped {
        let not = self.denial();
        if let Some(at) = not {
            self.take(at);
        }
        self.take_all(&Sense::But);
        self.take_all(&Sense::Count);
        self.cohort_dims_only()?;
        let times = self.time_chunks();
        for (i, _) in &times {
            self.take(*i);
        }
        let [(_, TimeSense::Range(first)), (j, TimeSense::Range(second))] = times.as_slice() else {
            return Err(Verdict::Clarify(Reason::TwoPeriods, Vec::new()));
        };
        let mut intent = self.cohort_intent();
        intent.time = Some(*first);
        let kind = match not {
            Some(at) if at < *j => Cohort::NotIn(*second),
            Some(at) => return Err(Verdict::Left(vec![at])),
            None => Cohort::AlsoIn(*second),
        };
        intent.shape = Shape::Cohort { kind, count };
        Ok(intent)
    }

    /// Shares: of each group, or of the part that values select.
    fn share(&mut self) -> Shaped {
        let at = self.places(&Sense::Share).first().copied().unwrap_or(0);
        self.take_all(&Sense::Share);
        if self.rank.is_some_and(|r| r.n.is_none() && !r.all) && self.dims.is_empty() {
            return Err(Verdict::Left(vec![at]));
        }
        let metric = self.one_figure(Some(Metric::Sales))?;
        let mut intent = self.base_intent(vec![metric]);
        let dims = self.dims_as(&[Role::Head, Role::Group, Role::Each]);
        intent.time = self.one_time()?;
        if !dims.is_empty() {
            if !intent.having.is_empty() {
                return Err(Verdict::Left(vec![at]));
            }
            intent.shape = Shape::Share { part: Vec::new() };
            if let (Some(rank), [dim]) = (self.rank, dims.as_slice()) {
                intent.sort = Some(Sort { metric, direction: rank.direction });
                intent.limit = self.rows(*dim);
            }
            intent.dims = dims;
            return Ok(intent);
        }
        let (part, whole) = self.part_and_whole(at)?;
        intent.shape = Shape::Share { part };
        intent.filters = whole;
        Ok(intent)
    }

    /// Which values are the part and which the whole: the part follows "corresponde a",
    /// or stands between "participación de" and "en".
    fn part_and_whole(&self, share: usize) -> Result<(Vec<Filter>, Vec<Filter>), Verdict> {
        match self.filters.as_slice() {
            [] => return Err(Verdict::Clarify(Reason::WhichReading, Vec::new())),
            [(only, _)] => return Ok((vec![only.clone()], Vec::new())),
            _ => {}
        }
        let link = self.places(&Sense::ShareOf).into_iter().rfind(|i| *i > share);
        let metric = self.metrics.iter().map(|(_, i)| *i).find(|i| *i > share && *i != usize::MAX);
        let split = |is_part: &dyn Fn(usize) -> bool| {
            let (part, whole): (Vec<_>, Vec<_>) = self.filters.iter().cloned().partition(|(_, i)| is_part(*i));
            (part.into_iter().map(|(f, _)| f).collect::<Vec<_>>(), whole.into_iter().map(|(f, _)| f).collect::<Vec<_>>())
        };
        let (part, whole) = match (link, metric) {
            // "qué porcentaje de las ventas de Neiva corresponde a Bosch"
            (Some(link), Some(metric)) if metric < link => split(&|i| i > link),
            // "qué participación tiene Bosch en las ventas de Neiva", "participación de Bosch en las ventas de Neiva"
            (_, Some(metric)) if self.in_before(metric) => split(&|i| i < metric),
            _ => return Err(Verdict::Clarify(Reason::WhichReading, Vec::new())),
        };
        if part.is_empty() {
            return Err(Verdict::Clarify(Reason::WhichReading, Vec::new()));
        }
        Ok((part, whole))
    }

    fn in_before(&self, i: usize) -> bool {
        let mut k = i;
        while let Some(before) = k.checked_sub(1) {
            match self.sense(before) {
                Some(Sense::In) => return true,
                Some(Sense::Function | Sense::Total) => k = before,
                _ => return matches!(self.word(before), "of" | "de"),
            }
        }
        false
    }

    /// Two periods, two values, or a series' growth.
    fn comparison(&mut self) -> Result<Option<Intent>, Verdict> {
        let trend = match (self.has(&Sense::Grew), self.has(&Sense::Fell)) {
            (true, false) => Some(Trend::Up),
            (false, true) => Some(Trend::Down),
            _ => None,
        };
        let change = self.has(&Sense::Change) || trend.is_some();
        let difference = self.has(&Sense::Difference);
        let times = self.time_chunks();
        let than = self.places(&Sense::Over).into_iter().chain(self.places(&Sense::Under)).any(|i| {
            self.next_past_in(i).is_some_and(|k| matches!(self.atom(k), Some(Atom::Time(_))))
        });
        let refers = times.iter().any(|(_, t)| matches!(t, TimeSense::SameLastYear | TimeSense::Preceding));
        let versus = self.has(&Sense::Versus) || self.has(&Sense::CompareIt) || than || refers;
        if !(change || difference || versus) {
            return Ok(None);
        }
        for sense in [Sense::Change, Sense::Grew, Sense::Fell, Sense::Difference, Sense::Versus, Sense::CompareIt] {
            self.take_all(&sense);
        }
        self.take_all(&Sense::Between);
        if than {
            self.take_all(&Sense::Over);
            self.take_all(&Sense::Under);
        }
        let times = self.times(true)?;
        if let Times::Two { current, base } = times {
            return self.compared_periods(current, base, trend).map(Some);
        }
        let calendar = self.dims_as(&[Role::Group, Role::Each]).into_iter().filter(|d| d.is_calendar()).count();
        if change && calendar > 0 {
            return self.growth(times).map(Some);
        }
        if let (true, Times::One(current)) = (change, &times) {
            let base = self.base_of(current)?;
            return self.compared_periods(*current, base, trend).map(Some);
        }
        if change {
            return Err(Verdict::Clarify(Reason::WhichBase, Vec::new()));
        }
        self.compared_values(times, difference)
    }

    fn compared_periods(&mut self, current: TimeRange, base: TimeRange, trend: Option<Trend>) -> Shaped {
        let metric = self.one_figure(if trend.is_some() { Some(Metric::Sales) } else { None })?;
        let mut intent = self.base_intent(vec![metric]);
        if !intent.having.is_empty() {
            return Err(Verdict::Left(self.conditions.iter().map(|c| c.at).collect()));
        }
        intent.time = Some(current);
        intent.dims = self.dims_as(&[Role::Head, Role::Group, Role::Each]);
        // The change of a month by month is a growth series, not two periods.
        if intent.dims.iter().any(|d| d.is_calendar()) {
            return self.side_by_side(intent, base);
        }
        let lists = !intent.dims.is_empty();
        if let Some(rank) = self.rank {
            let Some(dim) = intent.dims.last().copied() else { return Err(Verdict::Left(vec![rank.at])) };
            let down = trend == Some(Trend::Down);
            let descending = (rank.direction == Direction::Desc) != down;
            let direction = if descending { Direction::Desc } else { Direction::Asc };
            intent.sort = Some(Sort { metric, direction });
            intent.limit = self.rows(dim);
        }
        // "qué marcas crecieron": only those; "cuánto crecieron las ventas por marca": all.
        let asks_which = self.dims.iter().any(|d| d.role == Role::Head);
        let only = trend.filter(|_| lists && asks_which && self.rank.is_none());
        if trend.is_some() && lists && asks_which && only.is_some() {
            let direction = if only == Some(Trend::Up) { Direction::Desc } else { Direction::Asc };
            intent.sort = Some(Sort { metric, direction });
        }
        intent.shape = Shape::Compare { base, only };
        Ok(intent)
    }

    /// "ventas por mes 2024 vs 2025": months of the year side by side.
    fn side_by_side(&self, mut intent: Intent, base: TimeRange) -> Shaped {
        let years = intent.time.is_some_and(|t| t.grain == Some(Grain::Year)) && base.grain == Some(Grain::Year);
        if intent.dims != [Dim::Month] || !years || self.rank.is_some() {
            return Err(Verdict::Clarify(Reason::WhichReading, Vec::new()));
        }
        intent.dims = vec![Dim::MonthOfYear];
        intent.shape = Shape::Compare { base, only: None };
        Ok(intent)
    }

    fn growth(&mut self, times: Times) -> Shaped {
        let metric = self.one_figure(None)?;
        let mut intent = self.base_intent(vec![metric]);
        intent.dims = self.dims_as(&[Role::Head, Role::Group, Role::Each]);
        if self.rank.is_some() || !intent.having.is_empty() {
            return Err(Verdict::Clarify(Reason::WhichReading, Vec::new()));
        }
        intent.time = match times {
            Times::One(range) => Some(range),
            _ => None,
        };
        intent.shape = Shape::Growth;
        Ok(intent)
    }

    /// "Neiva vs Pitalito", "diferencia entre Bosch y Makita", "ventas vs costo".
    fn compared_values(&mut self, times: Times, difference: bool) -> Result<Option<Intent>, Verdict> {
        let time = match times {
            Times::One(range) => Some(range),
            _ => None,
        };
        let pair = self.filters.iter().position(|(f, _)| {
            matches!(f, Filter::In { values, negated: false, .. } if values.len() >= 2)
        });
        let figures = self.figures()?;
        if figures.is_empty() && !self.dims.iter().any(|d| d.dim == Dim::PaymentTerm) {
            return Err(self.no_metric());
        }
        let metrics = if figures.is_empty() { vec![Metric::Sales] } else { figures };
        let mut intent = self.base_intent(metrics);
        intent.time = time;
        intent.dims = self.dims_as(&[Role::Head, Role::Group, Role::Each]);
        let Some(pair) = pair else {
            // "compare las ventas por ciudad", "ventas vs costo por mes", cash against credit.
            let grouped = !intent.dims.is_empty() || intent.metrics.len() > 1;
            if !grouped || difference || self.rank.is_some() {
                return Err(Verdict::Clarify(Reason::WhichReading, Vec::new()));
            }
            return Ok(Some(intent));
        };
        let Some((Filter::In { dim, values, .. }, _)) = self.filters.get(pair).cloned() else { return Ok(None) };
        if self.rank.is_some() {
            return Err(Verdict::Clarify(Reason::WhichReading, Vec::new()));
        }
        if difference && let [first, second] = values.as_slice() {
            if !intent.dims.is_empty() || intent.metrics.len() != 1 {
                return Err(Verdict::Clarify(Reason::WhichReading, Vec::new()));
            }
            intent.filters.remove(pair);
            intent.shape = Shape::Difference { dim, first: first.clone(), second: second.clone() };
            return Ok(Some(intent));
        }
        if !intent.dims.contains(&dim) {
            intent.dims.push(dim);
        }
        Ok(Some(intent))
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

    /// "promedio diario", "promedio por mes": an average of a total per unit.
    fn average_per(&mut self) -> Result<Option<Dim>, Verdict> {
        if !self.take_all(&Sense::Average) {
            return Ok(None);
        }
        let units: Vec<Dim> = self.dims_as(&[Role::Group, Role::Each, Role::Head]).into_iter().filter(|d| d.is_calendar() || matches!(d, Dim::Customer | Dim::Document)).collect();
        let [unit] = units.as_slice() else {
            return Err(Verdict::Clarify(Reason::WhichReading, self.average_choices()));
        };
        self.dims.retain(|d| d.dim != *unit);
        Ok(Some(*unit))
    }

    fn average_choices(&self) -> Vec<String> {
        let text = self.input.text.trim_end_matches(['?', '.', '!', ' ']);
        let units = if self.input.spanish { ["por día", "por mes", "por factura"] } else { ["per day", "per month", "per invoice"] };
        units.iter().map(|u| format!("{text} {u}")).collect()
    }

    /// Totals, lists, series, rankings, the best of each group, counts with conditions.
    fn grouped(&mut self) -> Shaped {
        let per = self.average_per()?;
        self.evolution()?;
        self.ranked_document();
        let time = self.one_time()?;
        let heads = self.dims_as(&[Role::Head]);
        let groups = self.dims_as(&[Role::Group, Role::Each]);
        let counted = self.dims_as(&[Role::Counted]);
        if let ([dim], false, [(Metric::Distinct(of), _)]) = (counted.as_slice(), self.conditions.is_empty(), self.metrics.as_slice())
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
        let asks_what = self
            .places(&Sense::Buy)
            .iter()
            .any(|i| (0..*i).rev().find(|k| !matches!(self.sense(*k), Some(Sense::Function | Sense::Clitic | Sense::Filler)) && !matches!(self.atom(*k), Some(Atom::Value(_)))).is_some_and(|k| k <= 1 && matches!(self.sense(k), Some(Sense::That | Sense::Which | Sense::HowMuch))
                && matches!(self.word(k), "que" | "what" | "what did" | "q" | "ke" | "k")));
        if asks_what && heads.is_empty() && self.metrics.is_empty() && self.dims.is_empty() && self.rank.is_none() {
            self.dims.push(super::DimUse { dim: Dim::Product, number: GrammarNumber::Many, at: 0, role: Role::Head });
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
                    let to = self.dims.iter().find(|d| d.dim == Dim::Product).and_then(|d| self.input.chunks.get(d.at))?.span.end;
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
            return Err(Verdict::Clarify(Reason::WhichReading, self.average_choices().into_iter().take(2).collect()));
        }
        self.dims.push(super::DimUse { dim: Dim::Month, number: GrammarNumber::One, at: usize::MAX, role: Role::Group });
        Ok(())
    }

    /// "la factura más alta": a ranking of documents by sales.
    fn ranked_document(&mut self) {
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
            self.dims.push(super::DimUse { dim: Dim::Document, number, at, role: Role::Head });
        }
    }

    fn ranking(&mut self, intent: &mut Intent, rank: super::Ranking, heads: &[Dim], groups: &[Dim]) -> Result<(), Verdict> {
        if self.scope == Scope::Returns && self.metrics.is_empty() {
            return Err(Verdict::Clarify(Reason::WhichReading, self.return_choices()));
        }
        let metric = self.ranked_metric(&intent.metrics)?;
        self.person_best_seller(heads)?;
        intent.sort = Some(Sort { metric, direction: rank.direction });
        match (heads, groups) {
            ([], []) => {
                let goods = self.goods_filter();
                if goods && intent.metrics.iter().all(|m| matches!(m, Metric::Units | Metric::Sales)) && rank.n.is_some() {
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
        let sells = self.sells() || (!sold.is_empty() && !participle);
        let place = heads.iter().any(|d| !d.is_goods() && *d != Dim::Supplier && !d.is_calendar());
        let class = heads.iter().any(|d| matches!(d, Dim::Brand | Dim::Category | Dim::Subcategory | Dim::Supplier));
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
            if first && d.number == GrammarNumber::One && self.word(d.at.saturating_sub(1)).starts_with("qu") {
                continue;
            }
            let questions = self.input.chunks.get(d.at).map(|c| {
                let noun = crate::ask::restate::names::dim_one(
                    if self.input.spanish { crate::i18n::Lang::Es } else { crate::i18n::Lang::En },
                    d.dim,
                );
                let by = if self.input.spanish { "por cada" } else { "for each" };
                vec![self.rewritten(c.span.clone(), &format!("{by} {noun}"))]
            });
            return Err(Verdict::Clarify(Reason::WhichReading, questions.unwrap_or_default()));
        }
        Ok(())
    }
}
