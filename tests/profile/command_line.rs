//! Scripts against a profile's server.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::shop::{End, Mood, PASSWORD, Shop, ask, files_with, run, with_password};
use crate::support::{self, depotru, stderr, stdout};

const QUESTION: &str = "ventas por marca en 2025";

#[tokio::test(flavor = "multi_thread")]
async fn a_question_is_answered_by_the_server_and_its_values_are_fetched_once() {
    let shop = Shop::open(3_000).await;
    let home = shop.home("");
    let answer = ask(home.path(), QUESTION, &[]);
    assert_eq!(answer["outcome"], "plan", "{answer}");
    assert_eq!(answer["result"]["engine"], "sqlserver");
    assert!(answer["sql"].as_str().is_some_and(|sql| sql.contains("dbo.banco_datos")));
    assert!(answer["result"]["row_count"].as_u64().is_some_and(|rows| rows > 3));
    let values = home.path().join(".local/state/depotru/cache/tienda-values.json");
    let mode = std::fs::metadata(&values).expect("values on disk").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let fetched = shop.queries("TercerosNombres");
    assert!(fetched > 0);
    ask(home.path(), "ventas por ciudad en 2025", &[]);
    assert_eq!(shop.queries("TercerosNombres"), fetched, "values are fetched once");
    let refreshed = run(home.path(), &["data", "refresh"]);
    assert_eq!(refreshed.status.code(), Some(0), "{}", stderr(&refreshed));
    assert!(shop.queries("TercerosNombres") > fetched);
}

