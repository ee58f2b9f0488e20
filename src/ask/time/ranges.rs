//! Ranges ("del 1 al 10 de junio"), open ranges ("desde mayo"), and references to another
//! period ("el mismo mes del año pasado").

use chrono::{Datelike, Days, NaiveDate};

use super::grammar::{Reader, TimeHit, TimeSense};
use super::period::{Grain, TimeRange};
use super::words::{is_previous, unit};
use crate::ask::normalize::Token;

impl Reader<'_> {
    /// "últimos meses" without a number, "el último mes": used for two ranges.
    pub(super) fn ambiguous(&self, at: usize) -> Option<TimeHit> {
        let i = self.skip(at, &["el", "la"]);
        matches!(self.word(i), "ultimo" | "ultima").then_some(())?;
        let (grain, plural) = unit(self.word(i + 1))?;
        (!plural).then_some(())?;
        let previous = TimeRange::before(grain, self.today, 1);
        let current = match grain {
            Grain::Day => return None,
            Grain::Week => TimeRange::last(Grain::Day, 7, self.today)?,
            Grain::Month => TimeRange::last(Grain::Day, 30, self.today)?,
            Grain::Year => TimeRange::last(Grain::Month, 12, self.today)?,
            other => TimeRange::to_date(other, self.today),
        };
        Some(TimeHit { len: i + 2 - at, sense: TimeSense::Ambiguous(vec![previous, current]) })
    }

    /// "mismo periodo del año pasado", "mes anterior" after a comparison is left to the roles.
    pub(super) fn reference(&self, at: usize) -> Option<TimeHit> {
        let i = self.skip(at, &["el", "la", "al", "del", "the", "los", "las"]);
        if let Some(len) = self.phrase(
            i,
            &[
                "interanual",
                "ano contra ano",
                "ano vs ano",
                "ano a ano anterior",
                "yoy",
                "year over year",
                "year on year",
            ],
        ) {
            return Some(TimeHit { len: i + len - at, sense: TimeSense::SameLastYear });
        }
        // "vs la anterior", "than the previous one": the noun is the other period's.
        let article = i > at && !matches!(self.word(at), "los" | "las");
        if article
            && let Some(len) =
                self.phrase(i, &["anterior", "previo", "previa", "previous one", "prior one", "one before"])
            && unit(self.word(i + len)).is_none()
        {
            return Some(TimeHit { len: i + len - at, sense: TimeSense::Preceding });
        }
        // "este año que el pasado", "this year versus last": the noun is the other period's.
        let elliptical = match self.word(i) {
            "pasado" | "pasada" => article && self.word(at) != "los" && self.word(at) != "las",
            "last" => {
                matches!(at.checked_sub(1).map_or("", |k| self.word(k)), "versus" | "vs" | "than" | "against")
            }
            _ => false,
        };
        let ends =
            i + 1 == self.tokens.len() || matches!(self.word(i + 1), "por" | "by" | "," | "de" | "en" | "?");
        if elliptical && ends {
            return Some(TimeHit { len: i + 1 - at, sense: TimeSense::Preceding });
        }
        // "the month before that", "el mes anterior a ese"
        if unit(self.word(i)).is_some()
            && let Some(len) = self.phrase(
                i + 1,
                &[
                    "before that",
                    "before it",
                    "anterior a ese",
                    "anterior a esa",
                    "anterior a este",
                    "anterior a eso",
                    "antes de ese",
                    "antes de eso",
                ],
            )
        {
            return Some(TimeHit { len: i + 1 + len - at, sense: TimeSense::Preceding });
        }
        let same = matches!(self.word(i), "mismo" | "misma" | "mismos" | "mismas" | "same" | "igual");
        if same {
            let what = self.word(i + 1);
            let is_period = matches!(
                what,
                "periodo"
                    | "period"
                    | "lapso"
                    | "corte"
                    | "fecha"
                    | "fechas"
                    | "dates"
                    | "tiempo"
                    | "epoca"
                    | "time"
                    | "point"
            ) || unit(what).is_some();
            is_period.then_some(())?;
            let j = self.skip(i + 2, &["de", "del", "of", "the", "el", "in", "en", "un", "ano"]);
            if let Some(year) = self.year_number(j) {
                return Some(TimeHit { len: j + 1 - at, sense: TimeSense::SameInYear(year) });
            }
            let j = self.skip(i + 2, &["de", "del", "of", "the", "el", "la", "in", "en", "un"]);
            if let Some((len, grain)) = self.unit_before(j).filter(|_| unit(what).is_none()) {
                return Some(TimeHit { len: j + len - at, sense: TimeSense::SameBefore(grain) });
            }
            let len = self.phrase(
                j,
                &[
                    "ano pasado",
                    "ano anterior",
                    "last year",
                    "previous year",
                    "prior year",
                    "year before",
                    "ano atras",
                    "year ago",
                ],
            )?;
            return Some(TimeHit { len: j + len - at, sense: TimeSense::SameLastYear });
        }
        let len = self.phrase(
            i,
            &[
                "periodo anterior",
                "periodo previo",
                "previous period",
                "prior period",
                "periodo inmediatamente anterior",
                "preceding period",
            ],
        )?;
        Some(TimeHit { len: i + len - at, sense: TimeSense::Preceding })
    }

    /// "mes pasado", "trimestre anterior", "last week": its length and unit, but for years.
    fn unit_before(&self, at: usize) -> Option<(usize, Grain)> {
        let (first, second) = (self.word(at), self.word(at + 1));
        let named = match (unit(first), unit(second)) {
            (Some((grain, _)), _) if is_previous(second) => grain,
            (None, Some((grain, _))) if is_previous(first) => grain,
            _ => return None,
        };
        matches!(named, Grain::Week | Grain::Month | Grain::Quarter | Grain::Half).then_some((2, named))
    }

    /// "entre A y B", "de A a B", "desde A hasta B", "del 1 al 10 de junio", "enero a marzo".
    pub(super) fn range(&self, at: usize) -> Option<TimeHit> {
        const OPEN: [&str; 10] = [
            "entre",
            "between",
            "de",
            "del",
            "desde",
            "from",
            "semana del",
            "quincena del",
            "entre el",
            "periodo del",
        ];
        let lead = self.phrase(at, &OPEN).unwrap_or(0);
        let i = self.skip(at + lead, &["el", "los", "la", "dia", "dias", "the", "mes", "ano"]);
        let between = matches!(self.word(at), "entre" | "between");
        let links: &[&str] = if between {
            &["y", "and", "e"]
        } else {
            &["a", "al", "hasta", "to", "through", "until", "till", "thru"]
        };
        let link = |j: usize| {
            links.contains(&self.word(j)).then(|| {
                self.skip(j + 1, &["el", "la", "los", "the", "dia", "fin", "finales", "de", "mes", "ano"])
            })
        };
        // "del 1 al 10 de junio": the first day takes its month from the second.
        if let Some(d) = self.day_number(i)
            && let Some(j) = link(i + 1)
            && let Some((len, second)) = self.period(j)
            && second.grain == Some(Grain::Day)
            && let Some(start) = second.start.with_day(d)
            && (lead > 0 || self.tokens.get(i).is_some_and(Token::starts_with_digit))
        {
            let range = TimeRange::new(start, second.end)?;
            return Some(TimeHit { len: j + len - at, sense: TimeSense::Range(range) });
        }
        // "June 1 to 10", "junio 1 al 10".
        let (first_len, first) = self.period(i)?;
        let j = link(i + first_len)?;
        if first.grain == Some(Grain::Day)
            && self.period(j).is_none()
            && let Some(d) = self.day_number(j)
        {
            let range = TimeRange::new(first.start, first.start.with_day(d)?)?;
            let (len, range) = match self.year_suffix(j + 1) {
                Some((len, year)) => (len, range.in_year(year)?),
                None => (0, range),
            };
            return Some(TimeHit { len: j + 1 + len - at, sense: TimeSense::Range(range) });
        }
        let (second_len, second) = self.period(j).or_else(|| self.now(j))?;
        let (begins, ends) = align_years(first, second, self.today)?;
        (begins.start <= ends.start).then_some(())?;
        Some(TimeHit { len: j + second_len - at, sense: TimeSense::FromTo(first, second) })
    }

    /// "a la fecha", "to date": the end of a range that is still open.
    fn now(&self, at: usize) -> Option<(usize, TimeRange)> {
        let len = self.phrase(at, &["fecha", "dia de hoy", "ahora", "date", "now", "la fecha"])?;
        Some((len, TimeRange::containing(Grain::Day, self.today)))
    }

    /// "desde mayo", "a partir del 15 de marzo", "hasta abril", "antes de mayo", "después de junio".
    pub(super) fn open_range(&self, at: usize) -> Option<TimeHit> {
        let lead = |phrases: &[&str]| self.phrase(at, phrases);
        let after = |len: usize| {
            self.skip(at + len, &["el", "la", "los", "del", "de", "the", "principios", "comienzos"])
        };
        if let Some(len) = lead(&[
            "desde",
            "since",
            "a partir de",
            "a partir del",
            "from",
            "starting",
            "starting in",
            "desde hace",
        ]) {
            let i = after(len);
            let (period_len, mut range) = if self.phrase(at, &["desde hace"]).is_some() {
                let (len, n) = self.count(i)?;
                let (grain, _) = unit(self.word(i + len))?;
                (len + 1, TimeRange::last(grain, n, self.today)?)
            } else {
                self.period(i)?
            };
            range.end = self.today.max(range.start);
            range.grain = None;
            let end = i + period_len;
            let end = end
                + self
                    .phrase(
                        end,
                        &[
                            "en adelante",
                            "hasta hoy",
                            "hasta la fecha",
                            "hasta ahora",
                            "onwards",
                            "onward",
                            "a hoy",
                            "a la fecha",
                            "to date",
                            "until today",
                            "until now",
                            "to today",
                            "al dia de hoy",
                            "hasta el dia de hoy",
                        ],
                    )
                    .unwrap_or(0);
            return Some(TimeHit { len: end - at, sense: TimeSense::Since(range) });
        }
        if let Some(len) = lead(&["despues de", "despues del", "after", "posterior a", "posteriores a"]) {
            let i = after(len);
            let (period_len, range) = self.period(i)?;
            let start = range.end_exclusive();
            let range = TimeRange::new(start, self.today)?;
            return Some(TimeHit { len: i + period_len - at, sense: TimeSense::Since(range) });
        }
        if let Some(len) = lead(&["antes de", "antes del", "before", "previo a", "anteriores a"]) {
            let i = after(len);
            let (period_len, range) = self.period(i)?;
            let end = range.start.checked_sub_days(Days::new(1))?;
            return Some(TimeHit { len: i + period_len - at, sense: TimeSense::Until(end) });
        }
        let len = lead(&["hasta", "until", "till", "up to", "through"])?;
        // "hasta finales de mayo", "through the end of March"
        let ends = ["el fin", "el final", "fin", "fines", "final", "finales", "the end", "end"];
        let len = len + self.phrase(at + len, &ends).unwrap_or(0);
        let i = after(len);
        let i = self.skip(i, &["of", "the", "mes", "month"]);
        let (period_len, range) = self.period(i)?;
        Some(TimeHit { len: i + period_len - at, sense: TimeSense::Until(range.end) })
    }
}

/// "enero a marzo de 2024", "noviembre a febrero": a year said on one side holds for both.
pub(crate) fn align_years(
    first: TimeRange,
    second: TimeRange,
    today: NaiveDate,
) -> Option<(TimeRange, TimeRange)> {
    if first.year_inferred && !second.year_inferred {
        let aligned = first.in_year(second.start.year())?;
        let aligned =
            if aligned.start > second.start { first.in_year(second.start.year() - 1)? } else { aligned };
        return Some((aligned, second));
    }
    if second.year_inferred && !first.year_inferred {
        let aligned = second.in_year(first.start.year())?;
        let aligned =
            if aligned.start < first.start { second.in_year(first.start.year() + 1)? } else { aligned };
        return (aligned.start <= today).then_some((first, aligned));
    }
    if first.year_inferred && second.year_inferred && first.start > second.start {
        return Some((first.in_year(second.start.year() - 1)?, second));
    }
    Some((first, second))
}
