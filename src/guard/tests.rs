use std::time::{Duration, Instant};

use super::*;

fn verdict(sql: &str) -> Result<String, Rule> {
    check(sql, &Policy::default()).map(|sql| sql.text().to_string()).map_err(|refusal| refusal.rule)
}

#[test]
fn the_canonical_text_is_laid_out_for_reading() {
    let sql = "with m as (select marca, sum(TotalMasIva) v from [banco_datos] b (nolock) where ano=2025 and ciudad in ('Pasto','Ipiales') group by marca)
        select top 5 m.marca 'La marca', m.v, Doble = m.v*2, case when m.v>=1000000 then N'muy grande, de más de un millón' when m.v>=1000 then 'mediana' else 'pequeña' end tamaño
        from m join (select distinct marca from banco_datos) d on d.marca=m.marca order by m.v desc option(recompile)";
    let expected = "\
WITH m AS (
    SELECT marca, sum(TotalMasIva) AS v";
    let text = verdict(sql).expect("honest");
    assert!(text.starts_with(&expected.replace("sum", "SUM")), "{text}");
    assert_eq!(
        text,
        "WITH m AS (
    SELECT marca, SUM(TotalMasIva) AS v
    FROM [banco_datos] AS b WITH (nolock)
    WHERE ano = 2025 AND ciudad IN ('Pasto', 'Ipiales')
    GROUP BY marca
)
SELECT TOP 5
    m.marca AS [La marca],
    m.v,
    m.v * 2 AS Doble,
    CASE
        WHEN m.v >= 1000000 THEN N'muy grande, de más de un millón'
        WHEN m.v >= 1000 THEN 'mediana'
        ELSE 'pequeña'
    END AS tamaño
FROM m
    JOIN (
        SELECT DISTINCT marca
        FROM banco_datos
    ) AS d ON d.marca = m.marca
ORDER BY m.v DESC
OPTION (RECOMPILE)"
    );
}

#[test]
fn delimiters_and_literals_are_escaped_again() {
    let text = verdict("SELECT 'a''b' AS [x]]; DROP TABLE t --], N'ñ''' AS \"c\"\"d]\"").expect("harmless");
    assert_eq!(text, "SELECT 'a''b' AS [x]]; DROP TABLE t --], N'ñ''' AS [c\"d]]]");
}

#[test]
fn a_literal_that_touches_a_name_is_another_dialect() {
    assert_eq!(verdict(r"SELECT E'\''; DROP TABLE banco_datos --'"), Err(Rule::UnsupportedSyntax));
    assert!(verdict("SELECT SUM(dia)'d', MAX(mes) 'm' FROM banco_datos").is_ok());
}

#[test]
fn tables_are_written_as_they_are_defined() {
    let text =
        verdict("WITH Nomina AS (SELECT 1 AS a) SELECT nomina.a FROM NOMINA AS nomina, [DBO].BANCO_Datos x");
    assert_eq!(
        text.expect("harmless"),
        "WITH Nomina AS (
    SELECT 1 AS a
)
SELECT nomina.a
FROM Nomina AS nomina,
    [dbo].banco_datos AS x"
    );
}

#[test]
fn a_line_joined_inside_a_literal_is_refused() {
    assert_eq!(verdict("SELECT 'a\\\nb'"), Err(Rule::UnsupportedSyntax));
    assert!(verdict("SELECT 'a\\b\nc'").is_ok());
}

#[test]
fn a_text_is_an_alias_only_where_nothing_else_can_stand() {
    let canonical = [
        (
            "SELECT TOP 5 'Total' AS t, dia 'd' FROM banco_datos",
            "SELECT TOP 5 'Total' AS t, dia AS [d]\nFROM banco_datos",
        ),
        ("SELECT TOP (5) 'Total' t, SUM(dia) 'd'", "SELECT TOP (5) 'Total' AS t, SUM(dia) AS [d]"),
        ("SELECT 'a' = 1, 'b' = 'c'", "SELECT 1 AS [a], 'c' AS [b]"),
        (
            "SELECT DISTINCT 'a' 'b', 'c', CASE WHEN 'a' = 'b' THEN 'x' END 'y'",
            "SELECT DISTINCT 'a' AS [b], 'c', CASE WHEN 'a' = 'b' THEN 'x' END AS [y]",
        ),
        (
            "SELECT IIF('a' = marca, 'x', 'y') FROM banco_datos WHERE 'a' = marca",
            "SELECT IIF('a' = marca, 'x', 'y')\nFROM banco_datos\nWHERE 'a' = marca",
        ),
    ];
    for (sql, expected) in canonical {
        assert_eq!(verdict(sql).as_deref(), Ok(expected), "{sql}");
    }
    assert_eq!(verdict("SELECT TOP 1 'a' = 'a'"), Err(Rule::UnsupportedSyntax));
}

