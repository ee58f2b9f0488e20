//! What holds whatever is typed.

use proptest::prelude::*;

use super::fixture::{ask, planner, summary, today};
use crate::ask::{Outcome, Question, Reading, Understanding, is_passed_over};
use crate::i18n::Lang;

fn questions() -> Vec<&'static str> {
    include_str!("plans.txt").lines().filter(|l| !l.starts_with(' ') && !l.trim().is_empty()).collect()
}

fn unaccented(text: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    text.nfd().filter(|c| !unicode_normalization::char::is_combining_mark(*c)).collect()
}

#[test]
fn case_accents_punctuation_and_courtesy_change_nothing() {
    for question in questions() {
        let expected = summary(&ask(question));
        let bare = question.trim_matches(['¿', '?', '.']);
        for variant in [
            question.to_uppercase(),
            question.to_lowercase(),
            unaccented(question),
            format!("  {bare}  "),
            format!("por favor {bare}"),
            format!("{bare}, please"),
        ] {
            assert_eq!(summary(&ask(&variant)), expected, "{variant}");
        }
    }
}

#[test]
fn every_query_is_one_select_over_the_sales_table_with_balanced_quotes() {
    for question in questions() {
        let Outcome::Plan(plan) = ask(question) else { continue };
        let sql = &plan.sql;
        assert!(sql.starts_with("SELECT ") || sql.starts_with("WITH "), "{sql}");
        assert!(sql.matches('\'').count() % 2 == 0 && !sql.contains(';') && !sql.contains("--"), "{sql}");
        assert_eq!(sql.matches('(').count(), sql.matches(')').count(), "{sql}");
        assert!(sql.contains("FROM banco_datos\nWHERE DocumentosCodigo"), "{sql}");
        for column in &plan.columns {
            assert!(sql.contains(&column.name), "{} in {sql}", column.name);
            assert!(!column.title.is_empty());
        }
        assert!(!plan.definitions.is_empty());
    }
}

#[test]
fn every_query_passes_the_guard() {
    for question in questions() {
        let Outcome::Plan(plan) = ask(question) else { continue };
        let judged = crate::guard::check(&plan.sql, &crate::guard::Policy::default());
        assert!(judged.is_ok(), "{question}: {:?}\n{}", judged.err(), plan.sql);
    }
}

#[test]
fn every_plan_is_restated_in_both_languages_with_its_documents() {
    let planner = planner();
    for question in questions() {
        let Outcome::Plan(plan) = ask(question) else { continue };
        for lang in Lang::ALL {
            let again = planner.compile(&plan.intent, lang).expect("a valid intent");
            assert_eq!(again.sql, plan.sql);
            assert!(
                again.restatement.contains("XY, AS, TS") || again.restatement.contains("NC"),
                "{}",
                again.restatement
            );
            assert!(!again.restatement.contains('{'), "{}", again.restatement);
        }
    }
}

#[test]
fn intents_survive_json() {
    for question in questions() {
        let Outcome::Plan(plan) = ask(question) else { continue };
        let json = serde_json::to_string(&plan.intent).expect("an intent is JSON");
        let back: crate::ask::Intent = serde_json::from_str(&json).expect("the same intent");
        assert_eq!(back, plan.intent);
    }
}

#[test]
fn examples_and_next_questions_are_answered() {
    let planner = planner();
    let examples = planner.examples(today());
    assert!((6..=8).contains(&examples.len()), "{examples:?}");
    for (lang, text) in examples {
        let outcome =
            planner.ask(&Question { text: &text, lang: Some(lang), today: today(), previous: None });
        let Outcome::Plan(plan) = outcome else { panic!("{text}") };
        for lang in Lang::ALL {
            let next = planner.next_questions(&plan.intent, lang, today());
            assert!((2..=3).contains(&next.len()), "{text}: {next:?}");
        }
    }
}

#[test]
fn words_and_values_are_completed_while_typing() {
    let planner = planner();
    let complete = |text: &str| {
        let offered = planner.complete(text, text.len(), Lang::Es);
        offered.into_iter().map(|c| c.text).collect::<Vec<_>>()
    };
    assert!(complete("ventas de bos").contains(&"BOSCH".to_string()));
    assert!(complete("utili").contains(&"utilidad".to_string()));
    assert!(complete("ventas por categor").contains(&"categoría".to_string()));
    assert_eq!(complete("ventas de constructora el r"), ["CONSTRUCTORA EL ROBLE SAS"]);
    assert!(complete("ventas al hotel pla").contains(&"HOTEL PLAZA NEIVA".to_string()));
    assert!(complete("a").is_empty());
    assert!(complete("ventas").is_empty(), "a word that is complete is left alone");
    assert!(complete("ventas de neiva").is_empty());
    assert!(planner.complete("año", 2, Lang::Es).is_empty(), "a cursor inside a character completes nothing");
}

