//! Whether an answer is right: names and order of columns are free, more columns are
//! allowed, the order of rows counts only where the case says so.

use std::cmp::Ordering;

use super::cases::Form;
use super::table::{Table, Value};

/// Whether `answer` says what `gold` says.
pub fn is_right(gold: &Table, answer: &Table, form: &Form) -> bool {
    let (gold, answer) = (prepare(gold, form), prepare(answer, form));
    let required = required_columns(&gold, form);
    if matches(&gold, &required, &answer, form) {
        return true;
    }
    form.shape_flexible && (long_form(&gold, &required, &answer) || side_by_side(&gold, &required, &answer))
}

fn prepare(table: &Table, form: &Form) -> Table {
    let mut table = table.clone();
    if form.sign_insensitive {
        for value in table.rows.iter_mut().flatten() {
            if let Value::Number(number) = value {
                *number = number.abs();
            }
        }
    }
    if form.null_first_ok {
        table.rows.retain(|row| !row.contains(&Value::Null));
    }
    table
}

/// The columns of the right answer that must be there.
fn required_columns(gold: &Table, form: &Form) -> Vec<usize> {
    let all = 0..gold.columns.len();
    let needed = all.filter(|&index| !form.optional_columns.iter().any(|name| *name == gold.columns[index]));
    let needed: Vec<usize> = needed.collect();
    // Labels come first; the measures are what is left when they are taken away.
    match needed.split_first() {
        Some((_, measures)) if form.label_insensitive && !measures.is_empty() => measures.to_vec(),
        _ => needed,
    }
}

/// Looks for a column of the answer for each required one, such that the rows agree.
fn matches(gold: &Table, required: &[usize], answer: &Table, form: &Form) -> bool {
    if gold.rows.len() != answer.rows.len() {
        return false;
    }
    let candidates: Vec<Vec<usize>> = required
        .iter()
        .map(|&wanted| {
            let all = 0..answer.columns.len();
            all.filter(|&given| same_values(gold, wanted, answer, given, form)).collect()
        })
        .collect();
    assign(&candidates, &mut Vec::new(), &mut |chosen| rows_agree(gold, required, answer, chosen, form))
}

/// Tries every choice of distinct columns until one is accepted.
fn assign(
    candidates: &[Vec<usize>],
    chosen: &mut Vec<usize>,
    accept: &mut dyn FnMut(&[usize]) -> bool,
) -> bool {
    let Some(options) = candidates.get(chosen.len()) else { return accept(chosen) };
    for &option in options {
        if chosen.contains(&option) {
            continue;
        }
        chosen.push(option);
        if assign(candidates, chosen, accept) {
            return true;
        }
        chosen.pop();
    }
    false
}

fn same_values(gold: &Table, wanted: usize, answer: &Table, given: usize, form: &Form) -> bool {
    let column = |table: &Table, index: usize| {
        let mut values: Vec<Value> = table.rows.iter().map(|row| row[index].clone()).collect();
        values.sort_by(order);
        values
    };
    // Names at the end of a ranking may differ where they rank equally.
    let is_label = gold.rows.iter().any(|row| matches!(row[wanted], Value::Text(_)));
    if form.ties_ok && is_label {
        return answer.rows.iter().all(|row| matches!(row[given], Value::Text(_)));
    }
    column(gold, wanted).iter().zip(&column(answer, given)).all(|(a, b)| equal(a, b))
}

fn rows_agree(gold: &Table, required: &[usize], answer: &Table, chosen: &[usize], form: &Form) -> bool {
    let pick = |table: &Table, columns: &[usize]| -> Vec<Vec<Value>> {
        table.rows.iter().map(|row| columns.iter().map(|&index| row[index].clone()).collect()).collect()
    };
    let (mut wanted, mut given) = (pick(gold, required), pick(answer, chosen));
    if form.ordered {
        sort_ties(&mut wanted);
        sort_ties(&mut given);
    } else {
        wanted.sort_by(|a, b| order_rows(a, b));
        given.sort_by(|a, b| order_rows(a, b));
    }
    if form.ties_ok {
        return labels_agree_but_ties(&wanted, &given);
    }
    wanted.iter().zip(&given).all(|(a, b)| a.iter().zip(b).all(|(a, b)| equal(a, b)))
}

