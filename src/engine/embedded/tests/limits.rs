//! Limits, cancelling, missing data.

use std::time::{Duration, Instant};

use futures::StreamExt;
use tokio_util::sync::CancellationToken;

use super::fixture::{engine, known, parsed, settings};
use crate::engine::embedded::EmbeddedEngine;
use crate::engine::{Chunk, Engine, EngineError, EngineKind, Limits};

/// A query that would take far longer than any test: 12⁹ rows.
const ENDLESS: &str = "SELECT COUNT(*) FROM banco_datos a CROSS JOIN banco_datos b CROSS JOIN banco_datos c CROSS JOIN banco_datos d CROSS JOIN banco_datos e CROSS JOIN banco_datos f CROSS JOIN banco_datos g CROSS JOIN banco_datos h CROSS JOIN banco_datos i WHERE a.VentaID + b.VentaID + c.VentaID + d.VentaID + e.VentaID + f.VentaID + g.VentaID + h.VentaID + i.VentaID > 100";

async fn end(
    sql: &str,
    limits: Limits,
    cancel: CancellationToken,
) -> (usize, Option<Result<Chunk, EngineError>>) {
    let mut stream = match engine().start(parsed(sql), 100, limits, cancel).await {
        Ok(stream) => stream,
        Err(error) => return (0, Some(Err(error))),
    };
    let mut rows = 0;
    while let Some(chunk) = stream.chunks.next().await {
        match chunk {
            Ok(Chunk::Rows(batch)) => rows += batch.num_rows(),
            last => return (rows, Some(last)),
        }
    }
    (rows, None)
}

#[tokio::test]
async fn the_answer_ends_at_the_row_limit_and_says_so() {
    let limits = |max_rows| Limits { max_rows, ..Limits::default() };
    let sql = "SELECT VentaID FROM banco_datos";
    let (rows, last) = end(sql, limits(5), CancellationToken::new()).await;
    assert!(rows == 5 && matches!(last, Some(Ok(Chunk::Truncated))), "{rows} {last:?}");
    let (rows, last) = end(sql, limits(12), CancellationToken::new()).await;
    assert!(rows == 12 && last.is_none(), "{rows} {last:?}");
}

#[tokio::test]
async fn a_cancelled_query_ends_within_a_second() {
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(300)).await;
        stop.cancel();
    });
    let begun = Instant::now();
    let (_, last) = end(ENDLESS, Limits::default(), cancel).await;
    assert!(matches!(last, Some(Err(EngineError::Cancelled))), "{last:?}");
    assert!(begun.elapsed() < Duration::from_millis(1300), "{:?}", begun.elapsed());
}

fn engine_with(settings: crate::engine::embedded::Settings) -> (tempfile::TempDir, EmbeddedEngine) {
    let dir = tempfile::tempdir().unwrap();
    let file = std::fs::File::create(dir.path().join("a.parquet")).unwrap();
    let batch = super::fixture::batch();
    let mut writer = parquet::arrow::ArrowWriter::try_new(file, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    let engine = EmbeddedEngine::open_files(vec![dir.path().join("a.parquet")], known(), settings).unwrap();
    (dir, engine)
}

#[tokio::test]
async fn the_work_of_a_cancelled_query_ends_too() {
    // With one thread, work that went on would leave none for the next query.
    let (_dir, engine) = engine_with(crate::engine::embedded::Settings { threads: 1, ..settings() });
    let cancel = CancellationToken::new();
    let mut endless = engine.start(parsed(ENDLESS), 100, Limits::default(), cancel.clone()).await.unwrap();
    let stop = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        cancel.cancel();
    };
    let (last, ()) = tokio::join!(endless.chunks.next(), stop);
    assert!(matches!(last, Some(Err(EngineError::Cancelled))), "{last:?}");
    let next = engine.start(
        parsed("SELECT COUNT(*) FROM banco_datos"),
        100,
        Limits::default(),
        CancellationToken::new(),
    );
    let answer = async { next.await.unwrap().chunks.next().await };
    let answer = tokio::time::timeout(Duration::from_secs(20), answer).await.expect("a free thread");
    assert!(matches!(answer, Some(Ok(Chunk::Rows(_)))), "{answer:?}");
}

#[tokio::test]
async fn a_query_ends_when_its_time_is_over() {
    let limits = Limits { timeout: Duration::from_millis(200), ..Limits::default() };
    let (_, last) = end(ENDLESS, limits, CancellationToken::new()).await;
    assert!(matches!(last, Some(Err(EngineError::Timeout))), "{last:?}");
}

#[tokio::test]
async fn a_query_that_needs_more_memory_than_allowed_is_told() {
    let small = crate::engine::embedded::Settings { memory: 1000, ..settings() };
    let (_dir, engine) = engine_with(small);
    let sql = "SELECT marca, COUNT(*) FROM banco_datos GROUP BY marca ORDER BY marca";
    let stream = engine.start(parsed(sql), 100, Limits::default(), CancellationToken::new()).await;
    let error = match stream {
        Err(error) => Some(error),
        Ok(mut stream) => loop {
            match stream.chunks.next().await {
                Some(Err(error)) => break Some(error),
                Some(Ok(_)) => {}
                None => break None,
            }
        },
    };
    assert_eq!(error, Some(EngineError::Memory));
}

#[tokio::test]
async fn missing_and_broken_data_are_told() {
    let dir = tempfile::tempdir().unwrap();
    let none = EmbeddedEngine::open(dir.path(), settings()).err();
    assert!(matches!(none, Some(EngineError::NoData { .. })), "{none:?}");
    let none = EmbeddedEngine::open_files(Vec::new(), known(), settings()).err();
    assert!(matches!(none, Some(EngineError::NoData { .. })), "{none:?}");
    std::fs::write(dir.path().join("roto.parquet"), b"not parquet").unwrap();
    let broken =
        EmbeddedEngine::open_files(vec![dir.path().join("roto.parquet")], known(), settings()).unwrap();
    assert_eq!(broken.kind(), EngineKind::Embedded);
    let query = parsed("SELECT COUNT(*) FROM banco_datos");
    let error = broken.start(query, 100, Limits::default(), CancellationToken::new()).await.err();
    assert!(matches!(error, Some(EngineError::NoData { .. })), "{error:?}");
}
