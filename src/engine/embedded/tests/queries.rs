//! Whole queries over the small table.

use super::fixture::{answer, rows};
use crate::engine::EngineError;

#[test]
fn texts_are_compared_and_grouped_by_the_collation() {
    assert_eq!(rows("SELECT COUNT(*) FROM banco_datos WHERE marca = 'pavco'"), ["3"]);
    assert_eq!(rows("SELECT COUNT(*) FROM banco_datos WHERE marca IN (N'sika', 'ACESCO ')"), ["5"]);
    assert_eq!(rows("SELECT COUNT(*) FROM banco_datos WHERE TercerosNombres = 'NUNEZ'"), ["0"]);
    assert_eq!(rows("SELECT COUNT(*) FROM banco_datos WHERE TercerosNombres LIKE 'núñ%'"), ["1"]);
    assert_eq!(rows("SELECT COUNT(DISTINCT marca) FROM banco_datos"), ["5"]);
    assert_eq!(
        rows("SELECT UPPER(RTRIM(marca)), COUNT(*) AS n FROM banco_datos GROUP BY marca ORDER BY marca"),
        ["NULL|1", "|1", "ACESCO|3", "CORONA|2", "PAVCO|3", "SIKA|2"]
    );
    let brands = rows("SELECT DISTINCT marca FROM banco_datos ORDER BY marca DESC");
    assert_eq!(brands.len(), 6, "{brands:?}");
    assert_eq!(brands.last().map(String::as_str), Some("NULL"));
    assert_eq!(
        rows("SELECT MIN(TercerosNombres), MAX(TercerosNombres) FROM banco_datos"),
        ["ANA RUIZ|ÑUSTES"]
    );
}

#[test]
fn a_sum_beside_a_distinct_count_keeps_its_type() {
    let sql = "SELECT COUNT(*) FROM (SELECT marca, CASE WHEN SUM(TotalSinIva) > 500 AND COUNT(DISTINCT NumeroDocumento) > 1 THEN 'A' WHEN SUM(TotalSinIva) > 0 THEN 'B' END AS clase FROM banco_datos GROUP BY marca HAVING SUM(TotalSinIva) > 0 AND COUNT(DISTINCT NumeroDocumento) > 0) AS x";
    assert_eq!(rows(sql).len(), 1);
}

#[test]
fn identifiers_are_found_in_any_case_and_keep_the_tables_name() {
    let (names, rows) =
        answer("select top 1 VENTAID, [Fecha], MARCA m, ano + 1 from DBO.Banco_Datos b order by 1").unwrap();
    assert_eq!(names, ["VentaID", "Fecha", "m", ""]);
    assert_eq!(rows, ["1|2024-02-29|PAVCO|2025"]);
}

#[test]
fn money_is_added_exactly_and_ratios_have_their_scale() {
    assert_eq!(
        rows(
            "SELECT SUM(TotalSinIva), SUM(TotalSinIva - ValorCosto), 100.0 * SUM(TotalSinIva - ValorCosto) / NULLIF(SUM(TotalSinIva), 0) FROM banco_datos WHERE DocumentosCodigo NOT IN ('XY','AS','TS')"
        ),
        ["235335.17|52334.67|22.238354"]
    );
    assert_eq!(
        rows("SELECT AVG(DiasCredito), AVG(Cantidad), AVG(CAST(DiasCredito AS float)) FROM banco_datos"),
        ["30|2.736666|30.0"]
    );
    assert_eq!(rows("SELECT SUM(TotalSinIva) FROM banco_datos WHERE 1 = 0"), ["NULL"]);
    assert_eq!(rows("SELECT COUNT(*), COUNT_BIG(marca) FROM banco_datos"), ["12|11"]);
    assert_eq!(
        rows(
            "SELECT ROUND(STDEV(DiasCredito), 4), VARP(DiasCredito), STDEV(VentaID) - STDEV(VentaID) FROM banco_datos"
        ),
        ["25.5841|600.0|0.0"]
    );
}

