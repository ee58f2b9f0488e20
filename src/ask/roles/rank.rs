//! "top 5", "los 8 que más …", "el mejor", "ranking de".

use super::{Ranking, Role, Roles};
use crate::ask::chunk::Atom;
use crate::ask::lexicon::{Direction, GrammarNumber, Sense};
use crate::model::{Dim, Metric};

impl Roles<'_> {
    /// Finds the words that order, and the number of rows asked for.
    pub(super) fn read_rank(&mut self) {
        for i in 0..self.input.chunks.len() {
            let price =
                matches!(self.sense(i), Some(Sense::Metric(Metric::MaxUnitPrice | Metric::MinUnitPrice)));
            if self.is_used(i) && !price {
                continue;
            }
            let (direction, all) = match self.sense(i) {
                Some(Sense::Rank(direction)) => (*direction, false),
                Some(Sense::More) => (Direction::Desc, false),
                Some(Sense::Less) => (Direction::Asc, false),
                Some(Sense::Ranking) => (Direction::Desc, true),
                Some(Sense::RankingUp) => (Direction::Asc, true),
                Some(Sense::First) => (Direction::Desc, false),
                Some(Sense::Sold) if is_superlative(self.word(i)) => {
                    (if is_lowest(self.word(i)) { Direction::Asc } else { Direction::Desc }, false)
                }
                Some(Sense::Metric(Metric::MaxUnitPrice)) if self.has_product_head() => {
                    (Direction::Desc, false)
                }
                Some(Sense::Metric(Metric::MinUnitPrice)) if self.has_product_head() => {
                    (Direction::Asc, false)
                }
                _ => continue,
            };
            self.take(i);
            // "los 5 mejores, de menor a mayor": the five best, or the five smallest?
            let turned = |r: &Ranking| {
                let best = Some(&Sense::Rank(Direction::Desc));
                let up = Some(&Sense::RankingUp);
                let (one, other) = (self.sense(r.at), self.sense(i));
                (one, other) == (best, up) || (one, other) == (up, best)
            };
            let both_ends =
                self.rank.is_some_and(|r| r.direction != direction && (self.follows_and(i) || turned(&r)));
            match &mut self.rank {
                Some(rank) => {
                    rank.both_ends |= both_ends;
                    // "top 5 menos vendidos", "ranking … de menor a mayor": the more definite word decides.
                    rank.all |= all;
                    if direction == Direction::Asc {
                        rank.direction = Direction::Asc;
                    }
                }
                None => {
                    // "por marca, el mayor por ventas"
                    let one = matches!(self.word(i), "mayor" | "menor" | "highest" | "lowest")
                        && i > 0
                        && matches!(self.word(i - 1), "el" | "la" | "the")
                        && matches!(self.sense(i + 1), Some(Sense::Por | Sense::Group));
                    let n = one.then_some(1);
                    self.rank = Some(Ranking { direction, n, all, both_ends: false, place: None, at: i });
                }
            }
        }
        self.read_place();
        if self.rank.is_some() {
            self.read_row_number();
        }
    }

    /// "el mejor y el peor": a second end, joined to the first.
    fn follows_and(&self, i: usize) -> bool {
        self.previous(i).is_some_and(|k| match self.sense(k) {
            Some(Sense::Which) => (0..k)
                .rev()
                .find(|k| !self.binds(*k) && self.sense(*k) != Some(&Sense::In))
                .is_some_and(|k| self.sense(k) == Some(&Sense::And)),
            sense => sense == Some(&Sense::And),
        })
    }

    fn has_product_head(&self) -> bool {
        self.dims.iter().any(|d| {
            d.role == Role::Head
                && matches!(d.dim, Dim::Product | Dim::Brand | Dim::Subcategory | Dim::Category)
        })
    }

    /// "el vendedor con más clientes": the clients are counted, the salesperson is ranked.
    pub(super) fn read_ranked_counts(&mut self) {
        const MORE: [&str; 6] = ["mas", "menos", "most", "least", "fewest", "more"];
        if self.rank.is_none() {
            return;
        }
        let heads: Vec<super::DimUse> = self.dims.iter().filter(|d| d.role == Role::Head).copied().collect();
        let counted = heads.iter().find(|d| {
            let after_rank = self.previous(d.at).is_some_and(|k| {
                matches!(self.sense(k), Some(Sense::More | Sense::Less | Sense::Rank(_)))
                    && MORE.iter().any(|w| self.word(k).split(' ').any(|said| said == *w))
            });
            let ranked = heads.iter().any(|other| other.dim != d.dim && other.at < d.at);
            let units = d.dim == Dim::Product && (self.sells() || self.has(&Sense::Sold));
            after_rank && ranked && !units && d.number == GrammarNumber::Many && !d.dim.is_calendar()
        });
        if let Some(counted) = counted.copied() {
            self.dims.retain(|d| d.at != counted.at);
            self.metrics.push((Metric::Distinct(counted.dim), counted.at));
        }
    }

    /// The free number beside the rank or the ranked noun.
    fn read_row_number(&mut self) {
        let numbers = self.all(|atom| matches!(atom, Atom::Number(_)));
        let free: Vec<usize> = numbers.into_iter().filter(|i| !self.is_used(*i)).collect();
        let [at] = free.as_slice() else { return };
        let Some(Atom::Number(number)) = self.atom(*at) else { return };
        if number.money || number.percent || !number.value.fract().is_zero() {
            return;
        }
        let Ok(n) = u32::try_from(number.value.normalize().mantissa()) else { return };
        if !(1..=1000).contains(&n) || number.value.normalize().scale() != 0 {
            return;
        }
        let beside = |k: Option<usize>| {
            k.is_some_and(|k| {
                matches!(
                    self.sense(k),
                    Some(
                        Sense::Rank(_)
                            | Sense::Dim(..)
                            | Sense::More
                            | Sense::Less
                            | Sense::Ranking
                            | Sense::RankingUp
                            | Sense::First
                            | Sense::Together
                            | Sense::Sold
                            | Sense::Metric(_)
                    )
                ) || matches!(self.atom(k), Some(Atom::Value(_)))
            })
        };
        // "menos el 04" leaves something out; it never says how many.
        let after_sign =
            self.previous(*at).is_some_and(|k| matches!(self.sense(k), Some(Sense::Less | Sense::More)));
        if beside(self.next(*at)) || (beside(self.previous(*at)) && !after_sign) {
            self.take(*at);
            if let Some(rank) = &mut self.rank {
                rank.n = Some(n);
            }
        }
    }

    /// A number that nothing has used, as a number of rows.
    pub(super) fn free_number(&mut self) -> Option<u32> {
        let at = self.all(|atom| matches!(atom, Atom::Number(_))).into_iter().find(|i| !self.is_used(*i))?;
        let Some(Atom::Number(number)) = self.atom(at) else { return None };
        let n = u32::try_from(number.value.normalize().mantissa()).ok()?;
        let counts = number.value.fract().is_zero() && !number.money && !number.percent;
        let n = Some(n).filter(|n| counts && (1..=1000).contains(n))?;
        self.take(at);
        Some(n)
    }

    /// How many rows a ranking of this noun gives: the number said, one for a singular,
    /// ten for a plural, all for a "ranking".
    pub(super) fn rows(&self, dim: Dim) -> Option<u32> {
        let rank = self.rank?;
        if rank.n.is_some() {
            return rank.n;
        }
        if rank.all {
            return None;
        }
        let number = self.dims.iter().find(|d| d.dim == dim).map(|d| d.number);
        match number {
            Some(GrammarNumber::Many) => Some(10),
            Some(GrammarNumber::One) => {
                // "top por cliente": the noun of a group is no head, and means many.
                let grouped = self.dims.iter().any(|d| d.dim == dim && d.role == Role::Group);
                Some(if grouped { 10 } else { 1 })
            }
            None => Some(1),
        }
    }
}

fn is_superlative(word: &str) -> bool {
    const SUPERLATIVES: [&str; 13] = [
        "selling",
        "seller",
        "most sold",
        "least sold",
        "best sold",
        "popular",
        "est moving",
        "mayor rotacion",
        "mayor salida",
        "mas salida",
        "con mas movimiento",
        "mas pedid",
        "mas llevad",
    ];
    SUPERLATIVES.iter().any(|s| word.contains(s))
}

fn is_lowest(word: &str) -> bool {
    ["least", "worst", "slow", "lowest"].iter().any(|s| word.contains(s))
}
