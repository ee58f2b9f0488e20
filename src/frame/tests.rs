use std::sync::Arc;

use arrow::array::*;
use arrow::datatypes::{DataType, Field, Schema, i256};
use proptest::prelude::*;

use super::*;

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    let fields: Vec<Field> =
        columns.iter().map(|(name, array)| Field::new(*name, array.data_type().clone(), true)).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns.into_iter().map(|(_, array)| array).collect())
        .expect("columns of equal length")
}

fn frame(batches: Vec<RecordBatch>) -> Frame {
    let mut frame = Frame::new(&batches[0].schema(), &[], Lang::Es);
    for batch in batches {
        frame.push(batch);
    }
    frame.finish(Completeness::Complete);
    frame
}

fn texts(frame: &Frame, column: usize) -> Vec<String> {
    (0..frame.row_count()).map(|row| frame.cell(row, column, Lang::Es).text.into_string()).collect()
}

fn money(values: &[Option<i128>]) -> ArrayRef {
    let array: Decimal128Array = values.iter().copied().collect();
    Arc::new(array.with_precision_and_scale(18, 2).expect("a valid scale"))
}

fn words(values: &[Option<&str>]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

fn sales() -> Frame {
    let first = batch(vec![
        ("marca", words(&[Some("Ñandú"), Some("ácido"), None])),
        ("ventas", money(&[Some(100_000), Some(-5_000), None])),
    ]);
    let second = batch(vec![
        ("marca", words(&[Some("nz"), Some("Bosch")])),
        ("ventas", money(&[Some(100_000), Some(1)])),
    ]);
    frame(vec![first, second])
}

#[test]
fn cells_are_found_across_batches_and_nothing_is_outside() {
    let frame = sales();
    assert_eq!(frame.row_count(), 5);
    assert_eq!(frame.value(3, 0), Value::Text("nz"));
    assert_eq!(frame.cell(1, 1, Lang::Es), Cell { text: "-$50".into(), tone: Tone::Negative });
    assert_eq!(frame.cell(2, 0, Lang::Es), Cell { text: "(nulo)".into(), tone: Tone::Null });
    assert_eq!(frame.value(5, 0), Value::Null);
    assert_eq!(frame.value(0, 9), Value::Null);
}

#[test]
fn text_is_sorted_as_spanish_readers_expect_with_nulls_last() {
    let sorted = sales().sorted_by(0, false);
    assert_eq!(texts(&sorted, 0), ["ácido", "Bosch", "nz", "Ñandú", "(nulo)"]);
    let reversed = sales().sorted_by(0, true);
    assert_eq!(texts(&reversed, 0), ["Ñandú", "nz", "Bosch", "ácido", "(nulo)"]);
}

#[test]
fn equal_rows_keep_the_order_they_had() {
    let by_sales = sales().sorted_by(0, true).sorted_by(1, true);
    assert_eq!(texts(&by_sales, 0), ["Ñandú", "nz", "Bosch", "ácido", "(nulo)"]);
}

#[test]
fn rows_that_arrive_after_sorting_follow_at_the_end() {
    let mut sorted = sales().sorted_by(0, false);
    sorted.push(batch(vec![("marca", words(&[Some("aaa")])), ("ventas", money(&[Some(1)]))]));
    assert_eq!(sorted.value(5, 0), Value::Text("aaa"));
    assert_eq!(sorted.value(0, 0), Value::Text("ácido"));
}

#[test]
fn columns_without_a_name_or_with_a_repeated_one_are_told_apart() {
    let twice = batch(vec![
        ("marca", words(&[Some("a")])),
        ("MARCA", words(&[Some("b")])),
        ("", words(&[Some("c")])),
    ]);
    let names: Vec<_> = frame(vec![twice]).columns().iter().map(|c| c.name.as_str().to_owned()).collect();
    assert_eq!(names, ["marca", "MARCA (2)", "col_3"]);
}

#[test]
fn the_plan_names_and_types_its_columns() {
    let one = batch(vec![("m1", money(&[Some(4_560)]))]);
    let plan = [PlannedColumn { name: "M1".into(), title: "Margen\u{1b}".into(), kind: ColumnKind::Percent }];
    let mut frame = Frame::new(&one.schema(), &plan, Lang::Es);
    frame.push(one);
    assert_eq!(frame.columns()[0].title.as_str(), "Margen␛");
    assert_eq!(frame.cell(0, 0, Lang::Es).text.as_str(), "45,6%");
    assert!(frame.is_planned(0));
}

#[test]
fn hostile_text_is_clean_in_cells_and_column_names() {
    let hostile = batch(vec![("a\u{1b}[2J", words(&[Some("x\u{202e}\ny")]))]);
    let frame = frame(vec![hostile]);
    assert_eq!(frame.columns()[0].name.as_str(), "a␛[2J");
    assert_eq!(frame.cell(0, 0, Lang::Es).text.as_str(), "x·⏎y");
    let long = "ñ".repeat(50_000);
    let cell =
        super::Frame::cell(&self::frame(vec![batch(vec![("t", words(&[Some(&long)]))])]), 0, 0, Lang::Es);
    assert!(cell.text.as_str().len() <= CELL_BYTES);
}

#[test]
fn every_type_shows_its_value_or_its_name() {
    let wide = i256::from_string(&"9".repeat(60)).expect("a wide number");
    let all = batch(vec![
        (
            "total",
            Arc::new(Decimal256Array::from(vec![wide]).with_precision_and_scale(70, 2).expect("a scale")),
        ),
        ("b", Arc::new(BinaryArray::from(vec![&b"\x01\xff"[..]]))),
        ("t", Arc::new(Time64MicrosecondArray::from(vec![3_600_000_000]))),
        ("z", Arc::new(TimestampSecondArray::from(vec![0]).with_timezone("-05:00"))),
        ("d", Arc::new(DictionaryArray::<arrow::datatypes::Int8Type>::from_iter(["rojo"]))),
        ("n", Arc::new(NullArray::new(1))),
        ("u", Arc::new(UInt64Array::from(vec![u64::MAX]))),
        ("bit", Arc::new(BooleanArray::from(vec![true]))),
    ]);
    let frame = frame(vec![all]);
    let shown: Vec<_> = (0..8).map(|c| frame.cell(0, c, Lang::Es).text.into_string()).collect();
    assert!(shown[0].starts_with("$10.000.000."), "{}", shown[0]);
    assert_eq!(shown[1], "01ff");
    assert_eq!(shown[2], "01:00:00");
    assert_eq!(shown[3], "1969-12-31T19:00:00-05:00");
    assert_eq!(shown[4..], ["rojo", "(nulo)", "18.446.744.073.709.551.615,00", "sí"]);
}

#[test]
fn wide_numbers_are_sorted_by_value() {
    let values = [Some("-5"), Some("100"), None, Some("20")].map(|v| v.map(|v: &str| v.to_owned()));
    let array: StringArray = values.into_iter().collect();
    let frame = Frame { ..frame(vec![batch(vec![("total", Arc::new(array))])]) };
    let plan = [PlannedColumn { name: "total".into(), title: String::new(), kind: ColumnKind::Money }];
    let mut planned = Frame::new(&frame.batches[0].schema(), &plan, Lang::Es);
    planned.push(frame.batches[0].clone());
    assert_eq!(texts(&planned.sorted_by(0, true), 0), ["$100", "$20", "-$5", "-"]);
}

#[test]
fn search_goes_on_after_the_last_hit_and_ignores_accents() {
    let frame = sales();
    assert_eq!(frame.find("ACIDO", (0, 0), Lang::Es), Some((1, 0)));
    assert_eq!(frame.find("acido", (1, 0), Lang::Es), Some((1, 0)));
    assert_eq!(frame.find("$1.000", (0, 1), Lang::Es), Some((3, 1)));
    assert_eq!(frame.find("$1.000", (3, 1), Lang::Es), Some((0, 1)));
    assert_eq!(frame.find("zzz", (0, 0), Lang::Es), None);
    assert_eq!(frame.find("", (0, 0), Lang::Es), None);
}

#[test]
fn rows_for_scripts_are_exact() {
    let frame = sales();
    assert_eq!(json::row(&frame, 1), serde_json::json!(["ácido", "-50.00"]));
    assert_eq!(json::row(&frame, 2), serde_json::json!([null, null]));
    assert_eq!(json::columns(&frame)[1], serde_json::json!({"name": "ventas", "kind": "money"}));
}

#[test]
fn json_lines_are_harmless_and_read_back_exactly() {
    let hostile = serde_json::json!(["\u{9b}2J\u{202e}\u{e0041}\u{7f}ñ \u{1b}"]);
    let line = json::line(&hostile);
    assert!(line.contains('ñ') && line.contains("\\u202e") && line.contains("\\u009b"), "{line}");
    assert_eq!(serde_json::from_str::<serde_json::Value>(&line).expect("valid JSON"), hostile);
}

#[test]
fn csv_is_exact_and_inert() {
    let frame = frame(vec![batch(vec![
        ("=cmd", words(&[Some("+57 300"), Some("a;=1+1"), Some("di \"ya\""), None, Some("")])),
        ("ventas", money(&[Some(-123_456), Some(5), None, Some(0), Some(1)])),
    ])]);
    let mut out = Vec::new();
    csv::write(&frame, &mut out).expect("memory never fails");
    let expected = "\"'=cmd\",ventas\r\n\"'+57 300\",-1234.56\r\n\"a;=1+1\",0.05\r\n\"di \"\"ya\"\"\",\r\n,0.00\r\n\"\",0.01\r\n";
    assert_eq!(String::from_utf8(out).expect("UTF-8"), expected);
}

#[test]
fn widths_come_from_titles_and_cells() {
    let frame = sales();
    assert_eq!(frame.width_hint(0, Lang::Es, 10), "(nulo)".len());
    assert_eq!(frame.width_hint(1, Lang::Es, 0), "ventas".len());
}

#[test]
fn an_empty_frame_has_columns_and_no_rows() {
    let schema: SchemaRef = Arc::new(Schema::new(vec![Field::new("a", DataType::Utf8, true)]));
    let frame = Frame::new(&schema, &[], Lang::Es);
    assert_eq!((frame.row_count(), frame.columns().len()), (0, 1));
    assert_eq!(frame.sorted_by(0, true).row_count(), 0);
    assert_eq!(frame.find("a", (0, 0), Lang::Es), None);
    assert_eq!(frame.completeness(), Completeness::Growing);
}

proptest! {
    #[test]
    fn sorting_orders_any_amounts_and_loses_none(
        values in prop::collection::vec(prop::option::of(-1_000_000i128..1_000_000), 1..60),
        cut in 0usize..60, descending in any::<bool>()
    ) {
        let (left, right) = values.split_at(cut.min(values.len()));
        let frame = frame(vec![batch(vec![("ventas", money(left))]), batch(vec![("ventas", money(right))])]);
        let sorted = frame.sorted_by(0, descending);
        let shown: Vec<Option<i128>> = (0..sorted.row_count()).map(|row| match sorted.value(row, 0) {
            Value::Decimal { unscaled, .. } => Some(unscaled),
            _ => None,
        }).collect();
        let mut expected = values.clone();
        expected.sort_by_key(|value| (value.is_none(), value.map(|v| if descending { -v } else { v })));
        prop_assert_eq!(shown, expected);
    }

    #[test]
    fn csv_reads_back_with_as_many_records_as_rows(texts in prop::collection::vec(".{0,20}", 1..20)) {
        let array: StringArray = texts.iter().map(|t| Some(t.as_str())).collect();
        let frame = frame(vec![batch(vec![("t", Arc::new(array))])]);
        let mut out = Vec::new();
        csv::write(&frame, &mut out).expect("memory never fails");
        let mut reader = ::csv::Reader::from_reader(out.as_slice());
        let fields: Vec<String> = reader.records().map(|r| r.expect("a record")[0].to_owned()).collect();
        prop_assert_eq!(fields.len(), texts.len());
        for (field, text) in fields.iter().zip(&texts) {
            prop_assert_eq!(field, &crate::sanitize::csv_safe(text));
        }
    }
}
