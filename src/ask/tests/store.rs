//! A store with its own table, columns and words.

use chrono::NaiveDate;

use super::fixture::{columns, today};
use crate::ask::lexicon::Lexicon;
use crate::ask::{Outcome, Planner, Question};
use crate::guard::{Policy, check};
use crate::model::SalesModel;

const WORDS: &str = r#"
[same]
"lo facturadito" = "ventas"
"man(es) de ventas" = "vendedores"

[values]
"línea de obra" = ["CEMENTOS", "PISOS Y ENCHAPES"]
"la principal" = "01"

[meanings]
"metric.profit" = { es = ["ganadita(s)"] }
"#;

fn planner() -> Planner {
    let mut model = SalesModel { table: "ventas.Lineas".into(), ..SalesModel::default() };
    model.columns.insert("marca".into(), "[Marca Comercial]".into());
    model.columns.insert("TotalMasIva".into(), "ValorTotal".into());
    let (words, taken) = Lexicon::builtin().with_store_words(WORDS).expect("valid words");
    assert_eq!(taken.total(), 5);
    Planner::for_store(columns(), NaiveDate::from_ymd_opt(2023, 1, 1).map(|d| (d, today())), model, words)
}

fn sql(text: &str) -> String {
    let question = Question { text, lang: None, today: today(), previous: None };
    match planner().ask(&question) {
        Outcome::Plan(plan) => {
            let policy = Policy { tables: vec!["ventas.Lineas".into()] };
            assert!(check(&plan.sql, &policy).is_ok(), "{}", plan.sql);
            plan.sql.replace('\n', " ")
        }
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn queries_use_the_store_s_table_and_columns() {
    let sql = sql("ventas por marca de Bosch y Makita en mayo");
    assert!(sql.contains("SUM(ValorTotal) AS ventas FROM ventas.Lineas"), "{sql}");
    assert!(sql.contains("[Marca Comercial] IN ('BOSCH','MAKITA')"), "{sql}");
    assert!(!sql.contains("banco_datos") && !sql.contains("TotalMasIva"), "{sql}");
}

#[test]
fn the_store_s_words_mean_what_it_says_in_any_spelling() {
    for text in ["lo facturadito de la línea de obra", "LO FACTURADITO DE LA LINEA DE OBRA"] {
        assert!(sql(text).contains("categoria IN ('CEMENTOS','PISOS Y ENCHAPES')"), "{}", sql(text));
    }
    assert!(sql("ganaditas por man de ventas").contains("GROUP BY VendedorFactura"));
    assert!(sql("ganadita de la principal en mayo").contains("AlmacenCodigo = '01'"));
}

#[test]
fn the_store_s_words_are_offered_while_typing() {
    let offered = planner().complete("ganad", 5, crate::i18n::Lang::Es);
    assert!(offered.iter().any(|c| c.text == "ganadita"), "{offered:?}");
}
