//! What each part of the question was read as, for the person who approves.

use chrono::NaiveDate;

use super::chunk::{Atom, Chunk, Corrected};
use super::intent::Scope;
use super::lexicon::Sense;
use super::planner::Planner;
use super::restate::{names, range};
use super::time::TimeSense;
use super::values::ValueIndex;
use super::{Reading, Understanding};
use crate::i18n::{Lang, fill, text};
use crate::model::{Metric, SalesModel};
use crate::sanitize::display_safe;

/// One reading per chunk, in the order of the text; `figures` are those of the query, if there is one.
pub fn readings(
    chunks: &[Chunk],
    corrected: &[Corrected],
    planner: &Planner,
    figures: &[Metric],
    lang: Lang,
    today: NaiveDate,
) -> Vec<Reading> {
    let (model, values) = (planner.model(), planner.values());
    // "el producto más vendido" is meant in pieces.
    let in_pieces = figures.contains(&Metric::Units) && !figures.contains(&Metric::Sales);
    let pieces = names::metric_phrase(model, lang, Metric::Units, Scope::Sales);
    chunks
        .iter()
        .map(|chunk| {
            let meaning = match chunk.sense() {
                Some(Sense::Sell | Sense::Sold | Sense::Buy) if in_pieces => pieces.clone(),
                _ => meaning(chunk, model, values, lang, today),
            };
            let touched =
                corrected.iter().any(|c| c.span.start < chunk.span.end && chunk.span.start < c.span.end);
            let understanding = match (&chunk.atom, meaning.is_empty(), touched) {
                (Atom::Unknown, _, _) => Understanding::Unknown,
                (_, _, true) => Understanding::Corrected,
                (_, true, _) => Understanding::Ignored,
                _ => Understanding::Exact,
            };
            Reading { span: chunk.span.clone(), understanding, meaning }
        })
        .collect()
}

fn meaning(chunk: &Chunk, model: &SalesModel, values: &ValueIndex, lang: Lang, today: NaiveDate) -> String {
    match &chunk.atom {
        Atom::Sense(sense) => sense_meaning(sense, model, lang),
        Atom::Time(sense) => time_meaning(sense, lang, today),
        Atom::Number(number) => {
            fill(lang, "ask.read.number", &[("value", &names::number(lang, number.value))])
        }
        Atom::Weekday(day, _) => names::weekday(lang, *day),
        Atom::Value(candidates) => candidates.first().map_or(String::new(), |c| {
            format!("{} = {}", names::dim_one(model, lang, c.dim), display_safe(values.text(c.id)))
        }),
        Atom::Documents(_) => text(lang, "ask.read.documents").to_string(),
        Atom::Unknown => String::new(),
    }
}

fn time_meaning(sense: &TimeSense, lang: Lang, today: NaiveDate) -> String {
    let said = match sense {
        TimeSense::Range(r) | TimeSense::Since(r) => Some(*r),
        TimeSense::FromTo(a, b) => TimeSense::from_to(a, b, today),
        _ => None,
    };
    match said {
        Some(said) => fill(lang, "ask.read.time", &[("range", &range(lang, &said))]),
        None => text(lang, "ask.read.compare").to_string(),
    }
}

fn sense_meaning(sense: &Sense, model: &SalesModel, lang: Lang) -> String {
    let key = match sense {
        Sense::Metric(metric) => {
            let name = names::metric_phrase(model, lang, *metric, Scope::Sales);
            return fill(lang, "ask.read.metric", &[("name", &name)]);
        }
        Sense::Returns => {
            return fill(lang, "ask.read.metric", &[("name", text(lang, "ask.metric.returns"))]);
        }
        Sense::Dim(dim, _) => {
            return fill(lang, "ask.read.dim", &[("name", &names::dim_one(model, lang, *dim))]);
        }
        Sense::Grain(grain) => {
            let name = grain.dim().map_or(String::new(), |d| names::dim_one(model, lang, d));
            return fill(lang, "ask.read.dim", &[("name", &name)]);
        }
        Sense::Credit => text(lang, "ask.say.credit"),
        Sense::Cash => text(lang, "ask.say.cash"),
        Sense::Rank(_)
        | Sense::More
        | Sense::Less
        | Sense::Ranking
        | Sense::RankingUp
        | Sense::Last
        | Sense::Nth(_)
        | Sense::Place
        | Sense::First => text(lang, "ask.read.order"),
        Sense::Line(_)
        | Sense::Untaxed
        | Sense::Taxed
        | Sense::Over
        | Sense::AtLeast
        | Sense::Under
        | Sense::AtMost
        | Sense::Between
        | Sense::Exactly
        | Sense::Negative
        | Sense::Once
        | Sense::MoreThanOnce => text(lang, "ask.read.condition"),
        Sense::Versus | Sense::Change | Sense::Grew | Sense::Fell | Sense::Difference | Sense::CompareIt => {
            text(lang, "ask.read.compare")
        }
        Sense::Share => text(lang, "ask.read.share"),
        Sense::Count => text(lang, "ask.read.count"),
        Sense::Except | Sense::Without | Sense::Not | Sense::Drop => text(lang, "ask.read.negation"),
        Sense::NotSold | Sense::NeverSold => text(lang, "ask.read.idle"),
        Sense::NotReturned => text(lang, "ask.read.unreturned"),
        Sense::NewCustomers
        | Sense::FirstTime
        | Sense::Returning
        | Sense::NewVersusReturning
        | Sense::Inactive
        | Sense::NotBought
        | Sense::Stopped => text(lang, "ask.read.customers"),
        Sense::Abc
        | Sense::AbcClass(_)
        | Sense::Together
        | Sense::TogetherWith
        | Sense::Running
        | Sense::Average
        | Sense::Evolution => text(lang, "ask.read.analysis"),
        Sense::Sell | Sense::Sold | Sense::Buy | Sense::Net | Sense::Gross => text(lang, "ask.metric.sales"),
        _ => "",
    };
    key.to_string()
}
