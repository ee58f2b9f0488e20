//! Function calls and windows.

use sqlparser::ast::{
    DuplicateTreatment, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentList,
    FunctionArguments, Ident, NullTreatment, WindowFrame, WindowFrameBound, WindowFrameUnits, WindowSpec,
    WindowType,
};

use super::{Printed, Printer};
use crate::guard::functions::{self, Form};
use crate::guard::rule::{Rule, Stop};

/// Most rows of a window before or behind the current one.
const MAX_FRAME: u32 = 1_000;

impl Printer<'_> {
    pub(super) fn function(&mut self, function: &Function, level: usize) -> Printed {
        let Function { name, uses_odbc_syntax, parameters, args, filter, null_treatment, over, within_group } =
            function;
        let parts = self.parts(name)?;
        let (function, form) = match parts.as_slice() {
            [ident] => {
                self.see(ident.span);
                self.allowed_function(ident)?
            }
            _ => {
                if let Some(first) = parts.first() {
                    self.see(first.span);
                }
                return Err(self.stop(Rule::QualifiedFunction).about(name.to_string()));
            }
        };
        self.absent(!uses_odbc_syntax && *parameters == FunctionArguments::None, function)?;
        self.absent(filter.is_none(), "FILTER")?;
        let mut out = match (args, form) {
            (FunctionArguments::None, Form::Constant) => function.to_string(),
            (FunctionArguments::List(list), form) if form != Form::Constant => {
                format!("{function}({})", self.arguments(function, form, list, level)?)
            }
            (FunctionArguments::None | FunctionArguments::List(_) | FunctionArguments::Subquery(_), _) => {
                return self.refuse(function);
            }
        };
        if !within_group.is_empty() {
            self.absent(form == Form::Ordered, "WITHIN GROUP")?;
            let keys = self.order_keys(within_group, level)?;
            out.push_str(&format!(" WITHIN GROUP (ORDER BY {})", keys.join(", ")));
        }
        if let Some(treatment) = null_treatment {
            self.absent(form == Form::Window, "IGNORE NULLS")?;
            out.push_str(match treatment {
                NullTreatment::IgnoreNulls => " IGNORE NULLS",
                NullTreatment::RespectNulls => " RESPECT NULLS",
            });
        }
        match (over, form) {
            (None, Form::Window) => Err(self.stop(Rule::UnsupportedSyntax).about(function)),
            (None, _) => Ok(out),
            (Some(window), Form::Window | Form::Aggregate | Form::Ordered) => {
                Ok(format!("{out} OVER {}", self.window(window, level)?))
            }
            (Some(_), Form::Scalar | Form::DatePart | Form::Constant | Form::Table) => self.refuse("OVER"),
        }
    }

    fn allowed_function(&self, ident: &Ident) -> Result<(&'static str, Form), Stop> {
        functions::allowed(&ident.value)
            .filter(|(_, form)| ident.quote_style.is_none() && *form != Form::Table)
            .ok_or_else(|| self.stop(Rule::FunctionNotAllowed).about(&ident.value))
    }

    fn arguments(
        &mut self,
        function: &str,
        form: Form,
        list: &FunctionArgumentList,
        level: usize,
    ) -> Printed {
        let FunctionArgumentList { duplicate_treatment, args, clauses } = list;
        self.absent(clauses.is_empty(), function)?;
        let mut printed = Vec::with_capacity(args.len());
        for (index, arg) in args.iter().enumerate() {
            printed.push(match arg {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Identifier(part)))
                    if form == Form::DatePart && index == 0 =>
                {
                    self.date_part(part)?
                }
                FunctionArg::Unnamed(FunctionArgExpr::Expr(_)) if form == Form::DatePart && index == 0 => {
                    return self.refuse(function);
                }
                FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => self.expr(expr, level)?,
                FunctionArg::Unnamed(FunctionArgExpr::Wildcard)
                    if matches!(function, "COUNT" | "COUNT_BIG") =>
                {
                    "*".to_string()
                }
                FunctionArg::Unnamed(
                    FunctionArgExpr::Wildcard
                    | FunctionArgExpr::QualifiedWildcard(_)
                    | FunctionArgExpr::WildcardWithOptions(_),
                )
                | FunctionArg::Named { .. }
                | FunctionArg::ExprNamed { .. } => return self.refuse(function),
            });
        }
        let distinct = match duplicate_treatment {
            None => "",
            Some(_) if form != Form::Aggregate => return self.refuse("DISTINCT"),
            Some(DuplicateTreatment::Distinct) => "DISTINCT ",
            Some(DuplicateTreatment::All) => "ALL ",
        };
        Ok(format!("{distinct}{}", printed.join(", ")))
    }

    fn date_part(&mut self, part: &Ident) -> Printed {
        self.see(part.span);
        if part.quote_style.is_none() && functions::is_date_part(&part.value) {
            return Ok(part.value.clone());
        }
        self.refuse(&part.value)
    }

    fn window(&mut self, window: &WindowType, level: usize) -> Printed {
        match window {
            WindowType::WindowSpec(spec) => Ok(format!("({})", self.window_spec(spec, level)?)),
            WindowType::NamedWindow(name) => self.ident(name),
        }
    }

    pub(super) fn window_spec(&mut self, spec: &WindowSpec, level: usize) -> Printed {
        let WindowSpec { window_name, partition_by, order_by, window_frame } = spec;
        self.absent(window_name.is_none(), "WINDOW")?;
        let mut clauses = Vec::new();
        if !partition_by.is_empty() {
            clauses.push(format!("PARTITION BY {}", self.exprs(partition_by, level)?.join(", ")));
        }
        if !order_by.is_empty() {
            clauses.push(format!("ORDER BY {}", self.order_keys(order_by, level)?.join(", ")));
        }
        if let Some(frame) = window_frame {
            clauses.push(self.frame(frame, level)?);
        }
        Ok(clauses.join(" "))
    }

    fn frame(&mut self, frame: &WindowFrame, level: usize) -> Printed {
        let WindowFrame { units, start_bound, end_bound } = frame;
        let units = match units {
            WindowFrameUnits::Rows => "ROWS",
            WindowFrameUnits::Range => "RANGE",
            WindowFrameUnits::Groups => return self.refuse("GROUPS"),
        };
        let start = self.bound(start_bound, level)?;
        Ok(match end_bound {
            None => format!("{units} {start}"),
            Some(end) => format!("{units} BETWEEN {start} AND {}", self.bound(end, level)?),
        })
    }

    fn bound(&mut self, bound: &WindowFrameBound, level: usize) -> Printed {
        Ok(match bound {
            WindowFrameBound::CurrentRow => "CURRENT ROW".to_string(),
            WindowFrameBound::Preceding(None) => "UNBOUNDED PRECEDING".to_string(),
            WindowFrameBound::Following(None) => "UNBOUNDED FOLLOWING".to_string(),
            WindowFrameBound::Preceding(Some(rows)) => format!("{} PRECEDING", self.frame_rows(rows, level)?),
            WindowFrameBound::Following(Some(rows)) => format!("{} FOLLOWING", self.frame_rows(rows, level)?),
        })
    }

    /// A frame is recomputed for every row, so its rows are counted: a plain number, not too many.
    fn frame_rows(&mut self, rows: &Expr, level: usize) -> Printed {
        let printed = self.expr(rows, level)?;
        match printed.parse::<u32>() {
            Ok(count) if count <= MAX_FRAME => Ok(printed),
            _ => Err(self.stop(Rule::WideFrame).about(printed)),
        }
    }
}
