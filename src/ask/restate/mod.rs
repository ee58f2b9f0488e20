//! What an intent will compute, said in the user's language.

pub mod names;

use names::{dim_many, dim_one, join, metric_phrase};

use super::intent::{Cohort, Direction, Filter, Having, Intent, LineColumn, Scope, Shape, Trend};
use super::time::{Grain, TimeRange};
use crate::i18n::{Lang, fill, plural, text};
use crate::model::{ColumnKind, Dim, Metric, SalesModel};
use crate::sanitize::display_safe;

/// The whole restatement: what, by what, which lines, which days, which documents.
pub fn restate(intent: &Intent, model: &SalesModel, lang: Lang) -> String {
    let mut parts = vec![head(intent, model, lang)];
    if let Some(part) = grouping(intent, model, lang) {
        parts.push(part);
    }
    parts.extend(intent.having.iter().map(|h| having(model, lang, h)));
    parts.extend(filters(intent, model, lang));
    parts.extend(rank(intent, model, lang));
    parts.push(time(intent, lang));
    parts.push(documents(intent, model, lang));
    let sentence = parts.into_iter().filter(|p| !p.is_empty()).collect::<Vec<_>>().join(", ");
    capitalised(&sentence)
}

/// The first letter large.
pub fn capitalised(sentence: &str) -> String {
    let mut chars = sentence.chars();
    chars.next().map_or(String::new(), |first| first.to_uppercase().chain(chars).collect())
}

fn head(intent: &Intent, model: &SalesModel, lang: Lang) -> String {
    let metrics = join(
        lang,
        &intent.metrics.iter().map(|m| metric_phrase(model, lang, *m, intent.scope)).collect::<Vec<_>>(),
    );
    let last_dim = intent.dims.last().copied();
    let members = last_dim.map_or(String::new(), |d| dim_many(model, lang, d));
    match &intent.shape {
        Shape::Group | Shape::Running | Shape::Growth | Shape::Place { .. } | Shape::TopPerGroup { .. } => {
            let metrics = match intent.per {
                Some(per) => fill(
                    lang,
                    "ask.say.average",
                    &[("metric", &metrics), ("dim", &dim_one(model, lang, per))],
                ),
                None => metrics,
            };
            match &intent.shape {
                Shape::Running => fill(lang, "ask.say.running", &[("metric", &metrics)]),
                Shape::Growth => fill(lang, "ask.say.growth", &[("metric", &metrics)]),
                _ => metrics,
            }
        }
        Shape::Concentration { n } => plural(
            lang,
            "ask.say.concentration",
            u64::from(*n),
            &n.to_string(),
            &[
                ("metric", &metrics),
                ("members", &members),
                ("member", &last_dim.map_or(String::new(), |d| dim_one(model, lang, d))),
            ],
        ),
        Shape::CountGroups => fill(lang, "ask.say.count_groups", &[("members", &members)]),
        Shape::Compare { base, .. } => {
            let current = intent.time.map_or(String::new(), |t| range(lang, &t));
            fill(
                lang,
                "ask.say.compare",
                &[("metric", &metrics), ("current", &current), ("base", &range(lang, base))],
            )
        }
        Shape::Difference { dim, first, second } => fill(
            lang,
            "ask.say.difference",
            &[
                ("metric", &metrics),
                ("dim", &dim_one(model, lang, *dim)),
                ("first", display_safe(first).as_str()),
                ("second", display_safe(second).as_str()),
            ],
        ),
        Shape::Share { part } if part.is_empty() => fill(lang, "ask.say.share", &[("metric", &metrics)]),
        Shape::Share { part } => {
            let said =
                |all: &[Filter]| all.iter().map(|f| filter(model, lang, f)).collect::<Vec<_>>().join(", ");
            let whole = match said(&intent.filters) {
                none if none.is_empty() => none,
                whole => fill(lang, "ask.say.share_whole", &[("whole", &whole)]),
            };
            let values = [("metric", metrics.as_str()), ("whole", &whole), ("part", &said(part))];
            fill(lang, "ask.say.share_of_part", &values)
        }
        Shape::Cohort { kind, count } => cohort(intent, kind, *count, lang),
        Shape::Idle { count } => {
            let said = fill(lang, "ask.say.idle", &[("members", &members)]);
            if *count { fill(lang, "ask.say.number_of", &[("what", &said)]) } else { said }
        }
        Shape::Unreturned { count } => {
            let said = fill(lang, "ask.say.unreturned", &[("members", &members)]);
            if *count { fill(lang, "ask.say.number_of", &[("what", &said)]) } else { said }
        }
        Shape::Abc { only, summary: true } => {
            let class = only.map_or(String::new(), String::from);
            let values = [("members", members.as_str()), ("metric", &metrics), ("class", &class)];
            match only {
                Some(_) => fill(lang, "ask.say.abc_class_summary", &values),
                None => fill(lang, "ask.say.abc_summary", &values),
            }
        }
        Shape::Abc { only, .. } => {
            let base = fill(lang, "ask.say.abc", &[("members", &members), ("metric", &metrics)]);
            match only {
                Some(class) => {
                    fill(lang, "ask.say.abc_class", &[("abc", &base), ("class", &class.to_string())])
                }
                None => base,
            }
        }
        Shape::Together { with: Some(with) } => {
            fill(lang, "ask.say.together_with", &[("what", &filter(model, lang, with))])
        }
        Shape::Together { with: None } => text(lang, "ask.say.together").to_string(),
    }
}

