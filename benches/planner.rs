//! Planning time per question with 50,000 values in the index.

use std::hint::black_box;

use chrono::NaiveDate;
use criterion::{Criterion, criterion_group, criterion_main};
use depotru::ask::{Planner, Question};
use depotru::engine::ColumnValues;

const FIRST: [&str; 20] = [
    "CARLOS", "MARIA", "JORGE", "LUISA", "ANDRES", "PAOLA", "JUAN", "ANA", "PEDRO", "SOFIA", "DIEGO",
    "LAURA", "FELIPE", "CAMILA", "OSCAR", "DIANA", "HERNAN", "GLORIA", "RAUL", "NUBIA",
];
const LAST: [&str; 20] = [
    "RAMIREZ", "LOPEZ", "PEREZ", "GOMEZ", "TOVAR", "CASTRO", "TRUJILLO", "POLANIA", "CUELLAR", "PERDOMO",
    "LOSADA", "VARGAS", "MOTTA", "CABRERA", "QUINTERO", "SILVA", "ROJAS", "MEDINA", "BONILLA", "SUAREZ",
];

/// 40,000 customers, 9,000 products and the rest of a large store.
fn columns() -> Vec<ColumnValues> {
    let pick = |list: &[&str], n: usize| list[n % list.len()].to_string();
    let customers = (0..40_000)
        .map(|i| {
            format!(
                "{} {} {} {}",
                pick(&FIRST, i),
                pick(&FIRST, i / 20),
                pick(&LAST, i / 400),
                pick(&LAST, i / 8000)
            )
        })
        .map(|name| (name, 3));
    let goods = [
        "TUBO PVC",
        "CODO",
        "TALADRO",
        "CEMENTO GRIS",
        "VINILO",
        "CABLE",
        "TORNILLO",
        "LLAVE",
        "CINTA",
        "PALA",
    ];
    let products = (0..9_000).map(|i| (format!("{} REF {} X{}", pick(&goods, i), i / 10, i % 97), 5));
    let brands = (0..700).map(|i| (format!("MARCA{}{}", pick(&LAST, i), i), 9));
    let list = |values: &[&str]| values.iter().map(|v| ((*v).to_string(), 100)).collect::<Vec<_>>();
    [
        ("TercerosNombres", customers.collect::<Vec<_>>()),
        ("ArticulosNombre", products.collect()),
        ("marca", brands.chain([("BOSCH".to_string(), 50), ("MAKITA".to_string(), 40)]).collect()),
        ("ciudad", list(&["NEIVA", "PITALITO", "GARZON", "LA PLATA", "CAMPOALEGRE"])),
        ("categoria", list(&["HERRAMIENTAS", "CEMENTOS", "PINTURAS", "PLOMERIA"])),
        ("AlmacenCodigo", list(&["01", "02", "03", "04"])),
        ("VendedorFactura", list(&["CARLOS RAMIREZ", "MARIA FERNANDA LOPEZ"])),
    ]
    .into_iter()
    .map(|(column, values)| ColumnValues { column: column.to_string(), values })
    .collect()
}

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
    let columns = columns();
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
