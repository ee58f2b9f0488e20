//! A result on the screen: the frame, the place in it, and what was said of it.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use ratatui_textarea::TextArea;

use super::PlanPane;
use super::question::text_area;
use crate::ask::ChartHint;
use crate::chart::Chart;
use crate::frame::Frame;
use crate::i18n::Lang;
use crate::insight::Insight;
use crate::llm::comment::Comment;
use crate::session::{QuestionId, RunEnd};
use crate::tui::keymap::Context;
use crate::tui::text::width;

/// What the result pane shows large.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum View {
    Table,
    Record { scroll: usize },
    Chart,
    Insights { scroll: usize },
}

/// What answered a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AnsweredBy {
    /// The local data.
    Local,
    /// A profile's server.
    Server,
    /// The local copy of a profile's table.
    Copy,
}

/// A search in the table.
#[derive(Debug, Clone)]
pub(crate) struct Find {
    pub(crate) prompt: TextArea<'static>,
    /// Whether the prompt is open.
    pub(crate) typing: bool,
    /// What is looked for.
    pub(crate) needle: String,
}

/// A result on the screen.
#[derive(Debug)]
pub(crate) struct ResultPane {
    pub(crate) id: QuestionId,
    /// What answered, which stays so whatever answers later.
    pub(crate) answered_by: AnsweredBy,
    /// The rows in the order they came.
    pub(crate) original: Frame,
    /// The rows as shown.
    pub(crate) frame: Frame,
    pub(crate) sort: Option<(usize, bool)>,
    /// Numbers the orders asked for; an answer to an older one is dropped.
    pub(crate) generation: u64,
    pub(crate) widths: Vec<usize>,
    pub(crate) row: usize,
    pub(crate) column: usize,
    pub(crate) top: usize,
    pub(crate) left: usize,
    pub(crate) view: View,
    pub(crate) find: Option<Find>,
    pub(crate) chart: Option<Chart>,
    pub(crate) insights: Vec<Insight>,
    /// What a model says of it.
    pub(crate) comment: Option<Arc<Comment>>,
    /// Whether it was marked as right or wrong.
    pub(crate) marked: Option<bool>,
    pub(crate) end: Option<RunEnd>,
    pub(crate) elapsed: Option<Duration>,
    /// When the rows were fetched, if they are given again.
    pub(crate) kept_since: Option<DateTime<Utc>>,
    pub(crate) plan: Option<Box<PlanPane>>,
    /// Questions that go on from it.
    pub(crate) next: Vec<String>,
    /// What was there before the query was repeated; it comes back if nothing else comes.
    pub(crate) before: Option<Box<ResultPane>>,
}

/// Widest column in the table, in cells; the record view shows more.
const MAX_COLUMN: usize = 40;
/// Rows that decide the first widths, and the cells of all columns together that may.
const SAMPLE: usize = 200;
const SAMPLE_CELLS: usize = 6_000;
/// Bytes of a text that the table looks at: enough for its widest column.
pub(crate) const SHOWN_BYTES: usize = 1024;

impl ResultPane {
    /// The pane of a query that has just started.
    pub(crate) fn new(id: QuestionId, answered_by: AnsweredBy, plan: Option<Box<PlanPane>>) -> ResultPane {
        ResultPane {
            id,
            answered_by,
            original: Frame::nothing(),
            frame: Frame::nothing(),
            sort: None,
            generation: 0,
            widths: Vec::new(),
            row: 0,
            column: 0,
            top: 0,
            left: 0,
            view: View::Table,
            find: None,
            chart: None,
            insights: Vec::new(),
            comment: None,
            marked: None,
            end: None,
            elapsed: None,
            kept_since: None,
            plan,
            next: Vec::new(),
            before: None,
        }
    }

    /// The context of its keys.
    pub(crate) fn context(&self) -> Context {
        match (self.view, &self.find) {
            (View::Table, Some(find)) if find.typing => Context::Find,
            (View::Table, _) => Context::Table,
            (View::Record { .. }, _) => Context::Record,
            (View::Chart | View::Insights { .. }, _) => Context::Reading,
        }
    }

    /// The chart the plan suggested.
    pub(crate) fn chart_hint(&self) -> Option<ChartHint> {
        self.plan.as_ref().and_then(|plan| plan.proposal.chart_hint())
    }

