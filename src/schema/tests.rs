use super::*;
use crate::i18n::Lang;
use crate::model::schema::{COLUMNS, SqlType};
use crate::model::{OwnName, OwnWords};

fn server_column(name: &str, base_type: &str) -> ServerColumn {
    ServerColumn {
        name: name.into(),
        base_type: base_type.into(),
        sql_type: format!("{base_type}(9)"),
        length: None,
        precision: None,
        scale: None,
        nullable: true,
    }
}

fn as_expected() -> Vec<ServerColumn> {
    let base = |sql_type| match sql_type {
        SqlType::Int => "int",
        SqlType::Date => "date",
        SqlType::Decimal(..) => "decimal",
        SqlType::NVarChar(_) => "nvarchar",
    };
    COLUMNS.iter().map(|column| server_column(column.name, base(column.sql_type))).collect()
}

fn index(kind: &str, keys: &[&str]) -> ServerIndex {
    let keys = keys.iter().map(|key| key.to_string()).collect();
    ServerIndex { name: "ix".into(), kind: kind.into(), keys, included: Vec::new() }
}

fn same(column: &'static str) -> &'static str {
    column
}

#[test]
fn the_expected_table_has_no_differences() {
    let report = Report::of(&as_expected(), &[index("CLUSTERED", &["Fecha"])], same, &[]);
    assert_eq!(report, Report::default());
}

#[test]
fn other_exact_types_do_no_harm() {
    let mut columns = as_expected();
    for column in &mut columns {
        column.base_type = match column.base_type.as_str() {
            "int" => "bigint",
            "decimal" => "money",
            "nvarchar" => "VARCHAR",
            _ => continue,
        }
        .into();
    }
    assert!(compare(&columns, &same, &[]).0.is_empty());
}

#[test]
fn a_missing_column_costs_the_questions_that_need_it() {
    let mut columns = as_expected();
    columns.retain(|column| column.name != "ValorCosto" && column.name != "periodo");
    columns.push(server_column("Valor_Costo", "decimal"));
    let report = Report::of(&columns, &[], same, &[]);
    let [cost, period] = report.differences.as_slice() else { panic!("{:?}", report.differences) };
    assert_eq!((cost.column.as_str(), period.column.as_str()), ("ValorCosto", "periodo"));
    assert_eq!(cost.lost.metrics, [Metric::Profit, Metric::MarginPct, Metric::Cost]);
    assert!(cost.costs_answers() && !period.costs_answers() && report.costs_answers());
    assert_eq!(report.unknown, ["Valor_Costo"]);
    for lang in Lang::ALL {
        assert!(sentence(cost, lang).as_str().contains("Valor_Costo"), "{}", sentence(cost, lang));
        assert!(unanswerable(cost, lang).is_some_and(|said| said.contains(if lang == Lang::Es {
            "margen"
        } else {
            "margin"
        })));
        assert_eq!(unanswerable(period, lang), None);
    }
}

#[test]
fn a_renamed_column_is_looked_for_under_its_real_name() {
    let mut columns = as_expected();
    for column in &mut columns {
        if column.name == "marca" {
            column.name = "Marca Comercial".into();
        }
    }
    let renamed = |column: &'static str| if column == "marca" { "marca comercial" } else { column };
    assert_eq!(Report::of(&columns, &[index("HEAP", &["fecha"])], renamed, &[]), Report::default());
}

#[test]
fn types_that_harm_are_told_apart() {
    let mut columns = as_expected();
    for column in &mut columns {
        column.base_type = match column.name.as_str() {
            "TotalMasIva" => "float",
            "Fecha" => "datetime",
            "Cantidad" => "nvarchar",
            _ => continue,
        }
        .into();
    }
    let (differences, _) = compare(&columns, &same, &[]);
    let found: Vec<(&str, &Found)> = differences.iter().map(|d| (d.column.as_str(), &d.found)).collect();
    assert!(
        matches!(
            found.as_slice(),
            [
                ("Cantidad", Found::Useless { .. }),
                ("TotalMasIva", Found::Inexact { .. }),
                ("Fecha", Found::WithTime { .. })
            ]
        ),
        "{found:?}"
    );
    for lang in Lang::ALL {
        for difference in &differences {
            assert!(sentence(difference, lang).as_str().contains(&difference.column));
        }
    }
}

#[test]
fn an_index_by_date_is_asked_for_only_where_none_helps() {
    let columns = as_expected();
    let asked = advice(&columns, &[index("NONCLUSTERED", &["VentaID", "Fecha"])], &same);
    let [advice] = asked.as_slice() else { panic!("{asked:?}") };
    let said = advice_sentence(advice, "dbo.banco_datos", Lang::Es);
    assert!(said.as_str().contains("ON dbo.banco_datos ([Fecha]) INCLUDE ([DocumentosCodigo]"), "{said}");
    assert_eq!(super::advice(&columns, &[index("CLUSTERED COLUMNSTORE", &[])], &same), []);
    assert_eq!(super::advice(&[], &[index("HEAP", &[])], &same), []);
    assert_eq!(super::advice(&columns, &[], &same), [], "nothing is said of what cannot be seen");
    assert_eq!(super::advice(&columns, &[index("HEAP", &[])], &same).len(), 1);
}

#[test]
fn a_column_that_the_store_adds_is_looked_for_too() {
    let words = || OwnWords { one: vec!["canal".into()], many: vec!["canales".into()] };
    let name = OwnName::new("canal").expect("a name");
    let own = OwnDimension { name, column: "CanalVenta".into(), personal: false, es: words(), en: words() };
    let mut columns = as_expected();
    let missing = Report::of(&columns, &[], same, std::slice::from_ref(&own));
    let [difference] = missing.differences.as_slice() else { panic!("{missing:?}") };
    assert!(difference.costs_answers());
    assert!(unanswerable(difference, Lang::Es).is_some_and(|said| said.contains("canal")));
    columns.push(server_column("canalventa", "varchar"));
    let report = Report::of(&columns, &[], same, &[own]);
    assert_eq!((report.differences, report.unknown), (Vec::new(), Vec::new()));
}
