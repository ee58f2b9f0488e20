//! What must not change the guard's verdict, and what must always change it.

mod guard_texts;

use depotru::guard::{Policy, Rule, TokenClass, check, highlight};
use guard_texts::{Text, attacks, example_attacks, example_honest, honest};

fn all_honest() -> Vec<Text> {
    [honest(), example_honest()].concat()
}

fn all_attacks() -> Vec<Text> {
    [attacks(), example_attacks()].concat()
}

fn passes(sql: &str) -> bool {
    check(sql, &Policy::default()).is_ok()
}

/// Rewrites a text piece by piece, with the class of each.
fn rewrite(sql: &str, mut piece: impl FnMut(&str, TokenClass) -> String) -> String {
    let (mut out, mut at) = (String::new(), 0);
    for (range, class) in highlight(sql) {
        out.push_str(&sql[at..range.start]);
        out.push_str(&piece(&sql[range.clone()], class));
        at = range.end;
    }
    out + &sql[at..]
}

fn is_word(class: TokenClass) -> bool {
    matches!(class, TokenClass::Keyword | TokenClass::Function | TokenClass::Refused)
}

/// Changes of spelling that mean the same on the server.
fn same_meaning(sql: &str) -> Vec<String> {
    vec![
        rewrite(sql, |text, class| if is_word(class) { text.to_ascii_lowercase() } else { text.to_string() }),
        rewrite(sql, |text, class| if is_word(class) { text.to_ascii_uppercase() } else { text.to_string() }),
        rewrite(sql, |text, class| match class {
            TokenClass::Comment => text.to_string(),
            _ => format!("{text} /* x; DROP */ "),
        }),
        rewrite(sql, |text, class| match class {
            TokenClass::Comment => text.to_string(),
            _ => format!("{text}\r\n\t"),
        }),
        format!("/* a /* b */ c */\n{sql}\n-- fin"),
    ]
}

#[test]
fn spelling_does_not_let_an_attack_through() {
    for Text { class, sql } in all_attacks() {
        for variant in same_meaning(&sql) {
            assert!(!passes(&variant), "{class}: {variant:?}");
        }
    }
}

#[test]
fn spelling_does_not_stop_an_honest_query() {
    for Text { class, sql } in all_honest() {
        let original = check(&sql, &Policy::default()).expect("honest").text().to_string();
        for variant in same_meaning(&sql) {
            let judged = check(&variant, &Policy::default());
            let text =
                judged.unwrap_or_else(|refusal| panic!("{class}: {variant}\n{refusal:?}")).text().to_string();
            assert_eq!(text.to_lowercase(), original.to_lowercase(), "{class}");
        }
    }
}

#[test]
fn the_canonical_text_is_its_own_canonical_text() {
    for Text { sql, .. } in all_honest() {
        let first = check(&sql, &Policy::default()).expect("honest");
        let again = check(first.text(), &Policy::default()).expect("canonical");
        assert_eq!(again.text(), first.text());
        assert_eq!(again.query(), first.query());
        assert_eq!(again.sha256(), first.sha256());
        assert!(!first.text().contains("--") || sql.contains("'"), "{}", first.text());
    }
}

#[test]
fn the_general_parser_reads_the_canonical_text_in_the_same_way() {
    use sqlparser::{dialect::MsSqlDialect, tokenizer::Tokenizer};
    for Text { sql, .. } in all_honest() {
        let passed = check(&sql, &Policy::default()).expect("honest");
        let tokens = Tokenizer::new(&MsSqlDialect {}, passed.text()).tokenize().expect("readable");
        let theirs =
            tokens.iter().filter(|token| !matches!(token, sqlparser::tokenizer::Token::Whitespace(_)));
        assert_eq!(theirs.count(), highlight(passed.text()).len(), "{}", passed.text());
    }
}