fn cohort(intent: &Intent, kind: &Cohort, count: bool, lang: Lang) -> String {
    let said = match kind {
        Cohort::New if !intent.dims.is_empty() => text(lang, "ask.say.new_by_period").to_string(),
        Cohort::New => text(lang, "ask.say.new_customers").to_string(),
        Cohort::Returning => text(lang, "ask.say.returning").to_string(),
        Cohort::NotSince(day) => fill(lang, "ask.say.not_since", &[("day", &day.to_string())]),
        Cohort::NotIn(other) | Cohort::AlsoIn(other) => {
            let time = intent.time.map_or(String::new(), |t| range(lang, &t));
            let values = [("time", time.as_str()), ("other", &range(lang, other))];
            match kind {
                Cohort::NotIn(_) => fill(lang, "ask.say.bought_not", &values),
                _ => fill(lang, "ask.say.bought_both", &values),
            }
        }
        Cohort::NewVersusReturning => text(lang, "ask.say.new_versus_returning").to_string(),
    };
    // By period it says that it is a number already.
    let counted = count && intent.dims.is_empty();
    if counted { fill(lang, "ask.say.number_of", &[("what", &said)]) } else { said }
}

fn grouping(intent: &Intent, model: &SalesModel, lang: Lang) -> Option<String> {
    let names: Vec<String> = intent.dims.iter().map(|d| dim_one(model, lang, *d)).collect();
    match (&intent.shape, names.as_slice()) {
        (_, [])
        | (
            Shape::CountGroups
            | Shape::Abc { .. }
            | Shape::Concentration { .. }
            | Shape::Idle { .. }
            | Shape::Unreturned { .. },
            _,
        ) => None,
        (Shape::TopPerGroup { n }, [groups @ .., item]) => {
            let asc = intent.sort.is_some_and(|s| s.direction == Direction::Asc);
            let key = if asc { "ask.say.bottom_per_group" } else { "ask.say.top_per_group" };
            Some(plural(
                lang,
                key,
                u64::from(*n),
                &n.to_string(),
                &[
                    ("item", item),
                    ("group", &join(lang, groups)),
                    ("metric", &ordered_by(intent, model, lang)),
                ],
            ))
        }
        (_, names) => Some(fill(lang, "ask.say.by", &[("dims", &join(lang, names))])),
    }
}

/// The figure that orders.
fn ordered_by(intent: &Intent, model: &SalesModel, lang: Lang) -> String {
    let metric = intent.sort.map(|s| s.metric).or(intent.metrics.first().copied());
    metric.map_or(String::new(), |m| metric_phrase(model, lang, m, intent.scope))
}

