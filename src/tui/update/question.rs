//! Keys in the question box.

use crossterm::event::KeyEvent;

use super::{Effect, ask, focus_main, say, types_text};
use crate::tui::app::{App, MAX_CHARS, Pane, Stage, Typed};
use crate::tui::keymap::Action;

pub(super) fn on_key(app: &mut App, action: Option<Action>, key: KeyEvent) -> Vec<Effect> {
    match action {
        Some(Action::Send) => return send(app),
        Some(Action::Newline) => insert(app, "\n"),
        Some(Action::Older) => app.question.older(),
        Some(Action::Newer) => newer(app),
        Some(Action::Undo) => {
            app.question.area.undo();
        }
        Some(Action::Redo) => {
            app.question.area.redo();
        }
        Some(_) => {}
        None => type_in(app, key),
    }
    Vec::new()
}

/// From the end of the box the list below is the next thing down.
fn newer(app: &mut App) {
    let moved = app.question.newer();
    if !moved && matches!(app.pane, Pane::Welcome(_) | Pane::NoPlan(_)) {
        focus_main(app);
    }
}

fn type_in(app: &mut App, key: KeyEvent) {
    if types_text(&key) && app.question.input(key.into()) == Typed::Cut {
        say_full(app);
    }
}

fn insert(app: &mut App, text: &str) {
    if app.question.insert(text) == Typed::Cut {
        say_full(app);
    }
}

pub(super) fn say_full(app: &mut App) {
    let max = crate::format::count(MAX_CHARS, app.lang);
    say(app, "tui.notice.question_full", &[("n", &max)]);
}

fn send(app: &mut App) -> Vec<Effect> {
    if app.question.is_blank() {
        return Vec::new();
    }
    if let Stage::Unavailable(_) = app.stage {
        say(app, "tui.notice.no_data", &[]);
        return Vec::new();
    }
    // The same question again while it is on its way is one question.
    if app.question.is_sent() && matches!(app.pane, Pane::Planning { .. }) {
        return Vec::new();
    }
    let text = app.question.send();
    ask(app, text)
}
