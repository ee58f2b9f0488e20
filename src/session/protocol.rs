//! The words that front ends and the session exchange.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};

use secrecy::SecretString;

use super::{Choice, KeepSecret, Scene, ServerScene, SyncNews, Wish};
use crate::ask::{Abstain, ChartHint, Clarify, Completion, Intent, Plan, Reading, Refused};
use crate::chart::Chart;
use crate::config::{CallLimits, ProfileDraft, ProfileName, ProviderName};
use crate::engine::{DataFacts, EngineError, EngineKind};
use crate::frame::Frame;
use crate::guard::Refusal;
use crate::i18n::{Lang, text};
use crate::insight::Insight;
use crate::llm::comment::{Comment, Recipient};
use crate::llm::dialogue::Trace;
use crate::llm::limits::Spent;
use crate::llm::prompt::Prompt;
use crate::llm::{Progress, Standing};
use crate::sanitize::SafeText;

/// A question's number within the session, given by the front end; later events carry it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct QuestionId(pub u64);

/// What a front end asks of the session.
#[derive(Debug, Clone)]
pub enum Command {
    /// Turn a question into a proposal. Answered by [`Event::Proposed`] or [`Event::NotPlanned`].
    Ask {
        /// The number later events carry.
        id: QuestionId,
        /// The words.
        text: String,
        /// The language to answer in.
        lang: Lang,
        /// What came before, for follow-ups.
        context: Context,
    },
    /// Complete the words before the cursor of a question being typed. Answered by
    /// [`Event::Completions`], unless a later one has come by then.
    Complete {
        /// A number that the answer carries; later ones are larger.
        serial: u64,
        /// The question so far.
        text: String,
        /// The byte at which the cursor stands.
        cursor: usize,
        /// The language to offer words in.
        lang: Lang,
    },
    /// Judge T-SQL written by the user and propose it. Answered by [`Event::Proposed`] or [`Event::SqlRefused`].
    ProposeSql {
        /// The question it belongs to: the edited one, or a new number.
        id: QuestionId,
        /// The T-SQL as written.
        sql: String,
        /// The language to answer in.
        lang: Lang,
    },
    /// Run the proposal exactly as shown.
    Approve {
        /// The question.
        id: QuestionId,
        /// SHA-256 (hex) of the text that was on screen.
        shown_sha256: String,
    },
    /// Run what was approved and run before once more, on the data as it is now.
    Repeat {
        /// The question.
        id: QuestionId,
    },
    /// Do not run the proposal.
    Reject {
        /// The question.
        id: QuestionId,
    },
    /// Keep the answer of an approved question as right, or note that it is wrong.
    /// Answered by [`Event::Marked`] or [`Event::Notice`].
    Mark {
        /// The question.
        id: QuestionId,
        /// Why it is wrong; right when absent.
        wrong: Option<String>,
        /// The language to answer in.
        lang: Lang,
    },
    /// Have a model comment on the result of an approved question.
    /// Answered by [`Event::Commented`], [`Event::ConsentWanted`] or [`Event::Notice`].
    Comment {
        /// The question.
        id: QuestionId,
        /// The language to answer in.
        lang: Lang,
    },
    /// The user agrees that figures of results go to these providers, from now on.
    Consent {
        /// The providers that were named.
        providers: Vec<ProviderName>,
        /// The language to answer in.
        lang: Lang,
    },
    /// Have a model mend its T-SQL that the database would not run; a new question.
    Repair {
        /// The question whose T-SQL failed.
        id: QuestionId,
        /// The number of the new question.
        as_id: QuestionId,
        /// The language to answer in.
        lang: Lang,
    },
    /// Stop the question's running query, or the model that is being asked for it.
    Cancel {
        /// The question.
        id: QuestionId,
    },
    /// Let other data answer from now on. Running queries are cancelled, proposals dropped.
    Choose(Choice),
    /// Try a profile that is being written. Answered by [`Event::ConnectionTried`].
    TryConnection {
        /// The profile.
        draft: Box<ProfileDraft>,
        /// The password of its login.
        password: Option<SecretString>,
    },
    /// Save a profile and let it answer. Answered by [`Event::ConnectionSaved`] or
    /// [`Event::ConnectionNotSaved`].
    SaveConnection {
        /// The profile.
        draft: Box<ProfileDraft>,
        /// The password of its login.
        password: Option<SecretString>,
        /// Where the password is to be kept.
        keep: KeepSecret,
        /// The language to answer in.
        lang: Lang,
    },
    /// Ask the source for something: to connect again, to fetch values, to use a password.
    Wish(Wish),
    /// End the session: running queries are cancelled, the audit log is closed.
    Quit,
}

