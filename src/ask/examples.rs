//! Questions that certainly have an answer: for an empty box, and after a result.

use chrono::NaiveDate;

use super::answer::answer;
use super::intent::{Intent, Shape};
use super::planner::Planner;
use super::restate::names::{dim_one, metric_phrase};
use super::{Outcome, Question};
use crate::i18n::{Lang, fill, text};
use crate::model::Dim;
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

    /// Two or three questions that follow from a result; each becomes a plan as a follow-up.
    pub fn next_questions(&self, intent: &Intent, lang: Lang) -> Vec<String> {
        let Some(today) = intent.time.map(|t| t.end).or(self.span().map(|(_, end)| end)) else {
            return Vec::new();
        };
        let Some(metric) = intent.metrics.first() else { return Vec::new() };
        let name = metric_phrase(lang, *metric, intent.scope);
        let mut asked = Vec::new();
        if intent.shape == Shape::Group {
            let wanted = [Dim::Month, Dim::Category, Dim::City, Dim::Salesperson];
            for dim in wanted.into_iter().filter(|d| !intent.dims.contains(d)).take(2) {
                asked.push(fill(lang, "ask.example.by", &[("dim", &dim_one(lang, dim))]));
            }
        }
        asked.push(fill(lang, "ask.example.top_products", &[("metric", &name)]));
        asked.push(text(lang, "ask.example.share").to_string());
        asked.retain(|q| self.plans(q, lang, today, Some(intent)));
        asked.truncate(3);
        asked
    }

    fn plans(&self, asked: &str, lang: Lang, today: NaiveDate, previous: Option<&Intent>) -> bool {
        let question = Question { text: asked, lang: Some(lang), today, previous };
        matches!(answer(self, &question, false), Outcome::Plan(_))
    }
}
