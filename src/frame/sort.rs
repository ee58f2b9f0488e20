//! Ordering rows with Arrow's kernels.

use std::cmp::Ordering;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, StringArray, UInt32Array};
use arrow::compute::{SortColumn, SortOptions, concat, lexsort_to_indices};
use arrow::datatypes::DataType;

use super::search::fold;
use super::{Frame, read};
use crate::format::Digits;
use crate::model::Value;

impl Frame {
    /// The same rows ordered by a column, NULLs last, equal rows in the order they had.
    /// Text is ordered without regard to case and accents, with `ñ` after `n`.
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
        let places = self.shown_places(rows);
        let is_text = matches!(values.data_type(), DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View);
        if is_text && self.kind(column).is_measure() {
            return Some(order_wide_numbers(&values, &places, descending));
        }
        let key = if is_text { folded(&values) } else { values };
        let options = SortOptions { descending, nulls_first: false };
        let indices = lexsort_to_indices(
            &[
                SortColumn { values: key, options: Some(options) },
                SortColumn { values: Arc::new(UInt32Array::from(places)), options: None },
            ],
            None,
        )
        .ok()?;
        Some(indices.values().to_vec())
    }

    /// Where each stored row is shown now, so that sorting keeps the order of equal rows.
    fn shown_places(&self, rows: u32) -> Vec<u32> {
        let mut places: Vec<u32> = (0..rows).collect();
        for (place, stored) in self.order.iter().flat_map(|order| order.iter()).enumerate() {
            if let (Some(slot), Ok(place)) = (places.get_mut(*stored as usize), u32::try_from(place)) {
                *slot = place;
            }
        }
        places
    }
}

fn folded(values: &ArrayRef) -> ArrayRef {
    let keys: StringArray = (0..values.len())
        .map(|row| match read::value(values, row) {
            Value::Text(text) => Some(fold(text)),
            _ => None,
        })
        .collect();
    Arc::new(keys)
}

/// Numbers too wide for 128 bits arrive as text and are compared by their digits.
fn order_wide_numbers(values: &ArrayRef, places: &[u32], descending: bool) -> Vec<u32> {
    let mut rows: Vec<(Option<Digits>, u32, u32)> = places
        .iter()
        .zip(0u32..)
        .map(|(place, stored)| {
            let digits = match read::value(values, stored as usize) {
                Value::Text(text) => Digits::parse(text),
                _ => None,
            };
            (digits, *place, stored)
        })
        .collect();
    rows.sort_by(|(a, place_a, _), (b, place_b, _)| {
        let by_value = match (a, b) {
            (Some(a), Some(b)) if descending => b.value_cmp(a),
            (Some(a), Some(b)) => a.value_cmp(b),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => Ordering::Equal,
        };
        by_value.then(place_a.cmp(place_b))
    });
    rows.into_iter().map(|(_, _, stored)| stored).collect()
}
