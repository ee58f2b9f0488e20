//! A server whose every text is out for the terminal: cells, headings, values, errors, facts.

use std::path::Path;
use std::time::Duration;

use unicode_width::UnicodeWidthStr;

use crate::shop::{Mood, PASSWORD, Shop, run};
use crate::support::hostile::{assert_only_our_sequences, on_terminal};
use crate::support::stderr;
use crate::support::terminal::Terminal;

const WITH_PASSWORD: [(&str, &str); 1] = [("DEPOTRU_PASSWORD_TIENDA", PASSWORD)];

async fn hostile_shop() -> Shop {
    let shop = Shop::open(2_000).await;
    shop.is_in(Mood { hostile: true, ..Mood::default() });
    shop
}

fn shown(home: &Path, args: &[&str]) -> String {
    on_terminal(home, args, &WITH_PASSWORD)
}

#[tokio::test(flavor = "multi_thread")]
async fn f16_every_command_shows_a_hostile_servers_texts_clean() {
    let shop = hostile_shop().await;
    let home = shop.home("");
    let all = "SELECT TOP (60) ArticulosNombre AS titulo, TercerosNombres, marca FROM banco_datos";
    for format in ["table", "json"] {
        let rows = shown(home.path(), &["sql", "run", all, "--yes", "--format", format]);
        assert!(rows.contains("TALADRO"), "{rows}");
        shown(home.path(), &["ask", "ventas por producto en 2025", "--yes", "--format", format]);
    }
    for (failing, number) in [("SELECT TOP (7) marca", "50000"), ("SELECT TOP (8) marca", "207")] {
        let told = shown(home.path(), &["sql", "run", &format!("{failing} FROM banco_datos"), "--yes"]);
        assert!(told.contains(number) && told.contains("NASTY"), "{told}");
    }
    let synced = run(home.path(), &["data", "sync", "--from", "2025-05-01"]);
    assert_eq!(synced.status.code(), Some(0), "{}", stderr(&synced));
    assert_only_our_sequences(&[synced.stdout, synced.stderr].concat(), "data sync");
    for args in [
        &["schema", "check"][..],
        &["doctor"],
        &["--offline", "ask", "ventas por producto en mayo de 2025", "--yes"],
        &["audit", "tail", "-n", "200"],
    ] {
        shown(home.path(), args);
    }
}

/// The lines of the box with a title, borders included.
fn boxed<'a>(screen: &'a str, title: &str) -> Vec<&'a str> {
    let lines = screen.lines().skip_while(|line| !line.contains(title));
    lines.take_while(|line| !line.trim_start().starts_with('└')).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn f16_the_console_shows_a_hostile_servers_texts_clean_and_in_line() {
    let shop = hostile_shop().await;
    let home = shop.home("");
    let mut console = Terminal::start_in(home.path(), 118, 40, &[], &WITH_PASSWORD);
    console.wait_for_text("Conectado");
    std::thread::sleep(Duration::from_millis(400));
    console.keys("\x1b[D");
    console.wait_for("values", |screen| screen.contains("2.000 líneas"));
    console.keys("ventas por producto en 2025\r");
    console.wait_for_text("SELECT");
    std::thread::sleep(Duration::from_millis(450));
    console.keys("a");
    let result = console.wait_for("the result", |screen| screen.contains("TALADRO") && screen.contains("$"));
    let lines = boxed(&result, "Resultado");
    assert!(lines.len() > 10, "{result}");
    for line in &lines {
        assert_eq!((line.width(), line.chars().last()), (lines[0].width(), line.chars().last()), "{result}");
    }
    for keys in ["\x1b[6~", "G", "\r", "\x1b[B", "\x1b", "c", "c", "i", "i", "s", "/NASTY\r", "g", "\x1bOS"] {
        console.keys(keys);
        std::thread::sleep(Duration::from_millis(120));
    }
    console.wait_for_text("Permisos");
    console.keys("\x1b[6~");
    std::thread::sleep(Duration::from_millis(300));
    console.keys("\x11");
    std::thread::sleep(Duration::from_millis(300));
    console.keys("s");
    let bytes = console.bytes();
    console.ended_with_terminal_restored();
    assert_only_our_sequences(&bytes, "the console");
}
