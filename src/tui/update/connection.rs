//! How the connection stands: what the session tells of it, and the keys of its panel.

use std::sync::Arc;

use crossterm::event::{KeyCode, KeyEvent};

use super::{Effect, say, scrolled};
use crate::config::AnswerFrom;
use crate::engine;
use crate::session::{Choice, Command, Link, Mark, Scene, ServerScene, SyncNews, Wish};
use crate::snapshot::{self, Order};
use crate::tui::app::{App, Form, Notice, Overlay, Pane};
use crate::tui::keymap::Action;
use crate::tui::view;

/// Takes how things stand; what a person must know of the change is said.
pub(super) fn on_scene(app: &mut App, scene: Scene) {
    let before = std::mem::replace(&mut app.scene, scene);
    let Scene::Server(now) = app.scene.clone() else { return };
    app.profile = now.profile.as_str().to_string();
    let link_before = before.server().filter(|old| old.profile == now.profile).map(|old| &old.link);
    if link_before == Some(&now.link) {
        return;
    }
    if app.overlay == Some(Overlay::Password) {
        app.overlay = None;
    }
    match &now.link {
        Link::NeedsPassword { refused, .. } => {
            // What is being read or written is not covered; the way there stays in the status line.
            let idle = app.question.is_blank() || app.question.is_sent();
            if app.overlay.is_none() && idle && !matches!(app.pane, Pane::Plan(_) | Pane::Editor(_)) {
                ask_for_password(app);
            }
            if let Some(error) = refused {
                fail(app, engine::sentence(error, app.lang).into_string());
            }
        }
        Link::Down(error) => fail(app, engine::sentence(error, app.lang).into_string()),
        Link::Refused(_) => fail(app, now.sentence(Mark::Privileged, app.lang).into_string()),
        Link::Up(_) => greet(app, &now),
        Link::Connecting | Link::Copy(_) => {}
    }
}

fn ask_for_password(app: &mut App) {
    app.password.appear(app.now);
    app.overlay = Some(Overlay::Password);
}

fn fail(app: &mut App, text: String) {
    app.notice = Some(Notice { text, failure: true });
}

/// Says that there is a connection, or the gravest thing to know about it.
fn greet(app: &mut App, scene: &ServerScene) {
    // Dangers and production have places of their own on the screen.
    let gravest = scene.marks().into_iter().find(|mark| !mark.is_danger() && *mark != Mark::Production);
    let text = match gravest {
        Some(mark) => scene.sentence(mark, app.lang).into_string(),
        None => {
            let server = crate::sanitize::display_safe(&scene.server);
            return say(app, "tui.notice.connected", &[("server", server.as_str())]);
        }
    };
    app.notice = Some(Notice { text, failure: false });
}

/// Tells how bringing in the copy goes.
pub(super) fn on_sync(app: &mut App, news: SyncNews) {
    app.sync = match news {
        SyncNews::At(progress) => Some(progress),
        SyncNews::Over(brought) => {
            match brought {
                Ok(brought) => {
                    let rows = usize::try_from(brought.rows).unwrap_or(usize::MAX);
                    let rows = crate::format::count(rows, app.lang);
                    say(app, "tui.notice.synced", &[("rows", &rows)]);
                }
                Err(error) => fail(app, snapshot::sentence(&error, app.lang).into_string()),
            }
            None
        }
    };
}

/// Keys in the panel.
pub(super) fn on_key(app: &mut App, action: Option<Action>, key: KeyEvent) -> Vec<Effect> {
    let Some(action) = action else { return Vec::new() };
    let server = app.scene.server().cloned();
    match (action, server) {
        (Action::Back, _) => close(app),
        (Action::Reconnect, Some(scene)) if !matches!(scene.link, Link::Copy(_)) => {
            close(app);
            return wish(Wish::Reconnect);
        }
        (Action::RefreshValues, Some(scene)) if matches!(scene.link, Link::Up(_)) => {
            say(app, "tui.notice.refreshing", &[]);
            return wish(Wish::RefreshValues);
        }
        (Action::SyncCopy, Some(_)) if app.sync.is_some() => return wish(Wish::StopSync),
        (Action::SyncCopy, Some(scene)) if matches!(scene.link, Link::Up(_)) => {
            let order = Order { from: None, to: None, refresh_days: app.refresh_days, anew: false };
            say(app, "tui.notice.syncing", &[]);
            return wish(Wish::Sync(order));
        }
        (Action::SwitchCopy, Some(scene)) => {
            let from = match scene.link {
                Link::Copy(_) => AnswerFrom::Server,
                // Without a copy there is only one way back.
                Link::Down(engine::EngineError::NoCopy { .. }) => AnswerFrom::Server,
                _ => AnswerFrom::Snapshot,
            };
            return choose(app, Choice::Profile { name: scene.profile.clone(), from });
        }
        (Action::Demo, Some(_)) => return choose(app, Choice::Local),
        (Action::NewConnection, _) => open_form(app),
        (Action::Pick, _) => return pick(app, key),
        (action, _) => {
            if let Some(Overlay::Connection { scroll }) = app.overlay {
                let limit = view::connection_scroll_limit(app);
                let scroll = scrolled(scroll, action, usize::from(app.size.height / 2)).min(limit);
                app.overlay = Some(Overlay::Connection { scroll });
            }
        }
    }
    Vec::new()
}

