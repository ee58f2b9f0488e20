//! Names, titles and kinds of a result's columns.

use std::collections::HashSet;

use arrow::datatypes::{Field, SchemaRef};

use super::Column;
use crate::ask::PlannedColumn;
use crate::format;
use crate::sanitize::display_safe;

/// The columns, and whether the plan announced each.
pub(super) fn describe(schema: &SchemaRef, planned: &[PlannedColumn]) -> Vec<(Column, bool)> {
    let mut taken = HashSet::new();
    schema
        .fields()
        .iter()
        .enumerate()
        .map(|(position, field)| {
            let name = unique(field.name(), position, &mut taken);
            column(field, name, planned)
        })
        .collect()
}

fn column(field: &Field, name: String, planned: &[PlannedColumn]) -> (Column, bool) {
    let known = planned.iter().find(|column| column.name.eq_ignore_ascii_case(field.name()));
    let shown = display_safe(&name);
    match known {
        Some(plan) if !plan.title.trim().is_empty() => {
            (Column { name: shown, title: display_safe(&plan.title), kind: plan.kind }, true)
        }
        Some(plan) => (Column { name: shown.clone(), title: shown, kind: plan.kind }, true),
        None => {
            let kind = format::kind_of(field.name(), field.data_type());
            (Column { name: shown.clone(), title: shown, kind }, false)
        }
    }
}

/// A name nobody else has: `col_3` for none, `marca (2)` for the second `marca`.
fn unique(name: &str, position: usize, taken: &mut HashSet<String>) -> String {
    let base = if name.trim().is_empty() { format!("col_{}", position + 1) } else { name.to_owned() };
    let mut candidate = base.clone();
    let mut copy = 2;
    while !taken.insert(candidate.to_lowercase()) {
        candidate = format!("{base} ({copy})");
        copy += 1;
    }
    candidate
}
