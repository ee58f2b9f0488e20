//! What stands in `FROM`: tables, joins, derived tables, pivots.

use sqlparser::ast::{
    Expr, ExprWithAlias, FunctionArg, FunctionArgExpr, Ident, Join, JoinConstraint, JoinOperator, ObjectName,
    PivotValueSource, Query, SetExpr, TableAlias, TableAliasColumnDef, TableFactor, TableFunctionArgs,
    TableWithJoins,
};

use super::{Printed, Printer, indent, nested};
use crate::guard::functions::{self, Form};
use crate::guard::rule::{Rule, Stop};

impl Printer<'_> {
    pub(super) fn source_with_joins(&mut self, from: &TableWithJoins, level: usize) -> Printed {
        let TableWithJoins { relation, joins } = from;
        let mut out = self.source(relation, level)?;
        for join in joins {
            out.push_str(&format!("\n{}{}", indent(level + 1), self.join(join, level + 1)?));
        }
        Ok(out)
    }

    fn join(&mut self, join: &Join, level: usize) -> Printed {
        let Join { relation, global, join_operator } = join;
        let source = self.source(relation, level)?;
        self.absent(!global, "GLOBAL JOIN")?;
        let (words, constraint) = match join_operator {
            JoinOperator::Join(on) => ("JOIN", on),
            JoinOperator::Inner(on) => ("INNER JOIN", on),
            JoinOperator::Left(on) => ("LEFT JOIN", on),
            JoinOperator::LeftOuter(on) => ("LEFT OUTER JOIN", on),
            JoinOperator::Right(on) => ("RIGHT JOIN", on),
            JoinOperator::RightOuter(on) => ("RIGHT OUTER JOIN", on),
            JoinOperator::FullOuter(on) => ("FULL OUTER JOIN", on),
            JoinOperator::CrossJoin(JoinConstraint::None) => return Ok(format!("CROSS JOIN {source}")),
            JoinOperator::CrossApply => return Ok(format!("CROSS APPLY {source}")),
            JoinOperator::OuterApply => return Ok(format!("OUTER APPLY {source}")),
            JoinOperator::CrossJoin(_) => return self.refuse("CROSS JOIN … ON"),
            JoinOperator::Semi(_)
            | JoinOperator::LeftSemi(_)
            | JoinOperator::RightSemi(_)
            | JoinOperator::Anti(_)
            | JoinOperator::LeftAnti(_)
            | JoinOperator::RightAnti(_)
            | JoinOperator::AsOf { .. }
            | JoinOperator::StraightJoin(_)
            | JoinOperator::ArrayJoin
            | JoinOperator::LeftArrayJoin
            | JoinOperator::InnerArrayJoin => return self.refuse("JOIN"),
        };
        match constraint {
            JoinConstraint::On(condition) => {
                Ok(format!("{words} {source} ON {}", self.expr(condition, level)?))
            }
            JoinConstraint::Using(_) => self.refuse("USING"),
            JoinConstraint::Natural => self.refuse("NATURAL JOIN"),
            JoinConstraint::None => self.refuse("JOIN"),
        }
    }

    fn source(&mut self, source: &TableFactor, level: usize) -> Printed {
        match source {
            TableFactor::Table {
                name,
                alias,
                args,
                with_hints,
                version,
                with_ordinality,
                partitions,
                json_path,
                sample,
                index_hints,
            } => {
                let mut out = match args {
                    Some(args) => self.table_function(name, args, level)?,
                    None => self.table_name(name)?,
                };
                self.absent(version.is_none(), "FOR SYSTEM_TIME")?;
                self.absent(!with_ordinality && partitions.is_empty() && json_path.is_none(), "FROM")?;
                self.absent(sample.is_none(), "TABLESAMPLE")?;
                self.absent(index_hints.is_empty(), "INDEX")?;
                if let Some(alias) = alias {
                    // Only a function's columns can be renamed; behind a table, the server reads hints.
                    if let (None, Some(first)) = (args, alias.columns.first()) {
                        self.see(first.name.span);
                        return Err(self.stop(Rule::TableHint));
                    }
                    out.push_str(&self.alias(alias)?);
                }
                if !with_hints.is_empty() {
                    out.push_str(&self.hints(with_hints, args.is_none())?);
                }
                Ok(out)
            }
            TableFactor::Derived { lateral, subquery, alias, sample } => {
                self.absent(!lateral, "LATERAL")?;
                self.absent(sample.is_none(), "TABLESAMPLE")?;
                let inner = self.derived(subquery, level)?;
                let Some(alias) = alias else { return self.refuse("FROM (…)") };
                Ok(format!("{inner}{}", self.alias(alias)?))
            }
            TableFactor::NestedJoin { table_with_joins, alias } => {
                self.absent(alias.is_none(), "AS")?;
                Ok(format!("({})", self.source_with_joins(table_with_joins, level)?))
            }
            TableFactor::Pivot {
                table,
                aggregate_functions,
                value_column,
                value_source,
                default_on_null,
                alias,
            } => {
                let table = self.source(table, level)?;
                self.absent(default_on_null.is_none(), "DEFAULT ON NULL")?;
                let (function, column) = match (aggregate_functions.as_slice(), value_column.as_slice()) {
                    ([ExprWithAlias { expr, alias: None }], [column]) => (expr, column),
                    _ => return self.refuse("PIVOT"),
                };
                let function = self.pivot_aggregate(function, level)?;
                let column = self.column_name(column)?;
                let PivotValueSource::List(values) = value_source else { return self.refuse("PIVOT … IN") };
                let values = self.pivot_columns(values)?;
                let alias = self.required_alias(alias.as_ref(), "PIVOT")?;
                Ok(format!(
                    "{table}\n{}PIVOT ({function} FOR {column} IN ({values})){alias}",
                    indent(level + 1)
                ))
            }
            TableFactor::Unpivot { table, value, name, columns, null_inclusion, alias } => {
                let table = self.source(table, level)?;
                self.absent(null_inclusion.is_none(), "INCLUDE NULLS")?;
                let (value, name) = (self.column_name(value)?, self.ident(name)?);
                let columns = self.pivot_columns(columns)?;
                let alias = self.required_alias(alias.as_ref(), "UNPIVOT")?;
                Ok(format!(
                    "{table}\n{}UNPIVOT ({value} FOR {name} IN ({columns})){alias}",
                    indent(level + 1)
                ))
            }
            TableFactor::TableFunction { .. }
            | TableFactor::Function { .. }
            | TableFactor::UNNEST { .. }
            | TableFactor::JsonTable { .. }
            | TableFactor::OpenJsonTable { .. }
            | TableFactor::MatchRecognize { .. }
            | TableFactor::XmlTable { .. }
            | TableFactor::SemanticView { .. } => self.refuse("FROM"),
        }
    }

    fn derived(&mut self, query: &Query, level: usize) -> Printed {
        match query.body.as_ref() {
            SetExpr::Values(values) => {
                let bare = query.with.is_none()
                    && query.order_by.is_none()
                    && query.limit_clause.is_none()
                    && query.fetch.is_none()
                    && query.locks.is_empty()
                    && query.for_clause.is_none()
                    && query.settings.is_none()
                    && query.format_clause.is_none()
                    && query.pipe_operators.is_empty();
                self.absent(bare, "VALUES")?;
                Ok(format!("({})", self.values(values, level)?))
            }
            SetExpr::Select(_)
            | SetExpr::Query(_)
            | SetExpr::SetOperation { .. }
            | SetExpr::Insert(_)
            | SetExpr::Update(_)
            | SetExpr::Delete(_)
            | SetExpr::Merge(_)
            | SetExpr::Table(_) => Ok(nested(&self.query(query, level + 1)?, level)),
        }
    }

    fn required_alias(&mut self, alias: Option<&TableAlias>, what: &str) -> Printed {
        match alias {
            Some(alias) => self.alias(alias),
            None => self.refuse(what),
        }
    }

    fn alias(&mut self, alias: &TableAlias) -> Printed {
        let TableAlias { explicit: _, name, columns, at } = alias;
        let name = self.ident(name)?;
        self.absent(at.is_none(), "AT")?;
        Ok(format!(" AS {name}{}", self.alias_columns(columns)?))
    }

    pub(super) fn alias_columns(&mut self, columns: &[TableAliasColumnDef]) -> Printed {
        if columns.is_empty() {
            return Ok(String::new());
        }
        let mut names = Vec::with_capacity(columns.len());
        for TableAliasColumnDef { name, data_type } in columns {
            names.push(self.ident(name)?);
            self.absent(data_type.is_none(), "AS (…)")?;
        }
        Ok(format!(" ({})", names.join(", ")))
    }

    fn hints(&mut self, hints: &[Expr], is_table: bool) -> Printed {
        let mut printed = Vec::with_capacity(hints.len());
        for hint in hints {
            let Expr::Identifier(Ident { value, quote_style: None, span }) = hint else {
                return Err(self.stop(Rule::TableHint));
            };
            self.see(*span);
            let upper = value.to_ascii_uppercase();
            if !is_table || !matches!(upper.as_str(), "NOLOCK" | "READUNCOMMITTED") {
                return Err(self.stop(Rule::TableHint).about(value));
            }
            printed.push(value.clone());
        }
        Ok(format!(" WITH ({})", printed.join(", ")))
    }

    /// A table by its name: one of the query's own, or a configured one.
    fn table_name(&mut self, name: &ObjectName) -> Printed {
        let parts = self.parts(name)?;
        let printed = parts.iter().map(|part| self.ident(part)).collect::<Result<Vec<_>, _>>()?;
        if let Some(first) = parts.first() {
            self.see(first.span);
        }
        let written = parts.iter().map(|part| part.value.as_str()).collect::<Vec<_>>();
        let own = matches!(written.as_slice(), [one] if self.ctes.contains(&one.to_uppercase()));
        if own || self.is_allowed_table(&written) {
            return Ok(printed.join("."));
        }
        let rule = if written.len() > 2 { Rule::OtherDatabase } else { Rule::UnknownTable };
        Err(self.stop(rule).about(written.join(".")))
    }

    /// Whether a bare name is that of a configured table.
    pub(super) fn is_configured(&self, name: &str) -> bool {
        self.policy
            .tables
            .iter()
            .any(|table| table.rsplit('.').next().is_some_and(|bare| bare.eq_ignore_ascii_case(name)))
    }

    /// A configured table: as it is configured, and for a bare one also with `dbo` in front.
    fn is_allowed_table(&self, written: &[&str]) -> bool {
        self.policy.tables.iter().any(|table| {
            let configured: Vec<&str> = table.split('.').collect();
            let same = |a: &[&str], b: &[&str]| {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.eq_ignore_ascii_case(b))
            };
            match (configured.as_slice(), written) {
                ([bare], [schema, name]) => {
                    schema.eq_ignore_ascii_case("dbo") && bare.eq_ignore_ascii_case(name)
                }
                (configured, written) => same(configured, written),
            }
        })
    }

    fn table_function(&mut self, name: &ObjectName, args: &TableFunctionArgs, level: usize) -> Printed {
        let TableFunctionArgs { args, settings } = args;
        self.absent(settings.is_none(), "SETTINGS")?;
        let parts = self.parts(name)?;
        let function = match parts.as_slice() {
            [ident] => {
                self.see(ident.span);
                let known = functions::allowed(&ident.value).filter(|_| ident.quote_style.is_none());
                match known {
                    Some((function, Form::Table)) => function,
                    _ => return Err(self.stop(Rule::FunctionNotAllowed).about(&ident.value)),
                }
            }
            [first, ..] => {
                self.see(first.span);
                return Err(self.stop(Rule::QualifiedFunction).about(name.to_string()));
            }
            [] => return self.refuse("FROM"),
        };
        let mut printed = Vec::with_capacity(args.len());
        for arg in args {
            let FunctionArg::Unnamed(FunctionArgExpr::Expr(arg)) = arg else { return self.refuse(function) };
            printed.push(self.expr(arg, level)?);
        }
        Ok(format!("{function}({})", printed.join(", ")))
    }

    fn pivot_aggregate(&mut self, function: &Expr, level: usize) -> Printed {
        match function {
            Expr::Function(call) if call.over.is_none() => self.expr(function, level),
            _ => self.refuse("PIVOT"),
        }
    }

    fn column_name(&mut self, expr: &Expr) -> Printed {
        match expr {
            Expr::Identifier(_) | Expr::CompoundIdentifier(_) => self.expr(expr, 0),
            _ => self.refuse("PIVOT"),
        }
    }

    /// The columns that a pivot makes or reads: names, never values.
    fn pivot_columns(&mut self, columns: &[ExprWithAlias]) -> Result<String, Stop> {
        let mut printed = Vec::with_capacity(columns.len());
        for ExprWithAlias { expr, alias } in columns {
            self.absent(alias.is_none(), "AS")?;
            printed.push(self.column_name(expr)?);
        }
        Ok(printed.join(", "))
    }
}
