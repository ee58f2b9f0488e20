use proptest::prelude::*;
use rust_decimal::Decimal;

use super::*;
use crate::frame::sample::{amounts, floats, frame, months, pesos, whole, words};
use crate::model::ColumnKind::*;

fn sentences(frame: &Frame) -> Vec<String> {
    of(frame, Lang::Es).into_iter().map(|insight| insight.text.into_string()).collect()
}

fn named(values: &[i128]) -> Frame {
    let names: Vec<String> = (0..values.len()).map(|n| format!("m{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    frame(vec![("marca", Text, words(&names)), ("Ventas", Money, pesos(values))])
}

fn has(said: &[String], sentence: &str) -> bool {
    said.iter().any(|one| one == sentence)
}

fn mentions(said: &[String], part: &str) -> bool {
    said.iter().any(|one| one.contains(part))
}

#[test]
fn the_total_the_largest_and_its_share_are_said() {
    let said = sentences(&named(&[500, 300, 200]));
    assert!(has(&said, "Ventas: $1.000 en total, sumando las 3 filas del resultado."), "{said:#?}");
    assert!(
        has(&said, "Ventas: lo mayor es m0 con $500, el 50,0% de la suma de las 3 filas del resultado."),
        "{said:#?}"
    );
    assert!(has(&said, "Ventas: lo menor es m2 con $200, entre las 3 filas del resultado."), "{said:#?}");
}

#[test]
fn every_sentence_exists_in_english_too() {
    let said = of(&named(&[500, 300, 200]), Lang::En);
    assert_eq!(said[0].text.as_str(), "Ventas: COP 1,000 in total, adding up the 3 rows of the result.");
}

#[test]
fn rows_that_share_the_largest_value_are_counted_instead_of_named() {
    let said = sentences(&named(&[500, 500, 200]));
    assert!(
        has(&said, "Ventas: 2 filas comparten lo mayor, $500, entre las 3 filas del resultado."),
        "{said:#?}"
    );
}

#[test]
fn equal_values_have_no_largest() {
    let said = sentences(&named(&[7, 7, 7]));
    assert!(has(&said, "Ventas: las 3 filas del resultado tienen el mismo valor, $7."), "{said:#?}");
    assert!(!mentions(&said, "lo mayor"));
}

#[test]
fn a_truncated_result_speaks_only_of_the_rows_shown() {
    let mut frame = named(&[500, 300, 200]);
    frame.finish(Completeness::Truncated);
    let said = sentences(&frame);
    assert!(said[0].contains("límite"), "{said:#?}");
    assert!(has(&said, "Ventas: $1.000 en total, sumando las 3 filas mostradas."), "{said:#?}");
    assert!(!mentions(&said, "del resultado"));
}

#[test]
fn nothing_is_said_of_an_unfinished_result_and_an_empty_one_says_so() {
    let mut frame = named(&[1, 2]);
    for state in [Completeness::Growing, Completeness::Partial] {
        frame.finish(state);
        assert_eq!(of(&frame, Lang::Es), []);
    }
    assert_eq!(sentences(&named(&[])), ["Ninguna fila cumple lo pedido."]);
}

#[test]
fn a_total_over_no_rows_says_that_there_were_none() {
    let total = |sales, count| {
        frame(vec![("ventas", Money, amounts(&[sales])), ("facturas", Count, whole(&[count]))])
    };
    assert_eq!(sentences(&total(None, 0)), ["Ninguna fila cumple lo pedido."]);
    let some = sentences(&total(None, 3));
    assert!(!mentions(&some, "Ninguna fila"), "{some:#?}");
}

#[test]
fn what_does_not_add_up_is_never_added() {
    let names = ["a", "b", "c", "d", "e"];
    let columns = [
        ("clientes", Count, whole(&[1, 2, 3, 4, 5])),
        ("margen", Percent, pesos(&[1, 2, 3, 4, 5])),
        ("ticket promedio", Money, pesos(&[1, 2, 3, 4, 5])),
        ("precio", UnitPrice, pesos(&[1, 2, 3, 4, 5])),
        ("ventas acumuladas", Money, pesos(&[1, 2, 3, 4, 5])),
    ];
    for (title, kind, values) in columns {
        let said = sentences(&frame(vec![("marca", Text, words(&names)), (title, kind, values)]));
        assert!(mentions(&said, "lo mayor es e"), "{title}: {said:#?}");
        for word in ["total", "suma", "promedio de"] {
            assert!(!mentions(&said, word), "{title}: {said:#?}");
        }
    }
}

#[test]
fn rows_that_may_be_totals_of_others_are_not_added() {
    let rollup =
        frame(vec![("marca", Text, words(&["a", "b", "TOTAL"])), ("ventas", Money, pesos(&[1, 2, 3]))]);
    assert!(!mentions(&sentences(&rollup), "en total"));
}

#[test]
fn a_series_tells_its_trend_its_latest_change_and_its_ends() {
    let frame = frame(vec![("mes", Month, months(4)), ("Ventas", Money, pesos(&[100, 120, 110, 55]))]);
    let said = of(&frame, Lang::Es);
    let texts: Vec<&str> = said.iter().map(|insight| insight.text.as_str()).collect();
    assert_eq!(
        texts[..3],
        [
            "Ventas: tendencia a la baja de ene 2025 a abr 2025 (pendiente de 4 puntos); baja en 2 de 3 cambios.",
            "Ventas: abr 2025 frente a mar 2025, -50,0% (de $110 a $55).",
            "Ventas: de $100 en ene 2025 a $55 en abr 2025, -45,0%.",
        ]
    );
    assert!(said[1].notable);
}

#[test]
fn changes_of_percentages_are_points_and_a_zero_base_has_no_percentage() {
    let margins =
        frame(vec![("mes", Month, months(2)), ("margen", Percent, amounts(&[Some(1200), Some(1350)]))]);
    assert!(mentions(&sentences(&margins), "+1,5 puntos"));
    let from_zero = frame(vec![("mes", Month, months(2)), ("ventas", Money, pesos(&[0, 50]))]);
    assert!(mentions(&sentences(&from_zero), "de $0 en ene 2025 a $50 en feb 2025, +$50."));
}

#[test]
fn two_rows_of_one_period_have_no_trend() {
    let twice =
        frame(vec![("año", Year, whole(&[2024, 2024, 2025, 2026])), ("ventas", Money, pesos(&[1, 2, 3, 4]))]);
    assert!(!mentions(&sentences(&twice), "tendencia"));
}

#[test]
fn a_few_rows_with_most_of_the_sum_are_a_concentration() {
    let said = sentences(&named(&[900, 50, 10, 10, 10, 10, 10]));
    assert!(
        has(&said, "Ventas: una sola de las 7 filas del resultado reúne el 90,0% de la suma."),
        "{said:#?}"
    );
}

#[test]
fn an_unusual_value_is_named_with_the_median() {
    let said = sentences(&named(&[10, 11, 12, 10, 11, 12, 10, 11, 500]));
    assert!(mentions(&said, "m8 se aparta de lo usual con $500, frente a una mediana de $11"), "{said:#?}");
    assert!(!mentions(&sentences(&named(&[10, 10, 10, 10, 10, 10, 10, 10, 500])), "se aparta"));
}

#[test]
fn negatives_and_missing_values_are_counted() {
    let frame = frame(vec![
        ("marca", Text, words(&["a", "b", "c"])),
        ("ventas", Money, amounts(&[Some(-500), None, Some(1000)])),
    ]);
    let said = sentences(&frame);
    assert!(has(&said, "ventas: 1 de las 2 filas con dato del resultado es negativa."), "{said:#?}");
    assert!(has(&said, "ventas: 1 de las 3 filas no tiene dato."), "{said:#?}");
    assert!(!mentions(&said, "% de la suma"));
}

#[test]
fn now_and_before_are_compared() {
    let frame = frame(vec![
        ("marca", Text, words(&["a", "b", "c"])),
        ("Ventas", Money, pesos(&[150, 80, 0])),
        ("Ventas anterior", Money, pesos(&[100, 100, 0])),
    ]);
    let said = sentences(&frame);
    assert!(
        has(
            &said,
            "Ventas: $230 frente a $200 de «Ventas anterior», +15,0%, sumando las 3 filas del resultado con ambos datos."
        ),
        "{said:#?}"
    );
    assert!(has(
        &said,
        "Ventas frente a «Ventas anterior»: 1 en alza y 1 en baja, de 3 filas con ambos datos."
    ));
    assert!(has(&said, "Ventas: la mayor alza es la de a, +50,0% (de $100 a $150)."), "{said:#?}");
    assert!(has(&said, "Ventas: la mayor baja es la de b, -20,0% (de $100 a $80)."));
}

#[test]
fn undefined_and_huge_figures_silence_what_cannot_be_exact() {
    let undefined = frame(vec![("m", Text, words(&["a", "b"])), ("x", Money, floats(&[f64::NAN, 1.0]))]);
    assert_eq!(sentences(&undefined), Vec::<String>::new());
    let huge =
        frame(vec![("m", Text, words(&["a", "b"])), ("x", Money, amounts(&[Some(i128::MAX), Some(1)]))]);
    assert_eq!(sentences(&huge), Vec::<String>::new());
}

#[test]
fn hostile_labels_stay_harmless_in_sentences() {
    let frame = frame(vec![("m", Text, words(&["{title}\u{1b}[2J", "b"])), ("x", Money, pesos(&[2, 1]))]);
    let said = sentences(&frame);
    assert!(mentions(&said, "{title}␛[2J"), "{said:#?}");
}

/// The number in `$1.234` after `before` in a sentence.
fn amount_after(sentence: &str, before: &str) -> Option<i128> {
    let tail = sentence.split_once(before)?.1;
    let negative = tail.starts_with('-');
    let digits: String =
        tail.trim_start_matches(['-', '$']).chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    let magnitude: i128 = digits.replace('.', "").parse().ok()?;
    Some(if negative { -magnitude } else { magnitude })
}

fn tenths(sentence: &str, before: &str) -> Option<i128> {
    let tail = sentence.split_once(before)?.1;
    let shown: String = tail.chars().take_while(|c| *c != '%').collect();
    shown.replace([',', '.'], "").parse().ok()
}

proptest! {
    #[test]
    fn totals_extremes_and_shares_agree_with_the_rows(
        values in prop::collection::vec(-1_000_000_000i128..1_000_000_000, 2..40), positive in any::<bool>()
    ) {
        let values: Vec<i128> = values.iter().map(|v| if positive { v.abs() } else { *v }).collect();
        let said = sentences(&named(&values));
        let (sum, high, low) = (values.iter().sum::<i128>(), values.iter().max(), values.iter().min());
        let total = said.iter().find(|s| s.contains("en total")).expect("a total");
        prop_assert_eq!(amount_after(total, "Ventas: "), Some(sum));
        if let Some(largest) = said.iter().find(|s| s.contains("lo mayor es")) {
            prop_assert_eq!(amount_after(largest, " con "), high.copied());
            let row: usize = largest.split("lo mayor es m").nth(1).and_then(|t| t.split(' ').next()).expect("a row").parse().expect("a number");
            prop_assert_eq!(Some(&values[row]), high);
            if let Some(share) = tenths(largest, ", el ") {
                let exact = high.expect("a value") * 1000;
                prop_assert!((share * sum - exact).abs() * 2 <= sum, "{}", largest);
                prop_assert!(low >= Some(&0));
            }
        }
        if let Some(smallest) = said.iter().find(|s| s.contains("lo menor es")) {
            prop_assert_eq!(amount_after(smallest, " con "), low.copied());
        }
    }

    #[test]
    fn a_concentration_is_reached_with_its_rows_and_not_with_one_less(
        values in prop::collection::vec(0i128..100_000, 5..40)
    ) {
        let said = sentences(&named(&values));
        let found = said.iter().find(|s| s.contains("reúne"));
        let mut sorted = values.clone();
        sorted.sort_by(|a, b| b.cmp(a));
        let sum: i128 = values.iter().sum();
        if let Some(sentence) = found {
            let k: usize = match sentence.strip_prefix("Ventas: una sola") {
                Some(_) => 1,
                None => sentence["Ventas: ".len()..].split(' ').next().expect("a count").parse().expect("a number"),
            };
            let reached: i128 = sorted[..k].iter().sum();
            prop_assert!(reached * 100 >= sum * 80);
            prop_assert!((reached - sorted[k - 1]) * 100 < sum * 80);
        }
    }

    #[test]
    fn trends_count_the_rises_and_falls_there_are(values in prop::collection::vec(0i128..1000, 4..30)) {
        let frame = frame(vec![("mes", Month, months(values.len() as u32)), ("Ventas", Money, pesos(&values))]);
        let said = sentences(&frame);
        let Some(trend) = said.iter().find(|s| s.contains("tendencia")) else {
            prop_assert!(values.iter().all(|v| *v == values[0]));
            return Ok(());
        };
        let rises = values.windows(2).filter(|w| w[1] > w[0]).count();
        let falls = values.windows(2).filter(|w| w[1] < w[0]).count();
        let mean = |xs: &[f64]| xs.iter().sum::<f64>() / xs.len() as f64;
        let xs: Vec<f64> = (0..values.len()).map(|x| x as f64).collect();
        let ys: Vec<f64> = values.iter().map(|y| *y as f64).collect();
        let slope: f64 = xs.iter().zip(&ys).map(|(x, y)| (x - mean(&xs)) * (y - mean(&ys))).sum();
        if trend.contains("alza") {
            prop_assert!(slope > -1e-6, "{}", trend);
            let counted = format!("sube en {rises} de");
            prop_assert!(trend.contains(&counted), "{}", trend);
        } else if trend.contains("baja de") {
            prop_assert!(slope < 1e-6, "{}", trend);
            let counted = format!("baja en {falls} de");
            prop_assert!(trend.contains(&counted), "{}", trend);
        } else {
            prop_assert!(slope.abs() < 1e-6, "{}", trend);
        }
    }

    #[test]
    fn the_largest_rise_and_fall_are_the_farthest_apart(
        pairs in prop::collection::vec((0i128..1000, 0i128..1000), 2..20)
    ) {
        let names: Vec<String> = (0..pairs.len()).map(|n| format!("m{n}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let (now, before): (Vec<i128>, Vec<i128>) = pairs.iter().copied().unzip();
        let frame = frame(vec![
            ("marca", Text, words(&names)), ("Ventas", Money, pesos(&now)), ("base", Money, pesos(&before)),
        ]);
        let said = sentences(&frame);
        for (part, sign) in [("mayor alza", 1), ("mayor baja", -1)] {
            let farthest = pairs.iter().map(|(a, b)| (a - b) * sign).max().filter(|d| *d > 0);
            let sentence = said.iter().find(|s| s.contains(part));
            prop_assert_eq!(sentence.is_some(), farthest.is_some());
            if let (Some(sentence), Some(farthest)) = (sentence, farthest) {
                let from = amount_after(sentence, "(de ").expect("a base");
                let to = amount_after(sentence.split_once("(de ").expect("a base").1, " a ").expect("a figure");
                prop_assert_eq!((to - from) * sign, farthest);
            }
        }
    }

    #[test]
    fn unusual_values_are_far_by_the_rule_they_name(values in prop::collection::vec(0i128..10_000, 8..30)) {
        let said = sentences(&named(&values));
        let median = |mut xs: Vec<f64>| { xs.sort_by(f64::total_cmp); let n = xs.len(); (xs[n / 2] + xs[(n - 1) / 2]) / 2.0 };
        let middle = median(values.iter().map(|v| *v as f64).collect());
        let spread = median(values.iter().map(|v| (*v as f64 - middle).abs()).collect());
        for sentence in said.iter().filter(|s| s.contains("se aparta")) {
            let value = amount_after(sentence, "usual con ").expect("a value") as f64;
            prop_assert!(0.6745 * (value - middle).abs() > 3.5 * spread - 1e-6, "{}", sentence);
        }
    }

    #[test]
    fn sums_are_exact_or_not_said(values in prop::collection::vec(any::<i128>(), 1..20)) {
        let decimals: Vec<Decimal> = values.iter().filter_map(|v| Decimal::try_from_i128_with_scale(v >> 40, 4).ok()).collect();
        if let Some(sum) = exact::sum(decimals.iter().copied()) {
            let expected: i128 = decimals.iter().map(Decimal::mantissa).sum();
            prop_assert_eq!(sum.mantissa(), expected);
        }
    }
}
