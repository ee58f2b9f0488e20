//! The grammar of time: periods ("mayo de 2024"), ranges ("del 1 al 10 de junio"),
//! and references to another period ("el mismo mes del año pasado").

use chrono::{Datelike, Days, NaiveDate};

use super::period::{Grain, TimeRange, day};
use super::words::{is_previous, is_recent, is_this, month_number, ordinal, unit, weekday};
use crate::ask::normalize::Token;
use crate::ask::numbers::number_at;

/// What a stretch of words says about time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TimeSense {
    /// One range.
    Range(TimeRange),
    /// "de A a B": the range from A to B (see [`TimeSense::from_to`]), or two periods to
    /// compare, as the rest of the question says; each with the year it has by itself.
    FromTo(TimeRange, TimeRange),
    /// From a day on ("desde enero"), up to today.
    Since(TimeRange),
    /// Up to a day ("hasta marzo"): from the data's beginning.
    Until(NaiveDate),
    /// The same stretch as the other period of the question, a year before.
    SameLastYear,
    /// The same stretch as the other period of the question, in this year.
    SameInYear(i32),
    /// The stretch just before the other period of the question.
    Preceding,
    /// A phrase that is used for two different ranges ("el último mes").
    Ambiguous(Vec<TimeRange>),
}

impl TimeSense {
    /// The range from one period to another, their years made to agree.
    pub fn from_to(first: &TimeRange, second: &TimeRange, today: NaiveDate) -> Option<TimeRange> {
        let (first, second) = super::align_years(*first, *second, today)?;
        TimeRange::new(first.start, second.end)
    }
}

/// A time expression found: its length in tokens and its sense.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeHit {
    /// Tokens covered.
    pub len: usize,
    /// What it says.
    pub sense: TimeSense,
}

pub(super) struct Reader<'a> {
    pub(super) tokens: &'a [Token],
    pub(super) today: NaiveDate,
}

type Found = Option<(usize, TimeRange)>;

/// The longest time expression that begins at `tokens[at]`.
pub fn time_at(tokens: &[Token], at: usize, today: NaiveDate) -> Option<TimeHit> {
    let reader = Reader { tokens, today };
    let candidates = [
        reader.reference(at),
        reader.range(at),
        reader.open_range(at),
        reader.ambiguous(at),
        reader.period(at).map(|(len, range)| TimeHit { len, sense: TimeSense::Range(range) }),
    ];
    candidates.into_iter().flatten().fold(None, |best: Option<TimeHit>, hit| match best {
        Some(best) if best.len >= hit.len => Some(best),
        _ => Some(hit),
    })
}

