//! How long the guard takes: a short, a typical and a long query, and texts it refuses.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use depotru::guard::{Policy, check, highlight};

const SHORT: &str = "SELECT COUNT(*) AS n FROM banco_datos";

const TYPICAL: &str = "SELECT TOP 10 marca, SUM(TotalMasIva) AS ventas, SUM(TotalSinIva - ValorCosto) AS utilidad, \
    100.0 * SUM(TotalSinIva - ValorCosto) / NULLIF(SUM(TotalSinIva), 0) AS margen FROM banco_datos \
    WHERE DocumentosCodigo NOT IN ('XY', 'AS', 'TS') AND Fecha >= DATEADD(MONTH, -6, GETDATE()) \
    GROUP BY marca ORDER BY ventas DESC";

const LONG: &str = include_str!("../tests/fixtures/guard/long.sql");

fn guard(criterion: &mut Criterion) {
    let policy = Policy::default();
    let mut group = criterion.benchmark_group("guard");
    for (name, sql) in [("short", SHORT), ("typical", TYPICAL), ("long", LONG)] {
        assert!(check(sql, &policy).is_ok(), "{name}");
        group.bench_function(name, |bencher| bencher.iter(|| check(black_box(sql), &policy)));
    }
    let stacked = format!("{TYPICAL} DELETE FROM banco_datos");
    group.bench_function("refused", |bencher| bencher.iter(|| check(black_box(&stacked), &policy)));
    let nested = format!("SELECT {}1{}", "CAST(".repeat(64), " AS INT)".repeat(64));
    group.bench_function("nested_64_levels", |bencher| bencher.iter(|| check(black_box(&nested), &policy)));
    group.bench_function("highlight_long", |bencher| bencher.iter(|| highlight(black_box(LONG))));
    group.finish();
}

criterion_group!(benches, guard);
criterion_main!(benches);
