//! Literals.

use datafusion::common::ScalarValue;
use sqlparser::ast;

use super::super::types::{Ty, Typed};
use super::{Bind, invalid, unsupported};
use crate::engine::EngineError;

/// A literal.
pub(super) fn literal(value: &ast::Value) -> Bind<Typed> {
    Ok(match value {
        ast::Value::Number(text, _) => number(text)?,
        ast::Value::SingleQuotedString(text) | ast::Value::NationalStringLiteral(text) => Typed::text(text),
        ast::Value::Null => Typed::null(Ty::Null),
        other => return Err(unsupported(other.to_string())),
    })
}

fn number(text: &str) -> Bind<Typed> {
    let wrong = || invalid(format!("102: {text} is not a number"));
    if text.contains(['e', 'E']) {
        let value: f64 = text.parse().map_err(|_| wrong())?;
        return Ok(Typed::literal(ScalarValue::Float64(Some(value)), Ty::Float));
    }
    if let Ok(value) = text.parse::<i32>() {
        return Ok(Typed::int(value));
    }
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let whole = whole.trim_start_matches('0');
    let scale = u8::try_from(fraction.len()).map_err(|_| wrong())?;
    let precision = u8::try_from(whole.len() + fraction.len()).map_err(|_| wrong())?.max(1).max(scale);
    if precision > 38 {
        return Err(EngineError::Calculation { detail: format!("1007: {text} has too many digits") });
    }
    let value: i128 = format!("0{whole}{fraction}").parse().map_err(|_| wrong())?;
    let ty = Ty::Decimal(precision, scale);
    Ok(Typed::literal(ScalarValue::Decimal128(Some(value), precision, scale as i8), ty))
}
