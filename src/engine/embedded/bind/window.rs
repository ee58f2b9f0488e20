//! Window functions.

use std::sync::Arc;

use datafusion::common::{Column, ScalarValue};
use datafusion::functions_window::{cume_dist, lead_lag, nth_value, ntile, rank, row_number};
use datafusion::logical_expr::expr::{NullTreatment, Sort, WindowFunction, WindowFunctionParams};
use datafusion::logical_expr::{
    Expr, WindowFrame, WindowFrameBound, WindowFrameUnits, WindowFunctionDefinition, WindowUDF, cast, lit,
};
use sqlparser::ast;

use super::super::types::{Ty, Typed};
use super::aggregate::Plain;
use super::arith::coerce;
use super::function::is_aggregate;
use super::group::equality;
use super::order::{SortItem, ordering};
use super::scope::Scope;
use super::{Bind, Binder, invalid, unsupported};

/// An `OVER` clause, bound.
struct Over {
    partition: Vec<Expr>,
    order: Vec<Sort>,
    /// Whether an `ORDER BY` stands there, be it by a constant.
    ordered: bool,
    frame: WindowFrame,
    has_frame: bool,
}

impl<'c> Binder<'c> {
    /// A function with `OVER`.
    pub(super) fn windowed(
        &self,
        name: &str,
        f: &ast::Function,
        over: &ast::WindowType,
        scope: &Scope<'_>,
    ) -> Bind<Typed> {
        if scope.windows.borrow().is_none() {
            return Err(invalid("4108: window functions stand only in SELECT and ORDER BY"));
        }
        let spec = match over {
            ast::WindowType::WindowSpec(spec) => spec,
            ast::WindowType::NamedWindow(name) => named_window(name, scope)?,
        };
        // Arguments are bound where no further window may stand.
        let found = scope.windows.borrow_mut().take();
        let parts = self.over(spec, scope).and_then(|over| {
            let args = self.aggregate_arguments(name, f, scope)?;
            let within = f.within_group.iter().map(|o| self.sort_expr(o, scope)).collect::<Bind<Vec<_>>>()?;
            Ok((over, args, within))
        });
        *scope.windows.borrow_mut() = found;
        let (over, (args, distinct), within) = parts?;
        if name == "NTH_VALUE" || name.starts_with("APPROX") {
            return Err(unsupported(name));
        }
        if is_aggregate(name) || matches!(name, "PERCENTILE_CONT" | "PERCENTILE_DISC") {
            return self.aggregate_window(name, args, distinct, within, &over, scope);
        }
        if distinct {
            return Err(invalid(format!("10759: DISTINCT does not go with {name}")));
        }
        let nulls = null_treatment(f)?;
        self.ranking(name, args.into_iter().flatten().collect(), &over, nulls, scope)
    }

    fn over(&self, spec: &ast::WindowSpec, scope: &Scope<'_>) -> Bind<Over> {
        if spec.window_name.is_some() {
            return Err(unsupported("WINDOW"));
        }
        let partition = spec
            .partition_by
            .iter()
            .map(|e| self.scalar(e, scope).map(|v| equality(&v)))
            .collect::<Bind<Vec<_>>>()?;
        let order = spec.order_by.iter().map(|o| self.sort_expr(o, scope)).collect::<Bind<Vec<_>>>()?;
        // A constant orders nothing: all rows are peers.
        let order: Vec<Sort> =
            order.into_iter().filter(|o| o.value.constant().is_none()).map(ordering).collect();
        let ordered = !spec.order_by.is_empty();
        let frame = match &spec.window_frame {
            Some(frame) if order.is_empty() && frame.units == ast::WindowFrameUnits::Range => {
                frame_of(frame)?;
                unbounded()
            }
            Some(frame) => frame_of(frame)?,
            None if order.is_empty() => unbounded(),
            None => WindowFrame::new_bounds(
                WindowFrameUnits::Range,
                WindowFrameBound::Preceding(ScalarValue::Null),
                WindowFrameBound::CurrentRow,
            ),
        };
        if spec.window_frame.is_some() && !ordered {
            return Err(invalid("10756: a window frame needs an ORDER BY"));
        }
        Ok(Over { partition, order, ordered, frame, has_frame: spec.window_frame.is_some() })
    }

