//! Values compared by "más … o": "¿vendimos más en Neiva o en Garzón?". Each is a row, so that
//! the answer shows by how much.

use super::{Ranking, Reason, Role, Roles, Verdict};
use crate::ask::chunk::Atom;
use crate::ask::intent::{Direction, Filter, Intent, Scope, Sort};
use crate::ask::lexicon::{GrammarNumber, Sense};
use crate::model::{Dim, Metric};

impl Roles<'_> {
    /// The alternatives with their figure, the one asked for first; nothing where a noun is ranked.
    pub(super) fn either(&mut self) -> Result<Option<Intent>, Verdict> {
        let ranked = self.rank.or_else(|| self.more_than());
        let Some(rank) = ranked.filter(|r| r.n.is_none() && r.place.is_none() && !r.all) else {
            return Ok(None);
        };
        let compares = [Sense::Change, Sense::Difference, Sense::Grew, Sense::Fell, Sense::HowMuch];
        let versus = self.places(&Sense::Versus);
        let than = versus.iter().all(|k| self.word(*k) == "than");
        if compares.iter().any(|s| self.has(s)) || !than || !self.conditions.is_empty() {
            return Ok(None);
        }
        let Some(dim) = self.alternatives(rank) else { return Ok(None) };
        if self.time_chunks().len() > 1 {
            // "¿más Bosch o Makita en mayo o en abril?" asks two things.
            return Err(Verdict::Clarify(Reason::WhichReading, Vec::new()));
        }
        self.rank = Some(rank);
        for k in versus.into_iter().chain([rank.at]) {
            self.take(k);
        }
        let metrics = self.compared_figures(rank, dim)?;
        let first = *metrics.first().ok_or_else(|| self.no_metric())?;
        let time = self.one_time()?;
        let mut intent = self.base_intent(metrics);
        intent.dims = vec![dim];
        intent.sort = Some(Sort { metric: first, direction: rank.direction });
        intent.time = time;
        Ok(Some(intent))
    }

    /// "¿Bosch vende más que Makita?": the comparison stands between the two, with no number.
    fn more_than(&self) -> Option<Ranking> {
        let over = self.places(&Sense::Over).into_iter().map(|k| (k, Direction::Desc));
        let under = self.places(&Sense::Under).into_iter().map(|k| (k, Direction::Asc));
        let said: Vec<(usize, Direction)> = over.chain(under).collect();
        let [(at, direction)] = said[..] else { return None };
        let plain =
            matches!(self.word(at), "mas que" | "menos que" | "more than" | "less than" | "fewer than");
        (plain && self.rank.is_none() && !self.is_used(at)).then_some(Ranking {
            direction,
            n: None,
            all: false,
            both_ends: false,
            place: None,
            at,
        })
    }

    fn is_more_than(&self, at: usize) -> bool {
        matches!(self.sense(at), Some(Sense::Over | Sense::Under))
    }

    /// The dimension whose values, or cash and credit, stand on both sides of "o".
    fn alternatives(&self, rank: Ranking) -> Option<Dim> {
        let nouns = match self.dims[..] {
            [] => true,
            [only] if only.dim == Dim::PaymentTerm => {
                let paid = self.places(&Sense::Credit).into_iter().chain(self.places(&Sense::Cash));
                let or = self.word(only.at).split(' ').any(|word| matches!(word, "o" | "or"));
                return (or || self.joined(&paid.collect::<Vec<_>>(), rank)).then_some(Dim::PaymentTerm);
            }
            // "¿tiene más clientes Neiva o Garzón?"
            [_] if self.counted_alternative(rank).is_some() => true,
            // "¿qué marca vende más, Bosch o Makita?": in pesos or in pieces is not said.
            [only] => {
                let verb =
                    self.sense(rank.at) == Some(&Sense::More) || self.sense(rank.at) == Some(&Sense::Less);
                let goods = only.dim.is_goods() || only.dim == Dim::Supplier;
                let unsaid = verb && self.metrics.is_empty() && self.sells() && !self.has(&Sense::Sold);
                goods && unsaid && only.role == Role::Head && only.number == GrammarNumber::One
            }
            _ => false,
        };
        if !nouns {
            return None;
        }
        let several = |(f, _): &&(Filter, usize)| matches!(f, Filter::In { values, negated: false, .. } if values.len() > 1);
        let mut lists = self.filters.iter().filter(several);
        let (Some((Filter::In { dim, values, .. }, _)), None) = (lists.next(), lists.next()) else {
            return None;
        };
        let named = self.all(|atom| matches!(atom, Atom::Value(all) if all.iter().any(|c| c.dim == *dim && values.iter().any(|v| v == self.input.values.text(c.id)))));
        let counted = self.counted_alternative(rank);
        let other_noun = self.dims.iter().any(|d| d.dim != *dim && Some(d.dim) != counted);
        // A name of the store for several values would be several rows of one alternative.
        (!other_noun && named.len() == values.len() && self.joined(&named, rank)).then_some(*dim)
    }

    /// "¿tiene más clientes …?": the members of a noun right after "más" are counted.
    fn counted_alternative(&self, rank: Ranking) -> Option<Dim> {
        let more = matches!(self.sense(rank.at), Some(Sense::More | Sense::Less));
        match self.dims[..] {
            [d] if more
                && self.metrics.is_empty()
                && d.role == Role::Head
                && d.number == GrammarNumber::Many
                && !d.dim.is_calendar()
                && self.next(rank.at) == Some(d.at) =>
            {
                Some(d.dim)
            }
            _ => None,
        }
    }

    /// Whether "o", or of two a "que", joins the last of the places to the one before.
    fn joined(&self, places: &[usize], rank: Ranking) -> bool {
        let (mut places, two) = (places.to_vec(), places.len() == 2);
        places.sort_unstable();
        let [.., before, last] = places[..] else { return false };
        if self.is_more_than(rank.at) {
            return two && (before..last).contains(&rank.at);
        }
        let mut between = before + 1..last;
        between.any(|k| self.sense(k) == Some(&Sense::Or) || (two && matches!(self.word(k), "que" | "than")))
    }

    /// The figure named; without one, "vender" of goods may mean pesos or pieces, and both are shown.
    fn compared_figures(&self, rank: Ranking, dim: Dim) -> Result<Vec<Metric>, Verdict> {
        if !self.metrics.is_empty() {
            return match self.figures()?.as_slice() {
                [only] => Ok(vec![*only]),
                _ => Err(Verdict::Clarify(Reason::WhichReading, Vec::new())),
            };
        }
        if let Some(counted) = self.counted_alternative(rank) {
            // "vender más productos": more of them, or more kinds of them?
            let pieces = counted == Dim::Product && (self.sells() || self.has(&Sense::Sold));
            return match pieces || counted == dim {
                true => Err(Verdict::Clarify(Reason::WhichReading, Vec::new())),
                false => Ok(vec![Metric::Distinct(counted)]),
            };
        }
        let by_words = self.is_more_than(rank.at)
            || matches!(self.sense(rank.at), Some(Sense::More | Sense::Less | Sense::Sold));
        let implied = self.implied_metric().filter(|m| *m == Metric::Profit);
        if let Some(profit) = implied {
            return Ok(vec![profit]);
        }
        let sold = self.has(&Sense::Sold);
        let verb = sold || self.sells() || self.has(&Sense::Buy) || self.scope == Scope::Returns;
        if !verb || !by_words {
            return Err(self.no_metric());
        }
        let goods = dim.is_goods() || dim == Dim::Supplier;
        let bills = self
            .places(&Sense::Sell)
            .iter()
            .any(|i| ["factur", "bill"].iter().any(|w| self.word(*i).contains(w)));
        Ok(match (goods && !bills && !self.in_money(), sold || dim == Dim::Product) {
            (false, _) => vec![Metric::Sales],
            (true, true) => vec![Metric::Units, Metric::Sales],
            (true, false) => vec![Metric::Sales, Metric::Units],
        })
    }
}
