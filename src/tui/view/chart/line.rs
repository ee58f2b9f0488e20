//! A line over an ordered axis, in braille.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::symbols::Marker;
use ratatui::widgets::Widget;
use ratatui::widgets::canvas::{Canvas, Line as Stroke};

use super::put;
use crate::chart::Line;
use crate::format;
use crate::model::Value;
use crate::tui::app::App;
use crate::tui::text::{clip, fit, width};

/// Draws the line between its extremes; zero is on the axis where no value is below it.
pub(super) fn render(app: &App, series: &Line, area: Rect, buf: &mut Buffer) {
    let cells = usize::from(area.width);
    put(buf, area, 0, 0, &fit(series.title.as_str(), cells, false), app.styles.header);
    let finite = || series.points.iter().map(|point| point.1).filter(|value| value.is_finite());
    let (least, most) = (finite().fold(0.0, f64::min), finite().fold(0.0, f64::max));
    if area.height < 5 || most <= least {
        return;
    }
    let label = |value: f64| format::compact(&Value::Float(value), series.kind, app.lang);
    let (upper, lower) = (label(most), label(least));
    let margin = width(&upper).max(width(&lower)).min(cells / 3);
    put(buf, area, 0, 1, &fit(&upper, margin, true), app.styles.muted);
    let bottom = usize::from(area.height) - 2;
    put(buf, area, 0, bottom, &fit(&lower, margin, true), app.styles.muted);
    let left = u16::try_from(margin + 1).unwrap_or(u16::MAX).min(area.width);
    let plot = Rect { x: area.x + left, y: area.y + 1, width: area.width - left, height: area.height - 2 };
    if plot.width == 0 {
        return;
    }
    stroke(app, series, (least, most), plot, buf);
    axis(app, series, Rect { y: plot.bottom(), height: 1, ..plot }, buf);
}

fn stroke(app: &App, series: &Line, (least, most): (f64, f64), plot: Rect, buf: &mut Buffer) {
    let last = series.points.len().saturating_sub(1).max(1) as f64;
    let color = app.styles.line.fg.unwrap_or_default();
    Canvas::default()
        .marker(Marker::Braille)
        .x_bounds([0.0, last])
        .y_bounds([least, most])
        .paint(|context| {
            let places = series.points.iter().enumerate().map(|(at, point)| (at as f64, point.1));
            let places: Vec<(f64, f64)> = places.filter(|(_, y)| y.is_finite()).collect();
            for (from, to) in places.iter().zip(places.iter().skip(1).chain(places.last())) {
                context.draw(&Stroke { x1: from.0, y1: from.1, x2: to.0, y2: to.1, color });
            }
        })
        .render(plot, buf);
}

fn axis(app: &App, series: &Line, area: Rect, buf: &mut Buffer) {
    let cells = usize::from(area.width);
    let (Some((first, _)), Some((last, _))) = (series.points.first(), series.points.last()) else { return };
    put(buf, area, 0, 0, &clip(first.as_str(), cells / 2), app.styles.muted);
    let last = clip(last.as_str(), cells / 2);
    put(buf, area, cells.saturating_sub(width(&last)), 0, &last, app.styles.muted);
}
