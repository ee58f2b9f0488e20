//! Horizontal bars, alone or paired with those of the period before.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::put;
use crate::chart::Bars;
use crate::i18n::fill;
use crate::tui::app::App;
use crate::tui::text::{fit, width};

/// Eighths of a cell, from one to seven.
const EIGHTHS: [&str; 7] = ["▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/// How lengths become cells: zero may stand within the room when there are negative bars.
struct Scale {
    least: f64,
    span: f64,
    cells: usize,
}

impl Scale {
    fn new(values: impl Iterator<Item = f64>, cells: usize) -> Scale {
        let (mut least, mut most) = (0.0_f64, 0.0_f64);
        for value in values.filter(|value| value.is_finite()) {
            least = least.min(value);
            most = most.max(value);
        }
        Scale { least, span: most - least, cells }
    }

    /// Eighths of a cell from the left edge.
    fn place(&self, value: f64) -> usize {
        if self.span <= 0.0 || !value.is_finite() {
            return 0;
        }
        (((value - self.least) / self.span).clamp(0.0, 1.0) * (self.cells * 8) as f64).round() as usize
    }

    /// Blank cells before a bar, and the bar.
    fn bar(&self, value: f64) -> (usize, String) {
        let zero = self.place(0.0);
        if value < 0.0 {
            let from = self.place(value) / 8;
            return (from, "▒".repeat((zero / 8).saturating_sub(from).max(1)));
        }
        let eighths = self.place(value).saturating_sub(zero);
        let mut bar = "█".repeat(eighths / 8);
        if let Some(part) = (eighths % 8).checked_sub(1).and_then(|part| EIGHTHS.get(part)) {
            bar.push_str(part);
        }
        if bar.is_empty() && value > 0.0 {
            bar.push('▏');
        }
        (zero / 8, bar)
    }
}

/// Draws the bars; with `base`, each label has a second bar below it.
pub(super) fn render(app: &App, series: &Bars, base: Option<&Bars>, area: Rect, buf: &mut Buffer) {
    let cells = usize::from(area.width);
    put(buf, area, 0, 0, &fit(series.title.as_str(), cells, false), app.styles.header);
    let all = || series.bars.iter().chain(base.into_iter().flat_map(|base| base.bars.iter()));
    let labels = series.bars.iter().map(|bar| width(bar.0.as_str())).max().unwrap_or(0).min(cells / 3);
    let values = all().map(|bar| width(bar.2.as_str())).max().unwrap_or(0);
    let room = cells.saturating_sub(labels + values + 2);
    let scale = Scale::new(all().map(|bar| bar.1), room);
    let mut rows: Vec<(&str, &(_, f64, _), Style)> = Vec::new();
    for (at, bar) in series.bars.iter().enumerate() {
        rows.push((bar.0.as_str(), bar, app.styles.bar));
        if let Some(before) = base.and_then(|base| base.bars.get(at)) {
            rows.push(("", before, app.styles.bar_base));
        }
    }
    let step = if base.is_some() { 2 } else { 1 };
    let mut fits = usize::from(area.height).saturating_sub(1);
    let left_out = |fits: usize| series.left_out + rows.len().saturating_sub(fits) / step;
    if left_out(fits) > 0 {
        fits = fits.saturating_sub(1);
    }
    fits -= fits % step;
    for (at, (label, bar, style)) in rows.iter().take(fits).enumerate() {
        let y = at + 1;
        put(buf, area, 0, y, &fit(label, labels, false), Style::default());
        let (blank, drawn) = scale.bar(bar.1);
        put(buf, area, labels + 1 + blank, y, &drawn, *style);
        let negative = if bar.1 < 0.0 { app.styles.negative } else { Style::default() };
        put(buf, area, cells.saturating_sub(values), y, &fit(bar.2.as_str(), values, true), negative);
    }
    let missing = left_out(fits);
    if missing > 0 {
        let line = fill(app.lang, "tui.chart.left_out", &[("n", &missing.to_string())]);
        put(buf, area, 0, fits.min(rows.len()) + 1, &line, app.styles.muted);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_long_as_their_share_and_small_ones_still_show() {
        let scale = Scale::new([100.0, 50.0, 0.01].into_iter(), 10);
        assert_eq!(scale.bar(100.0), (0, "█".repeat(10)));
        assert_eq!(scale.bar(50.0), (0, "█".repeat(5)));
        assert_eq!(scale.bar(0.01), (0, "▏".to_string()));
        assert_eq!(scale.bar(0.0), (0, String::new()));
    }

    #[test]
    fn negative_bars_grow_to_the_left_of_zero() {
        let scale = Scale::new([-50.0, 50.0].into_iter(), 10);
        assert_eq!(scale.bar(-50.0), (0, "▒".repeat(5)));
        assert_eq!(scale.bar(50.0), (5, "█".repeat(5)));
    }

    #[test]
    fn nothing_and_nonsense_draw_nothing() {
        let scale = Scale::new([f64::NAN, 0.0].into_iter(), 10);
        assert_eq!(scale.bar(f64::NAN), (0, String::new()));
    }
}
