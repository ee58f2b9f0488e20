//! A result as text: aligned columns, a chart where a person is looking, the insights.

use std::io;

use unicode_width::UnicodeWidthStr;

use super::client::Outcome;
use super::output::Output;
use crate::chart;
use crate::frame::{Completeness, Frame};
use crate::i18n::{Lang, fill, plural, text};
use crate::llm::comment::Comment;
use crate::llm::price;
use crate::sanitize::{clip, display_safe};

/// The widest a column is printed, in cells.
const WIDEST: usize = 48;
/// The height of a chart, in lines.
const CHART_HEIGHT: u16 = 14;

/// Prints the outcome of a run.
///
/// # Errors
/// Whatever the system says while writing.
pub fn print(out: &mut Output, outcome: &Outcome, lang: Lang) -> io::Result<()> {
    let frame = &outcome.frame;
    if frame.row_count() == 0 {
        // An answer that never came is not an empty answer.
        if frame.completeness() == Completeness::Partial {
            return Ok(());
        }
        out.line(text(lang, "cli.no_rows"))?;
    } else {
        rows(out, frame, lang)?;
        footer(out, frame, lang)?;
        if let Some(fetched_at) = outcome.kept_since {
            let age = crate::format::age(chrono::Utc::now().signed_duration_since(fetched_at), lang);
            out.line(&fill(lang, "cli.kept", &[("age", &age)]))?;
        }
    }
    if let (Some(width), Some(chart)) = (Output::width(), &outcome.chart) {
        out.line("")?;
        for line in chart::to_text(chart, width, CHART_HEIGHT, lang) {
            out.line(&line)?;
        }
    }
    if !outcome.insights.is_empty() {
        out.line("")?;
    }
    for insight in &outcome.insights {
        out.line(&format!("{} {}", if insight.notable { "!" } else { "·" }, insight.text))?;
    }
    Ok(())
}

/// Prints a model's comment; figures that the result does not hold are marked.
///
/// # Errors
/// Whatever the system says while writing.
pub fn comment(out: &mut Output, comment: &Comment, lang: Lang) -> io::Result<()> {
    out.line("")?;
    let (model, cost) = (display_safe(&comment.model), price::dollars(comment.cost, lang));
    let provider = comment.provider.name();
    let values = [("provider", provider), ("model", model.as_str()), ("cost", &cost)];
    out.line(&fill(lang, "cli.comment_by", &values))?;
    match &comment.lines {
        Ok(lines) => {
            let mark = text(lang, "cli.unverified");
            for line in lines {
                let shown = line.iter().map(|stretch| {
                    let mark = if stretch.unverified { mark } else { "" };
                    format!("{}{mark}", stretch.text)
                });
                out.line(&format!("  {}", shown.collect::<String>()))?;
            }
        }
        Err(failed) => out.line(&failed.sentence(lang))?,
    }
    Ok(())
}

fn rows(out: &mut Output, frame: &Frame, lang: Lang) -> io::Result<()> {
    let texts: Vec<Vec<String>> = (0..frame.row_count())
        .map(|row| {
            (0..frame.columns().len())
                .map(|column| clip(&frame.cell(row, column, lang).text, WIDEST).into_string())
                .collect()
        })
        .collect();
    let titles: Vec<String> =
        frame.columns().iter().map(|column| clip(&column.title, WIDEST).into_string()).collect();
    let right: Vec<bool> = frame.columns().iter().map(|column| column.kind.is_measure()).collect();
    let widths: Vec<usize> = titles
        .iter()
        .enumerate()
        .map(|(index, title)| {
            let cells = texts.iter().filter_map(|row| row.get(index)).map(|cell| cell.width());
            cells.chain([title.width()]).max().unwrap_or(0)
        })
        .collect();
    out.line(&aligned(&titles, &widths, &right))?;
    let rule: Vec<String> = widths.iter().map(|width| "─".repeat(*width)).collect();
    out.line(&aligned(&rule, &widths, &right))?;
    for row in &texts {
        out.line(&aligned(row, &widths, &right))?;
        if out.is_closed() {
            break;
        }
    }
    Ok(())
}

fn footer(out: &mut Output, frame: &Frame, lang: Lang) -> io::Result<()> {
    let shown = crate::format::count(frame.row_count(), lang);
    let footer = match frame.completeness() {
        Completeness::Truncated => fill(lang, "cli.rows_truncated", &[("n", &shown)]),
        Completeness::Partial => fill(lang, "cli.rows_partial", &[("n", &shown)]),
        Completeness::Growing | Completeness::Complete => {
            plural(lang, "cli.rows", frame.row_count() as u64, &shown, &[])
        }
    };
    out.line(&footer)
}

fn aligned(cells: &[String], widths: &[usize], right: &[bool]) -> String {
    let mut line = String::new();
    for ((cell, width), right) in cells.iter().zip(widths).zip(right) {
        let blank = " ".repeat(width.saturating_sub(cell.width()));
        if !line.is_empty() {
            line.push_str("  ");
        }
        if *right {
            line.push_str(&blank);
            line.push_str(cell);
        } else {
            line.push_str(cell);
            line.push_str(&blank);
        }
    }
    line.truncate(line.trim_end().len());
    line
}
