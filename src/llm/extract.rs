//! From a model's answer to its JSON or T-SQL, tolerant of how it is wrapped.
//!
//! Read in this order: the tool call, the text as JSON, JSON in a code fence or among prose,
//! T-SQL in the only code fence, text that is nothing but T-SQL. What is none of these is
//! prose, which nothing is done with.

use serde_json::{Map, Value};

use super::provider::Answer;
use super::schema::NAME;

/// What an answer holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Extracted {
    /// The filled form, or what stands for it.
    Form(Map<String, Value>),
    /// T-SQL outside any form.
    Sql(String),
    /// A tool that does not exist.
    UnknownTool(String),
    /// Nothing of use.
    Nothing,
}

/// Extracts.
pub fn extract(answer: &Answer) -> Extracted {
    if let Some(tool) = &answer.tool {
        if tool.name != NAME {
            return Extracted::UnknownTool(tool.name.clone());
        }
        return match serde_json::from_str::<Value>(tool.arguments.trim()) {
            Ok(Value::Object(form)) => Extracted::Form(form),
            // Arguments that were encoded twice.
            Ok(Value::String(inner)) => of_text(&inner),
            _ => Extracted::Nothing,
        };
    }
    of_text(&answer.text)
}

fn of_text(text: &str) -> Extracted {
    let text = text.trim().trim_start_matches('\u{feff}').trim();
    if let Some(form) = form(text) {
        return Extracted::Form(form);
    }
    let fences = fences(text);
    if let Some(form) = fences.iter().find_map(|(_, body)| form(body)) {
        return Extracted::Form(form);
    }
    if let Some(form) = among_prose(text) {
        return Extracted::Form(form);
    }
    let queries: Vec<&str> =
        fences.iter().map(|(_, body)| *body).filter(|body| begins_a_query(body)).collect();
    match queries.as_slice() {
        [one] => return Extracted::Sql((*one).to_string()),
        // Several queries: which one is meant is not ours to guess.
        [_, _, ..] => return Extracted::Nothing,
        [] => {}
    }
    if fences.is_empty() && begins_a_query(text) {
        Extracted::Sql(text.to_string())
    } else {
        Extracted::Nothing
    }
}

/// A JSON object that says something of the form.
fn form(text: &str) -> Option<Map<String, Value>> {
    match serde_json::from_str::<Value>(text.trim()) {
        Ok(Value::Object(map)) => unwrapped(map),
        _ => None,
    }
}

/// Takes off what models print around the form when they write a tool call as text.
fn unwrapped(map: Map<String, Value>) -> Option<Map<String, Value>> {
    const KEYS: [&str; 5] = ["decision", "intent", "sql", "query", "metrics"];
    if KEYS.iter().any(|key| map.contains_key(*key)) {
        return Some(map);
    }
    if map.get("name").is_some_and(|name| name == NAME) {
        return ["arguments", "parameters", "input"].iter().find_map(|key| match map.get(*key) {
            Some(Value::Object(inner)) => Some(inner.clone()),
            Some(Value::String(inner)) => form(inner),
            _ => None,
        });
    }
    None
}

/// The bodies of code fences with their language.
fn fences(text: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find("```") {
        let after = &rest[open + 3..];
        let Some(line_end) = after.find('\n') else { break };
        let (lang, body) = (after[..line_end].trim(), &after[line_end + 1..]);
        let Some(close) = body.find("```") else { break };
        found.push((lang, body[..close].trim()));
        rest = &body[close + 3..];
    }
    found
}

/// The first JSON object among prose that says something of the form.
fn among_prose(text: &str) -> Option<Map<String, Value>> {
    // Each opening brace costs a parse; honest prose holds few.
    text.match_indices('{').take(32).find_map(|(at, _)| {
        let mut values = serde_json::Deserializer::from_str(&text[at..]).into_iter::<Value>();
        match values.next() {
            Some(Ok(Value::Object(map))) => unwrapped(map),
            _ => None,
        }
    })
}

fn begins_a_query(text: &str) -> bool {
    let word: String = text.trim_start().chars().take_while(char::is_ascii_alphabetic).collect();
    word.eq_ignore_ascii_case("select") || word.eq_ignore_ascii_case("with")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::provider::ToolCall;
    use super::*;

    fn said(text: &str) -> Extracted {
        extract(&Answer { text: text.to_string(), ..Answer::default() })
    }

    fn called(name: &str, arguments: &str) -> Extracted {
        let tool = Some(ToolCall { name: name.into(), arguments: arguments.into() });
        extract(&Answer { tool, ..Answer::default() })
    }

    #[test]
    fn the_form_is_found_however_it_is_wrapped() {
        let plain = r#"{"decision":"cannot","reason":"x"}"#;
        for text in [
            plain.to_string(),
            format!("\u{feff}  {plain}\n"),
            format!("```json\n{plain}\n```"),
            format!("Claro, aquí está:\n```\n{plain}\n```\n¡Listo!"),
            format!("Uso {{esto}} y {{\"no\": 1}}: {plain} y ya."),
            format!("{{\"name\": \"answer_question\", \"arguments\": {plain}}}"),
            format!("{{\"name\": \"answer_question\", \"parameters\": {}}}", serde_json::json!(plain)),
        ] {
            let Extracted::Form(form) = said(&text) else { panic!("{text}") };
            assert_eq!(form["decision"], "cannot", "{text}");
        }
        assert!(matches!(called(NAME, plain), Extracted::Form(_)));
        assert!(matches!(called(NAME, &serde_json::json!(plain).to_string()), Extracted::Form(_)));
    }

    #[test]
    fn sql_is_taken_from_the_only_fence_or_from_text_that_is_nothing_else() {
        assert_eq!(said("Aquí:\n```sql\nSELECT 1\n```\nEso."), Extracted::Sql("SELECT 1".into()));
        assert_eq!(
            said("with x as (select 1 as a) select a from x"),
            Extracted::Sql("with x as (select 1 as a) select a from x".into())
        );
        assert_eq!(said("```sql\nSELECT 1\n```\n```sql\nSELECT 2\n```"), Extracted::Nothing);
        assert_eq!(said("```sql\nSELECT 1"), Extracted::Nothing);
        assert_eq!(said("You could select from the table"), Extracted::Nothing);
    }

    #[test]
    fn what_is_neither_is_nothing() {
        for text in ["", "{}", "null", "[1]", "no sé", "{\"a\": 1}", "{\"decision\": "] {
            assert_eq!(said(text), Extracted::Nothing, "{text}");
        }
        assert_eq!(called("drop_table", "{}"), Extracted::UnknownTool("drop_table".into()));
        assert_eq!(called(NAME, "{\"decision\""), Extracted::Nothing);
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in "[{}\\[\\]\"`a-z\n:,ñ ]{0,120}") {
            let _ = said(&text);
        }
    }
}
