//! Ordering rows: every value gets its rank, rows are ordered by rank and where they stood.

use std::cmp::Ordering;
use std::collections::HashMap;

use arrow::array::{Array, ArrayRef};
use arrow::compute::{SortOptions, concat, rank};
use arrow::datatypes::DataType;

use super::search::fold;
use super::{Frame, read};
use crate::format::Digits;
use crate::model::Value;

/// The rank of NULL and of what has no value: after all others.
const LAST: u32 = u32::MAX;

impl Frame {
    /// The same rows ordered by a column, NULLs last, equal rows in the order they had.
    /// Text is ordered without regard to case and accents, with `ñ` after `n`.
    ///
    /// Takes time with the number of rows: not for the thread that draws.
    pub fn sorted_by(&self, column: usize, descending: bool) -> Frame {
        let mut sorted = self.clone();
        if let Some(order) = self.order_by(column, descending) {
            sorted.order = Some(order.into());
        }
        sorted
    }

    /// Stored rows in the wanted order; none where there is nothing to order by.
    fn order_by(&self, column: usize, descending: bool) -> Option<Vec<u32>> {
        let rows = u32::try_from(self.row_count()).ok()?;
        let parts: Vec<&dyn Array> = self
            .batches
            .iter()
            .map(|batch| batch.columns().get(column).map(AsRef::as_ref))
            .collect::<Option<_>>()?;
        let values = concat(&parts).ok()?;
        let ranks = self.ranks(&values, column, descending)?;
        let shown: Vec<u32> = match &self.order {
            Some(order) => (0..rows).map(|row| order.get(row as usize).copied().unwrap_or(row)).collect(),
            None => (0..rows).collect(),
        };
        // Rank and place in one number: sorting it is sorting by rank, then by place.
        let mut keys: Vec<u64> = shown
            .iter()
            .zip(0u64..)
            .map(|(stored, place)| {
                u64::from(ranks.get(*stored as usize).copied().unwrap_or(LAST)) << 32 | place
            })
            .collect();
        keys.sort_unstable();
        let place = |key: u64| usize::try_from(key & u64::from(u32::MAX)).ok();
        keys.into_iter().map(|key| shown.get(place(key)?).copied()).collect()
    }

    /// The rank of every stored row's value, equal for equal values.
    fn ranks(&self, values: &ArrayRef, column: usize, descending: bool) -> Option<Vec<u32>> {
        let is_text = matches!(values.data_type(), DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View);
        if !is_text {
            return rank(values.as_ref(), Some(SortOptions { descending, nulls_first: false })).ok();
        }
        // Numbers too wide for 128 bits arrive as text and are compared by their digits.
        if self.kind(column).is_measure() {
            return Some(text_ranks(values, Digits::parse, Digits::value_cmp, descending));
        }
        Some(text_ranks(values, |text| Some(fold(text)), |a, b| a.cmp(b), descending))
    }
}

/// Ranks of texts by a key made of each; the key is made once per distinct text.
fn text_ranks<K>(
    values: &ArrayRef,
    key: impl Fn(&str) -> Option<K>,
    order: impl Fn(&K, &K) -> Ordering,
    descending: bool,
) -> Vec<u32> {
    let texts = || {
        (0..values.len()).map(|row| match read::value(values, row) {
            Value::Text(text) => Some(text),
            _ => None,
        })
    };
    let mut ranks: HashMap<&str, u32> = texts().flatten().map(|text| (text, LAST)).collect();
    let mut keyed: Vec<(K, &str)> =
        ranks.keys().filter_map(|text| key(text).map(|key| (key, *text))).collect();
    keyed.sort_by(|(a, _), (b, _)| if descending { order(b, a) } else { order(a, b) });
    let mut rank = 0;
    let mut previous: Option<&K> = None;
    for (key, text) in &keyed {
        if previous.is_some_and(|previous| order(previous, key) != Ordering::Equal) {
            rank += 1;
        }
        previous = Some(key);
        ranks.insert(text, rank);
    }
    texts().map(|text| text.and_then(|text| ranks.get(text)).copied().unwrap_or(LAST)).collect()
}
