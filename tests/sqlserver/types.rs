//! Every type that a query can bring.

use arrow::datatypes::DataType;
use depotru::engine::Note;

use crate::tds::client::{collect, engine};
use crate::tds::{Offer, Server, Step, Ty, Value, column, selects};

/// What one value of a type arrives as: its Arrow type, its text, and whether there was a note.
async fn arrived(ty: Ty, value: Value) -> (DataType, Option<String>, Vec<Note>) {
    // A packet of 5 bytes: every value is torn somewhere.
    let offer = Offer { packet: 5, ..Offer::default() };
    let columns = vec![column("antes", Ty::Int), column("x", ty), column("despues", Ty::NVarChar(10))];
    let row = |value| vec![Value::Whole(1), value, Value::Text("fin".into())];
    let steps = vec![
        Step::Columns(columns),
        Step::Row(row(value.clone())),
        Step::PackedRow(row(value)),
        Step::Done(2),
    ];
    let server = Server::start(offer, selects(steps)).await;
    let answer = collect(&engine(&server)).await.expect("an answer");
    assert_eq!(answer.error, None);
    assert_eq!((answer.text(0, 0), answer.text(1, 2)), (Some("1".into()), Some("fin".into())));
    assert_eq!(answer.text(0, 1), answer.text(1, 1));
    (answer.schema.field(1).data_type().clone(), answer.text(0, 1), answer.notes)
}

async fn shown(ty: Ty, value: Value) -> String {
    arrived(ty, value).await.1.expect("a value")
}

#[tokio::test]
async fn f12_decimals_are_exact_to_the_last_digit() {
    let nines = 10_i128.pow(38) - 1;
    for (precision, scale, digits, expected) in [
        (38, 0, nines, "9".repeat(38)),
        (38, 0, -nines, format!("-{}", "9".repeat(38))),
        (38, 38, nines, format!("0.{}", "9".repeat(38))),
        (38, 20, 800_000_000 * 10_i128.pow(20), format!("800000000.{}", "0".repeat(20))),
        (18, 2, -123_456_789_012_345_678, "-1234567890123456.78".to_string()),
        (9, 2, 12_345, "123.45".to_string()),
        (28, 4, 1, "0.0001".to_string()),
        (5, 2, 0, "0.00".to_string()),
    ] {
        let (ty, text, notes) = arrived(Ty::Decimal(precision, scale), Value::Decimal(digits)).await;
        assert_eq!(ty, DataType::Decimal128(precision, scale as i8));
        assert_eq!((text.as_deref(), notes.len()), (Some(expected.as_str()), 0));
    }
}

#[tokio::test]
async fn f14_money_is_exact_to_four_places() {
    for ty in [Ty::Money, Ty::MoneyFixed] {
        for (units, expected) in [
            (i64::MAX, "922337203685477.5807"),
            (i64::MIN, "-922337203685477.5808"),
            (1, "0.0001"),
            (-12_345_678_901_234, "-1234567890.1234"),
        ] {
            let (arrow, text, _) = arrived(ty.clone(), Value::Money(units)).await;
            assert_eq!((arrow, text.as_deref()), (DataType::Decimal128(19, 4), Some(expected)));
        }
    }
    for ty in [Ty::SmallMoney, Ty::SmallMoneyFixed] {
        assert_eq!(shown(ty.clone(), Value::Money(i32::MIN.into())).await, "-214748.3648");
    }
}

#[tokio::test]
async fn f14_numbers_and_bits() {
    assert_eq!(shown(Ty::TinyInt, Value::Whole(255)).await, "255");
    assert_eq!(shown(Ty::SmallInt, Value::Whole(-32_768)).await, "-32768");
    assert_eq!(shown(Ty::Int, Value::Whole(i32::MIN.into())).await, "-2147483648");
    assert_eq!(shown(Ty::IntFixed, Value::Whole(7)).await, "7");
    assert_eq!(shown(Ty::BigInt, Value::Whole(i64::MIN)).await, i64::MIN.to_string());
    assert_eq!(shown(Ty::Bit, Value::Bit(true)).await, "true");
    assert_eq!(shown(Ty::Real, Value::Real(0.1)).await, "0.1");
    assert_eq!(shown(Ty::Float, Value::Float(1e308)).await.parse(), Ok(1e308));
    assert_eq!(shown(Ty::Float, Value::Float(-0.0)).await, "-0.0");
}

