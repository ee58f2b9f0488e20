//! What a plan says it will compute is a question that means exactly that: every
//! restatement, read again, becomes the same query.

use chrono::NaiveDate;
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::fixture::{ask, planner, summary, today};
use crate::ask::intent::{
    Cohort, Direction, Filter, Having, Intent, LineColumn, Op, Percent, Scope, Shape, Sort, Trend,
};
use crate::ask::time::TimeRange;
use crate::ask::{Outcome, Planner};
use crate::i18n::Lang;
use crate::model::{Dim, Metric};

/// A query's lines, those that only narrow it down in one order.
fn conditions(sql: &str) -> Vec<String> {
    let mut lines: Vec<String> = sql.lines().map(|line| line.trim().to_string()).collect();
    for run in lines.chunk_by_mut(|a, b| a.starts_with("AND ") && b.starts_with("AND ")) {
        run.sort();
    }
    lines
}

thread_local! {
    static PLANNER: Planner = planner();
}

/// What the restatement of an intent was read as, if not the same query.
fn misread(intent: &Intent) -> Vec<String> {
    let mut wrong = Vec::new();
    for lang in Lang::ALL {
        let plan = PLANNER.with(|p| p.compile(intent, lang)).expect("a valid intent");
        let again = ask(&plan.restatement);
        let same = matches!(&again, Outcome::Plan(p) if conditions(&p.sql) == conditions(&plan.sql));
        if !same {
            wrong.push(format!(
                "{}\n    meant {}\n    read  {}",
                plan.restatement,
                plan.sql.replace('\n', " "),
                summary(&again)
            ));
        }
    }
    wrong
}

#[test]
fn restatements_of_questions_mean_the_same() {
    let mut wrong = Vec::new();
    let questions = include_str!("plans.txt").lines().filter(|l| !l.starts_with(' ') && !l.trim().is_empty());
    for question in questions {
        if let Outcome::Plan(plan) = ask(question) {
            wrong.extend(misread(&plan.intent).into_iter().map(|w| format!("{question}\n  {w}")));
        }
    }
    assert!(wrong.is_empty(), "{} misread\n{}", wrong.len(), wrong.join("\n"));
}

fn day() -> impl Strategy<Value = NaiveDate> {
    (0u64..910).prop_map(|n| NaiveDate::from_ymd_opt(2023, 1, 1).expect("a day") + chrono::Days::new(n))
}

fn range() -> impl Strategy<Value = TimeRange> {
    (day(), 0u64..400).prop_map(|(start, n)| {
        let end = (start + chrono::Days::new(n)).min(today());
        TimeRange::new(start, end.max(start)).expect("in order")
    })
}

fn time() -> impl Strategy<Value = Option<TimeRange>> {
    proptest::option::weighted(0.7, range())
}

const ADDITIVE: [Metric; 7] = [
    Metric::Sales,
    Metric::NetSales,
    Metric::Profit,
    Metric::Units,
    Metric::Cost,
    Metric::Vat,
    Metric::Discount,
];

fn additive() -> impl Strategy<Value = Metric> {
    prop::sample::select(ADDITIVE.to_vec())
}

fn metric() -> impl Strategy<Value = Metric> {
    let mut all = Metric::PLAIN.to_vec();
    all.extend([Dim::Document, Dim::Customer, Dim::Product, Dim::City].map(Metric::Distinct));
    prop::sample::select(all)
}

/// A figure that a number can be compared with.
fn figure() -> impl Strategy<Value = Metric> {
    metric().prop_filter("a date is no amount", |m| !matches!(m, Metric::FirstDate | Metric::LastDate))
}

const ENTITIES: [Dim; 10] = [
    Dim::Brand,
    Dim::Category,
    Dim::Subcategory,
    Dim::Supplier,
    Dim::City,
    Dim::State,
    Dim::Warehouse,
    Dim::Salesperson,
    Dim::Customer,
    Dim::Product,
];