#[test]
fn rows_are_limited_as_top_and_offset_say() {
    let sql = "SELECT TOP 2 ciudad, SUM(Cantidad) AS u FROM banco_datos GROUP BY ciudad ORDER BY u DESC";
    assert_eq!(rows(sql), ["NEIVA|16.01", "PALERMO|10.00"]);
    assert_eq!(rows("SELECT TOP (1) WITH TIES dia FROM banco_datos ORDER BY dia DESC"), ["31", "31"]);
    assert_eq!(rows("SELECT TOP 10 PERCENT VentaID FROM banco_datos ORDER BY VentaID"), ["1", "2"]);
    assert_eq!(
        rows("SELECT VentaID FROM banco_datos ORDER BY VentaID OFFSET 10 ROWS FETCH NEXT 5 ROWS ONLY"),
        ["11", "12"]
    );
    assert_eq!(rows("SELECT TOP 2 marca FROM banco_datos ORDER BY marca, VentaID"), ["NULL", ""]);
}

#[test]
fn dates_filter_and_group() {
    assert_eq!(
        rows(
            "SELECT YEAR(Fecha) AS a, MONTH(Fecha) AS m, COUNT(*) FROM banco_datos WHERE Fecha >= '2025-05-01' AND Fecha < '20250701' GROUP BY YEAR(Fecha), MONTH(Fecha) ORDER BY a, m"
        ),
        ["2025|5|2", "2025|6|6"]
    );
    assert_eq!(
        rows("SELECT COUNT(*) FROM banco_datos WHERE DATEDIFF(DAY, '1900-01-01', Fecha) % 7 + 1 = 7"),
        ["2"]
    );
    assert_eq!(rows("SELECT COUNT(*) FROM banco_datos WHERE Fecha >= DATEADD(MONTH, -1, GETDATE())"), ["7"]);
    assert_eq!(
        rows("SELECT COUNT(*) FROM banco_datos WHERE Fecha BETWEEN '2025-06-28' AND CAST(GETDATE() AS date)"),
        ["4"]
    );
}

#[test]
fn windows_rank_and_accumulate() {
    assert_eq!(
        rows(
            "SELECT ciudad, SUM(Cantidad) AS u, RANK() OVER (ORDER BY SUM(Cantidad) DESC) AS r, SUM(SUM(Cantidad)) OVER (ORDER BY ciudad ROWS UNBOUNDED PRECEDING) AS a FROM banco_datos GROUP BY ciudad ORDER BY ciudad"
        ),
        ["CAMPOALEGRE|1.50|4|1.50", "FLORENCIA|5.33|3|6.83", "NEIVA|16.01|1|22.84", "PALERMO|10.00|2|32.84"]
    );
    assert_eq!(
        rows(
            "SELECT TOP 3 VentaID, LAG(VentaID, 1, 0) OVER (ORDER BY VentaID) AS antes, LEAD(VentaID) OVER (ORDER BY VentaID) AS sig, NTILE(4) OVER (ORDER BY VentaID) AS q FROM banco_datos ORDER BY VentaID"
        ),
        ["1|0|2|1", "2|1|3|1", "3|2|4|1"]
    );
    assert_eq!(
        rows(
            "SELECT marca, v FROM (SELECT marca, SUM(Cantidad) AS v, ROW_NUMBER() OVER (PARTITION BY categoria ORDER BY SUM(Cantidad) DESC) AS rn FROM banco_datos GROUP BY marca, categoria) AS r WHERE rn = 1 ORDER BY v"
        ),
        ["CORONA|1.50", "SIKA|5.00", "PAVCO|10.50", "ACESCO|13.33"]
    );
    assert_eq!(
        rows(
            "SELECT DISTINCT PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY DiasCredito) OVER () FROM banco_datos"
        ),
        ["30.0"]
    );
}

#[test]
fn sets_unite_subtract_and_intersect() {
    assert_eq!(rows("SELECT 1 AS n UNION ALL SELECT 2.5 ORDER BY n DESC"), ["2.5", "1.0"]);
    assert_eq!(rows("SELECT 'a' AS t UNION SELECT 'A ' UNION SELECT 'b' ORDER BY t").len(), 2);
    assert_eq!(
        rows("SELECT marca FROM banco_datos WHERE ano = 2025 EXCEPT SELECT marca FROM banco_datos WHERE ano = 2024").len(),
        4
    );
    assert_eq!(
        rows("SELECT UPPER(marca) FROM banco_datos WHERE ano = 2025 INTERSECT SELECT marca FROM banco_datos WHERE ano = 2024").len(),
        2
    );
    assert_eq!(rows("SELECT NULL AS x INTERSECT SELECT NULL"), ["NULL"]);
}

