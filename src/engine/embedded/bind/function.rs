//! Functions by their T-SQL names.

use datafusion::logical_expr::{Case, Expr};
use sqlparser::ast;

use super::super::ops::{Op, call, joined_length};
use super::super::types::{MAX_TEXT, Ty, Typed};
use super::arith::{case_of, coerce};
use super::predicate::{Comparison, compare};
use super::scope::Scope;
use super::{Bind, Binder, invalid, unsupported};

/// Whether a function is an aggregate this engine has.
pub(super) fn is_aggregate(name: &str) -> bool {
    const NAMES: [&str; 15] = [
        "APPROX_COUNT_DISTINCT",
        "APPROX_PERCENTILE_CONT",
        "APPROX_PERCENTILE_DISC",
        "COUNT",
        "COUNT_BIG",
        "SUM",
        "AVG",
        "MIN",
        "MAX",
        "STDEV",
        "STDEVP",
        "VAR",
        "VARP",
        "STRING_AGG",
        "GROUPING",
    ];
    NAMES.iter().any(|n| n.eq_ignore_ascii_case(name)) || name.eq_ignore_ascii_case("GROUPING_ID")
}

impl<'c> Binder<'c> {
    pub(super) fn function(&self, f: &ast::Function, scope: &Scope<'_>) -> Bind<Typed> {
        let name = f.name.to_string().to_uppercase();
        if f.uses_odbc_syntax || !matches!(f.parameters, ast::FunctionArguments::None) {
            return Err(unsupported(name));
        }
        if let Some(over) = &f.over {
            return self.windowed(&name, f, over, scope);
        }
        if matches!(name.as_str(), "GROUPING" | "GROUPING_ID") {
            return self.grouping_flag(&name, f, scope);
        }
        if is_aggregate(&name) {
            return self.group_aggregate(&name, f, scope);
        }
        if f.filter.is_some() || !f.within_group.is_empty() || f.null_treatment.is_some() {
            return Err(unsupported(name));
        }
        let args = arguments(&name, f)?;
        match name.as_str() {
            "IIF" => self.iif(&args, scope),
            "DATEADD" | "DATEDIFF" | "DATEDIFF_BIG" | "DATEPART" | "DATENAME" | "DATETRUNC"
            | "DATE_BUCKET" => self.date_function(&name, &args, scope),
            _ => {
                let values = args.iter().map(|e| self.scalar(e, scope)).collect::<Bind<Vec<_>>>()?;
                self.simple(&name, values)
            }
        }
    }

    fn grouping_flag(&self, name: &str, f: &ast::Function, scope: &Scope<'_>) -> Bind<Typed> {
        let args = arguments(name, f)?;
        if args.is_empty() || name == "GROUPING" && args.len() != 1 {
            return Err(invalid(format!("174: {name} takes other arguments")));
        }
        let mut bits: Option<Typed> = None;
        for arg in args {
            scope.inside_aggregate.set(true);
            let raw = self.scalar(arg, scope);
            scope.inside_aggregate.set(false);
            let raw = raw?;
            let id = self.id();
            let flag = scope.grouping.borrow_mut().as_mut().and_then(|g| g.flag(&raw.expr, id));
            let flag = flag.ok_or_else(|| invalid(format!("8161: {name} needs a column of GROUP BY")))?;
            let flag = Typed::new(flag, super::group::GROUPING_TYPE);
            bits = Some(match bits {
                None => flag,
                Some(before) => {
                    use super::super::types::Arith;
                    let doubled = super::arith::arithmetic(Arith::Mul, before, Typed::int(2))?;
                    super::arith::arithmetic(Arith::Add, doubled, flag)?
                }
            });
        }
        bits.ok_or_else(|| invalid(format!("174: {name} needs an argument")))
    }

    fn iif(&self, args: &[&ast::Expr], scope: &Scope<'_>) -> Bind<Typed> {
        let [condition, yes, no] = args else { return Err(invalid("174: IIF takes three arguments")) };
        let condition = self.predicate(condition, scope)?;
        case_of(vec![condition], vec![self.scalar(yes, scope)?], Some(self.scalar(no, scope)?))
    }

    pub(super) fn whole_number(&self, op: Op, expr: &ast::Expr, scope: &Scope<'_>) -> Bind<Typed> {
        rounded_whole(op, self.scalar(expr, scope)?)
    }

