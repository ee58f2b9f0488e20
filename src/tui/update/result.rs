//! Keys on a result, and what came of work on it.

use crossterm::event::KeyEvent;

use super::choices::digit;
use super::{Effect, Outcome, Work, ask_in, model, plan, say, scrolled, types_text};
use crate::frame::Completeness;
use crate::i18n::Lang;
use crate::model::Value;
use crate::session::{Command, Context};
use crate::tui::app::{App, Focus, Pane, ResultPane, View};
use crate::tui::keymap::Action;
use crate::tui::view;

pub(super) fn on_key(app: &mut App, action: Option<Action>, key: KeyEvent) -> Vec<Effect> {
    let Some(result) = app.result.as_deref_mut() else { return Vec::new() };
    if let Some(find) = &mut result.find
        && find.typing
    {
        return match action {
            Some(Action::StartFind) => {
                find.needle = find.prompt.lines().join(" ");
                find.typing = false;
                search(app, false)
            }
            Some(Action::Back) => {
                result.find = None;
                Vec::new()
            }
            _ => {
                if types_text(&key) {
                    find.prompt.input(key);
                }
                Vec::new()
            }
        };
    }
    let Some(action) = action else { return Vec::new() };
    match result.view {
        View::Table if action == Action::Pick => ask_next(app, &key),
        View::Table => on_table(app, action),
        View::Record { scroll } => on_record(app, action, scroll),
        View::Chart | View::Insights { .. } => on_reading(app, action),
    }
}

/// Asks one of the questions that go on from the result.
fn ask_next(app: &mut App, key: &KeyEvent) -> Vec<Effect> {
    let Some(result) = app.result.as_deref() else { return Vec::new() };
    let plan = result.plan.as_deref().and_then(|plan| plan.proposal.plan.as_deref());
    let picked = digit(key).and_then(|at| result.next.get(at));
    let (Some(question), Some(plan)) = (picked, plan) else { return Vec::new() };
    let context = Context::After(Box::new(plan.intent.clone()));
    let question = question.clone();
    app.question.replace(&question);
    let text = app.question.send();
    app.focus = Focus::Question;
    ask_in(app, text, context)
}

fn on_table(app: &mut App, action: Action) -> Vec<Effect> {
    let area = view::areas(app).main;
    let Some(result) = app.result.as_deref_mut() else { return Vec::new() };
    let page = isize::try_from(view::table_window(result, area).height).unwrap_or(1).max(1);
    let all = isize::MAX / 2;
    match action {
        Action::Up => result.move_by(-1, 0),
        Action::Down => result.move_by(1, 0),
        Action::Left => result.move_by(0, -1),
        Action::Right => result.move_by(0, 1),
        Action::PageUp => result.move_by(-page, 0),
        Action::PageDown => result.move_by(page, 0),
        Action::HalfUp => result.move_by(-(page / 2).max(1), 0),
        Action::HalfDown => result.move_by((page / 2).max(1), 0),
        Action::Top => result.move_by(-all, 0),
        Action::Bottom => result.move_by(all, 0),
        Action::First => result.move_by(0, -all),
        Action::Last => result.move_by(0, all),
        Action::Record if result.frame.row_count() > 0 => result.view = View::Record { scroll: 0 },
        Action::Chart => result.view = View::Chart,
        Action::Insights => result.view = View::Insights { scroll: 0 },
        Action::Find => result.open_find(),
        Action::FindNext => return search(app, false),
        Action::FindPrevious => return search(app, true),
        Action::Sort => return sort(app),
        Action::Repeat => return repeat(app),
        Action::CopyCell => return copy(app, false),
        Action::CopyRow => return copy(app, true),
        Action::CopyOriginal => return copy_original(app),
        Action::ShowPlan => show_plan(app),
        Action::MarkRight => return model::mark_right(app),
        Action::MarkWrong => model::ask_reason(app),
        Action::Comment => return model::comment(app),
        Action::Repair => return model::repair(app),
        Action::Back if result.find.is_some() => result.find = None,
        Action::Back => app.focus = Focus::Question,
        _ => {}
    }
    Vec::new()
}