#[test]
fn an_attack_behind_an_honest_query_is_refused() {
    let carriers = [
        "SELECT COUNT(*) AS n FROM banco_datos",
        "SELECT marca FROM banco_datos AS b",
        "SELECT 1",
        "SELECT marca FROM banco_datos WHERE ano = 2025",
        "SELECT marca FROM banco_datos GROUP BY marca ORDER BY marca",
        "WITH c AS (SELECT 1 AS a) SELECT a FROM c",
        "SELECT * FROM (SELECT 1 AS a) AS t",
        "SELECT CASE WHEN 1 = 1 THEN 1 END",
        "SELECT 'a'",
    ];
    let joints = [" ", "\n", ";", ";\n", "/**/", " -- x\n", "\n;\n", " OPTION (RECOMPILE) "];
    for (index, Text { class, sql }) in all_attacks().into_iter().enumerate() {
        for (step, joint) in joints.into_iter().enumerate() {
            let carrier = carriers[(index + step) % carriers.len()];
            let stacked = format!("{carrier}{joint}{sql}");
            assert!(!starts_a_statement(&sql) || !passes(&stacked), "{class}: {stacked:?}");
        }
    }
}

/// An attack that is a statement of its own, rather than one whose text only misleads.
fn starts_a_statement(sql: &str) -> bool {
    let first = highlight(sql).into_iter().find(|(_, class)| *class != TokenClass::Comment);
    first.is_some_and(|(range, class)| {
        matches!(class, TokenClass::Keyword | TokenClass::Refused) && sql[range] != *"("
    })
}

#[test]
fn an_honest_query_behind_another_is_refused() {
    let texts = all_honest();
    for pair in texts.windows(2) {
        for joint in ["\n", "\n;", "\nGO\n"] {
            assert!(!passes(&format!("{}{joint}{}", pair[0].sql, pair[1].sql)), "{}", pair[0].sql);
        }
    }
}

#[test]
fn hidden_characters_are_refused_wherever_they_are_put() {
    let hidden = [
        '\u{200B}',
        '\u{202E}',
        '\u{2066}',
        '\u{FEFF}',
        '\u{AD}',
        '\u{0}',
        '\u{8}',
        '\u{2028}',
        '\u{E0020}',
        '\u{B}',
    ];
    for (index, Text { sql, .. }) in all_honest().into_iter().enumerate() {
        let hidden = hidden[index % hidden.len()];
        let places: Vec<usize> = sql.char_indices().map(|(at, _)| at).collect();
        for at in places.iter().step_by(places.len() / 8 + 1) {
            let (before, after) = sql.split_at(*at);
            assert!(!passes(&format!("{before}{hidden}{after}")), "{hidden:?} at {at} in {sql}");
        }
    }
}

#[test]
fn foreign_blanks_are_refused_outside_literals() {
    let blank_in_comment = |text: &Text| text.sql.starts_with(['-', '/']);
    for Text { sql, .. } in all_honest().into_iter().filter(|text| !blank_in_comment(text)).step_by(3) {
        for blank in ['\u{A0}', '\u{3000}', '\u{2003}', '\u{1680}'] {
            assert!(!passes(&sql.replacen(' ', &blank.to_string(), 1)) || !sql.contains(' '), "{sql}");
        }
    }
}

#[test]
fn another_table_in_place_of_the_sales_is_refused() {
    for Text { sql, .. } in all_honest() {
        if !sql.to_lowercase().contains("banco_datos") {
            continue;
        }
        for other in
            ["empleados", "sys.tables", "master.dbo.banco_datos", "#t", "@t", "fn_x()", "OPENQUERY(a, 'b')"]
        {
            let swapped =
                sql.replace("banco_datos", other).replace("BANCO_DATOS", other).replace("Banco_Datos", other);
            assert!(!passes(&swapped), "{swapped}");
        }
    }
}

#[test]
fn a_word_that_starts_a_statement_is_refused_between_any_two_tokens() {
    let words = ["SHUTDOWN", "DELETE", "GO", "EXEC x", "INTO t", "WAITFOR", ";", "@x", "#t", "{", "::"];
    for (index, Text { sql, .. }) in all_honest().into_iter().enumerate() {
        let word = words[index % words.len()];
        let pieces: Vec<_> =
            highlight(&sql).into_iter().filter(|(_, class)| *class != TokenClass::Comment).collect();
        for (range, _) in pieces.iter().skip(1).step_by(pieces.len() / 6 + 1) {
            let (before, after) = sql.split_at(range.start);
            assert!(!passes(&format!("{before} {word} {after}")), "{word} before {after:?}");
        }
    }
}

