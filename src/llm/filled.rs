//! A filled form, on its way to an intent: names that nobody knows are said back to the model,
//! values become those of the data or a question to the person.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::privacy::Private;
use super::schema::{DOCUMENTS, LINE_COLUMNS, OPS, SHAPES, metric_named};
use crate::ask::intent::{
    Cohort, Direction, Filter, Having, Intent, LineColumn, Op, Percent, Scope, Shape, Sort, Trend,
};
use crate::ask::time::{Grain, TimeRange};
use crate::ask::{Planner, Resolved};
use crate::model::Dim;

/// Why a form is no intent.
#[derive(Debug, Clone, PartialEq)]
pub enum NotFilled {
    /// The model used it wrongly; said back to the model, in English.
    Wrong(String),
    /// A value that is not in the data, or is several things; said to the person.
    Value {
        /// Where it was looked for.
        dim: Dim,
        /// As the person wrote it.
        written: String,
        /// Values it may mean.
        near: Vec<String>,
        /// Whether it is several values rather than none.
        ambiguous: bool,
    },
}

type Filled<T> = Result<T, NotFilled>;

/// Reads the intent of a form. `private` gives names back that were kept from the model.
///
/// # Errors
/// [`NotFilled`].
pub fn intent(form: &Map<String, Value>, planner: &Planner, private: &Private) -> Filled<Intent> {
    Reader { form, planner, private }.intent()
}

struct Reader<'a> {
    form: &'a Map<String, Value>,
    planner: &'a Planner,
    private: &'a Private,
}

fn wrong<T>(why: impl Into<String>) -> Filled<T> {
    Err(NotFilled::Wrong(why.into()))
}

