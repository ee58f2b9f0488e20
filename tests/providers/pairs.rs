//! Verified pairs through the real program.

use depotru::config::ProviderName;
use serde_json::{Value, json};

use crate::home::Home;
use crate::support::{stderr, stdout};

fn lines(output: &std::process::Output) -> Vec<Value> {
    stdout(output).lines().map(|line| serde_json::from_str(line).expect("a JSON line")).collect()
}

#[test]
fn pairs_are_kept_found_changed_taken_along_and_tried() {
    let home = Home::answering(ProviderName::OpenAi, &["{}"]);
    let refused = home.run(&["memory", "add", "el zumbido", "--sql", "DROP TABLE banco_datos"]);
    assert_eq!(refused.status.code(), Some(3), "{}", stderr(&refused));
    let sql = "SELECT SUM(Cantidad) AS unidades FROM banco_datos WHERE DocumentosCodigo NOT IN ('XY','AS','TS') AND Fecha >= '2025-05-01' AND Fecha < '2025-06-01'";
    let added = home.run(&["memory", "add", "el zumbido de mayo de 2025", "--sql", sql, "--lang", "es"]);
    assert_eq!(added.status.code(), Some(0), "{}", stderr(&added));
    let own = lines(&home.run(&["memory", "list", "--own", "--format", "json"]));
    assert_eq!(own.len(), 1);
    let id = own[0]["id"].as_str().expect("an id").to_string();

    // Found again with another month, before any model, and run.
    let (code, answer) = home.ask("¿el zumbido de abril de 2025, por favor?", &["--yes"]);
    assert_eq!((code, &answer["source"]), (Some(0), &json!("verified")), "{answer}");
    assert!(
        answer["sql"]
            .as_str()
            .is_some_and(|sql| sql.contains("'2025-04-01'") && sql.contains("'2025-05-01'"))
    );
    assert!(answer["restatement"].as_str().is_some_and(|text| text.contains("el zumbido de mayo")));
    assert_eq!(home.server.calls(), 0);
    // One that came with the program.
    let (_, answer) =
        home.ask("mediana del valor de las facturas en abril de 2025", &["--plan", "--provider", "offline"]);
    assert_eq!(answer["source"], "verified", "{answer}");

    let exported = home.path().join("mine.toml");
    assert!(home.run(&["memory", "export", exported.to_str().expect("a path")]).status.success());
    assert!(home.run(&["memory", "edit", &id, "--note", "la cuenta del gerente"]).status.success());
    assert!(home.run(&["memory", "remove", &id]).status.success());
    assert_eq!(home.run(&["memory", "remove", "nada"]).status.code(), Some(2));
    assert!(lines(&home.run(&["memory", "list", "--own", "--format", "json"])).is_empty());
    assert!(home.run(&["memory", "import", exported.to_str().expect("a path")]).status.success());
    let tried = lines(&home.run(&["memory", "test", "--own", "--format", "json"]));
    assert_eq!((tried.len(), &tried[0]["ok"], &tried[0]["rows"]), (1, &json!(true), &json!(1)));
}
