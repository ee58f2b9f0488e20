//! `UNION`, `EXCEPT`, `INTERSECT`.

use datafusion::common::{Column, JoinType, NullEquality};
use datafusion::logical_expr::LogicalPlanBuilder;
use sqlparser::ast;

use super::super::types::{Ty, Typed, common};
use super::arith::coerce;
use super::group::equality;
use super::scope::{Env, Scope, ScopeCol};
use super::select::settled;
use super::{Bind, Binder, Relation, built, invalid, unsupported};

impl<'c> Binder<'c> {
    pub(super) fn set_operation<'q>(
        &self,
        left: &'q ast::SetExpr,
        op: ast::SetOperator,
        quantifier: ast::SetQuantifier,
        right: &'q ast::SetExpr,
        env: &Env<'q>,
        parent: Option<&'q Scope<'q>>,
    ) -> Bind<Relation> {
        let all = match quantifier {
            ast::SetQuantifier::All => true,
            ast::SetQuantifier::None => false,
            _ => return Err(unsupported("UNION BY NAME")),
        };
        let left = self.set_expr(left, env, parent)?;
        let right = self.set_expr(right, env, parent)?;
        match (op, all) {
            (ast::SetOperator::Union, true) => self.united(vec![left, right]),
            (ast::SetOperator::Union, false) => {
                let both = self.united(vec![left, right])?;
                self.distinct(both)
            }
            (ast::SetOperator::Except, false) => self.matched(left, right, JoinType::LeftAnti),
            (ast::SetOperator::Intersect, false) => self.matched(left, right, JoinType::LeftSemi),
            (op, _) => Err(unsupported(format!("{op} ALL").to_uppercase())),
        }
    }

    /// The rows of several relations under the names of the first.
    pub(super) fn united(&self, relations: Vec<Relation>) -> Bind<Relation> {
        let mut types: Vec<Ty> = Vec::new();
        for relation in &relations {
            if types.is_empty() {
                types = relation.cols.iter().map(|c| c.ty).collect();
            } else if types.len() != relation.cols.len() {
                return Err(invalid("205: the parts of a set operation need the same number of columns"));
            } else {
                types =
                    types.iter().zip(&relation.cols).map(|(a, c)| common(*a, c.ty)).collect::<Bind<_>>()?;
            }
        }
        let types: Vec<Ty> = types.into_iter().map(settled).collect();
        let mut parts = relations.into_iter();
        let first = parts.next().ok_or_else(|| invalid("102: nothing to unite"))?;
        let names = first.cols.clone();
        let ids: Vec<String> = names.iter().map(|_| self.id()).collect();
        let mut builder = LogicalPlanBuilder::from(self.aligned(first, &types, &ids)?);
        for part in parts {
            builder = builder.union(self.aligned(part, &types, &ids)?).map_err(super::internal)?;
        }
        let cols = names
            .into_iter()
            .zip(ids)
            .zip(types)
            .map(|((c, id), ty)| ScopeCol { qualifier: None, name: c.name, id, ty })
            .collect();
        Ok(Relation { plan: built(Ok(builder))?, cols })
    }

    /// A relation with its columns brought to types and names.
    fn aligned(
        &self,
        relation: Relation,
        types: &[Ty],
        ids: &[String],
    ) -> Bind<datafusion::logical_expr::LogicalPlan> {
        let exprs = relation
            .cols
            .iter()
            .zip(types.iter().zip(ids))
            .map(|(c, (ty, id))| Ok(coerce(Typed::new(c.column(), c.ty), *ty)?.expr.alias(id.clone())))
            .collect::<Bind<Vec<_>>>()?;
        built(LogicalPlanBuilder::from(relation.plan).project(exprs))
    }

    /// The distinct rows of `left` that have (or have not) an equal in `right`; NULLs
    /// are equal here.
    fn matched(&self, left: Relation, right: Relation, kind: JoinType) -> Bind<Relation> {
        if left.cols.len() != right.cols.len() {
            return Err(invalid("205: the parts of a set operation need the same number of columns"));
        }
        let types: Vec<Ty> = left
            .cols
            .iter()
            .zip(&right.cols)
            .map(|(l, r)| common(l.ty, r.ty).map(settled))
            .collect::<Bind<_>>()?;
        let names = left.cols.clone();
        let ids: Vec<String> = names.iter().map(|_| self.id()).collect();
        let cols: Vec<ScopeCol> = names
            .into_iter()
            .zip(ids.iter().zip(&types))
            .map(|(c, (id, ty))| ScopeCol { qualifier: None, name: c.name, id: id.clone(), ty: *ty })
            .collect();
        let left = Relation { plan: self.aligned(left, &types, &ids)?, cols };
        let left = self.distinct(left)?;
        let (left_plan, left_keys) = self.keyed(left.plan, &left.cols, true)?;
        let right_ids: Vec<String> = ids.iter().map(|_| self.id()).collect();
        let right_cols: Vec<ScopeCol> = left
            .cols
            .iter()
            .zip(&right_ids)
            .map(|(c, id)| ScopeCol { id: id.clone(), ..c.clone() })
            .collect();
        let right_plan = self.aligned(right, &types, &right_ids)?;
        let (right_plan, right_keys) = self.keyed(right_plan, &right_cols, false)?;
        let joined = LogicalPlanBuilder::from(left_plan).join_detailed(
            right_plan,
            kind,
            (left_keys, right_keys),
            None,
            NullEquality::NullEqualsNull,
        );
        let exprs: Vec<_> = left.cols.iter().map(ScopeCol::column).collect();
        Ok(Relation { plan: built(joined.and_then(|b| b.project(exprs)))?, cols: left.cols })
    }

    /// The plan with a column per column that equal values share.
    fn keyed(
        &self,
        plan: datafusion::logical_expr::LogicalPlan,
        cols: &[ScopeCol],
        keep: bool,
    ) -> Bind<(datafusion::logical_expr::LogicalPlan, Vec<Column>)> {
        let mut exprs: Vec<_> = if keep { cols.iter().map(ScopeCol::column).collect() } else { Vec::new() };
        let mut keys = Vec::new();
        for column in cols {
            let id = self.id();
            exprs.push(equality(&Typed::new(column.column(), column.ty)).alias(id.clone()));
            keys.push(Column::from_name(id));
        }
        Ok((built(LogicalPlanBuilder::from(plan).project(exprs))?, keys))
    }
}
