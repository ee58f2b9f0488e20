//! The panel of the connection: what answers, how it stands, what can be done.

use chrono::{DateTime, Utc};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::widgets::{Clear, Widget};

use super::{Rows, areas, bordered, dialog, inset, put, put_rows, wrapped};
use crate::format;
use crate::i18n::{fill, text};
use crate::llm::words;
use crate::sanitize::{display_safe, multiline_safe};
use crate::schema;
use crate::session::{Connected, Link, Mark, Scene, ServerScene, Step, StepEnd, Values, steps};
use crate::tui::app::App;
use crate::tui::text::fit;

/// Cells for the names of steps.
const NAMES: usize = 19;

pub(super) fn render(app: &App, scroll: usize, area: Rect, buf: &mut Buffer) {
    Clear.render(area, buf);
    let inner = bordered(app, text(app.lang, "tui.title.connection"), area, true, buf);
    put_rows(buf, inset(inner), rows(app, usize::from(inset(inner).width)), scroll);
}

/// The largest scroll position that is of use.
pub(crate) fn scroll_limit(app: &App) -> usize {
    let parts = areas(app);
    let area = parts.main.union(parts.question);
    let cells = usize::from(area.width.saturating_sub(4));
    rows(app, cells).len().saturating_sub(usize::from(area.height.saturating_sub(2)))
}

fn rows(app: &App, cells: usize) -> Rows {
    let mut rows = match &app.scene {
        Scene::Local => local(app, cells),
        Scene::Server(scene) => server(app, scene, cells),
    };
    rows.extend(models(app, cells));
    rows.push(Vec::new());
    rows.push(vec![(text(app.lang, "tui.connection.others").to_string(), app.styles.header)]);
    let local = crate::config::LOCAL;
    let names = app.profiles.iter().map(|name| name.as_str()).chain([local]);
    for (at, name) in names.enumerate() {
        let used = if name == app.profile { text(app.lang, "tui.connection.in_use") } else { "" };
        let key = if at < 9 { (at + 1).to_string() } else { " ".to_string() };
        rows.push(vec![
            (format!("  {key}  "), app.styles.key),
            (name.to_string(), Style::default()),
            (format!("  {used}"), app.styles.muted),
        ]);
    }
    rows
}

/// The models in use, how they stand, what they came to.
fn models(app: &App, cells: usize) -> Rows {
    let Some(told) = &app.models else { return Rows::new() };
    let plain = Style::default();
    let mut rows =
        vec![Vec::new(), vec![(text(app.lang, "tui.connection.models").to_string(), app.styles.header)]];
    for standing in told.standings(app.now) {
        let (good, said) = words::standing(&standing, app.lang);
        let (mark, style) = if good { ("✓ ", app.styles.success) } else { ("✗ ", app.styles.error) };
        rows.extend(wrapped((mark, style), &said, plain, cells));
    }
    let spent = words::spent(&told.spent, &told.limits, app.lang);
    rows.extend(wrapped(("", plain), &spent, app.styles.muted, cells));
    rows
}

fn local(app: &App, cells: usize) -> Rows {
    let plain = Style::default();
    let mut rows = wrapped(("", plain), text(app.lang, "tui.connection.local"), plain, cells);
    rows.extend(wrapped(("", plain), text(app.lang, "tui.connection.how"), app.styles.muted, cells));
    rows
}

fn server(app: &App, scene: &ServerScene, cells: usize) -> Rows {
    let lang = app.lang;
    let plain = Style::default();
    let mut rows = Rows::new();
    for mark in scene.marks() {
        let style = if mark.is_danger() { app.styles.error } else { app.styles.warning };
        let said = format!("{}: {}", mark.label(lang), scene.sentence(mark, lang));
        rows.extend(wrapped(("⚠ ", style), &said, style, cells));
    }
    rows.push(Vec::new());
    rows.extend(wrapped(("", plain), &answers(app, scene), plain, cells));
    if !matches!(scene.link, Link::Copy(_)) {
        rows.push(Vec::new());
        rows.extend(step_rows(app, scene, cells));
    }
    rows.push(Vec::new());
    rows.extend(wrapped(("", plain), &values(app, scene), plain, cells));
    if let Some(progress) = &app.sync {
        let (done, of) = (progress.done.to_string(), progress.of.to_string());
        let said = fill(lang, "tui.connection.syncing", &[("done", &done), ("of", &of)]);
        rows.extend(wrapped(("", plain), &said, app.styles.accent, cells));
    }
    if let Some(connected) = scene.connected() {
        rows.extend(found(app, scene, connected, cells));
    }
    rows
}