/// Rows with the same figures stand in no order among themselves.
fn sort_ties(rows: &mut [Vec<Value>]) {
    let same = |a: &Vec<Value>, b: &Vec<Value>| {
        let figures = |row: &Vec<Value>| -> Vec<Value> {
            row.iter().filter(|v| matches!(v, Value::Number(_))).cloned().collect()
        };
        let (a, b) = (figures(a), figures(b));
        !a.is_empty() && a.len() == b.len() && a.iter().zip(&b).all(|(a, b)| equal(a, b))
    };
    for run in rows.chunk_by_mut(same) {
        run.sort_by(|a, b| order_rows(a, b));
    }
}

/// Figures agree row by row; a label may differ only if its figures occur more than once
/// or stand at the cut of the ranking.
fn labels_agree_but_ties(wanted: &[Vec<Value>], given: &[Vec<Value>]) -> bool {
    let figures = |row: &[Value]| -> Vec<Value> {
        row.iter().filter(|v| !matches!(v, Value::Text(_))).cloned().collect()
    };
    let figures_agree = |a: &[Value], b: &[Value]| {
        let (a, b) = (figures(a), figures(b));
        a.len() == b.len() && a.iter().zip(&b).all(|(a, b)| equal(a, b))
    };
    wanted.iter().zip(given).enumerate().all(|(index, (a, b))| {
        let labels_agree = a.iter().zip(b).all(|(a, b)| equal(a, b));
        let tied = index + 1 == wanted.len()
            || wanted.iter().enumerate().any(|(other, row)| other != index && figures_agree(row, a));
        figures_agree(a, b) && (labels_agree || tied)
    })
}

/// The columns of figures that are no percentage.
fn figures(table: &Table) -> Vec<usize> {
    let all = 0..table.columns.len();
    all.filter(|&index| {
        !table.columns[index].ends_with("_pct")
            && table.rows.iter().all(|row| matches!(row[index], Value::Number(_) | Value::Null))
    })
    .collect()
}

/// Whether `long` has one row for every figure that `wide` has side by side, with the same
/// labels and figures. Percentages are not asked of the long form.
fn long_form(wide: &Table, columns: &[usize], long: &Table) -> bool {
    let measures: Vec<usize> = figures(wide).into_iter().filter(|index| columns.contains(index)).collect();
    let labels: Vec<usize> = (0..wide.columns.len())
        .filter(|index| columns.contains(index))
        .filter(|&index| wide.rows.iter().all(|row| !matches!(row[index], Value::Number(_))))
        .collect();
    if measures.len() < 2 {
        return false;
    }
    let mut expected = Table { columns: vec![String::new(); labels.len() + 1], rows: Vec::new() };
    for row in &wide.rows {
        for &measure in &measures {
            let mut cells: Vec<Value> = labels.iter().map(|&index| row[index].clone()).collect();
            cells.push(row[measure].clone());
            expected.rows.push(cells);
        }
    }
    let all: Vec<usize> = (0..expected.columns.len()).collect();
    matches(&expected, &all, long, &Form::default())
}

/// Whether the one row of `answer` has every figure that `gold` has below each other. Which
/// column is which label's only its name says, and names are free.
fn side_by_side(gold: &Table, required: &[usize], answer: &Table) -> bool {
    let [row] = answer.rows.as_slice() else { return false };
    let mut left: Vec<&Value> = row.iter().filter(|value| matches!(value, Value::Number(_))).collect();
    let measures: Vec<usize> = figures(gold).into_iter().filter(|index| required.contains(index)).collect();
    !measures.is_empty()
        && gold.rows.iter().flat_map(|row| measures.iter().map(|&index| &row[index])).all(|wanted| {
            let found = left.iter().position(|value| equal(value, wanted));
            found.map(|index| left.swap_remove(index)).is_some()
        })
}

/// Equal as people see it: figures within a millionth, or a ten-thousandth of a unit.
fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => (a - b).abs() <= 1e-4_f64.max(a.abs() * 1e-6),
        _ => a == b,
    }
}

fn order_rows(a: &[Value], b: &[Value]) -> Ordering {
    let pairs = a.iter().zip(b).map(|(a, b)| order(a, b));
    pairs.into_iter().find(|o| o.is_ne()).unwrap_or(Ordering::Equal)
}

fn order(a: &Value, b: &Value) -> Ordering {
    let kind = |value: &Value| match value {
        Value::Null => 0,
        Value::Number(_) => 1,
        Value::Day(_) => 2,
        Value::Text(_) => 3,
    };
    match (a, b) {
        _ if equal(a, b) => Ordering::Equal,
        (Value::Number(a), Value::Number(b)) => a.total_cmp(b),
        (Value::Day(a), Value::Day(b)) => a.cmp(b),
        (Value::Text(a), Value::Text(b)) => a.cmp(b),
        _ => kind(a).cmp(&kind(b)),
    }
}
