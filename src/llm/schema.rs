//! The form that a model fills in: the names of the business model as a JSON schema.
//!
//! Every key is required and nothing else is allowed, as strict providers demand; absence is null.

use serde_json::{Value, json};

use super::prompt::Form;
use crate::model::{Dim, Metric, SalesModel};

/// The form's name, as tool and as schema.
pub const NAME: &str = "answer_question";

/// The shapes an answer can have.
pub(super) const SHAPES: [&str; 20] = [
    "group",
    "compare",
    "difference",
    "share",
    "concentration",
    "top_per_group",
    "place",
    "running",
    "growth",
    "count_groups",
    "new_customers",
    "returning_customers",
    "new_versus_returning",
    "inactive_customers",
    "customers_bought_not",
    "customers_bought_both",
    "without_sales",
    "without_returns",
    "abc",
    "bought_together",
];

/// Which documents count.
pub(super) const DOCUMENTS: [&str; 3] = ["sales", "returns", "before_returns"];

/// How numbers compare.
pub(super) const OPS: [&str; 5] = [">", ">=", "<", "<=", "="];

/// Numbers on a line.
pub(super) const LINE_COLUMNS: [&str; 4] = ["discount_pct", "vat_rate", "unit_price", "credit_days"];

/// The name of a figure in the form.
pub fn metric_name(metric: Metric) -> String {
    match metric {
        Metric::Distinct(dim) => format!("count_{}", dim.name()),
        plain => plain.name().to_string(),
    }
}

/// The figure of a name in the form.
pub fn metric_named(name: &str, model: &SalesModel) -> Option<Metric> {
    if let Some(dim) = name.strip_prefix("count_").and_then(|name| model.dim_named(name)) {
        return Some(Metric::Distinct(dim));
    }
    match name {
        "documents" | "invoices" => Some(Metric::Distinct(Dim::Document)),
        "customers" => Some(Metric::Distinct(Dim::Customer)),
        "products" => Some(Metric::Distinct(Dim::Product)),
        plain => Metric::named(plain),
    }
}

/// The form, with the names of a store's model.
pub fn form(model: &SalesModel) -> Form {
    Form {
        name: NAME,
        description: "The typed answer to the question: what to compute, for a person to approve.",
        schema: schema(model),
    }
}

fn schema(model: &SalesModel) -> Value {
    object(&[
        ("decision", json!({"type": "string", "enum": ["intent", "sql", "cannot"]})),
        ("reading", json!({"type": "string"})),
        ("intent", json!({"anyOf": [intent(model), {"type": "null"}]})),
        ("sql", optional("string")),
        ("reason", optional("string")),
    ])
}

fn intent(model: &SalesModel) -> Value {
    let all: Vec<Dim> = model.dims().collect();
    let metrics: Vec<String> =
        Metric::PLAIN.into_iter().chain(all.iter().copied().map(Metric::Distinct)).map(metric_name).collect();
    let dims: Vec<&str> = all.iter().map(Dim::name).collect();
    let named: Vec<&str> = all.iter().filter(|dim| dim.value_column().is_some()).map(Dim::name).collect();
    let metric = json!({"type": "string", "enum": metrics});
    let dim = json!({"type": "string", "enum": dims});
    let op = json!({"type": "string", "enum": OPS});
    let number = json!({"type": ["number", "string"]});
    let filter = object(&[
        ("dim", json!({"type": "string", "enum": named})),
        ("values", json!({"type": "array", "items": {"type": "string"}})),
        ("negated", json!({"type": "boolean"})),
    ]);
    let condition = object(&[
        ("column", json!({"type": "string", "enum": LINE_COLUMNS})),
        ("op", op.clone()),
        ("value", number.clone()),
    ]);
    let percent = object(&[("op", op.clone()), ("value", number.clone())]);
    let having = object(&[("metric", metric.clone()), ("op", op), ("value", number)]);
    let sort = object(&[
        ("metric", metric.clone()),
        ("direction", json!({"type": "string", "enum": ["desc", "asc"]})),
    ]);
    object(&[
        ("shape", json!({"type": "string", "enum": SHAPES})),
        ("metrics", list(&metric)),
        ("per", null_or(&dim)),
        ("dims", list(&dim)),
        ("from", optional("string")),
        ("to", optional("string")),
        ("base_from", optional("string")),
        ("base_to", optional("string")),
        ("since", optional("string")),
        ("filters", list(&filter)),
        ("part", list(&filter)),
        ("conditions", list(&condition)),
        ("payment", json!({"type": ["string", "null"], "enum": ["credit", "cash", null]})),
        ("weekdays", json!({"type": "array", "items": {"type": "integer"}})),
        ("having", list(&having)),
        ("sort", null_or(&sort)),
        ("limit", optional("integer")),
        ("documents", json!({"type": "string", "enum": DOCUMENTS})),
        ("count", json!({"type": "boolean"})),
        ("change", json!({"type": ["string", "null"], "enum": ["up", "down", null]})),
        ("change_by", null_or(&percent)),
        ("abc_class", json!({"type": ["string", "null"], "enum": ["A", "B", "C", null]})),
    ])
}

fn object(properties: &[(&str, Value)]) -> Value {
    let required: Vec<&str> = properties.iter().map(|(name, _)| *name).collect();
    let map: serde_json::Map<String, Value> =
        properties.iter().map(|(name, value)| ((*name).to_string(), value.clone())).collect();
    json!({"type": "object", "properties": map, "required": required, "additionalProperties": false})
}

fn optional(kind: &str) -> Value {
    json!({"type": [kind, "null"]})
}

fn null_or(value: &Value) -> Value {
    json!({"anyOf": [value, {"type": "null"}]})
}

fn list(items: &Value) -> Value {
    json!({"type": "array", "items": items})
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Strict providers demand that every object lists all of its keys and allows no others.
    fn is_strict(schema: &Value) -> bool {
        let object = schema.get("type") != Some(&json!("object")) || {
            let keys = schema["properties"].as_object().expect("properties");
            let required = schema["required"].as_array().expect("required keys");
            schema["additionalProperties"] == json!(false) && required.len() == keys.len()
        };
        let parts = match schema {
            Value::Object(map) => map.values().all(is_strict),
            Value::Array(items) => items.iter().all(is_strict),
            _ => true,
        };
        object && parts
    }

    #[test]
    fn the_schema_is_strict_throughout() {
        assert!(is_strict(&schema(&SalesModel::default())));
    }

    #[test]
    fn names_of_figures_lead_back_to_them() {
        for metric in Metric::PLAIN.into_iter().chain(Dim::ALL.into_iter().map(Metric::Distinct)) {
            assert_eq!(metric_named(&metric_name(metric), &SalesModel::default()), Some(metric));
        }
    }
}
