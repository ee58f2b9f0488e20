use crate::guard::{Policy, Rule, check};

fn rule(sql: &str) -> Option<Rule> {
    check(sql, &Policy::default()).err().map(|refusal| refusal.rule)
}

/// A join of the whole table with itself.
fn joined(condition: &str) -> Option<Rule> {
    rule(&format!("SELECT COUNT(*) FROM banco_datos a JOIN banco_datos b ON {condition}"))
}

#[test]
fn an_equality_ties_only_where_both_sides_vary() {
    for tie in [
        "a.VentaID = b.VentaID",
        "DATEADD(DAY, 1, a.Fecha) = b.Fecha",
        "a.VentaID % 10000 = b.VentaID % 10000",
        "LEFT(a.marca, 3) = LEFT(b.marca, 3)",
        "ISNULL(a.marca, '') = ISNULL(b.marca, '')",
    ] {
        assert_eq!(joined(tie), None, "{tie}");
    }
    for sham in [
        "a.VentaID * 0 = b.VentaID * 0.0",
        "a.VentaID / a.VentaID = b.VentaID / b.VentaID",
        "(a.VentaID) % 2 = b.VentaID % 2",
        "LEN(a.marca) = LEN(b.marca)",
        "IIF(a.dia = 1, 1, 2) = IIF(b.dia = 1, 1, 2)",
    ] {
        assert_eq!(joined(sham), Some(Rule::CartesianProduct), "{sham}");
    }
}

#[test]
fn a_subquery_is_tied_to_the_rows_it_runs_for() {
    let count = |condition: &str| {
        rule(&format!(
            "SELECT COUNT(*) FROM banco_datos a WHERE 1 = (SELECT COUNT(*) FROM banco_datos b WHERE {condition})"
        ))
    };
    assert_eq!(count("b.marca = a.marca AND b.Fecha < a.Fecha"), None);
    assert_eq!(count("b.Fecha < '2025-01-01'"), None);
    assert_eq!(count("b.Fecha < a.Fecha"), Some(Rule::CorrelatedScan));
    // Over the few rows of a grouping, or of few rows, the same is done in time.
    let grouped = "SELECT a.mes, (SELECT COUNT(*) FROM banco_datos b WHERE b.mes < a.mes) FROM banco_datos a GROUP BY a.mes";
    assert_eq!(rule(grouped), None);
    let short = "SELECT COUNT(*) FROM banco_datos a WHERE EXISTS (SELECT 1 FROM (SELECT DISTINCT mes FROM banco_datos) m WHERE m.mes < a.mes)";
    assert_eq!(rule(short), None);
    // The name `a` is the inner query's own.
    let own = "SELECT COUNT(*) FROM banco_datos a WHERE 1 = (SELECT COUNT(*) FROM banco_datos a WHERE a.dia < a.mes)";
    assert_eq!(rule(own), None);
}

/// A recursive query whose member joins `numbered`.
fn recursive(numbered: &str, tie: &str) -> Option<Rule> {
    rule(&format!(
        "WITH s AS ({numbered}), r AS (SELECT 1 AS i, 1 AS g UNION ALL SELECT r.i + 1, 1 FROM s JOIN r ON {tie}) SELECT COUNT(*) FROM r"
    ))
}

#[test]
fn a_recursive_member_may_meet_one_row_a_level() {
    let numbered = "SELECT ROW_NUMBER() OVER (ORDER BY mes) AS i, mes FROM banco_datos GROUP BY mes";
    assert_eq!(recursive(numbered, "s.i = r.i + 1"), None);
    assert_eq!(recursive(numbered, "s.mes = r.i"), None, "the groups are a key too");
    assert_eq!(recursive(numbered, "s.i % 2 = r.i"), Some(Rule::RecursiveProduct));
    assert_eq!(recursive(numbered, "s.i > r.i"), Some(Rule::RecursiveProduct));
    let parts = "SELECT ROW_NUMBER() OVER (PARTITION BY marca ORDER BY Fecha) AS i, TercerosID AS g, marca FROM banco_datos";
    assert_eq!(recursive(parts, "s.i = r.i + 1"), Some(Rule::RecursiveProduct));
    assert_eq!(recursive("SELECT DISTINCT mes AS i FROM banco_datos", "s.i = r.i + 1"), None);
    assert_eq!(recursive("SELECT mes AS i FROM banco_datos", "s.i = r.i + 1"), Some(Rule::RecursiveProduct));
    assert_eq!(recursive("SELECT i FROM (VALUES (1), (2)) v(i)", "s.i = r.i + 1"), None);
    assert_eq!(
        recursive("SELECT i FROM (VALUES (1), (01)) v(i)", "s.i = r.i + 1"),
        Some(Rule::RecursiveProduct)
    );
}

#[test]
fn recursive_text_may_grow_by_what_a_level_adds() {
    let path = |next: &str| {
        rule(&format!(
            "WITH r AS (SELECT 1 AS n, CAST('a' AS VARCHAR(MAX)) AS s UNION ALL SELECT n + 1, {next} FROM r WHERE n < 50) SELECT s FROM r"
        ))
    };
    assert_eq!(path("s + ' > ' + CAST(n AS VARCHAR(10))"), None);
    assert_eq!(path("CONCAT(s, N',', n)"), None);
    assert_eq!(path("s + s"), Some(Rule::TextGrowth));
    assert_eq!(path("REPLACE(s, 'a', 'aa')"), Some(Rule::TextGrowth));
    assert_eq!(path("CONCAT(s, REVERSE(s))"), Some(Rule::TextGrowth));
}

#[test]
fn text_is_followed_through_queries() {
    let eight = "s + s + s + s + s + s + s + s";
    let nested = |levels: usize, text: &str| {
        let inner = format!("SELECT {text} AS s FROM banco_datos");
        let whole =
            (0..levels).fold(inner, |inner, level| format!("SELECT {eight} AS s FROM ({inner}) AS t{level}"));
        rule(&whole)
    };
    assert_eq!(nested(2, "CAST(marca AS VARCHAR(MAX))"), None);
    assert_eq!(nested(5, "CAST(marca AS VARCHAR(MAX))"), Some(Rule::TextGrowth));
    assert_eq!(nested(5, "CAST(VentaID AS BIGINT)"), None, "a sum of numbers is a number");
    assert_eq!(nested(5, "marca"), None, "the server cuts at 8 000 bytes");
    let laundered = "SELECT REPLACE(v, 'b', 'cccccccccccccccccccccccccccccc') FROM (SELECT REPLACE(CAST(marca AS VARCHAR(MAX)), 'a', 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb') AS x, marca AS y FROM banco_datos) t UNPIVOT (v FOR n IN (x, y)) u";
    assert_eq!(rule(laundered), Some(Rule::TextGrowth));
}

#[test]
fn ctes_are_counted_where_they_are_named() {
    let chain = |links: usize| {
        let ctes: Vec<String> = (1..links)
            .map(|n| format!("c{n} AS (SELECT ano FROM c{0} UNION ALL SELECT ano FROM c{0})", n - 1))
            .collect();
        rule(&format!(
            "WITH c0 AS (SELECT ano FROM banco_datos), {} SELECT COUNT(*) FROM c{}",
            ctes.join(", "),
            links - 1
        ))
    };
    assert_eq!(chain(7), None);
    assert_eq!(chain(10), Some(Rule::TooManyCopies));
}
