//! What the end-to-end tests share: the real binary, a home of its own, a pseudo-terminal.

#![allow(dead_code, reason = "each test binary uses its own part")]

pub mod hostile;
pub mod terminal;

use std::path::Path;
use std::process::{Command, Output};

/// The binary under test, with `home` as the user's whole world.
pub fn depotru(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_depotru"));
    command.env_clear().envs(environment(home)).current_dir(home);
    command
}

/// The environment of a user in Colombia who has nothing but a home folder.
pub fn environment(home: &Path) -> Vec<(String, String)> {
    let home = home.display().to_string();
    [
        ("HOME", home.as_str()),
        ("PATH", "/usr/bin:/bin"),
        ("LANG", "es_CO.UTF-8"),
        ("TERM", "xterm-256color"),
        ("USER", "analista"),
    ]
    .map(|(name, value)| (name.to_string(), value.to_string()))
    .into()
}

/// Runs the binary to its end.
pub fn run(home: &Path, args: &[&str]) -> Output {
    depotru(home).args(args).output().expect("the binary starts")
}

/// Standard output as text.
pub fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("output is UTF-8")
}

/// Standard error as text.
pub fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("narration is UTF-8")
}

/// A home that holds a small demo store with a fixed clock.
pub fn home_with_data() -> tempfile::TempDir {
    let home = tempfile::tempdir().expect("a temporary home");
    let made = run(home.path(), &["data", "demo", "--rows", "4000", "--seed", "7", "--until", "2025-06-30"]);
    assert!(made.status.success(), "{}", stderr(&made));
    home
}
