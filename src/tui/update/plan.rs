//! Keys on a proposal.

use super::{Effect, leave_proposal, model, say, scrolled};
use crate::session::Command;
use crate::tui::app::{App, Approval, Button, Editor, Focus, Pane, PlanPane};
use crate::tui::keymap::Action;
use crate::tui::view;

pub(super) fn on_key(app: &mut App, action: Option<Action>, burst: bool) -> Vec<Effect> {
    let now = app.now;
    let area = view::areas(app).main;
    let Pane::Plan(plan) = &mut app.pane else { return Vec::new() };
    if !plan.takes_keys(now) {
        return Vec::new();
    }
    let Some(action) = action else { return Vec::new() };
    match action {
        Action::Approve => return approve(app, burst),
        Action::Reject => return reject(app),
        Action::Edit => edit(app),
        Action::Define => return define(app),
        Action::ShowSent => model::show_sent(app),
        Action::Press => {
            return match plan.button {
                Button::Reject => reject(app),
                Button::Approve => approve(app, burst),
                Button::Edit => {
                    edit(app);
                    Vec::new()
                }
            };
        }
        Action::Left => plan.button = left_of(plan.button),
        Action::Right => plan.button = right_of(plan.button),
        _ => plan.scroll = scrolled(plan.scroll, action, view::plan_page(plan, area)),
    }
    Vec::new()
}

/// Shows what the figures are, or takes that away again.
pub(super) fn define(app: &mut App) -> Vec<Effect> {
    let area = view::areas(app).main;
    let Pane::Plan(plan) = &mut app.pane else { return Vec::new() };
    if plan.definitions.is_empty() {
        say(app, "tui.notice.no_definition", &[]);
    } else if view::plan_shows_all(plan, area) {
        say(app, "tui.notice.defined", &[]);
    } else {
        plan.defines = !plan.defines;
        plan.scroll = 0;
    }
    Vec::new()
}

fn left_of(button: Button) -> Button {
    match button {
        Button::Approve => Button::Edit,
        Button::Edit | Button::Reject => Button::Reject,
    }
}

fn right_of(button: Button) -> Button {
    match button {
        Button::Reject => Button::Edit,
        Button::Edit | Button::Approve => Button::Approve,
    }
}

fn approve(app: &mut App, burst: bool) -> Vec<Effect> {
    let now = app.now;
    let running = app.run.is_some();
    let Pane::Plan(plan) = &mut app.pane else { return Vec::new() };
    let refused = match plan.approval(now) {
        _ if burst => Some("tui.notice.burst"),
        _ if running => Some("tui.notice.still_running"),
        Approval::TooSoon => Some("tui.notice.too_soon"),
        Approval::NotRead => Some("tui.notice.not_read"),
        Approval::NotShowable => Some("tui.notice.not_showable"),
        Approval::Open => None,
    };
    if let Some(key) = refused {
        say(app, key, &[]);
        return Vec::new();
    }
    let command = Command::Approve { id: plan.proposal.id, shown_sha256: plan.shown_sha256() };
    plan.decided = true;
    vec![Effect::Send(command)]
}

fn reject(app: &mut App) -> Vec<Effect> {
    let Pane::Plan(plan) = &app.pane else { return Vec::new() };
    let id = plan.proposal.id;
    leave_proposal(app);
    say(app, "tui.notice.rejected", &[]);
    vec![Effect::Send(Command::Reject { id })]
}

fn edit(app: &mut App) {
    let id = crate::session::QuestionId(0);
    let Pane::Plan(plan) = std::mem::replace(&mut app.pane, Pane::Planning { id }) else { return };
    app.pane = Pane::Editor(Box::new(Editor::open(plan)));
    app.focus = Focus::Main;
}

/// Keys on a plan that was decided and is only looked at.
pub(super) fn look(plan: &mut PlanPane, action: Action, area: ratatui::layout::Rect) {
    let page = view::plan_page(plan, area);
    plan.scroll = scrolled(plan.scroll, action, page).min(view::plan_scroll_limit(plan, area));
}
