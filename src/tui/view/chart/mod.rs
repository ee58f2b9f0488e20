//! Charts, drawn to the size there is.

mod bars;
mod line;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::{put, put_rows, wrapped};
use crate::chart::Chart;
use crate::i18n::text;
use crate::tui::app::App;

pub(super) fn render(app: &App, chart: Option<&Chart>, area: Rect, buf: &mut Buffer) {
    match chart {
        None => {
            let nothing = text(app.lang, "tui.chart.none");
            put_rows(
                buf,
                area,
                wrapped(("", Style::default()), nothing, app.styles.muted, area.width.into()),
                0,
            );
        }
        Some(Chart::Figures(figures)) => {
            for (at, (title, value)) in figures.iter().enumerate() {
                put(buf, area, 1, at * 3, title.as_str(), app.styles.muted);
                put(buf, area, 1, at * 3 + 1, value.as_str(), app.styles.header);
            }
        }
        Some(Chart::Bars(series)) => bars::render(app, series, None, area, buf),
        Some(Chart::PairedBars { current, base }) => bars::render(app, current, Some(base), area, buf),
        Some(Chart::Line(series)) => line::render(app, series, area, buf),
    }
}
