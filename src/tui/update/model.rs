//! Language models: what the session tells of them, and the keys around them.

use std::sync::Arc;

use crossterm::event::{KeyCode, KeyEvent};

use super::global::reappear;
use super::{Effect, has_modifier, say, scrolled, types_text};
use crate::llm::Progress;
use crate::llm::comment::Comment;
use crate::session::{Command, QuestionId, RunEnd, Source};
use crate::tui::app::{App, Asking, Consent, Overlay, Pane, ReasonBox, View};
use crate::tui::keymap::Action;
use crate::tui::view;

/// A model is being asked for the question planned, or for a comment on the result.
pub(super) fn asking(app: &mut App, id: QuestionId, progress: Progress) {
    let planned = matches!(&app.pane, Pane::Planning { id: planned } if *planned == id);
    let commented = app.result.as_deref().is_some_and(|result| result.id == id);
    if !planned && !commented {
        return;
    }
    let (now, lang) = (app.now, app.lang);
    if app.asking.as_ref().is_none_or(|asking| asking.id != id) {
        app.asking = Some(Box::new(Asking::new(id, now)));
    }
    if let Some(asking) = &mut app.asking {
        asking.hear(progress, lang);
    }
}

/// What was asked of a model for `id` is over.
pub(super) fn over(app: &mut App, id: QuestionId) {
    app.asking.take_if(|asking| asking.id == id);
}

/// Stops the model that is being asked, if one is.
pub(super) fn stop(app: &mut App) -> Vec<Effect> {
    match &mut app.asking {
        Some(asking) => {
            asking.cancelling = true;
            vec![Effect::Send(Command::Cancel { id: asking.id })]
        }
        None => Vec::new(),
    }
}

pub(super) fn commented(app: &mut App, id: QuestionId, comment: Arc<Comment>) {
    over(app, id);
    if let Some(result) = app.result.as_deref_mut().filter(|result| result.id == id) {
        result.comment = Some(comment);
    }
}

pub(super) fn marked(app: &mut App, id: QuestionId, right: bool) {
    if let Some(result) = app.result.as_deref_mut().filter(|result| result.id == id) {
        result.marked = Some(right);
    }
    say(app, if right { "tui.notice.marked_right" } else { "tui.notice.marked_wrong" }, &[]);
}

/// A consent is needed first; what is written elsewhere is not covered.
pub(super) fn consent_wanted(app: &mut App, consent: Consent) {
    if app.overlay.is_none() {
        app.consent = Some(Box::new(consent));
        app.overlay = Some(Overlay::Consent);
    }
}

/// Shows what was sent to a model.
pub(super) fn show_sent(app: &mut App) {
    if app.trace().is_some() {
        app.overlay = Some(Overlay::Sent { scroll: 0 });
    } else {
        say(app, "tui.notice.nothing_sent", &[]);
    }
}

pub(super) fn on_sent_key(app: &mut App, action: Option<Action>) -> Vec<Effect> {
    let (Some(action), Some(Overlay::Sent { scroll })) = (action, app.overlay) else { return Vec::new() };
    if action == Action::Back {
        app.overlay = None;
        reappear(app);
    } else {
        let limit = view::sent_scroll_limit(app);
        let scroll = scrolled(scroll, action, usize::from(app.size.height / 2)).min(limit);
        app.overlay = Some(Overlay::Sent { scroll });
    }
    Vec::new()
}

pub(super) fn on_consent_key(app: &mut App, action: Option<Action>, burst: bool) -> Vec<Effect> {
    let (now, lang) = (app.now, app.lang);
    let limit = view::consent_scroll_limit(app);
    let page = usize::from(app.size.height / 2);
    let Some(consent) = &mut app.consent else {
        app.overlay = None;
        return Vec::new();
    };
    if !consent.takes_keys(now) {
        return Vec::new();
    }
    match action {
        Some(Action::Agree) if !burst => {
            let id = consent.id;
            let providers = consent.recipients.iter().map(|to| to.provider).collect();
            app.consent = None;
            app.overlay = None;
            return vec![
                Effect::Send(Command::Consent { providers, lang }),
                Effect::Send(Command::Comment { id, lang }),
            ];
        }
        Some(Action::Back) => {
            app.consent = None;
            app.overlay = None;
            say(app, "tui.notice.no_consent", &[]);
        }
        Some(action) => consent.scroll = scrolled(consent.scroll, action, page).min(limit),
        None => {}
    }
    Vec::new()
}

/// Asks for a comment, once for a result; what there is already is only shown.
pub(super) fn comment(app: &mut App) -> Vec<Effect> {
    let lang = app.lang;
    let Some(result) = app.result.as_deref_mut() else { return Vec::new() };
    if result.end.is_none() {
        say(app, "tui.notice.still_running", &[]);
        return Vec::new();
    }
    result.view = View::Insights { scroll: 0 };
    let id = result.id;
    let has_comment = result.comment.as_ref().is_some_and(|comment| comment.lines.is_ok());
    if has_comment || app.asking.as_ref().is_some_and(|asking| asking.id == id) {
        return Vec::new();
    }
    vec![Effect::Send(Command::Comment { id, lang })]
}

/// Keeps the answer as right.
pub(super) fn mark_right(app: &App) -> Vec<Effect> {
    let lang = app.lang;
    let id = app.result.as_deref().map(|result| result.id);
    id.map(|id| Effect::Send(Command::Mark { id, wrong: None, lang })).into_iter().collect()
}

/// Asks why the answer is wrong.
pub(super) fn ask_reason(app: &mut App) {
    if let Some(result) = app.result.as_deref() {
        app.reason = Some(ReasonBox::new(result.id));
        app.overlay = Some(Overlay::Reason);
    }
}

pub(super) fn on_reason_key(app: &mut App, action: Option<Action>, key: KeyEvent) -> Vec<Effect> {
    let lang = app.lang;
    let Some(reason) = &mut app.reason else {
        app.overlay = None;
        return Vec::new();
    };
    match action {
        Some(Action::Send) => {
            let (id, wrong) = (reason.id, Some(reason.text().trim().to_string()));
            app.reason = None;
            app.overlay = None;
            return vec![Effect::Send(Command::Mark { id, wrong, lang })];
        }
        Some(Action::Back) => {
            app.reason = None;
            app.overlay = None;
        }
        Some(_) => {}
        None if types_text(&key) => match key.code {
            KeyCode::Char(c) if !has_modifier(&key) => reason.insert(&c.to_string()),
            _ => {
                reason.area.input(key);
            }
        },
        None => {}
    }
    Vec::new()
}

/// Has a model mend its T-SQL that the database would not run: as a new question, to approve.
pub(super) fn repair(app: &mut App) -> Vec<Effect> {
    let lang = app.lang;
    let Some(id) = app.result.as_deref().filter(|result| result.is_repairable()).map(|result| result.id)
    else {
        say(app, "tui.notice.nothing_to_repair", &[]);
        return Vec::new();
    };
    let as_id = app.new_id();
    app.asking = None;
    app.pane = Pane::Planning { id: as_id };
    vec![Effect::Send(Command::Repair { id, as_id, lang })]
}

impl crate::tui::app::ResultPane {
    /// Whether a model can be asked to mend the query: it wrote it, and the database refused it.
    pub(crate) fn is_repairable(&self) -> bool {
        let source = self.plan.as_ref().map(|plan| plan.proposal.source);
        matches!(self.end, Some(RunEnd::Failed(_)))
            && matches!(source, Some(Source::ModelIntent | Source::ModelSql))
    }
}