/// What a question may refer back to.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Context {
    /// The last question of this session that had a plan.
    #[default]
    Conversation,
    /// These earlier turns, oldest first, and nothing else.
    Turns(Vec<String>),
    /// This intent: the question goes on from a result that shows it.
    After(Box<Intent>),
}

/// Where a proposal's T-SQL came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The deterministic planner.
    Planner,
    /// A verified pair, perhaps with other days, numbers or values.
    Verified,
    /// A language model filled the typed form; compiled here.
    ModelIntent,
    /// A language model wrote it freely.
    ModelSql,
    /// Written or edited by the user.
    User,
}

impl Source {
    /// The name scripts see in JSON and the audit log keeps.
    pub fn json_name(self) -> &'static str {
        match self {
            Source::Planner => "planner",
            Source::Verified => "verified",
            Source::ModelIntent => "model_intent",
            Source::ModelSql => "model_sql",
            Source::User => "user",
        }
    }

    /// What people are told of it; nothing where it is no news.
    pub fn label(self, lang: Lang) -> Option<&'static str> {
        match self {
            Source::Verified => Some(text(lang, "session.source.verified")),
            Source::ModelIntent => Some(text(lang, "session.source.model_intent")),
            Source::ModelSql => Some(text(lang, "session.source.model_sql")),
            Source::Planner | Source::User => None,
        }
    }
}

/// What is known of T-SQL that no plan explains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// What it computes, as its author says.
    pub restatement: String,
    /// What to know before approving it.
    pub warnings: Vec<String>,
}

/// T-SQL that passed the guard and waits for a decision.
#[derive(Debug, Clone)]
pub struct Proposal {
    /// The question it answers.
    pub id: QuestionId,
    /// The question's words; empty for T-SQL written by the user from nothing.
    pub question: String,
    /// Where the T-SQL came from.
    pub source: Source,
    /// The canonical text: what will run, to the byte.
    pub sql: String,
    /// Its SHA-256, hex; [`Command::Approve`] must repeat it.
    pub sha256: String,
    /// The plan, where there is a typed one.
    pub plan: Option<Arc<Plan>>,
    /// What is known of T-SQL without a plan.
    pub note: Option<Arc<Note>>,
    /// How the model was asked that it came from.
    pub model: Option<Arc<Trace>>,
    /// Time taken to plan and judge.
    pub planning: Duration,
}

/// Why a question has no proposal.
#[derive(Debug, Clone)]
pub enum NotPlanned {
    /// A choice must be made.
    Clarify(Clarify),
    /// It was not understood, or the data does not hold it.
    Abstain(Abstain),
    /// It asks for something that is never done.
    Refuse(Refused),
}

/// How a run ended.
#[derive(Debug, Clone)]
pub enum RunEnd {
    /// All rows, or as many as the limit allows.
    Done,
    /// The user stopped it.
    Cancelled,
    /// It failed; what was received stays, marked partial.
    Failed(EngineError),
}

