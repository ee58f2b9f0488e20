//! Questions that certainly have an answer: for an empty box, and after a result.

use chrono::NaiveDate;

use super::answer::answer;
use super::intent::{Filter, Intent, Shape};
use super::planner::Planner;
use super::restate::names::dim_one;
use super::{Outcome, Question};
use crate::i18n::{Lang, fill, text};
use crate::model::{Dim, Metric};
use crate::sanitize::display_safe;

impl Planner {
    /// Six to eight questions made from what the data holds, in both languages; each of
    /// them becomes a plan on `today`.
    pub fn examples(&self, today: NaiveDate) -> Vec<(Lang, String)> {
        if let Some((day, kept)) = self.kept_examples().get()
            && *day == today
        {
            return kept.clone();
        }
        let made = self.made_examples(today);
        // Another day than the first is made anew each time; a lost race is the same list.
        let _ = self.kept_examples().set((today, made.clone()));
        made
    }

    fn made_examples(&self, today: NaiveDate) -> Vec<(Lang, String)> {
        let mut all = Vec::new();
        for lang in Lang::ALL {
            let value =
                |dim: Dim| self.values().values_of(dim, 1).first().map(|v| display_safe(v).into_string());
            let mut asked = vec![
                text(lang, "ask.example.this_month").to_string(),
                text(lang, "ask.example.by_month").to_string(),
                text(lang, "ask.example.top_customers").to_string(),
            ];
            if let Some(brand) = value(Dim::Brand) {
                asked.push(fill(lang, "ask.example.brand", &[("brand", &brand)]));
            }
            if let Some(city) = value(Dim::City) {
                asked.push(fill(lang, "ask.example.city", &[("city", &city)]));
            }
            asked.push(text(lang, "ask.example.share").to_string());
            let plans = |q: &String| self.plans(q, lang, today, None);
            all.extend(asked.into_iter().filter(plans).take(4).map(|q| (lang, q)));
        }
        all
    }

    /// Two or three questions that follow from a result: seen against another period or as
    /// shares, by something else, another figure. Each becomes a plan as a follow-up.
    pub fn next_questions(&self, intent: &Intent, lang: Lang, today: NaiveDate) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        for way in [self.seen_against(intent, lang), self.seen_by(intent, lang), other_figures(intent, lang)]
        {
            all.extend(way.into_iter().find(|q| self.plans(q, lang, today, Some(intent))));
        }
        let more = [
            fill(lang, "ask.example.by", &[("dim", &dim_one(self.model(), lang, Dim::Category))]),
            text(lang, "ask.example.share").to_string(),
            text(lang, "ask.example.top_customers").to_string(),
        ];
        for asked in more {
            if all.len() < 2 && !all.contains(&asked) && self.plans(&asked, lang, today, Some(intent)) {
                all.push(asked);
            }
        }
        all
    }

    fn seen_against(&self, intent: &Intent, lang: Lang) -> Vec<String> {
        if intent.shape != Shape::Group || intent.per.is_some() {
            return Vec::new();
        }
        let before = intent.time.filter(|time| {
            let year_before = time.years_before(1);
            self.span().is_some_and(|(first, _)| first <= year_before.start)
        });
        before.map(|_| text(lang, "ask.example.last_year").to_string()).into_iter().collect()
    }

    fn seen_by(&self, intent: &Intent, lang: Lang) -> Vec<String> {
        let single = |dim: &Dim| {
            let filtered = |f: &Filter| matches!(f, Filter::In { dim: d, .. } if d == dim);
            intent.dims.contains(dim) || intent.filters.iter().any(filtered)
        };
        let long = intent.time.is_none_or(|time| time.days() > 45);
        let wanted = [Dim::Month, Dim::Category, Dim::Salesperson, Dim::City, Dim::Brand];
        wanted
            .into_iter()
            .filter(|dim| (*dim != Dim::Month || long) && !single(dim))
            .map(|dim| fill(lang, "ask.example.by", &[("dim", &dim_one(self.model(), lang, dim))]))
            .collect()
    }

    fn plans(&self, asked: &str, lang: Lang, today: NaiveDate, previous: Option<&Intent>) -> bool {
        let question = Question { text: asked, lang: Some(lang), today, previous };
        matches!(answer(self, &question, false), Outcome::Plan(_))
    }
}

/// "¿y la utilidad?" after sales, "¿y las ventas?" after anything else.
fn other_figures(intent: &Intent, lang: Lang) -> Vec<String> {
    let sales = intent.metrics.iter().any(|m| matches!(m, Metric::Sales | Metric::NetSales | Metric::Units));
    let keys = if sales {
        ["ask.example.and_profit", "ask.example.and_margin"]
    } else {
        ["ask.example.and_sales", "ask.example.and_units"]
    };
    keys.iter().map(|key| text(lang, key).to_string()).collect()
}