fn entity() -> impl Strategy<Value = Dim> {
    prop::sample::select(ENTITIES.to_vec())
}

fn calendar() -> impl Strategy<Value = Dim> {
    prop::sample::select(vec![Dim::Day, Dim::Week, Dim::Month, Dim::Quarter, Dim::HalfYear, Dim::Year])
}

fn dimension() -> impl Strategy<Value = Dim> {
    let other = vec![Dim::PaymentTerm, Dim::VatRate, Dim::DocType, Dim::Weekday, Dim::MonthOfYear];
    prop_oneof![4 => entity(), 3 => calendar(), 1 => prop::sample::select(other)]
}

fn distinct_dims(most: usize) -> impl Strategy<Value = Vec<Dim>> {
    prop::collection::vec(dimension(), 0..=most).prop_map(|dims| {
        let mut all: Vec<Dim> = Vec::new();
        for dim in dims {
            if !all.contains(&dim) {
                all.push(dim);
            }
        }
        all
    })
}

fn values_of(dim: Dim) -> Vec<String> {
    PLANNER.with(|p| p.values().values_of(dim, 40).into_iter().map(String::from).collect())
}

fn value_filter() -> impl Strategy<Value = Filter> {
    entity().prop_flat_map(|dim| {
        (prop::sample::subsequence(values_of(dim), 1..=2), any::<bool>())
            .prop_map(move |(values, negated)| Filter::In { dim, values, negated })
    })
}

fn number() -> impl Strategy<Value = Decimal> {
    prop_oneof![(0i64..100_000_000).prop_map(Decimal::from), (0i64..1_000).prop_map(|n| Decimal::new(n, 1))]
}

fn op() -> impl Strategy<Value = Op> {
    prop::sample::select(vec![Op::Over, Op::AtLeast, Op::Under, Op::AtMost])
}

fn filter() -> impl Strategy<Value = Filter> {
    let columns =
        vec![LineColumn::DiscountPct, LineColumn::VatRate, LineColumn::UnitPrice, LineColumn::CreditDays];
    prop_oneof![
        6 => value_filter(),
        1 => any::<bool>().prop_map(Filter::Credit),
        1 => (prop::sample::select(columns), op(), number())
            .prop_map(|(column, op, value)| Filter::Line { column, op, value }),
        1 => prop::sample::subsequence((1u8..=7).collect::<Vec<_>>(), 1..=3).prop_map(Filter::Weekdays),
    ]
}

/// Filters on different things.
fn filters(most: usize) -> impl Strategy<Value = Vec<Filter>> {
    prop::collection::vec(filter(), 0..=most).prop_map(|all| {
        let mut kept: Vec<Filter> = Vec::new();
        for filter in all {
            let subject = |f: &Filter| match f {
                Filter::In { dim, .. } => format!("{dim:?}"),
                Filter::Line { column, .. } => format!("{column:?}"),
                other => format!("{:?}", std::mem::discriminant(other)),
            };
            if !kept.iter().any(|k| subject(k) == subject(&filter)) {
                kept.push(filter);
            }
        }
        kept
    })
}

fn base(metrics: Vec<Metric>, time: Option<TimeRange>, filters: Vec<Filter>) -> Intent {
    Intent { time, filters, ..Intent::of(metrics) }
}

fn direction() -> impl Strategy<Value = Direction> {
    prop::sample::select(vec![Direction::Desc, Direction::Asc])
}

fn grouped() -> impl Strategy<Value = Intent> {
    let metrics = prop::collection::vec(metric(), 1..=3);
    (
        metrics,
        distinct_dims(3),
        time(),
        filters(2),
        prop::sample::select(vec![Scope::Sales, Scope::Sales, Scope::Sales, Scope::BeforeReturns]),
    )
        .prop_map(|(metrics, dims, time, filters, scope)| {
            let mut all: Vec<Metric> = Vec::new();
            for metric in metrics {
                if !all.contains(&metric) {
                    all.push(metric);
                }
            }
            Intent { dims, scope, ..base(all, time, filters) }
        })
}

