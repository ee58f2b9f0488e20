//! Prints what becomes of the questions in a file, for working on the lexicon.

use super::fixture::{ask, summary};

#[test]
#[ignore = "a tool, not a check: reads the file named by ASK_PROBE"]
fn probe() {
    let path = std::env::var("ASK_PROBE").expect("ASK_PROBE names a file");
    for line in std::fs::read_to_string(path).expect("a file").lines().filter(|l| !l.trim().is_empty()) {
        println!("{line}\n    {}", summary(&ask(line)));
    }
}
