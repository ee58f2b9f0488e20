//! Two periods, two values, or a series' growth.

use super::periods::Times;
use super::shapes::Shaped;
use super::{Reason, Role, Roles, Verdict};
use crate::ask::chunk::Atom;
use crate::ask::intent::{Direction, Filter, Intent, Shape, Sort, Trend};
use crate::ask::lexicon::{GrammarNumber, Sense};
use crate::ask::time::{Grain, TimeRange, TimeSense};
use crate::model::{Dim, Metric};

impl Roles<'_> {
    /// Two periods, two values, or a series' growth.
    pub(super) fn comparison(&mut self) -> Result<Option<Intent>, Verdict> {
        let trend = match (self.has(&Sense::Grew), self.has(&Sense::Fell)) {
            (true, false) => Some(Trend::Up),
            (false, true) => Some(Trend::Down),
            _ => None,
        };
        let change = self.has(&Sense::Change) || trend.is_some();
        let difference = self.has(&Sense::Difference);
        let times = self.time_chunks();
        let is_time = |i: usize| matches!(self.atom(i), Some(Atom::Time(_)));
        let than = self
            .places(&Sense::Over)
            .into_iter()
            .chain(self.places(&Sense::Under))
            // "over the last 10 days" is no comparison.
            .filter(|i| self.word(*i) != "over")
            .any(|i| self.next_past_in(i).is_some_and(is_time));
        let against =
            self.places(&Sense::Versus).into_iter().any(|i| self.next_past_in(i).is_some_and(is_time));
        let refers = times.iter().any(|(_, t)| {
            use TimeSense::{Preceding, SameBefore, SameInYear, SameLastYear};
            matches!(t, SameLastYear | SameInYear(_) | Preceding | SameBefore(_))
        });
        let more = self.more_in_one_period()?;
        let trend = trend.or_else(|| match more {
            Some(trend) => trend,
            None => self.less_or_more().filter(|_| than && !change),
        });
        let versus =
            more.is_some() || self.has(&Sense::Versus) || self.has(&Sense::CompareIt) || than || refers;
        if !(change || difference || versus) {
            return Ok(None);
        }
        let unnamed = |growth: bool| growth.then_some(Metric::Sales);
        for sense in
            [Sense::Change, Sense::Grew, Sense::Fell, Sense::Difference, Sense::Versus, Sense::CompareIt]
        {
            self.take_all(&sense);
        }
        self.take_all(&Sense::Between);
        if than {
            self.take_all(&Sense::Over);
            self.take_all(&Sense::Under);
        }
        if let [(at, TimeSense::SameLastYear)] = times.as_slice()
            && let Some(grain) = self.unit_of_reference(*at)
        {
            let compares = [Sense::Versus, Sense::CompareIt, Sense::Change, Sense::Grew, Sense::Fell];
            if !than && !compares.iter().any(|s| self.has(s)) {
                // "ventas del mismo mes del año pasado": the figures of that month.
                return Ok(None);
            }
            let current = TimeRange::to_date(grain, self.input.today);
            self.take(*at);
            return self
                .compared_periods(current, current.years_before(1), trend, unnamed(trend.is_some()))
                .map(Some);
        }
        if let [(at, TimeSense::SameBefore(grain))] = times.as_slice() {
            // "¿cómo vamos frente al mismo corte del mes pasado?"
            let current = TimeRange::to_date(*grain, self.input.today);
            let base = current.same_days_before(*grain).ok_or(Verdict::Left(vec![*at]))?;
            self.take(*at);
            return self.compared_periods(current, base, trend, unnamed(trend.is_some())).map(Some);
        }
        if let [(_, TimeSense::SameLastYear | TimeSense::SameInYear(_) | TimeSense::Preceding)] =
            times.as_slice()
        {
            return Err(Verdict::Clarify(Reason::NeedPeriod, self.period_choices()));
        }
        let growth = trend.is_some()
            || self.places(&Sense::Change).iter().any(|i| {
                let word = self.word(*i);
                word.contains("crec") || word.contains("grow") || word.contains("grew")
            });
        self.members_compared();
        self.bucket_before(change);
        let times = self.times(true)?;
        if let Times::Two { current, base } = times {
            // "Neiva mayo vs abril", as "Neiva mayo", asks for the sales.
            let of_one = matches!(
                self.filters.as_slice(),
                [(Filter::In { values, negated: false, .. }, _)] if values.len() == 1
            );
            let unnamed = unnamed(growth || (of_one && !self.has(&Sense::Vague)));
            return self.compared_periods(current, base, trend, unnamed).map(Some);
        }
        let calendar =
            self.dims_as(&[Role::Group, Role::Each]).into_iter().filter(|d| d.is_calendar()).count();
        if change && calendar > 0 {
            return self.growth(times, unnamed(growth)).map(Some);
        }
        if than && times != Times::All {
            // "menos que el mes pasado": which is compared with it is not said.
            return Err(Verdict::Clarify(Reason::WhichBase, self.current_choices()));
        }
        if let (true, Times::One(current)) = (change, &times) {
            if against || (versus && current.relative && current.end < self.input.today) {
                // "crecieron frente al año pasado", "bajó frente a 2024": what is compared with it
                // is not said.
                return Err(Verdict::Clarify(Reason::WhichBase, self.current_choices()));
            }
            let base = self.base_of(current)?;
            return self.compared_periods(*current, base, trend, unnamed(growth)).map(Some);
        }
        if change {
            return Err(Verdict::Clarify(Reason::WhichBase, Vec::new()));
        }
        if against && matches!(times, Times::One(_)) {
            // "ventas por marca frente a 2024"
            return Err(Verdict::Clarify(Reason::WhichBase, self.current_choices()));
        }
        self.compared_values(times, difference)
    }

    /// "vendedores que vendieron menos este año que el pasado": only those that fell.
    fn less_or_more(&self) -> Option<Trend> {
        let listed = self
            .dims
            .iter()
            .any(|d| d.role == Role::Head && d.number == GrammarNumber::Many && !d.dim.is_calendar());
        match (self.has(&Sense::Over), self.has(&Sense::Under)) {
            (true, false) if listed => Some(Trend::Up),
            (false, true) if listed => Some(Trend::Down),
            _ => None,
        }
    }

    /// "por mes, con su variación frente al mes anterior": each month's own month before, not May.
    fn bucket_before(&mut self, change: bool) {
        let grains: Vec<Dim> =
            self.dims_as(&[Role::Group, Role::Each]).into_iter().filter(|d| d.is_calendar()).collect();
        let [dim] = grains[..] else { return };
        for (i, sense) in self.time_chunks() {
            let same = matches!(&sense, TimeSense::Range(r) if r.relative && r.grain.and_then(Grain::dim) == Some(dim));
            if change && (same || sense == TimeSense::Preceding) {
                self.take(i);
            }
        }
    }

    /// "variación de clientes de abril a mayo": customers are counted.
    fn members_compared(&mut self) {
        let change = |s: Option<&Sense>| matches!(s, Some(Sense::Change | Sense::Difference | Sense::Versus));
        let counted = self.dims.iter().copied().find(|d| {
            d.role == Role::Head
                && d.number == GrammarNumber::Many
                && !d.dim.is_calendar()
                && self.previous(d.at).is_some_and(|k| change(self.sense(k)))
        });
        let only = self.metrics.is_empty() && self.filters.is_empty() && self.rank.is_none();
        if let Some(d) = counted.filter(|_| only) {
            self.dims.retain(|other| other.at != d.at);
            self.metrics.push((Metric::Distinct(d.dim), d.at));
        }
    }

    fn compared_periods(
        &mut self,
        current: TimeRange,
        base: TimeRange,
        trend: Option<Trend>,
        unnamed: Option<Metric>,
    ) -> Shaped {
        let metric = self.one_figure(unnamed)?;
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
            let down = trend == Some(Trend::Down) && !self.has(&Sense::Only);
            let descending = (rank.direction == Direction::Desc) != down;
            let direction = if descending { Direction::Desc } else { Direction::Asc };
            intent.sort = Some(Sort { metric, direction });
            intent.limit = self.rows(dim);
        }
        // "qué marcas crecieron": only those; "cuánto crecieron las ventas por marca": all.
        let asks_which = self.dims.iter().any(|d| d.role == Role::Head);
        // "solo los que crecieron" says so itself.
        let said = self.has(&Sense::Only) && self.take_all(&Sense::Only);
        let only = match self.changed_by {
            Some(_) if !lists || self.rank.is_some_and(|r| !r.all) => {
                return Err(Verdict::Clarify(Reason::WhichReading, Vec::new()));
            }
            Some((trend, _)) => Some(trend),
            None => trend.filter(|_| lists && (said || (asks_which && self.rank.is_none()))),
        };
        if only.is_some() && self.rank.is_none() {
            let direction = if only == Some(Trend::Up) { Direction::Desc } else { Direction::Asc };
            intent.sort = Some(Sort { metric, direction });
        }
        intent.shape = Shape::Compare { base, only, by: self.changed_by.map(|(_, by)| by) };
        Ok(intent)
    }

    /// "ventas por mes 2024 vs 2025": months of the year side by side.
    fn side_by_side(&self, mut intent: Intent, base: TimeRange) -> Shaped {
        let year = |t: TimeRange| t.grain == Some(Grain::Year) || t.is_calendar_year();
        let years = intent.time.is_some_and(year) && year(base);
        let by_month = intent.dims == [Dim::Month] || intent.dims == [Dim::MonthOfYear];
        if !by_month || !years || self.rank.is_some() {
            return Err(Verdict::Clarify(Reason::WhichReading, Vec::new()));
        }
        intent.dims = vec![Dim::MonthOfYear];
        intent.shape = Shape::Compare { base, only: None, by: None };
        Ok(intent)
    }

    fn growth(&mut self, times: Times, unnamed: Option<Metric>) -> Shaped {
        let metric = self.one_figure(unnamed)?;
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
        let pair = self
            .filters
            .iter()
            .position(|(f, _)| matches!(f, Filter::In { values, negated: false, .. } if values.len() >= 2));
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
        let Some((Filter::In { dim, values, .. }, _)) = self.filters.get(pair).cloned() else {
            return Ok(None);
        };
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
}
