//! Keys in a list of questions to choose from.

use crossterm::event::{KeyCode, KeyEvent};

use super::model::show_sent;
use super::{Effect, ask};
use crate::tui::app::{App, Focus, Pane};
use crate::tui::keymap::Action;

pub(super) fn on_key(app: &mut App, action: Option<Action>, key: KeyEvent) -> Vec<Effect> {
    let (Pane::Welcome(list) | Pane::NoPlan(list)) = &mut app.pane else { return Vec::new() };
    let picked = match action {
        Some(Action::Up) if list.selected == 0 => {
            app.focus = Focus::Question;
            None
        }
        Some(Action::Up) => {
            list.step(false);
            None
        }
        Some(Action::Down) => {
            list.step(true);
            None
        }
        Some(Action::Back) => {
            app.focus = Focus::Question;
            None
        }
        Some(Action::ShowSent) => {
            show_sent(app);
            return Vec::new();
        }
        Some(Action::Choose) => list.question(list.selected),
        Some(Action::Pick) => digit(&key).and_then(|at| list.question(at)),
        _ => None,
    };
    match picked {
        Some(question) => {
            app.question.replace(&question);
            let text = app.question.send();
            app.focus = Focus::Question;
            ask(app, text)
        }
        None => Vec::new(),
    }
}

/// The entry that a digit names, from 0.
pub(super) fn digit(key: &KeyEvent) -> Option<usize> {
    match key.code {
        KeyCode::Char(c) => c.to_digit(10).and_then(|n| (n as usize).checked_sub(1)),
        _ => None,
    }
}
