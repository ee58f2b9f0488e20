//! A planner over a small store.

use chrono::NaiveDate;
use serde_json::Value;

use crate::ask::{Outcome, Planner, Question};
use crate::model::ColumnValues;

pub const VOCABULARY: &str = include_str!("../../../tests/fixtures/ask/vocabulary.json");

pub fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2025, 6, 30).expect("a day")
}

fn strings(value: &Value) -> Vec<String> {
    match value {
        Value::Array(all) => all.iter().filter_map(|v| v.as_str().map(String::from)).collect(),
        Value::Object(all) => all.keys().cloned().collect(),
        _ => Vec::new(),
    }
}

/// The values of the store, as an engine would give them.
pub fn columns() -> Vec<ColumnValues> {
    let vocabulary: Value = serde_json::from_str(VOCABULARY).expect("valid JSON");
    let mut states: Vec<String> = vocabulary["ciudades"]
        .as_object()
        .expect("cities")
        .values()
        .filter_map(|v| v.as_str().map(String::from))
        .collect();
    states.sort();
    states.dedup();
    let products: Vec<String> = vocabulary["productos"]
        .as_array()
        .expect("products")
        .iter()
        .filter_map(|p| p["nombre"].as_str().map(String::from))
        .collect();
    let mut customers = strings(&vocabulary["clientes_con_nombre"]);
    customers.extend(["CARLOS GUTIERREZ", "MARIA TORRES", "JULIO MAYO", "ANA GOMEZ"].map(String::from));
    [
        ("marca", strings(&vocabulary["marcas"])),
        ("categoria", strings(&vocabulary["categorias"])),
        ("subcategoria", strings(&vocabulary["subcategorias"])),
        ("ciudad", strings(&vocabulary["ciudades"])),
        ("departamento", states),
        ("AlmacenCodigo", strings(&vocabulary["almacenes"])),
        ("VendedorFactura", strings(&vocabulary["vendedores"])),
        ("proveedor", strings(&vocabulary["proveedores"])),
        ("TercerosNombres", customers),
        ("ArticulosNombre", products),
        ("DocumentosCodigo", strings(&vocabulary["documentos"])),
    ]
    .into_iter()
    .map(|(column, values)| ColumnValues {
        column: column.to_string(),
        values: values.into_iter().map(|v| (v, 10)).collect(),
    })
    .collect()
}

pub fn planner() -> Planner {
    let first = NaiveDate::from_ymd_opt(2023, 1, 1).expect("a day");
    Planner::new(columns(), Some((first, today())))
}

thread_local! {
    static PLANNER: Planner = planner();
}

pub fn ask(text: &str) -> Outcome {
    PLANNER.with(|p| p.ask(&Question { text, lang: None, today: today(), previous: None }))
}

/// What became of a question, in one line.
pub fn summary(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Plan(plan) => plan.sql.replace('\n', " ").replace("  ", " "),
        Outcome::Clarify(c) => {
            format!("CLARIFY {} {:?}", c.message, c.options.iter().map(|o| &o.question).collect::<Vec<_>>())
        }
        Outcome::Abstain(a) => format!("ABSTAIN {} {:?}", a.message, a.unknown),
        Outcome::Refuse(r) => format!("REFUSE {}", r.reason),
    }
}

/// The outcome of the last turn of a conversation.
pub fn ask_after(turns: &[&str]) -> Outcome {
    PLANNER.with(|p| {
        let mut previous = None;
        let mut outcome = None;
        for text in turns {
            let answer = p.ask(&Question { text, lang: None, today: today(), previous: previous.as_ref() });
            if let Outcome::Plan(plan) = &answer {
                previous = Some(plan.intent.clone());
            }
            outcome = Some(answer);
        }
        outcome.expect("a turn")
    })
}
