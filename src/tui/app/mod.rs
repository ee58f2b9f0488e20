//! The console's state: plain data, changed only by `update`, drawn by `view`.

mod asking;
mod choices;
mod editor;
mod form;
mod offers;
mod password;
mod plan;
mod question;
mod result;

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use ratatui::layout::Rect;

use super::TuiOptions;
use super::capabilities::Capabilities;
use super::keymap::Context;
use super::theme::{Styles, Theme};
use crate::config::ProfileName;
use crate::engine::{DataFacts, EngineError, EngineKind};
use crate::i18n::Lang;
use crate::llm::dialogue::Trace;
use crate::session::{QuestionId, Scene};
use crate::snapshot::Progress;

pub(crate) use asking::{Asking, Consent, ModelsTold, ReasonBox, how_asked};
pub(crate) use choices::{Choices, Reason};
pub(crate) use editor::Editor;
pub(crate) use form::{Field, Form, FormStage};
pub(crate) use offers::Offers;
pub(crate) use password::PasswordBox;
pub(crate) use plan::{Approval, Button, PlanPane};
pub(crate) use question::{MAX_CHARS, QuestionBox, Typed};
pub(crate) use result::{AnsweredBy, ResultPane, SHOWN_BYTES, View};

/// Which half of the screen the keys go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Focus {
    Question,
    Main,
}

/// How far the data is.
#[derive(Debug, Clone)]
pub(crate) enum Stage {
    Preparing(f32),
    Ready { engine: EngineKind, facts: DataFacts },
    Unavailable(EngineError),
}

/// What the main half shows.
#[derive(Debug)]
pub(crate) enum Pane {
    Welcome(Choices),
    Planning { id: QuestionId },
    Plan(Box<PlanPane>),
    Editor(Box<Editor>),
    NoPlan(Choices),
    Result,
}

/// A query that runs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Run {
    pub(crate) id: QuestionId,
    pub(crate) started: Instant,
    pub(crate) cancelling: bool,
}

/// What lies over everything and takes the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Overlay {
    Help {
        scroll: usize,
    },
    QuitDialog,
    /// How the connection stands, and what can be done about it.
    Connection {
        scroll: usize,
    },
    /// A password is asked for.
    Password,
    /// A new connection is written.
    Form,
    /// What was sent to a model.
    Sent {
        scroll: usize,
    },
    /// Whether figures may go to a model.
    Consent,
    /// Why an answer is wrong.
    Reason,
}

/// A sentence shown until the next key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Notice {
    pub(crate) text: String,
    pub(crate) failure: bool,
}

/// Everything the screen shows.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) lang: Lang,
    pub(crate) today: NaiveDate,
    pub(crate) version: String,
    pub(crate) profile: String,
    pub(crate) capabilities: Capabilities,
    themes: Vec<Theme>,
    pub(crate) styles: Styles,
    pub(crate) size: Rect,
    /// The time of the last message: what drawing calls "now".
    pub(crate) now: Instant,
    /// Where answers come from, and how things stand there.
    pub(crate) scene: Scene,
    pub(crate) stage: Stage,
    pub(crate) examples: Vec<(Lang, String)>,
    pub(crate) focus: Focus,
    pub(crate) question: QuestionBox,
    pub(crate) pane: Pane,
    pub(crate) result: Option<Box<ResultPane>>,
    pub(crate) run: Option<Run>,
    /// The model that is being asked for what is on the screen.
    pub(crate) asking: Option<Box<Asking>>,
    /// How a model was asked for the question that has no plan.
    pub(crate) unanswered: Option<Arc<Trace>>,
    pub(crate) models: Option<ModelsTold>,
    pub(crate) consent: Option<Box<Consent>>,
    pub(crate) reason: Option<ReasonBox>,
    pub(crate) overlay: Option<Overlay>,
    /// What the help covers.
    pub(crate) covered: Option<Overlay>,
    pub(crate) password: PasswordBox,
    pub(crate) form: Option<Box<Form>>,
    /// The profiles in the settings, in order.
    pub(crate) profiles: Vec<ProfileName>,
    /// Days that bringing in a copy fetches anew.
    pub(crate) refresh_days: u32,
    /// How far bringing in a copy is.
    pub(crate) sync: Option<Progress>,
    started: (Instant, DateTime<Utc>),
    pub(crate) notice: Option<Notice>,
    pub(crate) interrupted_at: Option<Instant>,
    pub(crate) last_id: u64,
}

/// How long a second Ctrl+C may take to quit.
pub(crate) const INTERRUPT_WINDOW: Duration = Duration::from_secs(2);
/// How long one picture of the spinner stands: slow enough for slow lines and screen readers.
pub(crate) const SPINNER_STEP: Duration = Duration::from_millis(500);

impl App {
    pub(crate) fn new(options: TuiOptions, capabilities: Capabilities, size: Rect, now: Instant) -> App {
        let themes = options.theme.ring(capabilities.color);
        let styles = themes.first().map(|theme| theme.styles(capabilities.color)).unwrap_or_default();
        App {
            lang: options.lang,
            today: options.today,
            version: options.version,
            profile: options.profile,
            capabilities,
            themes,
            styles,
            size,
            now,
            scene: Scene::Local,
            stage: Stage::Preparing(0.0),
            examples: Vec::new(),
            focus: Focus::Question,
            question: QuestionBox::new(options.history),
            pane: Pane::Welcome(Choices::welcome(Vec::new())),
            result: None,
            run: None,
            asking: None,
            unanswered: None,
            models: None,
            consent: None,
            reason: None,
            overlay: options.asks_for_connection.then_some(Overlay::Form),
            covered: None,
            password: PasswordBox::default(),
            form: options.asks_for_connection.then(|| Box::new(Form::new())),
            profiles: options.profiles,
            refresh_days: options.refresh_days,
            sync: None,
            started: (now, options.now),
            notice: options.notice.map(|text| Notice { text, failure: true }),
            interrupted_at: None,
            last_id: 0,
        }
    }

