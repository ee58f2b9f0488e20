//! Rankings that name nothing to rank: "lo que más se vende", "top sellers".

use super::{Ranking, Reason, Roles, Verdict};
use crate::ask::intent::Intent;
use crate::ask::lexicon::{Direction, Sense};
use crate::model::{Dim, Metric};

impl Roles<'_> {
    /// "top 5 de lo que más se vende" ranks products; without a number it may ask for one or for several.
    pub(super) fn best_sellers(&self, intent: &mut Intent, rank: Ranking) -> Result<(), Verdict> {
        let said = self.what_sells();
        if let (Some(n), Some(_)) = (rank.n, said)
            && intent.metrics == [Metric::Units]
        {
            intent.dims = vec![Dim::Product];
            intent.limit = Some(n);
            return Ok(());
        }
        let questions = match said {
            Some((from, to)) => self.products_that_sell(from, to, rank.direction),
            None => Vec::new(),
        };
        Err(Verdict::Clarify(Reason::WhichReading, questions))
    }

    /// The chunks of "lo que más se vende" or "top sellers".
    fn what_sells(&self) -> Option<(usize, usize)> {
        let to = self.places(&Sense::Sold).first().copied()?;
        let that = (0..to).rev().find(|k| self.word(*k) == "lo" && self.word(*k + 1) == "que");
        let noun = self.word(to).contains("seller");
        that.or_else(|| noun.then_some(to)).map(|from| (from, to))
    }

    fn products_that_sell(&self, from: usize, to: usize, direction: Direction) -> Vec<String> {
        let span = |i: usize| self.input.chunks.get(i).map_or(0..0, |c| c.span.clone());
        let said: &[&str] = match (self.input.spanish, direction) {
            (true, Direction::Desc) => &["el producto más vendido", "los 10 productos más vendidos"],
            (true, Direction::Asc) => &["el producto menos vendido", "los 10 productos menos vendidos"],
            (false, Direction::Desc) => &["10 best-selling products", "top 10 salespeople"],
            (false, Direction::Asc) => &["10 worst-selling products", "bottom 10 salespeople"],
        };
        said.iter().map(|s| self.rewritten(span(from).start..span(to).end, s)).collect()
    }
}