fn ranking() -> impl Strategy<Value = Intent> {
    (figure(), entity(), time(), filters(2), direction(), proptest::option::of(1u32..50)).prop_map(
        |(metric, dim, time, filters, direction, limit)| Intent {
            dims: vec![dim],
            sort: Some(Sort { metric, direction }),
            limit,
            ..base(vec![metric], time, filters)
        },
    )
}

fn conditional() -> impl Strategy<Value = Intent> {
    (figure(), entity(), time(), filters(1), op(), number(), any::<bool>()).prop_map(
        |(metric, dim, time, filters, op, value, count)| {
            let having = vec![Having { metric, op, value }];
            let (shape, metrics) =
                if count { (Shape::CountGroups, Vec::new()) } else { (Shape::Group, vec![metric]) };
            Intent { dims: vec![dim], having, shape, ..base(metrics, time, filters) }
        },
    )
}

fn averaged() -> impl Strategy<Value = Intent> {
    let per = prop::sample::select(vec![Dim::Day, Dim::Week, Dim::Month, Dim::Customer]);
    (additive(), per, time(), filters(1), proptest::option::of(entity())).prop_map(
        |(metric, per, time, filters, dim)| {
            let dims = dim.into_iter().filter(|d| *d != per).collect();
            Intent { per: Some(per), dims, ..base(vec![metric], time, filters) }
        },
    )
}

fn returned() -> impl Strategy<Value = Intent> {
    let metrics = prop::sample::select(vec![Metric::Sales, Metric::Units, Metric::Distinct(Dim::Document)]);
    (metrics, distinct_dims(1), time(), filters(1)).prop_map(|(metric, dims, time, filters)| Intent {
        dims,
        scope: Scope::Returns,
        ..base(vec![metric], time, filters)
    })
}

fn compared() -> impl Strategy<Value = Intent> {
    let trend = prop::sample::select(vec![None, Some(Trend::Up), Some(Trend::Down)]);
    let ranges = (0u64..300, 1u64..120, 1u64..120, 0u64..200).prop_map(|(start, first, second, gap)| {
        let day = |n: u64| NaiveDate::from_ymd_opt(2023, 1, 1).expect("a day") + chrono::Days::new(n);
        let base = TimeRange::new(day(start), day(start + first)).expect("in order");
        let from = start + first + 1 + gap;
        (TimeRange::new(day(from), day(from + second)).expect("in order"), base)
    });
    let ops = prop::sample::select(vec![Op::Over, Op::AtLeast, Op::Under, Op::AtMost]);
    let by =
        proptest::option::of((ops, 1i64..90).prop_map(|(op, n)| Percent { op, value: Decimal::from(n) }));
    (metric(), ranges, filters(1), proptest::option::of(entity()), (trend, by), any::<bool>(), 1u32..20)
        .prop_filter_map(
            "dates do not change in percent",
            |(metric, (current, base_range), filters, dim, (only, by), ranked, n)| {
                if matches!(metric, Metric::FirstDate | Metric::LastDate) {
                    return None;
                }
                let mut intent = base(vec![metric], Some(current), filters);
                let only = only.filter(|_| dim.is_some() && !ranked);
                let by = only.and(by);
                let sort = match (dim.is_some(), only, ranked) {
                    (true, Some(Trend::Up), _) => Some(Direction::Desc),
                    (true, Some(Trend::Down), _) => Some(Direction::Asc),
                    (true, None, true) => Some(Direction::Desc),
                    _ => None,
                };
                intent.sort = sort.map(|direction| Sort { metric, direction });
                intent.limit = (dim.is_some() && ranked).then_some(n);
                intent.dims = dim.into_iter().collect();
                intent.shape = Shape::Compare { base: base_range, only, by };
                Some(intent)
            },
        )
}

