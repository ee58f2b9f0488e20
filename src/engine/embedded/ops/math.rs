//! Rounding, powers and their like.

use super::super::types::Ty;
use super::arith::{pow10, within};
use super::cast::{convert, decimal_text, rescale};
use super::columns::Val;
use super::{Call, Op, calculation, overflow};
use crate::engine::EngineError;

/// One value of a mathematical function.
pub(super) fn value<'a>(call: &Call, args: &[Val<'a>]) -> Result<Val<'a>, EngineError> {
    if args.contains(&Val::Null) {
        return Ok(Val::Null);
    }
    let scale = call.args.first().copied().unwrap_or(Ty::Null).scale();
    match (call.op, args) {
        (Op::Round, [number, Val::Int(places), rest @ ..]) => {
            let cut = matches!(rest, [Val::Int(f)] if *f != 0);
            round(number, scale, *places, cut, call.out)
        }
        (Op::Ceiling | Op::Floor, [Val::Dec(v)]) => {
            let unit = pow10(scale);
            let (whole, rest) = (v.div_euclid(unit), v.rem_euclid(unit));
            Ok(Val::Dec(if call.op == Op::Ceiling && rest != 0 { whole + 1 } else { whole }))
        }
        (Op::Ceiling | Op::Floor, [Val::Int(v)]) => Ok(Val::Int(*v)),
        (Op::Ceiling, [Val::Float(v)]) => Ok(Val::Float(v.ceil())),
        (Op::Floor, [Val::Float(v)]) => Ok(Val::Float(v.floor())),
        (Op::Abs, [Val::Int(v)]) => Ok(Val::Int(v.checked_abs().ok_or_else(|| overflow(call.out))?)),
        (Op::Abs, [Val::Dec(v)]) => Ok(Val::Dec(v.wrapping_abs())),
        (Op::Abs, [Val::Float(v)]) => Ok(Val::Float(v.abs())),
        (Op::Sign, [Val::Int(v)]) => Ok(Val::Int(v.signum())),
        (Op::Sign, [Val::Dec(v)]) => Ok(Val::Dec(v.signum() * pow10(scale))),
        (Op::Sign, [Val::Float(v)]) => Ok(Val::Float(if *v == 0.0 { 0.0 } else { v.signum() })),
        (Op::Power, [Val::Int(base), Val::Float(power)]) => power_of_int(*base, *power, call.out),
        (Op::Power, [Val::Float(base), Val::Float(power)]) => {
            let result = base.powf(*power);
            if result.is_nan() { Err(domain()) } else { Ok(Val::Float(result)) }
        }
        (Op::Power, [Val::Dec(base), Val::Float(power)]) => {
            let base: f64 = decimal_text(*base, scale).parse().map_err(|_| domain())?;
            let result = base.powf(*power);
            if result.is_nan() {
                return Err(domain());
            }
            convert(Val::Float(result), Ty::Float, call.out, None)
        }
        (Op::Sqrt, [Val::Float(v)]) if *v >= 0.0 => Ok(Val::Float(v.sqrt())),
        (Op::Square, [Val::Float(v)]) => Ok(Val::Float(v * v)),
        (Op::Exp, [Val::Float(v)]) => Ok(Val::Float(v.exp())),
        (Op::Log, [Val::Float(v)]) if *v > 0.0 => Ok(Val::Float(v.ln())),
        (Op::Log, [Val::Float(v), Val::Float(base)]) if *v > 0.0 && *base > 0.0 && *base != 1.0 => {
            Ok(Val::Float(v.ln() / base.ln()))
        }
        (Op::Log10, [Val::Float(v)]) if *v > 0.0 => Ok(Val::Float(v.log10())),
        _ => Err(domain()),
    }
}

fn domain() -> EngineError {
    calculation(3623, "an invalid floating point operation occurred")
}

fn power_of_int(base: i64, power: f64, out: Ty) -> Result<Val<'static>, EngineError> {
    let result = (base as f64).powf(power);
    if !result.is_finite() || result.abs() > 9.2e18 {
        return Err(overflow(out));
    }
    // Whole powers are exact where a float is not.
    let exact = (power >= 0.0 && power.fract() == 0.0 && power < 64.0)
        .then(|| base.checked_pow(power as u32))
        .flatten();
    Ok(Val::Int(exact.unwrap_or(result.trunc() as i64)))
}

fn round(number: &Val<'_>, scale: u8, places: i64, cut: bool, out: Ty) -> Result<Val<'static>, EngineError> {
    let step = |value: i128, drop: u8| -> Option<i128> {
        if drop > 38 {
            return Some(0);
        }
        let unit = pow10(drop);
        if cut { Some(value / unit * unit) } else { rescale(value, drop, 0)?.checked_mul(unit) }
    };
    match number {
        Val::Dec(v) => {
            let drop = u8::try_from((i64::from(scale) - places).clamp(0, 60)).unwrap_or(60);
            Ok(Val::Dec(within(step(*v, drop).ok_or_else(|| overflow(out))?, out)?))
        }
        Val::Int(v) => {
            let drop = u8::try_from((-places).clamp(0, 60)).unwrap_or(60);
            let value = step(i128::from(*v), drop).and_then(|v| i64::try_from(v).ok());
            Ok(Val::Int(value.ok_or_else(|| overflow(out))?))
        }
        Val::Float(v) => {
            let unit = 10f64.powi(i32::try_from(places.clamp(-300, 300)).unwrap_or(0));
            let scaled = v * unit;
            let rounded = if cut { scaled.trunc() } else { scaled.round() };
            Ok(Val::Float(if scaled.is_finite() { rounded / unit } else { *v }))
        }
        _ => Err(domain()),
    }
}