/// The conditions on lines that the head does not say already.
fn filters(intent: &Intent, model: &SalesModel, lang: Lang) -> Vec<String> {
    let all = intent.filters.iter().map(|f| filter(model, lang, f));
    match &intent.shape {
        Shape::Share { part } if part.is_empty() => {
            all.map(|f| fill(lang, "ask.say.share_whole", &[("whole", &f)]).trim().to_string()).collect()
        }
        Shape::Share { .. } if intent.dims.is_empty() => Vec::new(),
        _ => all.collect(),
    }
}

fn rank(intent: &Intent, model: &SalesModel, lang: Lang) -> Option<String> {
    let (Some(sort), false) = (intent.sort, matches!(intent.shape, Shape::TopPerGroup { .. })) else {
        return intent.limit.map(|n| plural(lang, "ask.say.rows", u64::from(n), &n.to_string(), &[]));
    };
    if let Shape::Place { n } = intent.shape {
        let key = match sort.direction {
            Direction::Desc => "ask.say.place",
            Direction::Asc => "ask.say.place_up",
        };
        let metric = metric_phrase(model, lang, sort.metric, intent.scope);
        return Some(fill(lang, key, &[("n", &n.to_string()), ("metric", &metric)]));
    }
    let metric = match intent.shape {
        Shape::Compare { .. } => text(lang, "ask.say.change").to_string(),
        _ => metric_phrase(model, lang, sort.metric, intent.scope),
    };
    let values = [("metric", metric.as_str())];
    Some(match (sort.direction, intent.limit) {
        (Direction::Desc, Some(n)) => plural(lang, "ask.say.top", u64::from(n), &n.to_string(), &values),
        (Direction::Asc, Some(n)) => plural(lang, "ask.say.bottom", u64::from(n), &n.to_string(), &values),
        (Direction::Desc, None) => fill(lang, "ask.say.descending", &values),
        (Direction::Asc, None) => fill(lang, "ask.say.ascending", &values),
    })
}

fn having(model: &SalesModel, lang: Lang, having: &Having) -> String {
    // "invoices > 3,000,000" could be meant of their amount: the number is named.
    let metric = match having.metric {
        Metric::Distinct(Dim::Document) => {
            fill(lang, "ask.metric.distinct", &[("members", text(lang, "ask.metric.documents"))])
        }
        other => metric_phrase(model, lang, other, Scope::Sales),
    };
    fill(
        lang,
        "ask.say.having",
        &[
            ("metric", &metric),
            ("op", having.op.sign()),
            ("value", &amount(lang, having.metric.kind(), having.value)),
        ],
    )
}

/// A number with the sign of its kind: `$5.000.000`, `20%`.
fn amount(lang: Lang, kind: ColumnKind, value: rust_decimal::Decimal) -> String {
    let number = names::number(lang, value);
    match kind {
        ColumnKind::Money | ColumnKind::UnitPrice => format!("${number}"),
        ColumnKind::Percent => format!("{number}%"),
        _ => number,
    }
}

/// A condition on lines.
pub fn filter(model: &SalesModel, lang: Lang, filter: &Filter) -> String {
    match filter {
        Filter::In { dim, values, negated } => {
            let values: Vec<String> = values.iter().map(|v| display_safe(v).into_string()).collect();
            let sign = if *negated { "≠" } else { "=" };
            format!("{} {sign} {}", dim_one(model, lang, *dim), values.join(" | "))
        }
        Filter::Credit(true) => text(lang, "ask.say.credit").to_string(),
        Filter::Credit(false) => text(lang, "ask.say.cash").to_string(),
        Filter::Line { column, op, value } => {
            let (column, kind) = match column {
                LineColumn::DiscountPct => (text(lang, "ask.say.discount_pct"), ColumnKind::Percent),
                LineColumn::VatRate => (text(lang, "ask.say.vat_rate"), ColumnKind::Percent),
                LineColumn::UnitPrice => (text(lang, "ask.say.unit_price"), ColumnKind::UnitPrice),
                LineColumn::CreditDays => (text(lang, "ask.say.credit_days"), ColumnKind::Count),
            };
            format!("{column} {} {}", op.sign(), amount(lang, kind, *value))
        }
        Filter::Weekdays(days) => {
            let days: Vec<String> = days.iter().map(|d| names::weekday(lang, *d)).collect();
            fill(lang, "ask.say.weekdays", &[("days", &join(lang, &days))])
        }
    }
}