    fn aggregate_window(
        &self,
        name: &str,
        args: Vec<Option<Typed>>,
        distinct: bool,
        within: Vec<SortItem>,
        over: &Over,
        scope: &Scope<'_>,
    ) -> Bind<Typed> {
        if distinct {
            return Err(invalid(format!("10759: DISTINCT does not go with OVER in {name}")));
        }
        let text = matches!(args.first(), Some(Some(v)) if v.ty.is_text());
        if name == "STRING_AGG" || text && matches!(name, "MIN" | "MAX") {
            return Err(unsupported(format!("{name} OVER")));
        }
        if name.starts_with("PERCENTILE") && (over.ordered || over.has_frame) {
            return Err(invalid(format!("10752: {name} takes no ORDER BY in its OVER")));
        }
        let mut place = |plain: Plain| {
            let definition = WindowFunctionDefinition::AggregateUDF(plain.function);
            Ok(self.place_window(definition, plain.args, over, over.frame.clone(), None, scope))
        };
        self.aggregate(name, (args, false), within, &mut place)
    }

    /// Remembers a window calculation and gives its column.
    fn place_window(
        &self,
        fun: WindowFunctionDefinition,
        args: Vec<Expr>,
        over: &Over,
        window_frame: WindowFrame,
        null_treatment: Option<NullTreatment>,
        scope: &Scope<'_>,
    ) -> Expr {
        let params = WindowFunctionParams {
            args,
            partition_by: over.partition.clone(),
            order_by: over.order.clone(),
            window_frame,
            filter: None,
            null_treatment,
            distinct: false,
        };
        let expr = Expr::WindowFunction(Box::new(WindowFunction { fun, params }));
        let column = Expr::Column(Column::from_name(expr.schema_name().to_string()));
        if let Some(windows) = scope.windows.borrow_mut().as_mut()
            && !windows.contains(&expr)
        {
            windows.push(expr);
        }
        column
    }

    fn ranking(
        &self,
        name: &str,
        args: Vec<Typed>,
        over: &Over,
        nulls: Option<NullTreatment>,
        scope: &Scope<'_>,
    ) -> Bind<Typed> {
        if !over.ordered {
            return Err(invalid(format!("4112: {name} needs an ORDER BY in its OVER")));
        }
        let framed = matches!(name, "FIRST_VALUE" | "LAST_VALUE");
        if over.has_frame && !framed {
            return Err(invalid(format!("10752: {name} takes no window frame")));
        }
        let place = |function: Arc<WindowUDF>, args: Vec<Expr>, frame: WindowFrame| {
            self.place_window(WindowFunctionDefinition::WindowUDF(function), args, over, frame, nulls, scope)
        };
        let rank = |function: Arc<WindowUDF>| {
            let column = place(function, vec![], unbounded());
            Typed::new(cast(column, Ty::BigInt.arrow()), Ty::BigInt)
        };
        match (name, args.as_slice()) {
            ("ROW_NUMBER", []) => Ok(rank(row_number::row_number_udwf())),
            ("RANK", []) => Ok(rank(rank::rank_udwf())),
            ("DENSE_RANK", []) => Ok(rank(rank::dense_rank_udwf())),
            ("PERCENT_RANK", []) => {
                Ok(Typed::new(place(rank::percent_rank_udwf(), vec![], unbounded()), Ty::Float))
            }
            ("CUME_DIST", []) => {
                Ok(Typed::new(place(cume_dist::cume_dist_udwf(), vec![], unbounded()), Ty::Float))
            }
            ("NTILE", [n]) => {
                let tiles = n.constant_int().filter(|n| *n > 0);
                let tiles = tiles.ok_or_else(|| invalid("4116: NTILE needs a positive number"))?;
                let column = place(ntile::ntile_udwf(), vec![lit(tiles)], unbounded());
                Ok(Typed::new(cast(column, Ty::BigInt.arrow()), Ty::BigInt))
            }
            ("FIRST_VALUE", [v]) => Ok(Typed::new(
                place(nth_value::first_value_udwf(), vec![v.expr.clone()], over.frame.clone()),
                v.ty,
            )),
            ("LAST_VALUE", [v]) => Ok(Typed::new(
                place(nth_value::last_value_udwf(), vec![v.expr.clone()], over.frame.clone()),
                v.ty,
            )),
            ("LAG" | "LEAD", [value, rest @ ..]) => {
                let function = if name == "LAG" { lead_lag::lag_udwf() } else { lead_lag::lead_udwf() };
                let (offset, default) = match rest {
                    [] => (1, None),
                    [offset] => (offset_of(offset)?, None),
                    [offset, default] => (offset_of(offset)?, Some(coerce(default.clone(), value.ty)?)),
                    _ => return Err(invalid(format!("174: {name} takes three arguments at the most"))),
                };
                let mut args = vec![value.expr.clone(), lit(offset)];
                if let Some(default) = default {
                    if default.constant().is_none() {
                        return Err(unsupported(format!("{name} (default that is not a literal)")));
                    }
                    args.push(default.expr);
                }
                Ok(Typed::new(place(function, args, unbounded()), value.ty))
            }
            _ => Err(invalid(format!("174: {name} takes other arguments"))),
        }
    }