#[tokio::test]
async fn f14_days_and_moments() {
    assert_eq!(shown(Ty::Date, Value::Day(0)).await, "0001-01-01");
    assert_eq!(shown(Ty::Date, Value::Day(3_652_058)).await, "9999-12-31");
    assert_eq!(shown(Ty::DateTime, Value::Moment(-53_690, 0)).await, "1753-01-01T00:00:00");
    assert_eq!(shown(Ty::DateTimeFixed, Value::Moment(45_000, 2)).await, "2023-03-17T00:00:00.007");
    assert_eq!(shown(Ty::SmallDateTime, Value::Minute(65_535, 1_439)).await, "2079-06-06T23:59:00");
    assert_eq!(shown(Ty::DateTime2(0), Value::Moment2(0, 1)).await, "0001-01-01T00:00:01");
    assert_eq!(shown(Ty::DateTime2(3), Value::Moment2(719_162, 1)).await, "1970-01-01T00:00:00.001");
    assert_eq!(shown(Ty::Time(0), Value::Time(86_399)).await, "23:59:59");
    assert_eq!(shown(Ty::Time(7), Value::Time(1)).await, "00:00:00.0000001");
    let offset = Value::Offset(739_067, 360_000_000_001, -300);
    assert_eq!(shown(Ty::DateTimeOffset(7), offset).await, "2024-07-01T05:00:00.0000001-05:00");
}

#[tokio::test]
async fn f14_a_hundred_nanoseconds_are_cut_and_that_is_said() {
    let (ty, text, notes) = arrived(Ty::DateTime2(7), Value::Moment2(3_652_058, 863_999_999_999)).await;
    assert!(matches!(ty, DataType::Timestamp(..)));
    assert_eq!(text.as_deref(), Some("9999-12-31T23:59:59.999999"));
    assert_eq!(notes, [Note::Rounded { column: "x".into() }]);
    let (_, _, notes) = arrived(Ty::DateTime2(7), Value::Moment2(700_000, 10)).await;
    assert_eq!(notes, []);
}

#[tokio::test]
async fn f14_texts_binaries_and_the_rest() {
    assert_eq!(shown(Ty::VarChar(20), Value::Text("Ñandú €".replace('€', ""))).await, "Ñandú ");
    assert_eq!(shown(Ty::NVarCharMax, Value::Text("漢字 🙂".into())).await, "漢字 🙂");
    assert_eq!(shown(Ty::VarCharMax, Value::Text("largo".into())).await, "largo");
    assert_eq!(shown(Ty::NVarChar(10), Value::Text(String::new())).await, "");
    assert_eq!(shown(Ty::Text, Value::Text("viejo".into())).await, "viejo");
    assert_eq!(shown(Ty::NText, Value::Text("viejo ñ".into())).await, "viejo ñ");
    assert_eq!(shown(Ty::VarBinary(4), Value::Bytes(vec![0, 0xAB])).await, "0x00AB");
    assert_eq!(shown(Ty::VarBinaryMax, Value::Bytes(vec![])).await, "0x");
    assert_eq!(shown(Ty::Image, Value::Bytes(vec![1])).await, "0x01");
    assert_eq!(shown(Ty::Xml, Value::Text("<a>ñ</a>".into())).await, "<a>ñ</a>");
    let id = [0x6F, 0x96, 0x19, 0xFF, 0x8B, 0x86, 0xD0, 0x11, 0xB4, 0x2D, 0, 0xC0, 0x4F, 0xC9, 0x64, 0xFF];
    assert_eq!(shown(Ty::Guid, Value::Guid(id)).await, "6F9619FF-8B86-D011-B42D-00C04FC964FF");
}

