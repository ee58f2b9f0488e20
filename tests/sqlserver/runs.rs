//! Running queries: streaming, limits, cancelling, the pool, and every way to fail on the way.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use depotru::engine::sqlserver::{FaultKind, PoolState, SqlServerEngine};
use depotru::engine::{Chunk, Engine, EngineError, Limits, Note};
use futures::StreamExt;
use tokio_util::sync::CancellationToken;

use crate::tds::client::{collect, collect_within, engine, gather, query, settings};
use crate::tds::proxy::{Proxy, Weather};
use crate::tds::{Answer, Column, Offer, Server, Session, Step, Ty, Value, column, selects};

fn numbers() -> Vec<Column> {
    vec![column("n", Ty::BigInt), column("texto", Ty::NVarChar(40))]
}

fn number(n: u64) -> Step {
    Step::Row(vec![Value::Whole(n as i64), Value::Text(format!("fila número {n}"))])
}

/// So many rows, and then what follows.
fn then(count: u64, last: Step) -> impl Fn(&str, &Session) -> Answer + Send + Sync + 'static {
    move |_, _| {
        let steps = [Step::Columns(numbers())];
        let last = last.clone();
        futures::stream::iter(steps.into_iter().chain((0..count).map(number)).chain([last])).boxed()
    }
}

fn kind(error: &EngineError) -> FaultKind {
    match error {
        EngineError::Server(fault) => fault.kind,
        other => panic!("no fault of the server: {other:?}"),
    }
}

async fn failure(engine: &SqlServerEngine) -> EngineError {
    match collect(engine).await {
        Err(error) => error,
        Ok(answer) => answer.error.expect("a failure"),
    }
}

