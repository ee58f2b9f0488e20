//! The status line: what answers, about what data, and what is going on.

use std::time::Instant;

use chrono::NaiveDate;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::put;
use crate::engine::{DataFacts, EngineKind, Origin};
use crate::format;
use crate::i18n::{fill, plural, text};
use crate::llm::price;
use crate::sanitize::display_safe;
use crate::session::{Link, Scene, ServerScene, Values};
use crate::tui::app::{AnsweredBy, App, Notice, Pane, SPINNER_STEP, Stage};
use crate::tui::text::{clip, fit, width, wrap};

/// The spinner's pictures: readable without Unicode and without colour.
const SPINNER: [&str; 4] = ["|", "/", "-", "\\"];

pub(super) fn render(app: &App, area: Rect, buf: &mut Buffer) {
    let cells = usize::from(area.width);
    if let Some(notice) = &app.notice {
        let (style, said) = notice_words(app, notice);
        put(buf, area, 0, 0, &fit(&said, cells, false), style);
        return;
    }
    let models = models(app).map(|models| format!("{models} · ")).unwrap_or_default();
    let right = format!("{models}{} ", app.lang.code().to_uppercase());
    let parts: Vec<String> = [activity(app), data(app)].into_iter().flatten().collect();
    let left = clip(&format!(" {}", parts.join(" · ")), cells.saturating_sub(width(&right) + 1));
    let line = fit(&left, cells.saturating_sub(width(&right)), false) + &right;
    put(buf, area, 0, 0, &line, app.styles.status);
}

fn notice_words(app: &App, notice: &Notice) -> (Style, String) {
    let style = if notice.failure { app.styles.error } else { app.styles.accent };
    let mark = if notice.failure { "✗ " } else { "" };
    (style, format!(" {mark}{}", notice.text))
}

/// What does not fit into one line takes the hints' line too: a sentence that says what to
/// do must not be cut before it does. Whether there was one.
pub(super) fn render_long_notice(app: &App, status: Rect, buf: &mut Buffer) -> bool {
    let cells = usize::from(status.width);
    let Some(notice) = &app.notice else { return false };
    let (style, said) = notice_words(app, notice);
    if width(&said) <= cells {
        return false;
    }
    let mut lines = wrap(said.trim_start(), cells.saturating_sub(2)).into_iter();
    let first = lines.next().unwrap_or_default();
    let rest = lines.collect::<Vec<_>>().join(" ");
    let below = Rect { y: status.y + 1, ..status };
    put(buf, status, 0, 0, &fit(&format!(" {first}"), cells, false), style);
    put(buf, below, 0, 0, &fit(&format!(" {rest}"), cells, false), style);
    true
}

/// The middle of the screen while a question is planned.
pub(super) fn render_planning(app: &App, area: Rect, buf: &mut Buffer) {
    let line = format!("{} {}", spinner(app), text(app.lang, "tui.status.planning"));
    put(buf, area, 1, 0, &line, app.styles.muted);
}

fn spinner(app: &App) -> &'static str {
    spinner_since(app, app.run.map_or(app.now, |run| run.started))
}

pub(super) fn spinner_since(app: &App, started: Instant) -> &'static str {
    let step = app.now.duration_since(started).as_millis() / SPINNER_STEP.as_millis();
    SPINNER.get((step % SPINNER.len() as u128) as usize).copied().unwrap_or("|")
}

/// The model that is asked first, and what models have cost; whether it can be asked at all.
fn models(app: &App) -> Option<String> {
    let told = app.models.as_ref()?;
    let first = told.standings(app.now).next()?;
    let cost = price::dollars(told.spent.cost, app.lang);
    let values = [("provider", first.provider.name()), ("cost", cost.as_str())];
    let key = match (&first.key, first.open_for) {
        (Err(_), _) => "tui.status.model_no_key",
        (Ok(false), _) if !first.is_local => "tui.status.model_no_key",
        (_, Some(_)) => "tui.status.model_rests",
        _ => "tui.status.model",
    };
    Some(fill(app.lang, key, &values))
}

