//! A server that sends nonsense.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures::StreamExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

use crate::tds::client::{collect, engine};
use crate::tds::types::{columns, packed_row, row};
use crate::tds::{Column, Offer, Server, Session, Step, Ty, Value, column, wire};

/// Seeds tried; `DEPOTRU_TEST_SEEDS` sets another number. The fault table asks for 10,000, which
/// takes half a minute without optimisation.
fn seeds() -> u64 {
    let set = std::env::var("DEPOTRU_TEST_SEEDS").ok().and_then(|count| count.parse().ok());
    set.unwrap_or(2_000)
}

fn table() -> Vec<Column> {
    vec![
        column("n", Ty::BigInt),
        column("texto", Ty::NVarChar(40)),
        column("largo", Ty::NVarCharMax),
        column("cifra", Ty::Decimal(38, 10)),
        column("plata", Ty::Money),
        column("cuando", Ty::DateTime2(7)),
        column("hora", Ty::DateTimeOffset(3)),
        column("lo que sea", Ty::Variant),
        column("donde", Ty::User("geography".into())),
        column("xml", Ty::Xml),
        column("viejo", Ty::NText),
        column("id", Ty::Guid),
        column("antes", Ty::DateTime),
        column("fijo", Ty::DateTimeFixed),
        column("minuto", Ty::SmallDateTime),
        column("dia", Ty::Date),
        column("reloj", Ty::Time(2)),
        column("real", Ty::Real),
        column("binario", Ty::VarBinary(8)),
    ]
}

fn values() -> Vec<Value> {
    vec![
        Value::Whole(7),
        Value::Text("CEMENTO ñ".into()),
        Value::Text("largo ".repeat(40)),
        Value::Decimal(-12_345),
        Value::Money(1),
        Value::Moment2(738_000, 1),
        Value::Offset(738_000, 1, -300),
        Value::Variant(Box::new((Ty::Decimal(18, 2), Value::Decimal(5)))),
        Value::Bytes(vec![1, 2, 3]),
        Value::Text("<a/>".into()),
        Value::Text("viejo".into()),
        Value::Guid([7; 16]),
        Value::Moment(45_000, 1),
        Value::Moment(45_000, 1),
        Value::Minute(45_000, 1),
        Value::Day(738_000),
        Value::Time(1),
        Value::Real(0.5),
        Value::Bytes(vec![1, 2]),
    ]
}

/// A valid answer.
fn answer() -> Vec<u8> {
    let table = table();
    // What is fixed has no NULL.
    let nulls = table.iter().map(|column| match column.ty {
        Ty::DateTimeFixed => Value::Moment(0, 0),
        _ => Value::Null,
    });
    let nulls: Vec<Value> = nulls.collect();
    [
        columns(&table),
        row(&table, &values(), usize::MAX),
        packed_row(&table, &nulls, usize::MAX),
        packed_row(&table, &values(), usize::MAX),
        wire::said(0xAB, 3621, 0, "aviso"),
        wire::error(8134, 16, "división"),
        wire::done(wire::COUNTED, 3),
    ]
    .concat()
}

/// What the server of a seed says.
fn noise(seed: u64) -> Vec<Step> {
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    let mut below = |limit: usize| (dice.next_u64() % limit as u64) as usize;
    let mut bytes = answer();
    match seed % 5 {
        // Anything.
        0 => bytes = (0..below(400)).map(|_| below(256) as u8).collect(),
        // Columns, and then anything.
        1 => {
            bytes.truncate(columns(&table()).len());
            bytes.extend((0..below(400)).map(|_| below(256) as u8));
        }
        // The beginning of something valid.
        2 => bytes.truncate(below(bytes.len())),
        // A few wrong bytes.
        _ => {
            for _ in 0..=below(4) {
                let at = below(bytes.len());
                bytes[at] = below(256) as u8;
            }
        }
    }
    let last = if below(2) == 0 { Step::Close } else { Step::EndHere };
    vec![Step::Raw(bytes), last]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f17_nonsense_is_an_error_or_an_answer_and_never_a_panic_or_a_wait() {
    let panics: Arc<AtomicUsize> = Arc::default();
    let seen = Arc::clone(&panics);
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        seen.fetch_add(1, Ordering::SeqCst);
        before(info);
    }));
    let seed = AtomicU64::new(0);
    let handler =
        move |_: &str, _: &Session| futures::stream::iter(noise(seed.fetch_add(1, Ordering::SeqCst))).boxed();
    let server = Server::start(Offer { packet: 700, ..Offer::default() }, handler).await;
    let engine = engine(&server);
    let (failed, slowest) = (AtomicUsize::new(0), std::sync::Mutex::new(Duration::ZERO));
    let asked = futures::stream::iter(0..seeds()).for_each_concurrent(3, |_| async {
        let start = Instant::now();
        let ended = tokio::time::timeout(Duration::from_secs(5), collect(&engine)).await;
        let failure = match ended.expect("an end within five seconds") {
            Err(_) => true,
            Ok(answer) => answer.error.is_some(),
        };
        failed.fetch_add(failure.into(), Ordering::Relaxed);
        let mut slowest = slowest.lock().expect("the slowest");
        *slowest = start.elapsed().max(*slowest);
    });
    asked.await;
    println!("{} of {} failed; the slowest took {:?}", failed.into_inner(), seeds(), slowest);
    assert_eq!(panics.load(Ordering::SeqCst), 0);
}
