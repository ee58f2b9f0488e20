use proptest::prelude::*;

use super::*;
use crate::ask::ChartHint;
use crate::frame::sample::{amounts, floats, frame, months, pesos, whole, words};
use crate::frame::{Completeness, Frame};
use crate::model::ColumnKind::*;
use crate::sanitize::width;

fn brands(values: &[i128]) -> Frame {
    let names: Vec<String> = (0..values.len()).map(|n| format!("marca {n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    frame(vec![("marca", Text, words(&names)), ("ventas", Money, pesos(values))])
}

fn bars(chart: Option<Chart>) -> Bars {
    match chart {
        Some(Chart::Bars(bars)) => bars,
        other => panic!("expected bars, got {other:?}"),
    }
}

fn line(chart: Option<Chart>) -> Line {
    match chart {
        Some(Chart::Line(line)) => line,
        other => panic!("expected a line, got {other:?}"),
    }
}

#[test]
fn names_with_an_amount_become_bars_in_their_order() {
    let bars = bars(of(&brands(&[3_000_000, 1_000]), None, Lang::Es));
    assert_eq!(bars.bars[0], ("marca 0".into(), 3_000_000.0, "$3,0 M".into()));
    assert_eq!((bars.bars.len(), bars.left_out), (2, 0));
}

#[test]
fn too_many_bars_keep_the_largest_and_count_the_rest() {
    let values: Vec<i128> = (1..=50).collect();
    let bars = bars(of(&brands(&values), Some(ChartHint::Bar), Lang::Es));
    assert_eq!(bars.left_out, 30);
    assert_eq!(bars.bars[0].1, 50.0);
    assert_eq!(bars.bars[19].1, 31.0);
}

#[test]
fn months_become_a_line_in_time_order() {
    let frame = frame(vec![
        ("año", Year, whole(&[2025, 2024, 2025])),
        ("mes", MonthOfYear, whole(&[2, 12, 1])),
        ("ventas", Money, pesos(&[30, 10, 20])),
    ]);
    let line = line(of(&frame, Some(ChartHint::Line), Lang::Es));
    let expected: Vec<(SafeText, f64)> =
        vec![("dic 2024".into(), 10.0), ("ene 2025".into(), 20.0), ("feb 2025".into(), 30.0)];
    assert_eq!(line.points, expected);
}

#[test]
fn weeks_are_labelled_with_their_year() {
    let frame = frame(vec![
        ("anio", Year, whole(&[2025, 2025])),
        ("semana", Number, whole(&[9, 23])),
        ("ventas", Money, pesos(&[1, 2])),
    ]);
    let labels: Vec<_> =
        line(of(&frame, None, Lang::Es)).points.into_iter().map(|(l, _)| l.into_string()).collect();
    assert_eq!(labels, ["2025-S09", "2025-S23"]);
}

#[test]
fn two_series_are_not_drawn_as_one_line() {
    let twice = frame(vec![("año", Year, whole(&[2025, 2025])), ("ventas", Money, pesos(&[1, 2]))]);
    assert!(!matches!(of(&twice, Some(ChartHint::Line), Lang::Es), Some(Chart::Line(_))));
}

#[test]
fn one_row_is_shown_as_figures() {
    let Some(Chart::Figures(figures)) = of(&brands(&[1_234_567]), Some(ChartHint::Figure), Lang::Es) else {
        panic!("expected figures")
    };
    assert_eq!(figures, [("marca".into(), "marca 0".into()), ("ventas".into(), "$1.234.567".into())]);
}

#[test]
fn now_and_before_become_paired_bars() {
    let frame = frame(vec![
        ("marca", Text, words(&["a", "b"])),
        ("ventas_actual", Money, pesos(&[10, 20])),
        ("ventas_anterior", Money, pesos(&[5, 40])),
    ]);
    let Some(Chart::PairedBars { current, base }) = of(&frame, None, Lang::Es) else {
        panic!("expected pairs")
    };
    assert_eq!((current.bars[1].1, base.bars[1].1), (20.0, 40.0));
    assert_eq!(to_text(&Chart::PairedBars { current, base }, 40, 10, Lang::Es).len(), 5);
}

#[test]
fn nothing_is_drawn_over_an_unfinished_empty_or_figureless_result() {
    let mut partial = brands(&[1, 2]);
    for state in [Completeness::Growing, Completeness::Partial] {
        partial.finish(state);
        assert_eq!(of(&partial, None, Lang::Es), None);
    }
    assert_eq!(of(&brands(&[]), None, Lang::Es), None);
    assert_eq!(of(&brands(&[1, 2]), Some(ChartHint::None), Lang::Es), None);
    let nulls = frame(vec![("marca", Text, words(&["a", "b"])), ("ventas", Money, amounts(&[None, None]))]);
    assert_eq!(of(&nulls, None, Lang::Es), None);
    let undefined =
        frame(vec![("m", Text, words(&["a", "b"])), ("x", Number, floats(&[f64::NAN, f64::INFINITY]))]);
    assert_eq!(of(&undefined, None, Lang::Es), None);
}

#[test]
fn bars_fill_their_share_of_the_width() {
    let chart = of(&brands(&[80, 40, 0]), None, Lang::Es).expect("bars");
    let lines = to_text(&chart, 40, 10, Lang::Es);
    let blocks = |line: &str| line.chars().filter(|c| *c == '█').count();
    assert_eq!(lines[0], "ventas");
    assert_eq!(blocks(&lines[1]), 40 - "marca 0".len() - "$80".len() - 2);
    assert_eq!(blocks(&lines[2]), blocks(&lines[1]) / 2);
    assert_eq!(blocks(&lines[3]), 0);
}

#[test]
fn negative_bars_grow_to_the_left_of_zero() {
    let chart = of(&brands(&[50, -50]), None, Lang::Es).expect("bars");
    let lines = to_text_in(&chart, 41, 10, Ink::Ascii, Lang::Es);
    let first = lines[1].find('#').expect("a bar");
    assert_eq!(lines[2].rfind('#').map(|last| last + 1), Some(first));
}

#[test]
fn what_does_not_fit_is_counted() {
    let chart = of(&brands(&(1..=30).collect::<Vec<_>>()), None, Lang::Es).expect("bars");
    let lines = to_text(&chart, 40, 8, Lang::Es);
    assert_eq!(lines.len(), 8);
    assert_eq!(lines[7], "… y 24 más");
}

#[test]
fn a_line_is_drawn_with_compact_pesos_and_its_first_and_last_label() {
    let frame = frame(vec![
        ("mes", Month, months(4)),
        ("ventas", Money, pesos(&[1_000_000_000, 2_000_000_000, 1_500_000_000, 3_400_000_000])),
    ]);
    let lines = to_text(&of(&frame, None, Lang::Es).expect("a line"), 50, 10, Lang::Es);
    assert_eq!(lines.len(), 10);
    assert!(lines[1].starts_with("$3,4 mil M "), "{lines:#?}");
    assert!(lines[8].starts_with("$1,0 mil M "), "{lines:#?}");
    assert!(lines[9].contains("ene 2025") && lines[9].ends_with("abr 2025"), "{lines:#?}");
}

#[test]
fn a_rising_line_ends_higher_than_it_starts() {
    let lines = braille(&[0.0, 1.0, 2.0], 20, 5);
    assert_eq!(lines.len(), 5);
    assert!(!lines[4].starts_with(' ') && lines[0].starts_with(' '));
    assert!(!lines[0].ends_with(' ') && lines[4].ends_with(' '));
}

#[test]
fn flat_single_and_odd_points_are_survived() {
    assert!(braille(&[5.0, 5.0], 20, 4).iter().any(|l| !l.trim().is_empty()));
    assert!(braille(&[5.0], 20, 4).iter().any(|l| !l.trim().is_empty()));
    assert!(braille(&[], 20, 4).is_empty());
    assert!(braille(&[f64::NAN, f64::INFINITY], 20, 4).is_empty());
    assert!(braille(&[1.0, 2.0], 3, 1).is_empty());
    assert_eq!(braille(&[f64::MAX, f64::MIN], 20, 4).len(), 4);
}

proptest! {
    #[test]
    fn no_drawing_is_larger_than_its_room(
        values in prop::collection::vec(-1_000_000_000_000i128..1_000_000_000_000, 1..40),
        columns in 0u16..120, rows in 0u16..30, ascii in any::<bool>(), over_time in any::<bool>()
    ) {
        let frame = if over_time {
            frame(vec![("mes", Month, months(values.len() as u32)), ("ventas", Money, pesos(&values))])
        } else {
            brands(&values)
        };
        let ink = if ascii { Ink::Ascii } else { Ink::Unicode };
        let chart = of(&frame, None, Lang::Es).expect("a chart");
        let lines = to_text_in(&chart, columns, rows, ink, Lang::Es);
        prop_assert!(lines.len() <= usize::from(rows));
        for line in lines {
            prop_assert!(width(&line) <= usize::from(columns), "{line:?} in {columns}");
        }
    }

    #[test]
    fn any_floats_are_drawn_without_panic(values in prop::collection::vec(any::<f64>(), 0..30), cells in 0u16..60) {
        braille(&values, cells, 5);
    }
}
