//! What becomes of the terminal and of the files when things go wrong: the real binary.

#![cfg(unix)]

mod support;

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use support::terminal::Terminal;
use support::{depotru, home_with_data, run, stderr, stdout};

const GUARD_PAUSE: Duration = Duration::from_millis(400);

fn ask(console: &mut Terminal, question: &str) {
    console.wait_for_text("Pregunta");
    console.keys(question);
    console.keys("\r");
    console.wait_for_text("SELECT");
    std::thread::sleep(GUARD_PAUSE);
}

fn assert_no_panic(output: &Output, about: &str) {
    let words = stderr(output);
    assert!(!words.contains("panicked") && output.status.code() != Some(101), "{about}: {words}");
    assert!(output.status.code().is_some(), "{about}: ended by a signal");
}

#[test]
fn a_panic_of_the_screen_gives_the_terminal_back_before_it_says_so() {
    for fault in ["draw", "key"] {
        let home = home_with_data();
        let options = [("DEPOTRU_FAULT", fault)];
        let mut console = Terminal::start_in(home.path(), 80, 24, &["--lang", "es"], &options);
        if fault == "key" {
            console.wait_for_text("Pregunta");
            console.keys("v");
        }
        let screen = console.wait_for_end();
        let bytes = String::from_utf8_lossy(&console.bytes()).into_owned();
        assert!(screen.contains("La consola falló"), "{fault}:\n{screen}");
        let (left, said) = (bytes.rfind("\x1b[?1049l"), bytes.rfind("La consola falló"));
        assert!(left.is_some() && left < said, "{fault}: said before the terminal was given back");
        assert_eq!(console.ended_with_terminal_restored().exit_code(), 101);
    }
}

#[test]
fn f37_a_panic_within_a_panic_leaves_the_terminal_as_it_was() {
    let home = home_with_data();
    let options = [("DEPOTRU_FAULT", "twice")];
    let mut console = Terminal::start_in(home.path(), 80, 24, &["--lang", "es"], &options);
    let screen = console.wait_for_end();
    assert!(screen.contains("La consola falló"), "{screen}");
    // There is no way back from it: the process is ended from outside, by a signal.
    assert!(!console.ended_with_terminal_restored().success());
}

#[test]
fn a_panic_in_a_query_is_told_and_the_console_lives_on() {
    let home = home_with_data();
    let options = [("DEPOTRU_FAULT", "run")];
    let mut console = Terminal::start_in(home.path(), 120, 40, &["--lang", "es"], &options);
    ask(&mut console, "total de ventas de 2024");
    console.keys("a");
    console.wait_for("the failure", |screen| screen.contains("error") || screen.contains("falló"));
    console.keys("\t");
    ask(&mut console, "ventas por marca en 2024");
    console.keys("r");
    console.keys("\x11");
    assert!(console.ended_with_terminal_restored().success());
    let log = stdout(&run(home.path(), &["audit", "tail", "-n", "50"]));
    assert!(log.contains("query.finished") && log.contains("failed"), "{log}");
    assert!(run(home.path(), &["audit", "verify"]).status.success());
}