/// Waits until something is so, for a second at the most.
async fn soon(what: &str, so: impl Fn() -> bool) {
    let start = Instant::now();
    while !so() {
        assert!(start.elapsed() < Duration::from_secs(1), "never: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn the_first_rows_come_while_the_rest_is_on_its_way() {
    let handler = |_: &str, _: &Session| {
        let steps = vec![
            Step::Columns(numbers()),
            number(1),
            Step::Pause(Duration::from_millis(400)),
            number(2),
            Step::Done(2),
        ];
        futures::stream::iter(steps).boxed()
    };
    let server = Server::start(Offer::default(), handler).await;
    let engine = engine(&server);
    let start = Instant::now();
    let mut stream =
        engine.query(&query(), Limits::default(), CancellationToken::new()).await.expect("columns");
    assert!(start.elapsed() < Duration::from_millis(300), "{:?}", start.elapsed());
    let first = stream.chunks.next().await;
    assert!(matches!(first, Some(Ok(Chunk::Rows(ref batch))) if batch.num_rows() == 1), "{first:?}");
    assert!(start.elapsed() < Duration::from_millis(350), "{:?}", start.elapsed());
    let rest = gather(stream).await.expect("the rest");
    assert_eq!((rest.rows, rest.error), (1, None));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f08_the_row_limit_ends_the_answer_and_the_next_query_does_not_wait_for_it() {
    // A server that ignores SET ROWCOUNT and would go on for ever.
    let endless = |_: &str, _: &Session| {
        let rows = futures::stream::iter((0..).map(number));
        futures::stream::iter([Step::Columns(numbers())]).chain(rows).boxed()
    };
    let offer = Offer { obeys_limits: false, ..Offer::default() };
    let server = Server::start(offer, endless).await;
    let engine = engine(&server);
    let limits = Limits { max_rows: 5_000, ..Limits::default() };
    let answer = collect_within(&engine, limits).await.expect("rows");
    assert_eq!((answer.rows, answer.truncated, answer.error), (5_000, true, None));
    let start = Instant::now();
    let next = collect_within(&engine, Limits { max_rows: 10, ..limits }).await.expect("rows");
    assert!(next.rows == 10 && next.truncated);
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
    // The server was told both limits, one more row each to know that there are more.
    let told = |limit: &str| server.log(|log| log.batches.iter().any(|(_, sql)| sql.contains(limit)));
    assert!(told("SET ROWCOUNT 5001") && told("SET ROWCOUNT 11"));
    soon("nothing at work", || engine.pool_state().connections == engine.pool_state().idle).await;
}

#[tokio::test]
async fn as_many_rows_as_allowed_are_not_cut_off() {
    let server = Server::start(Offer::default(), then(10, Step::Done(10))).await;
    let answer = collect_within(&engine(&server), Limits { max_rows: 10, ..Limits::default() }).await;
    let answer = answer.expect("rows");
    assert_eq!((answer.rows, answer.truncated, answer.error), (10, false, None));
}

#[tokio::test]
async fn rows_that_do_not_fit_into_memory_are_left_out_and_that_is_said() {
    let server = Server::start(Offer::default(), then(60_000, Step::Done(60_000))).await;
    let mut settings = settings(server.address);
    settings.memory = 1 << 20;
    let limits = Limits { max_rows: 1_000_000, ..Limits::default() };
    let answer = collect_within(&SqlServerEngine::new(settings), limits).await.expect("rows");
    assert!(answer.truncated && answer.error.is_none() && answer.rows < 50_000);
    assert_eq!(answer.notes, [Note::Memory { mib: 1 }]);
}

#[tokio::test]
async fn f07_a_hundred_cancels_reach_the_server_and_none_gets_stuck() {
    // Every other query has sent half a row when it is cancelled.
    let count = AtomicUsize::new(0);
    let server = Server::start(Offer::default(), move |_: &str, _: &Session| {
        let half = Step::Raw(vec![0xD1, 8, 1, 0, 0]);
        let sent =
            if count.fetch_add(1, Ordering::SeqCst).is_multiple_of(2) { vec![] } else { vec![number(1)] };
        let steps = [vec![Step::Columns(numbers())], sent, vec![half, Step::Hang]].concat();
        // What follows the half row on the wire is the acknowledgement alone: as a server
        // does that stops in the middle of a row.
        futures::stream::iter(steps).boxed()
    })
    .await;
    let engine = engine(&server);
    for round in 0..100 {
        let cancel = CancellationToken::new();
        let running = engine.query(&query(), Limits::default(), cancel.clone()).await;
        let mut stream = running.expect("columns");
        if round % 2 == 1 {
            assert!(matches!(stream.chunks.next().await, Some(Ok(Chunk::Rows(_)))));
        }
        let cancelled = Instant::now();
        cancel.cancel();
        let last = stream.chunks.next().await;
        assert!(matches!(last, Some(Err(EngineError::Cancelled))), "{last:?}");
        assert!(cancelled.elapsed() < Duration::from_millis(300));
        soon("the attention", || server.log(|log| log.attentions.len() == round + 1)).await;
        let heard = server.log(|log| *log.attentions.last().expect("an attention"));
        assert!(heard.duration_since(cancelled) < Duration::from_millis(300));
    }
    let connections = server.log(|log| log.connections);
    println!("{connections} connections for 100 cancels");
    soon("nothing at work", || engine.pool_state().connections == engine.pool_state().idle).await;
}

#[tokio::test]
async fn f07_an_acknowledged_cancel_leaves_the_connection_in_use() {
    let server = Server::start(Offer::default(), then(3, Step::Hang)).await;
    let engine = engine(&server);
    for _ in 0..5 {
        let cancel = CancellationToken::new();
        let mut stream = engine.query(&query(), Limits::default(), cancel.clone()).await.expect("columns");
        assert!(matches!(stream.chunks.next().await, Some(Ok(Chunk::Rows(_)))));
        cancel.cancel();
        drop(stream);
        soon("free", || engine.pool_state() == PoolState { connections: 1, idle: 1 }).await;
    }
    assert_eq!(server.log(|log| (log.connections, log.attentions.len())), (1, 5));
}

#[tokio::test]
async fn f07_a_cancel_that_is_not_acknowledged_costs_the_connection() {
    let server = Server::start(Offer::default(), then(3, Step::HangDeaf)).await;
    let engine = engine(&server);
    let cancel = CancellationToken::new();
    let mut stream = engine.query(&query(), Limits::default(), cancel.clone()).await.expect("columns");
    assert!(stream.chunks.next().await.is_some());
    cancel.cancel();
    assert!(matches!(stream.chunks.next().await, Some(Err(EngineError::Cancelled))));
    soon("closed", || server.log(|log| log.closed == 1)).await;
}

#[tokio::test]
async fn f07_cancelling_before_the_first_answer_works_as_well() {
    let server = Server::start(Offer::default(), selects(vec![Step::Hang])).await;
    let engine = engine(&server);
    let cancel = CancellationToken::new();
    let query = query();
    let running = engine.query(&query, Limits::default(), cancel.clone());
    let later = async {
        soon("the query", || server.log(|log| log.queries().len() == 1)).await;
        cancel.cancel();
        Instant::now()
    };
    let (ended, cancelled) = tokio::join!(running, later);
    assert!(matches!(ended, Err(EngineError::Cancelled)));
    assert!(cancelled.elapsed() < Duration::from_millis(200));
    soon("free", || engine.pool_state() == PoolState { connections: 1, idle: 1 }).await;
    assert_eq!(server.log(|log| (log.connections, log.attentions.len())), (1, 1));
}

#[tokio::test]
async fn a_late_acknowledgement_is_not_taken_for_the_next_answer() {
    // The answer ends of itself just when it is cancelled: the server acknowledges afterwards.
    let turn = AtomicUsize::new(0);
    let server = Server::start(Offer::default(), move |_: &str, _: &Session| {
        let turn = turn.fetch_add(1, Ordering::SeqCst) as u64;
        let mut steps = vec![Step::Columns(numbers()), number(turn)];
        if turn.is_multiple_of(2) {
            steps.push(Step::Finish(Duration::from_millis(60)));
        }
        steps.push(Step::Done(1));
        futures::stream::iter(steps).boxed()
    })
    .await;
    let engine = engine(&server);
    for round in 0..10 {
        let cancel = CancellationToken::new();
        let mut stream = engine.query(&query(), Limits::default(), cancel.clone()).await.expect("columns");
        if round % 2 == 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
            cancel.cancel();
            drop(stream);
            soon("free", || engine.pool_state() == PoolState { connections: 1, idle: 1 }).await;
        } else {
            let Some(Ok(Chunk::Rows(batch))) = stream.chunks.next().await else { panic!("no rows") };
            let told = arrow::util::pretty::pretty_format_batches(&[batch]).expect("a table").to_string();
            assert!(told.contains(&format!("fila número {round}")), "{told}");
        }
    }
    assert_eq!(server.log(|log| log.connections), 1);
}

#[tokio::test]
async fn the_time_limit_ends_the_work_on_the_server() {
    let server = Server::start(Offer::default(), selects(vec![Step::Hang])).await;
    let engine = engine(&server);
    let start = Instant::now();
    let limits = Limits { timeout: Duration::from_millis(200), ..Limits::default() };
    assert!(matches!(collect_within(&engine, limits).await, Err(EngineError::Timeout)));
    assert!(start.elapsed() < Duration::from_millis(500), "{:?}", start.elapsed());
    soon("the attention", || server.log(|log| log.attentions.len() == 1)).await;
    soon("free", || engine.pool_state().idle == 1).await;
}

#[tokio::test]
async fn f01_a_connection_that_breaks_off_leaves_what_came_and_the_next_query_reconnects() {
    let turn = AtomicUsize::new(0);
    let server = Server::start(Offer::default(), move |sql: &str, session: &Session| {
        let last = if turn.fetch_add(1, Ordering::SeqCst) == 0 { Step::Reset } else { Step::Done(1000) };
        then(1000, last)(sql, session)
    })
    .await;
    let engine = engine(&server);
    let start = Instant::now();
    let answer = collect(&engine).await.expect("rows before the end");
    assert_eq!(answer.error.as_ref().map(kind), Some(FaultKind::Lost));
    assert!(answer.rows > 900 && !answer.truncated, "{} rows", answer.rows);
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
    // Nothing was run again by itself.
    assert_eq!(server.log(|log| log.queries().len()), 1);
    let next = collect(&engine).await.expect("rows");
    assert_eq!((next.rows, next.error), (1000, None));
    assert_eq!(server.log(|log| log.connections), 2);
}

#[tokio::test]
async fn f02_a_black_hole_is_noticed_and_the_connection_given_up() {
    let server = Server::start(Offer::default(), then(5, Step::Done(5))).await;
    let proxy = Proxy::before(server.address, Weather::Fair).await;
    let engine = SqlServerEngine::new(settings(proxy.address));
    assert_eq!(collect(&engine).await.expect("rows").rows, 5);
    proxy.turns(Weather::Silence { after: 0 });
    let start = Instant::now();
    assert_eq!(kind(&failure(&engine).await), FaultKind::Stalled);
    // The limit is 0.9 s here, 30 s by default.
    assert!(start.elapsed() < Duration::from_millis(1300), "{:?}", start.elapsed());
    soon("given up", || engine.pool_state().connections == 0).await;
}

#[tokio::test]
async fn f02_silence_in_the_middle_of_rows_is_noticed_too() {
    let server = Server::start(Offer::default(), then(5000, Step::Done(5000))).await;
    let proxy = Proxy::before(server.address, Weather::Silence { after: 60_000 }).await;
    let answer = collect(&SqlServerEngine::new(settings(proxy.address))).await.expect("some rows");
    assert_eq!(answer.error.as_ref().map(kind), Some(FaultKind::Stalled));
    assert!(answer.rows > 0 && answer.rows < 5000);
}

#[tokio::test]
async fn f05_f47_connections_that_died_in_silence_are_replaced_in_silence() {
    let server = Server::start(Offer::default(), then(5, Step::Done(5))).await;
    let proxy = Proxy::before(server.address, Weather::Fair).await;
    let mut settings = settings(proxy.address);
    settings.pool.trusted_for = Duration::ZERO;
    let engine = SqlServerEngine::new(settings);
    assert_eq!(collect(&engine).await.expect("rows").rows, 5);
    // Nobody tells the client that the server's end is gone.
    proxy.turns(Weather::HalfOpen);
    server.reset_all();
    tokio::time::sleep(Duration::from_millis(50)).await;
    let reopened = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        proxy.turns(Weather::Fair);
    };
    let (answer, ()) = tokio::join!(collect(&engine), reopened);
    let answer = answer.expect("rows");
    assert_eq!((answer.rows, answer.error), (5, None));
    assert_eq!(server.log(|log| log.queries().iter().filter(|sql| sql.contains("ventas")).count()), 2);
}

#[tokio::test]
async fn f47_a_server_that_was_restarted_is_found_again() {
    let server = Server::start(Offer::default(), then(5, Step::Done(5))).await;
    let engine = engine(&server);
    for round in 1..=3 {
        assert_eq!(collect(&engine).await.expect("rows").rows, 5);
        assert_eq!(server.log(|log| log.connections), round);
        server.reset_all();
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
}

#[tokio::test]
async fn a_connection_that_dies_under_the_query_is_replaced_once() {
    // The server resets the connection when the second query arrives: nothing was shown of it.
    let turn = AtomicUsize::new(0);
    let server = Server::start(Offer::default(), move |sql: &str, session: &Session| {
        match turn.fetch_add(1, Ordering::SeqCst) {
            1 => futures::stream::iter([Step::Reset]).boxed(),
            _ => then(5, Step::Done(5))(sql, session),
        }
    })
    .await;
    let engine = engine(&server);
    assert_eq!(collect(&engine).await.expect("rows").rows, 5);
    assert_eq!(collect(&engine).await.expect("rows").rows, 5);
    assert_eq!(server.log(|log| (log.connections, log.queries().len())), (2, 3));
}

#[tokio::test]
async fn a_fresh_connection_that_breaks_is_not_tried_again() {
    let server = Server::start(Offer::default(), selects(vec![Step::Reset])).await;
    assert_eq!(kind(&failure(&engine(&server)).await), FaultKind::Lost);
    assert_eq!(server.log(|log| log.queries().len()), 1);
}

#[tokio::test]
async fn f06_a_byte_at_a_time_hits_the_limit_of_the_whole_query() {
    let server = Server::start(Offer::default(), then(50, Step::Done(50))).await;
    let pause = Duration::from_millis(100);
    let proxy = Proxy::before(server.address, Weather::Dribble { after: 700, pause }).await;
    let engine = SqlServerEngine::new(settings(proxy.address));
    let start = Instant::now();
    // Longer than the limit for silence: bytes do come.
    let limits = Limits { timeout: Duration::from_millis(1500), ..Limits::default() };
    let ended = collect_within(&engine, limits).await;
    let timed_out = match &ended {
        Err(error) => *error == EngineError::Timeout,
        Ok(answer) => answer.error == Some(EngineError::Timeout),
    };
    assert!(timed_out, "{ended:?}");
    let took = start.elapsed();
    assert!(took > Duration::from_millis(1400) && took < Duration::from_millis(1800), "{took:?}");
}

#[tokio::test]
async fn f13_errors_of_the_server_are_told_by_their_number_and_cost_no_connection() {
    let numbers: Arc<AtomicUsize> = Arc::default();
    let current = Arc::clone(&numbers);
    let server = Server::start(Offer::default(), move |_: &str, _: &Session| {
        let number = current.load(Ordering::SeqCst) as u32;
        let words = if number == 207 { "El nombre de columna 'mraca' no es válido." } else { "Palabras." };
        futures::stream::iter([Step::Error(number, 16, words)]).boxed()
    })
    .await;
    let engine = engine(&server);
    for (number, expected) in [
        (229, FaultKind::Forbidden),
        (230, FaultKind::Forbidden),
        (208, FaultKind::NoTable),
        (207, FaultKind::NoColumn),
        (1205, FaultKind::Deadlock),
        (1222, FaultKind::LockTimeout),
        (8649, FaultKind::TooCostly),
        (3952, FaultKind::NoSnapshot),
        (701, FaultKind::ServerBusy),
        (50_000, FaultKind::Other),
    ] {
        numbers.store(number, Ordering::SeqCst);
        let error = failure(&engine).await;
        assert_eq!(kind(&error), expected, "{number}");
        let EngineError::Server(fault) = error else { panic!("no fault") };
        assert_eq!(fault.number, Some(number as u32));
        if number == 207 {
            assert_eq!(fault.detail, "mraca");
        }
    }
    for number in [8115, 8134, 245, 530] {
        numbers.store(number, Ordering::SeqCst);
        let error = failure(&engine).await;
        let told = EngineError::Calculation { detail: format!("{number}: Palabras") };
        assert_eq!(error, told);
    }
    // All on one connection; a deadlock's victim ran once more, nothing else did.
    let queries = server.log(|log| (log.connections, log.queries().len()));
    assert_eq!(queries, (1, 10 + 4 + 1));
}

#[tokio::test]
async fn f13_an_error_after_rows_keeps_them_and_runs_nothing_again() {
    for number in [1205, 8134] {
        let server = Server::start(Offer::default(), then(300, Step::Error(number, 16, "no"))).await;
        let engine = engine(&server);
        let answer = collect(&engine).await.expect("rows");
        assert_eq!(answer.rows, 300);
        assert!(answer.error.is_some());
        assert_eq!(server.log(|log| log.queries().len()), 1);
        soon("free", || engine.pool_state() == PoolState { connections: 1, idle: 1 }).await;
    }
}

#[tokio::test]
async fn f13_a_deadlock_before_any_row_is_tried_once_more() {
    let turn = AtomicUsize::new(0);
    let server = Server::start(Offer::default(), move |sql: &str, session: &Session| {
        match turn.fetch_add(1, Ordering::SeqCst) {
            0 => futures::stream::iter([Step::Error(1205, 13, "víctima")]).boxed(),
            _ => then(7, Step::Done(7))(sql, session),
        }
    })
    .await;
    let answer = collect(&engine(&server)).await.expect("rows");
    assert_eq!((answer.rows, answer.error), (7, None));
}

#[tokio::test]
async fn a_session_is_set_up_once_and_as_agreed() {
    let server = Server::start(Offer::default(), then(1, Step::Done(1))).await;
    let engine = engine(&server);
    for _ in 0..3 {
        assert_eq!(collect(&engine).await.expect("rows").rows, 1);
    }
    let batches = server.log(|log| log.batches.iter().map(|(_, sql)| sql.clone()).collect::<Vec<_>>());
    // One setting up, then the queries alone: a connection just used is not asked again.
    assert_eq!(batches.len(), 4, "{batches:?}");
    let set = &batches[0];
    for expected in [
        "XACT_ABORT",
        "SET LOCK_TIMEOUT 5000",
        "SET DEADLOCK_PRIORITY LOW",
        "SET TEXTSIZE 65536",
        "SET ROWCOUNT 100001",
        "SET TRANSACTION ISOLATION LEVEL READ COMMITTED",
    ] {
        assert!(set.contains(expected), "{set}");
    }
    let place = |what| set.find(what).unwrap_or_else(|| panic!("{what} in {set}"));
    assert!(place("SET LANGUAGE Spanish") < place("SET DATEFORMAT ymd"));
    assert!(place("SET DATEFORMAT ymd") < place("SET DATEFIRST 1"));
    // What was judged is what ran, to the byte.
    assert_eq!(batches[1], query().text());
}

#[tokio::test]
async fn a_connection_that_rested_is_asked_before_it_is_lent() {
    let server = Server::start(Offer::default(), then(1, Step::Done(1))).await;
    let mut settings = settings(server.address);
    settings.pool.trusted_for = Duration::from_millis(50);
    let engine = SqlServerEngine::new(settings);
    assert_eq!(collect(&engine).await.expect("rows").rows, 1);
    tokio::time::sleep(Duration::from_millis(80)).await;
    assert_eq!(collect(&engine).await.expect("rows").rows, 1);
    let asked =
        |log: &crate::tds::Log| log.queries().iter().filter(|sql| sql.contains("@@TRANCOUNT")).count();
    assert_eq!(server.log(|log| (log.connections, asked(log))), (1, 1));
}

#[tokio::test]
async fn no_more_connections_than_allowed_and_who_waits_too_long_is_told() {
    let server = Server::start(Offer::default(), then(3, Step::Hang)).await;
    let mut settings = settings(server.address);
    settings.pool.max_size = 2;
    let engine = SqlServerEngine::new(settings);
    assert_eq!((engine.pool_state(), server.log(|log| log.connections)), (PoolState::default(), 0));
    let cancel = CancellationToken::new();
    let mut running = Vec::new();
    for _ in 0..2 {
        running.push(engine.query(&query(), Limits::default(), cancel.clone()).await.expect("columns"));
    }
    let start = Instant::now();
    assert_eq!(kind(&failure(&engine).await), FaultKind::PoolBusy);
    assert!(start.elapsed() < Duration::from_millis(1000), "{:?}", start.elapsed());
    assert_eq!(server.log(|log| log.connections), 2);
    // A connection that becomes free goes to whoever waits.
    let waiting = tokio::spawn({
        let engine = engine.clone();
        async move { engine.query(&query(), Limits::default(), CancellationToken::new()).await.map(drop) }
    });
    tokio::time::sleep(Duration::from_millis(50)).await;
    cancel.cancel();
    assert!(waiting.await.expect("a task").is_ok());
    assert_eq!(server.log(|log| log.connections), 2);
}

#[tokio::test]
async fn a_slow_reader_slows_the_server_down() {
    let sent: Arc<AtomicUsize> = Arc::default();
    let count = Arc::clone(&sent);
    let server = Server::start(Offer::default(), move |_: &str, _: &Session| {
        let count = Arc::clone(&count);
        let rows = futures::stream::iter(0..2_000_000_u64).map(move |n| {
            count.store(n as usize, Ordering::Relaxed);
            number(n)
        });
        futures::stream::iter([Step::Columns(numbers())]).chain(rows).boxed()
    })
    .await;
    let engine = engine(&server);
    let limits = Limits { max_rows: 2_000_000, ..Limits::default() };
    let mut stream = engine.query(&query(), limits, CancellationToken::new()).await.expect("columns");
    assert!(stream.chunks.next().await.is_some());
    // Nobody reads: only so much is on its way, and some day it does not grow any more.
    let mut before = 0;
    let start = Instant::now();
    loop {
        tokio::time::sleep(Duration::from_millis(400)).await;
        let now = sent.load(Ordering::Relaxed);
        if now == before {
            break;
        }
        assert!(now < 1_000_000 && start.elapsed() < Duration::from_secs(20), "{now} rows on their way");
        before = now;
    }
    // Reading on is no stall, however long it took.
    assert!(matches!(stream.chunks.next().await, Some(Ok(Chunk::Rows(_)))));
}
