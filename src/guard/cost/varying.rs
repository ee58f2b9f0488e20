//! Whether an expression takes many values over the rows of a table. An equality of two that
//! do not (`0 * a.x = 0 * b.x`) ties nothing together.

use std::ops::ControlFlow;

use sqlparser::ast::{BinaryOperator, DataType, Expr, Function, Query, Value, Visit, Visitor};

use super::call::{arguments, name};

/// From this divisor on a remainder still tells rows apart.
const MANY: f64 = 1_000.0;

/// Whether `expr` follows a column, rather than giving the same few values for all rows.
pub(super) fn varies(expr: &Expr) -> bool {
    match expr {
        Expr::Identifier(_) | Expr::CompoundIdentifier(_) => true,
        Expr::Cast { data_type: DataType::Bit(_), .. }
        | Expr::Convert { data_type: Some(DataType::Bit(_)), .. } => false,
        Expr::Nested(inner)
        | Expr::UnaryOp { expr: inner, .. }
        | Expr::Cast { expr: inner, .. }
        | Expr::Convert { expr: inner, .. }
        | Expr::Collate { expr: inner, .. }
        | Expr::Floor { expr: inner, .. }
        | Expr::Substring { expr: inner, .. }
        | Expr::Trim { expr: inner, .. }
        | Expr::AtTimeZone { timestamp: inner, .. } => varies(inner),
        Expr::BinaryOp { left, op, right } => operation(left, op, right),
        Expr::Case { conditions, else_result, .. } => {
            conditions.iter().any(|arm| varies(&arm.result)) || else_result.as_deref().is_some_and(varies)
        }
        Expr::Function(function) => call(function),
        _ => false,
    }
}

fn operation(left: &Expr, op: &BinaryOperator, right: &Expr) -> bool {
    let any = varies(left) || varies(right);
    match op {
        BinaryOperator::Plus | BinaryOperator::BitwiseOr | BinaryOperator::BitwiseXor => any,
        BinaryOperator::Minus | BinaryOperator::Divide => any && left != right,
        BinaryOperator::Multiply => any && number(left) != Some(0.0) && number(right) != Some(0.0),
        BinaryOperator::Modulo => varies(left) && number(right).is_none_or(|divisor| divisor >= MANY),
        _ => false,
    }
}

fn call(function: &Function) -> bool {
    let arguments = arguments(function);
    let rest = || arguments.iter().skip(1).any(|argument| varies(argument));
    match name(function) {
        "SIGN" | "LEN" | "DATALENGTH" | "ASCII" | "UNICODE" | "ISNUMERIC" | "ISDATE" | "CHARINDEX"
        | "PATINDEX" | "DIFFERENCE" | "GROUPING" => false,
        "NULLIF" => arguments.first() != arguments.get(1) && arguments.first().is_some_and(|a| varies(a)),
        // The first argument only chooses among the others.
        "IIF" | "CHOOSE" => rest(),
        _ => arguments.iter().any(|argument| varies(argument)),
    }
}

fn number(expr: &Expr) -> Option<f64> {
    match expr {
        Expr::Nested(inner) => number(inner),
        Expr::Value(value) => match &value.value {
            Value::Number(digits, _) => digits.parse().ok(),
            _ => None,
        },
        _ => None,
    }
}

/// Whether `expr` is made of the columns of a row, without a query of its own.
pub(super) fn is_of_row(expr: &Expr) -> bool {
    let mut reader = OfRow { columns: false, queries: false };
    let _ = expr.visit(&mut reader);
    reader.columns && !reader.queries
}

struct OfRow {
    columns: bool,
    queries: bool,
}

impl Visitor for OfRow {
    type Break = ();

    fn pre_visit_query(&mut self, _query: &Query) -> ControlFlow<()> {
        self.queries = true;
        ControlFlow::Break(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        self.columns |= matches!(expr, Expr::Identifier(_) | Expr::CompoundIdentifier(_));
        ControlFlow::Continue(())
    }
}
