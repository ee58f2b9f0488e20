use chrono::{Datelike, Days, NaiveDate};
use proptest::prelude::*;

use super::grammar::{TimeSense, time_at};
use super::period::{Grain, TimeRange, day};
use crate::ask::normalize::tokens;

fn today() -> NaiveDate {
    day(2025, 6, 30).expect("a day")
}

/// The range that the whole phrase says, as `start..end`.
fn read(text: &str) -> String {
    let all = tokens(text);
    let Some(hit) = time_at(&all, 0, today()) else { return "nothing".into() };
    if hit.len != all.len() {
        return format!("only {} of {} words", hit.len, all.len());
    }
    let show = |r: TimeRange| format!("{}..{}", r.start, r.end);
    match hit.sense {
        TimeSense::Range(r) | TimeSense::Since(r) => show(r),
        TimeSense::FromTo(a, b) => show(TimeSense::from_to(&a, &b, today()).expect("in order")),
        TimeSense::Until(end) => format!("..{end}"),
        TimeSense::SameLastYear => "same last year".into(),
        TimeSense::SameInYear(year) => format!("same in {year}"),
        TimeSense::Preceding => "preceding".into(),
        TimeSense::SameBefore(grain) => format!("same before {grain:?}"),
        TimeSense::Ambiguous(all) => format!("{} ranges", all.len()),
    }
}

#[test]
fn references_to_the_same_stretch_of_another_time() {
    for (text, expected) in [
        ("el mismo periodo del mes pasado", "same before Month"),
        ("mismo corte de la semana pasada", "same before Week"),
        ("la misma fecha del trimestre anterior", "same before Quarter"),
        ("the same point of last month", "same before Month"),
        ("el mismo periodo de 2024", "same in 2024"),
        ("el mismo corte del año pasado", "same last year"),
    ] {
        assert_eq!(read(text), expected, "{text}");
    }
}

#[test]
fn the_same_stretch_has_as_many_days_as_have_passed() {
    let at = |month, of| day(2025, month, of).expect("a day");
    let shown = |range: Option<TimeRange>| range.map(|r| format!("{}..{}", r.start, r.end));
    let month = TimeRange::to_date(Grain::Month, at(3, 30));
    // February has no thirtieth.
    assert_eq!(shown(month.same_days_before(Grain::Month)).as_deref(), Some("2025-02-01..2025-02-28"));
    assert_eq!(shown(month.same_days_in(2024)).as_deref(), Some("2024-03-01..2024-03-30"));
    let week = TimeRange::to_date(Grain::Week, at(6, 18));
    assert_eq!(shown(week.same_days_before(Grain::Week)).as_deref(), Some("2025-06-09..2025-06-11"));
    let year = TimeRange::to_date(Grain::Year, at(6, 18));
    assert_eq!(shown(year.same_days_in(2023)).as_deref(), Some("2023-01-01..2023-06-18"));
    assert_eq!(year.same_days_before(Grain::Month), None);
    let whole = TimeRange::containing(Grain::Month, at(2, 3));
    assert_eq!(shown(whole.same_days_before(Grain::Month)).as_deref(), Some("2025-01-01..2025-01-31"));
    assert_eq!(shown(whole.same_days_in(2024)).as_deref(), Some("2024-02-01..2024-02-29"));
}

