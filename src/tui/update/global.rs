//! Keys that mean the same everywhere, and the overlays.

use super::{Effect, Work, focus_main, quit, say, scrolled};
use crate::session::Command;
use crate::tui::app::{App, Focus, INTERRUPT_WINDOW, Overlay, Pane};
use crate::tui::keymap::Action;
use crate::tui::view;

pub(super) fn is_global(action: Action) -> bool {
    matches!(
        action,
        Action::Help
            | Action::Connection
            | Action::SwitchLanguage
            | Action::SwitchTheme
            | Action::SwitchFocus
            | Action::Suspend
            | Action::Interrupt
            | Action::Quit
    )
}

pub(super) fn act(app: &mut App, action: Action) -> Vec<Effect> {
    match action {
        Action::Help => toggle_help(app),
        Action::Connection => super::connection::toggle(app),
        Action::SwitchLanguage => return switch_language(app),
        Action::SwitchTheme => {
            let name = app.next_theme();
            say(app, "tui.notice.theme", &[("name", &name)]);
        }
        Action::SwitchFocus if app.overlay.is_none() => match app.focus {
            Focus::Question => focus_main(app),
            Focus::Main => app.focus = Focus::Question,
        },
        Action::Suspend => return vec![Effect::Suspend],
        Action::Interrupt => return interrupt(app),
        Action::Quit => return quit(app),
        _ => {}
    }
    Vec::new()
}

fn toggle_help(app: &mut App) {
    match app.overlay {
        Some(Overlay::Help { .. }) => app.overlay = app.covered.take(),
        other => {
            app.covered = other;
            app.overlay = Some(Overlay::Help { scroll: 0 });
        }
    }
    reappear(app);
}

/// A proposal that was covered comes to the front again.
pub(super) fn reappear(app: &mut App) {
    if let Pane::Plan(plan) = &mut app.pane
        && app.overlay.is_none()
    {
        plan.appear();
    }
}

fn switch_language(app: &mut App) -> Vec<Effect> {
    app.lang = app.lang.other();
    if let Pane::Welcome(_) = app.pane {
        app.pane = Pane::Welcome(super::session::welcome(app));
    }
    let lang = app.lang;
    match app.result.as_deref_mut() {
        Some(result) if result.end.is_some() => {
            result.widths.clear();
            vec![Effect::Work(Work::Describe {
                id: result.id,
                frame: result.original.clone(),
                hint: result.chart_hint(),
                lang,
            })]
        }
        _ => Vec::new(),
    }
}

/// Ctrl+C: stops a running query, and the second time within a moment the program.
fn interrupt(app: &mut App) -> Vec<Effect> {
    let again = app.interrupted_at.is_some_and(|before| app.now.duration_since(before) <= INTERRUPT_WINDOW);
    if again {
        return vec![Effect::Send(Command::Quit), Effect::Quit];
    }
    app.interrupted_at = Some(app.now);
    let mut effects = super::model::stop(app);
    effects.extend(cancel(app));
    say(app, "tui.notice.interrupt_again", &[]);
    effects
}

pub(super) fn cancel(app: &mut App) -> Vec<Effect> {
    match &mut app.run {
        Some(run) => {
            run.cancelling = true;
            vec![Effect::Send(Command::Cancel { id: run.id })]
        }
        None => Vec::new(),
    }
}

pub(super) fn overlay(app: &mut App, action: Option<Action>) -> Vec<Effect> {
    let Some(action) = action else { return Vec::new() };
    if action == Action::Back {
        app.overlay = app.covered.take();
        reappear(app);
    } else if let Some(Overlay::Help { scroll }) = app.overlay {
        let limit = view::help_scroll_limit(app);
        let scroll = scrolled(scroll, action, usize::from(app.size.height / 2)).min(limit);
        app.overlay = Some(Overlay::Help { scroll });
    }
    Vec::new()
}
