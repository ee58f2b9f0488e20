//! Exact arithmetic: what cannot be computed exactly is not stated.

use rust_decimal::Decimal;

use crate::format;
use crate::model::Value;

/// The exact value of a figure; none for NULL, NaN and what 28 digits do not hold.
pub(super) fn decimal(value: &Value<'_>) -> Option<Decimal> {
    let direct = match value {
        Value::Int(n) => return Some(Decimal::from(*n)),
        Value::Decimal { unscaled, scale } => u32::try_from(*scale)
            .ok()
            .and_then(|scale| Decimal::try_from_i128_with_scale(*unscaled, scale).ok()),
        _ => None,
    };
    direct.or_else(|| Decimal::from_str_exact(&format::digits_of(value)?.trimmed().plain()).ok())
}

/// `a + b` with all its digits.
pub(super) fn add(a: Decimal, b: Decimal) -> Option<Decimal> {
    let sum = a.checked_add(b)?;
    // The decimal type drops digits to make room where it must; that is not the sum any more.
    (sum.scale() >= a.scale().max(b.scale())).then_some(sum)
}

/// `a − b` with all its digits.
pub(super) fn subtract(a: Decimal, b: Decimal) -> Option<Decimal> {
    add(a, -b)
}

/// The sum of all, exact.
pub(super) fn sum(values: impl IntoIterator<Item = Decimal>) -> Option<Decimal> {
    values.into_iter().try_fold(Decimal::ZERO, add)
}

/// `100 · part / whole`; none where `whole` is not above zero.
pub(super) fn percentage(part: Decimal, whole: Decimal) -> Option<Decimal> {
    if whole <= Decimal::ZERO {
        return None;
    }
    part.checked_mul(Decimal::ONE_HUNDRED)?.checked_div(whole)
}

/// The middle of sorted values, the mean of both middles for an even number.
pub(super) fn median(sorted: &[Decimal]) -> Option<Decimal> {
    let upper = *sorted.get(sorted.len() / 2)?;
    if sorted.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = *sorted.get((sorted.len() / 2).checked_sub(1)?)?;
    add(lower, upper)?.checked_div(Decimal::TWO)
}
