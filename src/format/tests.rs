use arrow::datatypes::{DataType, TimeUnit};
use chrono::NaiveDate;
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::*;
use crate::model::ColumnKind::*;

fn decimal(unscaled: i128, scale: i8) -> Value<'static> {
    Value::Decimal { unscaled, scale }
}

fn es(v: Value<'_>, kind: ColumnKind) -> String {
    value(&v, kind, Lang::Es)
}

fn en(v: Value<'_>, kind: ColumnKind) -> String {
    value(&v, kind, Lang::En)
}

fn amount(text: &str) -> Decimal {
    text.parse().expect("a decimal")
}

#[test]
fn pesos_have_no_decimals_and_round_half_away_from_zero() {
    assert_eq!(es(decimal(123_456_750, 2), Money), "$1.234.568");
    assert_eq!(es(decimal(-123_450, 2), Money), "-$1.235");
    assert_eq!(es(decimal(-49, 2), Money), "$0");
    assert_eq!(es(Value::Int(0), Money), "$0");
    assert_eq!(es(Value::Float(-0.0), Money), "$0");
    assert_eq!(es(Value::Null, Money), "-");
    assert_eq!(en(decimal(-123_456_700, 2), Money), "-COP 1,234,567");
}

#[test]
fn unit_prices_keep_two_decimals_where_there_are_any() {
    assert_eq!(es(decimal(12_345_000, 4), UnitPrice), "$1.234,50");
    assert_eq!(es(decimal(12_340_000, 4), UnitPrice), "$1.234");
}

#[test]
fn percentages_have_one_decimal() {
    assert_eq!(es(decimal(4_555, 2), Percent), "45,6%");
    assert_eq!(es(Value::Float(1234.56), Percent), "1.234,6%");
    assert_eq!(en(decimal(4_555, 2), Percent), "45.6%");
}

#[test]
fn counts_quantities_and_other_numbers() {
    assert_eq!(es(Value::Int(1234), Count), "1.234");
    assert_eq!(es(decimal(123_450, 2), Quantity), "1.234,5");
    assert_eq!(es(decimal(123_400, 2), Quantity), "1.234");
    assert_eq!(es(decimal(1_234_567, 3), Number), "1.234,57");
    assert_eq!(es(Value::Int(1234), Number), "1.234");
    assert_eq!(es(Value::Float(f64::NAN), Number), "—");
}

#[test]
fn years_and_codes_are_never_grouped() {
    assert_eq!(es(Value::Int(2025), Year), "2025");
    assert_eq!(es(Value::Int(900_123_456), Code), "900123456");
    assert_eq!(es(Value::Text("01"), Code), "01");
    assert_eq!(es(Value::Text("0010040013"), Code), "0010040013");
}

#[test]
fn dates_months_and_weekdays() {
    let day = NaiveDate::from_ymd_opt(2025, 6, 30).expect("a day");
    let moment = day.and_hms_opt(14, 5, 0).expect("a moment");
    assert_eq!(es(Value::Date(day), Date), "30/06/2025");
    assert_eq!(en(Value::Date(day), Date), "2025-06-30");
    assert_eq!(es(Value::DateTime(moment), Date), "30/06/2025 14:05");
    assert_eq!(es(Value::Date(day), Month), "jun 2025");
    assert_eq!(en(Value::Int(202_506), Month), "Jun 2025");
    assert_eq!(es(Value::Int(1), MonthOfYear), "enero");
    assert_eq!(es(Value::Int(13), MonthOfYear), "13");
    assert_eq!(es(Value::Int(1), Weekday), "lunes");
    assert_eq!(es(Value::Text("Wednesday"), Weekday), "miércoles");
    assert_eq!(es(Value::Text("June"), MonthOfYear), "junio");
}

#[test]
fn the_widest_decimals_of_sql_server_are_exact() {
    let nines = "9".repeat(38);
    let widest: i128 = nines.parse().expect("38 digits");
    assert_eq!(digits_of(&decimal(widest, 0)).map(|d| d.plain()), Some(nines.clone()));
    assert_eq!(digits_of(&decimal(widest, 38)).map(|d| d.plain()), Some(format!("0.{nines}")));
    assert_eq!(es(decimal(widest, 38), Money), "$1");
    assert_eq!(es(decimal(80_000_000_000_000_000_000_000_000_000, 20), Money), "$800.000.000");
    assert_eq!(es(Value::Text(&nines), Count).matches('.').count(), 12);
    assert_eq!(es(decimal(7, -3), Count), "7.000");
    assert!(es(decimal(i128::MIN, 0), Money).starts_with("-$170.141"));
    assert_eq!(es(Value::Float(1e308), Number).len(), 309 + 102 + 3);
}

