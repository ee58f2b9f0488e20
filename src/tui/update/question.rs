//! Keys in the question box.

use crossterm::event::{KeyCode, KeyEvent};

use super::{Effect, ask, focus_main, has_modifier, say, types_text};
use crate::session::Command;
use crate::tui::app::{App, MAX_CHARS, Pane, Stage, Typed};
use crate::tui::keymap::Action;

pub(super) fn on_key(app: &mut App, action: Option<Action>, key: KeyEvent, burst: bool) -> Vec<Effect> {
    match action {
        // A tab within pasted text accepts nothing.
        Some(Action::Complete) if burst => {}
        Some(Action::Complete) => {
            if app.question.accept() == Typed::Cut {
                say_full(app);
            }
        }
        Some(Action::Down) => app.question.offers.down(),
        Some(Action::Up) => {
            if !app.question.offers.up() {
                app.question.older();
            }
        }
        Some(Action::Back) => {
            app.question.offers.forget();
        }
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
        None => return type_in(app, key),
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

fn type_in(app: &mut App, key: KeyEvent) -> Vec<Effect> {
    if !types_text(&key) {
        return Vec::new();
    }
    if app.question.input(key.into()) == Typed::Cut {
        say_full(app);
    }
    let writes = matches!(key.code, KeyCode::Char(_) | KeyCode::Backspace) && !has_modifier(&key);
    complete(app).filter(|_| writes).into_iter().collect()
}

/// Has the words before the cursor completed.
fn complete(app: &mut App) -> Option<Effect> {
    if !matches!(app.stage, Stage::Ready { .. }) {
        return None;
    }
    let (text, cursor) = app.question.completable()?;
    let serial = app.question.offers.forget();
    Some(Effect::Send(Command::Complete { serial, text, cursor, lang: app.lang }))
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