#[tokio::test]
async fn f14_texts_of_a_collation_of_utf8_are_read_as_such() {
    for ty in [Ty::Utf8, Ty::Utf8Max] {
        for text in ["plain", "Ñandú €", "漢字 🙂", "\u{81}\u{9d}", ""] {
            assert_eq!(shown(ty.clone(), Value::Text(text.into())).await, text);
        }
        // What was stored as something else is shown as the code page has it.
        assert_eq!(shown(ty.clone(), Value::Bytes(vec![b'a', 0xF1, b'o'])).await, "año");
        assert_eq!(arrived(ty, Value::Null).await.1, None);
    }
    // The server cuts at a number of bytes, here within a character.
    let steps = vec![
        Step::Columns(vec![column("nota", Ty::Utf8Max)]),
        Step::Row(vec![Value::Text(format!("a{}", "ñ".repeat(100_000)))]),
        Step::Done(1),
    ];
    let server = Server::start(Offer::default(), selects(steps)).await;
    let answer = collect(&engine(&server)).await.expect("an answer");
    let text = answer.text(0, 0).expect("a text");
    assert!(text.ends_with("ñ…") && !text.contains('\u{FFFD}'));
    assert_eq!(answer.notes, [Note::Cut { column: "nota".into() }]);
}

#[tokio::test]
async fn f14_variants_are_written_out() {
    let variant = |ty, value| Value::Variant(Box::new((ty, value)));
    for (held, expected) in [
        (variant(Ty::Int, Value::Whole(-5)), "-5"),
        (variant(Ty::Bit, Value::Bit(true)), "1"),
        (variant(Ty::Decimal(38, 3), Value::Decimal(-5)), "-0.005"),
        (variant(Ty::Float, Value::Float(1e308)), "1e308"),
        (variant(Ty::NVarChar(9), Value::Text("ñ".into())), "ñ"),
        (variant(Ty::VarBinary(2), Value::Bytes(vec![0xFF])), "0xFF"),
        (variant(Ty::Date, Value::Day(719_162)), "1970-01-01"),
        (variant(Ty::DateTime2(0), Value::Moment2(719_162, 61)), "1970-01-01 00:01:01"),
    ] {
        assert_eq!(shown(Ty::Variant, held).await, expected);
    }
}

#[tokio::test]
async fn f14_a_type_without_values_shows_its_name() {
    let (_, text, notes) = arrived(Ty::User("geography".into()), Value::Bytes(vec![1, 2, 3])).await;
    assert_eq!(text.as_deref(), Some("(tipo geography)"));
    assert_eq!(notes, [Note::UnknownType { column: "x".into(), type_name: "geography".into() }]);
}

#[tokio::test]
async fn f11_null_of_every_type_is_null() {
    for ty in [
        Ty::TinyInt,
        Ty::BigInt,
        Ty::Bit,
        Ty::Real,
        Ty::Float,
        Ty::Money,
        Ty::SmallMoney,
        Ty::Decimal(38, 10),
        Ty::Date,
        Ty::Time(7),
        Ty::DateTime,
        Ty::SmallDateTime,
        Ty::DateTime2(7),
        Ty::DateTimeOffset(7),
        Ty::Guid,
        Ty::VarChar(5),
        Ty::NVarChar(5),
        Ty::VarCharMax,
        Ty::NVarCharMax,
        Ty::VarBinary(5),
        Ty::VarBinaryMax,
        Ty::Text,
        Ty::NText,
        Ty::Image,
        Ty::Xml,
        Ty::Variant,
        Ty::User("hierarchyid".into()),
    ] {
        let (_, text, notes) = arrived(ty.clone(), Value::Null).await;
        assert_eq!((text, notes.len()), (None, 0), "{ty:?}");
    }
}

#[tokio::test]
async fn f15_a_lone_surrogate_costs_one_character_and_nothing_else() {
    let units = vec![u16::from(b'a'), 0xD800, u16::from(b'b')];
    assert_eq!(shown(Ty::NVarChar(10), Value::Units(units.clone())).await, "a\u{FFFD}b");
    assert_eq!(shown(Ty::NVarCharMax, Value::Units(units)).await, "a\u{FFFD}b");
}

