//! The whole way: the store's questions through TDS, and what the program asks of a server itself.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use chrono::NaiveDate;
use depotru::engine::embedded::{EmbeddedEngine, Settings};
use depotru::engine::sqlserver::{FaultKind, RightsLevel, SqlServerEngine};
use depotru::engine::{Chunk, Engine, EngineError, EngineKind, Limits, Origin, QueryStream};
use depotru::frame::Frame;
use depotru::i18n::Lang;
use depotru::model::schema::{COLUMNS, VALUE_COLUMNS};
use futures::StreamExt;
use tokio_util::sync::CancellationToken;

use crate::tds::client::{engine, gather, judged, settings};
use crate::tds::store::Store;
use crate::tds::{Encryption, Handler, Identity, Offer, Server, Session};
use depotru::engine::sqlserver::{Tls, TlsTrust};

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).expect("a day")
}

/// The store's data, made once.
fn data() -> &'static std::path::Path {
    static DATA: OnceLock<tempfile::TempDir> = OnceLock::new();
    let folder = DATA.get_or_init(|| tempfile::tempdir().expect("a folder"));
    Store::at(folder.path(), 3_000, day(2025, 6, 30));
    folder.path()
}

async fn store() -> (Server, SqlServerEngine) {
    let server = Server::start(Offer::default(), Store::at(data(), 3_000, day(2025, 6, 30))).await;
    let engine = engine(&server);
    (server, engine)
}