fn on_record(app: &mut App, action: Action, scroll: usize) -> Vec<Effect> {
    let area = view::areas(app).main;
    let lang = app.lang;
    let Some(result) = app.result.as_deref_mut() else { return Vec::new() };
    match action {
        Action::Left => result.move_by(-1, 0),
        Action::Right => result.move_by(1, 0),
        Action::Back => {
            result.view = View::Table;
            return Vec::new();
        }
        _ => {
            let limit = view::record_scroll_limit(result, area, lang);
            let scroll = scrolled(scroll, action, usize::from(area.height / 2)).min(limit);
            result.view = View::Record { scroll };
            return Vec::new();
        }
    }
    result.view = View::Record { scroll: 0 };
    Vec::new()
}

fn on_reading(app: &mut App, action: Action) -> Vec<Effect> {
    match action {
        Action::Comment => return model::comment(app),
        Action::MarkRight => return model::mark_right(app),
        Action::MarkWrong => model::ask_reason(app),
        _ => {}
    }
    let area = view::areas(app).main;
    let limit = view::insights_scroll_limit(app, area);
    let Some(result) = app.result.as_deref_mut() else { return Vec::new() };
    result.view = match (action, result.view) {
        (Action::Back, _) | (Action::Chart, View::Chart) | (Action::Insights, View::Insights { .. }) => {
            View::Table
        }
        (Action::Chart, _) => View::Chart,
        (Action::Insights, _) => View::Insights { scroll: 0 },
        (_, View::Insights { scroll }) => {
            View::Insights { scroll: scrolled(scroll, action, usize::from(area.height / 2)).min(limit) }
        }
        (_, view) => view,
    };
    Vec::new()
}

/// Orders by the column under the cursor: large figures first or texts from A on, then
/// the other way round, then as it came.
fn sort(app: &mut App) -> Vec<Effect> {
    let Some(result) = app.result.as_deref_mut() else { return Vec::new() };
    if result.end.is_none() {
        say(app, "tui.notice.sort_when_complete", &[]);
        return Vec::new();
    }
    let column = result.column;
    let natural = result.frame.kind(column).is_measure();
    result.generation += 1;
    let descending = match result.sort {
        Some((sorted, down)) if sorted == column && down != natural => {
            let original = result.original.clone();
            result.take_sorted(original, None);
            return Vec::new();
        }
        Some((sorted, down)) if sorted == column => !down,
        _ => natural,
    };
    let work = Work::Sort {
        id: result.id,
        generation: result.generation,
        frame: result.original.clone(),
        column,
        descending,
    };
    if result.original.completeness() == Completeness::Truncated {
        let rows = crate::format::count(result.original.row_count(), app.lang);
        say(app, "tui.notice.sorted_truncated", &[("n", &rows)]);
    }
    vec![Effect::Work(work)]
}

/// Runs what was approved once more: the same text, on the data as it is now.
fn repeat(app: &mut App) -> Vec<Effect> {
    let running = app.run.is_some();
    let Some(result) = app.result.as_deref() else { return Vec::new() };
    if running || result.end.is_none() {
        say(app, "tui.notice.still_running", &[]);
        return Vec::new();
    }
    vec![Effect::Send(Command::Repeat { id: result.id })]
}

fn search(app: &mut App, backwards: bool) -> Vec<Effect> {
    let lang = app.lang;
    let Some(result) = app.result.as_deref_mut() else { return Vec::new() };
    let Some(needle) = result.find.as_ref().map(|find| find.needle.clone()).filter(|n| !n.trim().is_empty())
    else {
        return Vec::new();
    };
    vec![Effect::Work(Work::Find {
        id: result.id,
        frame: result.frame.clone(),
        needle,
        from: (result.row, result.column),
        backwards,
        lang,
    })]
}

/// Largest text handed to a terminal's clipboard: many cap the sequence near this size.
const MAX_COPY: usize = 50_000;

/// Copies a cell or a row as it is shown: clean, line by line.
fn copy(app: &mut App, whole_row: bool) -> Vec<Effect> {
    let Some(result) = app.result.as_deref().filter(|result| result.frame.row_count() > 0) else {
        return Vec::new();
    };
    let text = if whole_row {
        let columns = 0..result.frame.columns().len();
        columns.map(|column| shown(result, column, app.lang)).collect::<Vec<_>>().join("\t")
    } else {
        shown(result, result.column, app.lang)
    };
    to_clipboard(app, text, "tui.notice.copied")
}