#[test]
fn refusals_name_rule_place_and_piece() {
    let cases = [
        ("SELECT 1\nFROM banco_datos\nDELETE FROM x", Rule::DataChange, 3, 1, "DELETE"),
        ("SELECT * INTO #t FROM banco_datos", Rule::SelectInto, 1, 10, "INTO"),
        ("SELECT * FROM #t", Rule::TempTable, 1, 15, "#t"),
        ("SELECT NEXT VALUE FOR s", Rule::Sequence, 1, 8, "NEXT"),
        (
            "SELECT 1 FROM banco_datos a INNER HASH JOIN banco_datos b ON 1 = 1",
            Rule::TableHint,
            1,
            35,
            "HASH",
        ),
        ("SELECT * INTO t FROM banco_datos", Rule::SelectInto, 1, 10, "INTO"),
        ("SELECT 'año', * FROM empleados", Rule::UnknownTable, 1, 22, "empleados"),
        ("SELECT SUSER_SNAME()", Rule::FunctionNotAllowed, 1, 8, "SUSER_SNAME"),
        ("SELECT dbo.f(1)", Rule::QualifiedFunction, 1, 8, "dbo.f"),
        ("SELECT 1 AS a; SELECT 2", Rule::MultipleStatements, 1, 14, ";"),
        ("SELECT 1 AS a SELECT 2", Rule::MultipleStatements, 1, 15, "SELECT"),
        ("SELECT 1\nGO", Rule::BatchSeparator, 2, 1, "GO"),
        ("SELECT @x", Rule::Variable, 1, 8, "@x"),
        ("SELECT @@VERSION", Rule::ServerVariable, 1, 8, "@@VERSION"),
        ("SELECT 'a", Rule::UnterminatedText, 1, 8, "'a"),
        ("SELECT 1DELETE", Rule::GluedNumber, 1, 8, "1DELETE"),
        ("SELECT a\u{200B}", Rule::InvisibleCharacter, 1, 9, "U+200B"),
        (
            "SELECT * FROM SmartBusiness.dbo.banco_datos",
            Rule::OtherDatabase,
            1,
            15,
            "SmartBusiness.dbo.banco_datos",
        ),
        ("SELECT 1 OPTION (FAST 1)", Rule::QueryOption, 1, 18, "FAST"),
        ("SELECT * FROM banco_datos WITH (TABLOCKX)", Rule::TableHint, 1, 33, "TABLOCKX"),
        ("SELECT CAST(1 AS XML)", Rule::DataType, 1, 13, "XML"),
        ("SELECT * FROM banco_datos FOR XML AUTO", Rule::ForClause, 1, 27, "FOR"),
        ("SELECT * FROM banco_datos a, banco_datos b", Rule::CartesianProduct, 1, 30, "banco_datos"),
        ("UPDATE banco_datos SET a = 1", Rule::DataChange, 1, 1, "UPDATE"),
        ("sp_who", Rule::NotASelect, 1, 1, "sp_who"),
        ("  -- nada", Rule::Empty, 1, 1, "  "),
    ];
    for (sql, rule, line, column, token) in cases {
        let refusal = check(sql, &Policy::default()).expect_err(sql);
        let got = (refusal.rule, refusal.line, refusal.column, refusal.token.as_str());
        assert_eq!(got, (rule, line, column, token), "{sql}");
    }
}

#[test]
fn every_table_name_must_be_configured() {
    let policy =
        Policy { tables: vec!["ventas".into(), "analitica.resumen".into(), "Smart.dbo.hechos".into()] };
    for good in ["ventas", "dbo.Ventas", "[dbo].[VENTAS]", "analitica.resumen", "smart.DBO.hechos"] {
        assert!(check(&format!("SELECT COUNT(*) FROM {good}"), &policy).is_ok(), "{good}");
    }
    for bad in
        ["banco_datos", "resumen", "dbo.resumen", "hechos", "dbo.hechos", "otra.ventas", "Smart.dbo.ventas"]
    {
        assert!(check(&format!("SELECT COUNT(*) FROM {bad}"), &policy).is_err(), "{bad}");
    }
    assert!(check("SELECT 1 FROM ventas", &Policy { tables: Vec::new() }).is_err());
}
