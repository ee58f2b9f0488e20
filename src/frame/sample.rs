//! Small frames for the tests of the rooms that read them.

use std::sync::Arc;

use arrow::array::{ArrayRef, Date32Array, Decimal128Array, Float64Array, Int32Array, StringArray};
use arrow::datatypes::{Field, Schema};
use arrow::record_batch::RecordBatch;
use chrono::{Datelike, NaiveDate};

use super::{Completeness, Frame};
use crate::ask::PlannedColumn;
use crate::i18n::Lang;
use crate::model::ColumnKind;

/// Amounts with two decimals, given in hundredths.
pub(crate) fn amounts(hundredths: &[Option<i128>]) -> ArrayRef {
    let array: Decimal128Array = hundredths.iter().copied().collect();
    Arc::new(array.with_precision_and_scale(38, 2).expect("a valid scale"))
}

/// Whole pesos.
pub(crate) fn pesos(values: &[i128]) -> ArrayRef {
    amounts(&values.iter().map(|v| Some(v * 100)).collect::<Vec<_>>())
}

pub(crate) fn words(values: &[&str]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

pub(crate) fn whole(values: &[i32]) -> ArrayRef {
    Arc::new(Int32Array::from(values.to_vec()))
}

pub(crate) fn floats(values: &[f64]) -> ArrayRef {
    Arc::new(Float64Array::from(values.to_vec()))
}

/// The first days of consecutive months from January 2025.
pub(crate) fn months(n: u32) -> ArrayRef {
    let days = (0..n).map(|month| {
        let day = NaiveDate::from_ymd_opt(2025, 1, 1)
            .and_then(|d| d.checked_add_months(chrono::Months::new(month)));
        day.map(|d| d.num_days_from_ce() - 719_163)
    });
    Arc::new(days.collect::<Date32Array>())
}

/// A complete frame whose columns the plan announced with these kinds.
pub(crate) fn frame(columns: Vec<(&str, ColumnKind, ArrayRef)>) -> Frame {
    let planned: Vec<PlannedColumn> = columns
        .iter()
        .map(|(name, kind, _)| PlannedColumn {
            name: (*name).to_owned(),
            title: (*name).to_owned(),
            kind: *kind,
        })
        .collect();
    let fields: Vec<Field> =
        columns.iter().map(|(name, _, array)| Field::new(*name, array.data_type().clone(), true)).collect();
    let schema = Arc::new(Schema::new(fields));
    let mut frame = Frame::new(&schema, &planned, Lang::Es);
    let arrays = columns.into_iter().map(|(.., array)| array).collect();
    frame.push(RecordBatch::try_new(schema, arrays).expect("columns of equal length"));
    frame.finish(Completeness::Complete);
    frame
}