#[tokio::test(flavor = "multi_thread")]
async fn production_is_said_the_connection_is_recorded_and_the_password_shows_nowhere() {
    let shop = Shop::open(1_000).await;
    let home = shop.home("");
    let output = run(home.path(), &["ask", QUESTION, "--yes", "--today", "2025-06-30"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stderr(&output).contains("PRODUCCIÓN"), "{}", stderr(&output));
    assert!(stderr(&output).contains("SIN CIFRAR"), "{}", stderr(&output));
    let log = stdout(&support::run(home.path(), &["audit", "tail", "-n", "50"]));
    assert!(log.contains("connection.opened") && log.contains("\"rights\":\"read_only\""), "{log}");
    for text in [stdout(&output), stderr(&output), log] {
        assert!(!text.contains(PASSWORD));
    }
    let mut found = Vec::new();
    files_with(home.path(), PASSWORD, &mut found);
    assert!(found.is_empty(), "{found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn f44_a_wrong_password_is_tried_once_and_no_question_loops_on_it() {
    let shop = Shop::open(1_000).await;
    let home = shop.home("");
    let output = depotru(home.path())
        .env("DEPOTRU_PASSWORD_TIENDA", "otra")
        .args(["ask", QUESTION, "--yes"])
        .output()
        .expect("the binary starts");
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("18456"), "{}", stderr(&output));
    assert_eq!(shop.logins(), 1);
    assert!(stdout(&output).is_empty(), "an answer that never came is not an empty answer");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_password_and_a_terminal_the_variable_is_named_and_nobody_is_asked() {
    let shop = Shop::open(1_000).await;
    let home = shop.home("");
    let output = depotru(home.path()).args(["ask", QUESTION, "--yes"]).output().expect("the binary starts");
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("DEPOTRU_PASSWORD_TIENDA"), "{}", stderr(&output));
    assert_eq!(shop.logins(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn f4_a_server_that_is_not_there_is_told_within_a_second() {
    let shop = Shop::open(1_000).await;
    let home = shop.home("");
    let config = home.path().join(".config/depotru/config.toml");
    let port = shop.server.address.port().to_string();
    let text = std::fs::read_to_string(&config).expect("the configuration").replace(&port, "1");
    std::fs::write(&config, text).expect("written");
    let start = Instant::now();
    let output = run(home.path(), &["ask", QUESTION, "--yes"]);
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("127.0.0.1"), "{}", stderr(&output));
    let findings = examined(home.path());
    assert_eq!(findings["dns"]["ok"], true, "{findings:?}");
    assert_eq!(findings["tcp"]["ok"], false, "{findings:?}");
    assert_eq!(findings["login"]["ok"], Value::Null, "{findings:?}");
}

/// What the doctor finds wrong with something, by what it looked at.
fn examined(home: &Path) -> BTreeMap<String, Value> {
    let doctor = run(home, &["doctor", "--format", "json"]);
    assert_eq!(doctor.status.code(), Some(1));
    let findings: Vec<Value> = serde_json::from_str(stdout(&doctor).trim()).expect("JSON");
    findings.into_iter().map(|found| (found["check"].as_str().expect("a name").to_string(), found)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_tells_what_it_saw_of_a_server_whose_login_is_refused() {
    let shop = Shop::open(1_000).await;
    shop.is_in(Mood { rights: vec![0], ..Mood::default() });
    let findings = examined(shop.home("").path());
    assert_eq!(findings["rights"]["ok"], false, "{findings:?}");
    let login = findings["login"]["detail"].as_str().expect("a detail");
    assert!(login.contains("analista") && login.contains("SmartBusiness"), "{login}");
    assert_eq!(findings["table"]["detail"], "34 columnas", "{findings:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_cannot_be_seen_is_not_called_a_different_one() {
    let shop = Shop::open(1_000).await;
    shop.is_in(Mood { hidden: true, ..Mood::default() });
    let home = shop.home("");
    let findings = examined(home.path());
    let table = &findings["table"];
    assert_eq!(table["ok"], false, "{findings:?}");
    assert!(table["detail"].as_str().is_some_and(|detail| detail.contains("GRANT SELECT")), "{table}");
    let output = run(home.path(), &["ask", QUESTION, "--yes", "--today", "2025-06-30"]);
    let told = stderr(&output);
    assert!(told.contains("sin tabla") && !told.contains("tabla distinta"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_can_write_runs_nothing_unless_the_profile_puts_up_with_it() {
    let shop = Shop::open(1_000).await;
    shop.is_in(Mood { rights: vec![0], ..Mood::default() });
    let refused = run(shop.home("").path(), &["ask", QUESTION, "--yes", "--today", "2025-06-30"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(stderr(&refused).contains("sysadmin"), "{}", stderr(&refused));
    assert_eq!(shop.queries("SUM(TotalMasIva)"), 0, "nothing of the question reached the server");
    let home = shop.home("allow_privileged_login = true");
    let allowed = run(home.path(), &["ask", QUESTION, "--yes", "--today", "2025-06-30"]);
    assert_eq!(allowed.status.code(), Some(0), "{}", stderr(&allowed));
    assert!(stderr(&allowed).contains("LOGIN QUE PUEDE ESCRIBIR"), "{}", stderr(&allowed));
    let log = stdout(&support::run(home.path(), &["audit", "tail", "-n", "50"]));
    assert!(log.contains("\"rights\":\"can_change\""), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn f45_a_missing_column_is_listed_with_the_questions_it_costs() {
    let shop = Shop::open(1_000).await;
    let good = run(shop.home("").path(), &["schema", "check", "--format", "json"]);
    assert_eq!(good.status.code(), Some(0), "{}", stderr(&good));
    shop.is_in(Mood { without: Some("ValorCosto"), ..Mood::default() });
    let home = shop.home("");
    let checked = run(home.path(), &["schema", "check", "--format", "json"]);
    assert_eq!(checked.status.code(), Some(1));
    let report: serde_json::Value = serde_json::from_str(stdout(&checked).trim()).expect("JSON");
    assert_eq!(report["ok"], false);
    let missing = &report["differences"][0];
    assert_eq!((&missing["column"], &missing["kind"]), (&"ValorCosto".into(), &"missing".into()));
    assert!(missing["metrics"].as_array().is_some_and(|lost| lost.contains(&"profit".into())), "{report}");
    let told = run(home.path(), &["schema", "check"]);
    assert!(stdout(&told).contains("No se podrá preguntar"), "{}", stdout(&told));
    let rest = ask(home.path(), QUESTION, &[]);
    assert!(rest["result"]["row_count"].as_u64().is_some_and(|rows| rows > 0), "the rest works: {rest}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renamed_column_is_asked_for_by_its_real_name() {
    let shop = Shop::open(1_000).await;
    let home = shop.home("[profiles.tienda.columns]\nproveedor = \"marca\"");
    let plan = run(home.path(), &["ask", "ventas por proveedor en 2025", "--plan", "--format", "json"]);
    let answer: serde_json::Value = serde_json::from_str(stdout(&plan).trim()).expect("JSON");
    let sql = answer["sql"].as_str().unwrap_or_default();
    assert!(sql.contains("marca") && !sql.contains("proveedor"), "{sql}");
}

#[tokio::test(flavor = "multi_thread")]
async fn f1_a_connection_that_breaks_leaves_what_came_marked_and_exits_with_failure() {
    let shop = Shop::open(3_000).await;
    let home = shop.home("");
    ask(home.path(), QUESTION, &[]);
    shop.is_in(Mood { ends: Some(("ArticulosNombre", End::Reset(40))), ..Mood::default() });
    let sql = "SELECT ArticulosNombre, TotalMasIva FROM banco_datos";
    let broken = run(home.path(), &["sql", "run", sql, "--yes"]);
    assert_eq!(broken.status.code(), Some(1), "{}", stderr(&broken));
    assert!(stdout(&broken).contains("INCOMPLETO"), "{}", stdout(&broken));
    let asked = shop.queries("SELECT ArticulosNombre, TotalMasIva");
    assert_eq!(asked, 1, "what was shown in part is not asked again");
}

#[tokio::test(flavor = "multi_thread")]
async fn f7_interrupting_stops_the_query_on_the_server() {
    let shop = Shop::open(1_000).await;
    let home = shop.home("");
    ask(home.path(), QUESTION, &[]);
    shop.is_in(Mood { ends: Some(("SELECT TOP (5)", End::Never)), ..Mood::default() });
    let sql = "SELECT TOP (5) marca FROM banco_datos";
    let mut child = with_password(home.path())
        .args(["sql", "run", sql, "--yes"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let start = Instant::now();
    while shop.queries("SELECT TOP (5)") == 0 {
        assert!(start.elapsed() < Duration::from_secs(20) && child.try_wait().expect("a state").is_none());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let interrupted = Instant::now();
    let id = child.id().to_string();
    std::process::Command::new("kill").args(["-s", "INT", &id]).status().expect("kill runs");
    let output = tokio::task::spawn_blocking(move || child.wait_with_output()).await.expect("a thread");
    assert_eq!(output.expect("ended").status.code(), Some(130));
    let stopped = shop.server.log(|log| log.attentions.first().copied());
    let stopped = stopped.expect("the server was told to stop");
    assert!(stopped.duration_since(interrupted) < Duration::from_secs(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_outlive_a_session_only_where_the_profile_wants_that() {
    let shop = Shop::open(1_000).await;
    let asked = || shop.queries("GROUP BY ciudad\nORDER");
    let question = "ventas por ciudad en 2025";
    let forgetful = shop.home("");
    ask(forgetful.path(), question, &[]);
    let once = asked();
    let first = ask(forgetful.path(), question, &[]);
    assert_eq!(asked(), once + 1, "nothing is kept on disk unless it is wanted");
    assert!(!forgetful.path().join(".local/state/depotru/cache/answers").exists());
    let keeping = shop.home("[profiles.tienda.cache]\ndisk = true");
    ask(keeping.path(), question, &[]);
    let before = asked();
    let again = ask(keeping.path(), question, &[]);
    assert_eq!(asked(), before, "the answer on disk was given again");
    assert_eq!(again["result"]["rows"], first["result"]["rows"]);
    let log = stdout(&support::run(keeping.path(), &["audit", "tail", "-n", "50"]));
    assert!(log.contains("answer.reused"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn f28_without_a_place_for_the_log_production_is_not_asked_and_the_setting_is_named() {
    let shop = Shop::open(1_000).await;
    let home = shop.home("");
    std::fs::write(home.path().join(".local"), "in the way").expect("written");
    let refused = run(home.path(), &["ask", QUESTION, "--yes", "--today", "2025-06-30"]);
    assert_eq!(refused.status.code(), Some(1), "{}", stderr(&refused));
    assert!(stderr(&refused).contains("on_failure"), "{}", stderr(&refused));
    assert_eq!(shop.logins(), 0);
    let judged =
        support::run(home.path(), &["sql", "check", "SELECT marca FROM banco_datos", "--profile", "local"]);
    assert_eq!(judged.status.code(), Some(0), "the rest starts: {}", stderr(&judged));
    assert!(stderr(&judged).contains("no conserva"), "what will not stay is said: {}", stderr(&judged));
    let config = home.path().join(".config/depotru/config.toml");
    let accepted = std::fs::read_to_string(&config).expect("readable") + "\n[audit]\non_failure = \"warn\"\n";
    std::fs::write(&config, accepted).expect("written");
    let run_anyway = run(home.path(), &["ask", QUESTION, "--yes", "--today", "2025-06-30"]);
    assert_eq!(run_anyway.status.code(), Some(0), "{}", stderr(&run_anyway));
}
