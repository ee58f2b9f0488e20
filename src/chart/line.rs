//! A line over time as text: braille dots through `textplots`, axis labels of our own.

use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;
use textplots::{Chart as Canvas, Plot, Shape};

use super::{Ink, Line};
use crate::format;
use crate::i18n::Lang;
use crate::model::Value;
use crate::sanitize::{SafeText, clip};

/// The narrowest drawing `textplots` makes, in dots.
const MIN_DOTS: u32 = 32;

/// Points joined by a line, drawn in braille, `height` lines of `width` cells each, the first
/// point at the left edge and the last at the right. Points that are no finite numbers are left
/// out. Empty where there is nothing to draw or less than 17 cells to draw it in.
pub fn braille(points: &[f64], width: u16, height: u16) -> Vec<String> {
    let dots = (u32::from(width) * 2).saturating_sub(1);
    let rows = (u32::from(height) * 4).saturating_sub(1);
    let scaled = scaled(points);
    if scaled.is_empty() || dots < MIN_DOTS || rows < 3 {
        return Vec::new();
    }
    let shape = Shape::Lines(&scaled);
    let mut canvas = Canvas::new_with_y_range(dots, rows, 0.0, 1.0, 0.0, 1.0);
    let drawing = canvas.lineplot(&shape);
    drawing.figures();
    let frame = drawing.frame();
    let mut lines: Vec<String> = frame.lines().map(|line| sized(line, usize::from(width))).collect();
    lines.resize(usize::from(height), " ".repeat(usize::from(width)));
    lines
}

fn sized(line: &str, cells: usize) -> String {
    let mut sized: String = line.chars().take(cells).collect();
    let missing = cells.saturating_sub(sized.chars().count());
    sized.extend(std::iter::repeat_n(' ', missing));
    sized
}

/// Points moved into the unit square, so that no size of amount is lost in single precision.
/// A flat line runs through the middle; a single point becomes a level line.
fn scaled(points: &[f64]) -> Vec<(f32, f32)> {
    let last = points.len().saturating_sub(1).max(1) as f64;
    let finite: Vec<(f64, f64)> = points
        .iter()
        .enumerate()
        .filter(|(_, y)| y.is_finite())
        .map(|(x, y)| (x as f64 / last, *y))
        .collect();
    let (low, high) = range(finite.iter().map(|(_, y)| *y));
    // Halves keep the span of two huge numbers finite.
    let half_span = high / 2.0 - low / 2.0;
    let level = |y: f64| if half_span > 0.0 { (y / 2.0 - low / 2.0) / half_span } else { 0.5 };
    let mut unit: Vec<(f32, f32)> = finite.iter().map(|(x, y)| (*x as f32, level(*y) as f32)).collect();
    if let [(_, y)] = unit[..] {
        unit = vec![(0.0, y), (1.0, y)];
    }
    unit
}

fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), y| (low.min(y), high.max(y)))
}

/// Title, drawing with its highest and lowest value at the left, first and last label below.
pub(super) fn text(line: &Line, cells: usize, height: usize, ink: Ink, lang: Lang) -> Vec<String> {
    let points: Vec<f64> = line.points.iter().map(|(_, y)| *y).collect();
    let (low, high) = range(points.iter().copied().filter(|y| y.is_finite()));
    if low > high {
        return Vec::new();
    }
    let (top, bottom) = (tick(high, line, lang), tick(low, line, lang));
    let gutter = top.width().max(bottom.width()).min(cells / 3);
    let plot_cells = cells.saturating_sub(gutter + 1);
    let plot_rows = height.saturating_sub(2);
    let rows = match ink {
        Ink::Unicode => braille(
            &points,
            u16::try_from(plot_cells).unwrap_or(u16::MAX),
            u16::try_from(plot_rows).unwrap_or(u16::MAX),
        ),
        Ink::Ascii => stars(&points, plot_cells, plot_rows),
    };
    let mut lines = vec![clip(&line.title, cells).into_string()];
    let last = rows.len().saturating_sub(1);
    for (index, row) in rows.iter().enumerate() {
        let label = match index {
            0 => clip(&top, gutter),
            _ if index == last => clip(&bottom, gutter),
            _ => SafeText::default(),
        };
        let blank = " ".repeat(gutter.saturating_sub(label.width()));
        lines.push(format!("{blank}{label} {row}").trim_end().to_owned());
    }
    if !rows.is_empty() {
        lines.push(axis(line, gutter + 1, plot_cells));
    }
    lines
}

/// A value of the vertical axis. It is one of the points, so the figure is true to three digits.
fn tick(value: f64, line: &Line, lang: Lang) -> SafeText {
    let exact = Decimal::from_f64(value).map(|d| (d.mantissa(), d.scale()));
    let shown = match exact {
        Some((unscaled, scale)) => {
            let scale = i8::try_from(scale).unwrap_or(0);
            format::compact(&Value::Decimal { unscaled, scale }, line.kind, lang)
        }
        None => format::compact(&Value::Float(value), line.kind, lang),
    };
    SafeText::from(shown.as_str())
}

/// The first label at the left, the last at the right where both fit.
fn axis(line: &Line, indent: usize, cells: usize) -> String {
    let first = line.points.first().map(|(label, _)| clip(label, cells)).unwrap_or_default();
    let last = line.points.last().map(|(label, _)| clip(label, cells)).unwrap_or_default();
    let gap = cells.saturating_sub(first.width() + last.width());
    let indent = " ".repeat(indent);
    if line.points.len() < 2 || gap == 0 {
        return format!("{indent}{first}");
    }
    format!("{indent}{first}{}{last}", " ".repeat(gap))
}

/// The same drawing with one `*` per column.
fn stars(points: &[f64], cells: usize, rows: usize) -> Vec<String> {
    let unit = scaled(points);
    if unit.is_empty() || cells == 0 || rows == 0 {
        return Vec::new();
    }
    let mut grid = vec![vec![' '; cells]; rows];
    for (x, y) in unit {
        let column = (x * (cells - 1) as f32).round() as usize;
        let row = ((1.0 - y) * (rows - 1) as f32).round() as usize;
        if let Some(cell) = grid.get_mut(row).and_then(|line| line.get_mut(column)) {
            *cell = '*';
        }
    }
    grid.into_iter().map(String::from_iter).collect()
}
