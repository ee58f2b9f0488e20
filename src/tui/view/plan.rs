//! A proposal: what was understood, what to know, the T-SQL, the decision.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::{Rows, pane, put, put_all, put_rows, reading_style, wrapped};
use crate::ask::Understanding;
use crate::i18n::{Lang, fill, text};
use crate::sanitize::display_safe;
use crate::session::Source;
use crate::tui::app::{App, Approval, Button, Focus, PlanPane};
use crate::tui::sql::{SqlRole, SqlRow};
use crate::tui::text::{clip, width};
use crate::tui::theme::Styles;

/// From this width on, meaning and T-SQL stand side by side.
const SIDE_BY_SIDE: u16 = 110;
/// Cells for line numbers and the rule after them.
const GUTTER: usize = 6;

/// The parts of the pane: what is told, the scrolled part, the place of the buttons.
struct Parts {
    told: Option<Rect>,
    scrolled: Rect,
    buttons: Rect,
}

fn parts(plan: &PlanPane, area: Rect) -> Parts {
    let inner = Rect {
        x: area.x + 2,
        y: area.y + 1,
        width: area.width.saturating_sub(4),
        height: area.height.saturating_sub(2),
    };
    let buttons = Rect { y: inner.bottom().saturating_sub(1), height: inner.height.min(1), ..inner };
    let body = Rect { height: inner.height.saturating_sub(1), ..inner };
    let left = body.width * 2 / 5;
    // What does not fit beside the T-SQL is scrolled with it: a warning must not be cut off.
    let fits = || {
        let rows = told(plan, &Styles::default(), usize::from(left), false, plan.lang).len();
        rows <= usize::from(body.height)
    };
    if area.width < SIDE_BY_SIDE || !fits() {
        return Parts { told: None, scrolled: body, buttons };
    }
    Parts {
        told: Some(Rect { width: left, ..body }),
        scrolled: Rect { x: body.x + left + 2, width: body.width - left - 2, ..body },
        buttons,
    }
}

/// The rows of the scrolled part: how many are told, and those of the T-SQL.
fn scrolled_rows(plan: &PlanPane, parts: &Parts) -> (usize, Vec<SqlRow>) {
    let width = usize::from(parts.scrolled.width);
    let told = match parts.told {
        Some(_) => 0,
        None => told(plan, &Styles::default(), width, true, plan.lang).len(),
    };
    (told, plan.sql.rows(width.saturating_sub(GUTTER)))
}

/// The largest scroll position that is of use.
pub(crate) fn scroll_limit(plan: &PlanPane, area: Rect) -> usize {
    let parts = parts(plan, area);
    let (told, sql) = scrolled_rows(plan, &parts);
    (told + sql.len()).saturating_sub(usize::from(parts.scrolled.height))
}

/// Whether everything that is told stands beside the T-SQL, the definitions too.
pub(crate) fn shows_all(plan: &PlanPane, area: Rect) -> bool {
    parts(plan, area).told.is_some()
}

/// How far a page goes: no line is passed over.
pub(crate) fn page(plan: &PlanPane, area: Rect) -> usize {
    usize::from(parts(plan, area).scrolled.height).saturating_sub(1).max(1)
}

/// The parts of the T-SQL that are on the screen.
pub(crate) fn on_screen(plan: &PlanPane, area: Rect) -> Vec<Range<usize>> {
    let parts = parts(plan, area);
    let (told, sql) = scrolled_rows(plan, &parts);
    let height = usize::from(parts.scrolled.height);
    let scroll = plan.scroll.min((told + sql.len()).saturating_sub(height));
    let visible = scroll..scroll + height;
    let rows = sql.into_iter().enumerate().filter(|(at, _)| visible.contains(&(told + at)));
    rows.map(|(_, row)| row.range).collect()
}

