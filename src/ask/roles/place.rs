//! One place of a ranking: "el segundo producto más vendido", "puesto 3 por ventas".

use super::{Ranking, Reason, Role, Roles, Verdict};
use crate::ask::chunk::Atom;
use crate::ask::intent::{Direction, Intent, Shape};
use crate::ask::lexicon::{GrammarNumber, Sense};
use crate::model::Dim;

impl Roles<'_> {
    /// Finds the one place that is asked for. Words of another place beside it stay unread.
    pub(super) fn read_place(&mut self) {
        let Some((words, place, stands_alone)) = self.said_place() else { return };
        let other_places = self.rank.is_some_and(|r| r.both_ends || r.n.is_some())
            || (0..self.input.chunks.len())
                .any(|k| self.word(k).starts_with("primer") || self.sense(k) == Some(&Sense::First));
        let at = words.first().copied().unwrap_or_default();
        let by_figure = self.dims.iter().any(|d| d.role == Role::Head)
            && self.metrics.iter().any(|(_, i)| {
                i.checked_sub(1)
                    .is_some_and(|k| matches!(self.sense(k), Some(Sense::Por | Sense::Group | Sense::In)))
            });
        let beside = stands_alone
            || self.next(at).is_some_and(|k| {
                matches!(
                    self.sense(k),
                    Some(
                        Sense::Dim(..)
                            | Sense::Metric(_)
                            | Sense::Rank(_)
                            | Sense::More
                            | Sense::Less
                            | Sense::Sold
                    )
                )
            });
        if other_places || !beside {
            return;
        }
        match &mut self.rank {
            Some(rank) => rank.place = Some(place),
            None if by_figure => {
                let direction = Direction::Desc;
                self.rank = Some(Ranking {
                    direction,
                    n: None,
                    all: false,
                    both_ends: false,
                    place: Some(place),
                    at,
                });
            }
            None => return,
        }
        for k in words {
            self.take(k);
        }
    }

    /// The words of the only place said, and whether they say by themselves that it is one.
    fn said_place(&self) -> Option<(Vec<usize>, u32, bool)> {
        let nth = |k: usize| match self.sense(k) {
            Some(Sense::Nth(n)) => Some(*n),
            _ => None,
        };
        let ordinals: Vec<(usize, u32)> =
            (0..self.input.chunks.len()).filter_map(|k| nth(k).map(|n| (k, n))).collect();
        match (&ordinals[..], &self.places(&Sense::Place)[..]) {
            ([(k, n)], []) => Some((vec![*k], *n, self.word(*k).contains(' '))),
            // "puesto 2"
            ([], [place]) => match self.atom(place + 1) {
                Some(Atom::Number(n)) if !n.money && !n.percent && n.value.fract().is_zero() => {
                    let said = u32::try_from(n.value.normalize().mantissa()).ok()?;
                    (n.value.normalize().scale() == 0 && (1..=1000).contains(&said))
                        .then(|| (vec![*place, place + 1], said, true))
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// "la segunda semana de mayo": a word of a place that had no part in the ranking is named.
    pub(super) fn without_its_place(&self, verdict: Verdict) -> Verdict {
        let unread =
            |k: &usize| matches!(self.sense(*k), Some(Sense::Nth(_) | Sense::Place)) && !self.is_used(*k);
        let left: Vec<usize> = (0..self.input.chunks.len()).filter(unread).collect();
        match verdict {
            Verdict::Clarify(Reason::WhichReading, _) if !left.is_empty() => Verdict::Left(left),
            other => other,
        }
    }

    /// The ranking of which one place is asked for; of a plural or of each group it is not said how.
    pub(super) fn placed(
        &self,
        intent: &mut Intent,
        place: u32,
        heads: &[Dim],
        groups: &[Dim],
    ) -> Result<(), Verdict> {
        if self.rank.is_some_and(|r| r.n.is_some()) {
            return Err(Verdict::Clarify(Reason::WhichReading, Vec::new()));
        }
        let single = |dim: &Dim| self.dims.iter().any(|d| d.dim == *dim && d.number == GrammarNumber::One);
        let dim = match (heads, groups) {
            ([head], []) if single(head) => *head,
            ([], [group]) => *group,
            _ => return Err(Verdict::Clarify(Reason::WhichReading, Vec::new())),
        };
        intent.dims = vec![dim];
        intent.limit = None;
        intent.shape = Shape::Place { n: place };
        Ok(())
    }
}
