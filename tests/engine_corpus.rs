//! The embedded engine on demo data: every honest query runs, or is refused by its name.

mod guard_texts;

use std::sync::OnceLock;

use chrono::NaiveDate;
use depotru::dataset::{DemoOptions, generate};
use depotru::engine::embedded::{Clock, EmbeddedEngine, Settings};
use depotru::engine::{Chunk, Engine, EngineError, Limits};
use depotru::guard::{Policy, check};
use futures::StreamExt;
use guard_texts::{example_honest, honest};
use serde::Deserialize;
use tokio_util::sync::CancellationToken;

fn engine() -> &'static EmbeddedEngine {
    static ENGINE: OnceLock<(tempfile::TempDir, EmbeddedEngine)> = OnceLock::new();
    let made = ENGINE.get_or_init(|| {
        let dir = tempfile::tempdir().expect("a folder");
        let today = NaiveDate::from_ymd_opt(2025, 6, 30).expect("a day");
        let options = DemoOptions { rows: 2_000, ..DemoOptions::until(today) };
        generate(options, dir.path(), &|_| {}, &CancellationToken::new()).expect("demo data");
        let at = today.and_hms_opt(12, 0, 0).expect("a time");
        let settings = Settings { clock: Clock::Fixed(at), ..Settings::default() };
        let engine = EmbeddedEngine::open(dir.path(), settings).expect("an engine");
        (dir, engine)
    });
    &made.1
}

/// The number of rows a query gives.
async fn run(sql: &str) -> Result<usize, EngineError> {
    let judged = check(sql, &Policy::default()).unwrap_or_else(|r| panic!("{sql}: {r:?}"));
    let mut stream = engine().query(&judged, Limits::default(), CancellationToken::new()).await?;
    let mut rows = 0;
    while let Some(chunk) = stream.chunks.next().await {
        if let Chunk::Rows(batch) = chunk? {
            assert_eq!(batch.schema(), stream.schema, "{sql}");
            rows += batch.num_rows();
        }
    }
    Ok(rows)
}

#[tokio::test]
async fn honest_queries_run_or_are_refused_by_name() {
    let mut strange = Vec::new();
    let mut refused = Vec::new();
    let texts = [honest(), example_honest()].concat();
    let all = texts.len();
    for text in texts {
        match run(&text.sql).await {
            Ok(_) => {}
            Err(EngineError::Unsupported { construct }) => refused.push(format!("{construct}: {}", text.sql)),
            // A text constant gives no order; SQL Server says the same.
            Err(EngineError::Invalid { detail }) if detail.starts_with("408") => {}
            Err(other) => strange.push(format!("{other:?}\n    {}", text.sql)),
        }
    }
    println!("{} of {all} refused:\n{}", refused.len(), refused.join("\n"));
    assert!(strange.is_empty(), "{} strange\n{}", strange.len(), strange.join("\n"));
    // The engine is there to run queries: a refusal is the exception.
    assert!(refused.len() * 50 < all, "{} of {all} refused", refused.len());
}

#[tokio::test]
async fn every_query_of_the_planners_examination_runs() {
    #[derive(Deserialize)]
    struct Case {
        sql: Option<String>,
    }
    let files = [
        include_str!("fixtures/benchmark/public.json"),
        include_str!("fixtures/benchmark/dev.json"),
        include_str!("fixtures/benchmark/held.json"),
    ];
    let mut queries: Vec<String> = Vec::new();
    for file in files {
        let cases: Vec<Case> = serde_json::from_str(file).expect("a JSON fixture");
        // Planning is slow without optimisation: the larger files are sampled.
        let step = if cases.len() > 100 { 5 } else { 1 };
        queries.extend(cases.into_iter().filter_map(|c| c.sql).step_by(step));
    }
    assert!(queries.len() > 40, "{}", queries.len());
    let mut failed = Vec::new();
    for sql in queries {
        if let Err(error) = run(&sql).await {
            failed.push(format!("{error:?}\n    {sql}"));
        }
    }
    assert!(failed.is_empty(), "{} failed\n{}", failed.len(), failed.join("\n"));
}
