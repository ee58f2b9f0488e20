//! Random choices that are the same on every machine and in every version.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// The only source of chance.
pub(super) struct Dice(ChaCha8Rng);

impl Dice {
    pub(super) fn new(seed: u64) -> Dice {
        Dice(ChaCha8Rng::seed_from_u64(seed))
    }

    /// A number below `n` (0 if `n` is 0). The bias of the remainder is below 1 in 10^9 here.
    pub(super) fn below(&mut self, n: u64) -> u64 {
        self.0.next_u64().checked_rem(n).unwrap_or(0)
    }

    /// A number from `low` to `high`, both included.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        let width = u64::try_from(high - low).unwrap_or(0) + 1;
        low + self.below(width) as i64
    }

    /// Whether something happens that happens `per_mille` times in a thousand.
    pub(super) fn chance(&mut self, per_mille: u64) -> bool {
        self.below(1000) < per_mille
    }

    /// One of `items`; `None` only if there are none.
    pub(super) fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.below(items.len() as u64) as usize)
    }

    /// An index, as often as its weight says.
    pub(super) fn index(&mut self, weights: &Weights) -> usize {
        let point = self.below(weights.total());
        weights.0.partition_point(|&upto| upto <= point)
    }
}

/// Weights, accumulated for a quick draw.
pub(super) struct Weights(Vec<u64>);

impl Weights {
    pub(super) fn new(weights: impl IntoIterator<Item = u64>) -> Weights {
        let mut total = 0;
        Weights(
            weights
                .into_iter()
                .map(|weight| {
                    total += weight;
                    total
                })
                .collect(),
        )
    }

    fn total(&self) -> u64 {
        self.0.last().copied().unwrap_or(0)
    }
}