    pub(super) fn trim(
        &self,
        side: Option<&ast::TrimWhereField>,
        what: Option<&ast::Expr>,
        expr: &ast::Expr,
        scope: &Scope<'_>,
    ) -> Bind<Typed> {
        let op = match side {
            None | Some(ast::TrimWhereField::Both) => Op::Trim,
            Some(ast::TrimWhereField::Leading) => Op::LTrim,
            Some(ast::TrimWhereField::Trailing) => Op::RTrim,
        };
        let mut args = vec![text(self.scalar(expr, scope)?)?];
        if let Some(what) = what {
            args.push(text(self.scalar(what, scope)?)?);
        }
        Ok(of_first(op, args))
    }

    /// Functions whose arguments are plain values.
    fn simple(&self, name: &str, args: Vec<Typed>) -> Bind<Typed> {
        let wrong = || invalid(format!("174: {name} takes another number of arguments"));
        let one = |args: Vec<Typed>| <[Typed; 1]>::try_from(args).map(|[a]| a).map_err(|_| wrong());
        let two = |args: Vec<Typed>| <[Typed; 2]>::try_from(args).map_err(|_| wrong());
        let float = |op: Op, args: Vec<Typed>| {
            let args = args.into_iter().map(|a| coerce(a, Ty::Float)).collect::<Bind<Vec<_>>>()?;
            Ok(call(op, args, Ty::Float))
        };
        match name {
            "ISNULL" => {
                let [value, other] = two(args)?;
                let ty = if value.ty == Ty::Null { other.ty } else { value.ty };
                let (value, other) = (coerce(value, ty)?, narrowed(other, ty)?);
                Ok(Typed::new(chosen(value.expr.clone().is_not_null(), value.expr, other.expr), ty))
            }
            "COALESCE" => {
                let conditions = args.iter().map(|a| a.expr.clone().is_not_null()).collect();
                if args.len() < 2 { Err(wrong()) } else { case_of(conditions, args, None) }
            }
            "NULLIF" => {
                let [value, other] = two(args)?;
                if value.ty == Ty::Null {
                    return Err(invalid("4151: the first argument of NULLIF must be more than NULL"));
                }
                let same = compare(Comparison::Equal, value.clone(), other)?;
                let ty = value.ty;
                Ok(Typed::new(chosen(same, Typed::null(ty).expr, value.expr), ty))
            }
            "CHOOSE" => {
                let mut args = args.into_iter();
                let index = coerce(args.next().ok_or_else(wrong)?, Ty::Int)?;
                let results: Vec<Typed> = args.collect();
                let conditions = (1i32..)
                    .take(results.len())
                    .map(|n| compare(Comparison::Equal, index.clone(), Typed::int(n)))
                    .collect::<Bind<Vec<_>>>()?;
                case_of(conditions, results, None)
            }
            "GETDATE" | "CURRENT_TIMESTAMP" if args.is_empty() => Ok(self.moment(Ty::DateTime)),
            "SYSDATETIME" if args.is_empty() => Ok(self.moment(Ty::DateTime2(7))),
            "GETUTCDATE" if args.is_empty() => Ok(self.moment_utc(Ty::DateTime)),
            "SYSUTCDATETIME" if args.is_empty() => Ok(self.moment_utc(Ty::DateTime2(7))),
            "YEAR" | "MONTH" | "DAY" | "EOMONTH" | "DATEFROMPARTS" => self.simple_date(name, args),
            "CONCAT" | "CONCAT_WS" => {
                if args.len() < 2 {
                    return Err(wrong());
                }
                let types: Vec<Ty> = args.iter().map(|a| a.ty).collect();
                let op = if name == "CONCAT" { Op::Concat } else { Op::ConcatWs };
                Ok(call(op, args, Ty::Text(joined_length(&types))))
            }
            "LEN" => Ok(call(Op::Len, vec![text(one(args)?)?], Ty::Int)),
            "LEFT" | "RIGHT" => {
                let [value, count] = two(args)?;
                let op = if name == "LEFT" { Op::Left } else { Op::Right };
                Ok(of_first(op, vec![text(value)?, coerce(count, Ty::Int)?]))
            }
            "SUBSTRING" => substring(args),
            "CHARINDEX" => {
                let mut args = args.into_iter();
                let (what, value, from) = (args.next(), args.next(), args.next());
                let mut all = vec![text(what.ok_or_else(wrong)?)?, text(value.ok_or_else(wrong)?)?];
                if let Some(from) = from {
                    all.push(coerce(from, Ty::Int)?);
                }
                Ok(call(Op::CharIndex, all, Ty::Int))
            }
            "PATINDEX" => {
                let [pattern, value] = two(args)?;
                Ok(call(Op::PatIndex, vec![text(pattern)?, text(value)?], Ty::Int))
            }
            "REPLACE" => {
                let [value, what, by] = <[Typed; 3]>::try_from(args).map_err(|_| wrong())?;
                let ty = if value.ty == Ty::Text(MAX_TEXT) { value.ty } else { Ty::Text(4000) };
                Ok(call(Op::Replace, vec![text(value)?, text(what)?, text(by)?], ty))
            }
            "STUFF" => {
                let [value, start, count, by] = <[Typed; 4]>::try_from(args).map_err(|_| wrong())?;
                let args = vec![text(value)?, coerce(start, Ty::Int)?, coerce(count, Ty::Int)?, text(by)?];
                Ok(call(Op::Stuff, args, Ty::Text(4000)))
            }
            "TRIM" | "LTRIM" | "RTRIM" | "UPPER" | "LOWER" | "REVERSE" => {
                let op = match name {
                    "TRIM" => Op::Trim,
                    "LTRIM" => Op::LTrim,
                    "RTRIM" => Op::RTrim,
                    "UPPER" => Op::Upper,
                    "LOWER" => Op::Lower,
                    _ => Op::Reverse,
                };
                // `LTRIM` and `RTRIM` may say which characters.
                let most = if matches!(name, "LTRIM" | "RTRIM") { 2 } else { 1 };
                if !(1..=most).contains(&args.len()) {
                    return Err(wrong());
                }
                Ok(of_first(op, args.into_iter().map(text).collect::<Bind<Vec<_>>>()?))
            }
            "TRANSLATE" => {
                let args = args.into_iter().map(text).collect::<Bind<Vec<_>>>()?;
                if args.len() != 3 { Err(wrong()) } else { Ok(of_first(Op::Translate, args)) }
            }
            "QUOTENAME" if (1..=2).contains(&args.len()) => {
                let args = args.into_iter().map(text).collect::<Bind<Vec<_>>>()?;
                Ok(call(Op::QuoteName, args, Ty::Text(258)))
            }
            "CHAR" | "NCHAR" => Ok(call(Op::Char, vec![coerce(one(args)?, Ty::Int)?], Ty::Text(1))),
            "UNICODE" => Ok(call(Op::Unicode, vec![text(one(args)?)?], Ty::Int)),
            "ASCII" => Ok(call(Op::Ascii, vec![text(one(args)?)?], Ty::Int)),
            "PI" if args.is_empty() => Ok(Typed::literal(
                datafusion::common::ScalarValue::Float64(Some(std::f64::consts::PI)),
                Ty::Float,
            )),
            "GREATEST" | "LEAST" => extreme_of(name, args),
            "STR" => {
                let mut args = args.into_iter();
                let value = coerce(args.next().ok_or_else(wrong)?, Ty::Float)?;
                let size = args.next().map_or(Ok(Typed::int(10)), |a| coerce(a, Ty::Int))?;
                let places = args.next().map_or(Ok(Typed::int(0)), |a| coerce(a, Ty::Int))?;
                Ok(call(Op::Str, vec![value, size, places], Ty::Text(8000)))
            }
            "FORMAT" => {
                let mut all = Vec::new();
                for (i, arg) in args.into_iter().enumerate() {
                    all.push(if i == 0 { arg } else { text(arg)? });
                }
                match all.first() {
                    Some(v) if (2..=3).contains(&all.len()) && (v.ty.is_numeric() || v.ty.is_moment()) => {
                        Ok(call(Op::Format, all, Ty::Text(4000)))
                    }
                    Some(v) => Err(invalid(format!("8116: FORMAT does not take {}", v.ty.name()))),
                    None => Err(wrong()),
                }
            }
            "ROUND" => {
                let mut args = args.into_iter();
                let value = number(args.next().ok_or_else(wrong)?)?;
                let ty = value.ty;
                let mut all = vec![value, coerce(args.next().ok_or_else(wrong)?, Ty::Int)?];
                if let Some(cut) = args.next() {
                    all.push(coerce(cut, Ty::Int)?);
                }
                Ok(call(Op::Round, all, ty))
            }
            "CEILING" => rounded_whole(Op::Ceiling, one(args)?),
            "FLOOR" => rounded_whole(Op::Floor, one(args)?),
            "ABS" | "SIGN" => {
                let value = number(one(args)?)?;
                let ty = value.ty;
                Ok(call(if name == "ABS" { Op::Abs } else { Op::Sign }, vec![value], ty))
            }
            "POWER" => {
                let [base, power] = two(args)?;
                let (base, power) = (number(base)?, coerce(power, Ty::Float)?);
                let out = match base.ty {
                    Ty::Decimal(_, s) => Ty::Decimal(38, s),
                    other => other,
                };
                Ok(call(Op::Power, vec![base, power], out))
            }
            "SQRT" | "SQUARE" | "EXP" | "LOG10" if args.len() == 1 => {
                let op = match name {
                    "SQRT" => Op::Sqrt,
                    "SQUARE" => Op::Square,
                    "EXP" => Op::Exp,
                    _ => Op::Log10,
                };
                float(op, args)
            }
            "LOG" if (1..=2).contains(&args.len()) => float(Op::Log, args),
            "ISNUMERIC" | "ISDATE" => {
                let value = one(args)?;
                if !value.ty.is_text() {
                    return Err(unsupported(format!("{name} ({})", value.ty.name())));
                }
                Ok(call(if name == "ISDATE" { Op::IsDate } else { Op::IsNumeric }, vec![value], Ty::Int))
            }
            _ => Err(unsupported(name)),
        }
    }
}

