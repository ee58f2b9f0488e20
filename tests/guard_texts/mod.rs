//! The written cases of the guard's tests.
//!
//! The text files hold classes (`=== class`) of queries separated by lines of three hyphens.
//! `⟦202E⟧` stands for the character U+202E, so that the files themselves stay readable.
#![allow(dead_code)]

use serde::Deserialize;

/// A query and the class it belongs to.
#[derive(Clone)]
pub struct Text {
    pub class: String,
    pub sql: String,
}

pub fn honest() -> Vec<Text> {
    read(include_str!("../fixtures/guard/honest.txt"))
}

pub fn attacks() -> Vec<Text> {
    read(include_str!("../fixtures/guard/attacks.txt"))
}

pub fn example_attacks() -> Vec<Text> {
    examples().attacks
}

pub fn example_honest() -> Vec<Text> {
    examples().benign
}

struct Examples {
    attacks: Vec<Text>,
    benign: Vec<Text>,
}

#[derive(Deserialize)]
struct Case {
    sql: String,
    class: String,
}

fn examples() -> Examples {
    #[derive(Deserialize)]
    struct File {
        attacks: Vec<Case>,
        benign: Vec<Case>,
    }
    let file: File =
        serde_json::from_str(include_str!("../fixtures/guard/examples.json")).expect("a JSON fixture");
    let texts =
        |cases: Vec<Case>| cases.into_iter().map(|case| Text { class: case.class, sql: case.sql }).collect();
    Examples { attacks: texts(file.attacks), benign: texts(file.benign) }
}

fn read(file: &str) -> Vec<Text> {
    let mut texts = Vec::new();
    let (mut class, mut sql) = (String::new(), String::new());
    let mut finish = |class: &str, sql: &mut String| {
        let text = std::mem::take(sql);
        if !text.is_empty() {
            texts.push(Text { class: class.to_string(), sql: decode(text.trim_end_matches('\n')) });
        }
    };
    for line in file.lines() {
        if let Some(name) = line.strip_prefix("=== ") {
            finish(&class, &mut sql);
            class = name.to_string();
        } else if line == "---" {
            finish(&class, &mut sql);
        } else {
            sql.push_str(line);
            sql.push('\n');
        }
    }
    finish(&class, &mut sql);
    texts
}

fn decode(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('⟦') {
        let (code, tail) = after.split_once('⟧').expect("a closed character code");
        out.push_str(before);
        out.push(u32::from_str_radix(code, 16).ok().and_then(char::from_u32).expect("a character code"));
        rest = tail;
    }
    out.push_str(rest);
    out
}
