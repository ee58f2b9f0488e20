//! Keys in the T-SQL editor.

use crossterm::event::KeyEvent;

use super::{Effect, focus_main, has_modifier, types_text};
use crate::session::{Command, QuestionId};
use crate::tui::app::{App, Pane};
use crate::tui::keymap::Action;

pub(super) fn on_key(app: &mut App, action: Option<Action>, key: KeyEvent) -> Vec<Effect> {
    let lang = app.lang;
    let Pane::Editor(editor) = &mut app.pane else { return Vec::new() };
    match action {
        Some(Action::Propose) => {
            editor.waiting = true;
            editor.refusal = None;
            let id = editor.proposal.proposal.id;
            return vec![Effect::Send(Command::ProposeSql { id, sql: editor.text(), lang })];
        }
        Some(Action::Back) => leave(app),
        Some(Action::Undo) => {
            editor.area.undo();
        }
        Some(Action::Redo) => {
            editor.area.redo();
        }
        Some(_) => {}
        None if types_text(&key) => {
            editor.refusal = None;
            match key.code {
                crossterm::event::KeyCode::Char(c) if !has_modifier(&key) => editor.insert(&c.to_string()),
                _ => {
                    editor.area.input(key);
                }
            }
        }
        None => {}
    }
    Vec::new()
}

/// Back to the proposal as it was.
fn leave(app: &mut App) {
    let placeholder = Pane::Planning { id: QuestionId(0) };
    if let Pane::Editor(editor) = std::mem::replace(&mut app.pane, placeholder) {
        app.pane = Pane::Plan(editor.proposal);
        focus_main(app);
    }
}
