//! Statements, set operations and `SELECT`.

use sqlparser::ast::{
    Cte, Distinct, Expr, Fetch, GroupByExpr, GroupByWithModifier, LimitClause, NamedWindowDefinition,
    NamedWindowExpr, Offset, OffsetRows, OrderBy, OrderByExpr, OrderByKind, OrderByOptions, Parens, Query,
    Select, SelectFlavor, SelectItem, SelectItemQualifiedWildcardKind, SetExpr, SetOperator, SetQuantifier,
    TableAlias, Top, TopQuantity, Values, WildcardAdditionalOptions, With,
};

use super::{Printed, Printer, clause, indent, nested};
use crate::guard::rule::{Rule, Stop};

impl Printer<'_> {
    /// The whole statement: its CTEs, then the query.
    pub(super) fn statement(&mut self, query: &Query) -> Printed {
        let Some(with) = &query.with else { return self.query(query, 0) };
        let With { with_token, recursive, cte_tables } = with;
        self.see(with_token.0.span);
        self.absent(!recursive, "RECURSIVE")?;
        let ctes: Vec<String> = cte_tables.iter().map(|cte| self.cte(cte)).collect::<Result<_, _>>()?;
        let body = self.body_and_order(query, 0)?;
        Ok(format!("WITH {}\n{body}", ctes.join(",\n")))
    }

    fn cte(&mut self, cte: &Cte) -> Printed {
        let Cte { alias, query, from, materialized, closing_paren_token: _ } = cte;
        self.absent(from.is_none() && materialized.is_none(), "MATERIALIZED")?;
        let TableAlias { explicit: _, name, columns, at } = alias;
        self.absent(at.is_none(), "AT")?;
        let printed = self.ident(name)?;
        let key = name.value.to_uppercase();
        if self.ctes.contains(&key) || self.is_configured(&name.value) {
            return Err(self.stop(Rule::ShadowedTable).about(&name.value));
        }
        let columns = self.alias_columns(columns)?;
        self.ctes.push(key);
        let body = self.query(query, 1)?;
        Ok(format!("{printed}{columns} AS {}", nested(&body, 0)))
    }

    /// A query without CTEs of its own: T-SQL has them only at the head of the statement.
    pub(super) fn query(&mut self, query: &Query, level: usize) -> Printed {
        if let Some(with) = &query.with {
            self.see(with.with_token.0.span);
            return self.refuse("WITH");
        }
        self.body_and_order(query, level)
    }

    fn body_and_order(&mut self, query: &Query, level: usize) -> Printed {
        let Query {
            with: _,
            body,
            order_by,
            limit_clause,
            fetch,
            locks,
            for_clause,
            settings,
            format_clause,
            pipe_operators,
        } = query;
        let mut out = self.set_expr(body, level)?;
        let line = format!("\n{}", indent(level));
        if let Some(order_by) = order_by {
            let OrderBy { kind, interpolate } = order_by;
            self.absent(interpolate.is_none(), "INTERPOLATE")?;
            let OrderByKind::Expressions(keys) = kind else { return self.refuse("ORDER BY ALL") };
            let keys = self.order_keys(keys, level + 1)?;
            out.push_str(&line);
            out.push_str(&clause("ORDER BY", &keys, level));
        }
        if let Some(limit) = limit_clause {
            out.push_str(&line);
            out.push_str(&self.offset(limit)?);
        }
        if let Some(Fetch { with_ties, percent, quantity }) = fetch {
            let Some(quantity) = quantity else { return self.refuse("FETCH") };
            self.absent(!with_ties && !percent && limit_clause.is_some(), "FETCH")?;
            out.push_str(&format!(" FETCH NEXT {} ROWS ONLY", self.expr(quantity, level)?));
        }
        self.absent(locks.is_empty(), "FOR UPDATE")?;
        if for_clause.is_some() {
            return Err(self.stop(Rule::ForClause).about("FOR"));
        }
        self.absent(settings.is_none(), "SETTINGS")?;
        self.absent(format_clause.is_none(), "FORMAT")?;
        self.absent(pipe_operators.is_empty(), "|>")?;
        Ok(out)
    }

    fn offset(&mut self, limit: &LimitClause) -> Printed {
        match limit {
            LimitClause::LimitOffset { limit: None, offset: Some(Offset { value, rows }), limit_by }
                if limit_by.is_empty() =>
            {
                let unit = match rows {
                    OffsetRows::Row => "ROW",
                    OffsetRows::Rows => "ROWS",
                    OffsetRows::None => return self.refuse("OFFSET"),
                };
                Ok(format!("OFFSET {} {unit}", self.expr(value, 0)?))
            }
            LimitClause::LimitOffset { .. } | LimitClause::OffsetCommaLimit { .. } => self.refuse("LIMIT"),
        }
    }

    fn set_expr(&mut self, body: &SetExpr, level: usize) -> Printed {
        match body {
            SetExpr::Select(select) => self.select(select, level),
            SetExpr::Query(query) => Ok(nested(&self.query(query, level + 1)?, level)),
            SetExpr::SetOperation { left, op, set_quantifier, right } => {
                let all = match (op, set_quantifier) {
                    (SetOperator::Union, SetQuantifier::All) => " ALL",
                    (_, SetQuantifier::None) => "",
                    (
                        _,
                        SetQuantifier::All
                        | SetQuantifier::Distinct
                        | SetQuantifier::ByName
                        | SetQuantifier::AllByName
                        | SetQuantifier::DistinctByName,
                    ) => return self.refuse("ALL"),
                };
                let op = match op {
                    SetOperator::Union => "UNION",
                    SetOperator::Except => "EXCEPT",
                    SetOperator::Intersect => "INTERSECT",
                    SetOperator::Minus => return self.refuse("MINUS"),
                };
                let (left, right) = (self.set_expr(left, level)?, self.set_expr(right, level)?);
                let line = format!("\n{}", indent(level));
                Ok(format!("{left}{line}{op}{all}{line}{right}"))
            }
            SetExpr::Values(_) => self.refuse("VALUES"),
            SetExpr::Insert(_) | SetExpr::Update(_) | SetExpr::Delete(_) | SetExpr::Merge(_) => {
                Err(self.stop(Rule::DataChange))
            }
            SetExpr::Table(_) => self.refuse("TABLE"),
        }
    }

    /// `VALUES (…), (…)` as a source.
    pub(super) fn values(&mut self, values: &Values, level: usize) -> Printed {
        let Values { explicit_row, value_keyword, rows } = values;
        self.absent(!explicit_row && !value_keyword, "VALUE")?;
        let mut printed = Vec::with_capacity(rows.len());
        for Parens { content, .. } in rows {
            printed.push(format!("({})", self.exprs(content, level)?.join(", ")));
        }
        Ok(clause("VALUES", &printed, level))
    }

    fn select(&mut self, select: &Select, level: usize) -> Printed {
        let Select {
            select_token,
            optimizer_hints,
            distinct,
            select_modifiers,
            top,
            top_before_distinct,
            projection,
            exclude,
            into,
            from,
            lateral_views,
            prewhere,
            selection,
            connect_by,
            group_by,
            cluster_by,
            distribute_by,
            sort_by,
            having,
            named_window,
            qualify,
            window_before_qualify: _,
            value_table_mode,
            flavor,
        } = select;
        self.see(select_token.0.span);
        self.absent(optimizer_hints.is_empty() && select_modifiers.is_none(), "/*+")?;
        self.absent(!top_before_distinct, "TOP")?;
        self.absent(value_table_mode.is_none() && *flavor == SelectFlavor::Standard, "SELECT")?;
        let mut head = "SELECT".to_string();
        match distinct {
            None => {}
            Some(Distinct::All) => head.push_str(" ALL"),
            Some(Distinct::Distinct) => head.push_str(" DISTINCT"),
            Some(Distinct::On(_)) => return self.refuse("DISTINCT ON"),
        }
        if let Some(top) = top {
            head.push_str(&self.top(top, level)?);
        }
        let items =
            projection.iter().map(|item| self.item(item, level + 1)).collect::<Result<Vec<_>, _>>()?;
        let mut out = clause(&head, &items, level);
        if into.is_some() {
            return Err(self.stop(Rule::SelectInto).about("INTO"));
        }
        let line = format!("\n{}", indent(level));
        if !from.is_empty() {
            let sources =
                from.iter().map(|from| self.source_with_joins(from, level)).collect::<Result<Vec<_>, _>>()?;
            out.push_str(&format!("{line}FROM {}", sources.join(&format!(",{line}    "))));
        }
        if let Some(condition) = selection {
            out.push_str(&format!("{line}WHERE {}", self.expr(condition, level)?));
        }
        let group_by = self.group_by(group_by, level)?;
        if !group_by.is_empty() {
            out.push_str(&line);
            out.push_str(&group_by);
        }
        if let Some(condition) = having {
            out.push_str(&format!("{line}HAVING {}", self.expr(condition, level)?));
        }
        if !named_window.is_empty() {
            let windows = named_window
                .iter()
                .map(|window| self.named_window(window, level))
                .collect::<Result<Vec<_>, _>>()?;
            out.push_str(&line);
            out.push_str(&clause("WINDOW", &windows, level));
        }
        self.absent(exclude.is_none(), "EXCLUDE")?;
        self.absent(lateral_views.is_empty(), "LATERAL VIEW")?;
        self.absent(prewhere.is_none(), "PREWHERE")?;
        self.absent(connect_by.is_empty(), "CONNECT BY")?;
        self.absent(cluster_by.is_empty(), "CLUSTER BY")?;
        self.absent(distribute_by.is_empty(), "DISTRIBUTE BY")?;
        self.absent(sort_by.is_empty(), "SORT BY")?;
        self.absent(qualify.is_none(), "QUALIFY")?;
        Ok(out)
    }

    fn top(&mut self, top: &Top, level: usize) -> Printed {
        let Top { with_ties, percent, quantity } = top;
        let mut out = match quantity {
            Some(TopQuantity::Constant(rows)) => format!(" TOP {rows}"),
            Some(TopQuantity::Expr(rows)) => format!(" TOP ({})", self.expr(rows, level)?),
            None => return self.refuse("TOP"),
        };
        if *percent {
            out.push_str(" PERCENT");
        }
        if *with_ties {
            out.push_str(" WITH TIES");
        }
        Ok(out)
    }

    fn item(&mut self, item: &SelectItem, level: usize) -> Printed {
        match item {
            SelectItem::UnnamedExpr(expr) => self.expr(expr, level),
            SelectItem::ExprWithAlias { expr, alias } => {
                Ok(format!("{} AS {}", self.expr(expr, level)?, self.ident(alias)?))
            }
            SelectItem::ExprWithAliases { .. } => self.refuse("AS ("),
            SelectItem::QualifiedWildcard(kind, options) => {
                let SelectItemQualifiedWildcardKind::ObjectName(name) = kind else {
                    return self.refuse(".*");
                };
                self.plain_wildcard(options)?;
                let parts = self.parts(name)?;
                self.absent(parts.len() <= 2, ".*")?;
                let parts = parts.into_iter().map(|part| self.ident(part)).collect::<Result<Vec<_>, _>>()?;
                Ok(format!("{}.*", parts.join(".")))
            }
            SelectItem::Wildcard(options) => {
                self.plain_wildcard(options)?;
                Ok("*".to_string())
            }
        }
    }

    fn plain_wildcard(&mut self, options: &WildcardAdditionalOptions) -> Result<(), Stop> {
        let WildcardAdditionalOptions {
            wildcard_token,
            opt_ilike,
            opt_exclude,
            opt_except,
            opt_replace,
            opt_rename,
            opt_alias,
        } = options;
        self.see(wildcard_token.0.span);
        let plain = opt_ilike.is_none()
            && opt_exclude.is_none()
            && opt_except.is_none()
            && opt_replace.is_none()
            && opt_rename.is_none()
            && opt_alias.is_none();
        self.absent(plain, "*")
    }

    fn group_by(&mut self, group_by: &GroupByExpr, level: usize) -> Printed {
        let GroupByExpr::Expressions(keys, modifiers) = group_by else { return self.refuse("GROUP BY ALL") };
        let suffix = match modifiers.as_slice() {
            [] => "",
            [GroupByWithModifier::Rollup] => " WITH ROLLUP",
            [GroupByWithModifier::Cube] => " WITH CUBE",
            [GroupByWithModifier::Totals | GroupByWithModifier::GroupingSets(_)] | [_, _, ..] => {
                return self.refuse("GROUP BY");
            }
        };
        if keys.is_empty() {
            return Ok(String::new());
        }
        let keys = keys.iter().map(|key| self.group_key(key, level + 1)).collect::<Result<Vec<_>, _>>()?;
        Ok(format!("{}{suffix}", clause("GROUP BY", &keys, level)))
    }

    fn group_key(&mut self, key: &Expr, level: usize) -> Printed {
        let (word, sets) = match key {
            Expr::GroupingSets(sets) => ("GROUPING SETS", sets),
            Expr::Cube(sets) => ("CUBE", sets),
            Expr::Rollup(sets) => ("ROLLUP", sets),
            Expr::Tuple(columns) => return Ok(format!("({})", self.exprs(columns, level)?.join(", "))),
            other => return self.expr(other, level),
        };
        let mut printed = Vec::with_capacity(sets.len());
        for set in sets {
            let columns = self.exprs(set, level)?.join(", ");
            printed.push(if set.len() == 1 && word != "GROUPING SETS" {
                columns
            } else {
                format!("({columns})")
            });
        }
        Ok(format!("{word} ({})", printed.join(", ")))
    }

    pub(super) fn order_keys(&mut self, keys: &[OrderByExpr], level: usize) -> Result<Vec<String>, Stop> {
        keys.iter().map(|key| self.order_key(key, level)).collect()
    }

    fn order_key(&mut self, key: &OrderByExpr, level: usize) -> Printed {
        let OrderByExpr { expr, options: OrderByOptions { asc, nulls_first }, with_fill } = key;
        self.absent(with_fill.is_none(), "WITH FILL")?;
        let expr = self.expr(expr, level)?;
        self.absent(nulls_first.is_none(), "NULLS FIRST")?;
        Ok(match asc {
            None => expr,
            Some(true) => format!("{expr} ASC"),
            Some(false) => format!("{expr} DESC"),
        })
    }

    fn named_window(&mut self, window: &NamedWindowDefinition, level: usize) -> Printed {
        let NamedWindowDefinition(name, definition) = window;
        let name = self.ident(name)?;
        let definition = match definition {
            NamedWindowExpr::NamedWindow(_) => return self.refuse("WINDOW"),
            NamedWindowExpr::WindowSpec(spec) => self.window_spec(spec, level)?,
        };
        Ok(format!("{name} AS ({definition})"))
    }
}