#[test]
fn null_text_is_told_from_empty_text() {
    assert_eq!(es(Value::Null, Text), "(nulo)");
    assert_eq!(es(Value::Text(""), Text), "(sin dato)");
}

#[test]
fn compact_pesos_use_millions_and_thousands_of_millions() {
    let compact = |text: &str| compact_money(amount(text), Lang::Es);
    assert_eq!(compact("987654"), "$987.654");
    assert_eq!(compact("1234567"), "$1,2 M");
    assert_eq!(compact("999949999"), "$999,9 M");
    assert_eq!(compact("999999999"), "$1,0 mil M");
    assert_eq!(compact("3400000000"), "$3,4 mil M");
    assert_eq!(compact("-1234567890123"), "-$1.234,6 mil M");
    assert_eq!(compact_money(amount("3400000000"), Lang::En), "COP 3.4 B");
}

#[test]
fn durations_are_short() {
    let shown = |millis| duration(Duration::from_millis(millis), Lang::Es);
    assert_eq!(shown(350), "350 ms");
    assert_eq!(shown(4_250), "4,2 s");
    assert_eq!(shown(65_000), "1 min 05 s");
    assert_eq!(shown(7_380_000), "2 h 03 min");
}

#[test]
fn numbers_are_read_as_people_write_them() {
    let table = [
        ("1.234.567", "1234567"),
        ("1.234,56", "1234.56"),
        ("$1.234", "1234"),
        ("45,6%", "45.6"),
        ("43,513,462.22", "43513462.22"),
        ("1,5", "1.5"),
        ("1.5", "1.5"),
        ("0,125", "0.125"),
        ("0.125", "0.125"),
        ("1,234", "1.234"),
        ("1234", "1234"),
        ("-$ 1.234", "-1234"),
        ("$-1.234", "-1234"),
        ("COP 1.000", "1000"),
        ("1'234.567", "1234567"),
        ("500000", "500000"),
        ("-0", "0"),
    ];
    for (text, expected) in table {
        assert_eq!(parse_number(text, Lang::Es), Ok(amount(expected)), "{text}");
    }
    assert_eq!(parse_number("1,234", Lang::En), Ok(amount("1234")));
    assert_eq!(parse_number("1.234", Lang::En), Ok(amount("1.234")));
}

#[test]
fn what_is_not_a_number_is_refused() {
    for text in
        ["abc", "1.2.3", "1,23,456", "12.34.567,8", "--1", "1.", ".5", "1,,2", "$", "1e5", "٣", "1.234,567.8"]
    {
        assert_eq!(parse_number(text, Lang::Es), Err(NumberError::NotANumber), "{text}");
    }
    assert_eq!(parse_number("  ", Lang::Es), Err(NumberError::Empty));
    assert_eq!(parse_number(&"9".repeat(40), Lang::Es), Err(NumberError::OutOfRange));
}

#[test]
fn kinds_are_guessed_cautiously_from_names() {
    let decimal = DataType::Decimal128(38, 2);
    let table = [
        ("TotalMasIva", Money),
        ("Ventas", Money),
        ("ganancia_total", Money),
        ("ticket_promedio", Money),
        ("ventas_año_anterior", Money),
        ("total", Money),
        ("costo", Money),
        ("Ingresos", Money),
        ("margen", Percent),
        ("Margen_Pct", Percent),
        ("porcentaje_ventas", Percent),
        ("% del total", Percent),
        ("Total_Clientes", Count),
        ("numero_facturas", Count),
        ("Numero_Ventas", Count),
        ("num_productos", Count),
        ("Cantidad", Quantity),
        ("unidades", Quantity),
        ("cantidad_vendida", Quantity),
        ("precio_promedio", UnitPrice),
        ("VentaSinIva", UnitPrice),
        ("relativa", Number),
        ("lift", Number),
        ("privado", Number),
    ];
    for (name, kind) in table {
        assert_eq!(kind_of(name, &decimal), kind, "{name}");
    }
    let integers = [
        ("año", Year),
        ("ano", Year),
        ("anio", Year),
        ("VentaID", Code),
        ("TercerosID", Code),
        ("id_cliente", Code),
        ("NumeroDocumento", Code),
        ("periodo", Code),
        ("mes", MonthOfYear),
        ("dia_semana", Weekday),
        ("nit", Code),
        ("clientes", Count),
        ("DiasCredito", Count),
        ("puesto", Code),
        ("semana", Code),
    ];
    for (name, kind) in integers {
        assert_eq!(kind_of(name, &DataType::Int32), kind, "{name}");
    }
    assert_eq!(kind_of("Fecha", &DataType::Date32), Date);
    assert_eq!(kind_of("mes", &DataType::Timestamp(TimeUnit::Second, None)), Month);
    assert_eq!(kind_of("total", &DataType::Utf8), Text);
    assert_eq!(kind_of("Iva", &DataType::Decimal128(5, 2)), Percent);
    assert_eq!(kind_of("IVA", &DataType::Decimal128(38, 2)), Money);
}

