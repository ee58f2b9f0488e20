//! `CAST`, `CONVERT`, `COLLATE`, and the types they name.

use sqlparser::ast;

use super::super::ops::{Op, call};
use super::super::types::{MAX_TEXT, Ty, Typed};
use super::arith::{coerce, widens};
use super::scope::Scope;
use super::{Bind, Binder, invalid, unsupported};

impl<'c> Binder<'c> {
    pub(super) fn cast(
        &self,
        expr: &ast::Expr,
        data_type: &ast::DataType,
        style: Option<&ast::Expr>,
        lenient: bool,
        default_length: u32,
        scope: &Scope<'_>,
    ) -> Bind<Typed> {
        let value = self.scalar(expr, scope)?;
        // `char(n)` is a text filled up with blanks.
        let filled = match data_type {
            ast::DataType::Char(length) | ast::DataType::Character(length) => {
                Some(sql_type(&ast::DataType::Varchar(*length), default_length)?)
            }
            _ => None,
        };
        let to = match filled {
            Some(ty) => ty,
            None => sql_type(data_type, default_length)?,
        };
        let style = match style {
            None => None,
            Some(style) => {
                let style = self.scalar(style, scope)?.constant_int().and_then(|n| u16::try_from(n).ok());
                Some(style.ok_or_else(|| unsupported("CONVERT (style that is not a literal)"))?)
            }
        };
        let value = explicit(value, to, style, lenient)?;
        Ok(match (filled, to) {
            (Some(_), Ty::Text(n)) if n <= 8000 => call(Op::Pad(n), vec![value], to),
            _ => value,
        })
    }
}

/// A text compared as another collation compares it: without case always, without accents if
/// the collation says so.
pub(super) fn collated(value: Typed, collation: &str) -> Bind<Typed> {
    if !value.ty.is_text() {
        return Err(invalid(format!("447: {} has no collation", value.ty.name())));
    }
    if collation == "DATABASE_DEFAULT" || collation.contains("_CI_AS") {
        return Ok(value);
    }
    if !collation.contains("_CI_AI") {
        return Err(unsupported(format!("COLLATE {collation}")));
    }
    let ty = value.ty;
    Ok(call(Op::AccentBlind { spanish: collation.contains("SPANISH") }, vec![value], ty))
}

/// `CAST` and `CONVERT`.
fn explicit(value: Typed, to: Ty, style: Option<u16>, lenient: bool) -> Bind<Typed> {
    let styled = style.filter(|style| {
        let money = value.ty == Ty::Money && to.is_text() && *style <= 2;
        money || value.ty.is_moment() || to.is_moment()
    });
    if style.is_some_and(|s| s != 0) && styled.is_none() {
        return Err(unsupported(format!("CONVERT(…, {})", style.unwrap_or_default())));
    }
    let allowed = match (value.ty, to) {
        (a, b) if a.is_numeric() && b == Ty::Date => false,
        (a, b) if a.is_moment() && b.is_numeric() => {
            return Err(unsupported(format!("CAST({} AS {})", a.name(), b.name())));
        }
        (a, b) if a.is_numeric() && b.is_moment() => a.is_integer() && b == Ty::DateTime,
        _ => true,
    };
    if !allowed {
        return Err(invalid(format!("529: {} cannot be converted to {}", value.ty.name(), to.name())));
    }
    if styled.is_none() && value.constant().is_none() && (value.ty == to || widens(value.ty, to)) {
        return coerce(value, to);
    }
    if value.ty == Ty::Null {
        return Ok(Typed::null(to));
    }
    Ok(call(Op::Cast { style: styled, lenient }, vec![value], to))
}

/// The type a T-SQL type name means.
pub(super) fn sql_type(data_type: &ast::DataType, default_length: u32) -> Bind<Ty> {
    use ast::DataType as D;
    let length = |l: &Option<ast::CharacterLength>| match l {
        None => Ok(default_length),
        Some(ast::CharacterLength::Max) => Ok(MAX_TEXT),
        Some(ast::CharacterLength::IntegerLength { length, .. }) => u32::try_from(*length)
            .ok()
            .filter(|n| (1..=8000).contains(n))
            .ok_or_else(|| invalid("131: no such length")),
    };
    let exact = |info: &ast::ExactNumberInfo| {
        let (p, s) = match info {
            ast::ExactNumberInfo::None => (18, 0),
            ast::ExactNumberInfo::Precision(p) => (*p, 0),
            ast::ExactNumberInfo::PrecisionAndScale(p, s) => (*p, *s),
        };
        match (u8::try_from(p), u8::try_from(s)) {
            (Ok(p), Ok(s)) if (1..=38).contains(&p) && s <= p => Ok(Ty::Decimal(p, s)),
            _ => Err(invalid("1002: no such precision or scale")),
        }
    };
    Ok(match data_type {
        D::TinyInt(None) => Ty::TinyInt,
        D::SmallInt(None) => Ty::SmallInt,
        D::Int(None) | D::Integer(None) => Ty::Int,
        D::BigInt(None) => Ty::BigInt,
        D::Bit(None) => Ty::Bit,
        D::Numeric(info) | D::Decimal(info) | D::Dec(info) => exact(info)?,
        D::Float(ast::ExactNumberInfo::None) | D::DoublePrecision => Ty::Float,
        D::Float(ast::ExactNumberInfo::Precision(p)) if *p > 24 && *p <= 53 => Ty::Float,
        D::Date => Ty::Date,
        D::Datetime(None) => Ty::DateTime,
        D::Varchar(l) | D::Nvarchar(l) | D::CharVarying(l) | D::CharacterVarying(l) => Ty::Text(length(l)?),
        D::Custom(name, args) if args.is_empty() && name.to_string().eq_ignore_ascii_case("money") => {
            Ty::Money
        }
        D::Custom(name, args) if name.to_string().eq_ignore_ascii_case("datetime2") => {
            match args.as_slice() {
                [] => Ty::DateTime2(7),
                [p] => match p.parse() {
                    Ok(p) if p <= 7 => Ty::DateTime2(p),
                    _ => return Err(invalid("1002: no such precision")),
                },
                _ => return Err(invalid("1002: no such precision")),
            }
        }
        other => return Err(unsupported(other.to_string())),
    })
}