/// The arguments of a function, which are all plain.
pub(super) fn arguments<'a>(name: &str, f: &'a ast::Function) -> Bind<Vec<&'a ast::Expr>> {
    match &f.args {
        ast::FunctionArguments::None => Ok(Vec::new()),
        ast::FunctionArguments::List(list)
            if list.duplicate_treatment.is_none() && list.clauses.is_empty() =>
        {
            list.args
                .iter()
                .map(|arg| match arg {
                    ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Expr(e)) => Ok(e),
                    _ => Err(unsupported(name)),
                })
                .collect()
        }
        _ => Err(unsupported(name)),
    }
}

fn chosen(condition: Expr, yes: Expr, no: Expr) -> Expr {
    Expr::Case(Case {
        expr: None,
        when_then_expr: vec![(Box::new(condition), Box::new(yes))],
        else_expr: Some(Box::new(no)),
    })
}

/// A value cut to a shorter text, as `ISNULL` cuts its second argument.
fn narrowed(value: Typed, to: Ty) -> Bind<Typed> {
    match (value.ty, to) {
        (Ty::Text(a), Ty::Text(b)) if a > b => {
            Ok(call(Op::Cast { style: None, lenient: false }, vec![value], to))
        }
        _ => coerce(value, to),
    }
}

/// `GREATEST` and `LEAST`, which pass over NULL.
fn extreme_of(name: &str, args: Vec<Typed>) -> Bind<Typed> {
    // Each further value repeats the ones before it.
    if args.len() > 5 {
        return Err(unsupported(format!("{name} (> 5)")));
    }
    let ty = super::arith::common_type(&args)?;
    let keep = if name == "GREATEST" { Comparison::GreaterOrEqual } else { Comparison::LessOrEqual };
    let mut args = args.into_iter().map(|a| coerce(a, ty));
    let first = args.next().ok_or_else(|| invalid(format!("174: {name} needs arguments")))??;
    args.try_fold(first, |best, next| {
        let next = next?;
        let missing = next.expr.clone().is_null();
        let better = compare(keep, best.clone(), next.clone())?;
        let best_stays = datafusion::logical_expr::or(missing, better);
        Ok(Typed::new(chosen(best_stays, best.expr, next.expr), ty))
    })
}