#[test]
fn inner_queries_work() {
    assert_eq!(
        rows("SELECT COUNT(*) FROM banco_datos WHERE Fecha = (SELECT MAX(Fecha) FROM banco_datos)"),
        ["2"]
    );
    assert_eq!(
        rows(
            "SELECT COUNT(*) FROM banco_datos b WHERE EXISTS (SELECT 1 FROM banco_datos x WHERE x.marca = b.marca AND x.ano = 2024)"
        ),
        ["5"]
    );
    assert_eq!(
        rows(
            "SELECT COUNT(*) FROM banco_datos b WHERE NOT EXISTS (SELECT * FROM banco_datos x WHERE x.marca = b.marca AND x.ano = 2024)"
        ),
        ["7"]
    );
    assert_eq!(
        rows(
            "SELECT COUNT(*) FROM banco_datos WHERE marca IN (SELECT marca FROM banco_datos WHERE ano = 2024)"
        ),
        ["5"]
    );
    // One NULL among the values: NOT IN is never true.
    assert_eq!(
        rows(
            "SELECT COUNT(*) FROM banco_datos WHERE marca NOT IN (SELECT marca FROM banco_datos WHERE mes = 6)"
        ),
        ["0"]
    );
    assert_eq!(
        rows(
            "SELECT COUNT(*) FROM banco_datos WHERE marca NOT IN (SELECT marca FROM banco_datos WHERE ano = 2024)"
        ),
        ["6"]
    );
    assert_eq!(
        rows(
            "SELECT COUNT(*) FROM banco_datos b WHERE b.Cantidad > (SELECT AVG(x.Cantidad) FROM banco_datos x WHERE x.ciudad = b.ciudad)"
        ),
        ["4"]
    );
    // No line matches: the count is 0, the sum NULL.
    assert_eq!(
        rows(
            "SELECT d.m, (SELECT COUNT(*) FROM banco_datos x WHERE x.mes = d.m), (SELECT SUM(x.Cantidad) FROM banco_datos x WHERE x.mes = d.m) FROM (VALUES (6), (7)) AS d(m) ORDER BY d.m"
        ),
        ["6|6|8.34", "7|0|NULL"]
    );
    let error = answer("SELECT (SELECT VentaID FROM banco_datos)").unwrap_err();
    assert!(matches!(&error, EngineError::Calculation { detail } if detail.starts_with("512")), "{error:?}");
}

#[test]
fn common_table_expressions_work_recursive_ones_too() {
    assert_eq!(
        rows(
            "WITH m AS (SELECT marca, SUM(Cantidad) AS v FROM banco_datos GROUP BY marca) SELECT TOP 1 m.v, (SELECT COUNT(*) FROM m) FROM m ORDER BY v DESC"
        ),
        ["13.33|6"]
    );
    assert_eq!(
        rows(
            "WITH dias AS (SELECT 1 AS d UNION ALL SELECT d + 1 FROM dias WHERE d < 31) SELECT COUNT(*), SUM(d) FROM dias"
        ),
        ["31|496"]
    );
    let error = answer(
        "WITH n AS (SELECT 1 AS d UNION ALL SELECT d + 1 FROM n WHERE d < 500) SELECT COUNT(*) FROM n",
    )
    .unwrap_err();
    assert!(matches!(&error, EngineError::Calculation { detail } if detail.starts_with("530")), "{error:?}");
}

#[test]
fn joins_and_applies_work() {
    assert_eq!(
        rows(
            "SELECT COUNT(*) FROM banco_datos AS a JOIN banco_datos AS b ON b.NumeroDocumento = a.NumeroDocumento AND b.VentaID > a.VentaID"
        ),
        ["2"]
    );
    assert_eq!(
        rows(
            "SELECT d.m, COUNT(b.VentaID) FROM (VALUES (5), (6), (7)) AS d(m) LEFT JOIN banco_datos b ON b.mes = d.m GROUP BY d.m ORDER BY d.m"
        ),
        ["5|2", "6|6", "7|0"]
    );
    assert_eq!(
        rows(
            "SELECT d.c, u.m FROM (SELECT DISTINCT ciudad AS c FROM banco_datos) AS d CROSS APPLY (SELECT MAX(Fecha) AS m FROM banco_datos b WHERE b.ciudad = d.c) AS u ORDER BY d.c"
        ),
        ["CAMPOALEGRE|2025-06-30", "FLORENCIA|2025-06-15", "NEIVA|2025-06-29", "PALERMO|2025-06-28"]
    );
    assert_eq!(
        rows(
            "SELECT b.VentaID, v.k, v.x FROM banco_datos b CROSS APPLY (VALUES ('u', b.Cantidad), ('v', b.TotalSinIva)) AS v(k, x) WHERE b.VentaID = 1 ORDER BY v.k"
        ),
        ["1|u|10.00", "1|v|100000.00"]
    );
    assert_eq!(
        rows(
            "SELECT s.value AS parte, COUNT(*) AS n FROM banco_datos b CROSS APPLY STRING_SPLIT(b.ArticulosNombre, ' ') AS s GROUP BY s.value ORDER BY parte"
        ),
        ["3/4”|12", "6m|12", "PVC|12", "TUBO|12", "x|12"]
    );
    assert_eq!(
        rows(
            "SELECT TOP 1 b.VentaID, g.margen FROM banco_datos b CROSS APPLY (SELECT b.TotalSinIva - b.ValorCosto AS margen) AS g ORDER BY g.margen DESC"
        ),
        ["6|980000.00"]
    );
}

