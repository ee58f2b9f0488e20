//! Keys in the form for a new connection, and what the session answers to it.

use crossterm::event::{KeyCode, KeyEvent};

use super::{Effect, has_modifier, say, scrolled, types_text};
use crate::config::{Login, ProfileName};
use crate::sanitize::{SafeText, display_safe};
use crate::session::{Command, Link};
use crate::tui::app::{App, Field, Form, FormStage, Notice};
use crate::tui::keymap::Action;
use crate::tui::view;

pub(super) fn on_key(app: &mut App, action: Option<Action>, key: KeyEvent) -> Vec<Effect> {
    let Some(form) = app.form.as_deref_mut() else {
        app.overlay = None;
        return Vec::new();
    };
    match &form.stage {
        FormStage::Filling { .. } => filling(app, action, key),
        FormStage::Trying | FormStage::Saving => {
            if action == Some(Action::Back) && matches!(form.stage, FormStage::Trying) {
                form.stage = FormStage::Filling { problem: None };
            }
            Vec::new()
        }
        FormStage::Tried(scene) => {
            let reached = matches!(scene.link, Link::Up(_) | Link::Refused(_));
            match action {
                Some(Action::Send) if reached => save(app),
                Some(Action::Save) => save(app),
                Some(Action::Try) => try_out(app),
                Some(Action::Back | Action::Send) => {
                    form.stage = FormStage::Filling { problem: None };
                    Vec::new()
                }
                Some(action) => {
                    let limit = view::form_scroll_limit(app);
                    if let Some(form) = app.form.as_deref_mut() {
                        form.scroll = scrolled(form.scroll, action, 5).min(limit);
                    }
                    Vec::new()
                }
                None => Vec::new(),
            }
        }
    }
}

fn filling(app: &mut App, action: Option<Action>, key: KeyEvent) -> Vec<Effect> {
    let Some(form) = app.form.as_deref_mut() else { return Vec::new() };
    match action {
        Some(Action::Back) => {
            // What was typed stays for the next time, except the password.
            form.password.clear();
            app.overlay = None;
            super::global::reappear(app);
        }
        Some(Action::Try) => return try_out(app),
        Some(Action::Send) if form.at_end() => return try_out(app),
        Some(Action::Send | Action::Next) => form.go(true),
        Some(Action::Previous) => form.go(false),
        Some(Action::Left | Action::Right) if form.field.is_choice() => {
            form.turn(action == Some(Action::Right));
        }
        Some(Action::Left | Action::Right) => move_in_text(form, key),
        Some(_) => {}
        None => type_in(form, key),
    }
    Vec::new()
}

fn move_in_text(form: &mut Form, key: KeyEvent) {
    if let Some(area) = form.typing() {
        area.input(key);
    }
}

fn type_in(form: &mut Form, key: KeyEvent) {
    if let FormStage::Filling { problem } = &mut form.stage {
        *problem = None;
    }
    match key.code {
        KeyCode::Char(' ') if form.field.is_choice() => form.turn(true),
        KeyCode::Char(c) if !has_modifier(&key) => form.insert(&c.to_string()),
        KeyCode::Char('u') if form.field == Field::Password => form.password.clear(),
        KeyCode::Backspace if form.field == Field::Password => form.password.backspace(),
        _ if types_text(&key) => move_in_text(form, key),
        _ => {}
    }
}

/// Text pasted into the form.
pub(super) fn paste(app: &mut App, text: &str) {
    if let Some(form) = app.form.as_deref_mut()
        && matches!(form.stage, FormStage::Filling { .. })
    {
        form.insert(text);
    }
}

fn try_out(app: &mut App) -> Vec<Effect> {
    let lang = app.lang;
    let Some(form) = app.form.as_deref_mut() else { return Vec::new() };
    let draft = form.draft();
    let profile = match draft.profile() {
        Ok((_, profile)) => profile,
        Err(error) => {
            let said = display_safe(&error.sentence(lang)).into_string();
            form.refuse(&error, said);
            return Vec::new();
        }
    };
    let password = form.password.secret();
    if matches!(profile.login, Login::Sql { .. }) && password.is_none() {
        form.field = Field::Password;
        let said = crate::i18n::text(lang, "tui.form.no_password").to_string();
        form.stage = FormStage::Filling { problem: Some((Some(Field::Password), said)) };
        return Vec::new();
    }
    form.stage = FormStage::Trying;
    vec![Effect::Send(Command::TryConnection { draft: Box::new(draft), password })]
}

fn save(app: &mut App) -> Vec<Effect> {
    if app.run.is_some() {
        say(app, "tui.notice.still_running", &[]);
        return Vec::new();
    }
    let lang = app.lang;
    let Some(form) = app.form.as_deref_mut() else { return Vec::new() };
    form.stage = FormStage::Saving;
    let (draft, password, keep) = (Box::new(form.draft()), form.password.secret(), form.keep);
    vec![Effect::Send(Command::SaveConnection { draft, password, keep, lang })]
}

/// The profile was saved and answers from now on.
pub(super) fn saved(app: &mut App, profile: ProfileName, problem: Option<SafeText>) {
    app.form = None;
    app.overlay = None;
    if !app.profiles.contains(&profile) {
        app.profiles.push(profile.clone());
        app.profiles.sort();
    }
    super::leave_proposal_for_other_data(app);
    match problem {
        Some(text) => app.notice = Some(Notice { text: text.into_string(), failure: true }),
        None => say(app, "tui.notice.saved", &[("profile", profile.as_str())]),
    }
}

/// It could not be saved: the form stays as it was filled in.
pub(super) fn not_saved(app: &mut App, text: SafeText) {
    if let Some(form) = app.form.as_deref_mut() {
        form.stage = FormStage::Filling { problem: Some((None, text.into_string())) };
    }
}
