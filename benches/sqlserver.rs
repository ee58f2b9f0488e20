//! A large answer through TDS: into a frame, drained by tiberius alone, and into pandas.
//!
//! `cargo bench --bench sqlserver` measures on the test server, each client in a process of
//! its own so that its processor time and peak memory can be told (on Linux). Processor time is
//! what to compare: the server works on the same processors. `… -- serve` only serves, for
//! other clients. pandas takes part where `python3` has `pymssql` and `pandas`.

#[path = "../tests/tds/mod.rs"]
mod tds;

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow::array::RecordBatch;
use chrono::NaiveDate;
use depotru::engine::sqlserver::{SqlServerEngine, Tls, TlsTrust};
use depotru::engine::{Chunk, Engine, EngineError, Limits};
use depotru::frame::Frame;
use depotru::i18n::Lang;
use depotru::model::schema::{COLUMNS, SqlType};
use futures::StreamExt;
use tds::client::{judged, settings};
use tds::store::Store;
use tds::types::row;
use tds::{Answer, Column, Encryption, Identity, Offer, Server, Session, Step, Ty, column};
use tokio_util::compat::TokioAsyncWriteCompatExt;
use tokio_util::sync::CancellationToken;

const ROWS: usize = 1_000_000;
/// Rows made once and sent over and over.
const BLOCK: usize = 1_000;
const QUERY: &str = "SELECT * FROM banco_datos";

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    match words.as_slice() {
        ["serve"] => runtime.block_on(serve()),
        ["engine", address, pin] => runtime.block_on(by_engine(address, pin)),
        ["tiberius", address] => runtime.block_on(by_tiberius(address)),
        ["first", address, pin] => runtime.block_on(first_row(address, pin)),
        ["cancel", address, pin] => runtime.block_on(cancel(address, pin)),
        _ => compare(),
    }
}

/// Serves on two ports: without TLS, and with it. Prints both, and the certificate's SHA-256.
async fn serve() {
    let folder = tempfile::tempdir().expect("a folder");
    let until = NaiveDate::from_ymd_opt(2025, 6, 30).expect("a day");
    let store = Store::at(folder.path(), 20_000, until);
    let block = Arc::new(block(&store).await);
    let answer = move |sql: &str, _: &Session| -> Answer {
        let block = Arc::clone(&block);
        let count = if sql.contains("FROM banco_datos") { ROWS / BLOCK } else { 0 };
        let rows = futures::stream::iter(0..count).map(move |_| Step::Shared(Arc::clone(&block)));
        let ends = (Step::Columns(columns()), Step::Done(ROWS as u64));
        futures::stream::iter([ends.0]).chain(rows).chain(futures::stream::iter([ends.1])).boxed()
    };
    let identity = Identity::of(&["localhost"]);
    let offer = Offer { packet: 7_992, obeys_limits: false, ..Offer::default() };
    let bare = Server::start(offer.clone(), answer.clone()).await;
    let safe = Offer { tls: Encryption::Inside(identity.clone()), ..offer };
    let safe = Server::start(safe, answer).await;
    let pin: String = identity.sha256.iter().map(|byte| format!("{byte:02x}")).collect();
    println!("{} {} {pin}", bare.address, safe.address);
    std::future::pending::<()>().await;
}

fn columns() -> Vec<Column> {
    let ty = |ty| match ty {
        SqlType::Int => Ty::Int,
        SqlType::Date => Ty::Date,
        SqlType::Decimal(precision, scale) => Ty::Decimal(precision, scale as u8),
        SqlType::NVarChar(length) => Ty::NVarChar(length),
    };
    COLUMNS.iter().map(|known| column(known.name, ty(known.sql_type))).collect()
}

/// The first lines of the demo store as they travel.
async fn block(store: &Store) -> Vec<u8> {
    let columns = columns();
    let rows = store.first_rows(BLOCK).await;
    rows.iter().flat_map(|values| row(&columns, values, usize::MAX)).collect()
}

fn engine(address: &str, pin: &str) -> SqlServerEngine {
    let address: SocketAddr = address.parse().expect("an address");
    let mut settings = settings(address);
    settings.memory = usize::MAX;
    let bytes: Vec<u8> =
        (0..pin.len() / 2).filter_map(|at| u8::from_str_radix(&pin[at * 2..at * 2 + 2], 16).ok()).collect();
    if let Ok(pin) = <[u8; 32]>::try_from(bytes) {
        settings.host = "localhost".to_string();
        settings.tls = Tls::Required(TlsTrust { certificate_sha256: Some(pin), ..TlsTrust::default() });
    }
    SqlServerEngine::new(settings)
}

fn limits() -> Limits {
    Limits { max_rows: ROWS, timeout: Duration::from_secs(600) }
}

/// Rows into a frame, as the session does it.
async fn by_engine(address: &str, pin: &str) {
    let engine = engine(address, pin);
    let start = Instant::now();
    let stream = engine.query(&judged(QUERY), limits(), CancellationToken::new()).await;
    let mut stream = stream.expect("columns");
    let mut frame = Frame::new(&stream.schema, &[], Lang::Es);
    while let Some(chunk) = stream.chunks.next().await {
        if let Chunk::Rows(batch) = chunk.expect("rows") {
            frame.push(batch);
        }
    }
    report(frame.row_count(), start.elapsed(), Some(frame.memory()));
}

