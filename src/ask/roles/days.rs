//! "día" and "mes" as things that are ranked: a date, a day of the week, a month of this year or of any.

use super::{Reason, Role, Roles, Verdict};
use crate::ask::lexicon::{GrammarNumber, Sense};
use crate::model::Dim;

impl Roles<'_> {
    /// "el día más flojo de la semana": of the days with that name, not of the current week.
    pub(super) fn day_of_the_week(&mut self) {
        let week = self
            .time_chunks()
            .into_iter()
            .map(|(i, _)| i)
            .find(|i| matches!(self.word(*i), "de la semana" | "of the week"));
        let (Some(at), Some(_)) = (week, self.rank) else { return };
        let day = self.dims.iter_mut().find(|d| d.dim == Dim::Day && d.role == Role::Head && d.at < at);
        if let Some(day) = day {
            day.dim = Dim::Weekday;
            self.take(at);
        }
    }

    /// "¿qué día se vende más?" may mean a date or a day of the week; "el mejor mes del año" one of
    /// this year's or the same month of every year.
    pub(super) fn which_day_or_month(&self) -> Result<(), Verdict> {
        if self.rank.is_none_or(|rank| rank.n.is_some()) || !self.time_chunks().is_empty() {
            return Ok(());
        }
        let Some(head) = self.dims.iter().find(|d| {
            d.role == Role::Head && d.number == GrammarNumber::One && d.at < self.input.chunks.len()
        }) else {
            return Ok(());
        };
        let usual = [Sense::Sell, Sense::Sold].iter().flat_map(|s| self.places(s)).any(|i| {
            ["vende", "factura", "sell"].iter().any(|w| self.word(i).split(' ').any(|said| said == *w))
                || self.word(i).ends_with("vendemos")
        });
        let said: &[&str] = match (head.dim, self.word(head.at), self.input.spanish) {
            (Dim::Day, "dia", _) if usual => &["día de la semana", "día del año"],
            (Dim::Day, "day", _) if usual => &["day of the week", "date"],
            (Dim::MonthOfYear, "mes del ano", _) => &["mes de este año", "mes calendario"],
            (Dim::MonthOfYear, "month of the year", _) => &["month of this year", "calendar month"],
            _ => return Ok(()),
        };
        let span = self.input.chunks.get(head.at).map_or(0..0, |c| c.span.clone());
        let questions = said.iter().map(|s| self.rewritten(span.clone(), s)).collect();
        Err(Verdict::Clarify(Reason::WhichReading, questions))
    }
}
