//! Which stretches of days are to be brought in.

use chrono::{Datelike, Days, Months, NaiveDate};

use super::manifest::Part;

/// Days from `from` up to but without `to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Stretch {
    pub from: NaiveDate,
    pub to: NaiveDate,
}

fn month_start(day: NaiveDate) -> NaiveDate {
    day.with_day(1).unwrap_or(day)
}

/// The months of a stretch, the newest first, the first and last cut to it.
fn months(stretch: Stretch) -> Vec<Stretch> {
    let mut all = Vec::new();
    let mut start = month_start(stretch.from);
    while start < stretch.to {
        let Some(next) = start.checked_add_months(Months::new(1)) else { break };
        all.push(Stretch { from: start.max(stretch.from), to: next.min(stretch.to) });
        start = next;
    }
    all.reverse();
    all
}

/// The days without gaps that end with the newest part.
pub(super) fn covered(parts: &[Part]) -> Option<Stretch> {
    let mut newest_first: Vec<&Part> = parts.iter().collect();
    newest_first.sort_by_key(|part| std::cmp::Reverse(part.from));
    let newest = newest_first.first()?;
    let mut days = Stretch { from: newest.from, to: newest.to };
    for part in newest_first.iter().skip(1) {
        if part.to < days.from {
            break;
        }
        days.from = days.from.min(part.from);
    }
    Some(days)
}

/// The months to bring in so that the copy holds `wanted` and everything between it and
/// what it holds already, the newest first. Months that end in the last `refresh_days`
/// before `today` are brought in anew.
pub(super) fn to_bring(parts: &[Part], wanted: Stretch, refresh_days: u32, today: NaiveDate) -> Vec<Stretch> {
    let whole = match covered(parts) {
        Some(held) => Stretch { from: wanted.from.min(held.from), to: wanted.to.max(held.to) },
        None => wanted,
    };
    let fresh_from = today.checked_sub_days(Days::new(refresh_days.into())).unwrap_or(NaiveDate::MIN);
    let is_held = |month: &Stretch| parts.iter().any(|part| part.from <= month.from && part.to >= month.to);
    let asked = |month: &Stretch| month.from < wanted.to && month.to > wanted.from;
    let changes = |month: &Stretch| month.to > fresh_from && asked(month);
    months(whole).into_iter().filter(|month| !is_held(month) || changes(month)).collect()
}

#[cfg(test)]
mod tests {
    use chrono::Utc;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    fn days(from: &str, to: &str) -> Stretch {
        Stretch { from: day(from), to: day(to) }
    }

    fn part(from: &str, to: &str) -> Part {
        Part { file: from.into(), from: day(from), to: day(to), rows: 1, bytes: 1, fetched_at: Utc::now() }
    }

    const TODAY: &str = "2025-06-15";

    fn bring(parts: &[Part], wanted: Stretch, refresh: u32) -> Vec<String> {
        to_bring(parts, wanted, refresh, day(TODAY))
            .into_iter()
            .map(|days| format!("{}..{}", days.from, days.to))
            .collect()
    }

    #[test]
    fn nothing_held_means_every_month_the_newest_first() {
        let wanted = days("2025-04-20", "2025-06-16");
        assert_eq!(
            bring(&[], wanted, 5),
            ["2025-06-01..2025-06-16", "2025-05-01..2025-06-01", "2025-04-20..2025-05-01"]
        );
    }

    #[test]
    fn what_is_held_is_left_alone_unless_it_still_changes() {
        let parts = [
            part("2025-04-01", "2025-05-01"),
            part("2025-05-01", "2025-06-01"),
            part("2025-06-01", "2025-06-14"),
        ];
        let wanted = days("2025-04-01", "2025-06-16");
        assert_eq!(bring(&parts, wanted, 5), ["2025-06-01..2025-06-16"]);
        assert_eq!(bring(&parts, wanted, 20), ["2025-06-01..2025-06-16", "2025-05-01..2025-06-01"]);
    }

    #[test]
    fn a_gap_is_filled_and_an_interrupted_copy_goes_on() {
        let parts = [part("2025-06-01", "2025-06-16")];
        assert_eq!(
            bring(&parts, days("2025-03-01", "2025-04-01"), 0),
            ["2025-05-01..2025-06-01", "2025-04-01..2025-05-01", "2025-03-01..2025-04-01"]
        );
        let far = [part("2025-01-01", "2025-02-01"), part("2025-06-01", "2025-06-16")];
        assert_eq!(covered(&far), Some(days("2025-06-01", "2025-06-16")));
        assert_eq!(
            bring(&far, days("2025-01-01", "2025-06-16"), 0).len(),
            5,
            "January is held, June goes on"
        );
    }

    #[test]
    fn a_month_held_in_part_is_brought_in_whole() {
        let parts = [part("2025-05-10", "2025-06-01")];
        assert_eq!(bring(&parts, days("2025-05-01", "2025-06-01"), 0), ["2025-05-01..2025-06-01"]);
        assert_eq!(bring(&parts, days("2025-05-15", "2025-05-20"), 0), Vec::<String>::new());
    }
}
