//! What the session says.

use std::sync::Arc;

use super::{Effect, connection, focus_main, form, leave_proposal, model, say};
use crate::engine::{self, EngineKind};
use crate::i18n::text;
use crate::llm::dialogue::Trace;
use crate::session::{Event, NotPlanned, Proposal, QuestionId, RunEnd, Scene};
use crate::tui::app::{
    AnsweredBy, App, Choices, Consent, Focus, ModelsTold, Notice, Pane, PlanPane, ResultPane, Run, Stage,
};

/// The examples in the language of the screen.
pub(super) fn welcome(app: &App) -> Choices {
    let examples = app.examples.iter().filter(|(lang, _)| *lang == app.lang);
    Choices::welcome(examples.map(|(_, text)| text.clone()).collect())
}

pub(super) fn on_event(app: &mut App, event: Event) -> Vec<Effect> {
    match event {
        Event::Scene(scene) => connection::on_scene(app, scene),
        Event::Sync(news) => connection::on_sync(app, news),
        Event::ConnectionTried(scene) => connection::tried(app, scene),
        Event::ConnectionSaved { profile, problem } => form::saved(app, profile, problem),
        Event::ConnectionNotSaved { text } => form::not_saved(app, text),
        Event::Preparing { done } => app.stage = Stage::Preparing(done),
        Event::Ready { engine, facts, examples } => {
            app.stage = Stage::Ready { engine, facts };
            app.examples = examples;
            if let Pane::Welcome(_) = app.pane {
                app.pane = Pane::Welcome(welcome(app));
            }
        }
        Event::Unavailable { error } => {
            app.stage = Stage::Unavailable(error);
            if let Pane::Planning { .. } = app.pane {
                leave_proposal(app);
            }
        }
        Event::Completions { serial, offers } => app.question.offers.take(serial, offers),
        Event::NextQuestions { id, questions } => {
            if let Some(result) = app.result.as_deref_mut().filter(|result| result.id == id) {
                result.next = questions;
            }
        }
        Event::Proposed(proposal) => proposed(app, proposal),
        Event::NotPlanned { id, question, why, model } => {
            not_planned(app, id, &question, why, model);
        }
        Event::SqlRefused { id, refusal } => match &mut app.pane {
            Pane::Editor(editor) if editor.proposal.proposal.id == id => {
                editor.waiting = false;
                editor.refusal = Some(refusal);
            }
            Pane::Planning { id: planned } if *planned == id => {
                let text = refusal.sentence(app.lang);
                leave_proposal(app);
                app.notice = Some(Notice { text, failure: true });
            }
            _ => {}
        },
        Event::NotRun { id, why } => not_run(app, id, why),
        Event::RunStarted { id, engine } => run_started(app, id, engine),
        Event::Rows { id, frame } => {
            let lang = app.lang;
            if let Some(result) = app.result.as_deref_mut().filter(|result| result.id == id) {
                result.take_rows(frame, lang);
            }
        }
        Event::RunEnded { id, end, frame, chart, insights, elapsed, kept_since } => {
            let lang = app.lang;
            if let Some(result) = app.result.as_deref_mut().filter(|result| result.id == id) {
                result.take_rows(frame, lang);
                result.chart = chart;
                result.insights = insights;
                result.elapsed = Some(elapsed);
                result.kept_since = kept_since;
                result.end = Some(end.clone());
            }
            run_ended(app, id, &end);
        }
        Event::Asking { id, progress } => model::asking(app, id, progress),
        Event::Models { spent, limits, standings } => {
            app.models = Some(ModelsTold { spent, limits, standings, at: app.now });
        }
        Event::Marked { id, right } => model::marked(app, id, right),
        Event::ConsentWanted { id, recipients, prompt, hidden } => {
            model::consent_wanted(app, Consent::new(id, recipients, prompt, hidden));
        }
        Event::Commented { id, comment } => model::commented(app, id, comment),
        Event::Notice { text, failure } => {
            app.notice = Some(Notice { text: text.into_string(), failure });
        }
    }
    Vec::new()
}

