//! The console end to end: the real binary in a pseudo-terminal.

#![cfg(unix)]

mod support;

use std::time::Duration;

use support::home_with_data;
use support::terminal::Terminal;

/// The pause in which a fresh approval dialog ignores keys.
const GUARD_PAUSE: Duration = Duration::from_millis(400);

fn approve(console: &mut Terminal) {
    std::thread::sleep(GUARD_PAUSE);
    console.keys("a");
}

/// Types a question once the console listens, and waits for its plan.
fn ask(console: &mut Terminal, question: &str) {
    console.wait_for("the question box", |screen| screen.contains("Pregunta"));
    console.keys(question);
    console.keys("\r");
    console.wait_for_text("SELECT");
}

#[test]
fn a_newcomer_asks_approves_reads_pesos_and_quits() {
    let home = tempfile::tempdir().expect("an empty home");
    let mut console = Terminal::start(home.path(), 80, 24, &[]);
    console.wait_for("the question box", |screen| screen.contains("demostración"));
    ask(&mut console, "ventas por marca este año");
    approve(&mut console);
    let screen = console.wait_for("pesos", |screen| screen.contains("$") && screen.contains("filas"));
    assert!(screen.lines().any(|line| line.contains("$") && line.contains('.')), "{screen}");
    console.keys("\x11");
    let status = console.ended_with_terminal_restored();
    assert!(status.success(), "{status:?}");
}

#[test]
fn a_rejected_question_runs_nothing() {
    let home = home_with_data();
    let mut console = Terminal::start(home.path(), 120, 40, &[]);
    ask(&mut console, "total de ventas de 2024");
    std::thread::sleep(GUARD_PAUSE);
    console.keys("r");
    std::thread::sleep(Duration::from_millis(300));
    console.keys("\x11");
    console.ended_with_terminal_restored();
    let log = support::stdout(&support::run(home.path(), &["audit", "tail", "-n", "50"]));
    assert!(log.contains("query.rejected") && !log.contains("query.approved"), "{log}");
}

#[test]
fn the_terminal_is_restored_after_signals() {
    for signal in ["TERM", "HUP", "INT"] {
        let home = home_with_data();
        let mut console = Terminal::start(home.path(), 100, 30, &[]);
        console.wait_for("a first frame", |screen| !screen.trim().is_empty());
        console.signal(signal);
        console.ended_with_terminal_restored();
    }
}

#[test]
fn a_paste_that_looks_like_an_approval_approves_nothing() {
    let home = home_with_data();
    let mut console = Terminal::start(home.path(), 120, 40, &[]);
    ask(&mut console, "total de ventas de 2024");
    std::thread::sleep(GUARD_PAUSE);
    console.keys("\x1b[200~a\n\x1b[201~");
    std::thread::sleep(Duration::from_millis(500));
    console.keys("\x11");
    console.ended_with_terminal_restored();
    let log = support::stdout(&support::run(home.path(), &["audit", "tail", "-n", "50"]));
    assert!(!log.contains("query.approved"), "{log}");
}

#[test]
fn resizing_in_a_storm_leaves_a_usable_console() {
    let home = home_with_data();
    let mut console = Terminal::start(home.path(), 80, 24, &[]);
    console.wait_for("a first frame", |screen| !screen.trim().is_empty());
    for step in 1..60u16 {
        console.resize(1 + step * 7 % 200, 1 + step * 5 % 60);
    }
    console.resize(120, 40);
    ask(&mut console, "ventas por ciudad en 2024");
    approve(&mut console);
    console.wait_for("pesos", |screen| screen.contains("$"));
    console.keys("\x11");
    console.ended_with_terminal_restored();
}

#[test]
fn no_escape_sequence_from_data_reaches_the_terminal() {
    let home = tempfile::tempdir().expect("a home");
    let csv = home.path().join("hostil.csv");
    let rows: String = (1..=20)
        .map(|n| format!("FV,{n},2025-06-{n:02},PINTURA \u{1b}]0;robado\u{7}\u{202e}{n},1,1000.00,1190.00\n"))
        .collect();
    let header = "DocumentosCodigo,NumeroDocumento,Fecha,ArticulosNombre,Cantidad,TotalSinIva,TotalMasIva\n";
    std::fs::write(&csv, format!("{header}{rows}")).expect("written");
    let imported = support::run(home.path(), &["data", "import", "hostil.csv"]);
    assert!(imported.status.success(), "{}", support::stderr(&imported));
    let mut console = Terminal::start(home.path(), 120, 40, &["--lang", "es"]);
    ask(&mut console, "ventas por producto");
    approve(&mut console);
    console.wait_for("pesos", |screen| screen.contains("$") && screen.contains("PINTURA"));
    console.keys("\x11");
    let bytes = console.bytes();
    console.ended_with_terminal_restored();
    let text = String::from_utf8_lossy(&bytes);
    assert!(!text.contains("\x1b]0;") && !text.contains('\u{202e}'));
}
