//! Secrets end to end: the real binary never writes one anywhere it could be read.

#![cfg(unix)]

mod support;

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use support::{depotru, run, stderr, stdout};

const CANARY: &str = "canario-9e1f7a52";

fn set(home: &Path, name: &str) -> Output {
    let mut child = depotru(home)
        .args(["credentials", "set", name, "--stdin"])
        .env("DEPOTRU_LOG", "trace")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    child.stdin.take().expect("a pipe").write_all(format!("{CANARY}\n").as_bytes()).expect("written");
    child.wait_with_output().expect("ended")
}

fn files_with_the_canary(folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            files_with_the_canary(&path, found);
        } else if String::from_utf8_lossy(&std::fs::read(&path).unwrap_or_default()).contains(CANARY) {
            found.push(path.display().to_string());
        }
    }
}

fn assert_nothing_shows(home: &Path, outputs: &[&Output]) {
    for output in outputs {
        assert!(!stdout(output).contains(CANARY) && !stderr(output).contains(CANARY));
    }
    let mut found = Vec::new();
    files_with_the_canary(home, &mut found);
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn a_secret_shows_nowhere_whatever_keyring_there_is() {
    let home = tempfile::tempdir().expect("a home");
    let start = Instant::now();
    let kept = set(home.path(), "prueba-canario");
    // Where it went depends on the machine; that it was said, and what to do, does not.
    match kept.status.code() {
        Some(0) => assert!(stderr(&kept).contains("sqlserver:prueba-canario"), "{}", stderr(&kept)),
        Some(1) => assert!(stderr(&kept).contains("DEPOTRU_PASSWORD_PRUEBA_CANARIO"), "{}", stderr(&kept)),
        other => panic!("{other:?}: {}", stderr(&kept)),
    }
    let status = depotru(home.path())
        .args(["credentials", "status", "prueba-canario", "--format", "json"])
        .output()
        .expect("the binary starts");
    let removed = run(home.path(), &["credentials", "remove", "prueba-canario"]);
    assert!(start.elapsed() < Duration::from_secs(15), "{:?}", start.elapsed());
    assert_nothing_shows(home.path(), &[&kept, &status, &removed]);
}

#[test]
fn status_says_which_variable_holds_the_secret_and_never_its_value() {
    let home = tempfile::tempdir().expect("a home");
    let status = depotru(home.path())
        .args(["credentials", "status", "llm:anthropic", "--format", "json"])
        .env("ANTHROPIC_API_KEY", CANARY)
        .output()
        .expect("the binary starts");
    assert_eq!(status.status.code(), Some(0), "{}", stderr(&status));
    let said: Value = serde_json::from_str(stdout(&status).trim()).expect("JSON");
    assert_eq!(said["place"], "variable");
    assert!(said["where"].as_str().is_some_and(|place| place.contains("ANTHROPIC_API_KEY")), "{said}");
    assert_nothing_shows(home.path(), &[&status]);
}

#[test]
fn a_file_open_to_others_is_refused_with_the_command_that_repairs_it() {
    let home = tempfile::tempdir().expect("a home");
    let elsewhere = tempfile::tempdir().expect("a folder");
    let file = elsewhere.path().join("clave");
    std::fs::write(&file, CANARY).expect("written");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).expect("set");
    let ask = || {
        depotru(home.path())
            .args(["credentials", "status", "tienda"])
            .env("DEPOTRU_PASSWORD_TIENDA_FILE", &file)
            .output()
            .expect("the binary starts")
    };
    let refused = ask();
    assert_eq!(refused.status.code(), Some(1));
    assert!(stdout(&refused).contains(&format!("chmod 600 {}", file.display())), "{}", stdout(&refused));
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).expect("set");
    let used = ask();
    assert_eq!(used.status.code(), Some(0), "{}", stdout(&used));
    assert_nothing_shows(home.path(), &[&refused, &used]);
}

#[test]
fn an_empty_secret_and_a_strange_name_are_wrong_usage() {
    let home = tempfile::tempdir().expect("a home");
    let empty = depotru(home.path())
        .args(["credentials", "set", "tienda", "--stdin"])
        .stdin(Stdio::null())
        .output()
        .expect("the binary starts");
    assert_eq!(empty.status.code(), Some(2));
    assert_eq!(run(home.path(), &["credentials", "status", "../tienda"]).status.code(), Some(2));
}
