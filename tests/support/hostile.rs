//! Hostile text, and what of it may reach a terminal: nothing as it is.

use std::path::Path;
use std::time::Duration;

use serde::Deserialize;

use super::terminal::Terminal;

/// An escape sequence, bidi and invisible characters, a name that takes the terminal over.
pub const NASTY: &str =
    "NASTY\u{1b}]0;robado\u{7}\u{202e}\u{9d}52;c;eA==\u{9c}\u{200b}\u{1b}[2J\u{8}\u{7f}fin";

#[derive(Deserialize)]
struct Case {
    text: String,
}

/// The fixture's texts, and [`NASTY`].
pub fn hostile() -> Vec<String> {
    let cases: Vec<Case> =
        serde_json::from_str(include_str!("../fixtures/hostile_cells.json")).expect("a JSON fixture");
    cases.into_iter().map(|case| case.text).chain([NASTY.to_string()]).collect()
}

/// The sequences of ours: modes, cursor, colours, clearing. Everything else is an intruder.
pub fn assert_only_our_sequences(bytes: &[u8], about: &str) {
    let text = String::from_utf8(bytes.to_vec()).unwrap_or_else(|error| panic!("{about}: {error}"));
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '\u{1b}' {
            match chars.next() {
                Some('[') => {
                    let mut sequence = String::new();
                    let last = loop {
                        match chars.next() {
                            Some(c @ ('0'..='9' | ';' | '?')) => sequence.push(c),
                            other => break other,
                        }
                    };
                    assert!(
                        matches!(last, Some('m' | 'H' | 'h' | 'l' | 'J' | 'K' | 'A'..='D')),
                        "{about}: ESC [ {sequence} {last:?}"
                    );
                }
                other => panic!("{about}: ESC {other:?}"),
            }
        } else {
            assert!(!is_hostile(c), "{about}: U+{:04X}", u32::from(c));
        }
    }
}

/// Whether a character may not stand in what is shown.
pub fn is_hostile(c: char) -> bool {
    (c.is_control() && !matches!(c, '\r' | '\n'))
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(c, '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

/// Runs a command with a terminal for everything, and checks every byte it wrote there.
pub fn on_terminal(home: &Path, args: &[&str], environment: &[(&str, &str)]) -> String {
    let mut terminal = Terminal::start_in(home, 200, 60, args, environment);
    terminal.ended();
    // What was written last may still be on its way.
    std::thread::sleep(Duration::from_millis(200));
    let bytes = terminal.bytes();
    let about = format!("{args:?}");
    let text = String::from_utf8_lossy(&bytes).into_owned();
    assert!(!bytes.contains(&0x1b), "{about} wrote an escape:\n{text:?}");
    assert_only_our_sequences(&bytes, &about);
    text
}
