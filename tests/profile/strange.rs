//! Tables that are not as expected: changed, empty, of one customer.

use serde_json::Value;

use crate::shop::{Mood, PASSWORD, Shop, ask, run, with_password};
use crate::support::terminal::Terminal;
use crate::support::{stderr, stdout};

#[tokio::test(flavor = "multi_thread")]
async fn f45_a_column_of_another_type_is_listed_with_what_it_costs() {
    let shop = Shop::open(1_000).await;
    let home = shop.home("");
    for (ty, costs) in [("nvarchar", true), ("float", false)] {
        shop.is_in(Mood { retyped: Some(("TotalMasIva", ty)), ..Mood::default() });
        let checked = run(home.path(), &["schema", "check", "--format", "json"]);
        let report: Value = serde_json::from_str(stdout(&checked).trim()).expect("JSON");
        let difference = &report["differences"][0];
        assert_eq!(difference["column"], "TotalMasIva", "{ty}: {report}");
        assert_eq!(report["ok"], !costs, "{ty}: {report}");
        assert_eq!(checked.status.code(), Some(costs.into()), "{ty}");
    }
    let mut console = Terminal::start_in(home.path(), 110, 34, &[], &[("DEPOTRU_PASSWORD_TIENDA", PASSWORD)]);
    shop.is_in(Mood { retyped: Some(("TotalMasIva", "nvarchar")), ..Mood::default() });
    console.keys("\x1bOS");
    let panel = console.wait_for_text("TotalMasIva");
    assert!(panel.contains('!'), "{panel}");
}

/// Runs a query, and returns what it said and the most memory the program used, in MiB.
#[cfg(target_os = "linux")]
fn run_measured(home: &std::path::Path, sql: &str) -> (String, u64) {
    let told = home.join("told");
    let file = std::fs::File::create(&told).expect("a file");
    let mut command = with_password(home);
    command.args(["sql", "run", sql, "--yes", "--format", "json"]).stdin(std::process::Stdio::null());
    command.stdout(file.try_clone().expect("a handle")).stderr(file);
    let mut child = command.spawn().expect("the binary starts");
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    while child.try_wait().expect("a child").is_none() {
        let status = std::fs::read_to_string(&status).unwrap_or_default();
        let most = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next());
        peak = most.and_then(|kib| kib.parse::<u64>().ok()).map_or(peak, |kib| kib >> 10);
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    (std::fs::read_to_string(told).expect("what it said"), peak)
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn f10_a_text_of_a_hundred_megabytes_costs_no_more_memory_than_a_short_one() {
    let shop = Shop::open(1_000).await;
    let home = shop.home("");
    let sql = "SELECT 1 AS id, marca AS nota FROM banco_datos";
    let mut peaks = Vec::new();
    for megabytes in [0, 100] {
        shop.is_in(Mood { note: Some(megabytes), ..Mood::default() });
        let (told, peak) = run_measured(home.path(), sql);
        assert!(told.contains("corta"), "{told}");
        assert_eq!(told.contains("xxx…"), megabytes > 0);
        peaks.push(peak);
    }
    println!("F10: {peaks:?} MiB");
    assert!(peaks[0] > 0 && peaks[1] < peaks[0] + 20, "{peaks:?} MiB");
}

/// What a number may not look like.
fn is_no_number(text: &str) -> bool {
    let text = text.to_lowercase();
    ["nan", "inf", "∞"].iter().any(|odd| text.split(|c: char| !c.is_alphanumeric()).any(|word| word == *odd))
}

const KPIS: [&str; 6] = [
    "ventas totales en 2025",
    "margen en 2025",
    "ticket promedio en 2025",
    "ventas por marca en 2025",
    "ventas por mes en 2025",
    "los 10 mejores clientes de 2025",
];

#[tokio::test(flavor = "multi_thread")]
async fn f49_an_empty_table_has_no_figures_and_says_so() {
    let shop = Shop::open(1_000).await;
    shop.is_in(Mood { only: Some("1 = 0"), ..Mood::default() });
    let home = shop.home("");
    for question in KPIS {
        let output = run(home.path(), &["ask", question, "--yes", "--today", "2025-06-30"]);
        assert_eq!(output.status.code(), Some(0), "{question}: {}", stderr(&output));
        let told = stdout(&output) + &stderr(&output);
        assert!(!is_no_number(&told), "{question}: {told}");
        assert!(
            told.contains("Ninguna fila cumple") || told.contains("Sin resultados"),
            "{question}: {told}"
        );
    }
    let synced = run(home.path(), &["data", "sync", "--format", "json"]);
    println!("{} {}", stdout(&synced), stderr(&synced));
    let mut console = Terminal::start_in(home.path(), 110, 34, &[], &[("DEPOTRU_PASSWORD_TIENDA", PASSWORD)]);
    console.wait_for_text("Conectado");
    console.keys("\x1b[D");
    console.keys("ventas totales en 2025\r");
    console.wait_for_text("SELECT");
    std::thread::sleep(std::time::Duration::from_millis(450));
    console.keys("a");
    let shown = console.wait_for("no figure", |screen| screen.contains("Ninguna fila cumple"));
    assert!(!is_no_number(&shown), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn f49_a_single_customer_has_figures_and_a_chart() {
    let shop = Shop::open(1_000).await;
    let one = "TercerosIdentificacion = (SELECT TOP (1) TercerosIdentificacion FROM banco_datos \
               GROUP BY TercerosIdentificacion ORDER BY MAX(Fecha) DESC, COUNT(*) DESC)";
    shop.is_in(Mood { only: Some(one), ..Mood::default() });
    let home = shop.home("");
    let best = ask(home.path(), "los 10 mejores clientes", &[]);
    assert_eq!(best["result"]["row_count"], 1, "{best}");
    for question in KPIS {
        let output = run(home.path(), &["ask", question, "--yes", "--today", "2025-06-30"]);
        assert_eq!(output.status.code(), Some(0), "{question}: {}", stderr(&output));
        assert!(!is_no_number(&(stdout(&output) + &stderr(&output))), "{question}");
    }
    let mut console = Terminal::start_in(home.path(), 130, 44, &[], &[("DEPOTRU_PASSWORD_TIENDA", PASSWORD)]);
    console.wait_for_text("Conectado");
    console.keys("\x1b[D");
    console.keys("los 10 mejores clientes\r");
    console.wait_for_text("SELECT");
    std::thread::sleep(std::time::Duration::from_millis(450));
    console.keys("a");
    let shown = console.wait_for("one row", |screen| screen.contains("fila 1 de 1"));
    assert!(shown.contains('$') && !is_no_number(&shown), "{shown}");
    console.keys("c");
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert!(!is_no_number(&console.screen()));
}