/// A value as text, as the text functions take it.
fn text(value: Typed) -> Bind<Typed> {
    if value.ty.is_text() { Ok(value) } else { coerce(value, Ty::Text(40)) }
}

/// A value as a number, as the mathematical functions take it.
fn number(value: Typed) -> Bind<Typed> {
    match value.ty {
        Ty::Text(_) => coerce(value, Ty::Float),
        Ty::Null | Ty::Bit => coerce(value, Ty::Int),
        ty if ty.is_numeric() => Ok(value),
        ty => Err(invalid(format!("8116: {} is not a number", ty.name()))),
    }
}

fn rounded_whole(op: Op, value: Typed) -> Bind<Typed> {
    let value = number(value)?;
    let ty = match value.ty {
        Ty::Decimal(p, _) => Ty::Decimal(p, 0),
        Ty::Money => return coerce(call(op, vec![value], Ty::Decimal(19, 0)), Ty::Money),
        other => other,
    };
    Ok(call(op, vec![value], ty))
}

fn of_first(op: Op, args: Vec<Typed>) -> Typed {
    let ty = args.first().map_or(Ty::Text(4000), |a| a.ty);
    call(op, args, ty)
}

/// `SUBSTRING`.
pub(super) fn substring(args: Vec<Typed>) -> Bind<Typed> {
    let [value, start, count] =
        <[Typed; 3]>::try_from(args).map_err(|_| invalid("174: SUBSTRING takes three arguments"))?;
    Ok(of_first(Op::Substring, vec![text(value)?, coerce(start, Ty::Int)?, coerce(count, Ty::Int)?]))
}
