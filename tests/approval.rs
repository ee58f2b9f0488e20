//! The decision at a terminal, on the command line: the real binary in a pseudo-terminal.

#![cfg(unix)]

mod support;

use std::io::Write;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use support::home_with_data;
use support::terminal::Terminal;

const ASK: [&str; 4] = ["ask", "total de ventas de 2024", "--lang", "es"];

fn log(home: &Path) -> String {
    support::stdout(&support::run(home, &["audit", "tail", "-n", "50"]))
}

#[test]
fn the_question_is_asked_and_answered_at_the_terminal() {
    let home = home_with_data();
    let mut terminal = Terminal::start(home.path(), 100, 30, &ASK);
    terminal.wait_for_text("¿Ejecutar esta consulta?");
    std::thread::sleep(Duration::from_millis(600));
    terminal.keys("s\n");
    assert_eq!(terminal.ended().exit_code(), 0);
    assert!(log(home.path()).contains("query.approved"));
}

#[test]
fn what_was_typed_ahead_approves_nothing() {
    let home = home_with_data();
    let mut terminal = Terminal::start(home.path(), 100, 30, &ASK);
    terminal.keys("s\ns\n");
    terminal.wait_for_text("¿Ejecutar esta consulta?");
    terminal.keys("s\n");
    std::thread::sleep(Duration::from_millis(900));
    assert!(!log(home.path()).contains("query.approved"));
    terminal.keys("n\n");
    assert_eq!(terminal.ended().exit_code(), 4);
}

#[test]
fn a_pipe_of_yeses_approves_nothing() {
    let home = home_with_data();
    let mut child = support::depotru(home.path())
        .args(ASK)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    // The reader may end before it has read anything.
    let _ = child.stdin.take().expect("a pipe").write_all("s\ny\nsí\nyes\n".repeat(100).as_bytes());
    let output = child.wait_with_output().expect("an end");
    assert_eq!(output.status.code(), Some(4), "{}", support::stderr(&output));
    assert!(output.stdout.is_empty());
    assert!(!log(home.path()).contains("query.approved"));
}

#[test]
fn t_sql_that_cannot_be_shown_is_not_offered_for_approval() {
    let home = home_with_data();
    // U+FDFD is a letter wider than a line.
    let sql = "SELECT COUNT(*) AS [a\u{fdfd}] FROM banco_datos";
    let mut terminal = Terminal::start(home.path(), 100, 30, &["sql", "run", sql, "--lang", "es"]);
    terminal.wait_for_text("no se pueden mostrar");
    assert_eq!(terminal.ended().exit_code(), 4);
}