/// The tree of the first column, or of the condition behind `WHERE`, with every operation in parentheses.
fn grouped(sql: &str) -> String {
    fn shown(expr: &sqlparser::ast::Expr) -> String {
        use sqlparser::ast::Expr as E;
        match expr {
            E::BinaryOp { left, op, right } => format!("({} {op} {})", shown(left), shown(right)),
            E::UnaryOp { op, expr } => format!("({op} {})", shown(expr)),
            E::IsDistinctFrom(left, right) => format!("({} <> {})", shown(left), shown(right)),
            E::IsNotDistinctFrom(left, right) => format!("({} == {})", shown(left), shown(right)),
            other => other.to_string(),
        }
    }
    let passed = check(sql, &Policy::default()).expect("harmless");
    let sqlparser::ast::SetExpr::Select(select) = passed.query().body.as_ref() else { panic!("{sql}") };
    match (&select.selection, select.projection.first()) {
        (Some(condition), _) => shown(condition),
        (None, Some(sqlparser::ast::SelectItem::UnnamedExpr(expr))) => shown(expr),
        _ => panic!("{sql}"),
    }
}

#[test]
fn operators_bind_as_on_the_server() {
    let where_ = |condition: &str| grouped(&format!("SELECT 1 FROM banco_datos WHERE {condition}"));
    assert_eq!(
        where_("ano IS DISTINCT FROM 2025 AND mes = 1 OR dia = 2"),
        "(((ano <> 2025) AND (mes = 1)) OR (dia = 2))"
    );
    assert_eq!(
        where_("ano IS NOT DISTINCT FROM mes + 1 AND NOT dia = 2"),
        "((ano == (mes + 1)) AND (NOT (dia = 2)))"
    );
    assert_eq!(where_("1 = 1 AND ano IS NOT DISTINCT FROM NULL"), "((1 = 1) AND (ano == NULL))");
    assert_eq!(grouped("SELECT 1 & 2 + 3 | 4 * 5 ^ 6"), "((((1 & 2) + 3) | (4 * 5)) ^ 6)");
    assert_eq!(grouped("SELECT ~1 * 2 - ~3"), "(((~ 1) * 2) - (~ 3))");
    assert_eq!(grouped("SELECT -1 * 2 % 3"), "(((- 1) * 2) % 3)");
}

#[test]
fn the_text_of_trim_is_no_alias() {
    let sql = "SELECT TRIM(BOTH ' .' FROM marca), TRIM(LEADING '0' FROM marca) 'a' FROM banco_datos";
    assert_eq!(
        verdict(sql).as_deref(),
        Ok("SELECT TRIM(BOTH ' .' FROM marca), TRIM(LEADING '0' FROM marca) AS [a]\nFROM banco_datos")
    );
}

#[test]
fn two_minus_signs_never_touch() {
    assert_eq!(verdict("SELECT - - 1, 1 - - 1, -(-1)"), Ok("SELECT - -1, 1 - -1, -(-1)".to_string()));
}

#[test]
fn the_tree_is_that_of_the_text_without_its_options() {
    let passed =
        check("SELECT marca FROM banco_datos OPTION (MAXDOP 1)", &Policy::default()).expect("honest");
    let plain = check("SELECT marca FROM banco_datos", &Policy::default()).expect("honest");
    assert_eq!(passed.query(), plain.query());
    assert_ne!(passed.sha256(), plain.sha256());
    assert_eq!(plain.sha256_hex().len(), 64);
}

#[test]
fn levels_are_bounded_at_sixty_four() {
    let nested = |levels: usize| format!("SELECT {}1{}", "(".repeat(levels), ")".repeat(levels));
    assert!(verdict(&nested(64)).is_ok());
    assert_eq!(verdict(&nested(65)), Err(Rule::TooDeep));
    let cases = |levels: usize| {
        format!("SELECT {}1{}", "CASE WHEN 1 = 1 THEN ".repeat(levels), " END".repeat(levels))
    };
    assert!(verdict(&cases(64)).is_ok());
    assert_eq!(verdict(&cases(65)), Err(Rule::TooDeep));
    let comments = |levels: usize| format!("SELECT 1 {}{}", "/*".repeat(levels), "*/".repeat(levels));
    assert!(verdict(&comments(64)).is_ok());
    assert_eq!(verdict(&comments(65)), Err(Rule::TooDeep));
}

