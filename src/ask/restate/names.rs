//! The names of figures, dimensions, months, from the catalogue.

use rust_decimal::Decimal;

use crate::ask::intent::Scope;
use crate::i18n::{Lang, fill, find, text};
use crate::model::{Dim, Metric, OwnDimension, SalesModel};
use crate::sanitize::display_safe;

fn named(lang: Lang, key: &str, otherwise: &str) -> String {
    find(lang, key).unwrap_or(otherwise).to_string()
}

/// What a store calls a dimension that it adds, in the singular. Its words are hostile until cleaned.
pub fn own_one(own: &OwnDimension, lang: Lang) -> String {
    let words = if lang == Lang::Es { &own.es } else { &own.en };
    display_safe(words.one.first().map_or(own.name.as_str(), String::as_str)).into_string()
}

fn own_many(own: &OwnDimension, lang: Lang) -> String {
    let words = if lang == Lang::Es { &own.es } else { &own.en };
    display_safe(words.many.first().map_or(own.name.as_str(), String::as_str)).into_string()
}

/// A dimension in the singular.
pub fn dim_one(model: &SalesModel, lang: Lang, dim: Dim) -> String {
    match dim {
        Dim::Own(name) => model.own(name).map_or(name.as_str().to_string(), |own| own_one(own, lang)),
        dim => named(lang, &format!("ask.dim.{}", dim.name()), dim.name()),
    }
}

/// A dimension in the plural.
pub fn dim_many(model: &SalesModel, lang: Lang, dim: Dim) -> String {
    match dim {
        Dim::Own(name) => model.own(name).map_or(name.as_str().to_string(), |own| own_many(own, lang)),
        dim => named(lang, &format!("ask.dims.{}", dim.name()), dim.name()),
    }
}

/// A figure's name, as in a sentence.
pub fn metric_phrase(model: &SalesModel, lang: Lang, metric: Metric, scope: Scope) -> String {
    let name = match metric {
        Metric::Distinct(Dim::Document) => text(lang, "ask.metric.documents").to_string(),
        Metric::Distinct(dim) => {
            fill(lang, "ask.metric.distinct", &[("members", &dim_many(model, lang, dim))])
        }
        plain => named(lang, &format!("ask.metric.{}", plain.name()), plain.name()),
    };
    match scope {
        Scope::Sales | Scope::BeforeReturns => name,
        Scope::Returns if metric == Metric::Sales => text(lang, "ask.metric.returns").to_string(),
        Scope::Returns => fill(lang, "ask.metric.of_returns", &[("metric", &name)]),
    }
}

/// A figure's name as a column title.
pub fn metric_title(
    model: &SalesModel,
    lang: Lang,
    metric: Metric,
    per: Option<Dim>,
    scope: Scope,
) -> String {
    let phrase = metric_phrase(model, lang, metric, scope);
    let phrase = match per {
        Some(dim) => {
            fill(lang, "ask.say.average", &[("metric", &phrase), ("dim", &dim_one(model, lang, dim))])
        }
        None => phrase,
    };
    super::capitalised(&phrase)
}

/// The title of a column that is neither, by its alias.
pub fn column_title(lang: Lang, alias: &str) -> String {
    named(lang, &format!("ask.column.{alias}"), alias)
}

/// One sentence that defines a figure.
pub fn definition(model: &SalesModel, lang: Lang, metric: Metric, scope: Scope) -> String {
    if scope == Scope::Returns {
        return text(lang, "ask.define.returns").to_string();
    }
    match metric {
        Metric::Distinct(Dim::Document) => text(lang, "ask.define.count_documents").to_string(),
        Metric::Distinct(dim) => {
            fill(lang, "ask.define.distinct", &[("members", &dim_many(model, lang, dim))])
        }
        plain => named(lang, &format!("ask.define.{}", plain.name()), plain.name()),
    }
}

/// A month's name.
pub fn month(lang: Lang, month: u32) -> String {
    named(lang, &format!("ask.month.m{month}"), "")
}

/// A weekday's name, Monday = 1.
pub fn weekday(lang: Lang, day: u8) -> String {
    named(lang, &format!("ask.weekday.d{day}"), "")
}

/// "a, b y c".
pub fn join(lang: Lang, items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => {
            let sounds_i = last.starts_with(['i', 'I']) && !last.to_lowercase().starts_with("ia");
            let and = if sounds_i { text(lang, "ask.say.and_before_i") } else { text(lang, "ask.say.and") };
            format!("{} {and} {last}", first.join(", "))
        }
    }
}

/// A number in the language's grouping.
pub fn number(lang: Lang, value: Decimal) -> String {
    let plain = value.normalize().to_string();
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    let (group, point) = if lang == Lang::Es { ('.', ',') } else { (',', '.') };
    let digits = whole.len();
    let mut out = String::new();
    for (i, c) in whole.chars().enumerate() {
        if i > 0 && (digits - i) % 3 == 0 && c.is_ascii_digit() && !out.ends_with('-') {
            out.push(group);
        }
        out.push(c);
    }
    if !fraction.is_empty() {
        out.push(point);
        out.push_str(fraction);
    }
    out
}