impl Reader<'_> {
    fn intent(&self) -> Filled<Intent> {
        let metrics = self.names("metrics", |name| metric_named(name, self.planner.model()))?;
        let filters = self.filters("filters")?;
        let mut intent = Intent::of(metrics);
        intent.per = self.name("per", |name| self.dim(name))?;
        intent.dims = self.names("dims", |name| self.dim(name))?;
        intent.time = self.range("from", "to")?;
        intent.filters = filters;
        self.line_conditions(&mut intent.filters)?;
        intent.having = self.having()?;
        intent.sort = self.sort()?;
        intent.limit = self.limit()?;
        intent.scope = match self.text("documents") {
            None | Some("" | "sales") => Scope::Sales,
            Some("returns") => Scope::Returns,
            Some("before_returns") => Scope::BeforeReturns,
            Some(other) => {
                return wrong(format!("unknown documents «{other}»; known: {}", DOCUMENTS.join(", ")));
            }
        };
        self.shape(&mut intent)?;
        Ok(intent)
    }

    fn shape(&self, intent: &mut Intent) -> Filled<()> {
        let shape = self.text("shape").unwrap_or("group");
        let base = || match self.range("base_from", "base_to")? {
            Some(base) => Ok(base),
            None => wrong(format!("shape {shape} needs base_from and base_to")),
        };
        let count = self.flag("count");
        let cohort = |kind| Shape::Cohort { kind, count };
        intent.shape = match shape {
            "group" => Shape::Group,
            "compare" => {
                let only = match self.text("change") {
                    Some("up") => Some(Trend::Up),
                    Some("down") => Some(Trend::Down),
                    _ => None,
                };
                Shape::Compare { base: base()?, only, by: self.change_by(only.is_some())? }
            }
            "difference" => self.difference(intent)?,
            "share" => Shape::Share { part: self.filters("part")? },
            "concentration" => Shape::Concentration { n: intent.limit.take().unwrap_or(10) },
            "top_per_group" => Shape::TopPerGroup { n: intent.limit.take().unwrap_or(1) },
            "place" => Shape::Place { n: intent.limit.take().unwrap_or(1) },
            "running" => Shape::Running,
            "growth" => Shape::Growth,
            "count_groups" => Shape::CountGroups,
            "new_customers" => cohort(Cohort::New),
            "returning_customers" => cohort(Cohort::Returning),
            "new_versus_returning" => cohort(Cohort::NewVersusReturning),
            "inactive_customers" => match self.day("since")? {
                Some(since) => cohort(Cohort::NotSince(since)),
                None => return wrong("shape inactive_customers needs since"),
            },
            "customers_bought_not" => cohort(Cohort::NotIn(base()?)),
            "customers_bought_both" => cohort(Cohort::AlsoIn(base()?)),
            "without_returns" => Shape::Unreturned { count },
            "without_sales" => Shape::Idle { count },
            "abc" => {
                let only = self.text("abc_class").and_then(|class| class.chars().next());
                Shape::Abc { only, summary: count }
            }
            "bought_together" => {
                let product =
                    intent.filters.iter().position(|f| matches!(f, Filter::In { dim: Dim::Product, .. }));
                Shape::Together { with: product.map(|at| intent.filters.remove(at)) }
            }
            other => return wrong(format!("unknown shape «{other}»; known: {}", SHAPES.join(", "))),
        };
        // These shapes have their figures built in.
        let built_in = matches!(
            intent.shape,
            Shape::Cohort { .. } | Shape::Together { .. } | Shape::Idle { .. } | Shape::Unreturned { .. }
        );
        if built_in || intent.shape == Shape::CountGroups {
            intent.metrics.clear();
        }
        Ok(())
    }

    /// By how much the groups that grew, or fell, must have changed.
    fn change_by(&self, directed: bool) -> Filled<Option<Percent>> {
        let Some(by) = self.form.get("change_by").filter(|by| !by.is_null()) else { return Ok(None) };
        if !directed {
            return wrong("change_by needs change up or down");
        }
        Ok(Some(Percent { op: op(by)?, value: self.number(by.get("value"))? }))
    }

    /// The two values of the one filter that has two.
    fn difference(&self, intent: &mut Intent) -> Filled<Shape> {
        let two = intent
            .filters
            .iter()
            .position(|f| matches!(f, Filter::In { values, negated: false, .. } if values.len() == 2));
        match two.map(|at| intent.filters.remove(at)) {
            Some(Filter::In { dim, values, .. }) => {
                let mut values = values.into_iter();
                let (first, second) = (values.next().unwrap_or_default(), values.next().unwrap_or_default());
                Ok(Shape::Difference { dim, first, second })
            }
            _ => wrong("shape difference needs one filter with exactly two values"),
        }
    }

    fn filters(&self, key: &str) -> Filled<Vec<Filter>> {
        let mut filters = Vec::new();
        for item in self.items(key)? {
            let said = item.get("dim").and_then(Value::as_str).unwrap_or_default();
            let Some(dim) = self.dim(said) else {
                return wrong(format!("unknown dimension «{said}» in {key}"));
            };
            if dim.value_column().is_none() {
                return wrong(format!("dimension {said} has no values to filter by"));
            }
            let mut values: Vec<String> = Vec::new();
            for written in texts(item.get("values")) {
                let value = self.value(dim, &written)?;
                if !values.contains(&value) {
                    values.push(value);
                }
            }
            if values.is_empty() {
                return wrong(format!("a filter of {key} on {said} has no values"));
            }
            let negated = item.get("negated").and_then(Value::as_bool).unwrap_or(false);
            filters.push(Filter::In { dim, values, negated });
        }
        Ok(filters)
    }

    fn dim(&self, name: &str) -> Option<Dim> {
        self.planner.model().dim_named(name)
    }

    /// The value of the data that the words name.
    fn value(&self, dim: Dim, written: &str) -> Filled<String> {
        let real = self.private.restored(written);
        match self.planner.resolve(dim, &real) {
            Resolved::One(value) => Ok(value),
            Resolved::Several(near) => Err(NotFilled::Value { dim, written: real, near, ambiguous: true }),
            Resolved::None(near) => Err(NotFilled::Value { dim, written: real, near, ambiguous: false }),
        }
    }

    fn line_conditions(&self, into: &mut Vec<Filter>) -> Filled<()> {
        for item in self.items("conditions")? {
            let column = match item.get("column").and_then(Value::as_str).unwrap_or_default() {
                "discount_pct" => LineColumn::DiscountPct,
                "vat_rate" => LineColumn::VatRate,
                "unit_price" => LineColumn::UnitPrice,
                "credit_days" => LineColumn::CreditDays,
                other => {
                    return wrong(format!("unknown column «{other}»; known: {}", LINE_COLUMNS.join(", ")));
                }
            };
            into.push(Filter::Line { column, op: op(item)?, value: self.number(item.get("value"))? });
        }
        match self.text("payment") {
            Some("credit") => into.push(Filter::Credit(true)),
            Some("cash") => into.push(Filter::Credit(false)),
            _ => {}
        }
        let days: Vec<u8> = self
            .array("weekdays")
            .iter()
            .filter_map(Value::as_u64)
            .filter_map(|day| u8::try_from(day).ok())
            .collect();
        if !days.is_empty() {
            into.push(Filter::Weekdays(days));
        }
        Ok(())
    }

    fn having(&self) -> Filled<Vec<Having>> {
        let one = |item: &Value| {
            let said = item.get("metric").and_then(Value::as_str).unwrap_or_default();
            match metric_named(said, self.planner.model()) {
                Some(metric) => Ok(Having { metric, op: op(item)?, value: self.number(item.get("value"))? }),
                None => wrong(format!("unknown metric «{said}» in having")),
            }
        };
        self.items("having")?.into_iter().map(one).collect()
    }

    fn sort(&self) -> Filled<Option<Sort>> {
        let Some(sort) = self.form.get("sort").filter(|sort| !sort.is_null()) else { return Ok(None) };
        let said = sort.get("metric").and_then(Value::as_str).unwrap_or_default();
        let Some(metric) = metric_named(said, self.planner.model()) else {
            return wrong(format!("unknown metric «{said}» in sort"));
        };
        let direction = match sort.get("direction").and_then(Value::as_str) {
            Some("asc") => Direction::Asc,
            _ => Direction::Desc,
        };
        Ok(Some(Sort { metric, direction }))
    }

    fn limit(&self) -> Filled<Option<u32>> {
        match self.form.get("limit") {
            None | Some(Value::Null) => Ok(None),
            Some(value) => match value.as_u64().and_then(|n| u32::try_from(n).ok()) {
                Some(n) if n > 0 => Ok(Some(n)),
                _ => wrong("limit must be a whole number above 0, or null"),
            },
        }
    }

    fn range(&self, from: &str, to: &str) -> Filled<Option<TimeRange>> {
        let (start, end) = match (self.day(from)?, self.day(to)?) {
            (None, None) => return Ok(None),
            (start, end) => {
                let (first, last) = self.planner.span().unwrap_or((NaiveDate::MIN, NaiveDate::MAX));
                (start.unwrap_or(first), end.unwrap_or(last))
            }
        };
        match TimeRange::new(start, end) {
            Some(range) => Ok(Some(TimeRange { grain: unit(&range), ..range })),
            None => wrong(format!("{from} is after {to}")),
        }
    }

    fn day(&self, key: &str) -> Filled<Option<NaiveDate>> {
        match self.text(key) {
            None | Some("") => Ok(None),
            Some(text) => match text.parse() {
                Ok(day) => Ok(Some(day)),
                Err(_) => wrong(format!("{key} «{text}» is not a day YYYY-MM-DD")),
            },
        }
    }

    fn number(&self, value: Option<&Value>) -> Filled<Decimal> {
        let text = match value {
            Some(Value::Number(number)) => number.to_string(),
            Some(Value::String(text)) => self.private.restored(text),
            _ => String::new(),
        };
        match Decimal::from_scientific(&text).or_else(|_| text.parse()) {
            Ok(number) => Ok(number),
            Err(_) => wrong(format!("«{text}» is not a number")),
        }
    }

    fn names<T>(&self, key: &str, named: impl Fn(&str) -> Option<T>) -> Filled<Vec<T>> {
        let one = |name: String| match named(&name) {
            Some(found) => Ok(found),
            None => wrong(format!("unknown name «{name}» in {key}")),
        };
        texts(self.form.get(key)).into_iter().map(one).collect()
    }

    fn name<T>(&self, key: &str, named: impl Fn(&str) -> Option<T>) -> Filled<Option<T>> {
        match self.text(key) {
            None | Some("") => Ok(None),
            Some(name) => match named(name) {
                Some(found) => Ok(Some(found)),
                None => wrong(format!("unknown name «{name}» in {key}")),
            },
        }
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.form.get(key).and_then(Value::as_str)
    }

    fn flag(&self, key: &str) -> bool {
        self.form.get(key).and_then(Value::as_bool).unwrap_or(false)
    }

    fn array(&self, key: &str) -> &[Value] {
        self.form.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    fn items(&self, key: &str) -> Filled<Vec<&Value>> {
        let all = self.array(key);
        if all.iter().all(Value::is_object) {
            Ok(all.iter().collect())
        } else {
            wrong(format!("{key} must be a list of objects"))
        }
    }
}

