//! Bars and figures as text.

use super::{Bars, Ink};
use crate::format;
use crate::i18n::{Lang, fill, text};
use crate::sanitize::{SafeText, clip};

/// A block filled from the left by eighths.
const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/// One figure per line: title and value.
pub(super) fn figures(figures: &[(SafeText, SafeText)], width: usize) -> Vec<String> {
    let titles = figures.iter().map(|(title, _)| title.width()).max().unwrap_or(0).min(width / 2);
    figures
        .iter()
        .map(|(title, value)| fitted(&format!("{}  {value}", padded(title, titles)), width))
        .collect()
}

/// One bar per line under the measure's title.
pub(super) fn single(bars: &Bars, width: usize, height: usize, ink: Ink, lang: Lang) -> Vec<String> {
    let rows: Vec<Row<'_>> = bars
        .bars
        .iter()
        .map(|(label, length, value)| Row { label, length: *length, value, tint: false })
        .collect();
    titled(&bars.title, &rows, bars.left_out, 1, Room { width, height, ink }, lang)
}

/// Two bars per label, the second one lighter.
pub(super) fn paired(
    current: &Bars,
    base: &Bars,
    width: usize,
    height: usize,
    ink: Ink,
    lang: Lang,
) -> Vec<String> {
    let before = SafeText::from(text(lang, "chart.base"));
    let mut rows = Vec::new();
    for ((label, length, value), (_, base_length, base_value)) in current.bars.iter().zip(&base.bars) {
        rows.push(Row { label, length: *length, value, tint: false });
        rows.push(Row { label: &before, length: *base_length, value: base_value, tint: true });
    }
    titled(&current.title, &rows, current.left_out, 2, Room { width, height, ink }, lang)
}

struct Row<'a> {
    label: &'a SafeText,
    length: f64,
    value: &'a SafeText,
    tint: bool,
}

#[derive(Clone, Copy)]
struct Room {
    width: usize,
    height: usize,
    ink: Ink,
}

/// The title, as many whole labels as fit (`per_label` lines each), and how many did not.
fn titled(
    title: &SafeText,
    rows: &[Row<'_>],
    left_out: usize,
    per_label: usize,
    room: Room,
    lang: Lang,
) -> Vec<String> {
    let available = room.height.saturating_sub(1);
    let all_fit = left_out == 0 && rows.len() <= available;
    let kept = if all_fit {
        rows.len()
    } else {
        available.saturating_sub(1).min(rows.len()) / per_label * per_label
    };
    let (shown, hidden) = rows.split_at(kept);
    let mut lines = vec![fitted(title.as_str(), room.width)];
    lines.extend(drawn(shown, room));
    let missing = left_out + hidden.len() / per_label;
    if missing > 0 {
        let n = format::count(missing, lang);
        lines.push(fitted(&fill(lang, "chart.more_labels", &[("n", &n)]), room.width));
    }
    lines
}

fn drawn(rows: &[Row<'_>], room: Room) -> Vec<String> {
    let widest = |widths: &mut dyn Iterator<Item = usize>| widths.max().unwrap_or(0);
    let labels = widest(&mut rows.iter().map(|row| row.label.width())).min(room.width / 3);
    let values = widest(&mut rows.iter().map(|row| row.value.width())).min(room.width / 3);
    let cells = room.width.saturating_sub(labels + values + 2);
    let scale = Scale::of(rows.iter().map(|row| row.length), cells);
    rows.iter()
        .map(|row| {
            let bar = scale.bar(row.length, row.tint, room.ink);
            let value = clip(row.value, values);
            fitted(format!("{} {bar} {value}", padded(row.label, labels)).trim_end(), room.width)
        })
        .collect()
}

/// Where zero stands and how many cells a unit takes.
struct Scale {
    cells_left: usize,
    cells_right: usize,
    per_unit: f64,
}

impl Scale {
    fn of(lengths: impl Iterator<Item = f64>, cells: usize) -> Scale {
        let (low, high) = lengths.fold((0.0f64, 0.0f64), |(low, high), x| (low.min(x), high.max(x)));
        // Halves keep the difference of two huge lengths finite.
        let half_span = high / 2.0 - low / 2.0;
        if half_span <= 0.0 || cells == 0 {
            return Scale { cells_left: 0, cells_right: cells, per_unit: 0.0 };
        }
        let share = (-low / 2.0) / half_span;
        let mut cells_left = (share * cells as f64).round() as usize;
        if low < 0.0 {
            cells_left = cells_left.clamp(1, cells);
        }
        let cells_right = cells - cells_left;
        let fits =
            |cells: usize, length: f64| if length > 0.0 { cells as f64 / length } else { f64::INFINITY };
        Scale { cells_left, cells_right, per_unit: fits(cells_left, -low).min(fits(cells_right, high)) }
    }

    /// The bar with blanks around it, always `cells_left + cells_right` wide.
    fn bar(&self, length: f64, tint: bool, ink: Ink) -> String {
        let (full, partial) = match (ink, tint) {
            (Ink::Unicode, false) => ("█", true),
            (Ink::Unicode, true) => ("░", false),
            (Ink::Ascii, false) => ("#", false),
            (Ink::Ascii, true) => ("-", false),
        };
        let room = if length < 0.0 { self.cells_left } else { self.cells_right };
        let eighths = ((length.abs() * self.per_unit * 8.0).round() as usize).min(room * 8);
        if length < 0.0 || !partial {
            let cells = (eighths + 4) / 8;
            let cells = if length == 0.0 { 0 } else { cells.max(1).min(room) };
            let bar = full.repeat(cells);
            return if length < 0.0 {
                format!("{:>1$}{2}", bar, self.cells_left, " ".repeat(self.cells_right))
            } else {
                format!("{}{:<2$}", " ".repeat(self.cells_left), bar, self.cells_right)
            };
        }
        let eighths = if length > 0.0 { eighths.max(1).min(room * 8) } else { 0 };
        let bar = format!("{}{}", full.repeat(eighths / 8), EIGHTHS.get(eighths % 8).unwrap_or(&""));
        format!("{}{:<2$}", " ".repeat(self.cells_left), bar, self.cells_right)
    }
}

/// The label in exactly `cells` cells.
fn padded(label: &SafeText, cells: usize) -> String {
    let shown = clip(label, cells);
    format!("{shown}{}", " ".repeat(cells.saturating_sub(shown.width())))
}

fn fitted(line: &str, width: usize) -> String {
    clip(&SafeText::from(line), width).into_string()
}