    /// Takes more (or all) rows.
    pub(crate) fn take_rows(&mut self, frame: Frame, lang: Lang) {
        let measured = self.original.row_count();
        self.original = frame.clone();
        if self.sort.is_none() {
            self.frame = frame;
        }
        let columns = self.original.columns().len();
        let sample = (SAMPLE_CELLS / columns.max(1)).clamp(1, SAMPLE);
        if measured < sample {
            self.measure(0..sample, 0..columns, lang);
        }
        self.clamp();
    }

    /// Takes the rows in another order.
    pub(crate) fn take_sorted(&mut self, frame: Frame, sort: Option<(usize, bool)>) {
        self.frame = frame;
        self.sort = sort;
        self.row = 0;
        self.top = 0;
    }

    /// Widens columns for what stands in these rows.
    pub(crate) fn measure(&mut self, rows: Range<usize>, columns: Range<usize>, lang: Lang) {
        self.widths.resize(self.frame.columns().len(), 1);
        let end = rows.end.min(self.frame.row_count());
        for (column, held) in self.widths.iter_mut().enumerate().take(columns.end).skip(columns.start) {
            let title = self.frame.columns().get(column).map_or(0, |c| width(c.title.as_str()));
            // Room for the mark of the sort order beside the title.
            let mut widest = (*held).max(title + 2);
            for row in rows.start..end {
                if widest >= MAX_COLUMN {
                    break;
                }
                let cell = self.frame.cell_within(row, column, lang, SHOWN_BYTES);
                widest = widest.max(width(cell.text.as_str()));
            }
            *held = widest.min(MAX_COLUMN);
        }
    }

    /// Widens the columns that are on the screen for the rows that are on it, and brings
    /// the cursor into it.
    pub(crate) fn settle(&mut self, rows: usize, cells: usize, lang: Lang) {
        self.scroll_to_cursor(rows, cells);
        let shown = self.shown_columns(cells);
        let last = shown.iter().map(|(column, ..)| column + 1).max().unwrap_or(0);
        self.measure(self.top..self.top + rows, self.left..last.max(self.column + 1), lang);
        self.scroll_to_cursor(rows, cells);
    }

    /// Moves the cursor, stopping at the edges.
    pub(crate) fn move_by(&mut self, rows: isize, columns: isize) {
        self.row = self.row.saturating_add_signed(rows);
        self.column = self.column.saturating_add_signed(columns);
        self.clamp();
    }

    /// Keeps the cursor inside the rows and columns.
    pub(crate) fn clamp(&mut self) {
        self.row = self.row.min(self.frame.row_count().saturating_sub(1));
        self.column = self.column.min(self.frame.columns().len().saturating_sub(1));
    }

    /// The columns shown in `cells`, from the first scrolled one; the first column stays
    /// when the others scroll. Column number, place from the left, width.
    pub(crate) fn shown_columns(&self, cells: usize) -> Vec<(usize, usize, usize)> {
        let mut shown = Vec::new();
        let mut at = 0;
        let frozen = (self.left > 0).then_some(0);
        for column in frozen.into_iter().chain(self.left..self.widths.len()) {
            let room = cells.saturating_sub(at);
            let wanted = self.widths.get(column).copied().unwrap_or(1);
            if room < wanted.min(4) {
                break;
            }
            let wide = if frozen == Some(column) { wanted.min(cells / 2) } else { wanted }.min(room);
            shown.push((column, at, wide));
            at += wide + GAP;
        }
        shown
    }

    /// Scrolls so that the cursor is within `rows` × `cells`.
    pub(crate) fn scroll_to_cursor(&mut self, rows: usize, cells: usize) {
        let rows = rows.max(1);
        self.top = self.top.clamp((self.row + 1).saturating_sub(rows), self.row);
        let last_top = self.frame.row_count().saturating_sub(rows);
        self.top = self.top.min(last_top.max((self.row + 1).saturating_sub(rows)));
        if self.column <= self.left {
            self.left = if self.column <= 1 { 0 } else { self.column };
        }
        while self.left < self.column && !self.shows_whole(self.column, cells) {
            self.left += 1;
        }
    }

    fn shows_whole(&self, column: usize, cells: usize) -> bool {
        let wanted = self.widths.get(column).copied().unwrap_or(1);
        self.shown_columns(cells).iter().any(|(shown, _, wide)| *shown == column && *wide >= wanted)
    }

    /// Opens the search prompt.
    pub(crate) fn open_find(&mut self) {
        let needle = self.find.take().map(|find| find.needle).unwrap_or_default();
        self.find = Some(Find { prompt: text_area(&needle), typing: true, needle });
    }
}

/// Blank cells between columns.
pub(crate) const GAP: usize = 2;
