//! The columns of a `SELECT`.

use sqlparser::ast;

use super::super::types::Typed;
use super::scope::Scope;
use super::{Bind, Binder, invalid, unsupported};

/// A column of the result before it has its name in the plan.
pub(super) struct Item {
    pub(super) name: String,
    pub(super) qualifier: Option<String>,
    pub(super) value: Typed,
}

impl<'c> Binder<'c> {
    pub(super) fn items(&self, projection: &[ast::SelectItem], scope: &Scope<'_>) -> Bind<Vec<Item>> {
        let mut items = Vec::new();
        for item in projection {
            match item {
                ast::SelectItem::UnnamedExpr(expr) => {
                    items.push(self.unnamed_item(expr, scope)?);
                }
                ast::SelectItem::ExprWithAlias { expr, alias } => {
                    let value = self.scalar(expr, scope)?;
                    items.push(Item { name: alias.value.clone(), qualifier: None, value });
                }
                ast::SelectItem::Wildcard(options) if options.opt_except.is_none() => {
                    self.wildcard(None, scope, &mut items)?;
                }
                ast::SelectItem::QualifiedWildcard(
                    ast::SelectItemQualifiedWildcardKind::ObjectName(name),
                    _,
                ) => {
                    let qualifier = name.0.last().and_then(|p| p.as_ident()).map(|i| i.value.as_str());
                    self.wildcard(qualifier, scope, &mut items)?;
                }
                _ => return Err(unsupported("SELECT *")),
            }
        }
        Ok(items)
    }

    fn unnamed_item(&self, expr: &ast::Expr, scope: &Scope<'_>) -> Bind<Item> {
        // `alias = expression`: T-SQL has no comparison there.
        if let ast::Expr::BinaryOp { left, op: ast::BinaryOperator::Eq, right } = expr
            && let ast::Expr::Identifier(alias) = left.as_ref()
        {
            let value = self.scalar(right, scope)?;
            return Ok(Item { name: alias.value.clone(), qualifier: None, value });
        }
        let value = self.scalar(expr, scope)?;
        let name = match expr {
            ast::Expr::Identifier(name) => self.stored_name(None, &name.value, scope),
            ast::Expr::CompoundIdentifier(parts) => match parts.as_slice() {
                [.., table, name] => self.stored_name(Some(&table.value), &name.value, scope),
                _ => String::new(),
            },
            _ => String::new(),
        };
        Ok(Item { name, qualifier: None, value })
    }

    /// A column's name as its table writes it.
    fn stored_name(&self, qualifier: Option<&str>, name: &str, scope: &Scope<'_>) -> String {
        let same = |a: &str, b: &str| a.to_lowercase() == b.to_lowercase();
        let found = scope.cols.iter().find(|c| {
            same(&c.name, name)
                && qualifier.is_none_or(|q| c.qualifier.as_deref().is_some_and(|cq| same(cq, q)))
        });
        found.map_or_else(|| name.to_string(), |c| c.name.clone())
    }

    fn wildcard(&self, qualifier: Option<&str>, scope: &Scope<'_>, items: &mut Vec<Item>) -> Bind<()> {
        let before = items.len();
        for column in &scope.cols {
            let wanted = qualifier.is_none_or(|q| {
                column.qualifier.as_deref().is_some_and(|cq| cq.to_lowercase() == q.to_lowercase())
            });
            if !wanted || column.name.starts_with('\u{0}') {
                continue;
            }
            let value = if scope.grouped() {
                scope.resolve(column.qualifier.as_deref(), &column.name)?
            } else {
                Typed::new(column.column(), column.ty)
            };
            items.push(Item { name: column.name.clone(), qualifier: column.qualifier.clone(), value });
        }
        if items.len() == before {
            return Err(invalid("263: * needs a table"));
        }
        Ok(())
    }
}
