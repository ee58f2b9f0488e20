//! `update(state, message) -> effects`: the only place where the state changes.
//!
//! No clock, no terminal and no session here: time comes with the message, and what has
//! to happen outside leaves as an [`Effect`].

mod choices;
mod connection;
mod editor;
mod form;
mod global;
mod model;
mod plan;
mod question;
mod result;
mod session;

use std::time::Instant;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::Rect;

use super::app::{App, Focus, Overlay, Pane, Typed, View};
use super::keymap::{Action, lookup};
use super::view;
use crate::chart::Chart;
use crate::frame::Frame;
use crate::i18n::{Lang, fill};
use crate::insight::Insight;
use crate::session::{Command, Context, Event, QuestionId};

/// Something that happened.
#[derive(Debug)]
pub(crate) enum Msg {
    /// A key. `burst`: it came together with others, as pasted text does where the
    /// terminal cannot mark pasting.
    Key { key: KeyEvent, burst: bool },
    /// Text pasted into the terminal.
    Paste(String),
    /// The window has another size.
    Resize(u16, u16),
    /// The session speaks.
    Session(Box<Event>),
    /// Work asked for by [`Effect::Work`] is done.
    Worked(Box<Outcome>),
    /// Time passed.
    Tick,
}

/// Work on a result that may take long on a large one.
#[derive(Debug, Clone)]
pub(crate) enum Work {
    Sort { id: QuestionId, generation: u64, frame: Frame, column: usize, descending: bool },
    Find { id: QuestionId, frame: Frame, needle: String, from: (usize, usize), backwards: bool, lang: Lang },
    Describe { id: QuestionId, frame: Frame, hint: Option<crate::ask::ChartHint>, lang: Lang },
}

/// What came of it.
#[derive(Debug, Clone)]
pub(crate) enum Outcome {
    Sorted { id: QuestionId, generation: u64, frame: Frame, sort: Option<(usize, bool)> },
    Found { id: QuestionId, needle: String, place: Option<(usize, usize)> },
    Described { id: QuestionId, lang: Lang, chart: Option<Chart>, insights: Vec<Insight> },
}

/// What has to happen outside.
#[derive(Debug)]
pub(crate) enum Effect {
    /// Tell the session.
    Send(Command),
    /// Do this off the screen's thread.
    Work(Work),
    /// Hand text to the terminal's clipboard.
    Copy(String),
    /// Stop the process until it is continued.
    Suspend,
    /// End.
    Quit,
}

/// Takes one message.
pub(crate) fn update(app: &mut App, msg: Msg, now: Instant) -> Vec<Effect> {
    app.now = now;
    let effects = match msg {
        Msg::Key { key, burst } => on_key(app, key, burst),
        Msg::Paste(text) => on_paste(app, &text),
        Msg::Resize(width, height) => {
            app.size = Rect::new(0, 0, width, height);
            Vec::new()
        }
        Msg::Session(event) => session::on_event(app, *event),
        Msg::Worked(outcome) => result::on_outcome(app, *outcome),
        Msg::Tick => Vec::new(),
    };
    settle(app);
    effects
}

/// Tells the state what was drawn: approving needs the T-SQL to have been on the screen.
pub(crate) fn after_draw(app: &mut App, now: Instant) {
    if app.too_small() {
        return;
    }
    if let (Some(Overlay::Consent), Some(consent)) = (app.overlay, &mut app.consent) {
        consent.drawn(now);
    }
    // What lies over the plan hides some of it.
    if app.overlay.is_some() || !app.question.offers.is_empty() {
        return;
    }
    let area = view::areas(app).main;
    if let Pane::Plan(plan) = &mut app.pane {
        let on_screen = view::plan_on_screen(plan, area);
        plan.drawn(&on_screen, now);
    }
}

/// Brings scroll positions and column widths in line with the window and the state.
fn settle(app: &mut App) {
    if app.too_small() {
        return;
    }
    let area = view::areas(app).main;
    match &mut app.pane {
        Pane::Plan(plan) => {
            let limit = view::plan_scroll_limit(plan, area);
            plan.scroll = plan.scroll.min(limit);
        }
        Pane::Result => {
            let lang = app.lang;
            if let Some(result) = app.result.as_deref_mut() {
                let window = view::table_window(result, area);
                let rows = usize::from(window.height);
                result.settle(rows, usize::from(window.width), lang);
            }
        }
        _ => {}
    }
}

fn on_key(app: &mut App, key: KeyEvent, burst: bool) -> Vec<Effect> {
    app.notice = None;
    if app.too_small() {
        // Nothing can be read, so nothing can be decided: only leaving works.
        return match lookup(&[super::keymap::Context::Everywhere], &key) {
            Some(action @ (Action::Quit | Action::Interrupt | Action::Suspend)) => global::act(app, action),
            _ => Vec::new(),
        };
    }
    let action = lookup(&app.contexts(), &key);
    if let Some(action) = action
        && global::is_global(action)
    {
        return global::act(app, action);
    }
    match app.overlay {
        Some(Overlay::Connection { .. }) => return connection::on_key(app, action, key),
        Some(Overlay::Password) => return connection::on_password_key(app, action, key),
        Some(Overlay::Form) => return form::on_key(app, action, key),
        Some(Overlay::Sent { .. }) => return model::on_sent_key(app, action),
        Some(Overlay::Consent) => return model::on_consent_key(app, action, burst),
        Some(Overlay::Reason) => return model::on_reason_key(app, action, key),
        Some(Overlay::Help { .. } | Overlay::QuitDialog) => return global::overlay(app, action),
        None => {}
    }
    if action == Some(Action::Cancel) {
        return global::cancel(app);
    }
    if action == Some(Action::StopAsking) {
        return model::stop(app);
    }
    match app.focus {
        Focus::Question => question::on_key(app, action, key, burst),
        Focus::Main => on_main_key(app, action, key, burst),
    }
}