/// What the session tells a front end.
#[derive(Debug, Clone)]
pub enum Event {
    /// The data is being prepared (demo data made, index loaded): share done, 0 to 1.
    Preparing {
        /// Share done, 0 to 1.
        done: f32,
    },
    /// Where answers come from, and how things stand there. Told at the start and at every change.
    Scene(Scene),
    /// How bringing in the local copy goes.
    Sync(SyncNews),
    /// A profile that is being written was tried: how far it came.
    ConnectionTried(Arc<ServerScene>),
    /// A profile was saved and answers from now on.
    ConnectionSaved {
        /// Its name.
        profile: ProfileName,
        /// Why its password could not be kept, if it could not.
        problem: Option<SafeText>,
    },
    /// A profile could not be saved.
    ConnectionNotSaved {
        /// Why.
        text: SafeText,
    },
    /// The data is ready; questions can be asked.
    Ready {
        /// Which engine answers.
        engine: EngineKind,
        /// What it holds.
        facts: DataFacts,
        /// Example questions for this data, in both languages.
        examples: Vec<(Lang, String)>,
    },
    /// The data could not be prepared.
    Unavailable {
        /// Why.
        error: EngineError,
    },
    /// How the words being typed may be completed.
    Completions {
        /// The number of the command.
        serial: u64,
        /// What is offered, best first; perhaps nothing.
        offers: Vec<Completion>,
    },
    /// Questions that go on from a result that has just come.
    NextQuestions {
        /// The question whose result it is.
        id: QuestionId,
        /// Two or three, in the language of its plan.
        questions: Vec<String>,
    },
    /// There is something to approve.
    Proposed(Proposal),
    /// There is no plan.
    NotPlanned {
        /// The question.
        id: QuestionId,
        /// Its words.
        question: String,
        /// Why.
        why: NotPlanned,
        /// How the model was asked that did not help either.
        model: Option<Arc<Trace>>,
    },
    /// A model is being asked.
    Asking {
        /// The question.
        id: QuestionId,
        /// What happens.
        progress: Progress,
    },
    /// What models have cost, and how they stand.
    Models {
        /// What the last calls came to.
        spent: Spent,
        /// What they may come to.
        limits: CallLimits,
        /// How the providers in use stand.
        standings: Vec<Standing>,
    },
    /// An answer was marked as right or wrong, and that is kept.
    Marked {
        /// The question.
        id: QuestionId,
        /// Whether it is right.
        right: bool,
    },
    /// A comment needs the user's consent first.
    ConsentWanted {
        /// The question.
        id: QuestionId,
        /// Who would receive figures of the result: the first, and the next where it cannot answer.
        recipients: Vec<Recipient>,
        /// What would be sent, to the letter.
        prompt: Arc<Prompt>,
        /// How many names are replaced by tokens in it.
        hidden: usize,
    },
    /// A model has commented on a result, or could not.
    Commented {
        /// The question.
        id: QuestionId,
        /// The comment.
        comment: Arc<Comment>,
    },
    /// The guard refused T-SQL.
    SqlRefused {
        /// The question.
        id: QuestionId,
        /// Why and where.
        refusal: Refusal,
    },
    /// The decision could not be carried out as asked; nothing ran.
    NotRun {
        /// The question.
        id: QuestionId,
        /// Why.
        why: NotRun,
    },
    /// A query runs.
    RunStarted {
        /// The question.
        id: QuestionId,
        /// Which engine runs it.
        engine: EngineKind,
    },
    /// Rows so far. The frame grows from event to event; cloning one is cheap.
    Rows {
        /// The question.
        id: QuestionId,
        /// What there is so far.
        frame: Frame,
    },
    /// A query ended.
    RunEnded {
        /// The question.
        id: QuestionId,
        /// How.
        end: RunEnd,
        /// What was received.
        frame: Frame,
        /// The chart that suits it.
        chart: Option<Chart>,
        /// What can be said of it.
        insights: Vec<Insight>,
        /// How long it took.
        elapsed: Duration,
        /// When it was fetched, if it was not now but is given again.
        kept_since: Option<DateTime<Utc>>,
    },
    /// Something to tell the user that belongs to no question.
    Notice {
        /// The sentence.
        text: SafeText,
        /// Whether it is a failure.
        failure: bool,
    },
}

/// Why an approved proposal did not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotRun {
    /// There is no such proposal, or it was decided already.
    NoProposal,
    /// The text shown is not the text that would run.
    TextChanged,
    /// The audit log cannot be written, and without it nothing runs.
    AuditUnavailable,
    /// There is no data to run it on.
    NotReady,
}

impl NotPlanned {
    /// The name scripts see in JSON and the audit log keeps.
    pub fn json_name(&self) -> &'static str {
        match self {
            NotPlanned::Clarify(_) => "clarify",
            NotPlanned::Abstain(_) => "abstain",
            NotPlanned::Refuse(_) => "refuse",
        }
    }
}

impl NotRun {
    /// Why nothing ran, as one sentence.
    pub fn sentence(self, lang: Lang) -> &'static str {
        match self {
            NotRun::NoProposal => text(lang, "session.no_proposal"),
            NotRun::TextChanged => text(lang, "session.text_changed"),
            NotRun::AuditUnavailable => text(lang, "session.audit_unavailable"),
            NotRun::NotReady => text(lang, "session.not_ready"),
        }
    }
}

/// What a front end needs to know of a proposal to show it.
impl Proposal {
    /// What each part of the question was read as.
    pub fn readings(&self) -> &[Reading] {
        self.plan.as_ref().map_or(&[], |plan| &plan.readings)
    }

    /// What it computes, in the user's language; empty for T-SQL written by the user.
    pub fn restatement(&self) -> &str {
        let noted = self.note.as_ref().map_or("", |note| note.restatement.as_str());
        self.plan.as_ref().map_or(noted, |plan| plan.restatement.as_str())
    }

    /// What to know before approving it.
    pub fn warnings(&self) -> &[String] {
        let noted = self.note.as_ref().map_or(&[][..], |note| note.warnings.as_slice());
        self.plan.as_ref().map_or(noted, |plan| plan.warnings.as_slice())
    }

    /// The chart the plan suggests.
    pub fn chart_hint(&self) -> Option<ChartHint> {
        self.plan.as_ref().map(|plan| plan.chart)
    }
}
