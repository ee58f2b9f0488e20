//! Over a slow line: what a key press sends to the terminal.

#![cfg(unix)]

mod support;

use std::time::Duration;

use support::home_with_data;
use support::terminal::Terminal;

/// Bytes that one key press may send: half a second at 64 kbit/s.
const MOST: usize = 4 * 1024;

/// The bytes that a key costs, once the screen is quiet again.
fn cost(console: &mut Terminal, key: &str) -> usize {
    let before = console.bytes().len();
    console.keys(key);
    let mut last = before;
    loop {
        std::thread::sleep(Duration::from_millis(60));
        let now = console.bytes().len();
        if now == last {
            return now - before;
        }
        last = now;
    }
}

#[test]
fn f41_a_key_press_sends_no_more_than_four_kilobytes() {
    let home = home_with_data();
    let mut console = Terminal::start_in(home.path(), 120, 40, &["--lang", "es"], &[]);
    console.wait_for_text("Pregunta");
    let typed = "ventas por producto en 2024";
    let typing = typed.chars().map(|key| cost(&mut console, &key.to_string())).max();
    console.keys("\r");
    console.wait_for_text("SELECT");
    std::thread::sleep(Duration::from_millis(450));
    console.keys("a");
    console.wait_for_text("fila 1 de");
    std::thread::sleep(Duration::from_millis(500));
    // A row further; a page further, which changes every row; the next row after it, likewise.
    let keys = ["\x1b[B", "\x1b[B", "\x1b[6~", "\x1b[B", "\x1b[6~", "\x1b[A", "G", "\x1b[A"];
    let scrolling = keys.map(|key| cost(&mut console, key)).into_iter().max();
    println!("F41: typing {typing:?} bytes, scrolling {scrolling:?} bytes");
    assert!(typing.is_some_and(|bytes| (1..=MOST).contains(&bytes)), "{typing:?}");
    assert!(scrolling.is_some_and(|bytes| (1..=MOST).contains(&bytes)), "{scrolling:?}");
}
