//! The clauses that all queries share.

use crate::ask::intent::{Filter, Intent, LineColumn, Op, Scope};
use crate::ask::restate::{capitalised, names};
use crate::ask::time::TimeRange;
use crate::ask::{ChartHint, PlannedColumn};
use crate::i18n::Lang;
use crate::model::{ColumnKind, Dim, Metric, SalesModel};

/// What is needed to write a query.
pub struct Writer<'a> {
    pub intent: &'a Intent,
    pub model: &'a SalesModel,
    pub lang: Lang,
}

/// A text literal: quotes doubled, `N` before it only when it needs Unicode.
pub fn literal(text: &str) -> String {
    let prefix = if text.is_ascii() { "" } else { "N" };
    format!("{prefix}'{}'", text.replace('\'', "''"))
}

fn list(values: &[String]) -> String {
    values.iter().map(|v| literal(v)).collect::<Vec<_>>().join(",")
}

/// The condition that a range sets, half-open.
pub fn within(range: &TimeRange) -> String {
    format!("Fecha >= '{}' AND Fecha < '{}'", range.start, range.end_exclusive())
}

/// The condition that a filter sets.
pub fn condition(filter: &Filter) -> String {
    match filter {
        Filter::In { dim, values, negated } => {
            let column = dim.value_column().unwrap_or("Fecha");
            match (values.as_slice(), negated) {
                ([one], false) => format!("{column} = {}", literal(one)),
                ([one], true) => format!("{column} <> {}", literal(one)),
                (many, false) => format!("{column} IN ({})", list(many)),
                (many, true) => format!("{column} NOT IN ({})", list(many)),
            }
        }
        Filter::Credit(true) => "DiasCredito > 0".to_string(),
        Filter::Credit(false) => "DiasCredito = 0".to_string(),
        Filter::Line { column, op, value } => {
            let column = match column {
                LineColumn::DiscountPct => "PorDescuento",
                LineColumn::VatRate => "Iva",
                LineColumn::UnitPrice => "VentaMasIva",
                LineColumn::CreditDays => "DiasCredito",
            };
            format!("{column} {} {}", op.sign(), value.normalize())
        }
        Filter::Weekdays(days) => {
            let expression = Dim::Weekday.key_expression();
            match days.as_slice() {
                [one] => format!("{expression} = {one}"),
                many => {
                    let many: Vec<String> = many.iter().map(u8::to_string).collect();
                    format!("{expression} IN ({})", many.join(", "))
                }
            }
        }
    }
}

/// The comparison a having-condition or line condition makes.
pub fn comparison(expression: &str, op: Op, value: rust_decimal::Decimal) -> String {
    format!("{expression} {} {}", op.sign(), value.normalize())
}