#[test]
fn tables_turn() {
    assert_eq!(
        rows(
            "SELECT ciudad, [2024], [2025] FROM (SELECT ciudad, ano, Cantidad FROM banco_datos) AS s PIVOT (SUM(Cantidad) FOR ano IN ([2024], [2025])) AS p ORDER BY ciudad"
        ),
        ["CAMPOALEGRE|NULL|1.50", "FLORENCIA|2.00|3.33", "NEIVA|11.50|4.51", "PALERMO|NULL|10.00"]
    );
    assert_eq!(
        rows(
            "SELECT c, v FROM (SELECT VentaID, TotalSinIva, ValorCosto FROM banco_datos WHERE VentaID = 1) AS s UNPIVOT (v FOR c IN (TotalSinIva, ValorCosto)) AS u ORDER BY c"
        ),
        ["TotalSinIva|100000.00", "ValorCosto|70000.00"]
    );
}

#[test]
fn grouping_sets_add_totals() {
    assert_eq!(
        rows(
            "SELECT ciudad, SUM(Cantidad) AS u, GROUPING(ciudad) AS g FROM banco_datos GROUP BY ROLLUP(ciudad) ORDER BY g, ciudad"
        ),
        ["CAMPOALEGRE|1.50|0", "FLORENCIA|5.33|0", "NEIVA|16.01|0", "PALERMO|10.00|0", "NULL|32.84|1"]
    );
    assert_eq!(
        rows("SELECT ano, ciudad, COUNT(*) FROM banco_datos GROUP BY CUBE(ano, ciudad)").len(),
        6 + 2 + 4 + 1
    );
}

#[test]
fn texts_are_collected_in_order() {
    assert_eq!(
        rows(
            "SELECT ciudad, STRING_AGG(c, ', ') WITHIN GROUP (ORDER BY c DESC) FROM (SELECT DISTINCT ciudad, categoria AS c FROM banco_datos) AS d GROUP BY ciudad ORDER BY ciudad"
        ),
        [
            "CAMPOALEGRE|VARIOS",
            "FLORENCIA|ZINC, CEMENTO",
            "NEIVA|ZINC, VARIOS, TUBERIA, CEMENTO",
            "PALERMO|ZINC"
        ]
    );
}

#[test]
fn rules_of_grouping_hold() {
    for (sql, number) in [
        ("SELECT ciudad, marca FROM banco_datos GROUP BY ciudad", "8120"),
        ("SELECT ciudad FROM banco_datos WHERE SUM(Cantidad) > 1", "147"),
        ("SELECT DISTINCT ciudad FROM banco_datos ORDER BY marca", "145"),
        ("SELECT * FROM (SELECT ciudad FROM banco_datos ORDER BY 1) AS x", "1033"),
        ("SELECT a.ano FROM banco_datos a, banco_datos b WHERE ciudad = 'x'", "209"),
        ("SELECT x FROM otra", "208"),
    ] {
        match answer(sql) {
            Err(EngineError::Invalid { detail }) => assert!(detail.starts_with(number), "{sql}: {detail}"),
            other => panic!("{sql}: {other:?}"),
        }
    }
}

#[test]
fn a_condition_that_can_fail_sees_only_rows_that_pass_the_others() {
    assert_eq!(
        rows("SELECT COUNT(*) FROM banco_datos WHERE DiasCredito <> 0 AND 60 / DiasCredito = 2"),
        ["4"]
    );
    assert_eq!(
        rows("SELECT COUNT(*) FROM banco_datos WHERE 60 / DiasCredito = 2 AND DiasCredito <> 0"),
        ["4"]
    );
    assert_eq!(
        rows("SELECT SUM(CASE WHEN DiasCredito <> 0 THEN 60 / DiasCredito ELSE 0 END) FROM banco_datos"),
        ["12"]
    );
}