fn any_kind() -> impl Strategy<Value = ColumnKind> {
    prop::sample::select(vec![
        Money,
        UnitPrice,
        Percent,
        Count,
        Quantity,
        Number,
        Date,
        Month,
        MonthOfYear,
        Weekday,
        Year,
        Code,
        Text,
    ])
}

proptest! {
    #[test]
    fn any_decimal_is_written_without_panic_and_without_negative_zero(
        unscaled in any::<i128>(), scale in -38i8..=38, kind in any_kind(), english in any::<bool>()
    ) {
        let lang = if english { Lang::En } else { Lang::Es };
        let shown = value(&decimal(unscaled, scale), kind, lang);
        let digits = shown.bytes().any(|b| (b'1'..=b'9').contains(&b));
        prop_assert!(digits || !shown.starts_with('-') || shown == "-", "{}", shown);
    }

    #[test]
    fn any_text_and_float_is_written_without_panic(text in ".{0,40}", float in any::<f64>(), kind in any_kind()) {
        value(&Value::Text(&text), kind, Lang::Es);
        value(&Value::Float(float), kind, Lang::En);
        compact(&Value::Float(float), kind, Lang::Es);
    }

    #[test]
    fn whole_pesos_read_back_as_they_were_written(pesos in any::<i64>(), english in any::<bool>()) {
        let lang = if english { Lang::En } else { Lang::Es };
        let shown = money(Decimal::from(pesos), lang);
        prop_assert_eq!(parse_number(&shown, lang), Ok(Decimal::from(pesos)));
    }

    #[test]
    fn two_decimals_read_back_as_they_were_written(cents in -10_000_000_000_000i64..10_000_000_000_000) {
        let exact = Decimal::new(cents, 2);
        for lang in Lang::ALL {
            let shown = value(&decimal(cents.into(), 2), Number, lang);
            prop_assert_eq!(parse_number(&shown, lang), Ok(exact), "{}", shown);
        }
    }

    #[test]
    fn groups_have_three_digits(n in any::<i64>()) {
        let shown = es(Value::Int(n), Count);
        let mut groups = shown.trim_start_matches('-').split('.');
        prop_assert!(groups.next().is_some_and(|first| (1..=3).contains(&first.len())));
        prop_assert!(groups.all(|group| group.len() == 3));
        prop_assert_eq!(shown.replace('.', ""), n.to_string());
    }

    #[test]
    fn rounding_agrees_with_exact_decimals(n in any::<i64>(), scale in 0u32..20, places in 0u32..6) {
        use rust_decimal::RoundingStrategy::MidpointAwayFromZero;
        let exact = Decimal::from_i128_with_scale(n.into(), scale);
        let expected = exact.round_dp_with_strategy(places, MidpointAwayFromZero);
        let rounded = digits_of_decimal(exact).rounded(places as usize).plain();
        prop_assert_eq!(rounded.parse::<Decimal>(), Ok(expected));
    }

    #[test]
    fn reading_never_panics(text in ".{0,30}") {
        let _ = parse_number(&text, Lang::Es);
    }

    #[test]
    fn guessing_never_panics(name in ".{0,30}") {
        kind_of(&name, &DataType::Int64);
    }
}

#[test]
fn blank_text_is_said_to_be_blank() {
    for blank in ["", "   "] {
        assert_eq!(value(&Value::Text(blank), ColumnKind::Text, Lang::Es), "(sin dato)");
        assert_eq!(value(&Value::Text(blank), ColumnKind::Code, Lang::En), "(no data)");
    }
}