impl Writer<'_> {
    /// The condition that lines of returns meet.
    pub fn returned(&self) -> String {
        match self.model.documents.returns.as_slice() {
            [] => "1 = 0".to_string(),
            [one] => format!("DocumentosCodigo = {}", literal(one)),
            many => format!("DocumentosCodigo IN ({})", list(many)),
        }
    }

    /// How many members of the intent's dimensions meet a condition over their lines.
    pub fn number_of_members(&self, lines: &str, having: &str) -> (String, Vec<PlannedColumn>, ChartHint) {
        let dims = self.dim_columns(&self.intent.dims);
        let alias = self.intent.dims.last().map_or("cuantos", |d| Metric::Distinct(*d).alias());
        let sql = format!(
            "SELECT COUNT(*) AS {alias}\nFROM (SELECT {}\n{lines}\nGROUP BY {}\n{having}) AS g",
            select_list(&dims),
            expressions(&dims)
        );
        (sql, vec![self.column(alias, ColumnKind::Count)], ChartHint::Figure)
    }

    /// `FROM … WHERE …` without the time.
    pub fn lines_of_all_time(&self) -> String {
        let documents = &self.model.documents;
        let scope = match self.intent.scope {
            Scope::Sales if documents.excluded.is_empty() => "1 = 1".to_string(),
            Scope::Sales => format!("DocumentosCodigo NOT IN ({})", list(&documents.excluded)),
            Scope::BeforeReturns => {
                let codes = documents.excluded.iter().chain(&documents.returns).cloned().collect::<Vec<_>>();
                if codes.is_empty() {
                    "1 = 1".to_string()
                } else {
                    format!("DocumentosCodigo NOT IN ({})", list(&codes))
                }
            }
            Scope::Returns => self.returned(),
        };
        let mut sql = format!("FROM banco_datos\nWHERE {scope}");
        for filter in &self.intent.filters {
            sql.push_str("\n  AND ");
            sql.push_str(&condition(filter));
        }
        sql
    }

    /// `FROM … WHERE …` with the time.
    pub fn lines(&self) -> String {
        let mut sql = self.lines_of_all_time();
        if let Some(range) = &self.intent.time {
            sql.push_str("\n  AND ");
            sql.push_str(&within(range));
        }
        sql
    }

    /// The figure's expression, averaged if asked, over the lines of `condition`.
    pub fn metric(&self, metric: Metric, condition: Option<&str>) -> String {
        let returns = self.intent.scope == Scope::Returns;
        let negated = returns && metric.is_additive();
        let sql = metric.formula().sql(condition, negated, &self.returned());
        match self.intent.per {
            None => sql,
            Some(per) => {
                let members = Metric::Distinct(per).formula().sql(condition, false, "");
                let whole = matches!(metric, Metric::Distinct(_));
                let factor = if whole { "1.0 * " } else { "" };
                format!("{factor}{sql} / NULLIF({members}, 0)")
            }
        }
    }

    /// The column of a figure.
    pub fn metric_alias(&self, metric: Metric) -> String {
        match self.intent.per {
            Some(_) => format!("{}_promedio", metric.alias()),
            None => metric.alias().to_string(),
        }
    }

    /// What a figure's column means.
    pub fn metric_column(&self, metric: Metric) -> PlannedColumn {
        let kind = match (self.intent.per, metric.kind()) {
            (Some(_), ColumnKind::Count | ColumnKind::Quantity) => ColumnKind::Number,
            (_, kind) => kind,
        };
        PlannedColumn {
            name: self.metric_alias(metric),
            title: names::metric_title(self.model, self.lang, metric, self.intent.per, self.intent.scope),
            kind,
        }
    }

    /// Every column expression of the dimensions: `(expression, alias)`.
    pub fn dim_columns<'d>(&self, dims: &'d [Dim]) -> Vec<(&'d str, &'d str)> {
        let mut all: Vec<(&str, &str)> = Vec::new();
        for (expression, alias, _) in dims.iter().flat_map(Dim::columns) {
            if !all.iter().any(|(_, known)| *known == alias) {
                all.push((expression, alias));
            }
        }
        all
    }

    /// What the dimensions' columns mean.
    pub fn dim_planned(&self, dims: &[Dim]) -> Vec<PlannedColumn> {
        let mut all: Vec<PlannedColumn> = Vec::new();
        for dim in dims {
            for (_, alias, kind) in dim.columns() {
                if !all.iter().any(|c| c.name == alias) {
                    let title = match dim {
                        Dim::Own(_) => capitalised(&names::dim_one(self.model, self.lang, *dim)),
                        _ => names::column_title(self.lang, alias),
                    };
                    all.push(PlannedColumn { name: alias.to_string(), title, kind });
                }
            }
        }
        all
    }

    /// A column that is not a metric's or a dimension's.
    pub fn column(&self, alias: &str, kind: ColumnKind) -> PlannedColumn {
        PlannedColumn { name: alias.to_string(), title: names::column_title(self.lang, alias), kind }
    }

    /// `HAVING …` or nothing.
    pub fn having(&self) -> String {
        let all: Vec<String> = self
            .intent
            .having
            .iter()
            .map(|h| {
                let returns = self.intent.scope == Scope::Returns && h.metric.is_additive();
                comparison(&h.metric.formula().sql(None, returns, &self.returned()), h.op, h.value)
            })
            .collect();
        if all.is_empty() { String::new() } else { format!("\nHAVING {}", all.join(" AND ")) }
    }
}

/// `expression AS alias`, without repeating a name.
pub fn select_list(columns: &[(&str, &str)]) -> String {
    columns
        .iter()
        .map(
            |(expression, alias)| {
                if expression == alias { (*alias).to_string() } else { format!("{expression} AS {alias}") }
            },
        )
        .collect::<Vec<_>>()
        .join(", ")
}

/// The expressions of a list of columns.
pub fn expressions(columns: &[(&str, &str)]) -> String {
    columns.iter().map(|(e, _)| *e).collect::<Vec<_>>().join(", ")
}

/// The aliases of a list of columns.
pub fn aliases(columns: &[(&str, &str)]) -> String {
    columns.iter().map(|(_, a)| *a).collect::<Vec<_>>().join(", ")
}
