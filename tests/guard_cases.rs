//! The guard against written cases: every attack is refused, every honest query passes.

mod guard_texts;

use depotru::guard::{Policy, check};
use guard_texts::{Text, attacks, example_attacks, example_honest, honest};

fn accepted(texts: Vec<Text>) -> Vec<String> {
    texts
        .into_iter()
        .filter_map(|text| {
            let passed = check(&text.sql, &Policy::default()).ok()?;
            Some(format!("{}: {:?}\n  as {}", text.class, text.sql, passed.text()))
        })
        .collect()
}

fn refused(texts: Vec<Text>) -> Vec<String> {
    texts
        .into_iter()
        .filter_map(|text| {
            let refusal = check(&text.sql, &Policy::default()).err()?;
            Some(format!("{}: {}\n  {refusal:?}", text.class, text.sql))
        })
        .collect()
}

#[test]
fn example_attacks_are_refused() {
    let passed = accepted(example_attacks());
    assert!(passed.is_empty(), "{}", passed.join("\n"));
}

#[test]
fn example_honest_queries_pass() {
    let stopped = refused(example_honest());
    assert!(stopped.is_empty(), "{}", stopped.join("\n"));
}

#[test]
fn attacks_of_every_class_are_refused() {
    let texts = attacks();
    assert!(texts.len() >= 300, "{} attacks", texts.len());
    let passed = accepted(texts);
    assert!(passed.is_empty(), "{} passed\n{}", passed.len(), passed.join("\n"));
}

#[test]
fn honest_analysis_passes() {
    let texts = honest();
    assert!(texts.len() >= 200, "{} queries", texts.len());
    let stopped = refused(texts);
    assert!(stopped.is_empty(), "{} refused\n{}", stopped.len(), stopped.join("\n"));
}