fn op(item: &Value) -> Filled<Op> {
    Ok(match item.get("op").and_then(Value::as_str).unwrap_or_default() {
        ">" => Op::Over,
        ">=" => Op::AtLeast,
        "<" => Op::Under,
        "<=" => Op::AtMost,
        "=" | "==" => Op::Equal,
        other => return wrong(format!("unknown op «{other}»; known: {}", OPS.join(" "))),
    })
}

/// A list of texts; one text alone is a list of one.
fn texts(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).map(str::to_string).collect(),
        Some(Value::String(one)) => vec![one.clone()],
        _ => Vec::new(),
    }
}

/// The calendar unit that a range is a whole one of.
fn unit(range: &TimeRange) -> Option<Grain> {
    [Grain::Day, Grain::Week, Grain::Month, Grain::Quarter, Grain::Half, Grain::Year].into_iter().find(
        |grain| {
            let whole = TimeRange::containing(*grain, range.start);
            (whole.start, whole.end) == (range.start, range.end)
        },
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::i18n::Lang;

    fn filled(form: Value) -> Filled<Intent> {
        let planner = Planner::new(Vec::new(), None);
        intent(form.as_object().expect("an object"), &planner, &Private::default())
    }

    #[test]
    fn every_shape_that_is_offered_is_read() {
        for shape in SHAPES {
            let form = json!({
                "shape": shape, "metrics": ["sales"], "dims": ["brand"], "since": "2025-01-01",
                "from": "2025-05-01", "to": "2025-05-31", "base_from": "2024-05-01", "base_to": "2024-05-31",
            });
            match filled(form) {
                // It needs two values of the data, of which there is none here.
                Err(NotFilled::Wrong(why)) => assert!(shape == "difference", "{shape}: {why}"),
                other => assert!(other.is_ok(), "{shape}: {other:?}"),
            }
        }
        assert!(filled(json!({"shape": "forecast"})).is_err());
    }

    #[test]
    fn a_comparison_can_ask_for_a_change_of_so_many_percent() {
        let form = |change: &str| {
            json!({"shape": "compare", "metrics": ["sales"], "dims": ["brand"], "change": change,
                "change_by": {"op": ">", "value": 20}, "from": "2025-05-01", "to": "2025-05-31",
                "base_from": "2025-04-01", "base_to": "2025-04-30"})
        };
        let intent = filled(form("down")).expect("filled");
        let by = Some(Percent { op: Op::Over, value: Decimal::from(20) });
        assert!(matches!(&intent.shape, Shape::Compare { only: Some(Trend::Down), by: b, .. } if *b == by));
        let plan = Planner::new(Vec::new(), None).compile(&intent, Lang::Es).expect("a query");
        assert!(plan.sql.contains("> 20") && plan.restatement.contains("> 20%"), "{}", plan.restatement);
        assert!(matches!(filled(form("")), Err(NotFilled::Wrong(_))), "a direction is needed");
    }

    #[test]
    fn a_place_and_those_without_returns_become_queries() {
        let planner = Planner::new(Vec::new(), None);
        let place = json!({"shape": "place", "limit": 2, "metrics": ["sales"], "dims": ["brand"],
            "sort": {"metric": "sales", "direction": "desc"}});
        let place = filled(place).expect("filled");
        assert!(planner.compile(&place, Lang::Es).expect("a query").sql.ends_with("puesto = 2"));
        let kept = json!({"shape": "without_returns", "metrics": ["sales"], "dims": ["customer"]});
        let kept = filled(kept).expect("filled");
        assert!(planner.compile(&kept, Lang::Es).expect("a query").sql.contains("HAVING SUM(CASE WHEN"));
    }

    #[test]
    fn members_without_sales_need_a_dimension_and_a_time() {
        let form = json!({"shape": "without_sales", "metrics": ["sales"], "dims": ["product"],
            "from": "2025-05-01", "to": "2025-05-31"});
        let intent = filled(form).expect("filled");
        assert_eq!((&intent.shape, intent.metrics.len()), (&Shape::Idle { count: false }, 0));
        let plan = Planner::new(Vec::new(), None).compile(&intent, Lang::Es).expect("a query");
        assert!(plan.sql.contains("ArticulosNombre"), "{}", plan.sql);
    }
}
