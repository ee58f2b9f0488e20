//! A store whose values are also words of the questions: the brand TOTAL, the city MAYO.

use chrono::NaiveDate;

use super::fixture::{columns, today};
use crate::ask::{Outcome, Planner, Question};

fn planner() -> Planner {
    let mut all = columns();
    for column in &mut all {
        let more: &[&str] = match column.column.as_str() {
            "marca" => &["TOTAL"],
            "ciudad" => &["MAYO"],
            "VendedorFactura" => &["JULIO CESAR ABRIL"],
            _ => &[],
        };
        column.values.extend(more.iter().map(|v| (v.to_string(), 10)));
    }
    Planner::new(all, NaiveDate::from_ymd_opt(2023, 1, 1).map(|first| (first, today())))
}

fn said(text: &str) -> String {
    let question = Question { text, lang: None, today: today(), previous: None };
    match planner().ask(&question) {
        Outcome::Plan(plan) => plan.restatement,
        other => format!("{other:?}"),
    }
}

#[test]
fn a_word_is_a_word_unless_something_says_that_the_value_is_meant() {
    for text in ["ventas totales de mayo", "¿cuánto vendimos en total en mayo?", "total vendido en mayo"] {
        assert_eq!(said(text), said("ventas de 2025-05-01 al 2025-05-31"), "{text}");
    }
    assert!(!said("¿Quién vendió menos en mayo?").contains("MAYO"));
    for text in ["ventas de la marca Total", "ventas de Total", "ventas de TOTAL en todas las fechas"] {
        assert!(said(text).contains("marca = TOTAL"), "{text}: {}", said(text));
    }
    assert!(said("ventas de la ciudad Mayo en mayo").contains("ciudad = MAYO, del 2025-05-01 al 2025-05-31"));
}

#[test]
fn a_value_in_a_list_of_its_like_is_not_lost() {
    assert!(said("ventas de Bosch, Makita y Total en 2024").contains("marca = BOSCH | MAKITA | TOTAL"));
}

#[test]
fn a_name_that_holds_a_month_does_not_swallow_the_month() {
    let said = said("ventas de Julio César Abril en abril");
    assert!(said.contains("JULIO CESAR ABRIL, del 2025-04-01 al 2025-04-30"), "{said}");
}

#[test]
fn several_values_of_one_kind_may_be_meant_together() {
    let mut all = columns();
    for column in all.iter_mut().filter(|c| c.column == "VendedorFactura") {
        column.values.extend(["JUAN MEJIA", "JOSE MEJIA"].map(|v| (v.to_string(), 10)));
    }
    let planner = Planner::new(all, NaiveDate::from_ymd_opt(2023, 1, 1).map(|first| (first, today())));
    let ask = |text: &str| planner.ask(&Question { text, lang: None, today: today(), previous: None });
    let Outcome::Clarify(clarify) = ask("ventas de mejia en mayo") else { panic!("two have that name") };
    assert_eq!(clarify.options.len(), 3, "{:?}", clarify.options);
    let both = clarify.options.last().expect("three options");
    assert!(both.restatement.contains("JUAN MEJIA | JOSE MEJIA"), "{both:?}");
    let Outcome::Plan(plan) = ask(&both.question) else { panic!("{}", both.question) };
    assert_eq!(plan.restatement, both.restatement);
}
