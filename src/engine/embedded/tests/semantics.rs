//! Each line: an expression and the value SQL Server gives for it.

use super::fixture::{answer, rows};
use crate::engine::EngineError;

fn check(cases: &[(&str, &str)]) {
    let mut wrong = Vec::new();
    for (expression, expected) in cases {
        let found = rows(&format!("SELECT {expression}")).join(";");
        if found != *expected {
            wrong.push(format!("{expression}\n    expected {expected}\n    found    {found}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn numbers_have_the_types_and_scales_of_sql_server() {
    check(&[
        ("7 / 2", "3"),
        ("-7 / 2", "-3"),
        ("-7 % 3", "-1"),
        ("7.0 / 2", "3.500000"),
        ("2.0 / 3", "0.666666"),
        ("1 / 3.0", "0.333333"),
        ("1.5 * 2.25", "3.375"),
        ("1.10 + 2.205", "3.305"),
        ("10.5 % 3", "1.5"),
        ("CAST(1 AS decimal(18,4)) / CAST(3 AS decimal(18,4))", "0.33333333333333333333"),
        ("CAST(2 AS decimal(38,2)) / CAST(3 AS decimal(38,2))", "0.666666"),
        ("CAST(1.555 AS decimal(38,10)) * CAST(1 AS decimal(38,10))", "1.555000"),
        ("CAST(10.55 AS decimal(38,2)) - CAST(0.13 AS decimal(38,2))", "10.42"),
        ("CAST(1.555 AS decimal(38,3)) + CAST(1 AS decimal(38,1))", "2.6"),
        ("100 * CAST(12.34 AS decimal(38,2))", "1234.00"),
        ("CAST(2.99 AS int)", "2"),
        ("CAST(-2.99 AS int)", "-2"),
        ("CAST(2.345 AS decimal(5,2))", "2.35"),
        ("CAST(-2.345 AS decimal(5,2))", "-2.35"),
        ("CAST('12' AS int) + 1", "13"),
        ("'12' + 1", "13"),
        ("1 + '1.5'", "Calculation { detail: \"245: '1.5' cannot be converted to int\" }"),
        ("3000000000 + 1", "3000000001"),
        (
            "CAST(2147483647 AS int) + 1",
            "Calculation { detail: \"8115: arithmetic overflow converting to int\" }",
        ),
        ("1 / 0", "Calculation { detail: \"8134: divide by zero\" }"),
        ("1.0 / 0", "Calculation { detail: \"8134: divide by zero\" }"),
        ("1 / NULLIF(0, 0)", "NULL"),
        ("ROUND(2.5, 0)", "3.0"),
        ("ROUND(-1234.567, 1)", "-1234.600"),
        ("ROUND(1234.567, -2)", "1200.000"),
        ("ROUND(150.75, 0, 1)", "150.00"),
        ("ROUND(15, -1)", "20"),
        ("CEILING(1.2)", "2"),
        ("CEILING(-1.2)", "-1"),
        ("FLOOR(-1.2)", "-2"),
        ("ABS(-1.5)", "1.5"),
        ("SIGN(-3)", "-1"),
        ("POWER(2, 10)", "1024"),
        ("POWER(2, -1)", "0"),
        ("SQRT(16)", "4.0"),
        ("SQUARE(3)", "9.0"),
        ("EXP(0)", "1.0"),
        ("LOG(1)", "0.0"),
        ("LOG(8, 2)", "3.0"),
        ("- (5)", "-5"),
        ("CAST(1 AS bit)", "true"),
        (
            "CAST(255 AS tinyint) + CAST(1 AS tinyint)",
            "Calculation { detail: \"8115: arithmetic overflow converting to tinyint\" }",
        ),
        ("1e3 + 1", "1001.0"),
    ]);
}

#[test]
fn texts_are_joined_cut_and_searched_as_on_sql_server() {
    check(&[
        ("'a' + 'b'", "ab"),
        ("'a' + NULL", "NULL"),
        ("CONCAT('a', NULL, 1, '-', 2.50)", "a1-2.50"),
        ("CONCAT_WS('-', 'a', NULL, 'b')", "a-b"),
        ("LEN('abc  ')", "3"),
        ("LEN('')", "0"),
        ("LEFT('ferretería', 6) + RIGHT('ferretería', 3)", "ferretría"),
        ("SUBSTRING('abcdef', 2, 3)", "bcd"),
        ("SUBSTRING('abcdef', 0, 3)", "ab"),
        ("SUBSTRING('abcdef', 5, 9)", "ef"),
        ("CHARINDEX('B', 'abcb')", "2"),
        ("CHARINDEX('b', 'abcb', 3)", "4"),
        ("CHARINDEX('x', 'abc')", "0"),
        ("PATINDEX('%[0-9]%', 'abc7')", "4"),
        ("REPLACE('Tubo TUBO', 'tubo', 'x')", "x x"),
        ("STUFF('abcdef', 2, 3, 'X')", "aXef"),
        ("STUFF('abc', 9, 1, 'X')", "NULL"),
        ("'[' + TRIM('  a ') + ']'", "[a]"),
        ("'[' + LTRIM('  a ') + ']'", "[a ]"),
        ("'[' + RTRIM('  a ') + ']'", "[  a]"),
        ("UPPER('ñandú')", "ÑANDÚ"),
        ("LOWER('ÑANDÚ')", "ñandú"),
        ("REVERSE('abc')", "cba"),
        ("TRANSLATE('2*[3+4]', '[]', '()')", "2*(3+4)"),
        ("CAST('abcdef' AS varchar(3))", "abc"),
        ("CAST(12.50 AS varchar(10))", "12.50"),
        (
            "CAST(123 AS varchar(2))",
            "Calculation { detail: \"8115: arithmetic overflow converting to nvarchar(2)\" }",
        ),
        ("ISNULL(CAST(NULL AS varchar(2)), 'abc')", "ab"),
        ("COALESCE(NULL, 2, 3.5)", "2.0"),
        ("IIF(1 > 2, 'si', 'no')", "no"),
        ("CHOOSE(2, 'a', 'b')", "b"),
        ("CHOOSE(9, 'a', 'b')", "NULL"),
        ("CASE 'A' WHEN 'a ' THEN 1 ELSE 2 END", "1"),
        ("CASE WHEN 'cafe' = 'café' THEN 1 ELSE 2 END", "2"),
        ("CASE WHEN 'a' < 'B' THEN 1 ELSE 2 END", "1"),
        ("CASE WHEN 'N' < 'ñ' AND 'ñ' < 'O' THEN 1 ELSE 2 END", "1"),
        ("CASE WHEN 'PVC 1/2' LIKE 'pvc%[0-9]' THEN 1 ELSE 2 END", "1"),
        ("CASE WHEN '50%' LIKE '50!%' ESCAPE '!' THEN 1 ELSE 2 END", "1"),
        ("NULLIF('A', 'a')", "NULL"),
        ("TRY_CAST('x' AS int)", "NULL"),
        ("TRY_CONVERT(date, '2025-02-30')", "NULL"),
        ("TRY_CAST('900123456' AS bigint)", "900123456"),
        ("STR(3.14159, 6, 2)", "  3.14"),
    ]);
}

#[test]
fn dates_are_calculated_as_on_sql_server() {
    check(&[
        ("CAST('20250601' AS date)", "2025-06-01"),
        ("CAST(GETDATE() AS date)", "2025-06-30"),
        ("GETDATE()", "2025-06-30T14:05:06.790"),
        ("CONVERT(varchar(10), CURRENT_TIMESTAMP, 108)", "14:05:06"),
        ("DATEADD(MONTH, 1, CAST('2025-01-31' AS date))", "2025-02-28"),
        ("DATEADD(YEAR, 1, CAST('2024-02-29' AS date))", "2025-02-28"),
        ("DATEADD(DAY, -30, '2025-06-30')", "2025-05-31T00:00:00"),
        ("DATEADD(QUARTER, -1, CAST('2025-05-31' AS date))", "2025-02-28"),
        ("DATEDIFF(DAY, '2025-01-01', '2025-06-30')", "180"),
        ("DATEDIFF(YEAR, '2024-12-31', '2025-01-01')", "1"),
        ("DATEDIFF(MONTH, '2025-01-31', '2025-02-01')", "1"),
        ("DATEDIFF(WEEK, '2025-06-28', '2025-06-29')", "1"),
        ("DATEDIFF(WEEK, '2025-06-29', '2025-06-30')", "0"),
        ("DATEDIFF(QUARTER, '2025-03-31', '2025-04-01')", "1"),
        ("DATEADD(MONTH, DATEDIFF(MONTH, 0, '2025-06-17'), 0)", "2025-06-01T00:00:00"),
        ("DATEPART(QUARTER, '2025-06-30')", "2"),
        ("DATEPART(WEEKDAY, '2025-06-30')", "1"),
        ("DATEPART(WEEKDAY, '2025-06-29')", "7"),
        ("DATEPART(WEEK, '2025-01-01')", "1"),
        ("DATEPART(WEEK, '2025-01-06')", "2"),
        ("DATEPART(ISO_WEEK, '2024-12-31')", "1"),
        ("DATEPART(DAYOFYEAR, '2024-12-31')", "366"),
        ("DATEPART(HOUR, GETDATE())", "14"),
        ("DATENAME(MONTH, '2025-06-30')", "Junio"),
        ("DATENAME(WEEKDAY, '2025-07-02')", "Miércoles"),
        ("DATETRUNC(MONTH, CAST('2025-06-17' AS date))", "2025-06-01"),
        ("DATETRUNC(QUARTER, CAST('2025-06-17' AS date))", "2025-04-01"),
        ("YEAR('2025-06-30') * 100 + MONTH('2025-06-30')", "202506"),
        ("EOMONTH('2024-02-10')", "2024-02-29"),
        ("EOMONTH('2025-06-10', -1)", "2025-05-31"),
        ("DATEFROMPARTS(2025, 6, 30)", "2025-06-30"),
        ("DATEFROMPARTS(2025, 2, 30)", "Calculation { detail: \"289: no such date\" }"),
        ("CONVERT(varchar(10), CAST('2025-06-05' AS date), 103)", "05/06/2025"),
        ("CONVERT(varchar(10), CAST('2025-06-05' AS date), 101)", "06/05/2025"),
        ("CONVERT(varchar(10), CAST('2025-06-05' AS date), 105)", "05-06-2025"),
        ("CONVERT(varchar(8), CAST('2025-06-05' AS date), 112)", "20250605"),
        ("CONVERT(varchar(10), CAST('2025-06-05' AS date), 23)", "2025-06-05"),
        ("CONVERT(varchar(19), GETDATE(), 120)", "2025-06-30 14:05:06"),
        ("CONVERT(varchar(7), CAST('2025-06-05' AS date), 120)", "2025-06"),
        ("CONVERT(char(6), GETDATE(), 112)", "202506"),
        ("'[' + CAST('a' AS char(3)) + ']'", "[a  ]"),
        ("GREATEST(1, NULL, 2.5)", "2.5"),
        ("LEAST('b', 'A')", "A"),
        ("CONVERT(date, '05/06/2025', 103)", "2025-06-05"),
        ("GETDATE() - 30", "2025-05-31T14:05:06.790"),
        ("CASE WHEN CAST('2025-05-01' AS date) = '20250501' THEN 1 ELSE 2 END", "1"),
        (
            "CASE WHEN CAST('2025-05-01' AS date) = 'mayo' THEN 1 ELSE 2 END",
            "Calculation { detail: \"241: 'mayo' cannot be converted to date\" }",
        ),
        ("FORMAT(1234567.891, 'N0', 'es-CO')", "1.234.568"),
        ("FORMAT(1234567.891, 'N2', 'en-US')", "1,234,567.89"),
        ("FORMAT(1234.5, 'C0', 'es-CO')", "$ 1.235"),
        ("FORMAT(0.1234, 'P1', 'en-US')", "12.3 %"),
        ("FORMAT(1234.5, '#,##0.00', 'en-US')", "1,234.50"),
        ("FORMAT(CAST('2025-06-05' AS date), 'yyyy-MM')", "2025-06"),
        ("FORMAT(CAST('2025-06-05' AS date), 'dd/MM/yyyy')", "05/06/2025"),
        ("FORMAT(CAST('2025-06-05' AS date), 'MMMM', 'es-CO')", "junio"),
        ("FORMAT(CAST('2025-06-05' AS date), 'dddd', 'en-US')", "Thursday"),
        ("FORMAT(7, 'D3')", "007"),
    ]);
}

#[test]
fn what_differs_is_refused_by_its_name() {
    for (sql, construct) in [
        ("SELECT CAST(1 AS smallmoney)", "smallmoney"),
        ("SELECT marca COLLATE Latin1_General_BIN FROM banco_datos", "COLLATE LATIN1_GENERAL_BIN"),
        ("SELECT GETDATE() AT TIME ZONE 'UTC'", "AT TIME ZONE"),
        ("SELECT CHECKSUM(marca) FROM banco_datos", "CHECKSUM"),
        ("SELECT SOUNDEX(marca) FROM banco_datos", "SOUNDEX"),
        ("SELECT sha256('x')", "SHA256"),
        ("SELECT MIN(marca) OVER () FROM banco_datos", "MIN OVER"),
        ("SELECT 1 WHERE 1 = ANY (SELECT 1)", "ANY/ALL"),
    ] {
        let found = answer(sql).map(|_| ());
        match found {
            Err(EngineError::Unsupported { construct: found }) => {
                assert_eq!(found.to_uppercase(), construct.to_uppercase(), "{sql}");
            }
            other => panic!("{sql}: {other:?}"),
        }
    }
}

#[test]
fn an_unknown_column_is_told_with_the_nearest() {
    let error = answer("SELECT SUM(TotalMasIba) FROM banco_datos").unwrap_err();
    assert_eq!(
        error,
        EngineError::UnknownColumn { name: "TotalMasIba".into(), nearest: Some("TotalMasIva".into()) }
    );
    let error = answer("SELECT zzz FROM banco_datos").unwrap_err();
    assert_eq!(error, EngineError::UnknownColumn { name: "zzz".into(), nearest: None });
}

#[test]
fn money_has_four_places_and_is_written_with_two() {
    check(&[
        ("CAST(1234567.895 AS money)", "1234567.8950"),
        ("CONVERT(varchar(30), CAST(1234567.895 AS money))", "1234567.90"),
        ("CONVERT(varchar(30), CAST(-1234567.895 AS money), 1)", "-1,234,567.90"),
        ("CONVERT(varchar(30), CAST(0.5 AS money), 1)", "0.50"),
        ("CONVERT(varchar(30), CAST(1234.5678 AS money), 2)", "1234.5678"),
        ("REPLACE(CONVERT(varchar(30), CAST(1234567 AS money), 1), '.00', '')", "1,234,567"),
        ("CAST(2 AS money) / 3", "0.6666"),
        ("CAST(2 AS money) * 3 + 1", "7.0000"),
        ("CAST(1.5 AS money) * CAST(1.5 AS money)", "2.2500"),
        ("CAST(10 AS money) * 0.19", "1.900000"),
        ("CEILING(CAST(1.2 AS money))", "2.0000"),
        ("CONCAT(CAST(1.5 AS money), ' pesos')", "1.50 pesos"),
        ("CAST('12.5' AS money) + '1'", "13.5000"),
        ("FORMAT(CAST(1234.5 AS money), 'N2', 'es-CO')", "1.234,50"),
    ]);
    assert_eq!(
        rows(
            "SELECT SUM(CAST(v AS money)), AVG(CAST(v AS money)), MAX(CAST(v AS money)) FROM (VALUES (1), (2), (2)) t(v)"
        ),
        ["5.0000|1.6666|2.0000"]
    );
}

#[test]
fn collations_without_accents_compare_so() {
    check(&[
        ("IIF('Bogotá' COLLATE Latin1_General_CI_AI = 'BOGOTA', 1, 0)", "1"),
        ("IIF('Bogota' = 'Bogotá' COLLATE Modern_Spanish_CI_AI, 1, 0)", "1"),
        ("IIF('Bogotá' COLLATE Modern_Spanish_CI_AS = 'BOGOTA', 1, 0)", "0"),
        ("IIF('caña' COLLATE Modern_Spanish_CI_AI = 'cana', 1, 0)", "0"),
        ("IIF('caña' COLLATE Latin1_General_CI_AI = 'cana', 1, 0)", "1"),
        ("IIF('Bogotá' COLLATE Latin1_General_CI_AI LIKE '%GOTA', 1, 0)", "1"),
        ("IIF('Bogotá' COLLATE Latin1_General_CI_AI IN ('Cali', 'Bogota'), 1, 0)", "1"),
        ("'Bogotá' COLLATE Latin1_General_CI_AI", "Bogotá"),
        (
            "IIF('a' COLLATE Latin1_General_CS_AS = 'A', 1, 0)",
            "Unsupported { construct: \"COLLATE LATIN1_GENERAL_CS_AS\" }",
        ),
    ]);
    assert_eq!(
        rows("SELECT COUNT(*) FROM banco_datos WHERE TercerosNombres COLLATE Latin1_General_CI_AI = 'nunez'"),
        ["1"]
    );
    assert_eq!(
        rows(
            "SELECT COUNT(*) FROM (VALUES (N'Cali'), (N'Cáli'), (N'CALI')) t(c) GROUP BY c COLLATE Latin1_General_CI_AI"
        ),
        ["3"]
    );
}

#[test]
fn bits_powers_buckets_and_names() {
    check(&[
        ("6 & 3", "2"),
        ("6 | 3", "7"),
        ("6 ^ 3", "5"),
        ("~5", "-6"),
        ("POWER(1.02, 12)", "1.27"),
        ("POWER(CAST(2 AS float), 0.5)", "1.4142135623730951"),
        ("POWER(10.0, 2)", "100.0"),
        ("DATE_BUCKET(WEEK, 1, CAST('2025-06-30' AS date))", "2025-06-30"),
        ("DATE_BUCKET(WEEK, 1, CAST('2025-06-29' AS date))", "2025-06-23"),
        ("DATE_BUCKET(MONTH, 3, CAST('2025-06-29' AS date))", "2025-04-01"),
        ("DATE_BUCKET(DAY, 10, CAST('2025-06-29' AS date), CAST('2025-06-01' AS date))", "2025-06-21"),
        ("DATE_BUCKET(MONTH, 1, CAST('2025-05-14' AS date), CAST('2025-06-15' AS date))", "2025-04-15"),
        ("LTRIM('0012', '0') + RTRIM('a.,', ',.')", "12a"),
        ("QUOTENAME('a]b')", "[a]]b]"),
        ("QUOTENAME('a''b', '''')", "'a''b'"),
        ("CAST(GETUTCDATE() AS date)", "2025-06-30"),
        ("DATEDIFF(HOUR, GETDATE(), GETUTCDATE())", "5"),
        ("FORMAT(CAST('2025-05-03' AS date), 'dd MMM yyyy', 'es-CO')", "03 may. 2025"),
        ("FORMAT(CAST('2025-05-03' AS date), 'ddd d', 'es-CO')", "sáb. 3"),
        ("FORMAT(CAST('2025-05-03 17:05' AS datetime), 'hh:mm tt', 'es-CO')", "05:05 p. m."),
        ("FORMAT(CAST('2025-05-03' AS date), 'MMM yyyy', 'en-US')", "May 2025"),
    ]);
}