#[test]
fn names_have_at_most_four_parts_and_call_nothing() {
    assert!(verdict("SELECT b.marca, dbo.banco_datos.marca, [b].[marca] FROM dbo.banco_datos b").is_ok());
    assert_eq!(verdict("SELECT a.b.c.d.e FROM banco_datos"), Err(Rule::OtherDatabase));
    assert_eq!(verdict("SELECT b.CAST(1 AS INT) FROM banco_datos b"), Err(Rule::QualifiedFunction));
    assert_eq!(verdict("SELECT b.CASE WHEN 1 = 1 THEN 1 END FROM banco_datos b"), Err(Rule::NotSql));
    assert_eq!(verdict("SELECT (marca).x FROM banco_datos"), Err(Rule::NotSql));
}

#[test]
fn chains_and_lists_are_bounded() {
    let ors =
        |terms: usize| format!("SELECT 1 FROM banco_datos WHERE {}", vec!["dia = 1"; terms].join(" OR "));
    assert!(verdict(&ors(100)).is_ok());
    assert_eq!(verdict(&ors(1_000)), Err(Rule::TooComplex));
    let list =
        |values: usize| format!("SELECT 1 FROM banco_datos WHERE dia IN ({})", vec!["1"; values].join(","));
    assert!(verdict(&list(1_000)).is_ok());
    assert_eq!(verdict(&list(1_002)), Err(Rule::ListTooLong));
    assert_eq!(verdict(&vec!["SELECT 1"; 200].join(" UNION ALL ")), Err(Rule::TooComplex));
}

/// Texts that are as long and as deep as the rules allow, or far beyond.
fn hostile() -> Vec<String> {
    let wrap = |open: &str, levels: usize, inner: &str, close: &str| {
        format!("{}{inner}{}", open.repeat(levels), close.repeat(levels))
    };
    let deep = [
        ("SELECT ", "(", "1", ")"),
        ("SELECT ", "(SELECT ", "1", ")"),
        ("SELECT ", "CAST(", "x AS BAD..", " AS INT)"),
        ("SELECT ", "CAST(", "1", " AS INT)"),
        ("SELECT ", "CONVERT(INT, ", "1", ")"),
        ("SELECT ", "ISNULL(", "1", ", 0)"),
        ("SELECT ", "TRIM(", "1 FROM", ")"),
        ("SELECT ", "SUBSTRING(", "1", ")"),
        ("SELECT ", "CASE WHEN 1=1 THEN ", "1", " END"),
        ("SELECT ", "CASE WHEN ", "1", " END"),
        ("SELECT ", "NOT ", "1", ""),
        ("SELECT ", "- ", "1", ""),
        ("SELECT ", "~", "1", ""),
        ("SELECT 1 WHERE 1 ", "IN ((", "1", "))"),
        ("SELECT 1 WHERE ", "EXISTS (SELECT 1 WHERE ", "1=1", ")"),
        ("SELECT 1 WHERE 1 ", "IN ((SELECT 1 WHERE 1 ", "= 1", ") + 1)"),
        ("SELECT * FROM ", "(", "banco_datos", ")"),
        ("SELECT * FROM ", "((SELECT * FROM ", "banco_datos", ") x JOIN banco_datos y ON 1=1)"),
        ("SELECT * FROM ", "(SELECT * FROM ", "banco_datos", ") AS x"),
        ("SELECT * FROM ", "(SELECT * FROM banco_datos b CROSS APPLY ", "banco_datos", ") AS x"),
        ("", "(", "SELECT 1", ")"),
        ("", "(SELECT 1 UNION ", "SELECT 1", ")"),
        ("SELECT ROUND(", "SUM(x) OVER (PARTITION BY ", "1", ")"),
        ("SELECT ", "a.", "b", ""),
        ("SELECT 1 & ", "a.", "", ""),
        ("SELECT 1 & ", "a.CAST(1 & ", "1", " AS INT)"),
        ("SELECT 1 & ", "a.CASE WHEN 1=1 THEN 1 & ", "1", " END"),
        ("SELECT 1 & ", "a.NOT ", "1", ""),
        ("SELECT 1 & ", "a.-", "1", ""),
        ("SELECT 1 & ", "a.b.c + ", "1", ""),
        ("SELECT 1 & ", "a.INTERVAL ", "1", ""),
        ("SELECT ", "LEFT(", "1", ", 1)"),
        ("SELECT ", "EXTRACT(", "1", ")"),
        ("SELECT ", "POSITION(", "1 IN 1", ")"),
        ("SELECT ", "TRY_CONVERT(INT, ", "1", ")"),
        ("SELECT ", "IIF(1 = 1, ", "1", ", 0)"),
        ("SELECT ", "COUNT(DISTINCT ", "1", ")"),
        ("SELECT ", "STRING_AGG(", "1", ", ',') WITHIN GROUP (ORDER BY 1)"),
        ("SELECT ", "SUM(1) OVER (ORDER BY ", "1", ")"),
        ("SELECT 1 WHERE ", "1 BETWEEN 1 AND (", "1", ")"),
        ("SELECT 1 WHERE ", "1 LIKE (", "1", ")"),
        ("SELECT 1 WHERE ", "1 = ALL (SELECT ", "1", ")"),
        ("SELECT 1 GROUP BY ", "ROLLUP (", "1", ")"),
        ("SELECT 1 GROUP BY ", "GROUPING SETS (", "1", ")"),
        ("SELECT * FROM ", "(VALUES (", "1", ")) x(a)"),
        ("SELECT * FROM banco_datos x ", "CROSS APPLY (SELECT 1 a FROM banco_datos y ", "", ") z"),
        ("SELECT * FROM ", "banco_datos b JOIN (", "banco_datos", ")"),
        ("WITH c AS ", "(SELECT 1 a FROM ", "(SELECT 1 b)", " x)"),
        ("SELECT ", "a AT TIME ZONE ", "'x'", ""),
        ("SELECT ", "{fn ", "1", "}"),
        ("SELECT 1 ", "/*", "", "*/"),
        ("SELECT * FROM banco_datos ", "PIVOT (SUM(a) FOR b IN ([1])) p ", "", ""),
        ("SELECT ", "1 + ", "1", ""),
        ("SELECT 1 WHERE ", "1 = 1 OR ", "1 = 1", ""),
        ("SELECT 1 ", "COLLATE x ", "", ""),
        ("SELECT 1 WHERE 1 ", "IS NULL ", "", ""),
        ("SELECT 1 ", "UNION SELECT 1 ", "", ""),
        ("SELECT 1 ", ", 1", "", ""),
        ("SELECT * FROM banco_datos a ", "JOIN banco_datos b ON a.dia = b.dia ", "", ""),
        ("WITH c AS (SELECT 1 a) ", ", c AS (SELECT 1 a)", "", " SELECT 1"),
    ];
    let mut texts = Vec::new();
    for (head, open, inner, close) in deep {
        for levels in [12, 31, 63, 290, 1_900, 200_000] {
            texts.push(format!("{head}{}", wrap(open, levels, inner, close)));
        }
        // A parser that goes back at an error goes back at every level.
        for levels in [12, 31, 63] {
            for wrong in [" +", " .", " FROM", " 1", " AS INT", " ,"] {
                texts.push(format!("{head}{}", wrap(open, levels, &format!("{inner}{wrong}"), close)));
                texts.push(format!("{head}1 & {}{wrong}", wrap(open, levels, inner, close)));
            }
        }
    }
    texts.extend(
        ["'", "\"", "[", "/*", "--", "a", "1", "\u{301}", "ñ", ";", "(", ")", "END ", "@", "\r\n", " "]
            .map(|s| s.repeat(300_000)),
    );
    texts.push(format!("SELECT '{}'", "x".repeat(31_000)));
    texts
}