/// Opens or closes the panel.
pub(super) fn toggle(app: &mut App) {
    match app.overlay {
        Some(Overlay::Connection { .. }) => close(app),
        // A password that is waited for comes to the front again.
        None | Some(Overlay::Help { .. }) if needs_password(app) => ask_for_password(app),
        None | Some(Overlay::Help { .. }) => app.overlay = Some(Overlay::Connection { scroll: 0 }),
        Some(_) => {}
    }
}

fn needs_password(app: &App) -> bool {
    matches!(app.scene.server().map(|scene| &scene.link), Some(Link::NeedsPassword { .. }))
}

fn close(app: &mut App) {
    app.overlay = None;
    super::global::reappear(app);
}

/// Opens the form, with what was typed before, if something was.
pub(super) fn open_form(app: &mut App) {
    if app.form.is_none() {
        app.form = Some(Box::new(Form::new()));
    }
    app.overlay = Some(Overlay::Form);
}

fn wish(wish: Wish) -> Vec<Effect> {
    vec![Effect::Send(Command::Wish(wish))]
}

/// The profile that a digit names: those of the settings in order, then the local data.
fn pick(app: &mut App, key: KeyEvent) -> Vec<Effect> {
    let KeyCode::Char(c) = key.code else { return Vec::new() };
    let Some(at) = c.to_digit(10).and_then(|n| (n as usize).checked_sub(1)) else { return Vec::new() };
    let choice = match app.profiles.get(at) {
        Some(name) => Choice::Profile { name: name.clone(), from: AnswerFrom::Server },
        None if at == app.profiles.len() => Choice::Local,
        None => return Vec::new(),
    };
    choose(app, choice)
}

/// Lets other data answer. What was proposed for the data before is gone with it.
fn choose(app: &mut App, choice: Choice) -> Vec<Effect> {
    if app.run.is_some() {
        say(app, "tui.notice.still_running", &[]);
        return Vec::new();
    }
    if choice == Choice::Local {
        app.profile = crate::config::LOCAL.to_string();
    }
    app.overlay = None;
    super::leave_proposal_for_other_data(app);
    vec![Effect::Send(Command::Choose(choice))]
}

/// Keys where a password is typed.
pub(super) fn on_password_key(app: &mut App, action: Option<Action>, key: KeyEvent) -> Vec<Effect> {
    // Leaving is always meant.
    if action != Some(Action::Back) && !app.password.takes_keys(app.now) {
        return Vec::new();
    }
    match action {
        Some(Action::Send) => {
            let Some(secret) = app.password.take() else { return Vec::new() };
            app.overlay = None;
            return wish(Wish::Password(Some(secret)));
        }
        Some(Action::Back) => {
            app.password.clear();
            app.overlay = None;
            super::global::reappear(app);
            say(app, "tui.notice.no_password", &[]);
        }
        Some(_) => {}
        None => match key.code {
            KeyCode::Char(c) if !super::has_modifier(&key) => app.password.insert(&c.to_string()),
            KeyCode::Char('u') => app.password.clear(),
            KeyCode::Backspace => app.password.backspace(),
            _ => {}
        },
    }
    Vec::new()
}

/// The scene of a profile that was tried while its form is open.
pub(super) fn tried(app: &mut App, scene: Arc<ServerScene>) {
    use crate::tui::app::FormStage;
    if let Some(form) = app.form.as_deref_mut()
        && matches!(form.stage, FormStage::Trying)
    {
        form.stage = FormStage::Tried(scene);
        form.scroll = 0;
    }
}
