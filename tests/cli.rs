//! The command line end to end: the real binary, its exit codes and JSON shapes.

mod support;

use std::io::Write;
use std::process::Stdio;

use serde_json::Value;
use support::{depotru, home_with_data, run, stderr, stdout};

const TODAY: [&str; 2] = ["--today", "2025-06-30"];

fn ask(home: &std::path::Path, question: &str, more: &[&str]) -> std::process::Output {
    let mut args = vec!["ask", question];
    args.extend(TODAY);
    args.extend(more);
    run(home, &args)
}

fn json(output: &std::process::Output) -> Value {
    serde_json::from_str(stdout(output).trim()).unwrap_or_else(|error| {
        panic!("{error}: {} / {}", stdout(output), stderr(output));
    })
}

#[test]
fn a_question_is_planned_approved_and_answered_in_json() {
    let home = home_with_data();
    let output = ask(home.path(), "ventas por marca en 2024", &["--yes", "--format", "json"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let answer = json(&output);
    assert_eq!(answer["outcome"], "plan");
    assert_eq!(answer["source"], "planner");
    assert!(answer["sql"].as_str().is_some_and(|sql| sql.contains("banco_datos")));
    assert!(answer["restatement"].as_str().is_some_and(|text| text.contains("XY")));
    let result = &answer["result"];
    assert_eq!(result["engine"], "embedded");
    let columns = result["columns"].as_array().expect("columns");
    let money = columns.iter().position(|column| column["kind"] == "money").expect("a money column");
    let rows = result["rows"].as_array().expect("rows");
    assert_eq!(result["row_count"].as_u64(), Some(rows.len() as u64));
    assert!(rows.iter().all(|row| row[money].is_string()), "money is an exact string");
}

#[test]
fn without_approval_nothing_runs_and_the_exit_code_says_so() {
    let home = home_with_data();
    let output = ask(home.path(), "ventas por marca en 2024", &[]);
    assert_eq!(output.status.code(), Some(4));
    assert!(stderr(&output).contains("SELECT"));
    assert!(stdout(&output).is_empty());
    let log = stdout(&run(home.path(), &["audit", "tail"]));
    assert!(log.contains("query.rejected") && !log.contains("query.approved"), "{log}");
}

#[test]
fn a_plan_can_be_had_alone() {
    let home = home_with_data();
    let output = ask(home.path(), "top 5 clientes por ventas", &["--plan", "--format", "json"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let answer = json(&output);
    assert!(answer.get("result").is_none());
    assert!(answer["sql"].as_str().is_some_and(|sql| sql.to_uppercase().contains("TOP")));
}

#[test]
fn what_is_not_understood_is_said_and_exits_with_3() {
    let home = home_with_data();
    for (question, outcome) in
        [("blablabla xyz", "abstain"), ("borra las ventas de mayo", "refuse"), ("¿Y eso por qué?", "clarify")]
    {
        let output = ask(home.path(), question, &["--format", "json"]);
        assert_eq!(output.status.code(), Some(3), "{question}");
        let answer = json(&output);
        assert_eq!(answer["outcome"], outcome, "{question}");
        assert!(answer["message"].as_str().is_some_and(|message| !message.is_empty()));
        assert!(answer.get("sql").is_none());
    }
}

#[test]
fn earlier_turns_give_a_follow_up_its_meaning() {
    let home = home_with_data();
    let output = ask(
        home.path(),
        "¿y en abril?",
        &["--plan", "--format", "json", "--context", "ventas por marca en mayo de 2025"],
    );
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let sql = json(&output)["sql"].as_str().unwrap_or_default().to_string();
    assert!(sql.contains("2025-04-01") && sql.contains("marca"), "{sql}");
}

#[test]
fn a_batch_answers_line_by_line_and_goes_on_after_a_bad_line() {
    let home = home_with_data();
    let mut child = depotru(home.path())
        .args(["ask", "--batch", "-", "--plan", "--format", "json"])
        .args(TODAY)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let lines = "{\"id\":\"a\",\"question\":\"ventas de 2024\"}\nnot json\n{\"id\":\"b\",\"question\":\"blablabla xyz\"}\n";
    child.stdin.take().expect("a pipe").write_all(lines.as_bytes()).expect("written");
    let output = child.wait_with_output().expect("ended");
    let answers: Vec<Value> =
        stdout(&output).lines().map(|line| serde_json::from_str(line).expect("a JSON line")).collect();
    assert_eq!(answers.len(), 2, "{}", stderr(&output));
    assert_eq!((&answers[0]["id"], &answers[0]["outcome"]), (&Value::from("a"), &Value::from("plan")));
    assert_eq!((&answers[1]["id"], &answers[1]["outcome"]), (&Value::from("b"), &Value::from("abstain")));
    assert!(stderr(&output).contains('2'), "the bad line is named");
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn the_guard_judges_for_scripts() {
    let home = tempfile::tempdir().expect("a home");
    let allowed =
        run(home.path(), &["sql", "check", "SELECT TOP 3 marca FROM banco_datos", "--format", "json"]);
    assert_eq!(allowed.status.code(), Some(0), "{}", stderr(&allowed));
    assert_eq!(json(&allowed)["allowed"], true);
    let refused = run(home.path(), &["sql", "check", "DELETE FROM banco_datos", "--format", "json"]);
    assert_eq!(refused.status.code(), Some(3));
    let verdict = json(&refused);
    assert_eq!(verdict["allowed"], false);
    assert!(verdict["rule"].is_string() && verdict["line"].is_number() && verdict["column"].is_number());
    let log = stdout(&run(home.path(), &["audit", "tail"]));
    assert!(log.contains("sql.refused"), "{log}");
    assert!(!home.path().join(".local/share/depotru/banco_datos").exists(), "judging made data");
}

#[test]
fn sql_runs_only_past_guard_and_approval() {
    let home = home_with_data();
    let sql = "SELECT COUNT(*) AS lineas FROM banco_datos";
    let run_it = run(home.path(), &["sql", "run", sql, "--yes", "--format", "csv"]);
    assert_eq!(run_it.status.code(), Some(0), "{}", stderr(&run_it));
    let lines: Vec<String> = stdout(&run_it).lines().map(str::to_string).collect();
    assert_eq!(lines, ["lineas", "4000"]);
    assert_eq!(run(home.path(), &["sql", "run", sql]).status.code(), Some(4));
    assert_eq!(run(home.path(), &["sql", "run", "DROP TABLE banco_datos", "--yes"]).status.code(), Some(3));
}

#[test]
fn an_import_replaces_the_data_only_when_all_is_well() {
    let home = home_with_data();
    let header = "DocumentosCodigo,NumeroDocumento,Fecha,ArticulosNombre,Cantidad,TotalSinIva,TotalMasIva\n";
    let bad = home.path().join("mala.csv");
    std::fs::write(&bad, format!("{header}FV,1,2025-01-02,CLAVO,uno,10.00,11.90\n")).expect("written");
    let failed = run(home.path(), &["data", "import", "mala.csv"]);
    assert_eq!(failed.status.code(), Some(1));
    assert!(stderr(&failed).contains('2'), "the line is named: {}", stderr(&failed));
    let info = run(home.path(), &["data", "info", "--format", "json"]);
    assert_eq!(json(&info)["rows"], 4000);
    let good = home.path().join("buena.csv");
    std::fs::write(&good, format!("{header}FV,1,2025-01-02,CLAVO,2,10.00,11.90\n")).expect("written");
    let imported = run(home.path(), &["data", "import", "buena.csv"]);
    assert_eq!(imported.status.code(), Some(0), "{}", stderr(&imported));
    let total = ask(home.path(), "total de ventas", &["--yes", "--format", "csv"]);
    assert!(stdout(&total).contains("11.90"), "{} {}", stdout(&total), stderr(&total));
}

#[test]
fn a_dimension_that_the_store_adds_is_imported_and_asked_for() {
    let home = home_with_data();
    let folder = home.path().join(".config/depotru");
    std::fs::create_dir_all(&folder).expect("a folder");
    let settings =
        "[dimensions.canal]\ncolumn = \"CanalVenta\"\nes = { one = [\"canal\"], many = [\"canales\"] }\n";
    std::fs::write(folder.join("config.toml"), settings).expect("written");
    // The demo data does not have it: the word means nothing there.
    let unknown = ask(home.path(), "ventas por canal", &["--plan"]);
    assert_eq!(unknown.status.code(), Some(3), "{}", stderr(&unknown));
    let header =
        "Fecha,DocumentosCodigo,NumeroDocumento,ArticulosNombre,Cantidad,TotalSinIva,TotalMasIva,CanalVenta";
    let lines =
        "2025-01-02,FV,1,CLAVO,2,10.00,11.90,MOSTRADOR\n2025-01-03,FV,2,CLAVO,2,20.00,23.80,DOMICILIO\n";
    std::fs::write(home.path().join("v.csv"), format!("{header}\n{lines}")).expect("written");
    let imported = run(home.path(), &["data", "import", "v.csv"]);
    assert_eq!(imported.status.code(), Some(0), "{}", stderr(&imported));
    let by = ask(home.path(), "ventas por canal", &["--yes", "--format", "csv"]);
    let lines: Vec<String> = stdout(&by).lines().map(String::from).collect();
    assert_eq!(lines, ["CanalVenta,ventas", "DOMICILIO,23.80", "MOSTRADOR,11.90"], "{}", stderr(&by));
    let one = ask(home.path(), "cuánto se vendió en el canal mostrador", &["--yes", "--format", "csv"]);
    assert!(stdout(&one).trim_end().ends_with("11.90"), "{} {}", stdout(&one), stderr(&one));
}

#[test]
fn wrong_usage_exits_with_2_and_one_sentence() {
    let home = tempfile::tempdir().expect("a home");
    for args in
        [&["--nada"][..], &["ask", "x", "--format", "xml"], &["preguntar"], &["--profile", "otro", "history"]]
    {
        let output = run(home.path(), args);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {}", stderr(&output));
        assert_eq!(stderr(&output).trim().lines().count(), 1, "{}", stderr(&output));
    }
}

#[test]
fn a_broken_configuration_is_an_error_with_its_line() {
    let home = tempfile::tempdir().expect("a home");
    let folder = home.path().join(".config/depotru");
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("config.toml"), "theme = \"dark\"\nthem = 1\n").expect("written");
    let output = run(home.path(), &["history"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("línea 2"), "{}", stderr(&output));
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let home = home_with_data();
    let mut child = depotru(home.path())
        .args(["sql", "run", "SELECT * FROM banco_datos", "--yes", "--format", "csv"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("ended");
    assert_eq!(output.status.code(), Some(0));
    assert!(!stderr(&output).contains("panic"), "{}", stderr(&output));
}

#[test]
fn the_audit_log_verifies_and_shows_an_altered_line() {
    let home = home_with_data();
    ask(home.path(), "ventas de 2024", &["--yes"]);
    assert_eq!(run(home.path(), &["audit", "verify"]).status.code(), Some(0));
    let folder = home.path().join(".local/state/depotru/audit");
    let file = std::fs::read_dir(folder)
        .expect("the audit folder")
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|extension| extension == "jsonl"))
        .expect("a log file");
    let changed = std::fs::read_to_string(&file).expect("the log").replace("2024", "2023");
    std::fs::write(&file, changed).expect("written");
    assert_eq!(run(home.path(), &["audit", "verify"]).status.code(), Some(1));
}

#[test]
fn completions_manual_and_help_speak_both_languages() {
    let home = tempfile::tempdir().expect("a home");
    assert!(stdout(&run(home.path(), &["completions", "bash"])).contains("depotru"));
    assert!(stdout(&run(home.path(), &["man"])).contains("depotru"));
    assert!(stdout(&run(home.path(), &["--help"])).contains("ferretería"));
    assert!(stdout(&run(home.path(), &["--help", "--lang", "en"])).contains("hardware store"));
}