/// Copies a cell as it is stored, with what is not shown of it, and says so.
fn copy_original(app: &mut App) -> Vec<Effect> {
    let Some(result) = app.result.as_deref().filter(|result| result.frame.row_count() > 0) else {
        return Vec::new();
    };
    let shown = shown(result, result.column, app.lang);
    match result.frame.value(result.row, result.column) {
        Value::Text(original) if original != shown => {
            let original = original.to_string();
            to_clipboard(app, original, "tui.notice.copied_original")
        }
        _ => to_clipboard(app, shown, "tui.notice.copied"),
    }
}

/// A cell of the current row as it is shown, in full.
fn shown(result: &ResultPane, column: usize, lang: Lang) -> String {
    let lines = result.frame.full_text(result.row, column, lang);
    lines.iter().map(|line| line.as_str()).collect::<Vec<_>>().join("\n")
}

fn to_clipboard(app: &mut App, text: String, notice: &'static str) -> Vec<Effect> {
    if text.len() > MAX_COPY {
        say(app, "tui.notice.copy_too_large", &[]);
        return Vec::new();
    }
    say(app, notice, &[]);
    vec![Effect::Copy(text)]
}

fn show_plan(app: &mut App) {
    if let Some(plan) = app.result.as_deref_mut().and_then(|result| result.plan.take()) {
        app.pane = Pane::Plan(plan);
    }
}

/// Keys on the plan of the result, looked at again.
pub(super) fn on_old_plan(app: &mut App, action: Option<Action>) -> Vec<Effect> {
    let area = view::areas(app).main;
    if action == Some(Action::Back) {
        close_plan(app);
    } else if action == Some(Action::Define) {
        return plan::define(app);
    } else if action == Some(Action::ShowSent) {
        model::show_sent(app);
    } else if let (Pane::Plan(plan), Some(action)) = (&mut app.pane, action) {
        plan::look(plan, action, area);
    }
    Vec::new()
}

/// Puts the plan of the result back behind it.
pub(super) fn close_plan(app: &mut App) {
    let Pane::Plan(plan) = std::mem::replace(&mut app.pane, Pane::Result) else { return };
    if let Some(result) = app.result.as_deref_mut() {
        result.plan = Some(plan);
    }
}

pub(super) fn on_outcome(app: &mut App, outcome: Outcome) -> Vec<Effect> {
    let lang = app.lang;
    let Some(result) = app.result.as_deref_mut() else { return Vec::new() };
    match outcome {
        Outcome::Sorted { id, generation, frame, sort }
            if id == result.id && generation == result.generation =>
        {
            result.take_sorted(frame, sort);
        }
        Outcome::Found { id, needle, place } if id == result.id => found(app, &needle, place),
        Outcome::Described { id, lang: described, chart, insights }
            if id == result.id && described == lang =>
        {
            result.chart = chart;
            result.insights = insights;
        }
        _ => {}
    }
    Vec::new()
}

fn found(app: &mut App, needle: &str, place: Option<(usize, usize)>) {
    let Some(result) = app.result.as_deref_mut() else { return };
    match place {
        Some((row, column)) => {
            result.row = row;
            result.column = column;
            result.clamp();
        }
        None => {
            let needle = crate::sanitize::display_safe(needle);
            say(app, "tui.notice.not_found", &[("text", needle.as_str())]);
        }
    }
}

impl Work {
    /// Does it; for a thread that may take its time.
    pub(crate) fn carry_out(self) -> Outcome {
        match self {
            Work::Sort { id, generation, frame, column, descending } => Outcome::Sorted {
                id,
                generation,
                frame: frame.sorted_by(column, descending),
                sort: Some((column, descending)),
            },
            Work::Find { id, frame, needle, from, backwards, lang } => {
                let place = if backwards {
                    last_before(&frame, &needle, from, lang)
                } else {
                    frame.find(&needle, from, lang)
                };
                Outcome::Found { id, needle, place }
            }
            Work::Describe { id, frame, hint, lang } => Outcome::Described {
                id,
                lang,
                chart: crate::chart::of(&frame, hint, lang),
                insights: crate::insight::of(&frame, lang),
            },
        }
    }
}

/// The last match before `from` in reading order, around the start: one walk over all matches.
fn last_before(
    frame: &crate::frame::Frame,
    needle: &str,
    from: (usize, usize),
    lang: crate::i18n::Lang,
) -> Option<(usize, usize)> {
    let first = frame.find(needle, from, lang)?;
    let mut last = first;
    // Walking on from `from` and around, the match met last before `from` is the one before it.
    while last != from {
        let next = frame.find(needle, last, lang)?;
        if next == first || next == from {
            break;
        }
        last = next;
    }
    Some(last)
}