/// Whether the session's answer to `id` is the one the screen waits for.
fn awaited(app: &App, id: QuestionId) -> bool {
    match &app.pane {
        Pane::Planning { id: planned } => *planned == id,
        Pane::Editor(editor) => editor.waiting && editor.proposal.proposal.id == id,
        _ => false,
    }
}

fn proposed(app: &mut App, proposal: Proposal) {
    if !awaited(app, proposal.id) {
        return;
    }
    app.question.mark(&proposal.question, proposal.readings());
    let edited = matches!(app.pane, Pane::Editor(_));
    model::over(app, proposal.id);
    let mut plan = PlanPane::new(proposal, app.lang);
    if !app.capabilities.unicode && !plan.sql.shown().is_ascii() {
        plan.warnings.push(text(app.lang, "tui.plan.not_ascii").to_string());
    }
    app.pane = Pane::Plan(Box::new(plan));
    show_answer(app, edited);
}

fn not_planned(app: &mut App, id: QuestionId, question: &str, why: NotPlanned, model: Option<Arc<Trace>>) {
    if !awaited(app, id) {
        return;
    }
    model::over(app, id);
    app.unanswered = model;
    let readings = match &why {
        NotPlanned::Clarify(clarify) => clarify.readings.as_slice(),
        NotPlanned::Abstain(abstain) => abstain.readings.as_slice(),
        NotPlanned::Refuse(_) => &[],
    };
    app.question.mark(question, readings);
    let list = Choices::not_planned(why);
    let nothing_to_choose = list.entries.is_empty();
    app.pane = Pane::NoPlan(list);
    if !nothing_to_choose {
        show_answer(app, false);
    }
}

/// Moves the focus to the answer, unless the next question is being typed already.
fn show_answer(app: &mut App, edited: bool) {
    if edited || app.focus == Focus::Main || app.question.is_sent() {
        focus_main(app);
    } else {
        say(app, "tui.notice.answer_waits", &[]);
    }
}

fn not_run(app: &mut App, id: QuestionId, why: crate::session::NotRun) {
    if matches!(&app.pane, Pane::Plan(plan) if plan.proposal.id == id) {
        leave_proposal(app);
    }
    app.notice = Some(Notice { text: why.sentence(app.lang).to_string(), failure: true });
}

fn run_started(app: &mut App, id: QuestionId, engine: EngineKind) {
    let mut before = app.result.take().filter(|result| result.id == id);
    let plan = match std::mem::replace(&mut app.pane, Pane::Result) {
        Pane::Plan(plan) if plan.proposal.id == id => Some(plan),
        // A new question was asked in the meantime: its pane stays.
        other => {
            app.pane = other;
            // A run repeated has its plan already.
            before.as_deref_mut().and_then(|before| before.plan.take())
        }
    };
    let answered_by = match (engine, &app.scene) {
        (EngineKind::SqlServer, _) => AnsweredBy::Server,
        (EngineKind::Embedded, Scene::Server(_)) => AnsweredBy::Copy,
        (EngineKind::Embedded, Scene::Local) => AnsweredBy::Local,
    };
    let mut result = ResultPane::new(id, answered_by, plan);
    result.before = before;
    app.result = Some(Box::new(result));
    app.run = Some(Run { id, started: app.now, cancelling: false });
}

/// A repeated query that brought nothing gives back what was there before it.
fn settle_before(app: &mut App, id: QuestionId, end: &RunEnd) {
    let Some(result) = app.result.as_deref_mut().filter(|result| result.id == id) else { return };
    let Some(mut before) = result.before.take() else { return };
    if !matches!(end, RunEnd::Done) && result.original.row_count() == 0 {
        before.plan = result.plan.take();
        app.result = Some(before);
    }
}

fn run_ended(app: &mut App, id: QuestionId, end: &RunEnd) {
    if app.run.is_some_and(|run| run.id == id) {
        app.run = None;
    }
    settle_before(app, id, end);
    match end {
        RunEnd::Done => {}
        RunEnd::Cancelled => say(app, "tui.notice.cancelled", &[]),
        RunEnd::Failed(error) => {
            let text = engine::sentence(error, app.lang).into_string();
            app.notice = Some(Notice { text, failure: true });
        }
    }
}
