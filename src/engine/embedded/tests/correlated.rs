//! Queries that run once for each row around them, by TOP, by inequality, by their own groups.

use super::fixture::{answer, rows};
use crate::engine::EngineError;

#[test]
fn apply_takes_the_first_rows_for_each_row() {
    let first_two = |kind: &str, condition: &str| {
        rows(&format!(
            "SELECT d.ciudad, x.VentaID FROM (SELECT DISTINCT ciudad FROM banco_datos) AS d {kind} APPLY (SELECT TOP 2 b.VentaID, b.TotalSinIva FROM banco_datos b WHERE b.ciudad = d.ciudad{condition} ORDER BY b.TotalSinIva DESC, b.VentaID) AS x ORDER BY d.ciudad, x.TotalSinIva DESC, x.VentaID"
        ))
    };
    assert_eq!(
        first_two("CROSS", ""),
        [
            "CAMPOALEGRE|11",
            "CAMPOALEGRE|12",
            "FLORENCIA|8",
            "FLORENCIA|3",
            "NEIVA|1",
            "NEIVA|4",
            "PALERMO|6",
            "PALERMO|9"
        ]
    );
    assert_eq!(
        first_two("OUTER", " AND b.ano = 2024"),
        ["CAMPOALEGRE|NULL", "FLORENCIA|3", "NEIVA|1", "NEIVA|2", "PALERMO|NULL"]
    );
}

#[test]
fn apply_groups_and_cuts_for_each_row() {
    assert_eq!(
        rows(
            "SELECT m.ano, u.categoria, u.v FROM (SELECT DISTINCT ano FROM banco_datos) AS m CROSS APPLY (SELECT TOP (1) categoria, SUM(Cantidad) AS v FROM banco_datos AS b WHERE b.ano = m.ano GROUP BY categoria ORDER BY SUM(Cantidad) DESC) AS u ORDER BY m.ano"
        ),
        ["2024|TUBERIA|11.50", "2025|ZINC|15.83"]
    );
    assert_eq!(
        rows(
            "SELECT d.m, x.n FROM (VALUES (1), (3)) AS d(m) CROSS APPLY (SELECT COUNT(*) AS n FROM banco_datos b WHERE b.mes < d.m) AS x ORDER BY d.m"
        ),
        ["1|0", "3|3"]
    );
    assert_eq!(
        rows(
            "SELECT TOP 3 p.palabra, COUNT(*) AS n FROM (SELECT DISTINCT ArticulosNombre FROM banco_datos) a CROSS APPLY (SELECT s.value AS palabra FROM STRING_SPLIT(a.ArticulosNombre, ' ') s WHERE LEN(s.value) > 2) p GROUP BY p.palabra ORDER BY p.palabra"
        ),
        ["3/4”|1", "PVC|1", "TUBO|1"]
    );
}

#[test]
fn values_are_worked_out_over_the_rows_before() {
    assert_eq!(
        rows(
            "SELECT f.m, (SELECT COUNT(*) FROM banco_datos b WHERE b.mes < f.m), (SELECT SUM(b.Cantidad) FROM banco_datos b WHERE b.mes < f.m), (SELECT COUNT(*) + 1 FROM banco_datos b WHERE b.mes < f.m AND b.Cantidad > 5) FROM (VALUES (1), (2), (6), (13)) AS f(m) ORDER BY f.m"
        ),
        ["1|0|NULL|1", "2|1|3.00|1", "6|5|22.50|3", "13|12|32.84|3"]
    );
    assert_eq!(
        rows(
            "SELECT a.VentaID FROM banco_datos a WHERE a.Cantidad > (SELECT AVG(b.Cantidad) FROM banco_datos b WHERE b.Fecha < a.Fecha)"
        ),
        ["6"]
    );
    // Of a grouped query the values are its groups'.
    assert_eq!(
        rows(
            "SELECT t.mes, SUM(t.Cantidad), (SELECT SUM(b.Cantidad) FROM banco_datos b WHERE b.mes <= t.mes) AS hasta FROM banco_datos t GROUP BY t.mes ORDER BY hasta"
        ),
        ["1|3.00|3.00", "2|11.50|14.50", "5|8.00|22.50", "6|8.34|30.84", "12|2.00|32.84"]
    );
    let grouped_by_expression = "SELECT YEAR(t.Fecha), (SELECT COUNT(*) FROM banco_datos b WHERE b.ano < YEAR(t.Fecha)) FROM banco_datos t GROUP BY YEAR(t.Fecha), t.Fecha HAVING t.Fecha = '2025-06-02'";
    assert_eq!(rows(grouped_by_expression), ["2025|3"]);
}

#[test]
fn a_value_may_be_the_first_of_several() {
    assert_eq!(
        rows(
            "SELECT d.ciudad, (SELECT TOP 1 b.VentaID FROM banco_datos b WHERE b.ciudad = d.ciudad ORDER BY b.TotalSinIva DESC, b.VentaID) FROM (SELECT DISTINCT ciudad FROM banco_datos) d ORDER BY d.ciudad"
        ),
        ["CAMPOALEGRE|11", "FLORENCIA|8", "NEIVA|1", "PALERMO|6"]
    );
    // The collation's equality ties them, NULL ties nothing.
    assert_eq!(
        rows(
            "SELECT m.marca, (SELECT TOP 1 x.VentaID FROM banco_datos x WHERE x.marca = m.marca ORDER BY x.VentaID) FROM (SELECT DISTINCT marca FROM banco_datos) m ORDER BY m.marca"
        ),
        ["NULL|NULL", "|10", "ACESCO|6", "CORONA|11", "PAVCO|1", "SIKA|3"]
    );
    // Each query around a query is another one's outside.
    assert_eq!(
        rows(
            "SELECT d.m, (SELECT COUNT(*) FROM banco_datos b WHERE b.mes <= d.m AND b.Cantidad >= (SELECT MAX(c.Cantidad) FROM banco_datos c WHERE c.mes < b.mes)) FROM (VALUES (2), (6)) AS d(m) ORDER BY d.m"
        ),
        ["2|1", "6|1"]
    );
    let two =
        "SELECT d.m, (SELECT b.VentaID FROM banco_datos b WHERE b.mes <= d.m) FROM (VALUES (6)) AS d(m)";
    assert!(matches!(answer(two), Err(EngineError::Unsupported { .. } | EngineError::Calculation { .. })));
}
