//! Questions over every shape in both languages, with the very SQL they must become.
//!
//! `plans.txt` holds a question and, indented below it, its SQL, where `B` stands for the
//! sales table with the documents that count. `declined.txt` holds questions that must not
//! become SQL, and how they are declined.

use super::fixture::{ask, summary};
use crate::ask::Outcome;

const BASE: &str = "FROM banco_datos WHERE DocumentosCodigo NOT IN ('XY','AS','TS')";

fn pairs(text: &str) -> Vec<(&str, &str)> {
    let lines: Vec<&str> = text.lines().filter(|l| !l.trim().is_empty()).collect();
    lines.chunks(2).filter_map(|pair| Some((*pair.first()?, pair.get(1)?.trim()))).collect()
}

#[test]
fn questions_of_every_shape_become_the_expected_query() {
    let all = pairs(include_str!("plans.txt"));
    assert!(all.len() >= 150);
    let mut wrong = Vec::new();
    for (question, expected) in all {
        let said = summary(&ask(question)).replace(BASE, "B");
        if said != expected {
            wrong.push(format!("{question}\n    expected {expected}\n    got      {said}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn questions_without_an_answer_are_declined_for_the_right_reason() {
    let all = pairs(include_str!("declined.txt"));
    assert!(all.len() >= 60);
    let mut wrong = Vec::new();
    for (question, expected) in all {
        let said = summary(&ask(question));
        if !said.starts_with(expected) {
            wrong.push(format!("{question}\n    expected {expected}\n    got      {said}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// What a word of a question was read as.
fn read_as(question: &str, word: &str) -> String {
    let Outcome::Plan(plan) = ask(question) else { panic!("no plan: {question}") };
    let at = question.find(word).expect("a word of the question");
    let reading = plan.readings.iter().find(|reading| reading.span.contains(&at)).expect("its reading");
    reading.meaning.clone()
}

#[test]
fn what_sells_most_is_read_in_the_figure_that_it_is_ranked_by() {
    assert_eq!(read_as("el producto más vendido en mayo", "vendido"), "unidades");
    assert_eq!(read_as("el vendedor que más vendió en mayo", "vendió"), "ventas con IVA");
}