pub(super) fn render(app: &App, plan: &PlanPane, area: Rect, buf: &mut Buffer) {
    let lang = app.lang;
    let title = match (plan.decided, plan.proposal.source) {
        (true, _) => text(lang, "tui.title.old_plan"),
        (false, Source::User) => text(lang, "tui.title.edited_plan"),
        (false, Source::Verified) => text(lang, "tui.title.verified_plan"),
        (false, Source::ModelIntent) => text(lang, "tui.title.model_plan"),
        (false, Source::ModelSql) => text(lang, "tui.title.free_plan"),
        (false, _) => text(lang, "tui.title.plan"),
    };
    // Where it would run is part of what is decided.
    let title = match super::banner::label(app) {
        Some(label) => format!("{title} · {label}"),
        None => title.to_string(),
    };
    pane(app, &title, area, buf);
    let parts = parts(plan, area);
    let mut rows = Rows::new();
    match parts.told {
        Some(side) => {
            put_rows(buf, side, told(plan, &app.styles, usize::from(side.width), false, lang), 0);
        }
        None => {
            let cells = usize::from(parts.scrolled.width);
            rows.extend(told(plan, &app.styles, cells, true, lang));
        }
    }
    rows.extend(sql_rows(plan, &app.styles, usize::from(parts.scrolled.width)));
    let total = rows.len();
    let height = usize::from(parts.scrolled.height);
    let scroll = plan.scroll.min(total.saturating_sub(height));
    put_rows(buf, parts.scrolled, rows, scroll);
    if total > height {
        let (first, last) = (scroll + 1, (scroll + height).min(total));
        let numbers = [first, last, total].map(|n| n.to_string());
        let [first, last, total] = &numbers;
        let mark = fill(lang, "tui.plan.lines", &[("n", first), ("m", last), ("k", total)]);
        let x = usize::from(area.width).saturating_sub(width(&mark) + 4);
        put(buf, area, x, usize::from(area.height) - 1, &format!(" {mark} "), app.styles.accent);
    }
    if !plan.decided {
        buttons(app, plan, parts.buttons, buf);
    }
}

/// What was understood: the restatement first, then what to know, then the readings.
fn told(plan: &PlanPane, styles: &Styles, cells: usize, compact: bool, lang: Lang) -> Rows {
    let plain = Style::default();
    let written = text(lang, "tui.plan.written_by_you");
    let restatement = if plan.restatement.is_empty() { written } else { &plan.restatement };
    let mut rows = wrapped(("", plain), restatement, styles.title, cells);
    for warning in &plan.warnings {
        rows.extend(wrapped(("⚠ ", styles.warning), warning, styles.warning, cells));
    }
    for line in &plan.origin {
        rows.extend(wrapped(("", plain), line, styles.muted, cells));
    }
    if compact {
        rows.extend(flowing(&readings(plan, styles), styles, cells));
        rows.extend(ignored(plan, styles, cells, lang));
        if plan.defines {
            rows.extend(plan.definitions.iter().flat_map(|d| wrapped(("· ", styles.muted), d, plain, cells)));
        }
    } else {
        let readings = readings(plan, styles);
        if !readings.is_empty() {
            rows.push(Vec::new());
            rows.push(vec![(text(lang, "tui.plan.read_as").to_string(), styles.header)]);
        }
        for (words, style, meaning) in readings {
            rows.push(vec![
                (words, style),
                (" → ".to_string(), styles.muted),
                (clip(&meaning, cells), plain),
            ]);
        }
        rows.extend(ignored(plan, styles, cells, lang));
        if !plan.definitions.is_empty() {
            rows.push(Vec::new());
        }
        for definition in &plan.definitions {
            rows.extend(wrapped(("", plain), definition, styles.muted, cells));
        }
    }
    rows.push(Vec::new());
    rows
}

/// The readings one after another, as many to a row as fit.
fn flowing(readings: &[(String, Style, String)], styles: &Styles, cells: usize) -> Rows {
    let mut rows = Rows::new();
    let mut row = Vec::new();
    let mut used = 0;
    for (words, style, meaning) in readings {
        let wide = width(words) + 3 + width(meaning) + 3;
        if used > 0 && used + wide > cells {
            rows.push(std::mem::take(&mut row));
            used = 0;
        }
        row.push((words.clone(), *style));
        row.push((format!(" → {}", clip(meaning, cells)), styles.muted));
        row.push(("   ".to_string(), Style::default()));
        used += wide;
    }
    if !row.is_empty() {
        rows.push(row);
    }
    rows
}