    /// A window calculation added for the binder's own use (`TOP … WITH TIES`).
    pub(super) fn own_window(
        &self,
        definition: WindowFunctionDefinition,
        args: Vec<Expr>,
        order: Vec<Sort>,
        partition: &[Expr],
    ) -> Expr {
        let params = WindowFunctionParams {
            args,
            partition_by: partition.to_vec(),
            order_by: order,
            window_frame: unbounded(),
            filter: None,
            null_treatment: None,
            distinct: false,
        };
        Expr::WindowFunction(Box::new(WindowFunction { fun: definition, params }))
    }
}

/// The window that a `WINDOW` clause gives this name.
fn named_window<'s>(name: &ast::Ident, scope: &'s Scope<'_>) -> Bind<&'s ast::WindowSpec> {
    let same = |one: &ast::Ident| one.value.to_lowercase() == name.value.to_lowercase();
    let found = scope.named_windows.iter().find(|ast::NamedWindowDefinition(own, _)| same(own));
    match found {
        Some(ast::NamedWindowDefinition(_, ast::NamedWindowExpr::WindowSpec(spec))) => Ok(spec),
        Some(_) => Err(unsupported("WINDOW")),
        None => Err(invalid(format!("5362: there is no window {}", name.value))),
    }
}

fn offset_of(value: &Typed) -> Bind<i64> {
    value
        .constant_int()
        .filter(|n| *n >= 0)
        .ok_or_else(|| unsupported("LAG/LEAD (offset that is not a literal)"))
}

fn null_treatment(f: &ast::Function) -> Bind<Option<NullTreatment>> {
    Ok(match f.null_treatment {
        None => None,
        Some(ast::NullTreatment::IgnoreNulls) => Some(NullTreatment::IgnoreNulls),
        Some(ast::NullTreatment::RespectNulls) => Some(NullTreatment::RespectNulls),
    })
}

fn unbounded() -> WindowFrame {
    WindowFrame::new_bounds(
        WindowFrameUnits::Rows,
        WindowFrameBound::Preceding(ScalarValue::UInt64(None)),
        WindowFrameBound::Following(ScalarValue::UInt64(None)),
    )
}

fn frame_of(frame: &ast::WindowFrame) -> Bind<WindowFrame> {
    let units = match frame.units {
        ast::WindowFrameUnits::Rows => WindowFrameUnits::Rows,
        ast::WindowFrameUnits::Range => WindowFrameUnits::Range,
        ast::WindowFrameUnits::Groups => return Err(unsupported("GROUPS")),
    };
    let bound = |b: &ast::WindowFrameBound| -> Bind<WindowFrameBound> {
        let size = |e: &Option<Box<ast::Expr>>| -> Bind<ScalarValue> {
            match e.as_deref() {
                None if units == WindowFrameUnits::Range => Ok(ScalarValue::Null),
                None => Ok(ScalarValue::UInt64(None)),
                Some(_) if units == WindowFrameUnits::Range => {
                    Err(invalid("4194: RANGE takes only UNBOUNDED and CURRENT ROW"))
                }
                Some(ast::Expr::Value(v)) => match &v.value {
                    ast::Value::Number(n, _) => {
                        let n = n.parse().map_err(|_| invalid("10757: a frame's size is a whole number"))?;
                        Ok(ScalarValue::UInt64(Some(n)))
                    }
                    _ => Err(invalid("10757: a frame's size is a whole number")),
                },
                Some(_) => Err(invalid("10757: a frame's size is a whole number")),
            }
        };
        Ok(match b {
            ast::WindowFrameBound::CurrentRow => WindowFrameBound::CurrentRow,
            ast::WindowFrameBound::Preceding(n) => WindowFrameBound::Preceding(size(n)?),
            ast::WindowFrameBound::Following(n) => WindowFrameBound::Following(size(n)?),
        })
    };
    let start = bound(&frame.start_bound)?;
    let end = frame.end_bound.as_ref().map_or(Ok(WindowFrameBound::CurrentRow), bound)?;
    Ok(WindowFrame::new_bounds(units, start, end))
}