async fn frame(mut stream: QueryStream) -> Frame {
    let mut frame = Frame::new(&stream.schema, &[], Lang::Es);
    while let Some(chunk) = stream.chunks.next().await {
        match chunk.expect("rows") {
            Chunk::Rows(batch) => frame.push(batch),
            other => panic!("{other:?}"),
        }
    }
    frame
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_question_has_the_same_answer_on_the_server_and_here() {
    let (_server, remote) = store().await;
    let local = EmbeddedEngine::open(data(), Settings::default()).expect("an engine");
    assert_eq!(remote.kind(), EngineKind::SqlServer);
    for sql in [
        "SELECT marca, SUM(TotalMasIva) AS ventas FROM banco_datos GROUP BY marca ORDER BY ventas DESC, marca",
        "SELECT YEAR(Fecha) AS anio, MONTH(Fecha) AS mes, SUM(TotalSinIva - ValorCosto) AS utilidad, \
         COUNT(DISTINCT TercerosIdentificacion) AS clientes FROM banco_datos \
         WHERE DocumentosCodigo NOT IN ('XY', 'AS', 'TS') GROUP BY YEAR(Fecha), MONTH(Fecha) ORDER BY anio, mes",
        "SELECT TOP 50 * FROM banco_datos ORDER BY VentaID",
        "SELECT SUM(TotalMasIva) / NULLIF(COUNT(*), 0) AS promedio, MAX(Fecha) AS ultima FROM banco_datos",
        "SELECT 100.0 * SUM(TotalSinIva - ValorCosto) / NULLIF(SUM(TotalSinIva), 0) AS margen FROM banco_datos",
    ] {
        let sql = judged(sql);
        let start = |engine: &dyn Engine| engine.query(&sql, Limits::default(), CancellationToken::new());
        let here = frame(start(&local).await.expect("a local answer")).await;
        let there = frame(start(&remote).await.expect("an answer")).await;
        assert_eq!(here.columns(), there.columns());
        assert!(here.row_count() > 0 && here.row_count() == there.row_count());
        for row in 0..here.row_count() {
            for column in 0..here.columns().len() {
                assert_eq!(
                    here.value(row, column),
                    there.value(row, column),
                    "{row}, {column}: {}",
                    sql.text()
                );
            }
        }
    }
}

#[tokio::test]
async fn facts_and_values_come_from_the_server() {
    let (_server, engine) = store().await;
    let local = EmbeddedEngine::open(data(), Settings::default()).expect("an engine");
    let (known, facts) = (local.facts().await.expect("facts"), engine.facts().await.expect("facts"));
    assert_eq!((facts.rows, facts.span), (known.rows, known.span));
    assert_eq!((facts.origin, facts.loaded_at), (Origin::Server, None));
    let values = engine.values().await.expect("values");
    let names: Vec<_> = values.iter().map(|column| column.column.as_str()).collect();
    assert_eq!(names, VALUE_COLUMNS);
    for (here, there) in local.values().await.expect("values").iter().zip(&values) {
        let sorted = |column: &depotru::engine::ColumnValues| {
            let mut values = column.values.clone();
            values.sort();
            values
        };
        assert_eq!(sorted(here), sorted(there));
    }
    let few = engine.column_values("marca", 3).await.expect("values");
    assert!(few.more && few.values.values.len() == 3);
    assert!(few.values.values.windows(2).all(|pair| pair[0].1 >= pair[1].1));
    assert!(engine.column_values("no_existe", 3).await.is_err());
}

#[tokio::test]
async fn a_slice_brings_the_days_asked_for_and_no_row_limit() {
    let (server, engine) = store().await;
    let columns = ["VentaID", "Fecha", "TotalMasIva", "marca"];
    let cancel = CancellationToken::new();
    let (from, to) = (day(2025, 3, 1), day(2025, 4, 1));
    let slice =
        gather(engine.slice(&columns, from, to, cancel.clone()).await.expect("rows")).await.expect("rows");
    let names: Vec<_> = slice.schema.fields().iter().map(|field| field.name().as_str()).collect();
    assert_eq!(names, columns);
    assert!(slice.rows > 0 && !slice.truncated && slice.error.is_none());
    for row in 0..slice.rows {
        let day = slice.text(row, 1).expect("a day");
        assert!(day.as_str() >= "2025-03-01" && day.as_str() < "2025-04-01", "{day}");
    }
    let all = engine.slice(&columns, day(2000, 1, 1), day(2100, 1, 1), cancel).await.expect("rows");
    assert_eq!(gather(all).await.expect("rows").rows, 3_000);
    assert!(server.log(|log| log.batches.iter().any(|(_, sql)| sql == "SET ROWCOUNT 0")));
    // The next question has its limit again.
    let few = engine.query(
        &judged("SELECT marca FROM banco_datos"),
        Limits { max_rows: 5, ..Limits::default() },
        CancellationToken::new(),
    );
    let few = gather(few.await.expect("rows")).await.expect("rows");
    assert!(few.rows == 5 && few.truncated);
}

#[tokio::test]
async fn every_new_connection_is_asked_whether_the_login_may_write_by_now() {
    let store = Store::at(data(), 3_000, day(2025, 6, 30));
    let mut privileged = Store::at(data(), 3_000, day(2025, 6, 30));
    privileged.rights = vec![0, 15];
    let (grown, asked): (Arc<AtomicBool>, Arc<AtomicUsize>) = Default::default();
    let (changed, count) = (Arc::clone(&grown), Arc::clone(&asked));
    let server = Server::start(Offer::default(), move |sql: &str, session: &Session| {
        count.fetch_add(usize::from(sql.starts_with("SELECT IS_SRVROLEMEMBER")), Ordering::SeqCst);
        if changed.load(Ordering::SeqCst) {
            privileged.answer(sql, session)
        } else {
            store.answer(sql, session)
        }
    })
    .await;
    let engine = engine(&server);
    let restart = || async {
        server.reset_all();
        tokio::time::sleep(std::time::Duration::from_millis(30)).await;
    };
    engine.inspect().await.expect("an inspection");
    engine.facts().await.expect("facts");
    assert_eq!(asked.load(Ordering::SeqCst), 1, "a connection is asked once");
    restart().await;
    engine.facts().await.expect("facts on a new connection");
    assert_eq!((asked.load(Ordering::SeqCst), server.log(|log| log.connections)), (2, 2));
    grown.store(true, Ordering::SeqCst);
    restart().await;
    let queries = server.log(|log| log.queries().len());
    let Err(EngineError::Server(fault)) = engine.facts().await else { panic!("it ran") };
    assert_eq!((fault.kind, fault.detail.as_str()), (FaultKind::RightsGrown, "sysadmin, db_datawriter"));
    assert_eq!(server.log(|log| log.queries().len()), queries + 1, "only the rights were asked for");
    // Looked at again, and put up with by whoever may decide that: then it is known.
    assert!(engine.inspect().await.is_err());
    let again = SqlServerEngine::new(engine.settings().clone());
    assert_eq!(again.inspect().await.expect("an inspection").rights.level, RightsLevel::CanChange);
    restart().await;
    again.facts().await.expect("facts");
}

#[tokio::test]
async fn an_inspection_tells_the_server_the_rights_and_the_table() {
    let identity = Identity::of(&["localhost"]);
    let offer = Offer { tls: Encryption::Inside(identity.clone()), ..Offer::default() };
    for (rights, level) in [
        (vec![], RightsLevel::ReadOnly),
        (vec![23], RightsLevel::SeesMore),
        (vec![0, 15, 23], RightsLevel::CanChange),
    ] {
        let mut store = Store::at(data(), 3_000, day(2025, 6, 30));
        store.rights = rights.clone();
        let server = Server::start(offer.clone(), store).await;
        let mut settings = settings(server.address);
        let pin = TlsTrust { certificate_sha256: Some(identity.sha256), ..TlsTrust::default() };
        settings.tls = Tls::Required(pin);
        let seen = SqlServerEngine::new(settings).inspect().await.expect("an inspection");
        assert_eq!((seen.rights.level, seen.rights.findings.len()), (level, rights.len()));
        assert!(seen.version.starts_with("16.") && seen.database == "SmartBusiness");
        assert_eq!((seen.updateable, seen.collation.as_str()), (Some(true), "Modern_Spanish_CI_AS"));
        assert_eq!(seen.tls.protocol.as_deref(), Some("TLS 1.2"));
        assert_eq!(seen.columns.len(), COLUMNS.len());
        let kind = |name: &str| seen.columns.iter().find(|c| c.name == name).map(|c| c.sql_type.clone());
        assert_eq!(kind("TotalMasIva").as_deref(), Some("decimal(18,2)"));
        assert_eq!(kind("ArticulosNombre").as_deref(), Some("nvarchar(200)"));
        assert_eq!(seen.indexes[0].keys, ["Fecha"]);
    }
}
