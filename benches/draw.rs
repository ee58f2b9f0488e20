//! Drawing one frame of the console with a result of a million rows.

use std::sync::Arc;

use arrow::array::{Decimal128Array, Int64Array, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use arrow::record_batch::RecordBatch;
use chrono::NaiveDate;
use criterion::{Criterion, criterion_group, criterion_main};
use depotru::frame::{Completeness, Frame};
use depotru::i18n::Lang;
use depotru::tui::{Capabilities, ColorDepth, Headless, ThemeChoice, TuiOptions};

const ROWS: i64 = 1_000_000;
const BATCH: i64 = 8_192;

fn result() -> Frame {
    let schema = Arc::new(Schema::new(vec![
        Field::new("numero_documento", DataType::Int64, false),
        Field::new("producto", DataType::Utf8, false),
        Field::new("ventas", DataType::Decimal128(18, 2), false),
        Field::new("cantidad", DataType::Int64, false),
    ]));
    let mut frame = Frame::new(&schema, &[], Lang::Es);
    for from in (0..ROWS).step_by(BATCH as usize) {
        let rows = from..(from + BATCH).min(ROWS);
        let numbers = Int64Array::from_iter_values(rows.clone());
        let names = StringArray::from_iter_values(rows.clone().map(|n| format!("TORNILLO DRYWALL 6X{n}")));
        let amounts = Decimal128Array::from_iter_values(rows.clone().map(|n| i128::from(n) * 12_345 - 9_999))
            .with_precision_and_scale(18, 2)
            .expect("a decimal type");
        let amounts_of = Int64Array::from_iter_values(rows.map(|n| n % 97));
        let columns = vec![
            Arc::new(numbers) as _,
            Arc::new(names) as _,
            Arc::new(amounts) as _,
            Arc::new(amounts_of) as _,
        ];
        frame.push(RecordBatch::try_new(Arc::clone(&schema), columns).expect("columns of one length"));
    }
    frame.finish(Completeness::Complete);
    frame
}

fn options() -> TuiOptions {
    TuiOptions {
        lang: Lang::Es,
        theme: ThemeChoice::Dark,
        history: Vec::new(),
        today: NaiveDate::from_ymd_opt(2026, 11, 23).expect("a day"),
        version: "0.1.0".into(),
        profile: "local".into(),
        profiles: Vec::new(),
        refresh_days: 31,
        now: chrono::DateTime::UNIX_EPOCH,
        asks_for_connection: false,
        notice: None,
    }
}

fn draw(criterion: &mut Criterion) {
    let capabilities = Capabilities { color: ColorDepth::Ansi16, unicode: true };
    let middle = usize::try_from(ROWS / 2).unwrap_or_default();
    let console = Headless::with_result(options(), capabilities, (120, 40), result(), middle);
    criterion.bench_function("draw a frame of 120x40 over 1,000,000 rows", |bencher| {
        bencher.iter(|| console.draw());
    });
}

criterion_group!(benches, draw);
criterion_main!(benches);
