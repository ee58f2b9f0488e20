//! The pairs that come with the program run on the embedded engine, each of them.

mod support;

use chrono::NaiveDate;
use depotru::dataset::{DemoOptions, generate};
use depotru::engine::embedded::{EmbeddedEngine, Settings};
use depotru::engine::{Chunk, Engine, Limits};
use depotru::guard::{Policy, check};
use depotru::memory::seeds;
use depotru::model::SalesModel;
use futures::StreamExt;
use tokio_util::sync::CancellationToken;

#[tokio::test]
async fn every_seed_runs_and_nearly_all_find_something() {
    let dir = tempfile::tempdir().expect("a folder");
    let until = NaiveDate::from_ymd_opt(2025, 6, 30).expect("a day");
    let options = DemoOptions { rows: 4_000, seed: 7, ..DemoOptions::until(until) };
    generate(options, dir.path(), &|_| {}, &CancellationToken::new()).expect("demo data");
    let engine = EmbeddedEngine::open(dir.path(), Settings::default()).expect("an engine");
    let mut empty = Vec::new();
    let mut failed = Vec::new();
    let all = seeds(&SalesModel::default());
    for pair in all.iter().filter(|pair| pair.id.ends_with("-es")) {
        let judged = check(&pair.sql, &Policy::default()).expect("allowed");
        let rows = async {
            let mut stream = engine.query(&judged, Limits::default(), CancellationToken::new()).await?;
            let mut rows = 0;
            while let Some(chunk) = stream.chunks.next().await {
                if let Chunk::Rows(batch) = chunk? {
                    rows += batch.num_rows();
                }
            }
            Ok::<usize, depotru::engine::EngineError>(rows)
        };
        match rows.await {
            Ok(0) => empty.push(pair.id.clone()),
            Ok(_) => {}
            Err(error) => failed.push(format!("{}: {error:?}", pair.id)),
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    // A small store may have no brand at a loss and no day without sales.
    assert!(empty.len() <= 6, "{empty:?}");
}
