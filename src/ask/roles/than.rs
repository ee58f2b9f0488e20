//! Two periods compared by "más … que": "vendimos más en mayo que en abril".

use super::{DimUse, Reason, Role, Roles, Verdict};
use crate::ask::intent::Trend;
use crate::ask::lexicon::{GrammarNumber, Sense};

impl Roles<'_> {
    /// Whether two periods stand on both sides of "más … que"; of a plural noun only those are
    /// meant that grew, or fell. The word that would rank compares instead.
    pub(super) fn more_in_one_period(&mut self) -> Result<Option<Option<Trend>>, Verdict> {
        let [(first, _), (second, _)] = &self.time_chunks()[..] else { return Ok(None) };
        let (first, second) = (*first, *second);
        let passed = |k: &usize| {
            matches!(
                self.sense(*k),
                Some(Sense::In | Sense::Function | Sense::Clitic | Sense::Buy | Sense::Sell)
            )
        };
        let Some(joins) = (first + 1..second).rev().find(|k| !passed(k)) else { return Ok(None) };
        let asks_which = matches!(self.sense(joins), Some(Sense::Or)) || self.word(joins) == ",";
        if !asks_which && !matches!(self.word(joins), "que" | "than") {
            return Ok(None);
        }
        let by = |k: usize| match self.sense(k) {
            Some(Sense::More) => Some(Trend::Up),
            Some(Sense::Less) => Some(Trend::Down),
            _ => None,
        };
        let Some((at, trend)) = (0..joins).find_map(|k| by(k).map(|t| (k, t))) else { return Ok(None) };
        let ranks_by_it = self.rank.is_none_or(|r| r.at == at && r.n.is_none());
        let heads: Vec<DimUse> = self.dims.iter().filter(|d| d.role == Role::Head).copied().collect();
        let many = heads.iter().all(|d| d.number == GrammarNumber::Many && !d.dim.is_calendar());
        // "¿qué vendedor vendió más en mayo que en abril?" may ask for the first or for all.
        if !ranks_by_it || !many || self.has(&Sense::Who) || (asks_which && !self.dims.is_empty()) {
            return Ok(None);
        }
        if self.metrics.is_empty() && heads.iter().any(|d| d.dim.is_goods()) {
            return Err(Verdict::Clarify(Reason::WhichReading, self.by_choices()));
        }
        self.take(at);
        self.take(joins);
        self.rank = None;
        Ok(Some(Some(trend).filter(|_| !heads.is_empty())))
    }
}