fn on_main_key(app: &mut App, action: Option<Action>, key: KeyEvent, burst: bool) -> Vec<Effect> {
    match &mut app.pane {
        Pane::Welcome(_) | Pane::NoPlan(_) => choices::on_key(app, action, key),
        Pane::Plan(plan) if plan.decided => result::on_old_plan(app, action),
        Pane::Plan(_) => plan::on_key(app, action, burst),
        Pane::Editor(_) => editor::on_key(app, action, key),
        Pane::Result => result::on_key(app, action, key),
        Pane::Planning { .. } => Vec::new(),
    }
}

fn on_paste(app: &mut App, text: &str) -> Vec<Effect> {
    app.notice = None;
    if app.too_small() {
        return Vec::new();
    }
    match app.overlay {
        Some(Overlay::Password) if app.password.takes_keys(app.now) => {
            app.password.insert(text.lines().next().unwrap_or_default())
        }
        Some(Overlay::Form) => form::paste(app, text),
        Some(Overlay::Reason) => {
            if let Some(reason) = &mut app.reason {
                reason.insert(text);
            }
        }
        _ => {}
    }
    if app.overlay.is_some() {
        return Vec::new();
    }
    match (app.focus, &mut app.pane) {
        (Focus::Question, _) => {
            if app.question.insert(text) == Typed::Cut {
                question::say_full(app);
            }
        }
        (Focus::Main, Pane::Editor(editor)) => editor.insert(text),
        (Focus::Main, Pane::Result) => {
            if let Some(find) = app.result.as_deref_mut().and_then(|result| result.find.as_mut())
                && find.typing
            {
                let line: String = text.lines().next().unwrap_or_default().chars().take(200).collect();
                find.prompt.insert_str(crate::sanitize::display_safe(&line).as_str());
            }
        }
        // A paste decides nothing.
        _ => say(app, "tui.notice.paste_ignored", &[]),
    }
    Vec::new()
}

/// Shows a sentence until the next key.
fn say(app: &mut App, key: &'static str, values: &[(&str, &str)]) {
    app.notice = Some(super::app::Notice { text: fill(app.lang, key, values), failure: false });
}

/// Asks a question: the proposal on the screen, if there is one, is turned down by it.
fn ask(app: &mut App, text: String) -> Vec<Effect> {
    ask_in(app, text, Context::default())
}

/// Asks a question that goes on from what the context says.
fn ask_in(app: &mut App, text: String, context: Context) -> Vec<Effect> {
    let mut effects = withdraw(app);
    let id = app.new_id();
    app.asking = None;
    app.unanswered = None;
    app.pane = Pane::Planning { id };
    let lang = app.lang;
    effects.push(Effect::Send(Command::Ask { id, text, lang, context }));
    effects
}

/// Turns down the proposal that waits for a decision, if there is one.
fn withdraw(app: &mut App) -> Vec<Effect> {
    let id = match &app.pane {
        Pane::Plan(plan) if !plan.decided => plan.proposal.id,
        Pane::Editor(editor) => editor.proposal.proposal.id,
        _ => return Vec::new(),
    };
    vec![Effect::Send(Command::Reject { id })]
}

/// Back to what was there before the proposal: the last result, or the examples.
fn leave_proposal(app: &mut App) {
    app.asking = None;
    app.focus = Focus::Question;
    app.pane = match &app.result {
        Some(_) => Pane::Result,
        None => Pane::Welcome(session::welcome(app)),
    };
}

/// What was proposed belongs to data that no longer answers: it is gone; results stay.
fn leave_proposal_for_other_data(app: &mut App) {
    match app.pane {
        Pane::Plan(_) | Pane::Editor(_) | Pane::Planning { .. } | Pane::NoPlan(_) => leave_proposal(app),
        Pane::Welcome(_) | Pane::Result => {}
    }
}

fn has_modifier(key: &KeyEvent) -> bool {
    key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT)
}

/// A key for a text area that has no meaning of its own here.
fn types_text(key: &KeyEvent) -> bool {
    let leaves = matches!(key.code, KeyCode::Esc | KeyCode::F(_) | KeyCode::Tab | KeyCode::BackTab);
    // The text area's own shortcuts for lines and its private clipboard would surprise here.
    let shortcut =
        key.modifiers.contains(KeyModifiers::CONTROL) && matches!(key.code, KeyCode::Char('m' | 'x' | 'y'));
    !leaves && !shortcut
}

/// Moves a scroll position.
fn scrolled(at: usize, action: Action, page: usize) -> usize {
    match action {
        Action::Up => at.saturating_sub(1),
        Action::Down => at + 1,
        Action::PageUp => at.saturating_sub(page),
        Action::PageDown => at + page,
        Action::Top => 0,
        Action::Bottom => usize::MAX / 2,
        _ => at,
    }
}

/// Puts the focus on the main half; a proposal that comes to the front starts its quiet time.
fn focus_main(app: &mut App) {
    app.focus = Focus::Main;
    app.question.offers.forget();
    match &mut app.pane {
        Pane::Plan(plan) => plan.appear(),
        Pane::Result => {
            if let Some(result) = app.result.as_deref_mut()
                && matches!(result.view, View::Table)
            {
                result.clamp();
            }
        }
        _ => {}
    }
}

/// Opens the dialog, or quits at once where nothing would be lost.
fn quit(app: &mut App) -> Vec<Effect> {
    if app.run.is_some() && app.overlay != Some(Overlay::QuitDialog) {
        app.overlay = Some(Overlay::QuitDialog);
        return Vec::new();
    }
    vec![Effect::Send(Command::Quit), Effect::Quit]
}
