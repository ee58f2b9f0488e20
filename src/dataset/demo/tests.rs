use std::collections::BTreeMap;
use std::path::Path;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{Decimal128Type, Int32Type};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::*;

const UNTIL: &str = "2025-06-30";

fn options(rows: u32, seed: u64) -> DemoOptions {
    DemoOptions { rows, seed, until: UNTIL.parse().expect("a date") }
}

fn made(rows: u32, seed: u64, dir: &Path) -> (Manifest, Vec<RecordBatch>) {
    let manifest = generate(options(rows, seed), dir, &|_| {}, &CancellationToken::new()).expect("demo data");
    let batches = manifest.parquet_files(dir).into_iter().flat_map(|path| {
        let file = std::fs::File::open(path).expect("a Parquet file");
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).expect("Parquet").build();
        reader.expect("a reader").map(|batch| batch.expect("a batch")).collect::<Vec<_>>()
    });
    let batches = batches.collect();
    (manifest, batches)
}

fn decimals(batch: &RecordBatch, name: &str) -> Vec<i128> {
    let column = batch.column_by_name(name).expect(name).as_primitive::<Decimal128Type>();
    column.values().to_vec()
}

fn texts<'a>(batch: &'a RecordBatch, name: &str) -> Vec<&'a str> {
    batch.column_by_name(name).expect(name).as_string::<i32>().iter().map(Option::unwrap_or_default).collect()
}

fn ints(batch: &RecordBatch, name: &str) -> Vec<i32> {
    batch.column_by_name(name).expect(name).as_primitive::<Int32Type>().values().to_vec()
}

#[test]
fn statistics() {
    let dir = tempfile::tempdir().expect("a folder");
    let started = std::time::Instant::now();
    let (manifest, batches) = made(200_000, 1, dir.path());
    println!("{manifest:#?} {:?}", started.elapsed());
    let mut per_kind: BTreeMap<String, (u64, i128)> = BTreeMap::new();
    for batch in &batches {
        for (kind, gross) in texts(batch, "DocumentosCodigo").iter().zip(decimals(batch, "TotalMasIva")) {
            let entry = per_kind.entry(kind.to_string()).or_default();
            entry.0 += 1;
            entry.1 += gross / 100;
        }
    }
    println!("{per_kind:#?}");
    for values in manifest.read_values(dir.path()).expect("values") {
        println!(
            "{} {} {:?}",
            values.column,
            values.values.len(),
            values.values.iter().take(14).collect::<Vec<_>>()
        );
    }
}
