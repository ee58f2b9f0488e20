//! `PIVOT` and `UNPIVOT`, as conditional aggregates and as unions.

use datafusion::logical_expr::{Case, Expr, LogicalPlanBuilder};
use sqlparser::ast;

use super::super::types::{Ty, Typed, common};
use super::arith::coerce;
use super::cte::renamed;
use super::from::aliased;
use super::group::Grouping;
use super::predicate::{Comparison, compare};
use super::scope::{Env, Scope, ScopeCol};
use super::{Bind, Binder, Relation, built, invalid, unsupported};

impl<'c> Binder<'c> {
    pub(super) fn pivot<'q>(
        &self,
        factor: &'q ast::TableFactor,
        env: &Env<'q>,
        parent: Option<&'q Scope<'q>>,
    ) -> Bind<Relation> {
        let ast::TableFactor::Pivot {
            table,
            aggregate_functions,
            value_column,
            value_source: ast::PivotValueSource::List(values),
            default_on_null: None,
            alias: Some(alias),
        } = factor
        else {
            return Err(unsupported("PIVOT"));
        };
        let ([aggregate], [by]) = (aggregate_functions.as_slice(), value_column.as_slice()) else {
            return Err(unsupported("PIVOT (several aggregates)"));
        };
        let ast::Expr::Function(function) = &aggregate.expr else { return Err(unsupported("PIVOT")) };
        let source = self.factor(table, env, parent)?;
        let scope = Scope::new(source.cols, env, parent);
        let by = self.scalar(by, &scope)?;
        let name = function.name.to_string().to_uppercase();
        let (args, distinct) = self.aggregate_arguments(&name, function, &scope)?;
        let [Some(value)] = args.as_slice() else { return Err(unsupported("PIVOT (COUNT(*))")) };
        if distinct {
            return Err(unsupported("PIVOT (DISTINCT)"));
        }
        // Every column that is neither spread nor aggregated groups the rows.
        let keys: Vec<&ScopeCol> =
            scope.cols.iter().filter(|c| c.column() != by.expr && c.column() != value.expr).collect();
        let pairs = keys.iter().map(|c| (Typed::new(c.column(), c.ty), self.id())).collect::<Vec<_>>();
        let mut cols: Vec<ScopeCol> = keys
            .iter()
            .zip(&pairs)
            .map(|(c, (_, id))| ScopeCol { qualifier: None, id: id.clone(), ..(*c).clone() })
            .collect();
        let every: Vec<usize> = (0..pairs.len()).collect();
        let mut grouping = Grouping::new(pairs);
        let mut out: Vec<Expr> = cols.iter().map(ScopeCol::column).collect();
        for wanted in values {
            let shown = column_name(&wanted.expr)?;
            let literal = coerce(Typed::text(&shown), by.ty)?;
            let chosen = Typed::new(
                Expr::Case(Case {
                    expr: None,
                    when_then_expr: vec![(
                        Box::new(compare(Comparison::Equal, by.clone(), literal)?),
                        Box::new(value.expr.clone()),
                    )],
                    else_expr: None,
                }),
                value.ty,
            );
            let mut place = |plain: super::aggregate::Plain| {
                let id = self.id();
                Ok(grouping.aggregate(plain.expr(), id))
            };
            let total = self.aggregate(&name, (vec![Some(chosen)], false), Vec::new(), &mut place)?;
            let id = self.id();
            out.push(total.expr.alias(id.clone()));
            let name = wanted.alias.as_ref().map_or(shown, |a| a.value.clone());
            cols.push(ScopeCol { qualifier: None, name, id, ty: total.ty });
        }
        let grouped = self.grouped(source.plan, &grouping, &[every])?;
        let plan = built(LogicalPlanBuilder::from(grouped).project(out))?;
        aliased(renamed(Relation { plan, cols }, alias)?, &alias.name.value)
    }

    pub(super) fn unpivot<'q>(
        &self,
        factor: &'q ast::TableFactor,
        env: &Env<'q>,
        parent: Option<&'q Scope<'q>>,
    ) -> Bind<Relation> {
        let ast::TableFactor::Unpivot {
            table,
            value,
            name,
            columns,
            null_inclusion: None,
            alias: Some(alias),
        } = factor
        else {
            return Err(unsupported("UNPIVOT"));
        };
        let ast::Expr::Identifier(value) = value else { return Err(unsupported("UNPIVOT")) };
        let source = self.factor(table, env, parent)?;
        let scope = Scope::new(source.cols, env, parent);
        let chosen = columns.iter().map(|c| self.scalar(&c.expr, &scope)).collect::<Bind<Vec<_>>>()?;
        let mut ty = Ty::Null;
        for one in &chosen {
            if ty != Ty::Null && one.ty != ty {
                return Err(invalid("8167: the columns of UNPIVOT need one type"));
            }
            ty = common(ty, one.ty)?;
        }
        let kept: Vec<ScopeCol> =
            scope.cols.iter().filter(|c| !chosen.iter().any(|o| o.expr == c.column())).cloned().collect();
        let mut parts = Vec::new();
        for (one, column) in chosen.iter().zip(columns) {
            let mut exprs = Vec::new();
            let mut cols = Vec::new();
            for column in &kept {
                let id = self.id();
                exprs.push(column.column().alias(id.clone()));
                cols.push(ScopeCol { id, ..column.clone() });
            }
            let label = column_name(&column.expr)?;
            let label = scope.cols.iter().find(|c| c.column() == one.expr).map_or(label, |c| c.name.clone());
            let extra = [
                (value.value.clone(), one.clone()),
                (name.value.clone(), coerce(Typed::text(&label), Ty::Text(128))?),
            ];
            for (name, typed) in extra {
                let id = self.id();
                exprs.push(typed.expr.alias(id.clone()));
                cols.push(ScopeCol { qualifier: None, name, id, ty: typed.ty });
            }
            let present = one.expr.clone().is_not_null();
            let plan =
                LogicalPlanBuilder::from(source.plan.clone()).filter(present).and_then(|b| b.project(exprs));
            parts.push(Relation { plan: built(plan)?, cols });
        }
        let all = self.united(parts)?;
        aliased(renamed(all, alias)?, &alias.name.value)
    }
}

fn column_name(expr: &ast::Expr) -> Bind<String> {
    match expr {
        ast::Expr::Identifier(name) => Ok(name.value.clone()),
        ast::Expr::CompoundIdentifier(parts) => {
            parts.last().map(|p| p.value.clone()).ok_or_else(|| unsupported("PIVOT"))
        }
        ast::Expr::Value(v) => Ok(v.value.to_string().trim_matches('\'').to_string()),
        _ => Err(unsupported("PIVOT")),
    }
}
