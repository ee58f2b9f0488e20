//! Hostile text from every side: nothing of it reaches the terminal as it is, in the console
//! and on the command line, with the real binary in a pseudo-terminal.

#![cfg(unix)]

mod support;

use std::fs;
use std::path::Path;
use std::time::Duration;

use support::hostile::{NASTY, assert_only_our_sequences, hostile, is_hostile};
use support::terminal::Terminal;

/// The pause in which a fresh approval dialog ignores keys.
const GUARD_PAUSE: Duration = Duration::from_millis(400);

/// A home whose sales hold the hostile texts in every text column.
fn home() -> tempfile::TempDir {
    let home = tempfile::tempdir().expect("a home");
    let header = [
        "DocumentosCodigo",
        "NumeroDocumento",
        "Fecha",
        "ArticulosNombre",
        "TercerosNombres",
        "VendedorFactura",
        "marca",
        "categoria",
        "ciudad",
        "Cantidad",
        "TotalSinIva",
        "TotalMasIva",
    ];
    let mut writer = csv::Writer::from_path(home.path().join("hostil.csv")).expect("a file");
    writer.write_record(header).expect("written");
    for (n, text) in hostile().iter().enumerate() {
        let (document, day) = ((n + 1).to_string(), format!("2025-06-{:02}", n % 28 + 1));
        let sum = ((hostile().len() - n) * 1_000).to_string();
        let record = ["FV", &document, &day, text, text, text, text, text, text, "1", &sum, &sum];
        writer.write_record(record).expect("written");
    }
    writer.flush().expect("written");
    drop(writer);
    let imported = support::run(home.path(), &["data", "import", "hostil.csv", "--allow-rejected"]);
    assert!(imported.status.success(), "{}", support::stderr(&imported));
    home
}

fn on_terminal(home: &Path, args: &[&str]) -> String {
    support::hostile::on_terminal(home, args, &[])
}

#[test]
fn every_command_shows_hostile_data_clean() {
    let home = home();
    let all = "SELECT TOP 100 ArticulosNombre, TercerosNombres, marca AS [m;1] FROM banco_datos ORDER BY NumeroDocumento";
    for format in ["table", "csv", "json"] {
        let shown = on_terminal(home.path(), &["sql", "run", all, "--yes", "--format", format]);
        assert!(shown.contains("TALADRO"), "{shown}");
        on_terminal(home.path(), &["ask", "ventas por producto", "--yes", "--format", format]);
    }
    on_terminal(home.path(), &["ask", &format!("ventas de {NASTY}"), "--plan"]);
    on_terminal(home.path(), &["ask", &format!("ventas de {NASTY}"), "--plan", "--format", "json"]);
    let failing = "SELECT CAST(ArticulosNombre AS INT) AS n FROM banco_datos";
    let shown = on_terminal(home.path(), &["sql", "run", failing, "--yes"]);
    assert!(shown.contains("245"), "{shown}");
    on_terminal(home.path(), &["sql", "check", &format!("SELECT '{NASTY}'")]);
    on_terminal(home.path(), &["sql", "check", &format!("SELECT [{NASTY}"), "--format", "json"]);
    for args in [
        &["history"][..],
        &["history", "--format", "json"],
        &["audit", "tail", "-n", "500"],
        &["audit", "verify"],
        &["doctor"],
        &["data", "info"],
    ] {
        on_terminal(home.path(), args);
    }
}

#[test]
fn names_of_files_commands_and_settings_are_shown_clean() {
    let home = home();
    let nameless = NASTY.replace('/', "");
    on_terminal(home.path(), &["data", "import", &format!("{nameless}.csv")]);
    fs::write(home.path().join(format!("{nameless}.csv")), format!("a,{NASTY},c\n1,2,3\n")).expect("a file");
    on_terminal(home.path(), &["data", "import", &format!("{nameless}.csv")]);
    on_terminal(home.path(), &["ask", "--batch", &nameless]);
    on_terminal(home.path(), &["sql", "check", "--file", &nameless]);
    on_terminal(home.path(), &[NASTY]);
    on_terminal(home.path(), &["ask", "x", &format!("--{NASTY}")]);
    on_terminal(home.path(), &["--profile", NASTY, "doctor"]);
    fs::write(home.path().join("lote.jsonl"), format!("{{\"question\": \"ventas {NASTY}\"\n{NASTY}\n"))
        .expect("a file");
    on_terminal(home.path(), &["ask", "--batch", "lote.jsonl", "--plan"]);
    let config = home.path().join(".config/depotru");
    fs::create_dir_all(&config).expect("a folder");
    for text in [
        format!("theme = \"{}\"\n", NASTY.escape_unicode()).replace("\\u{", "\\U{"),
        format!("theme = '{NASTY}'\n"),
        format!("\"{NASTY}\" = 1\n"),
        "theme = \"\\u001b]0;robado\\u0007\"\n".to_string(),
        "\"\\u001b]0;robado\\u0007\" = 1\n".to_string(),
    ] {
        fs::write(config.join("config.toml"), text).expect("written");
        on_terminal(home.path(), &["doctor"]);
        on_terminal(home.path(), &[]);
    }
}