#[tokio::test]
async fn f10_a_huge_text_is_cut_by_the_server_and_marked() {
    let steps = vec![
        Step::Columns(vec![column("nota", Ty::NVarCharMax), column("datos", Ty::VarBinaryMax)]),
        Step::Row(vec![Value::Text("ñ".repeat(1_000_000)), Value::Bytes(vec![0xAB; 1_000_000])]),
        Step::Row(vec![Value::Text("corto".into()), Value::Null]),
        Step::Done(2),
    ];
    let server = Server::start(Offer::default(), selects(steps)).await;
    let answer = collect(&engine(&server)).await.expect("an answer");
    let text = answer.text(0, 0).expect("a text");
    assert!(text.ends_with("ñ…") && text.len() <= 64 * 1024 + '…'.len_utf8(), "{}", text.len());
    let binary = answer.text(0, 1).expect("a binary");
    assert!(binary.starts_with("0xABAB") && binary.ends_with("AB…") && binary.len() < 66 * 1024);
    assert_eq!(answer.text(1, 0).as_deref(), Some("corto"));
    let cut = |column: &str| Note::Cut { column: column.into() };
    assert_eq!(answer.notes, [cut("nota"), cut("datos")]);
}

#[tokio::test]
async fn f10_a_server_that_does_not_cut_is_cut_here() {
    let (text, short) = (Value::Text("x".repeat(3_000_000)), Value::Text("corto".into()));
    let types = [Ty::NVarCharMax, Ty::VarCharMax, Ty::Utf8Max, Ty::NText, Ty::VarBinaryMax];
    let steps = vec![
        Step::Columns(
            ["a", "b", "c", "d", "e"].iter().zip(types).map(|(name, ty)| column(name, ty)).collect(),
        ),
        Step::Row(vec![text.clone(), text.clone(), text.clone(), text, Value::Bytes(vec![0xAB; 3_000_000])]),
        Step::PackedRow(vec![short.clone(), Value::Null, Value::Null, short, Value::Null]),
        Step::Done(2),
    ];
    let offer = Offer { obeys_limits: false, ..Offer::default() };
    let server = Server::start(offer, selects(steps)).await;
    let answer = collect(&engine(&server)).await.expect("an answer");
    assert_eq!((answer.rows, answer.error.clone()), (2, None));
    for (at, kept) in [(0, 32 * 1024), (1, 64 * 1024), (2, 64 * 1024), (3, 32 * 1024)] {
        let text = answer.text(0, at).expect("a text");
        assert!(text.ends_with("x…") && text.len() == kept + '…'.len_utf8(), "{at}: {}", text.len());
    }
    assert!(answer.text(0, 4).is_some_and(|binary| binary.ends_with("AB…") && binary.len() < 66 * 1024));
    let second: Vec<_> = (0..5).map(|at| answer.text(1, at)).collect();
    assert_eq!(second, [Some("corto".into()), None, None, Some("corto".into()), None]);
}

#[tokio::test]
async fn f11_no_rows_no_names_and_the_same_name_twice() {
    let columns = vec![column("marca", Ty::NVarChar(5)), column("", Ty::Int), column("marca", Ty::Int)];
    let server = Server::start(Offer::default(), selects(vec![Step::Columns(columns), Step::Done(0)])).await;
    let answer = collect(&engine(&server)).await.expect("an answer");
    let names: Vec<_> = answer.schema.fields().iter().map(|field| field.name().as_str()).collect();
    assert_eq!((names, answer.rows, answer.error), (vec!["marca", "", "marca"], 0, None));
    let empty = Server::start(Offer::default(), selects(vec![Step::Done(0)])).await;
    let answer = collect(&engine(&empty)).await.expect("an answer without columns");
    assert_eq!((answer.schema.fields().len(), answer.rows, answer.error), (0, 0, None));
}

#[tokio::test]
async fn f09_three_hundred_columns_of_long_texts_arrive() {
    let columns: Vec<_> = (0..300).map(|at| column(&format!("columna_{at}"), Ty::NVarChar(4000))).collect();
    let row = Step::Row(vec![Value::Text("á".repeat(4000)); 300]);
    let steps = [vec![Step::Columns(columns)], vec![row; 2], vec![Step::Done(2)]].concat();
    let server = Server::start(Offer::default(), selects(steps)).await;
    let answer = collect(&engine(&server)).await.expect("an answer");
    assert_eq!((answer.rows, answer.error.clone()), (2, None));
    assert_eq!(answer.text(1, 299).map(|text| text.chars().count()), Some(4000));
}