#[test]
fn everyday_phrases_in_both_languages() {
    for (text, expected) in [
        ("hoy", "2025-06-30..2025-06-30"),
        ("ayer", "2025-06-29..2025-06-29"),
        ("antier", "2025-06-28..2025-06-28"),
        ("este mes", "2025-06-01..2025-06-30"),
        ("mes pasado", "2025-05-01..2025-05-31"),
        ("el mes anterior", "2025-05-01..2025-05-31"),
        ("last month", "2025-05-01..2025-05-31"),
        ("hace 2 meses", "2025-04-01..2025-04-30"),
        ("hace un año", "2024-01-01..2024-12-31"),
        ("3 months ago", "2025-03-01..2025-03-31"),
        ("esta semana", "2025-06-30..2025-06-30"),
        ("la semana pasada", "2025-06-23..2025-06-29"),
        ("last week", "2025-06-23..2025-06-29"),
        ("últimos 7 días", "2025-06-24..2025-06-30"),
        ("los últimos quince días", "2025-06-16..2025-06-30"),
        ("últimas 2 semanas", "2025-06-17..2025-06-30"),
        ("los últimos dos meses", "2025-05-01..2025-06-30"),
        ("last 3 months", "2025-04-01..2025-06-30"),
        ("the past 90 days", "2025-04-02..2025-06-30"),
        ("los 3 últimos meses", "2025-04-01..2025-06-30"),
        ("primer trimestre de 2024", "2024-01-01..2024-03-31"),
        ("1er trimestre", "2025-01-01..2025-03-31"),
        ("cuarto trimestre", "2024-10-01..2024-12-31"),
        ("Q2", "2025-04-01..2025-06-30"),
        ("Q3 2024", "2024-07-01..2024-09-30"),
        ("2024 Q3", "2024-07-01..2024-09-30"),
        ("2024-Q3", "2024-07-01..2024-09-30"),
        ("trimestre pasado", "2025-01-01..2025-03-31"),
        ("last quarter", "2025-01-01..2025-03-31"),
        ("second half of 2024", "2024-07-01..2024-12-31"),
        ("segundo semestre", "2024-07-01..2024-12-31"),
        ("primer semestre del año", "2025-01-01..2025-06-30"),
        ("primer semestre del año pasado", "2024-01-01..2024-06-30"),
        ("primer bimestre de 2025", "2025-01-01..2025-02-28"),
        ("mayo", "2025-05-01..2025-05-31"),
        ("diciembre", "2024-12-01..2024-12-31"),
        ("mes de mayo", "2025-05-01..2025-05-31"),
        ("mayo de 2023", "2023-05-01..2023-05-31"),
        ("mayo del 2023", "2023-05-01..2023-05-31"),
        ("mayo del año pasado", "2024-05-01..2024-05-31"),
        ("may 2024", "2024-05-01..2024-05-31"),
        ("2025-02", "2025-02-01..2025-02-28"),
        ("2024", "2024-01-01..2024-12-31"),
        ("el año 2024", "2024-01-01..2024-12-31"),
        ("año antepasado", "2023-01-01..2023-12-31"),
        ("este año", "2025-01-01..2025-06-30"),
        ("año corrido", "2025-01-01..2025-06-30"),
        ("en lo que va del año", "2025-01-01..2025-06-30"),
        ("YTD", "2025-01-01..2025-06-30"),
        ("so far this month", "2025-06-01..2025-06-30"),
        ("entre marzo y mayo", "2025-03-01..2025-05-31"),
        ("de enero a marzo de 2024", "2024-01-01..2024-03-31"),
        ("de noviembre a febrero", "2024-11-01..2025-02-28"),
        ("from January to March 2024", "2024-01-01..2024-03-31"),
        ("del 1 al 10 de junio de 2025", "2025-06-01..2025-06-10"),
        ("entre el 5 y el 20 de mayo", "2025-05-05..2025-05-20"),
        ("desde el 15 de marzo", "2025-03-15..2025-06-30"),
        ("desde enero hasta abril", "2025-01-01..2025-04-30"),
        ("since May", "2025-05-01..2025-06-30"),
        ("hasta marzo", "..2025-03-31"),
        ("antes de mayo", "..2025-04-30"),
        ("después de mayo", "2025-06-01..2025-06-30"),
        ("15 de junio de 2025", "2025-06-15..2025-06-15"),
        ("junio 15", "2025-06-15..2025-06-15"),
        ("June 15th, 2025", "2025-06-15..2025-06-15"),
        ("15/06/2025", "2025-06-15..2025-06-15"),
        ("06/15/2025", "2025-06-15..2025-06-15"),
        ("15-06-25", "2025-06-15..2025-06-15"),
        ("2025-06-15", "2025-06-15..2025-06-15"),
        ("segunda quincena de mayo", "2025-05-16..2025-05-31"),
        ("primera quincena de febrero de 2024", "2024-02-01..2024-02-15"),
        ("esta quincena", "2025-06-16..2025-06-30"),
        ("quincena pasada", "2025-06-01..2025-06-15"),
        ("el viernes", "2025-06-27..2025-06-27"),
        ("el lunes pasado", "2025-06-23..2025-06-23"),
        ("last sunday", "2025-06-29..2025-06-29"),
        ("last weekend", "2025-06-28..2025-06-29"),
        ("el mismo mes del año pasado", "same last year"),
        ("the same period last year", "same last year"),
        ("periodo anterior", "preceding"),
        ("el último mes", "2 ranges"),
        ("semana del 9 al 15 de junio", "2025-06-09..2025-06-15"),
    ] {
        assert_eq!(read(text), expected, "{text}");
    }
}

#[test]
fn what_is_no_time_is_not_read_as_time() {
    for text in ["ventas", "31 de febrero", "5 clientes", "primer cliente", "9999"] {
        assert!(matches!(read(text).as_str(), "nothing" | "only 2 of 3 words"), "{text}: {}", read(text));
    }
}

proptest! {
    #[test]
    fn last_days_have_that_many_days_and_end_today(n in 1u32..400) {
        let range = TimeRange::last(Grain::Day, n, today()).expect("a range");
        prop_assert_eq!(range.days(), u64::from(n));
        prop_assert_eq!(range.end, today());
    }

    #[test]
    fn units_tile_the_calendar(offset in 0u64..4000, which in 0usize..8) {
        let grains = [Grain::Day, Grain::Week, Grain::Fortnight, Grain::Month, Grain::TwoMonths, Grain::Quarter, Grain::Half, Grain::Year];
        let date = day(2015, 1, 1).and_then(|d| d.checked_add_days(Days::new(offset))).expect("a day");
        let range = TimeRange::containing(grains[which], date);
        prop_assert!(range.start <= date && date <= range.end);
        let before = TimeRange::before(grains[which], date, 1);
        prop_assert_eq!(before.end_exclusive(), range.start);
    }

    #[test]
    fn every_date_is_read_in_every_notation(offset in 0u64..4000) {
        let date = day(2015, 1, 1).and_then(|d| d.checked_add_days(Days::new(offset))).expect("a day");
        let expected = format!("{date}..{date}");
        const MONTHS: [&str; 12] = ["enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"];
        let month = MONTHS[date.month0() as usize];
        let (d, m, y) = (date.day(), date.month(), date.year());
        for text in [format!("{d} de {month} de {y}"), format!("{d:02}/{m:02}/{y}"), format!("{y}-{m:02}-{d:02}"), format!("{month} {d} de {y}")] {
            prop_assert_eq!(read(&text), expected.clone(), "{}", text);
        }
    }
}
