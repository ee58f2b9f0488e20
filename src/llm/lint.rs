//! What a person should know of free T-SQL before approving it: documents that are no sales
//! are not left out, a value that is not in the data. The guard cannot know these.

use std::ops::ControlFlow;

use sqlparser::ast::{BinaryOperator, Expr, Ident, Value, Visit, Visitor};

use crate::ask::{Planner, Resolved};
use crate::guard::ReadOnlySql;
use crate::i18n::{Lang, fill, text};
use crate::model::Dim;
use crate::sanitize::display_safe;

/// Values that are checked in one query.
const MOST: usize = 20;

/// The warnings, in the user's language.
pub fn warnings(sql: &ReadOnlySql, planner: &Planner, lang: Lang) -> Vec<String> {
    let mut seen = Seen { planner, compared: Vec::new(), documents: false };
    let _ = sql.query().visit(&mut seen);
    let mut all = Vec::new();
    if !seen.documents && !planner.model().documents.excluded.is_empty() {
        let codes = planner.model().documents.excluded_list();
        all.push(fill(lang, "llm.warn.documents", &[("codes", &codes)]));
    }
    for (dim, value) in seen.compared.iter().take(MOST) {
        let near = match planner.resolve(*dim, value) {
            Resolved::One(found) if same(&found, value) => continue,
            Resolved::One(found) => vec![found],
            Resolved::Several(near) | Resolved::None(near) => near,
        };
        let dim = crate::ask::restate::names::dim_one(planner.model(), lang, *dim);
        let value = display_safe(value);
        let near: Vec<String> = near.iter().take(3).map(|v| display_safe(v).into_string()).collect();
        let near =
            if near.is_empty() { text(lang, "llm.warn.nothing_near").to_string() } else { near.join(", ") };
        all.push(fill(
            lang,
            "llm.warn.unknown_value",
            &[("dim", &dim), ("value", value.as_str()), ("near", &near)],
        ));
    }
    all
}

/// Whether the query adds up: its rows are figures of groups, not single lines of invoices.
pub fn is_aggregated(sql: &ReadOnlySql) -> bool {
    let mut found = Aggregates(false);
    let _ = sql.query().visit(&mut found);
    found.0
}

struct Aggregates(bool);

impl Visitor for Aggregates {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        if let Expr::Function(function) = expr {
            let name = function.name.to_string().to_ascii_uppercase();
            let adds_up =
                ["SUM", "COUNT", "COUNT_BIG", "AVG", "MIN", "MAX", "STDEV", "STDEVP", "VAR", "VARP"];
            self.0 |= function.over.is_none() && adds_up.contains(&name.as_str());
        }
        ControlFlow::Continue(())
    }
}

/// Equal as the server compares: without case.
fn same(a: &str, b: &str) -> bool {
    a.trim_end().to_lowercase() == b.trim_end().to_lowercase()
}

struct Seen<'a> {
    planner: &'a Planner,
    /// Dimensions compared with texts.
    compared: Vec<(Dim, String)>,
    /// Whether the documents' codes play a part.
    documents: bool,
}

impl Seen<'_> {
    fn dim(&self, expr: &Expr) -> Option<Dim> {
        let name = &name_of(expr)?.value;
        let model = self.planner.model();
        let is_real = |real: &str| real.trim_matches(['[', ']']).eq_ignore_ascii_case(name);
        let renamed = model.columns.iter().filter(|(_, real)| is_real(real));
        let known = renamed.map(|(column, _)| column).find(|column| Dim::of_column(column).is_some());
        model.dim_of_column(known.map_or(name.as_str(), String::as_str))
    }

    fn compare(&mut self, column: &Expr, value: &Expr) {
        if let (Some(dim), Some(value)) = (self.dim(column), text_of(value))
            && dim != Dim::DocType
            && !value.is_empty()
        {
            self.compared.push((dim, value.to_string()));
        }
    }
}

impl Visitor for Seen<'_> {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        match expr {
            Expr::BinaryOp { left, op: BinaryOperator::Eq | BinaryOperator::NotEq, right } => {
                self.compare(left, right);
                self.compare(right, left);
            }
            Expr::InList { expr, list, .. } => list.iter().for_each(|value| self.compare(expr, value)),
            _ => {}
        }
        self.documents |= self.dim(expr) == Some(Dim::DocType);
        ControlFlow::Continue(())
    }
}

fn name_of(expr: &Expr) -> Option<&Ident> {
    match expr {
        Expr::Identifier(name) => Some(name),
        Expr::CompoundIdentifier(names) => names.last(),
        _ => None,
    }
}

fn text_of(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) | Value::NationalStringLiteral(text) => Some(text),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::ColumnValues;
    use crate::guard::{Policy, check};

    fn said(sql: &str) -> Vec<String> {
        let values = vec![ColumnValues { column: "marca".into(), values: vec![("BOSCH".into(), 3)] }];
        let sql = check(sql, &Policy::default()).expect("allowed");
        warnings(&sql, &Planner::new(values, None), Lang::En)
    }

    #[test]
    fn documents_that_are_no_sales_and_values_nobody_has_are_said() {
        let good = "SELECT SUM(TotalMasIva) AS v FROM banco_datos WHERE DocumentosCodigo NOT IN ('XY') AND marca = N'bosch'";
        assert!(said(good).is_empty(), "{:?}", said(good));
        let bad = "SELECT SUM(TotalMasIva) AS v FROM banco_datos WHERE marca IN ('BOSH', 'BOSCH')";
        let said = said(bad);
        assert_eq!(said.len(), 2, "{said:?}");
        assert!(said[0].contains("XY") && said[1].contains("BOSH") && said[1].contains("BOSCH"), "{said:?}");
    }
}
