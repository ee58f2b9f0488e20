use chrono::TimeZone;

use super::*;

fn log(folder: &Path) -> AuditLog {
    AuditLog::new(folder.to_path_buf(), "test".to_string())
}

fn asked(id: u64) -> AuditEvent {
    AuditEvent::QuestionReceived { id, question: format!("¿ventas {id}?"), lang: crate::i18n::Lang::Es }
}

fn whole_lines(folder: &Path) -> u64 {
    match verify(folder).expect("a readable log") {
        Verdict::Whole { lines, .. } => lines,
        Verdict::Broken(at) => panic!("broken at {at:?}"),
    }
}

fn only_file(folder: &Path) -> PathBuf {
    verify::files(folder).expect("files").pop().expect("one file")
}

#[test]
fn events_chain_and_verify() {
    let folder = tempfile::tempdir().expect("a folder");
    for id in 0..20 {
        log(folder.path()).append(&asked(id)).expect("recorded");
    }
    assert_eq!(whole_lines(folder.path()), 20);
    let last = tail(folder.path(), 1).expect("a tail").pop().expect("a line");
    assert!(last.contains("\"seq\":20") && last.contains("question.received"), "{last}");
}

#[test]
fn a_new_month_goes_on_from_the_last_line_of_the_one_before() {
    let folder = tempfile::tempdir().expect("a folder");
    let november = Utc.with_ymd_and_hms(2026, 11, 30, 23, 59, 59).single().expect("a time");
    let december = Utc.with_ymd_and_hms(2026, 12, 1, 0, 0, 0).single().expect("a time");
    log(folder.path()).append_at(&asked(1), november).expect("recorded");
    log(folder.path()).append_at(&asked(2), december).expect("recorded");
    assert_eq!(verify::files(folder.path()).expect("files").len(), 2);
    assert_eq!(whole_lines(folder.path()), 2);
}

#[test]
fn any_changed_bit_is_found() {
    let folder = tempfile::tempdir().expect("a folder");
    for id in 0..3 {
        log(folder.path()).append(&asked(id)).expect("recorded");
    }
    let file = only_file(folder.path());
    let good = fs::read(&file).expect("the file");
    for position in 0..good.len() {
        for bit in [0, 3, 6] {
            let mut bad = good.clone();
            bad[position] ^= 1 << bit;
            fs::write(&file, &bad).expect("written");
            let verdict = verify(folder.path()).expect("a readable log");
            assert!(matches!(verdict, Verdict::Broken(_)), "bit {bit} of byte {position}");
        }
    }
}

#[test]
fn a_deleted_or_swapped_line_is_found() {
    let folder = tempfile::tempdir().expect("a folder");
    for id in 0..4 {
        log(folder.path()).append(&asked(id)).expect("recorded");
    }
    let file = only_file(folder.path());
    let text = fs::read_to_string(&file).expect("the file");
    let lines: Vec<&str> = text.lines().collect();
    for changed in [[lines[0], lines[2], lines[3]].join("\n"), [lines[0], lines[2], lines[1]].join("\n")] {
        fs::write(&file, changed + "\n").expect("written");
        let verdict = verify(folder.path()).expect("a readable log");
        assert_eq!(verdict, Verdict::Broken(Broken { file: file.clone(), line: 2 }));
    }
}

#[test]
fn a_line_cut_short_by_a_crash_is_moved_aside_and_said() {
    let folder = tempfile::tempdir().expect("a folder");
    log(folder.path()).append(&asked(1)).expect("recorded");
    let file = only_file(folder.path());
    open_private(&file).expect("the file").write_all(b"{\"v\":1,\"seq\":2,\"ts").expect("torn");
    log(folder.path()).append(&asked(2)).expect("recorded");
    assert_eq!(whole_lines(folder.path()), 3);
    assert!(tail(folder.path(), 2).expect("a tail")[0].contains("log.repaired"));
    let aside = fs::read_dir(folder.path())
        .expect("the folder")
        .filter_map(Result::ok)
        .find(|entry| entry.path().extension().is_some_and(|e| e == "broken"))
        .expect("the torn line kept");
    assert_eq!(fs::read(aside.path()).expect("kept"), b"{\"v\":1,\"seq\":2,\"ts");
}

#[test]
fn many_sessions_write_one_chain() {
    let folder = tempfile::tempdir().expect("a folder");
    std::thread::scope(|scope| {
        for writer in 0..8 {
            let path = folder.path();
            scope.spawn(move || {
                let log = AuditLog::new(path.to_path_buf(), writer.to_string());
                for id in 0..25 {
                    log.append(&asked(id)).expect("recorded");
                }
            });
        }
    });
    assert_eq!(whole_lines(folder.path()), 200);
}

#[test]
fn a_folder_that_cannot_be_written_is_an_error() {
    let folder = tempfile::tempdir().expect("a folder");
    let blocked = folder.path().join("audit");
    fs::write(&blocked, "a file in the way").expect("written");
    assert!(matches!(log(&blocked).append(&asked(1)), Err(AuditError::Write { .. })));
}
