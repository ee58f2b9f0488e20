//! Any text asked: a plan leaves no word of it unread, and its query passes the guard.
#![no_main]

use std::sync::LazyLock;

use chrono::NaiveDate;
use depotru_fuzz::ask::{Intent, Outcome, Planner, Question, Understanding, is_passed_over};
use depotru_fuzz::guard::{Policy, check};
use depotru_fuzz::model::ColumnValues;
use libfuzzer_sys::fuzz_target;

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2025, 6, 30).expect("a day")
}

/// A small store with the kinds of values that are hard: numbers, articles, names of months and people.
static PLANNER: LazyLock<Planner> = LazyLock::new(|| {
    let column = |column: &str, values: &[&str]| ColumnValues {
        column: column.to_string(),
        values: values.iter().map(|value| (value.to_string(), 10)).collect(),
    };
    let values = vec![
        column("marca", &["3M", "BOSCH", "SIKA", "LA CASA"]),
        column("categoria", &["CEMENTOS", "PISOS Y ENCHAPES", "PINTURAS"]),
        column("subcategoria", &["TALADROS", "CEMENTO GRIS", "TUBERIA PVC"]),
        column("ciudad", &["NEIVA", "LA PLATA", "GARZON"]),
        column("AlmacenCodigo", &["01", "02", "SUR"]),
        column("VendedorFactura", &["CARLOS RAMIREZ", "JULIO MAYO"]),
        column("TercerosNombres", &["FERRETERIA LA ECONOMIA SAS", "DROP TABLE LTDA", "O'HIGGINS \"X\""]),
        column("ArticulosNombre", &["CEMENTO GRIS 50 KG", "BROCHA 2\"", "TALADRO 1/2"]),
        column("DocumentosCodigo", &["FV", "NC", "AS"]),
    ];
    Planner::new(values, NaiveDate::from_ymd_opt(2023, 1, 1).map(|first| (first, today())))
});

fn asked(text: &str, previous: Option<&Intent>) -> Option<Intent> {
    let question = Question { text, lang: None, today: today(), previous };
    let Outcome::Plan(plan) = PLANNER.ask(&question) else { return None };
    for (at, c) in text.char_indices().filter(|(_, c)| !is_passed_over(*c)) {
        let read = plan
            .readings
            .iter()
            .any(|reading| reading.span.contains(&at) && reading.understanding != Understanding::Unknown);
        assert!(read, "{c:?} at {at} was not read");
    }
    if let Err(refusal) = check(&plan.sql, &Policy::default()) {
        panic!("{refusal:?}\n{}", plan.sql);
    }
    Some(plan.intent)
}

fuzz_target!(|turns: (&str, &str)| {
    let before = asked(turns.0, None);
    asked(turns.1, before.as_ref());
});