#[test]
fn a_query_left_by_a_killed_session_is_found_by_the_next() {
    let home = home_with_data();
    // Long enough to be killed in the middle.
    let heavy = "SELECT TercerosNombres, ArticulosNombre, COUNT(DISTINCT NumeroDocumento) AS n, SUM(TotalMasIva) AS v, \
                 ROW_NUMBER() OVER (ORDER BY SUM(TotalMasIva) DESC) AS puesto FROM banco_datos \
                 GROUP BY TercerosNombres, ArticulosNombre";
    let mut child = depotru(home.path())
        .args(["sql", "run", heavy, "--yes"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary starts");
    let audit = home.path().join(".local/state/depotru/audit");
    let approved = || {
        let files = fs::read_dir(&audit).into_iter().flatten().flatten();
        files
            .filter_map(|file| fs::read_to_string(file.path()).ok())
            .any(|log| log.contains("query.approved"))
    };
    let start = Instant::now();
    while !approved() {
        assert!(start.elapsed() < Duration::from_secs(60), "never approved");
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().expect("killed");
    child.wait().expect("ended");
    let next = run(home.path(), &["sql", "check", "SELECT COUNT(*) FROM banco_datos"]);
    assert!(next.status.success());
    let log = stdout(&run(home.path(), &["audit", "tail", "-n", "50"]));
    let approved = log.matches("query.approved").count();
    let finished = log.matches("query.finished").count();
    assert_eq!(log.matches("query.unfinished").count(), approved - finished, "{log}");
    assert!(run(home.path(), &["audit", "verify"]).status.success());
}

#[test]
fn a_megabyte_pasted_is_cut_to_a_question_and_said() {
    let home = home_with_data();
    let mut console = Terminal::start(home.path(), 80, 24, &["--lang", "es"]);
    console.wait_for_text("Pregunta");
    let start = Instant::now();
    console.keys(&format!("\x1b[200~{}\x1b[201~", "venta ".repeat(170_000)));
    console.wait_for_text("2.000 caracteres");
    let took = start.elapsed();
    assert!(took < Duration::from_secs(5), "{took:?}");
    console.keys("\x11");
    assert!(console.ended_with_terminal_restored().success());
}

#[test]
fn without_colours_and_without_unicode_the_console_keeps_to_it() {
    let home = home_with_data();
    let options = [("NO_COLOR", "1"), ("LANG", "C")];
    let mut console = Terminal::start_in(home.path(), 80, 24, &["--lang", "es"], &options);
    console.wait_for_text("Pregunta");
    ask(&mut console, "ventas por categoria en 2024");
    console.keys("a");
    console.wait_for("pesos", |screen| screen.contains('$') && screen.contains("fila"));
    console.keys("\x11");
    let bytes = console.bytes();
    console.ended_with_terminal_restored();
    assert!(bytes.is_ascii(), "more than ASCII reached the terminal");
    let text = String::from_utf8_lossy(&bytes);
    let coloured =
        regex::Regex::new("\x1b\\[[0-9;]*\\b(3[0-8]|4[0-8]|9[0-7]|10[0-7])[;m]").expect("a pattern");
    assert!(!coloured.is_match(&text), "{:?}", coloured.find(&text));
}

#[test]
fn a_terminal_that_can_show_no_screen_is_told_what_to_use() {
    let home = home_with_data();
    for term in ["dumb", ""] {
        let mut console = Terminal::start_in(home.path(), 80, 24, &["--lang", "es"], &[("TERM", term)]);
        assert_eq!(console.ended().exit_code(), 1);
        std::thread::sleep(Duration::from_millis(200));
        assert!(console.screen().contains("depotru ask"), "{}", console.screen());
        assert!(!console.bytes().contains(&0x1b));
    }
}

#[test]
fn a_home_that_cannot_be_written_is_worked_around_and_said() {
    let home = tempfile::tempdir().expect("a home");
    for folder in [".config", ".local"] {
        fs::write(home.path().join(folder), "in the way").expect("a file");
    }
    let checked = run(home.path(), &["sql", "check", "SELECT 1 AS uno", "--lang", "es"]);
    assert!(checked.status.success(), "{}", stderr(&checked));
    assert!(stderr(&checked).contains("carpeta temporal"), "{}", stderr(&checked));
    let made = run(home.path(), &["data", "demo", "--rows", "2000", "--until", "2025-06-30"]);
    assert!(made.status.success(), "{}", stderr(&made));
    assert!(!run(home.path(), &["doctor"]).status.success());
    let mut console = Terminal::start(home.path(), 120, 30, &["--lang", "es"]);
    console.wait_for_text("carpeta temporal");
    console.keys("\x11");
    console.ended_with_terminal_restored();
    let left = fs::read_dir(std::env::temp_dir()).expect("the folder").flatten();
    let stale = left.filter(|entry| entry.file_name().to_string_lossy().starts_with("depotru-"));
    let fresh = stale.filter(|entry| entry.metadata().is_ok_and(|m| is_recent(&m))).count();
    assert_eq!(fresh, 0, "temporary folders are left behind");
}

fn is_recent(metadata: &fs::Metadata) -> bool {
    metadata.modified().ok().and_then(|at| at.elapsed().ok()).is_some_and(|age| age.as_secs() < 5)
}

#[test]
fn files_that_are_not_ours_are_never_overwritten_and_never_fatal() {
    let garbage: [&[u8]; 4] = [b"", b"\x00\xff\xfe not a file of ours", b"{", b"v = 99\n[[[\n"];
    for bytes in garbage {
        let home = home_with_data();
        assert!(run(home.path(), &["ask", "total de ventas", "--plan"]).status.success());
        let files = [
            home.path().join(".config/depotru/config.toml"),
            home.path().join(".local/state/depotru/history.jsonl"),
            home.path().join(".local/share/depotru/banco_datos/manifest.json"),
        ];
        fs::create_dir_all(home.path().join(".config/depotru")).expect("a folder");
        for file in &files {
            let before = fs::read(file).ok();
            fs::write(file, bytes).expect("written");
            for args in [
                &["doctor"][..],
                &["ask", "total de ventas", "--yes"],
                &["history"],
                &["data", "info"],
                &["sql", "check", "SELECT 1 AS a"],
            ] {
                let output = run(home.path(), args);
                assert_no_panic(&output, &format!("{} {args:?} {bytes:?}", file.display()));
            }
            let after = fs::read(file).expect("the file");
            assert!(after.starts_with(bytes), "{} was overwritten", file.display());
            match before {
                Some(before) => fs::write(file, before).expect("restored"),
                None => fs::remove_file(file).expect("removed"),
            }
        }
    }
}

#[test]
fn a_folder_or_a_loop_in_place_of_a_file_is_no_panic() {
    for kind in ["folder", "loop"] {
        let home = home_with_data();
        for file in [".config/depotru/config.toml", ".local/state/depotru/history.jsonl"] {
            let file = home.path().join(file);
            fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
            let _ = fs::remove_file(&file);
            match kind {
                "folder" => fs::create_dir_all(&file).expect("a folder"),
                _ => std::os::unix::fs::symlink(&file, &file).expect("a link"),
            }
            for args in [&["doctor"][..], &["ask", "total de ventas", "--yes"], &["history"]] {
                assert_no_panic(&run(home.path(), args), &format!("{} {args:?}", file.display()));
            }
            let _ = fs::remove_dir(&file).or_else(|_| fs::remove_file(&file));
        }
    }
}

/// Runs the binary with files that cannot grow beyond so many blocks of 512 bytes.
fn with_small_files(home: &Path, blocks: u32, args: &[&str]) -> Output {
    let quoted: Vec<String> = args.iter().map(|arg| format!("'{arg}'")).collect();
    let script = format!(
        "trap '' XFSZ; ulimit -f {blocks}; exec '{}' {}",
        env!("CARGO_BIN_EXE_depotru"),
        quoted.join(" ")
    );
    Command::new("sh")
        .args(["-c", &script])
        .env_clear()
        .envs(support::environment(home))
        .current_dir(home)
        .output()
        .expect("a shell")
}

#[test]
fn a_write_that_fails_at_any_place_leaves_old_or_new_and_the_next_start_works() {
    let home = home_with_data();
    let before = stdout(&run(home.path(), &["data", "info"]));
    let mut changed = false;
    for blocks in [0, 1, 2, 4, 8, 16, 24, 32, 48, 64, 96, 128, 192, 256, 1024] {
        let asked = with_small_files(home.path(), blocks, &["ask", "total de ventas", "--yes"]);
        assert_no_panic(&asked, &format!("{blocks} blocks, ask"));
        let made = with_small_files(
            home.path(),
            blocks,
            &["data", "demo", "--rows", "1500", "--seed", "9", "--until", "2025-05-31"],
        );
        assert_no_panic(&made, &format!("{blocks} blocks, demo"));
        let info = run(home.path(), &["data", "info"]);
        assert!(info.status.success(), "{blocks}: {}", stderr(&info));
        changed |= stdout(&info) != before;
        assert_eq!(made.status.success(), changed, "{blocks}: {}", stderr(&made));
        let verified = run(home.path(), &["audit", "verify"]);
        let next = run(home.path(), &["ask", "total de ventas", "--yes"]);
        assert!(next.status.success(), "{blocks}: {}", stderr(&next));
        // What a failed write left is moved aside by the next record.
        let repaired = run(home.path(), &["audit", "verify"]);
        assert!(repaired.status.success(), "{blocks}: {} {}", stderr(&repaired), stderr(&verified));
        assert!(run(home.path(), &["history"]).status.success());
    }
    assert!(changed, "the largest limit lets the store be made");
}

#[test]
fn an_audit_log_that_cannot_be_written_lets_nothing_run() {
    let home = home_with_data();
    let output = with_small_files(home.path(), 0, &["ask", "total de ventas", "--yes", "--lang", "es"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stdout(&output).is_empty());
    assert!(stderr(&output).contains("auditoría"), "{}", stderr(&output));
}

#[test]
fn sessions_at_the_same_time_lose_no_record() {
    let home = home_with_data();
    let outputs = std::thread::scope(|scope| {
        let one = || run(home.path(), &["ask", "total de ventas", "--yes"]);
        let started: Vec<_> = (0..6).map(|_| scope.spawn(one)).collect();
        started.into_iter().map(|thread| thread.join().expect("a thread")).collect::<Vec<_>>()
    });
    for output in outputs {
        assert!(output.status.success(), "{}", stderr(&output));
    }
    let log = stdout(&run(home.path(), &["audit", "tail", "-n", "500"]));
    for event in ["query.approved", "query.finished", "session.started", "session.ended"] {
        assert_eq!(log.matches(event).count(), 6, "{event}");
    }
    assert!(run(home.path(), &["audit", "verify"]).status.success());
    let history = stdout(&run(home.path(), &["history", "--format", "json"]));
    assert_eq!(history.lines().count(), 6);
}
