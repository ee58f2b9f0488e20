//! What the screen asks of a large result: one page of cells, a sort, the statements.
#![allow(missing_docs)]

use std::hint::black_box;
use std::sync::Arc;

use arrow::array::{ArrayRef, Date32Array, Decimal128Array, Int32Array, StringArray};
use arrow::datatypes::{Field, Schema};
use arrow::record_batch::RecordBatch;
use criterion::{Criterion, criterion_group, criterion_main};
use depotru::frame::{Completeness, Frame};
use depotru::i18n::Lang;

const ROWS: i32 = 1_000_000;
const BATCH: i32 = 8_192;
const COLUMNS: usize = 34;

/// A column of its own type by position: text, money, whole numbers, days.
fn column(position: usize, rows: std::ops::Range<i32>) -> (String, ArrayRef) {
    let scrambled = rows.clone().map(|row| row.wrapping_mul(1_103_515_245).rem_euclid(1_000_003));
    match position % 4 {
        0 => {
            let names = scrambled.map(|n| Some(format!("Artículo {}", n % 5_000)));
            (format!("articulo_{position}"), Arc::new(names.collect::<StringArray>()))
        }
        1 => {
            let amounts: Decimal128Array = scrambled.map(|n| Some(i128::from(n) * 12_345)).collect();
            let money = amounts.with_precision_and_scale(18, 2).expect("a valid scale");
            (format!("ventas_{position}"), Arc::new(money))
        }
        2 => (format!("facturas_{position}"), Arc::new(scrambled.collect::<Int32Array>())),
        _ => (
            format!("fecha_{position}"),
            Arc::new(rows.map(|row| Some(18_000 + row % 2_000)).collect::<Date32Array>()),
        ),
    }
}

fn frame(count: i32) -> Frame {
    let batches: Vec<RecordBatch> = (0..count)
        .step_by(BATCH as usize)
        .map(|start| {
            let rows = start..(start + BATCH).min(count);
            let columns: Vec<_> = (0..COLUMNS).map(|position| column(position, rows.clone())).collect();
            let fields: Vec<Field> = columns
                .iter()
                .map(|(name, array)| Field::new(name, array.data_type().clone(), true))
                .collect();
            let arrays = columns.into_iter().map(|(_, array)| array).collect();
            RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).expect("columns of equal length")
        })
        .collect();
    let mut frame = Frame::new(&batches[0].schema(), &[], Lang::Es);
    for batch in batches {
        frame.push(batch);
    }
    frame.finish(Completeness::Complete);
    frame
}

fn page(frame: &Frame, first: usize) -> usize {
    let cells = (first..first + 50).flat_map(|row| (0..12).map(move |column| (row, column)));
    cells.map(|(row, column)| frame.cell(row, column, Lang::Es).text.width()).sum()
}

fn large_result(c: &mut Criterion) {
    let frame = frame(ROWS);
    let sorted = frame.sorted_by(1, true);
    c.bench_function("page of 50 x 12 cells out of 1,000,000 rows", |b| {
        b.iter(|| page(&frame, black_box(700_000)))
    });
    c.bench_function("the same page of a sorted result", |b| b.iter(|| page(&sorted, black_box(700_000))));
    let mut slow = c.benchmark_group("1,000,000 rows");
    slow.sample_size(10);
    slow.bench_function("sorted by an amount", |b| b.iter(|| frame.sorted_by(black_box(1), true)));
    slow.bench_function("sorted by a name", |b| b.iter(|| frame.sorted_by(black_box(0), false)));
    slow.finish();
    let smaller = self::frame(ROWS / 10);
    let mut slow = c.benchmark_group("100,000 rows");
    slow.sample_size(10);
    slow.bench_function("statements", |b| b.iter(|| depotru::insight::of(black_box(&smaller), Lang::Es)));
    slow.bench_function("search without a hit", |b| {
        b.iter(|| smaller.find(black_box("zzz"), (0, 0), Lang::Es))
    });
    slow.finish();
}

criterion_group!(benches, large_result);
criterion_main!(benches);