#[test]
fn rows_without_needed_columns_are_counted_and_numbered() {
    let ab = "(VALUES (0),(0),(0)) AS a(x) CROSS JOIN (VALUES (0),(0)) AS b(x)";
    assert_eq!(rows(&format!("SELECT COUNT(*) FROM {ab}")), ["6"]);
    let max = |order: &str| {
        rows(&format!(
            "SELECT MAX(i), COUNT(*) FROM (SELECT ROW_NUMBER() OVER (ORDER BY {order}) AS i FROM {ab}) AS n"
        ))
    };
    assert_eq!(max("a.x"), ["6|6"]);
    assert_eq!(max("(SELECT NULL)"), ["6|6"]);
    assert_eq!(max("(SELECT 1)"), ["6|6"]);
    assert_eq!(
        rows(
            "SELECT MAX(r), MIN(s), COUNT(*) FROM (SELECT RANK() OVER (ORDER BY (SELECT NULL)) AS r, SUM(VentaID) OVER (ORDER BY (SELECT NULL)) AS s FROM banco_datos) AS x"
        ),
        ["1|78|12"]
    );
}

#[test]
fn rows_are_cut_by_shares_with_ties_and_by_calculated_numbers() {
    let quantities = "FROM (VALUES (1), (2), (2), (3), (4)) t(v) ORDER BY v";
    assert_eq!(rows(&format!("SELECT TOP 30 PERCENT v {quantities}")), ["1", "2"]);
    assert_eq!(rows(&format!("SELECT TOP (30) PERCENT WITH TIES v {quantities}")), ["1", "2", "2"]);
    assert_eq!(rows(&format!("SELECT TOP (1 + 1) v {quantities}")), ["1", "2"]);
    assert_eq!(
        rows(&format!("SELECT v {quantities} OFFSET (3 - 1) * 1 ROWS FETCH NEXT 2 ROWS ONLY")),
        ["2", "3"]
    );
}

#[test]
fn windows_have_names_and_percentiles_are_values() {
    assert_eq!(
        rows(
            "SELECT DISTINCT SUM(v) OVER w AS s, AVG(v) OVER W AS a FROM (VALUES (1, 2), (1, 4), (2, 9)) t(g, v) WINDOW w AS (PARTITION BY g) ORDER BY s"
        ),
        ["6|3", "9|9"]
    );
    let percentile = |p: &str, direction: &str| {
        rows(&format!(
            "SELECT DISTINCT PERCENTILE_DISC({p}) WITHIN GROUP (ORDER BY v {direction}) OVER (PARTITION BY g) FROM (VALUES (1, 10.5), (1, 20.5), (1, 30.5), (1, 40.5), (1, NULL)) t(g, v)"
        ))
    };
    assert_eq!(percentile("0.5", ""), ["20.5"]);
    assert_eq!(percentile("0.51", ""), ["30.5"]);
    assert_eq!(percentile("0", ""), ["10.5"]);
    assert_eq!(percentile("1", ""), ["40.5"]);
    assert_eq!(percentile("0.5", "DESC"), ["30.5"]);
    assert_eq!(
        rows(
            "SELECT ciudad, APPROX_PERCENTILE_DISC(0.5) WITHIN GROUP (ORDER BY Cantidad), APPROX_COUNT_DISTINCT(marca) FROM banco_datos WHERE ciudad IN ('PALERMO', 'NEIVA') GROUP BY ciudad ORDER BY ciudad"
        ),
        ["NEIVA|1.50|3", "PALERMO|1.00|1"]
    );
}

#[test]
fn split_texts_have_places() {
    assert_eq!(
        rows("SELECT s.ordinal, s.value FROM STRING_SPLIT('a b c', ' ', 1) AS s ORDER BY s.ordinal DESC"),
        ["3|c", "2|b", "1|a"]
    );
    assert_eq!(
        rows(
            "SELECT t.n, s.value FROM (VALUES (1, 'x-y'), (2, 'z')) t(n, v) CROSS APPLY STRING_SPLIT(t.v, '-', 1) s WHERE s.ordinal = 1 ORDER BY t.n"
        ),
        ["1|x", "2|z"]
    );
}