#[test]
fn hostile_sizes_are_judged_quickly_on_a_small_stack() {
    let judged = std::thread::Builder::new().stack_size(1024 * 1024).spawn(|| {
        for text in hostile() {
            let start = Instant::now();
            let passed = check(&text, &Policy::default());
            drop(passed);
            let took = start.elapsed();
            let head: String = text.chars().take(60).collect();
            assert!(took < Duration::from_secs(3), "{took:?} for {} bytes of {head}", text.len());
            if text.len() < 100_000 {
                assert!(highlight(&text).iter().all(|(range, _)| text.get(range.clone()).is_some()));
            }
        }
    });
    judged.expect("a thread").join().expect("no panic, no overflow");
}

#[test]
fn highlighting_covers_every_character_that_is_no_blank() {
    for text in ["SELECT 'a -- ñ", "[x /*", "día @x #y {z} 1abc", "SELECT \"a\"\"b\" 😀", ""] {
        let mut seen = vec![false; text.len()];
        let mut last = 0;
        for (range, _) in highlight(text) {
            assert!(range.start >= last && text.get(range.clone()).is_some());
            last = range.end;
            seen[range].fill(true);
        }
        for (index, byte) in text.bytes().enumerate() {
            assert!(seen[index] || byte.is_ascii_whitespace(), "{text:?} at {index}");
        }
    }
}

#[test]
fn highlighting_tells_the_classes_apart() {
    let classes: Vec<_> = highlight("SELECT SUM(x), 'a' FROM [t] -- c\nWHERE 1 = @p DROP")
        .into_iter()
        .map(|(_, c)| c)
        .collect();
    use TokenClass::*;
    assert_eq!(
        classes,
        [
            Keyword, Function, Operator, Identifier, Operator, Operator, Text, Keyword, Identifier, Comment,
            Keyword, Number, Operator, Refused, Refused
        ]
    );
}