#[test]
fn damaged_state_files_are_shown_clean() {
    let home = home();
    assert!(support::run(home.path(), &["ask", "total de ventas", "--plan"]).status.success());
    let state = home.path().join(".local/state/depotru");
    let past = serde_json::json!({"v": 1, "at": "2025-06-01T10:00:00Z", "lang": "es", "question": NASTY, "outcome": NASTY});
    fs::write(state.join("history.jsonl"), format!("{past}\n{NASTY}\n")).expect("written");
    on_terminal(home.path(), &["history"]);
    on_terminal(home.path(), &["history", "--format", "json"]);
    for entry in fs::read_dir(state.join("audit")).expect("the log").flatten() {
        if entry.path().extension().is_some_and(|extension| extension == "jsonl") {
            fs::write(entry.path(), format!("{NASTY}\n{{\"question\":\"{NASTY}\"}}\n")).expect("written");
        }
    }
    on_terminal(home.path(), &["audit", "tail"]);
    on_terminal(home.path(), &["audit", "verify"]);
    on_terminal(home.path(), &["doctor"]);
    let table = home.path().join(".local/share/depotru/banco_datos");
    for entry in fs::read_dir(&table).expect("the data").flatten() {
        if entry.path().extension().is_some_and(|extension| extension == "json") {
            fs::write(entry.path(), format!("{{\"{NASTY}\": 1}}")).expect("written");
        }
    }
    on_terminal(home.path(), &["data", "info"]);
    on_terminal(home.path(), &["doctor"]);
    on_terminal(home.path(), &["ask", "total de ventas", "--yes"]);
}

#[test]
fn the_console_shows_hostile_data_history_and_typing_clean() {
    let home = home();
    let state = home.path().join(".local/state/depotru");
    fs::create_dir_all(&state).expect("a folder");
    let past = serde_json::json!({"v": 1, "at": "2025-06-01T10:00:00Z", "lang": "es", "question": NASTY, "outcome": "plan"});
    fs::write(state.join("history.jsonl"), format!("{past}\n")).expect("written");
    let mut console = Terminal::start(home.path(), 120, 40, &["--lang", "es"]);
    console.wait_for_text("Pregunta");
    console.keys("\x1b[A");
    console.wait_for_text("NASTY");
    console.keys(&format!("\x1b[200~ventas por {NASTY}\x1b[201~"));
    console.keys("\r");
    std::thread::sleep(GUARD_PAUSE);
    console.keys("\x1b\x1b");
    std::thread::sleep(GUARD_PAUSE);
    // The question box is emptied: a paste replaces what was sent.
    console.keys("\x1b[200~ventas por producto\x1b[201~");
    console.keys("\r");
    console.wait_for_text("SELECT");
    std::thread::sleep(GUARD_PAUSE);
    console.keys("a");
    console.wait_for("the result", |screen| screen.contains("TALADRO") && screen.contains("fila"));
    for keys in ["\x1b[6~", "G", "\r", "\x1b[B", "\x1b[6~", "\x1b", "c", "c", "i", "i", "s", "/NASTY\r", "g"]
    {
        console.keys(keys);
        std::thread::sleep(Duration::from_millis(120));
    }
    console.keys("\x11");
    console.wait_for("the end", |_| true);
    std::thread::sleep(Duration::from_millis(300));
    let bytes = console.bytes();
    console.ended_with_terminal_restored();
    assert_only_our_sequences(&bytes, "the console");
    assert!(!String::from_utf8_lossy(&bytes).contains("\u{1b}]"), "an OSC reached the terminal");
}

const TEXTS: &str =
    "SELECT ArticulosNombre AS texto, -TotalMasIva AS cifra FROM banco_datos ORDER BY NumeroDocumento";

#[test]
fn json_is_exact_for_programs() {
    let home = home();
    let output = support::run(home.path(), &["sql", "run", TEXTS, "--yes", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&support::stdout(&output)).expect("valid JSON");
    let rows = json["result"]["rows"].as_array().expect("rows");
    // What is longer than the column was rejected by the import; trailing blanks mean nothing to the ERP.
    let kept: Vec<String> = hostile().into_iter().filter(|text| text.chars().count() <= 200).collect();
    assert_eq!(rows.len(), kept.len());
    for (row, text) in rows.iter().zip(&kept) {
        assert_eq!(row[0].as_str(), Some(text.trim_end()));
    }
}

#[test]
fn csv_is_inert_for_spreadsheets_and_keeps_its_numbers() {
    let home = home();
    let output = support::run(home.path(), &["sql", "run", TEXTS, "--yes", "--format", "csv"]);
    let written = support::stdout(&output);
    let mut rows = 0;
    for delimiter in [b',', b';'] {
        let mut reader =
            csv::ReaderBuilder::new().flexible(true).delimiter(delimiter).from_reader(written.as_bytes());
        for record in reader.records() {
            let record = record.expect("readable");
            rows += 1;
            let text = record.get(0).expect("a text");
            assert!(!text.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠']), "{text:?}");
            assert!(!text.chars().any(is_hostile), "{text:?}");
            if delimiter == b',' {
                let figure = record.get(1).expect("a figure");
                assert!(figure.starts_with('-') && figure.ends_with(".00"), "{figure}");
            }
        }
    }
    assert!(rows > 40, "{rows}");
}