#[test]
fn a_completion_says_what_it_replaces_and_what_it_is() {
    let text = "ventas a ¿la plat por mes";
    let cursor = text.find(" por").expect("a place");
    let offered = planner().complete(text, cursor, Lang::En);
    let first = offered.first().expect("a completion");
    assert_eq!(
        (&text[first.replaces.clone()], first.text.as_str(), first.hint.as_str()),
        ("la plat", "LA PLATA", "city")
    );
}

/// Everything in the text but usual punctuation lies in a part that was read, in order and
/// without overlap.
fn all_is_read(text: &str, readings: &[Reading]) -> bool {
    let in_order = readings.windows(2).all(|pair| match pair {
        [a, b] => a.span.end <= b.span.start || a.span == b.span,
        _ => true,
    });
    let read = |at: usize| {
        readings.iter().any(|r| r.span.contains(&at) && r.understanding != Understanding::Unknown)
    };
    in_order && text.char_indices().filter(|(_, c)| !is_passed_over(*c)).all(|(at, _)| read(at))
}

/// A plan leaves no word unread, and its query is one that the guard lets pass.
fn is_sound(text: &str) -> bool {
    match ask(text) {
        Outcome::Plan(plan) => {
            all_is_read(text, &plan.readings)
                && crate::guard::check(&plan.sql, &crate::guard::Policy::default()).is_ok()
        }
        _ => true,
    }
}

#[test]
fn every_word_of_a_planned_question_is_read() {
    for question in questions() {
        assert!(is_sound(question), "{question}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn random_words_never_become_a_plan(text in "[b-df-hj-np-tv-z]{4,9}( [b-df-hj-np-tv-z]{4,9}){0,5}") {
        prop_assert!(!matches!(ask(&text), Outcome::Plan(_)), "{}", text);
    }

    #[test]
    fn a_question_with_an_unknown_word_is_never_answered(word in "[bcdfghjklmnpqrstvwxz]{7,10}", at in 0usize..4) {
        let mut words = vec!["ventas", "por", "marca", "en", "mayo"];
        words.insert(at, &word);
        prop_assert!(!matches!(ask(&words.join(" ")), Outcome::Plan(_)));
    }

    #[test]
    fn an_unusual_character_is_named_as_not_understood(
        c in prop::char::ranges(vec!['\u{a1}'..='\u{24f}', '\u{300}'..='\u{36f}', '\u{610}'..='\u{6ed}', '\u{2010}'..='\u{2bff}', '\u{1f300}'..='\u{1faff}'].into()),
        at in 0usize..6,
    ) {
        prop_assume!(!is_passed_over(c) && !c.is_alphabetic() && !c.is_numeric() && !"≠≤≥".contains(c));
        let sign = c.to_string();
        let mut words = vec!["ventas", "por", "marca", "en", "mayo"];
        words.insert(at, &sign);
        let unknown = match ask(&words.join(" ")) {
            Outcome::Plan(_) => Vec::new(),
            Outcome::Clarify(c) => c.unknown,
            Outcome::Abstain(a) => a.unknown,
            Outcome::Refuse(_) => vec![String::new()],
        };
        prop_assert!(!unknown.is_empty(), "{:?} at {at}", c);
    }

    #[test]
    fn no_text_makes_the_planner_panic(text in "\\PC{0,60}", tail in "(ventas|por|menos|sin|entre|de|a|y|5|%|mayo|más|top|vs|no|cada| ){0,12}") {
        prop_assert!(is_sound(&text));
        prop_assert!(is_sound(&format!("{tail}{text}")), "{tail}{text}");
        prop_assert!(is_sound(&tail), "{}", tail);
    }

    #[test]
    fn any_order_of_grammar_words_is_read_whole_or_declined(words in proptest::collection::vec(prop::sample::select(vec![
        "ventas", "por", "menos", "sin", "entre", "de", "a", "y", "5", "%", "mayo", "más", "top", "vs", "no", "cada", "marca",
        "clientes", "Bosch", "Neiva", "que", "compraron", "2024", "hasta", "últimos", "días", "acumulado", "promedio", "ABC",
        "juntos", "nuevos", "utilidad", "más vendidos", "taladros", "el mejor", "peor", "a la fecha", "el pasado", "zzyzx", "mes", "pasado", "de", "millones", "mil", "almacén", "04", "participación", "crecieron",
    ]), 0..9)) {
        let text = words.join(" ");
        prop_assert!(is_sound(&text), "{}", text);
    }
}