/// The words that the figure does not depend on.
fn ignored(plan: &PlanPane, styles: &Styles, cells: usize, lang: Lang) -> Rows {
    let question = &plan.proposal.question;
    let words: Vec<String> = plan
        .proposal
        .readings()
        .iter()
        .filter(|reading| reading.understanding == Understanding::Ignored)
        .filter_map(|reading| question.get(reading.span.clone()))
        .map(|words| display_safe(words).into_string())
        // Articles and prepositions bind; nobody wonders about them.
        .filter(|words| words.split_whitespace().any(|word| word.chars().count() > 3))
        .collect();
    if words.is_empty() {
        return Rows::new();
    }
    let label = format!("{} ", text(lang, "tui.plan.ignored"));
    wrapped((&label, styles.muted), &words.join(" "), styles.ignored, cells)
}

fn readings(plan: &PlanPane, styles: &Styles) -> Vec<(String, Style, String)> {
    let question = &plan.proposal.question;
    let shown = plan.proposal.readings().iter().filter(|r| r.understanding != Understanding::Ignored);
    shown
        .map(|reading| {
            let words = question.get(reading.span.clone()).unwrap_or_default();
            let style = reading_style(styles, reading.understanding);
            let meaning = display_safe(&reading.meaning).into_string();
            (display_safe(words).into_string(), style, meaning)
        })
        .collect()
}

fn sql_rows(plan: &PlanPane, styles: &Styles, cells: usize) -> Rows {
    let rows = plan.sql.rows(cells.saturating_sub(GUTTER));
    rows.iter()
        .map(|row| {
            let number = row.number.map(|n| n.to_string()).unwrap_or_default();
            let mut parts = vec![(format!("{number:>3} │ "), styles.muted)];
            parts.extend(
                plan.sql
                    .parts(row)
                    .into_iter()
                    .map(|(part, role)| (part.to_string(), role_style(styles, role))),
            );
            parts
        })
        .collect()
}

fn role_style(styles: &Styles, role: SqlRole) -> Style {
    match role {
        SqlRole::Keyword => styles.sql_keyword,
        SqlRole::Function => styles.sql_function,
        SqlRole::Identifier => styles.sql_identifier,
        SqlRole::Text => styles.sql_string,
        SqlRole::Number => styles.sql_number,
        SqlRole::Comment => styles.sql_comment,
        SqlRole::Operator => styles.sql_operator,
        SqlRole::Refused => styles.error,
    }
}

fn buttons(app: &App, plan: &PlanPane, area: Rect, buf: &mut Buffer) {
    let lang = app.lang;
    let approval = plan.approval(app.now);
    let labels = [
        (Button::Reject, text(lang, "tui.plan.reject")),
        (Button::Edit, text(lang, "tui.plan.edit")),
        (Button::Approve, text(lang, "tui.plan.approve")),
    ];
    let mut x = 0;
    for (button, label) in labels {
        let chosen = plan.button == button && app.focus == Focus::Main;
        let style = match button {
            _ if chosen => app.styles.button_focus,
            Button::Approve if approval != Approval::Open => app.styles.button_off,
            _ => app.styles.button,
        };
        let mark = if chosen { "▸" } else { " " };
        x = put_all(buf, area, x, 0, [(format!("{mark}[ {label} ]"), style), (" ".into(), Style::default())]);
    }
    let why = match approval {
        Approval::NotRead => text(lang, "tui.plan.read_first"),
        Approval::NotShowable => text(lang, "tui.plan.not_showable"),
        Approval::Open | Approval::TooSoon => return,
    };
    put(buf, area, x + 1, 0, &clip(why, usize::from(area.width).saturating_sub(x + 1)), app.styles.warning);
}
