//! Dimensions that a store adds: asked for, filtered by, counted and said like the others.

use chrono::NaiveDate;

use super::fixture::{columns, today};
use crate::ask::intent::Intent;
use crate::ask::lexicon::Lexicon;
use crate::ask::validate::InvalidIntent;
use crate::ask::{Outcome, Plan, Planner, Question};
use crate::guard::{Policy, check};
use crate::i18n::Lang;
use crate::model::{ColumnValues, Dim, Metric, OwnDimension, OwnName, OwnWords, SalesModel};

fn channel() -> OwnDimension {
    let all = |words: &[&str]| words.iter().map(|word| (*word).to_string()).collect();
    let words = |one: &[&str], many: &[&str]| OwnWords { one: all(one), many: all(many) };
    OwnDimension {
        name: OwnName::new("canal").expect("a name"),
        column: "Canal de Venta".into(),
        personal: false,
        es: words(&["canal", "vía de venta"], &["canales", "vías de venta"]),
        en: words(&["channel"], &["channels"]),
    }
}

fn planner() -> Planner {
    let mut values = columns();
    values.push(ColumnValues {
        column: "Canal de Venta".into(),
        values: [("MOSTRADOR", 90), ("DOMICILIO", 40), ("TIENDA VIRTUAL", 9)]
            .map(|(value, n)| (value.to_string(), n))
            .to_vec(),
    });
    let model = SalesModel::default().with_dimensions(vec![channel()]);
    let span = NaiveDate::from_ymd_opt(2023, 1, 1).map(|first| (first, today()));
    Planner::for_store(values, span, model, Lexicon::builtin().clone())
}

fn ask(text: &str, previous: Option<&Intent>) -> Plan {
    match planner().ask(&Question { text, lang: None, today: today(), previous }) {
        Outcome::Plan(plan) => {
            assert!(check(&plan.sql, &Policy::default()).is_ok(), "{}", plan.sql);
            *plan
        }
        other => panic!("{text}: {other:?}"),
    }
}

fn sql(text: &str) -> String {
    ask(text, None).sql.replace('\n', " ")
}

#[test]
fn it_groups_ranks_filters_and_counts() {
    let by = sql("ventas por canal en mayo");
    assert!(by.contains("SELECT [Canal de Venta], SUM(TotalMasIva)"), "{by}");
    assert!(by.contains("GROUP BY [Canal de Venta]"), "{by}");
    let top = sql("top 2 vías de venta por utilidad");
    assert!(top.contains("TOP 2 [Canal de Venta]"), "{top}");
    assert!(sql("ventas del canal mostrador en 2024").contains("[Canal de Venta] = 'MOSTRADOR'"));
    assert!(sql("cuánto vendimos por domicilio en mayo").contains("[Canal de Venta] = 'DOMICILIO'"));
    assert!(sql("sales by channel in May without tienda virtual").contains("<> 'TIENDA VIRTUAL'"));
    let counted = sql("¿cuántos canales hay?");
    assert!(counted.contains("COUNT(DISTINCT [Canal de Venta])"), "{counted}");
    assert!(!counted.contains("dim_canal"), "{counted}");
}

#[test]
fn it_is_said_in_the_language_of_the_question() {
    let plan = ask("ventas por canal en mayo", None);
    assert!(plan.restatement.contains("por canal"), "{}", plan.restatement);
    let column = plan.columns.first().map(|column| (column.name.as_str(), column.title.as_str()));
    assert_eq!(column, Some(("Canal de Venta", "Canal")));
    let plan = ask("sales by channel in May", None);
    assert!(plan.restatement.contains("channel"), "{}", plan.restatement);
    assert!(plan.readings.iter().any(|reading| reading.meaning.contains("channel")));
}

#[test]
fn it_is_offered_while_typing_and_corrected_when_misspelt() {
    let offered = planner().complete("domic", 5, Lang::Es);
    assert!(offered.iter().any(|c| (c.text.as_str(), c.hint.as_str()) == ("DOMICILIO", "canal")));
    assert!(sql("ventas de mostrrador en mayo").contains("[Canal de Venta] = 'MOSTRADOR'"));
}

#[test]
fn a_follow_up_carries_it_over() {
    let before = ask("ventas por canal en mayo", None);
    let after = ask("¿y en abril?", Some(&before.intent));
    assert!(after.sql.contains("GROUP BY [Canal de Venta]"), "{}", after.sql);
}

#[test]
fn an_intent_of_another_store_s_dimension_is_no_query() {
    let zone = Dim::Own(OwnName::new("zona").expect("a name"));
    for intent in [
        Intent { dims: vec![zone], ..Intent::of(vec![Metric::Sales]) },
        Intent::of(vec![Metric::Distinct(zone)]),
    ] {
        assert_eq!(planner().compile(&intent, Lang::Es).err(), Some(InvalidIntent::Dimensions));
    }
}