fn time(intent: &Intent, lang: Lang) -> String {
    let only = match &intent.shape {
        Shape::Compare { only: Some(Trend::Up), .. } => text(lang, "ask.say.only_up"),
        Shape::Compare { only: Some(Trend::Down), .. } => text(lang, "ask.say.only_down"),
        Shape::Compare { .. }
        | Shape::Cohort { kind: Cohort::NotSince(_) | Cohort::NotIn(_) | Cohort::AlsoIn(_), .. } => "",
        _ => {
            return intent
                .time
                .map_or_else(|| text(lang, "ask.say.all_days").to_string(), |t| range(lang, &t));
        }
    };
    let by = match &intent.shape {
        Shape::Compare { by: Some(by), .. } => {
            format!(" {} {}", by.op.sign(), amount(lang, ColumnKind::Percent, by.value))
        }
        _ => String::new(),
    };
    format!("{only}{by}")
}

/// A range with its dates.
pub fn range(lang: Lang, range: &TimeRange) -> String {
    let (start, end) = (range.start.to_string(), range.end.to_string());
    if range.start == range.end {
        return fill(lang, "ask.say.on_day", &[("day", &start)]);
    }
    fill(lang, "ask.say.from_to", &[("start", &start), ("end", &end)])
}

/// A range as a column's title: its month, quarter, year, or dates.
pub fn range_short(lang: Lang, range: &TimeRange) -> String {
    use chrono::Datelike;
    let year = range.start.year();
    match range.grain {
        Some(Grain::Year) if range.is_whole() => year.to_string(),
        Some(Grain::Month) if range.is_whole() => {
            format!("{} {year}", names::month(lang, range.start.month()))
        }
        Some(Grain::Quarter) if range.is_whole() => format!("{year}-Q{}", range.start.month0() / 3 + 1),
        Some(Grain::Day) => range.start.to_string(),
        _ => format!("{}..{}", range.start, range.end),
    }
}

fn documents(intent: &Intent, model: &SalesModel, lang: Lang) -> String {
    match intent.scope {
        Scope::Returns => {
            fill(lang, "ask.say.only_documents", &[("codes", &model.documents.returns.join(", "))])
        }
        Scope::BeforeReturns => {
            let rules = &model.documents;
            let codes: Vec<&str> = rules.excluded.iter().chain(&rules.returns).map(String::as_str).collect();
            fill(lang, "ask.say.before_returns", &[("codes", &codes.join(", "))])
        }
        Scope::Sales if model.documents.excluded.is_empty() => String::new(),
        Scope::Sales => {
            fill(lang, "ask.say.without_documents", &[("codes", &model.documents.excluded_list())])
        }
    }
}

/// The definitions of the figures used, one sentence each.
pub fn definitions(intent: &Intent, model: &SalesModel, lang: Lang) -> Vec<String> {
    let mut all: Vec<String> = intent
        .metrics
        .iter()
        .chain(intent.having.iter().map(|h| &h.metric))
        .map(|m| names::definition(model, lang, *m, intent.scope))
        .collect();
    match &intent.shape {
        Shape::Abc { .. } => all.push(text(lang, "ask.define.abc").to_string()),
        Shape::Cohort { .. } => all.push(text(lang, "ask.define.cohort").to_string()),
        Shape::Idle { .. } => all.push(text(lang, "ask.define.idle").to_string()),
        Shape::Unreturned { .. } => {
            let codes = model.documents.returns.join(", ");
            all.push(fill(lang, "ask.define.unreturned", &[("codes", &codes)]));
        }
        Shape::Together { .. } => all.push(text(lang, "ask.define.together").to_string()),
        Shape::Compare { .. } | Shape::Growth => all.push(text(lang, "ask.define.change").to_string()),
        _ => {}
    }
    if intent.per.is_some() {
        all.push(text(lang, "ask.define.average").to_string());
    }
    if intent.scope == Scope::Sales && !model.documents.excluded.is_empty() {
        all.push(fill(
            lang,
            "ask.define.documents",
            &[
                ("excluded", &model.documents.excluded_list()),
                ("returns", &model.documents.returns.join(", ")),
            ],
        ));
    }
    all.dedup();
    all
}
