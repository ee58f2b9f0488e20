//! Planning time per question with 50,000 values in the index.

use std::hint::black_box;

use chrono::NaiveDate;
use criterion::{Criterion, criterion_group, criterion_main};
use depotru::ask::{Planner, Question};

#[path = "../tests/benchmark/large.rs"]
mod large;

const QUESTIONS: [&str; 12] = [
    "¿Cuánto vendimos el mes pasado?",
    "ventas de Bosch en Neiva por mes en 2024",
    "top 10 clientes por utilidad este año",
    "BENTAS DE MAKTA EN CANPOALEGRE",
    "ventas de carlos maria ramirez lopez",
    "ventas de maria",
    "clientes que no han comprado en los últimos 90 días",
    "Revenue this month vs the same month last year",
    "productos que se compran junto con tubo pvc",
    "participación de cada categoría en las ventas de 2024",
    "quiero saber cuánto nos ha comprado la señora gloria hernan trujillo de la ciudad de neiva en el segundo semestre de 2024",
    "zxcvb qwrtp ventas por algo que nadie entiende en ningún lugar",
];

fn planning(c: &mut Criterion) {
    let (Some(first), Some(today)) =
        (NaiveDate::from_ymd_opt(2023, 1, 1), NaiveDate::from_ymd_opt(2025, 6, 30))
    else {
        return;
    };
    let columns = large::columns();
    c.bench_function("index 50,000 values", |b| {
        b.iter(|| Planner::new(black_box(columns.clone()), Some((first, today))));
    });
    let planner = Planner::new(columns, Some((first, today)));
    let mut group = c.benchmark_group("plan");
    for text in QUESTIONS {
        group.bench_function(text.chars().take(40).collect::<String>(), |b| {
            b.iter(|| planner.ask(&Question { text: black_box(text), lang: None, today, previous: None }));
        });
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20);
    targets = planning
}
criterion_main!(benches);
