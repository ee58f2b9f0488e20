//! A grouped query on the embedded engine, over 200,000 and 5,000,000 lines.
//!
//! The data is made once under `target/bench-data` and used again.

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::NaiveDate;
use criterion::{Criterion, criterion_group, criterion_main};
use depotru::dataset::{DemoOptions, Manifest, generate};
use depotru::engine::embedded::{EmbeddedEngine, Settings};
use depotru::engine::{Chunk, Engine, Limits};
use depotru::guard::{Policy, check};
use futures::StreamExt;
use tokio_util::sync::CancellationToken;

/// Lines of the demo data that the larger table repeats.
const LINES: u32 = 200_000;

fn demo() -> PathBuf {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench-data");
    if Manifest::read(&dir).is_err() {
        std::fs::create_dir_all(&dir).expect("a folder");
        let today = NaiveDate::from_ymd_opt(2025, 6, 30).expect("a day");
        let options = DemoOptions { rows: LINES, ..DemoOptions::until(today) };
        generate(options, &dir, &|_| {}, &CancellationToken::new()).expect("demo data");
    }
    dir
}

/// The engine on the demo data `times` over.
fn engine(times: usize) -> EmbeddedEngine {
    let dir = demo();
    let manifest = Manifest::read(&dir).expect("a manifest");
    let files = manifest.parquet_files(&dir);
    let paths = std::iter::repeat_n(files, times).flatten().collect();
    let known = depotru::engine::embedded::Known { facts: manifest.facts(), values: Vec::new() };
    EmbeddedEngine::open_files(paths, known, Settings::default()).expect("an engine")
}

async fn run(engine: &EmbeddedEngine, sql: &str) -> usize {
    let judged = check(sql, &Policy::default()).expect("an allowed query");
    let started = engine.query(&judged, Limits::default(), CancellationToken::new()).await;
    let mut stream = started.expect("a running query");
    let mut rows = 0;
    while let Some(chunk) = stream.chunks.next().await {
        if let Chunk::Rows(batch) = chunk.expect("rows") {
            rows += batch.num_rows();
        }
    }
    rows
}

const QUERIES: [(&str, &str); 3] = [
    (
        "by_category",
        "SELECT categoria, SUM(TotalMasIva) AS ventas, SUM(TotalSinIva - ValorCosto) AS utilidad, COUNT(*) AS n FROM banco_datos WHERE DocumentosCodigo NOT IN ('XY','AS','TS') GROUP BY categoria",
    ),
    (
        "top_customers",
        "SELECT TOP 10 TercerosNombres AS cliente, SUM(TotalMasIva) AS ventas, COUNT(DISTINCT NumeroDocumento) AS documentos FROM banco_datos WHERE DocumentosCodigo NOT IN ('XY','AS','TS') AND Fecha >= '2024-01-01' GROUP BY TercerosNombres ORDER BY ventas DESC",
    ),
    (
        "by_month",
        "SELECT YEAR(Fecha) AS anio, MONTH(Fecha) AS mes, SUM(TotalMasIva) AS ventas FROM banco_datos WHERE DocumentosCodigo NOT IN ('XY','AS','TS') GROUP BY YEAR(Fecha), MONTH(Fecha) ORDER BY anio, mes",
    ),
];

fn queries(c: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    for (size, times) in [("200k", 1), ("5M", 25)] {
        let engine = engine(times);
        let mut group = c.benchmark_group(format!("engine_{size}"));
        group.sample_size(10).measurement_time(Duration::from_secs(8));
        for (name, sql) in QUERIES {
            group.bench_function(name, |b| {
                b.to_async(&runtime).iter(|| async { black_box(run(&engine, sql).await) })
            });
        }
        group.finish();
    }
}

criterion_group!(benches, queries);
criterion_main!(benches);
