//! Expressions and predicates.

use sqlparser::ast::{
    BinaryOperator, CaseWhen, CastKind, CeilFloorKind, DateTimeField, Expr, Ident, TrimWhereField,
    UnaryOperator, Value, ValueWithSpan,
};

use super::{Printed, Printer, WIDTH, indent, nested};
use crate::guard::rule::{Rule, Stop};

impl Printer<'_> {
    pub(super) fn exprs(&mut self, exprs: &[Expr], level: usize) -> Result<Vec<String>, Stop> {
        exprs.iter().map(|expr| self.expr(expr, level)).collect()
    }

    pub(super) fn expr(&mut self, expr: &Expr, level: usize) -> Printed {
        match expr {
            Expr::Identifier(ident) => self.ident(ident),
            Expr::CompoundIdentifier(parts) => self.column(parts),
            Expr::Value(value) => self.value(value),
            Expr::Nested(inner) => Ok(format!("({})", self.expr(inner, level)?)),
            Expr::BinaryOp { .. } => self.binary(expr, level),
            Expr::UnaryOp { op, expr } => self.unary(*op, expr, level),
            Expr::Function(function) => self.function(function, level),
            Expr::Case { case_token, end_token: _, operand, conditions, else_result } => {
                self.see(case_token.0.span);
                self.case(operand.as_deref(), conditions, else_result.as_deref(), level)
            }
            Expr::IsNull(inner) => Ok(format!("{} IS NULL", self.expr(inner, level)?)),
            Expr::IsNotNull(inner) => Ok(format!("{} IS NOT NULL", self.expr(inner, level)?)),
            Expr::IsDistinctFrom(left, right) => self.pair(left, " IS DISTINCT FROM ", right, level),
            Expr::IsNotDistinctFrom(left, right) => self.pair(left, " IS NOT DISTINCT FROM ", right, level),
            Expr::InList { expr, list, negated } => {
                let (expr, list) = (self.expr(expr, level)?, self.exprs(list, level)?);
                Ok(format!("{expr}{} IN ({})", not(*negated), list.join(", ")))
            }
            Expr::InSubquery { expr, subquery, negated } => {
                let expr = self.expr(expr, level)?;
                let query = self.query(subquery, level + 1)?;
                Ok(format!("{expr}{} IN {}", not(*negated), nested(&query, level)))
            }
            Expr::Exists { subquery, negated } => {
                let query = self.query(subquery, level + 1)?;
                let word = if *negated { "NOT EXISTS" } else { "EXISTS" };
                Ok(format!("{word} {}", nested(&query, level)))
            }
            Expr::Subquery(query) => Ok(nested(&self.query(query, level + 1)?, level)),
            Expr::Between { expr, negated, low, high } => {
                let (expr, low, high) =
                    (self.expr(expr, level)?, self.expr(low, level)?, self.expr(high, level)?);
                Ok(format!("{expr}{} BETWEEN {low} AND {high}", not(*negated)))
            }
            Expr::Like { negated, any, expr, pattern, escape_char } => {
                self.absent(!any, "LIKE ANY")?;
                let (expr, pattern) = (self.expr(expr, level)?, self.expr(pattern, level)?);
                let escape = match escape_char {
                    None => String::new(),
                    Some(escape) => format!(" ESCAPE {}", self.value(escape)?),
                };
                Ok(format!("{expr}{} LIKE {pattern}{escape}", not(*negated)))
            }
            Expr::AnyOp { left, compare_op, right, is_some } => {
                self.quantified(left, compare_op, if *is_some { "SOME" } else { "ANY" }, right, level)
            }
            Expr::AllOp { left, compare_op, right } => self.quantified(left, compare_op, "ALL", right, level),
            Expr::Cast { kind, expr, data_type, array, format } => {
                let name = match kind {
                    CastKind::Cast => "CAST",
                    CastKind::TryCast => "TRY_CAST",
                    CastKind::SafeCast | CastKind::DoubleColon => return self.refuse("SAFE_CAST"),
                };
                self.absent(!array && format.is_none(), "CAST")?;
                let expr = self.expr(expr, level)?;
                Ok(format!("{name}({expr} AS {})", self.data_type(data_type)?))
            }
            Expr::Convert { is_try, expr, data_type, charset, target_before_value, styles } => {
                let name = if *is_try { "TRY_CONVERT" } else { "CONVERT" };
                self.absent(charset.is_none() && *target_before_value && styles.len() <= 1, name)?;
                let Some(data_type) = data_type else { return self.refuse(name) };
                let mut printed = vec![self.data_type(data_type)?, self.expr(expr, level)?];
                printed.append(&mut self.exprs(styles, level)?);
                Ok(format!("{name}({})", printed.join(", ")))
            }
            Expr::AtTimeZone { timestamp, time_zone } => {
                self.pair(timestamp, " AT TIME ZONE ", time_zone, level)
            }
            Expr::Floor { expr, field } => {
                let plain = *field == CeilFloorKind::DateTimeField(DateTimeField::NoDateTime);
                self.absent(plain, "FLOOR")?;
                Ok(format!("FLOOR({})", self.expr(expr, level)?))
            }
            Expr::Substring { expr, substring_from, substring_for, special, shorthand } => {
                let (Some(from), Some(length), true, false) =
                    (substring_from, substring_for, special, shorthand)
                else {
                    return self.refuse("SUBSTRING");
                };
                let printed = [self.expr(expr, level)?, self.expr(from, level)?, self.expr(length, level)?];
                Ok(format!("SUBSTRING({})", printed.join(", ")))
            }
            Expr::Trim { trim_where, trim_what, expr, trim_characters } => {
                self.absent(trim_characters.is_none(), "TRIM")?;
                self.trim(*trim_where, trim_what.as_deref(), expr, level)
            }
            Expr::Collate { expr, collation } => {
                let expr = self.expr(expr, level)?;
                let parts = self.parts(collation)?;
                let [Ident { quote_style: None, .. }] = parts.as_slice() else {
                    return self.refuse("COLLATE");
                };
                let names = parts.into_iter().map(|part| self.ident(part)).collect::<Result<Vec<_>, _>>()?;
                Ok(format!("{expr} COLLATE {}", names.join(".")))
            }
            Expr::Ceil { .. } => Err(self.stop(Rule::FunctionNotAllowed).about("CEIL")),
            Expr::Extract { .. } => Err(self.stop(Rule::FunctionNotAllowed).about("EXTRACT")),
            Expr::Position { .. } => Err(self.stop(Rule::FunctionNotAllowed).about("POSITION")),
            Expr::Overlay { .. } => Err(self.stop(Rule::FunctionNotAllowed).about("OVERLAY")),
            Expr::CompoundFieldAccess { .. } => Err(self.stop(Rule::QualifiedFunction)),
            Expr::JsonAccess { .. }
            | Expr::IsFalse(_)
            | Expr::IsNotFalse(_)
            | Expr::IsTrue(_)
            | Expr::IsNotTrue(_)
            | Expr::IsUnknown(_)
            | Expr::IsNotUnknown(_)
            | Expr::IsNormalized { .. }
            | Expr::InUnnest { .. }
            | Expr::ILike { .. }
            | Expr::SimilarTo { .. }
            | Expr::RLike { .. }
            | Expr::Prefixed { .. }
            | Expr::TypedString(_)
            | Expr::GroupingSets(_)
            | Expr::Cube(_)
            | Expr::Rollup(_)
            | Expr::Tuple(_)
            | Expr::Struct { .. }
            | Expr::Named { .. }
            | Expr::Dictionary(_)
            | Expr::Map(_)
            | Expr::Array(_)
            | Expr::Interval(_)
            | Expr::MatchAgainst { .. }
            | Expr::Wildcard(_)
            | Expr::QualifiedWildcard(_, _)
            | Expr::OuterJoin(_)
            | Expr::Prior(_)
            | Expr::Lambda(_)
            | Expr::MemberOf(_) => Err(self.stop(Rule::UnsupportedSyntax)),
        }
    }

    /// A column, at most with its schema and table in front.
    fn column(&mut self, parts: &[Ident]) -> Printed {
        if parts.len() > 3 {
            if let Some(first) = parts.first() {
                self.see(first.span);
            }
            return Err(self.stop(Rule::OtherDatabase));
        }
        Ok(self.idents(parts)?.join("."))
    }

    pub(super) fn value(&mut self, value: &ValueWithSpan) -> Printed {
        let ValueWithSpan { value, span } = value;
        self.see(*span);
        match value {
            Value::Number(digits, false) => Ok(digits.clone()),
            Value::SingleQuotedString(text) => Ok(format!("'{}'", text.replace('\'', "''"))),
            Value::NationalStringLiteral(text) => Ok(format!("N'{}'", text.replace('\'', "''"))),
            Value::Null => Ok("NULL".to_string()),
            Value::Number(_, true)
            | Value::DollarQuotedString(_)
            | Value::TripleSingleQuotedString(_)
            | Value::TripleDoubleQuotedString(_)
            | Value::EscapedStringLiteral(_)
            | Value::UnicodeStringLiteral(_)
            | Value::SingleQuotedByteStringLiteral(_)
            | Value::DoubleQuotedByteStringLiteral(_)
            | Value::TripleSingleQuotedByteStringLiteral(_)
            | Value::TripleDoubleQuotedByteStringLiteral(_)
            | Value::SingleQuotedRawStringLiteral(_)
            | Value::DoubleQuotedRawStringLiteral(_)
            | Value::TripleSingleQuotedRawStringLiteral(_)
            | Value::TripleDoubleQuotedRawStringLiteral(_)
            | Value::QuoteDelimitedStringLiteral(_)
            | Value::NationalQuoteDelimitedStringLiteral(_)
            | Value::HexStringLiteral(_)
            | Value::DoubleQuotedString(_)
            | Value::Boolean(_)
            | Value::Placeholder(_) => Err(self.stop(Rule::UnsupportedSyntax)),
        }
    }

    fn pair(&mut self, left: &Expr, between: &str, right: &Expr, level: usize) -> Printed {
        Ok(format!("{}{between}{}", self.expr(left, level)?, self.expr(right, level)?))
    }

    /// A chain of operators, walked along its left side so that long chains need no stack.
    fn binary(&mut self, expr: &Expr, level: usize) -> Printed {
        let mut first = expr;
        let mut rest = Vec::new();
        while let Expr::BinaryOp { left, op, right } = first {
            rest.push((op, right.as_ref()));
            first = left;
        }
        let mut pieces = vec![(None, self.expr(first, level)?)];
        for (op, right) in rest.into_iter().rev() {
            let word = self.operator(op)?;
            pieces.push((Some(word), self.expr(right, level)?));
        }
        let length: usize = pieces.iter().map(|(_, text)| text.len() + 5).sum();
        let is_long = length > WIDTH || pieces.iter().any(|(_, text)| text.contains('\n'));
        let mut out = String::with_capacity(length);
        for (word, text) in &pieces {
            match word {
                None => {}
                Some(word @ ("AND" | "OR")) if is_long => {
                    out.push_str(&format!("\n{}{word} ", indent(level + 1)));
                }
                Some(word) => out.push_str(&format!(" {word} ")),
            }
            out.push_str(text);
        }
        Ok(out)
    }

    fn operator(&self, op: &BinaryOperator) -> Result<&'static str, Stop> {
        Ok(match op {
            BinaryOperator::Plus => "+",
            BinaryOperator::Minus => "-",
            BinaryOperator::Multiply => "*",
            BinaryOperator::Divide => "/",
            BinaryOperator::Modulo => "%",
            BinaryOperator::Gt => ">",
            BinaryOperator::Lt => "<",
            BinaryOperator::GtEq => ">=",
            BinaryOperator::LtEq => "<=",
            BinaryOperator::Eq => "=",
            BinaryOperator::NotEq => "<>",
            BinaryOperator::And => "AND",
            BinaryOperator::Or => "OR",
            BinaryOperator::BitwiseOr => "|",
            BinaryOperator::BitwiseAnd => "&",
            BinaryOperator::BitwiseXor => "^",
            other => return self.refuse(&other.to_string()),
        })
    }

    fn unary(&mut self, op: UnaryOperator, expr: &Expr, level: usize) -> Printed {
        let inner = self.expr(expr, level)?;
        match op {
            // Two signs must not touch: `--` begins a comment.
            UnaryOperator::Minus if inner.starts_with('-') => Ok(format!("- {inner}")),
            UnaryOperator::Minus => Ok(format!("-{inner}")),
            UnaryOperator::Plus => Ok(format!("+{inner}")),
            UnaryOperator::BitwiseNot => Ok(format!("~{inner}")),
            UnaryOperator::Not => Ok(format!("NOT {inner}")),
            UnaryOperator::AtDashAt
            | UnaryOperator::BangNot
            | UnaryOperator::DoubleAt
            | UnaryOperator::Hash
            | UnaryOperator::PGAbs
            | UnaryOperator::PGCubeRoot
            | UnaryOperator::PGPostfixFactorial
            | UnaryOperator::PGPrefixFactorial
            | UnaryOperator::PGSquareRoot
            | UnaryOperator::QuestionDash
            | UnaryOperator::QuestionPipe => self.refuse(&op.to_string()),
        }
    }

    /// `= ANY (SELECT …)`; over a list of values it is no T-SQL.
    fn quantified(
        &mut self,
        left: &Expr,
        op: &BinaryOperator,
        word: &str,
        right: &Expr,
        level: usize,
    ) -> Printed {
        let left = self.expr(left, level)?;
        let op = self.operator(op)?;
        let Expr::Subquery(query) = right else { return self.refuse(word) };
        let query = self.query(query, level + 1)?;
        Ok(format!("{left} {op} {word} {}", nested(&query, level)))
    }

    fn case(
        &mut self,
        operand: Option<&Expr>,
        conditions: &[CaseWhen],
        else_result: Option<&Expr>,
        level: usize,
    ) -> Printed {
        let mut arms = Vec::with_capacity(conditions.len() + 1);
        let head = match operand {
            None => "CASE".to_string(),
            Some(operand) => format!("CASE {}", self.expr(operand, level + 1)?),
        };
        for CaseWhen { condition, result } in conditions {
            let (condition, result) = (self.expr(condition, level + 1)?, self.expr(result, level + 1)?);
            arms.push(format!("WHEN {condition} THEN {result}"));
        }
        if let Some(result) = else_result {
            arms.push(format!("ELSE {}", self.expr(result, level + 1)?));
        }
        let inline = format!("{head} {} END", arms.join(" "));
        if inline.len() <= WIDTH && !inline.contains('\n') {
            return Ok(inline);
        }
        let line = format!("\n{}", indent(level + 1));
        Ok(format!("{head}{line}{}\n{}END", arms.join(&line), indent(level)))
    }

    fn trim(
        &mut self,
        side: Option<TrimWhereField>,
        what: Option<&Expr>,
        expr: &Expr,
        level: usize,
    ) -> Printed {
        let side = match side {
            None => "",
            Some(TrimWhereField::Both) => "BOTH ",
            Some(TrimWhereField::Leading) => "LEADING ",
            Some(TrimWhereField::Trailing) => "TRAILING ",
        };
        match what {
            None => {
                self.absent(side.is_empty(), "TRIM")?;
                Ok(format!("TRIM({})", self.expr(expr, level)?))
            }
            Some(what) => {
                let what = self.expr(what, level)?;
                Ok(format!("TRIM({side}{what} FROM {})", self.expr(expr, level)?))
            }
        }
    }
}

fn not(negated: bool) -> &'static str {
    if negated { " NOT" } else { "" }
}
