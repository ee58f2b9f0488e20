//! The scalar functions of T-SQL, with T-SQL's meaning.
//!
//! A [`Call`] is a function with its argument types and its result type fixed by the
//! binder. Frequent ones run on whole columns; the others go value by value.

mod arith;
mod cast;
pub(super) mod collate;
mod columns;
mod dates;
mod format;
mod like;
mod math;
mod percentile;
mod text;

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{DataFusionError, Result as PlanResult, ScalarValue};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use super::types::{Arith, Ty, Typed};
use crate::engine::EngineError;

pub(super) use columns::Val;
pub(super) use dates::Part;
pub(super) use percentile::PercentileDisc;
pub(super) use text::joined_length;

/// A function of the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Op {
    /// `+ - * / %` on numbers of one family.
    Arith(Arith),
    /// Change of sign.
    Negate,
    /// `+` on texts.
    Join,
    /// `CAST`, `CONVERT` with a style; with `lenient`, failures give NULL (`TRY_`).
    Cast {
        style: Option<u16>,
        lenient: bool,
    },
    /// `AVG` from a sum and a count.
    Average,
    /// The level of a recursive CTE's row; fails beyond `limit`.
    Level {
        limit: u32,
    },
    /// What texts are compared by.
    CollationKey,
    /// What texts are ordered by.
    SortKey,
    /// A text that is compared without its accents (`COLLATE …_CI_AI`); `ñ` stays a letter where
    /// the collation is Spanish.
    AccentBlind {
        spanish: bool,
    },
    /// A text without its accents.
    Plain {
        spanish: bool,
    },
    /// `LIKE`, third argument is the escape character.
    Like,
    /// The parts of `STRING_SPLIT`.
    Split,
    /// The places of those parts, from 1.
    SplitPlaces,
    /// Blanks up to a length: `char(n)`.
    Pad(u32),
    Concat,
    ConcatWs,
    Len,
    Left,
    Right,
    Substring,
    CharIndex,
    PatIndex,
    Replace,
    Stuff,
    Trim,
    LTrim,
    RTrim,
    Upper,
    Lower,
    Reverse,
    Translate,
    QuoteName,
    Char,
    Unicode,
    Ascii,
    Str,
    DatePart(Part),
    DateName(Part),
    DateAdd(Part),
    DateDiff(Part),
    DateTrunc(Part),
    /// `DATE_BUCKET`: the start of the interval of so many parts that holds a date.
    DateBucket(Part),
    EoMonth,
    DateFromParts,
    Format,
    Round,
    Ceiling,
    Floor,
    Abs,
    Sign,
    Power,
    Sqrt,
    Square,
    Exp,
    Log,
    Log10,
    IsNumeric,
    IsDate,
}

/// An [`Op`] with its types.
#[derive(Debug, Clone)]
pub(super) struct Call {
    op: Op,
    args: Vec<Ty>,
    out: Ty,
    signature: Signature,
}

impl PartialEq for Call {
    fn eq(&self, other: &Self) -> bool {
        self.op == other.op && self.args == other.args && self.out == other.out
    }
}

impl Eq for Call {}

impl Hash for Call {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.op, &self.args, self.out).hash(state);
    }
}

impl Call {
    fn evaluate(&self, values: &[ColumnarValue], rows: usize) -> Result<ColumnarValue, EngineError> {
        if let Some(done) = arith::columns(self, values, rows)? {
            return Ok(done);
        }
        if let Some(done) = collate::columns(self, values)? {
            return Ok(done);
        }
        if let Some(done) = dates::columns(self, values)? {
            return Ok(done);
        }
        match self.op {
            Op::Split | Op::SplitPlaces => text::split_columns(self.op, values, rows),
            Op::Like | Op::PatIndex => like::columns(self, values, rows),
            _ => columns::by_value(self, values, rows),
        }
    }

    /// One row's value.
    fn value<'a>(&self, args: &[Val<'a>]) -> Result<Val<'a>, EngineError> {
        match self.op {
            Op::Arith(_) | Op::Negate | Op::Average | Op::Level { .. } => arith::value(self, args),
            Op::Cast { style, lenient } => {
                let from = self.args.first().copied().unwrap_or(Ty::Null);
                let value = args.first().cloned().unwrap_or(Val::Null);
                match cast::convert(value, from, self.out, style) {
                    Err(_) if lenient => Ok(Val::Null),
                    result => result,
                }
            }
            Op::DatePart(_)
            | Op::DateName(_)
            | Op::DateAdd(_)
            | Op::DateDiff(_)
            | Op::DateTrunc(_)
            | Op::DateBucket(_)
            | Op::EoMonth
            | Op::DateFromParts => dates::value(self, args),
            Op::Format => format::value(self, args),
            Op::Round
            | Op::Ceiling
            | Op::Floor
            | Op::Abs
            | Op::Sign
            | Op::Power
            | Op::Sqrt
            | Op::Square
            | Op::Exp
            | Op::Log
            | Op::Log10 => math::value(self, args),
            _ => text::value(self, args),
        }
    }
}

