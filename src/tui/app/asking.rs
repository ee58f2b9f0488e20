//! A model being asked, as far as the screen shows it; and what is asked of the person for it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ratatui_textarea::TextArea;

use super::plan::QUIET;
use super::question::{clean, text_area};
use crate::config::CallLimits;
use crate::i18n::{Lang, fill, text};
use crate::llm::comment::Recipient;
use crate::llm::dialogue::Trace;
use crate::llm::limits::Spent;
use crate::llm::prompt::Prompt;
use crate::llm::words::{self, kib};
use crate::llm::{Progress, Standing};
use crate::sanitize::{SafeText, display_safe, multiline_safe};
use crate::session::QuestionId;

/// Characters of the answer that are kept for the screen: more than any window shows.
const TAIL: usize = 16 * 1024;
/// Steps that are listed.
const MOST_STEPS: usize = 8;

/// What a call is doing.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Call {
    /// It is sent, and answered piece by piece.
    Sent,
    /// There is a wait before the next.
    Waiting { why: String, left: Duration },
    /// Another call is under way first.
    Queued,
}

/// A model being asked.
#[derive(Debug)]
pub(crate) struct Asking {
    pub(crate) id: QuestionId,
    pub(crate) started: Instant,
    pub(crate) cancelling: bool,
    pub(crate) call: Call,
    /// Who is asked, in words; empty until something is sent.
    pub(crate) whom: String,
    /// What happened on the way.
    pub(crate) steps: Vec<String>,
    answer: String,
}

impl Asking {
    pub(crate) fn new(id: QuestionId, now: Instant) -> Asking {
        Asking {
            id,
            started: now,
            cancelling: false,
            call: Call::Queued,
            whom: String::new(),
            steps: Vec::new(),
            answer: String::new(),
        }
    }

    /// Takes what happens.
    pub(crate) fn hear(&mut self, progress: Progress, lang: Lang) {
        match progress {
            Progress::Sending { provider, model, bytes, attempt } => {
                let (model, size, attempt) = (display_safe(&model), kib(bytes, lang), attempt.to_string());
                let values = [
                    ("provider", provider.name()),
                    ("model", model.as_str()),
                    ("size", &size),
                    ("attempt", &attempt),
                ];
                self.whom = fill(lang, "tui.model.sending", &values);
                self.call = Call::Sent;
                self.answer.clear();
            }
            Progress::Piece(piece) => {
                self.answer.push_str(&piece);
                if self.answer.len() > 2 * TAIL {
                    let from = self.answer.ceil_char_boundary(self.answer.len() - TAIL);
                    self.answer.drain(..from);
                }
            }
            Progress::Waiting { provider, error, left } => {
                self.call = Call::Waiting { why: error.in_short(provider, lang), left };
            }
            Progress::Queued => self.call = Call::Queued,
            Progress::SentBack(times) => {
                self.step(fill(lang, "tui.model.sent_back", &[("n", &times.to_string())]));
            }
            Progress::FellBack { from, model, error, to } => {
                let why = error.sentence(from, &model, lang);
                self.step(fill(lang, "tui.model.fell_back", &[("why", &why), ("to", to.name())]));
            }
        }
    }

    fn step(&mut self, step: String) {
        if self.steps.len() < MOST_STEPS {
            self.steps.push(step);
        }
    }

    /// The answer so far, clean.
    pub(crate) fn answer(&self) -> Vec<SafeText> {
        if self.answer.is_empty() { Vec::new() } else { multiline_safe(&self.answer) }
    }

    /// What goes on, in words.
    pub(crate) fn doing(&self, lang: Lang) -> String {
        if self.cancelling {
            return text(lang, "tui.model.cancelling").to_string();
        }
        match &self.call {
            Call::Sent => self.whom.clone(),
            Call::Queued => text(lang, "tui.model.queued").to_string(),
            Call::Waiting { why, left } => {
                let seconds = left.as_secs_f64().ceil().to_string();
                fill(lang, "tui.model.waiting", &[("why", why), ("seconds", &seconds)])
            }
        }
    }
}

/// How a model was asked, in lines, the first with the key that shows what was sent.
pub(crate) fn how_asked(trace: &Trace, lang: Lang) -> Vec<String> {
    let mut lines = words::asked(trace, lang);
    if let Some(first) = lines.first_mut() {
        first.push_str(&format!(" · {}", text(lang, "tui.plan.shows_sent")));
    }
    lines
}

/// A consent that is asked for.
#[derive(Debug)]
pub(crate) struct Consent {
    pub(crate) id: QuestionId,
    pub(crate) recipients: Vec<Recipient>,
    pub(crate) prompt: Arc<Prompt>,
    pub(crate) hidden: usize,
    pub(crate) scroll: usize,
    quiet_until: Option<Instant>,
}

impl Consent {
    pub(crate) fn new(
        id: QuestionId,
        recipients: Vec<Recipient>,
        prompt: Arc<Prompt>,
        hidden: usize,
    ) -> Consent {
        Consent { id, recipients, prompt, hidden, scroll: 0, quiet_until: None }
    }

    /// It was drawn: what was typed before decides nothing.
    pub(crate) fn drawn(&mut self, now: Instant) {
        self.quiet_until.get_or_insert(now + QUIET);
    }

    /// Whether a key counts. One that does not lengthens the quiet time.
    pub(crate) fn takes_keys(&mut self, now: Instant) -> bool {
        match self.quiet_until {
            Some(until) if now >= until => true,
            Some(_) => {
                self.quiet_until = Some(now + QUIET);
                false
            }
            None => false,
        }
    }
}

/// Why an answer is wrong, while it is typed.
#[derive(Debug)]
pub(crate) struct ReasonBox {
    pub(crate) id: QuestionId,
    pub(crate) area: TextArea<'static>,
}

/// Characters of a reason.
const LONGEST_REASON: usize = 300;

impl ReasonBox {
    pub(crate) fn new(id: QuestionId) -> ReasonBox {
        ReasonBox { id, area: text_area("") }
    }

    pub(crate) fn text(&self) -> String {
        self.area.lines().join(" ")
    }

    pub(crate) fn insert(&mut self, text: &str) {
        let room = LONGEST_REASON.saturating_sub(self.text().chars().count());
        self.area.insert_str(clean(text.lines().next().unwrap_or_default(), room));
    }
}

/// What models have cost and how they stand, as last told.
#[derive(Debug)]
pub(crate) struct ModelsTold {
    pub(crate) spent: Spent,
    pub(crate) limits: CallLimits,
    pub(crate) standings: Vec<Standing>,
    pub(crate) at: Instant,
}

impl ModelsTold {
    /// How the providers stand now, the first asked first.
    pub(crate) fn standings(&self, now: Instant) -> impl Iterator<Item = Standing> {
        self.standings.iter().cloned().map(move |mut standing| {
            let until = standing.open_for.map(|rest| self.at + rest);
            standing.open_for =
                until.and_then(|until| until.checked_duration_since(now)).filter(|d| !d.is_zero());
            standing
        })
    }
}
