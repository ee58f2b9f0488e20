//! How the console behaves towards its terminal: the real binary in a pseudo-terminal.

#![cfg(unix)]

mod support;

use std::time::{Duration, Instant};

use support::home_with_data;
use support::terminal::Terminal;

/// Far above what a key takes, far below the console's slowest timer.
const AT_ONCE: Duration = Duration::from_millis(900);

fn answers_at_once(console: &mut Terminal, keys: &str, expected: &str) {
    let start = Instant::now();
    console.keys(keys);
    console.wait_for_text(expected);
    assert!(start.elapsed() < AT_ONCE, "{expected} took {:?}", start.elapsed());
}

#[test]
fn every_key_is_answered_at_once_also_after_a_silence() {
    let home = home_with_data();
    let mut console = Terminal::start(home.path(), 80, 24, &["--lang", "es"]);
    console.wait_for_text("Bienvenido");
    for round in 0..3 {
        std::thread::sleep(Duration::from_millis(200));
        answers_at_once(&mut console, "\x1bOQ", "Welcome");
        answers_at_once(&mut console, "\x1bOQ", "Bienvenido");
        answers_at_once(&mut console, &format!("v{round}"), &format!("v{round}"));
    }
    console.keys("\x11");
    console.ended_with_terminal_restored();
}

#[test]
fn a_console_stopped_and_continued_goes_on() {
    let home = home_with_data();
    let mut console = Terminal::start(home.path(), 80, 24, &["--lang", "es"]);
    console.wait_for_text("Bienvenido");
    console.signal("STOP");
    std::thread::sleep(Duration::from_millis(200));
    console.signal("CONT");
    // Longer than a terminal that is asked for its cursor is waited for.
    std::thread::sleep(Duration::from_secs(3));
    answers_at_once(&mut console, "hola", "hola");
    console.keys("\x11");
    console.ended_with_terminal_restored();
}