impl ScalarUDFImpl for Call {
    fn name(&self) -> &str {
        "tsql"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn schema_name(&self, args: &[Expr]) -> PlanResult<String> {
        // Names columns inside plans: two different calls must never share one.
        let shown: Vec<String> = args.iter().map(|a| a.schema_name().to_string()).collect();
        Ok(format!("{:?}:{:?}({})", self.op, self.out, shown.join(",")))
    }

    fn return_type(&self, _args: &[DataType]) -> PlanResult<DataType> {
        Ok(match self.op {
            Op::Split | Op::SplitPlaces => text::split_type(self.op),
            _ => self.out.arrow(),
        })
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> PlanResult<ColumnarValue> {
        self.evaluate(&args.args, args.number_rows).map_err(|e| DataFusionError::External(Box::new(e)))
    }
}

/// Calls `op`; a call on constants alone is worked out at once, unless it fails: then
/// it is left to the rows that need it.
pub(super) fn call(op: Op, args: Vec<Typed>, out: Ty) -> Typed {
    let function = Call {
        op,
        args: args.iter().map(|a| a.ty).collect(),
        out,
        signature: Signature::variadic_any(Volatility::Immutable),
    };
    let constants: Option<Vec<ColumnarValue>> =
        args.iter().map(|a| a.constant().cloned().map(ColumnarValue::Scalar)).collect();
    // The parts of a text are rows, and a collation is told by its call.
    if !matches!(op, Op::Split | Op::SplitPlaces | Op::AccentBlind { .. })
        && let Some(values) = constants
        && let Ok(value) = function.evaluate(&values, 1)
        && let Some(value) = single(value)
    {
        return Typed::literal(value, out);
    }
    let exprs = args.into_iter().map(|a| a.expr).collect();
    let udf = Arc::new(ScalarUDF::new_from_impl(function));
    Typed::new(Expr::ScalarFunction(ScalarFunction::new_udf(udf, exprs)), out)
}

/// Whether a value is compared without accents, and if so whether `ñ` stays a letter.
pub(super) fn accent_blind(value: &Typed) -> Option<bool> {
    match &value.expr {
        Expr::ScalarFunction(f) => match f.func.inner().downcast_ref::<Call>()?.op {
            Op::AccentBlind { spanish } => Some(spanish),
            _ => None,
        },
        _ => None,
    }
}

fn single(value: ColumnarValue) -> Option<ScalarValue> {
    match value {
        ColumnarValue::Scalar(value) => Some(value),
        ColumnarValue::Array(array) => ScalarValue::try_from_array(&array, 0).ok(),
    }
}

/// Whether evaluating the expression can fail on some value: such a condition must not
/// see rows that another condition removes.
pub(super) fn may_fail(expr: &Expr) -> bool {
    use datafusion::common::tree_node::TreeNode;
    expr.exists(|node| {
        Ok(match node {
            Expr::ScalarFunction(f) => f.func.inner().downcast_ref::<Call>().is_some_and(|c| {
                !matches!(
                    c.op,
                    Op::CollationKey
                        | Op::SortKey
                        | Op::AccentBlind { .. }
                        | Op::Plain { .. }
                        | Op::Like
                        | Op::Join
                        | Op::Concat
                        | Op::Len
                        | Op::Upper
                        | Op::Lower
                        | Op::Trim
                        | Op::LTrim
                        | Op::RTrim
                        | Op::DatePart(_)
                        | Op::DateDiff(_)
                        | Op::EoMonth
                        | Op::Cast { lenient: true, .. }
                )
            }),
            _ => false,
        })
    })
    .unwrap_or(true)
}

fn calculation(number: u16, words: &str) -> EngineError {
    EngineError::Calculation { detail: format!("{number}: {words}") }
}

pub(super) fn overflow(ty: Ty) -> EngineError {
    calculation(8115, &format!("arithmetic overflow converting to {}", ty.name()))
}

fn divide_by_zero() -> EngineError {
    calculation(8134, "divide by zero")
}
