//! The published questions: every one that has an answer is planned, none of the others is.

use serde_json::Value;

use super::fixture::{ask, summary};
use crate::ask::Outcome;

#[test]
fn published_questions_are_planned_exactly_when_they_have_an_answer() {
    let cases: Value =
        serde_json::from_str(include_str!("../../../tests/fixtures/ask/questions.json")).expect("valid JSON");
    let mut wrong = Vec::new();
    for case in cases.as_array().expect("cases") {
        let text = case["question"].as_str().expect("a question");
        let outcome = ask(text);
        let planned = matches!(outcome, Outcome::Plan(_));
        if planned != case["answerable"].as_bool().expect("a flag") {
            wrong.push(format!("{text}\n    {}", summary(&outcome)));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