fn differing() -> impl Strategy<Value = Intent> {
    (additive(), entity(), time()).prop_flat_map(|(metric, dim, time)| {
        prop::sample::subsequence(values_of(dim), 2).prop_map(move |pair| Intent {
            shape: Shape::Difference { dim, first: pair[0].clone(), second: pair[1].clone() },
            ..base(vec![metric], time, Vec::new())
        })
    })
}

fn shared() -> impl Strategy<Value = Intent> {
    let by = (additive(), entity(), time(), filters(1)).prop_map(|(metric, dim, time, filters)| {
        // "a crédito por ciudad" is the part within each city.
        let filters = filters.into_iter().filter(|f| !matches!(f, Filter::Credit(_))).collect();
        Intent {
            dims: vec![dim],
            shape: Shape::Share { part: Vec::new() },
            ..base(vec![metric], time, filters)
        }
    });
    let of = (additive(), value_filter(), time(), filters(1)).prop_filter_map(
        "a part is of something",
        |(metric, part, time, filters)| {
            let subject = |f: &Filter| matches!((f, &part), (Filter::In { dim: a, .. }, Filter::In { dim: b, .. }) if a == b);
            (!filters.iter().any(subject)).then(|| Intent {
                shape: Shape::Share { part: vec![part.clone()] },
                ..base(vec![metric], time, filters)
            })
        },
    );
    prop_oneof![by, of]
}

fn windows() -> impl Strategy<Value = Intent> {
    let best = (figure(), entity(), dimension(), time(), 1u32..9, direction()).prop_filter_map(
        "different",
        |(metric, item, group, time, n, direction)| {
            (item != group).then(|| Intent {
                dims: vec![group, item],
                sort: Some(Sort { metric, direction }),
                shape: Shape::TopPerGroup { n },
                ..base(vec![metric], time, Vec::new())
            })
        },
    );
    let running =
        (additive(), calendar(), time(), any::<bool>()).prop_map(|(metric, dim, time, growth)| Intent {
            dims: vec![dim],
            shape: if growth { Shape::Growth } else { Shape::Running },
            ..base(vec![metric], time, Vec::new())
        });
    let abc =
        (additive(), entity(), time(), prop::sample::select(vec![None, Some('A'), Some('C')]), any::<bool>())
            .prop_map(|(metric, dim, time, only, summary)| Intent {
                dims: vec![dim],
                shape: Shape::Abc { only, summary },
                ..base(vec![metric], time, Vec::new())
            });
    let concentration = (additive(), entity(), time(), 1u32..30).prop_map(|(metric, dim, time, n)| Intent {
        dims: vec![dim],
        shape: Shape::Concentration { n },
        ..base(vec![metric], time, Vec::new())
    });
    prop_oneof![best, running, abc, concentration]
}

fn customers() -> impl Strategy<Value = Intent> {
    let kind = prop_oneof![
        Just(Cohort::New),
        Just(Cohort::Returning),
        Just(Cohort::NewVersusReturning),
        day().prop_map(Cohort::NotSince),
        range().prop_map(Cohort::NotIn),
        range().prop_map(Cohort::AlsoIn),
    ];
    (kind, range(), any::<bool>(), value_filter(), any::<bool>()).prop_filter_map(
        "a customer is not filtered by name",
        |(kind, time, count, filter, filtered)| {
            let named = matches!(filter, Filter::In { dim: Dim::Customer, .. });
            if filtered && named {
                return None;
            }
            let timed = (!matches!(kind, Cohort::NotSince(_))).then_some(time);
            let count = count && kind != Cohort::NewVersusReturning;
            let filters = if filtered { vec![filter] } else { Vec::new() };
            Some(Intent { shape: Shape::Cohort { kind, count }, ..base(Vec::new(), timed, filters) })
        },
    )
}

