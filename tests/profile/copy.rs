//! The local copy: brought in, interrupted, gone on with, asked.

use serde_json::Value;

use crate::shop::{End, Mood, Shop, ask, run, with_password};
use crate::support::{self, stderr, stdout};

const QUESTIONS: [&str; 4] = [
    "ventas por marca en 2025",
    "los 10 mejores clientes de 2024",
    "margen por categoría en mayo de 2025",
    "ventas por mes en 2025",
];

fn rows(answer: &Value) -> &Value {
    assert!(answer["result"]["row_count"].as_u64().is_some_and(|rows| rows > 0), "{answer}");
    &answer["result"]["rows"]
}

fn sync(home: &std::path::Path, more: &[&str]) -> std::process::Output {
    run(home, &[&["data", "sync", "--format", "json"], more].concat())
}

fn synced(output: &std::process::Output) -> Value {
    assert_eq!(output.status.code(), Some(0), "{}", stderr(output));
    serde_json::from_str(stdout(output).trim()).expect("JSON")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_copy_answers_as_the_server_does_and_spares_it() {
    let shop = Shop::open(4_000).await;
    let home = shop.home("");
    let brought = synced(&sync(home.path(), &[]));
    assert_eq!(brought["total_rows"], 4_000);
    let live: Vec<Value> = QUESTIONS.iter().map(|question| ask(home.path(), question, &[])).collect();
    let connections = shop.server.log(|log| log.connections);
    for (question, live) in QUESTIONS.iter().zip(&live) {
        let offline = ask(home.path(), question, &["--offline"]);
        assert_eq!(offline["result"]["engine"], "embedded");
        assert_eq!(rows(&offline), rows(live), "{question}");
    }
    assert_eq!(shop.server.log(|log| log.connections), connections, "the server was not asked");
    // The shop's data ends in the past: of its months none is new, but today's is looked at.
    let again = synced(&sync(home.path(), &[]));
    assert!(again["rows"].as_u64().is_some_and(|rows| rows < 400), "{again}");
    assert_eq!(again["total_rows"], 4_000);
    let log = stdout(&support::run(home.path(), &["audit", "tail", "-n", "60"]));
    assert!(log.contains("copy.synced"), "{log}");
    let info: Value = serde_json::from_str(&stdout(&run(home.path(), &["data", "info", "--format", "json"])))
        .expect("JSON");
    assert_eq!((&info["profile"], &info["copy"]["rows"]), (&"tienda".into(), &4_000.into()), "{info}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_was_cut_short_goes_on_where_it_stopped() {
    let shop = Shop::open(4_000).await;
    let home = shop.home("");
    // The month whose first day is in the query's text breaks off.
    shop.is_in(Mood { ends: Some(("20250101", End::Reset(3))), ..Mood::default() });
    let broken = sync(home.path(), &["--from", "2024-10-01"]);
    if broken.status.code() == Some(0) {
        shop.is_in(Mood { ends: Some(("2025-01-01", End::Reset(3))), ..Mood::default() });
        panic!("the slice's text is not as the test supposes");
    }
    assert!(stderr(&broken).contains("se conservan"), "{}", stderr(&broken));
    let half = ask(home.path(), "ventas por mes de febrero a mayo de 2025", &["--offline"]);
    assert_eq!(rows(&half).as_array().map(Vec::len), Some(4), "{half}");
    shop.is_in(Mood::default());
    let february = shop.queries("20250201");
    let whole = synced(&sync(home.path(), &["--from", "2024-10-01"]));
    assert_eq!(whole["first_day"], "2024-10-01");
    assert!(shop.queries("20250201") <= february + 1, "months that were there are not brought in again");
    let question = "ventas por mes desde octubre de 2024 hasta mayo de 2025";
    assert_eq!(rows(&ask(home.path(), question, &["--offline"])), rows(&ask(home.path(), question, &[])));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_was_killed_goes_on_where_it_stopped() {
    let shop = Shop::open(2_000).await;
    let home = shop.home("");
    shop.is_in(Mood { ends: Some(("20250201", End::Never)), ..Mood::default() });
    let mut child = with_password(home.path())
        .args(["data", "sync", "--from", "2025-01-01"])
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("the binary starts");
    let start = std::time::Instant::now();
    while shop.queries("20250201") == 0 {
        assert!(start.elapsed() < std::time::Duration::from_secs(60), "February was never asked for");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    child.kill().expect("killed");
    child.wait().expect("ended");
    shop.is_in(Mood::default());
    let before = shop.queries("20250301");
    let whole = synced(&sync(home.path(), &["--from", "2025-01-01"]));
    assert_eq!(whole["first_day"], "2025-01-01");
    assert!(shop.queries("20250401") <= before + 1, "months that were there are not brought in again");
    let folder = home.path().join(".local/share/depotru/snapshots/tienda");
    let left = std::fs::read_dir(folder).expect("a folder").flatten();
    let left: Vec<_> = left.filter(|entry| entry.file_name().to_string_lossy().starts_with(".tmp")).collect();
    assert!(left.is_empty(), "{left:?}");
    let question = "ventas por mes de enero a mayo de 2025";
    assert_eq!(rows(&ask(home.path(), question, &["--offline"])), rows(&ask(home.path(), question, &[])));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renamed_column_has_the_models_name_in_the_copy() {
    let shop = Shop::open(1_000).await;
    let home = shop.home("[profiles.tienda.columns]\nproveedor = \"marca\"");
    synced(&sync(home.path(), &[]));
    let brands = ask(home.path(), "ventas por marca en 2025", &["--offline"]);
    let suppliers = ask(home.path(), "ventas por proveedor en 2025", &["--offline"]);
    assert!(suppliers["sql"].as_str().is_some_and(|sql| sql.contains("proveedor")));
    assert_eq!(rows(&brands), rows(&suppliers));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_copy_offline_says_how_to_bring_one_in() {
    let shop = Shop::open(1_000).await;
    let home = shop.home("");
    let output = run(home.path(), &["ask", QUESTIONS[0], "--yes", "--offline"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("depotru data sync"), "{}", stderr(&output));
    let info = stdout(&run(home.path(), &["data", "info"]));
    assert!(info.contains("dbo.banco_datos de SmartBusiness en 127.0.0.1"), "{info}");
    assert!(info.contains("depotru data sync"), "{info}");
    assert_eq!(shop.logins(), 0);
}