/// What goes on, or how the last query went.
fn activity(app: &App) -> Option<String> {
    let lang = app.lang;
    let rows = app.result.as_deref().map_or(0, |result| result.original.row_count());
    let rows = plural(lang, "tui.status.rows", rows as u64, &format::count(rows, lang), &[]);
    if let Some(run) = app.run {
        let elapsed = app.now.duration_since(run.started).as_secs().to_string();
        let values = [("rows", rows.as_str()), ("seconds", elapsed.as_str())];
        let sentence = if run.cancelling {
            fill(lang, "tui.status.cancelling", &values)
        } else {
            fill(lang, "tui.status.running", &values)
        };
        return Some(format!("{} {sentence}", spinner(app)));
    }
    let result = app.result.as_deref().filter(|_| matches!(app.pane, Pane::Result))?;
    let elapsed = result.elapsed?;
    if let Some(fetched_at) = result.kept_since {
        let age = format::age(app.age_of(fetched_at), lang);
        return Some(fill(lang, "tui.status.kept", &[("rows", &rows), ("age", &age)]));
    }
    let seconds = format!("{:.2}", elapsed.as_secs_f64());
    let seconds = if lang == crate::i18n::Lang::Es { seconds.replace('.', ",") } else { seconds };
    let done = fill(lang, "tui.status.done", &[("rows", &rows), ("seconds", &seconds)]);
    Some(match result.answered_by {
        AnsweredBy::Local => done,
        AnsweredBy::Server => format!("{done} ({})", text(lang, "tui.status.sql_server")),
        AnsweredBy::Copy => format!("{done} ({})", text(lang, "tui.status.by_copy")),
    })
}

/// How the connection stands, for a profile's server; which copy answers, where one does.
fn link(app: &App, scene: &ServerScene) -> String {
    let lang = app.lang;
    match &scene.link {
        Link::Connecting => text(lang, "tui.status.connecting").to_string(),
        Link::NeedsPassword { .. } => text(lang, "tui.status.needs_password").to_string(),
        Link::Up(_) => text(lang, "tui.status.sql_server").to_string(),
        Link::Refused(_) => text(lang, "tui.status.refused").to_string(),
        Link::Down(_) => text(lang, "tui.status.down").to_string(),
        Link::Copy(copy) => {
            fill(lang, "tui.status.copy", &[("age", &format::age(app.age_of(copy.fetched_at), lang))])
        }
    }
}

/// What of a profile is still on its way.
fn coming(app: &App, scene: &ServerScene) -> Option<String> {
    if let Some(progress) = &app.sync {
        let (done, of) = (progress.done.to_string(), progress.of.to_string());
        return Some(fill(app.lang, "tui.status.syncing", &[("done", &done), ("of", &of)]));
    }
    match scene.values {
        Values::Loading { done, of, .. } => {
            let (done, of) = (done.to_string(), of.to_string());
            Some(fill(app.lang, "tui.status.loading_values", &[("done", &done), ("of", &of)]))
        }
        _ => None,
    }
}

/// Which engine, which data, how old.
fn data(app: &App) -> Option<String> {
    let lang = app.lang;
    if let Scene::Server(scene) = &app.scene {
        let facts = match &app.stage {
            Stage::Ready { facts, .. } => Some(facts),
            _ => None,
        };
        let parts = [
            Some(scene.profile.as_str().to_string()),
            Some(link(app, scene)),
            coming(app, scene),
            facts.and_then(|facts| age(app, facts)),
            facts.filter(|facts| facts.rows > 0).map(|facts| lines(app, facts)),
        ];
        return Some(parts.into_iter().flatten().collect::<Vec<_>>().join(" · "));
    }
    match &app.stage {
        Stage::Preparing(_) => Some(text(lang, "tui.status.preparing").to_string()),
        Stage::Unavailable(_) => Some(text(lang, "tui.status.unavailable").to_string()),
        Stage::Ready { engine, facts } => {
            let engine = match engine {
                EngineKind::Embedded => text(lang, "tui.status.embedded"),
                EngineKind::SqlServer => text(lang, "tui.status.sql_server"),
            };
            let parts = [
                Some(origin(app, facts)),
                age(app, facts),
                Some(lines(app, facts)),
                Some(engine.to_string()),
            ];
            Some(parts.into_iter().flatten().collect::<Vec<_>>().join(" · "))
        }
    }
}

fn lines(app: &App, facts: &DataFacts) -> String {
    let rows = usize::try_from(facts.rows).unwrap_or(usize::MAX);
    fill(app.lang, "tui.status.lines", &[("n", &format::count(rows, app.lang))])
}

fn origin(app: &App, facts: &DataFacts) -> String {
    match &facts.origin {
        Origin::Demo { .. } => text(app.lang, "tui.status.demo").to_string(),
        Origin::Import { file } => clip(display_safe(file).as_str(), 24),
        Origin::Server => display_safe(&app.profile).into_string(),
    }
}

/// How far the data reaches, and how long ago that was.
fn age(app: &App, facts: &DataFacts) -> Option<String> {
    let (_, last): (NaiveDate, NaiveDate) = facts.span?;
    let days = app.today.signed_duration_since(last).num_days();
    let date = format::date(last, app.lang);
    Some(match u64::try_from(days) {
        Ok(0) | Err(_) => fill(app.lang, "tui.status.until", &[("date", &date)]),
        Ok(days) => {
            let shown = days.to_string();
            plural(app.lang, "tui.status.old", days, &shown, &[("date", &date)])
        }
    })
}
