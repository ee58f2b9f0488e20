//! Prints planning times over a large index, unoptimised.

use std::time::Instant;

use super::fixture::{columns, today};
use crate::ask::{Planner, Question};
use crate::engine::ColumnValues;

#[test]
#[ignore = "a measurement, not a check"]
fn planning_times_with_many_values() {
    let mut columns = columns();
    let parts = [
        "CARLOS", "MARIA", "JORGE", "LUISA", "PEDRO", "SOFIA", "DIEGO", "LAURA", "RAMIREZ", "LOPEZ", "PEREZ",
    ];
    let names = (0..50_000).map(|i| {
        let part = |n: usize| parts[n % parts.len()];
        (format!("{} {} {} {i}X", part(i), part(i / 11), part(i / 121)), 2)
    });
    columns.push(ColumnValues { column: "TercerosNombres".into(), values: names.collect() });
    let started = Instant::now();
    let planner = Planner::new(columns, None);
    println!("index {:?}", started.elapsed());
    for text in include_str!("plans.txt").lines().filter(|l| !l.starts_with(' ')).take(60).chain([
        "ventas de maria",
        "BENTAS DE MAKTA EN CANPOALEGRE",
        "zxcvb qwrtp ventas",
    ]) {
        let started = Instant::now();
        let _ = planner.ask(&Question { text, lang: None, today: today(), previous: None });
        println!("{:?} {text}", started.elapsed());
    }
}
