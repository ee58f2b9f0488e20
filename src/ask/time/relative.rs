//! Periods told from today ("este mes", "la semana pasada", "últimos 15 días", "hace dos meses").

use super::grammar::Reader;
use super::period::{Grain, TimeRange, day};
use super::words::{is_previous, is_recent, is_this, month_number, unit};

use chrono::Days;

type Found = Option<(usize, TimeRange)>;

impl Reader<'_> {
    /// "en lo que va del año", "año corrido", "so far this month", "YTD".
    pub(super) fn to_date(&self, at: usize) -> Found {
        let fixed = [
            (
                &[
                    "ytd",
                    "year to date",
                    "ano corrido",
                    "ano en curso",
                    "corrido del ano",
                    "lo corrido del ano",
                    "corrido de este ano",
                    "lo corrido de este ano",
                    "en lo corrido del ano",
                    "ano a la fecha",
                ][..],
                Grain::Year,
            ),
            (
                &[
                    "mtd",
                    "month to date",
                    "mes corrido",
                    "mes en curso",
                    "corrido del mes",
                    "lo corrido del mes",
                ][..],
                Grain::Month,
            ),
            (&["qtd", "quarter to date"][..], Grain::Quarter),
        ];
        for (phrases, grain) in fixed {
            if let Some(len) = self.phrase(at, phrases) {
                let end = at + len;
                let end = end + self.phrase(end, &["hasta hoy", "hasta la fecha"]).unwrap_or(0);
                return Some((end, TimeRange::to_date(grain, self.today)));
            }
        }
        let len = self.phrase(
            at,
            &[
                "en lo que va corrido",
                "lo que va corrido",
                "en lo que va",
                "lo que va",
                "en lo que llevamos",
                "lo que llevamos",
                "en lo que corre",
                "lo que llevo",
                "so far",
                "lo corrido",
                "en lo corrido",
                "hasta ahora en",
            ],
        )?;
        let i = self.skip(
            at + len,
            &["de", "del", "este", "esta", "el", "la", "this", "the", "in", "presente", "en"],
        );
        if let Some(year) = self.year_number(i) {
            let whole = TimeRange::containing(Grain::Year, day(year, 1, 1)?);
            let so_far = TimeRange { end: whole.end.min(self.today), ..whole };
            return (so_far.start <= so_far.end).then_some((i + 1, so_far));
        }
        let (grain, plural) = unit(self.word(i))?;
        (i > at + len && !plural).then(|| (i + 1, TimeRange::to_date(grain, self.today)))
    }

    /// "este mes", "mes pasado", "last quarter", "año antepasado", "pasado mes".
    pub(super) fn this_or_previous(&self, at: usize) -> Found {
        let (first, second) = (self.word(at), self.word(at + 1));
        let mark = |mut range: TimeRange| {
            range.relative = true;
            range
        };
        if is_this(first)
            && let Some((grain, false)) = unit(second)
        {
            let end = at
                + 2
                + self
                    .phrase(at + 2, &["hasta hoy", "hasta la fecha", "so far", "to date", "hasta ahora"])
                    .unwrap_or(0);
            return Some((end, TimeRange::to_date(grain, self.today)));
        }
        if (is_previous(first) || first == "pasado")
            && let Some(month) = month_number(second)
        {
            return Some((at + 2, self.month_gone(month)?));
        }
        if is_previous(first) || first == "pasado" {
            let last = match unit(second) {
                Some((grain, false)) => TimeRange::before(grain, self.today, 1),
                _ if second == "weekend" => self.weekend(1),
                _ => return None,
            };
            return Some((at + 2, mark(last)));
        }
        if let Some(len) =
            self.phrase(at, &["fin de semana pasado", "fin de semana anterior", "pasado fin de semana"])
        {
            return Some((at + len, self.weekend(1)));
        }
        let i = self.skip(at, &["el", "la", "the"]);
        if matches!(self.word(i), "antepasado" | "antepasada")
            && let Some((grain, false)) = unit(self.word(i + 1))
        {
            return Some((i + 2, TimeRange::before(grain, self.today, 2)));
        }
        let (grain, false) = unit(self.word(i))? else { return None };
        let next = self.word(i + 1);
        if is_previous(next) && !matches!(next, "last" | "past") {
            return Some((i + 2, mark(TimeRange::before(grain, self.today, 1))));
        }
        if matches!(next, "actual" | "corriente" | "presente") {
            return Some((i + 2, TimeRange::to_date(grain, self.today)));
        }
        if matches!(next, "antepasado" | "antepasada") {
            return Some((i + 2, TimeRange::before(grain, self.today, 2)));
        }
        let len = self.phrase(i + 1, &["before last", "en curso", "que paso", "que acaba de pasar"])?;
        let range = match self.word(i + 1) {
            "en" => TimeRange::to_date(grain, self.today),
            "que" => TimeRange::before(grain, self.today, 1),
            _ => TimeRange::before(grain, self.today, 2),
        };
        Some((i + 1 + len, range))
    }

    /// The Saturday and Sunday of the week `back` weeks ago, or of the last one that is over.
    pub(super) fn weekend(&self, back: u32) -> TimeRange {
        let week = TimeRange::before(Grain::Week, self.today, back);
        let saturday = week.end.checked_sub_days(Days::new(1)).unwrap_or(week.end);
        TimeRange { start: saturday, grain: None, ..week }
    }

    /// "últimos 15 días", "los últimos dos meses", "last 3 weeks", "2 últimos años".
    pub(super) fn recent(&self, at: usize) -> Found {
        let start = self.skip(at, &["los", "las", "the", "estos", "estas"]);
        if is_recent(self.word(start)) {
            let (len, n) = self.count(start + 1)?;
            let i = start + 1 + len;
            let (grain, _) = unit(self.word(i))?;
            let end = self.skip(i + 1, &["calendario", "corridos"]);
            return Some((end, TimeRange::last(grain, n, self.today)?));
        }
        let (len, n) = self.count(start)?;
        let i = start + len;
        let (recent_at, unit_at) = if is_recent(self.word(i)) { (i, i + 1) } else { (i + 1, i) };
        let (grain, plural) = unit(self.word(unit_at))?;
        let word = self.word(recent_at);
        let recent = is_recent(word) || matches!(word, "anteriores" | "previos" | "previas");
        (plural && recent).then_some(())?;
        Some((i + 2, TimeRange::last(grain, n, self.today)?))
    }

    /// "hace 2 meses", "2 months ago": that calendar unit.
    pub(super) fn ago(&self, at: usize) -> Found {
        if self.word(at) == "hace" {
            let (len, n) = self.count(at + 1)?;
            let (grain, _) = unit(self.word(at + 1 + len))?;
            return Some((at + 2 + len, TimeRange::before(grain, self.today, n)));
        }
        let (len, n) = self.count(at)?;
        let (grain, _) = unit(self.word(at + len))?;
        (matches!(self.word(at + len + 1), "ago" | "atras"))
            .then(|| (at + len + 2, TimeRange::before(grain, self.today, n)))
    }
}