/// Which of server and copy answers, and how old that is.
fn answers(app: &App, scene: &ServerScene) -> String {
    let lang = app.lang;
    match &scene.link {
        Link::Copy(copy) => {
            let age = format::age(app.age_of(copy.fetched_at), lang);
            let (from, to) = (format::date(copy.from, lang), format::date(copy.to, lang));
            fill(lang, "tui.connection.copy", &[("age", &age), ("from", &from), ("to", &to)])
        }
        Link::Connecting => text(lang, "tui.connection.connecting").to_string(),
        Link::NeedsPassword { .. } => text(lang, "tui.connection.needs_password").to_string(),
        Link::Down(_) => text(lang, "tui.connection.down").to_string(),
        Link::Refused(_) => text(lang, "tui.connection.refused").to_string(),
        Link::Up(connected) => {
            let age = format::age(app.age_of(connected.at), lang);
            let server = display_safe(&scene.server);
            fill(lang, "tui.connection.up", &[("server", server.as_str()), ("age", &age)])
        }
    }
}

/// The steps of a connection, each with its mark and words.
pub(super) fn step_rows(app: &App, scene: &ServerScene, cells: usize) -> Rows {
    let mut rows = Rows::new();
    for (step, end) in steps(scene, app.lang) {
        let (mark, style, said) = match &end {
            StepEnd::Good(said) => ("✓", app.styles.success, said.as_str()),
            StepEnd::Doubtful(said) => ("!", app.styles.warning, said.as_str()),
            StepEnd::Bad(said) => ("✗", app.styles.error, said.as_str()),
            StepEnd::NotReached => ("·", app.styles.muted, ""),
        };
        rows.extend(step_row(app, step, mark, style, said, cells));
    }
    rows
}

fn step_row(app: &App, step: Step, mark: &str, style: Style, said: &str, cells: usize) -> Rows {
    let prefix = format!("{mark} {} ", fit(step.name(app.lang), NAMES, false));
    let words = if mark == "✓" { Style::default() } else { style };
    if said.is_empty() {
        return vec![vec![(prefix, style)]];
    }
    wrapped((&prefix, style), said, words, cells)
}

fn values(app: &App, scene: &ServerScene) -> String {
    let lang = app.lang;
    let age = |at: DateTime<Utc>| format::age(app.age_of(at), lang);
    match &scene.values {
        Values::None => text(lang, "tui.connection.values_none").to_string(),
        Values::Loading { done, of, .. } => {
            let (done, of) = (done.to_string(), of.to_string());
            fill(lang, "tui.connection.values_loading", &[("done", &done), ("of", &of)])
        }
        Values::Held { at } => fill(lang, "tui.connection.values", &[("age", &age(*at))]),
    }
}

/// Differences of the table, indexes to ask for, and how to make a login that only reads.
fn found(app: &App, scene: &ServerScene, connected: &Connected, cells: usize) -> Rows {
    let lang = app.lang;
    let plain = Style::default();
    let mut rows = Rows::new();
    for difference in &connected.schema.differences {
        let style = if difference.costs_answers() { app.styles.warning } else { app.styles.muted };
        rows.extend(wrapped(("! ", style), schema::sentence(difference, lang).as_str(), style, cells));
        if let Some(lost) = schema::unanswerable(difference, lang) {
            rows.extend(wrapped(("  ", plain), &lost, plain, cells));
        }
    }
    for advice in &connected.schema.advice {
        let said = schema::advice_sentence(advice, &scene.table, lang);
        rows.extend(wrapped(("", plain), said.as_str(), app.styles.muted, cells));
    }
    if scene.marks().iter().any(|mark| matches!(mark, Mark::Privileged | Mark::SeesMore)) {
        rows.push(Vec::new());
        rows.push(vec![(text(lang, "tui.connection.remedy").to_string(), app.styles.header)]);
        for line in multiline_safe(&connected.inspection.rights.remedy) {
            rows.extend(wrapped(("  ", plain), line.as_str(), app.styles.sql_identifier, cells));
        }
    }
    rows
}

/// Where a password is typed: as many marks as characters.
pub(super) fn render_password(app: &App, area: Rect, buf: &mut Buffer) -> Option<Position> {
    let Scene::Server(scene) = &app.scene else { return None };
    let inner = dialog(app, text(app.lang, "tui.title.password"), (64, 6), area, buf);
    let (user, server) =
        (display_safe(scene.user.as_deref().unwrap_or_default()), display_safe(&scene.server));
    let values = [("user", user.as_str()), ("server", server.as_str())];
    let mut rows = wrapped(
        ("", Style::default()),
        &fill(app.lang, "tui.password.for", &values),
        Style::default(),
        usize::from(inner.width),
    );
    if let Link::NeedsPassword { tries_left, refused: Some(_) } = &scene.link {
        let left = tries_left.to_string();
        let said = crate::i18n::plural(app.lang, "tui.password.left", *tries_left as u64, &left, &[]);
        rows.extend(wrapped(("✗ ", app.styles.error), &said, app.styles.error, usize::from(inner.width)));
    }
    let typed = app.password.len().min(usize::from(inner.width.saturating_sub(3)));
    let y = rows.len().min(usize::from(inner.height.saturating_sub(1)));
    put_rows(buf, inner, rows, 0);
    put(buf, inner, 0, y, "> ", app.styles.key);
    put(buf, inner, 2, y, &"*".repeat(typed), Style::default());
    let (x, y) = (u16::try_from(2 + typed).unwrap_or(2), u16::try_from(y).unwrap_or(0));
    Some(Position::new(inner.x + x, inner.y + y))
}
