//! The functions of date and time.

use datafusion::common::ScalarValue;
use sqlparser::ast;

use super::super::ops::{Op, Part, call};
use super::super::types::{Ty, Typed};
use super::arith::coerce;
use super::scope::Scope;
use super::{Bind, Binder, invalid, unsupported};

impl<'c> Binder<'c> {
    /// The moment the query began.
    pub(super) fn moment(&self, ty: Ty) -> Typed {
        let micros = self.now.and_utc().timestamp_micros();
        let exact = Typed::literal(ScalarValue::TimestampMicrosecond(Some(micros), None), Ty::DateTime2(7));
        if ty == exact.ty { exact } else { call(Op::Cast { style: None, lenient: false }, vec![exact], ty) }
    }

    /// The same moment in UTC: the store's clock is five hours behind all year.
    pub(super) fn moment_utc(&self, ty: Ty) -> Typed {
        let utc = self.now + chrono::TimeDelta::hours(5);
        let micros = utc.and_utc().timestamp_micros();
        let exact = Typed::literal(ScalarValue::TimestampMicrosecond(Some(micros), None), Ty::DateTime2(7));
        if ty == exact.ty { exact } else { call(Op::Cast { style: None, lenient: false }, vec![exact], ty) }
    }

    /// Functions whose first argument names a part of a date.
    pub(super) fn date_function(&self, name: &str, args: &[&ast::Expr], scope: &Scope<'_>) -> Bind<Typed> {
        let Some((first, rest)) = args.split_first() else {
            return Err(invalid(format!("174: {name} needs arguments")));
        };
        let ast::Expr::Identifier(word) = first else {
            return Err(invalid(format!("1023: {name} needs the name of a date's part")));
        };
        let part = Part::named(&word.value).ok_or_else(|| unsupported(format!("{name}({})", word.value)))?;
        let values = rest.iter().map(|e| self.scalar(e, scope)).collect::<Bind<Vec<_>>>()?;
        match (name, values.as_slice()) {
            ("DATEADD", [count, at]) => date_add(part, count.clone(), at.clone()),
            ("DATEDIFF", [from, to]) => {
                let args = vec![moment_like(from.clone())?, moment_like(to.clone())?];
                Ok(call(Op::DateDiff(part), args, Ty::Int))
            }
            ("DATEDIFF_BIG", [from, to]) => {
                let args = vec![moment_like(from.clone())?, moment_like(to.clone())?];
                Ok(call(Op::DateDiff(part), args, Ty::BigInt))
            }
            ("DATEPART", [at]) => {
                let at = moment_like(at.clone())?;
                no_time_of_date(name, part, &at)?;
                Ok(call(Op::DatePart(part), vec![at], Ty::Int))
            }
            ("DATENAME", [at]) => {
                let at = moment_like(at.clone())?;
                no_time_of_date(name, part, &at)?;
                Ok(call(Op::DateName(part), vec![at], Ty::Text(30)))
            }
            ("DATETRUNC", [at]) => {
                let at = moment_like(at.clone())?;
                no_time_of_date(name, part, &at)?;
                if part == Part::Weekday {
                    return Err(invalid("9810: DATETRUNC does not take weekday"));
                }
                let ty = at.ty;
                Ok(call(Op::DateTrunc(part), vec![at], ty))
            }
            ("DATE_BUCKET", [count, at, rest @ ..]) if rest.len() < 2 => {
                let at = moment_like(at.clone())?;
                no_time_of_date(name, part, &at)?;
                if matches!(part, Part::Weekday | Part::DayOfYear | Part::IsoWeek) {
                    return Err(invalid(format!("9810: DATE_BUCKET does not take {}", word.value)));
                }
                let ty = at.ty;
                let mut args = vec![coerce(count.clone(), Ty::BigInt)?, at];
                for origin in rest {
                    args.push(coerce(moment_like(origin.clone())?, ty)?);
                }
                Ok(call(Op::DateBucket(part), args, ty))
            }
            _ => Err(invalid(format!("174: {name} takes another number of arguments"))),
        }
    }

    /// Functions of plain values.
    pub(super) fn simple_date(&self, name: &str, args: Vec<Typed>) -> Bind<Typed> {
        let wrong = || invalid(format!("174: {name} takes another number of arguments"));
        match (name, args.as_slice()) {
            ("YEAR" | "MONTH" | "DAY", [at]) => {
                let part = match name {
                    "YEAR" => Part::Year,
                    "MONTH" => Part::Month,
                    _ => Part::Day,
                };
                Ok(call(Op::DatePart(part), vec![moment_like(at.clone())?], Ty::Int))
            }
            ("EOMONTH", [at]) => Ok(call(Op::EoMonth, vec![moment_like(at.clone())?], Ty::Date)),
            ("EOMONTH", [at, months]) => {
                let args = vec![moment_like(at.clone())?, coerce(months.clone(), Ty::Int)?];
                Ok(call(Op::EoMonth, args, Ty::Date))
            }
            ("DATEFROMPARTS", [_, _, _]) => {
                let args = args.into_iter().map(|a| coerce(a, Ty::Int)).collect::<Bind<Vec<_>>>()?;
                Ok(call(Op::DateFromParts, args, Ty::Date))
            }
            _ => Err(wrong()),
        }
    }
}

fn date_add(part: Part, count: Typed, at: Typed) -> Bind<Typed> {
    // A text is a datetime here; a date keeps its type and has no hours to add to.
    let at = if at.ty.is_moment() { at } else { coerce(at, Ty::DateTime)? };
    no_time_of_date("DATEADD", part, &at)?;
    if part == Part::IsoWeek {
        return Err(invalid("9810: DATEADD does not take iso_week"));
    }
    // Fractions of the number are cut off.
    let count = call(Op::Cast { style: None, lenient: false }, vec![count], Ty::Int);
    let ty = at.ty;
    Ok(call(Op::DateAdd(part), vec![count, at], ty))
}

/// A value as a moment: a text or a whole number becomes a `datetime`.
fn moment_like(value: Typed) -> Bind<Typed> {
    match value.ty {
        ty if ty.is_moment() => Ok(value),
        // Texts are read to the finest type, so that no part of them is lost.
        Ty::Text(_) | Ty::Null => coerce(value, Ty::DateTime2(7)),
        ty if ty.is_integer() => coerce(value, Ty::DateTime),
        ty => Err(invalid(format!("8116: {} is not a date", ty.name()))),
    }
}

fn no_time_of_date(name: &str, part: Part, at: &Typed) -> Bind<()> {
    if part.is_time() && at.ty == Ty::Date {
        return Err(invalid(format!("9810: {name} of a date takes no part of the time")));
    }
    Ok(())
}
