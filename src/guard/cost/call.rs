//! A function call, as the cost rules look at it.

use sqlparser::ast::{Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments};

/// The name in upper case; the parser's pass has made all names so.
pub(super) fn name(function: &Function) -> &str {
    function.name.0.first().and_then(|part| part.as_ident()).map_or("", |ident| ident.value.as_str())
}

/// The arguments that are expressions.
pub(super) fn arguments(function: &Function) -> Vec<&Expr> {
    match &function.args {
        FunctionArguments::List(list) => list.args.iter().filter_map(expression).collect(),
        FunctionArguments::None | FunctionArguments::Subquery(_) => Vec::new(),
    }
}

/// The expression that an argument is, if it is one.
pub(super) fn expression(argument: &FunctionArg) -> Option<&Expr> {
    match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr),
        _ => None,
    }
}