    /// How long ago a moment was.
    pub(crate) fn age_of(&self, moment: DateTime<Utc>) -> TimeDelta {
        let (then, wall) = self.started;
        let since = TimeDelta::from_std(self.now.duration_since(then)).unwrap_or_default();
        (wall + since).signed_duration_since(moment)
    }

    /// A number for the next question.
    pub(crate) fn new_id(&mut self) -> QuestionId {
        self.last_id += 1;
        QuestionId(self.last_id)
    }

    /// Shows the next theme and says its name.
    pub(crate) fn next_theme(&mut self) -> String {
        if !self.themes.is_empty() {
            self.themes.rotate_left(1);
        }
        let theme = self.themes.first();
        self.styles = theme.map(|theme| theme.styles(self.capabilities.color)).unwrap_or_default();
        theme.map(|theme| theme.name.clone()).unwrap_or_default()
    }

    /// Whether the window is too small to draw anything of use.
    pub(crate) fn too_small(&self) -> bool {
        self.size.width < super::view::MIN_WIDTH || self.size.height < super::view::MIN_HEIGHT
    }

    /// Whether something moves on the screen by itself.
    pub(crate) fn is_busy(&self) -> bool {
        let trying = matches!(self.form.as_deref().map(|form| &form.stage), Some(FormStage::Trying));
        self.run.is_some() || trying || self.asking.is_some() || matches!(self.pane, Pane::Planning { .. })
    }

    /// When the screen changes next without any message, if it does.
    pub(crate) fn next_change(&self) -> Option<Instant> {
        let spinner = self.is_busy().then(|| self.now + SPINNER_STEP);
        let release = match &self.pane {
            Pane::Plan(plan) => plan.release_after(self.now),
            _ => None,
        };
        [spinner, release].into_iter().flatten().min()
    }

    /// The contexts whose keys hold now, the innermost first.
    pub(crate) fn contexts(&self) -> Vec<Context> {
        match self.overlay {
            Some(Overlay::QuitDialog) => return vec![Context::QuitDialog],
            Some(Overlay::Help { .. }) => {
                return vec![Context::Help, Context::NotTyping, Context::Everywhere];
            }
            Some(Overlay::Connection { .. }) => {
                return vec![Context::Connection, Context::NotTyping, Context::Everywhere];
            }
            Some(Overlay::Password) => return vec![Context::Password, Context::Everywhere],
            Some(Overlay::Form) => {
                let tried = matches!(self.form.as_deref().map(|form| &form.stage), Some(FormStage::Tried(_)));
                return vec![if tried { Context::Trial } else { Context::Form }, Context::Everywhere];
            }
            Some(Overlay::Sent { .. }) => {
                return vec![Context::Sent, Context::NotTyping, Context::Everywhere];
            }
            Some(Overlay::Consent) => return vec![Context::Consent, Context::Everywhere],
            Some(Overlay::Reason) => return vec![Context::Reason, Context::Everywhere],
            None => {}
        }
        let mut contexts = match self.focus {
            Focus::Question if !self.question.offers.is_empty() => vec![Context::Offers, Context::Question],
            Focus::Question => vec![Context::Question],
            Focus::Main => self.main_contexts(),
        };
        if self.run.is_some() && !contexts.contains(&Context::Editor) && !contexts.contains(&Context::Plan) {
            // Esc closes what is innermost; at the top level it stops the query.
            let outer =
                contexts.iter().position(|c| !matches!(c, Context::Find | Context::Record | Context::Offers));
            contexts.insert(outer.unwrap_or(contexts.len()), Context::Running);
        }
        if self.shows_asking() {
            contexts.insert(0, Context::Asking);
        }
        contexts.push(Context::Everywhere);
        contexts
    }

    /// How the model of what is on the screen was asked.
    pub(crate) fn trace(&self) -> Option<&Trace> {
        match &self.pane {
            Pane::Plan(plan) => plan.proposal.model.as_deref(),
            Pane::NoPlan(_) => self.unanswered.as_deref(),
            _ => None,
        }
    }

    /// Whether a model that is being asked is what the main half shows.
    pub(crate) fn shows_asking(&self) -> bool {
        let Some(asking) = &self.asking else { return false };
        match (&self.pane, &self.result) {
            (Pane::Planning { id }, _) => *id == asking.id,
            (Pane::Result, Some(result)) => {
                result.id == asking.id && matches!(result.view, View::Insights { .. })
            }
            _ => false,
        }
    }

    fn main_contexts(&self) -> Vec<Context> {
        match &self.pane {
            Pane::Welcome(_) | Pane::NoPlan(_) => vec![Context::Choices, Context::NotTyping],
            Pane::Planning { .. } => vec![Context::NotTyping],
            Pane::Plan(plan) if plan.decided => vec![Context::OldPlan, Context::NotTyping],
            Pane::Plan(_) => vec![Context::Plan, Context::NotTyping],
            Pane::Editor(_) => vec![Context::Editor],
            Pane::Result => match self.result.as_deref().map(ResultPane::context) {
                Some(Context::Find) => vec![Context::Find],
                Some(context) => vec![context, Context::NotTyping],
                None => vec![Context::NotTyping],
            },
        }
    }
}