fn without_sales() -> impl Strategy<Value = Intent> {
    (entity(), range(), any::<bool>()).prop_map(|(dim, time, count)| Intent {
        shape: Shape::Idle { count },
        dims: vec![dim],
        ..base(Vec::new(), Some(time), Vec::new())
    })
}

fn without_returns() -> impl Strategy<Value = Intent> {
    (entity(), time(), any::<bool>(), filters(1)).prop_filter_map(
        "members of themselves",
        |(dim, time, count, filters)| {
            let own = |f: &Filter| matches!(f, Filter::In { dim: of, .. } if *of == dim);
            let shape = Shape::Unreturned { count };
            (!filters.iter().any(own)).then(|| Intent {
                shape,
                dims: vec![dim],
                ..base(Vec::new(), time, filters)
            })
        },
    )
}

fn placed() -> impl Strategy<Value = Intent> {
    (figure(), entity(), time(), filters(1), direction(), 2u32..20).prop_map(
        |(metric, dim, time, filters, direction, n)| Intent {
            dims: vec![dim],
            sort: Some(Sort { metric, direction }),
            shape: Shape::Place { n },
            ..base(vec![metric], time, filters)
        },
    )
}

fn together() -> impl Strategy<Value = Intent> {
    let goods = prop::sample::select(vec![Dim::Product, Dim::Brand, Dim::Category, Dim::Subcategory]);
    (goods, time(), proptest::option::of(1u32..20)).prop_flat_map(|(dim, time, limit)| {
        let with = proptest::option::of(prop::sample::select(values_of(dim)));
        with.prop_map(move |value| {
            let with = value.map(|v| Filter::In { dim, values: vec![v], negated: false });
            Intent { shape: Shape::Together { with }, limit, ..base(Vec::new(), time, Vec::new()) }
        })
    })
}

fn intent() -> impl Strategy<Value = Intent> {
    prop_oneof![
        4 => grouped(),
        3 => ranking(),
        3 => conditional(),
        2 => averaged(),
        1 => returned(),
        3 => compared(),
        1 => differing(),
        2 => shared(),
        3 => windows(),
        2 => customers(),
        1 => without_sales(),
        1 => without_returns(),
        1 => placed(),
        1 => together(),
    ]
}

/// Nobody asks for the number of brands of each brand. And "the best by lowest price" is the
/// cheapest, so that no sentence says the highest of the lowest prices: the one exception.
fn makes_sense(intent: &Intent) -> bool {
    let turned = intent.sort.is_some_and(|s| {
        let natural = match s.metric {
            Metric::MinUnitPrice => Direction::Asc,
            Metric::MaxUnitPrice => Direction::Desc,
            _ => s.direction,
        };
        s.direction != natural
    });
    if turned {
        return false;
    }
    let figures = intent.metrics.iter().chain(intent.having.iter().map(|h| &h.metric));
    figures.into_iter().all(|m| !intent.dims.iter().any(|d| *m == Metric::Distinct(*d)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn restatements_of_any_intent_mean_the_same(intent in intent()) {
        prop_assume!(PLANNER.with(|p| p.compile(&intent, Lang::Es).is_ok()) && makes_sense(&intent));
        let wrong = misread(&intent);
        prop_assert!(wrong.is_empty(), "{intent:?}\n{}", wrong.join("\n"));
    }
}

/// Prints what is misread, to work on: `cargo test survey -- --ignored --nocapture`.
#[test]
#[ignore = "a survey, not a test"]
fn survey() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let (mut all, mut bad) = (0, 0);
    for _ in 0..6000 {
        let intent = intent().new_tree(&mut runner).expect("an intent").current();
        if PLANNER.with(|p| p.compile(&intent, Lang::Es).is_err()) || !makes_sense(&intent) {
            continue;
        }
        all += 1;
        let wrong = misread(&intent);
        if !wrong.is_empty() {
            bad += 1;
            println!("{}", wrong.join("\n"));
        }
    }
    println!("{bad} of {all} misread");
}
