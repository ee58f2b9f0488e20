//! Shares: of each group, of the part that values select, of the part within each group.

use super::shapes::Shaped;
use super::{Reason, Role, Roles, Verdict};
use crate::ask::intent::{Filter, Shape, Sort};
use crate::ask::lexicon::Sense;
use crate::model::Metric;

impl Roles<'_> {
    /// Shares: of each group, or of the part that values select.
    pub(super) fn share(&mut self) -> Shaped {
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
                Some(Sense::Function | Sense::Total | Sense::Dim(..)) => k = before,
                _ => return false,
            }
        }
        false
    }
}
