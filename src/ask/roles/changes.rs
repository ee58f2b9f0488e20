//! How much the groups of a comparison must have changed: "marcas que crecieron más del 20 %".

use super::{Condition, Roles};
use crate::ask::intent::{Percent, Trend};
use crate::ask::lexicon::Sense;

impl Roles<'_> {
    /// Whether the number is about a change in percent; if so, it is kept for the comparison.
    pub(super) fn is_about_change(&mut self, condition: &Condition) -> bool {
        if !condition.percent || self.changed_by.is_some() {
            return false;
        }
        let binds = |k: &usize| {
            self.binds(*k) || matches!(self.sense(*k), Some(Sense::In | Sense::Group | Sense::Por))
        };
        let before = (0..condition.op_at).rev().find(|k| !binds(k));
        let after = self.next(condition.at);
        let Some((at, trend)) =
            [before, after].into_iter().flatten().find_map(|k| self.trend_at(k).map(|t| (k, t)))
        else {
            return false;
        };
        // "grew by more than 20%"
        for k in at + 1..condition.op_at {
            self.take(k);
        }
        self.changed_by = Some((trend, Percent { op: condition.op, value: condition.value }));
        true
    }

    fn trend_at(&self, k: usize) -> Option<Trend> {
        match self.sense(k)? {
            Sense::Grew => Some(Trend::Up),
            Sense::Fell => Some(Trend::Down),
            Sense::Change => {
                let up = ["crec", "grow", "increas", "increment", "aument", "subi"];
                up.iter().any(|w| self.word(k).contains(w)).then_some(Trend::Up)
            }
            _ => None,
        }
    }
}
