//! Shares: of each group, of the part that values select, of the part within each group.

use super::shapes::Shaped;
use super::{Reason, Role, Roles, Verdict};
use crate::ask::intent::{Direction, Filter, Scope, Shape, Sort};
use crate::ask::lexicon::{GrammarNumber, Sense};
use crate::model::{Dim, Metric};

impl Roles<'_> {
    /// Shares: of each group, or of the part that values select.
    pub(super) fn share(&mut self) -> Shaped {
        let link = self.places(&Sense::ShareOf).first().copied();
        let of = self.part_of_how_much();
        let at = self.places(&Sense::Share).first().copied().or(of).or(link).unwrap_or(0);
        // "cuánto pesa el cemento" without a figure asks for kilos.
        if self.word(at).contains("pesa") && self.metrics.is_empty() {
            return Err(Verdict::Topic("attributes".to_string()));
        }
        self.take_all(&Sense::Share);
        if self.rank.is_some_and(|r| r.n.is_none() && !r.all) && self.dims.is_empty() {
            return Err(Verdict::Left(vec![at]));
        }
        self.rate_or_share(at)?;
        self.members_shared(at);
        self.members_of_a_value(at);
        let metric = self.one_figure(Some(Metric::Sales))?;
        if let Some(shape) = self.concentration(at)? {
            let mut intent = self.base_intent(vec![metric]);
            intent.dims = self.dims_as(&[Role::Head]);
            intent.time = self.one_time()?;
            intent.shape = shape;
            return Ok(intent);
        }
        let mut intent = self.base_intent(vec![metric]);
        let dims = self.dims_as(&[Role::Head, Role::Group, Role::Each]);
        intent.time = self.one_time()?;
        if !dims.is_empty() {
            if !intent.having.is_empty() {
                return Err(Verdict::Left(vec![at]));
            }
            self.share_of_what()?;
            // "porcentaje de ventas a crédito por ciudad": the part within each city.
            let payment = |f: &Filter| matches!(f, Filter::Credit(_));
            let (part, whole): (Vec<Filter>, Vec<Filter>) = intent.filters.into_iter().partition(payment);
            intent.filters = whole;
            if !part.is_empty() && self.rank.is_some() {
                return Err(Verdict::Clarify(Reason::WhichReading, Vec::new()));
            }
            intent.shape = Shape::Share { part };
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

    /// "devoluciones como porcentaje de las ventas", "qué porcentaje de las ventas fue devuelto": the
    /// rate of returns.
    pub(super) fn share_returned(&mut self) -> bool {
        let [share] = self.places(&Sense::Share)[..] else { return false };
        let percent = ["porcentaje", "percent", "%"].iter().any(|w| self.word(share).contains(w));
        let [(Metric::Sales, sales)] = self.metrics[..] else { return false };
        if !percent || self.scope != Scope::Returns || self.next(share) != Some(sales) {
            return false;
        }
        self.take(share);
        self.scope = Scope::Sales;
        self.metrics = vec![(Metric::ReturnRate, sales)];
        true
    }

    /// "porcentaje de devoluciones por marca": of its own sales, or of all that was returned?
    fn rate_or_share(&self, at: usize) -> Result<(), Verdict> {
        let percent = ["porcentaje", "percent", "%"].iter().any(|w| self.word(at).contains(w));
        let returns = self.next(at).filter(|k| self.sense(*k) == Some(&Sense::Returns));
        let Some(returns) = returns.filter(|_| percent && self.metrics.is_empty()) else { return Ok(()) };
        let span = |k: usize| self.input.chunks.get(k).map_or(0..0, |c| c.span.clone());
        let said = match self.input.spanish {
            true => ["tasa de devoluciones", "participación en devoluciones"],
            false => ["return rate", "share of returns"],
        };
        let questions = said.iter().map(|s| self.rewritten(span(at).start..span(returns).end, s)).collect();
        Err(Verdict::Clarify(Reason::WhichReading, questions))
    }

    /// "qué porcentaje de los clientes es de Neiva": customers are counted.
    fn members_shared(&mut self, share: usize) {
        let in_percent = ["porcent", "percent"].iter().any(|w| self.word(share).contains(w));
        let counted = self.dims.iter().copied().find(|d| {
            d.role == Role::Head
                && d.number == GrammarNumber::Many
                && !d.dim.is_calendar()
                && self.next(share) == Some(d.at)
                && (in_percent || d.dim == Dim::Customer)
        });
        let divided = self.dims.len() > 1 || !self.filters.is_empty();
        if let Some(d) = counted.filter(|_| divided && self.metrics.is_empty() && self.rank.is_none()) {
            self.dims.retain(|other| other.at != d.at);
            self.metrics.push((Metric::Distinct(d.dim), d.at));
        }
    }

    /// "qué porcentaje de las ventas viene de clientes de Bogotá": the noun adds nothing to the value.
    fn members_of_a_value(&mut self, share: usize) {
        let asks_for_one = self.word(share).starts_with("que ")
            || self.word(share).starts_with("what ")
            || share.checked_sub(1).is_some_and(|k| matches!(self.word(k), "que" | "what"));
        if !asks_for_one || self.rank.is_some() || self.dims.len() != 1 {
            return;
        }
        let is_value = |i: usize| self.filters.iter().any(|(_, at)| *at == i);
        let adds_nothing = self.dims.iter().all(|d| {
            let beside =
                self.next_past_in(d.at).is_some_and(is_value) || d.at.checked_sub(1).is_some_and(is_value);
            let members = d.role == Role::Head && d.number == GrammarNumber::Many && !d.dim.is_calendar();
            members && beside && d.at > share
        });
        if adds_nothing {
            self.dims.clear();
        }
    }

    /// "qué porcentaje de las ventas hacen los 10 mejores clientes": their share together.
    /// "participación de los 10 mejores clientes" may also be each one's.
    fn concentration(&self, share: usize) -> Result<Option<Shape>, Verdict> {
        let Some(rank) = self.rank.filter(|r| !r.all && r.direction == Direction::Desc) else {
            return Ok(None);
        };
        let heads = self.dims_as(&[Role::Head]);
        let [head] = heads[..] else { return Ok(None) };
        let members_after = self.dims.iter().any(|d| d.dim == head && d.at > share) && rank.at > share;
        let Some(n) = self.rows(head).filter(|_| members_after && self.dims.len() == 1) else {
            return Ok(None);
        };
        let metric = self.metrics.iter().map(|(_, i)| *i).find(|i| *i > share && *i != usize::MAX);
        let figure_first = metric.is_some_and(|m| m < rank.at);
        if !figure_first || !self.conditions.is_empty() || (rank.n.is_none() && n > 1) {
            return Err(Verdict::Clarify(Reason::WhichReading, Vec::new()));
        }
        Ok(Some(Shape::Concentration { n }))
    }

    /// "porcentaje de las ventas de Bosch por ciudad" may divide Bosch among the cities or
    /// measure it in each; "por ciudad en mayo", "por marca en Neiva" may not.
    fn share_of_what(&self) -> Result<(), Verdict> {
        let grouped = self.dims.iter().all(|d| d.role == Role::Group);
        let unclear = self.filters.iter().any(|(f, at)| {
            let value = matches!(f, Filter::In { negated: false, .. });
            value && !self.in_before(*at) && grouped
        });
        if unclear { Err(Verdict::Clarify(Reason::WhichReading, Vec::new())) } else { Ok(()) }
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
            let (part, whole): (Vec<_>, Vec<_>) =
                self.filters.iter().cloned().partition(|(_, i)| is_part(*i));
            (
                part.into_iter().map(|(f, _)| f).collect::<Vec<_>>(),
                whole.into_iter().map(|(f, _)| f).collect::<Vec<_>>(),
            )
        };
        let first = self.filters.iter().map(|(_, i)| *i).min().unwrap_or(0);
        let last = self.filters.iter().map(|(_, i)| *i).max().unwrap_or(0);
        let is = (share..last).rev().find(|i| {
            matches!(self.word(*i), "es" | "son" | "fue" | "fueron" | "era" | "is" | "are" | "was" | "were")
        });
        let is_before = |i: usize| {
            (share..i)
                .rev()
                .find(|k| matches!(self.word(*k), "es" | "son" | "fue" | "is" | "are" | "was" | "were"))
                .unwrap_or(0)
        };
        let (part, whole) = match (link, metric) {
            // "qué porcentaje de las ventas de Neiva corresponde a Bosch"
            (Some(link), Some(metric)) if metric < link => split(&|i| i > link),
            // "qué porcentaje de las ventas de Neiva son de Bosch"
            (_, Some(metric)) if is.is_some_and(|is| is > metric && is > first) => {
                split(&|i| is.is_some_and(|is| i > is))
            }
            // "qué participación tiene Bosch en las ventas de Neiva", "participación de Bosch en las ventas de Neiva"
            (_, Some(metric)) if self.in_before(metric) => split(&|i| i < metric),
            // "what portion of sales is Corona in Garzon?"
            (None, Some(metric)) if is_before(first) > metric && first > metric && self.in_before(last) => {
                split(&|i| i < last)
            }
            // "Bosch's share of sales in Neiva"
            (None, Some(metric)) if first < share && last > metric => split(&|i| i < share),
            // "participación de Bosch en Neiva"
            (None, None) if share < first && self.in_before(last) && !self.in_before(first) => {
                split(&|i| i < last)
            }
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
                Some(Sense::Function | Sense::Total | Sense::Dim(..)) => k = before,
                Some(Sense::Exactly | Sense::Except) if matches!(self.word(before), "=" | "≠") => {
                    k = before
                }
                _ => return false,
            }
        }
        false
    }
}