impl<'a> Reader<'a> {
    pub(super) fn word(&self, i: usize) -> &'a str {
        self.tokens.get(i).map_or("", |t| t.norm.as_str())
    }

    /// How many tokens the phrase takes if it stands at `i`.
    pub(super) fn phrase(&self, i: usize, phrases: &[&str]) -> Option<usize> {
        let first = self.word(i);
        phrases
            .iter()
            .filter(|phrase| phrase.starts_with(first))
            .filter_map(|phrase| {
                let mut length = 0;
                for word in phrase.split(' ') {
                    if self.word(i + length) != word {
                        return None;
                    }
                    length += 1;
                }
                Some(length)
            })
            .max()
    }

    pub(super) fn skip(&self, i: usize, words: &[&str]) -> usize {
        let mut i = i;
        while words.contains(&self.word(i)) {
            i += 1;
        }
        i
    }

    pub(super) fn count(&self, i: usize) -> Option<(usize, u32)> {
        if matches!(self.word(i), "un" | "una" | "a" | "one") {
            return Some((1, 1));
        }
        let (len, number) = number_at(self.tokens, i)?;
        let n = u32::try_from(number.value.normalize().mantissa()).ok()?;
        (number.value.fract().is_zero() && !number.percent && !number.money && n <= 3660).then_some((len, n))
    }

    pub(super) fn year_number(&self, i: usize) -> Option<i32> {
        let token = self.tokens.get(i)?;
        (token.is_digits() && token.norm.len() == 4).then_some(())?;
        token.norm.parse().ok().filter(|y| (1990..=2100).contains(y))
    }

    /// "de 2024", "del año pasado", ", 2025": the year said after a period.
    pub(super) fn year_suffix(&self, at: usize) -> Option<(usize, i32)> {
        let i = self.skip(at, &["de", "del", "of", "in", "el", "ano", "the", "year", ","]);
        if let Some(year) = self.year_number(i) {
            return Some((i + 1 - at, year));
        }
        let i = self.skip(at, &["de", "del", "of", "el", "the", "in"]);
        let this = self.today.year();
        for (phrases, year) in [
            (&["ano pasado", "ano anterior", "pasado ano", "last year", "previous year"][..], this - 1),
            (&["ano antepasado", "year before last"][..], this - 2),
            (
                &["este ano", "presente ano", "ano actual", "this year", "current year", "ano en curso"][..],
                this,
            ),
        ] {
            if let Some(len) = self.phrase(i, phrases) {
                return Some((i + len - at, year));
            }
        }
        None
    }

    /// `start` in the said year, or in the latest that has begun.
    fn with_year(&self, at: usize, build: impl Fn(i32) -> Option<TimeRange>) -> Found {
        if let Some((len, year)) = self.year_suffix(at) {
            return Some((at + len, build(year)?));
        }
        let range = self.latest(build)?;
        Some((at, range))
    }

    fn latest(&self, build: impl Fn(i32) -> Option<TimeRange>) -> Option<TimeRange> {
        let this = self.today.year();
        let mut range = build(this).filter(|r| r.start <= self.today).or_else(|| build(this - 1))?;
        range.year_inferred = true;
        Some(range)
    }

    /// One period; the length counts from `at`.
    pub(super) fn period(&self, at: usize) -> Found {
        let rules: [fn(&Self, usize) -> Found; 15] = [
            Self::single_day,
            Self::week_of,
            Self::edge,
            Self::unit_of_today,
            Self::numeric_date,
            Self::written_date,
            Self::to_date,
            Self::this_or_previous,
            Self::recent,
            Self::ago,
            Self::half_month,
            Self::ordinal_unit,
            Self::month,
            Self::year,
            Self::weekday_date,
        ];
        rules
            .iter()
            .filter_map(|rule| rule(self, at))
            .fold(None, |best: Found, (end, range)| match best {
                Some((len, _)) if len >= end => best,
                _ => Some((end, range)),
            })
            .map(|(end, range)| (end - at, range))
    }

    fn single_day(&self, at: usize) -> Found {
        if let Some(len) = self.phrase(at, &["day before yesterday", "the day before yesterday"]) {
            return Some((at + len, TimeRange::before(Grain::Day, self.today, 2)));
        }
        // "el día de ayer"
        let at = at + self.phrase(at, &["dia de", "el dia de", "del dia de"]).unwrap_or(0);
        let back = match self.word(at) {
            "hoy" | "today" => 0,
            "ayer" | "yesterday" => 1,
            "anteayer" | "antier" | "antes de ayer" => 2,
            _ => return None,
        };
        Some((at + 1, TimeRange::before(Grain::Day, self.today, back)))
    }

    fn numeric_date(&self, at: usize) -> Found {
        let word = self.word(at);
        let parts: Vec<u32> = word.split(['/', '-']).map(|p| p.parse().ok()).collect::<Option<_>>()?;
        let first_is_year = word.find(['/', '-']) == Some(4);
        let full = |y: u32| if y < 100 { 2000 + y } else { y };
        let (y, m, d) = match parts[..] {
            [y, m, d] if first_is_year => (y, m, d),
            [d, m, y] if m <= 12 => (full(y), m, d),
            [m, d, y] => (full(y), m, d),
            [y, m] if first_is_year && (1..=12).contains(&m) => {
                let first = day(i32::try_from(y).ok()?, m, 1)?;
                return Some((at + 1, TimeRange::containing(Grain::Month, first)));
            }
            _ => return None,
        };
        let year = i32::try_from(y).ok().filter(|y| (1990..=2100).contains(y))?;
        Some((at + 1, TimeRange::containing(Grain::Day, day(year, m, d)?)))
    }

    pub(super) fn day_number(&self, i: usize) -> Option<u32> {
        let word = self.word(i);
        let digits = word.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let suffix = &word[digits.len()..];
        let read = if matches!(suffix, "" | "st" | "nd" | "rd" | "th" | "ro" | "o") {
            digits.parse().ok()
        } else {
            None
        };
        read.or_else(|| (word == "primero").then_some(1))
            .or_else(|| {
                let (len, number) = number_at(self.tokens, i).filter(|_| digits.is_empty())?;
                (len == 1).then(|| u32::try_from(number.value.normalize().mantissa()).ok())?
            })
            .filter(|d| (1..=31).contains(d))
    }

    /// "15 de junio [de 2025]", "junio 15", "June 15th, 2025", "el lunes 23 de junio".
    fn written_date(&self, at: usize) -> Found {
        let start = self.skip(at, &["el", "dia", "the"]);
        let start = if weekday(self.word(start)).is_some() { start + 1 } else { start };
        let (d, m, i) = if let Some(d) = self.day_number(start) {
            let i = self.skip(start + 1, &["de", "del", "of", "mes"]);
            (d, month_number(self.word(i))?, i + 1)
        } else {
            let m = month_number(self.word(start))?;
            let i = self.skip(start + 1, &["the", "el"]);
            let token = self.tokens.get(i)?;
            token.starts_with_digit().then_some(())?;
            (self.day_number(i)?, m, i + 1)
        };
        self.with_year(i, |y| Some(TimeRange::containing(Grain::Day, day(y, m, d)?)))
    }

    /// "en lo que va del año", "año corrido", "so far this month", "YTD".
    fn to_date(&self, at: usize) -> Found {
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
    fn this_or_previous(&self, at: usize) -> Found {
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
    fn recent(&self, at: usize) -> Found {
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
    fn ago(&self, at: usize) -> Found {
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

    /// "segunda quincena de mayo", "primera mitad de junio", "esta quincena" is `this_or_previous`.
    fn half_month(&self, at: usize) -> Found {
        let half = ordinal(self.word(at)).filter(|n| *n <= 2)?;
        let what = self.word(at + 1);
        let part = |first: NaiveDate| {
            let first = if half == 1 { first } else { first.with_day(16).unwrap_or(first) };
            TimeRange::containing(Grain::Fortnight, first)
        };
        matches!(what, "quincena" | "mitad" | "half").then_some(())?;
        let i = self.skip(at + 2, &["de", "del", "of", "mes"]);
        if let Some(month) = month_number(self.word(i)) {
            return self.with_year(i + 1, |y| Some(part(day(y, month, 1)?)));
        }
        let i = self.skip(at + 2, &["de", "del", "of"]);
        if let Some((end, range)) = self.this_or_previous(i).or_else(|| self.unit_of_today(at + 2)) {
            return (range.grain == Some(Grain::Month)).then(|| (end, part(range.start)));
        }
        // Without a month, the latest one that has begun.
        let this = part(self.today.with_day(1)?);
        let latest = if this.start <= self.today {
            this
        } else {
            part(TimeRange::before(Grain::Month, self.today, 1).start)
        };
        (what == "quincena").then_some((at + 2, latest))
    }

    /// "primer trimestre de 2024", "Q2", "second half of 2024", "trimestre 1", "2024-Q2".
    fn ordinal_unit(&self, at: usize) -> Found {
        let at0 = self.skip(at, &["el", "la", "the", "al"]);
        let word = self.word(at0);
        // "T2", "2T"; "2h" is something else.
        let short = |letter: char, grain: Grain, most: u32| {
            let digits =
                word.strip_prefix(letter).or_else(|| word.strip_suffix(letter).filter(|_| letter != 'h'));
            let n: u32 = digits?.parse().ok()?;
            (1..=most).contains(&n).then_some((grain, n, at0 + 1))
        };
        let year_first = || {
            let (year, rest) = word.split_once('-')?;
            let year: i32 = year.parse().ok()?;
            let n: u32 = rest.strip_prefix('q').or_else(|| rest.strip_prefix('t'))?.parse().ok()?;
            (1..=4).contains(&n).then(|| Some((at0 + 1, self.part_of_year(Grain::Quarter, n, year)?)))?
        };
        if let Some(found) = year_first() {
            return Some(found);
        }
        if let Some(year) = self.year_number(at0)
            && let Some(n) = self.word(at0 + 1).strip_prefix('q').and_then(|n| n.parse().ok())
            && (1..=4).contains(&n)
        {
            return Some((at0 + 2, self.part_of_year(Grain::Quarter, n, year)?));
        }
        let (grain, n, i) = short('q', Grain::Quarter, 4)
            .or_else(|| short('t', Grain::Quarter, 4))
            .or_else(|| short('h', Grain::Half, 2))
            .or_else(|| short('s', Grain::Half, 2))
            .or_else(|| {
                let n = ordinal(word)?;
                match unit_of_ordinal(self.word(at0 + 1)) {
                    Some(grain) => Some((grain, n, at0 + 2)),
                    // "el segundo trimestre frente al primero": the unit said before.
                    None if at0 > at => Some((self.unit_said_before(at)?, n, at0 + 1)),
                    None => None,
                }
            })
            .or_else(|| {
                let (grain, plural) = unit(word)?;
                let n = self.word(at0 + 1).parse().ok()?;
                (!plural && grain > Grain::Month && n <= 6).then_some((grain, n, at0 + 2))
            })?;
        let most = match grain {
            Grain::Half => 2,
            Grain::Quarter => 4,
            Grain::TwoMonths => 6,
            _ => return None,
        };
        (1..=most).contains(&n).then_some(())?;
        let with_year = self.with_year(i, |y| self.part_of_year(grain, n, y));
        with_year.map(|(end, range)| {
            (if range.year_inferred { i.max(self.bare_year_word(i)) } else { end }, range)
        })
    }

    /// The unit of an ordinal that stands earlier in the question.
    fn unit_said_before(&self, at: usize) -> Option<Grain> {
        (1..at)
            .rev()
            .filter(|i| ordinal(self.word(i - 1)).is_some())
            .find_map(|i| unit_of_ordinal(self.word(i)))
    }

    /// "del año" after a part of the year says nothing new.
    fn bare_year_word(&self, i: usize) -> usize {
        i + self.phrase(i, &["del ano", "of the year"]).unwrap_or(0)
    }

    fn part_of_year(&self, grain: Grain, n: u32, year: i32) -> Option<TimeRange> {
        let months = match grain {
            Grain::Half => 6,
            Grain::Quarter => 3,
            _ => 2,
        };
        Some(TimeRange::containing(grain, day(year, (n - 1) * months + 1, 1)?))
    }

    /// "mayo", "mes de mayo", "may 2025".
    fn month(&self, at: usize) -> Found {
        const LEADS: [&str; 8] = [
            "mes de",
            "month of",
            "el mes de",
            "todo",
            "meses de",
            "los meses de",
            "months of",
            "the months of",
        ];
        let i = at + self.phrase(at, &LEADS).unwrap_or(0);
        let month = month_number(self.word(i))?;
        if self.word(i + 1) == "pasado" {
            return Some((i + 2, self.month_gone(month)?));
        }
        self.with_year(i + 1, |y| Some(TimeRange::containing(Grain::Month, day(y, month, 1)?)))
    }

    /// "diciembre pasado", "last December": the latest that is over.
    fn month_gone(&self, month: u32) -> Option<TimeRange> {
        let range = self.latest(|y| Some(TimeRange::containing(Grain::Month, day(y, month, 1)?)))?;
        (range.end < self.today).then_some(range)
    }

    /// "semana del 9 de junio", "week of June 9": the week that the day lies in.
    fn week_of(&self, at: usize) -> Found {
        let len = self.phrase(at, &["semana del", "semana de", "week of", "week of the", "week starting"])?;
        let (taken, said) = self.period(at + len)?;
        let week = TimeRange::containing(Grain::Week, said.start);
        (said.grain == Some(Grain::Day)).then_some((at + len + taken, week))
    }

    /// "2024", "el año 2024", "año pasado" is `this_or_previous`.
    fn year(&self, at: usize) -> Found {
        let i = self.skip(at, &["el", "ano", "the", "year", "todo", "calendar"]);
        let year = self.year_number(i)?;
        Some((i + 1, TimeRange::containing(Grain::Year, day(year, 1, 1)?)))
    }

    /// "el viernes", "lunes pasado", "last monday": the last such day before today.
    fn weekday_date(&self, at: usize) -> Found {
        let (i, said) = match self.word(at) {
            "el" | "del" | "al" | "este" => (at + 1, true),
            "last" | "pasado" => (at + 1, true),
            "on" => (at + 1, true),
            _ => (at, false),
        };
        let (number, plural) = weekday(self.word(i))?;
        let after = usize::from(matches!(self.word(i + 1), "pasado" | "anterior"));
        let explicit = after == 1 || matches!(self.word(at), "last" | "pasado");
        let today = self.today.weekday().number_from_monday();
        (!plural && (said || after == 1)).then_some(())?;
        // "el jueves 12 de junio" is a written date.
        if self.day_number(i + 1).is_some() && !self.word(i + 1).contains(['/', '-']) {
            return None;
        }
        let wanted = u32::from(number);
        let mut back = (today + 7 - wanted) % 7;
        if back == 0 {
            // Said on a Monday, "el lunes" may be today or a week ago.
            explicit.then_some(())?;
            back = 7;
        }
        Some((i + 1 + after, TimeRange::before(Grain::Day, self.today, back)))
    }
}

/// The unit that an ordinal can stand before: "primer trimestre", "first half".
fn unit_of_ordinal(word: &str) -> Option<Grain> {
    match word {
        "half" | "mitad" => Some(Grain::Half),
        other => unit(other).filter(|(_, plural)| !plural).map(|(grain, _)| grain),
    }
}