/// The same rows, looked at by nobody.
async fn by_tiberius(address: &str) {
    let mut config = tiberius::Config::new();
    config.encryption(tiberius::EncryptionLevel::NotSupported);
    config.authentication(tiberius::AuthMethod::sql_server("analista", "Clave#2025"));
    config.database("SmartBusiness");
    config.packet_size(8000);
    let start = Instant::now();
    let tcp = tokio::net::TcpStream::connect(address).await.expect("TCP");
    tcp.set_nodelay(true).expect("a socket");
    let client = tiberius::Client::connect(config, tcp.compat_write()).await;
    let mut client = client.expect("a login");
    let rows = client.simple_query(QUERY).await.expect("columns").into_row_stream();
    let count = rows.fold(0, |count, row| async move { count + usize::from(row.is_ok()) }).await;
    report(count, start.elapsed(), None);
}

/// From asking to the first row, on a connection that is there already and on a new one.
async fn first_row(address: &str, pin: &str) {
    let engine = engine(address, pin);
    for which in ["new connection", "pooled connection"] {
        let start = Instant::now();
        let stream = engine.query(&judged(QUERY), limits(), CancellationToken::new()).await;
        let mut stream = stream.expect("columns");
        let rows = match stream.chunks.next().await {
            Some(Ok(Chunk::Rows(batch))) => RecordBatch::num_rows(&batch),
            other => panic!("{other:?}"),
        };
        println!("first {rows} rows, {which}: {:.1} ms", start.elapsed().as_secs_f64() * 1e3);
        drop(stream);
        while engine.pool_state().idle == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

/// From cancelling in the middle of the rows to the word of it, and to a connection that is free.
async fn cancel(address: &str, pin: &str) {
    let engine = engine(address, pin);
    let (mut told, mut free) = (Vec::new(), Vec::new());
    for _ in 0..50 {
        let cancel = CancellationToken::new();
        let stream = engine.query(&judged(QUERY), limits(), cancel.clone()).await;
        let mut stream = stream.expect("columns");
        for _ in 0..3 {
            assert!(matches!(stream.chunks.next().await, Some(Ok(_))));
        }
        let start = Instant::now();
        cancel.cancel();
        while !matches!(stream.chunks.next().await, Some(Err(EngineError::Cancelled))) {}
        told.push(start.elapsed());
        while engine.pool_state().idle == 0 {
            tokio::time::sleep(Duration::from_micros(200)).await;
        }
        free.push(start.elapsed());
    }
    let connections = engine.pool_state().connections;
    for (what, mut times) in [("told", told), ("connection free", free)] {
        times.sort();
        let ms = |at: usize| times[at].as_secs_f64() * 1e3;
        println!("cancelled, {what}: median {:.1} ms, worst {:.1} ms", ms(25), ms(49));
    }
    println!("connections open after 50 cancels: {connections}");
}

fn report(rows: usize, took: Duration, held: Option<usize>) {
    let seconds = took.as_secs_f64();
    let peak = peak_memory().map_or(String::new(), |mib| format!(", peak {mib} MiB"));
    let worked = processor_time().map_or(String::new(), |seconds| format!(", {seconds:.1} s of processor"));
    let held = held.map_or(String::new(), |bytes| format!(", rows {} MiB", bytes >> 20));
    println!("{rows} rows in {seconds:.2} s, {:.0} rows/s{worked}{held}{peak}", rows as f64 / seconds);
}

/// The most memory this process has used, in MiB.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kib| kib >> 10)
}

/// Seconds of processor this process has used; Linux counts hundredths.
fn processor_time() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let mut next = || fields.next()?.parse::<f64>().ok();
    Some((next()? + next()?) / 100.0)
}

/// Ends the server with the comparison.
struct Serving(Child);

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.0.kill();
    }
}

fn compare() {
    let this = std::env::current_exe().expect("this program");
    let run = |words: &[&str]| {
        let done = Command::new(&this).args(words).output().expect("a client");
        let said = String::from_utf8_lossy(&done.stdout).trim().to_string();
        if done.status.success() { said } else { String::from_utf8_lossy(&done.stderr).into_owned() }
    };
    let mut server = Command::new(&this).arg("serve").stdout(Stdio::piped()).spawn().expect("a server");
    let mut line = String::new();
    BufReader::new(server.stdout.take().expect("its words")).read_line(&mut line).expect("a line");
    let _serving = Serving(server);
    let words: Vec<&str> = line.split_whitespace().collect();
    let [bare, safe, pin] = words.as_slice() else { panic!("{line}") };
    println!("{ROWS} rows of {} columns", COLUMNS.len());
    for round in 1..=3 {
        println!("{round}: tiberius alone      {}", run(&["tiberius", bare]));
        println!("{round}: engine into a frame {}", run(&["engine", bare, "-"]));
    }
    println!("with TLS: engine         {}", run(&["engine", safe, pin]));
    println!("{}", run(&["first", safe, pin]));
    println!("{}", run(&["cancel", safe, pin]));
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/sqlserver_pandas.py");
    let pandas = Command::new("python3").arg(script).arg(bare).output();
    match pandas {
        Ok(done) if done.status.success() => {
            println!("pymssql into pandas      {}", String::from_utf8_lossy(&done.stdout).trim());
        }
        other => println!("pandas did not take part: {other:?}"),
    }
}
