//! The guard against written cases: every attack is refused, every honest query passes.

use depotru::guard::{Policy, check};
use serde::Deserialize;

#[derive(Deserialize)]
struct Cases {
    attacks: Vec<Case>,
    benign: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    id: String,
    sql: String,
    class: String,
}

fn examples() -> Cases {
    serde_json::from_str(include_str!("fixtures/guard/examples.json")).expect("the fixture is JSON")
}

#[test]
fn example_attacks_are_refused() {
    let passed: Vec<_> = examples()
        .attacks
        .into_iter()
        .filter(|case| check(&case.sql, &Policy::default()).is_ok())
        .map(|case| format!("{} {} {}", case.id, case.class, case.sql))
        .collect();
    assert!(passed.is_empty(), "{}", passed.join("\n"));
}

#[test]
fn example_honest_queries_pass() {
    let refused: Vec<_> = examples()
        .benign
        .into_iter()
        .filter_map(|case| {
            let refusal = check(&case.sql, &Policy::default()).err()?;
            Some(format!("{} {} {}\n    {refusal:?}", case.id, case.class, case.sql))
        })
        .collect();
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}
