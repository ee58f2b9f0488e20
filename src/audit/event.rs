//! What is worth a line in the log.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::i18n::Lang;

/// Who decided that a query may run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decider {
    /// A person, having seen the text.
    Person,
    /// The command line's `--yes`.
    YesFlag,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunOutcome {
    /// All rows, or as many as the limit allows.
    Done,
    /// The user stopped it.
    Cancelled,
    /// It failed.
    Failed,
}

/// An event. Its name in the log is stable; result rows, keys and passwords are never part of one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event")]
pub enum AuditEvent {
    /// A session began.
    #[serde(rename = "session.started")]
    SessionStarted {
        /// The program's version.
        version: String,
        /// `console` or `cli`.
        front_end: String,
    },
    /// A session ended in order.
    #[serde(rename = "session.ended")]
    SessionEnded,
    /// A question was asked.
    #[serde(rename = "question.received")]
    QuestionReceived {
        /// Its number in the session.
        id: u64,
        /// Its words.
        question: String,
        /// The language asked for.
        lang: Lang,
    },
    /// T-SQL passed the guard and waits for a decision.
    #[serde(rename = "sql.proposed")]
    SqlProposed {
        /// The question's number.
        id: u64,
        /// `planner` or `user`.
        source: String,
        /// The canonical text.
        sql: String,
        /// Its SHA-256.
        sha256: String,
    },
    /// There is no plan.
    #[serde(rename = "question.unplanned")]
    QuestionUnplanned {
        /// The question's number.
        id: u64,
        /// `clarify`, `abstain` or `refuse`.
        outcome: String,
        /// The words not understood, or the reason of a refusal.
        about: Vec<String>,
    },
    /// The user wrote or changed T-SQL; the guard's verdict follows.
    #[serde(rename = "sql.edited")]
    SqlEdited {
        /// The question's number.
        id: u64,
        /// The T-SQL as written.
        sql: String,
    },
    /// The guard refused T-SQL.
    #[serde(rename = "sql.refused")]
    SqlRefused {
        /// The question's number.
        id: u64,
        /// The rule's stable name.
        rule: String,
        /// Line in the text.
        line: u32,
        /// Column in the text.
        column: u32,
    },
    /// A query may run; written, and on the disk, before it does.
    #[serde(rename = "query.approved")]
    QueryApproved {
        /// The question's number.
        id: u64,
        /// SHA-256 of the canonical text.
        sha256: String,
        /// Who decided.
        decided_by: Decider,
        /// Milliseconds between proposal and decision.
        decided_after_ms: u64,
    },
    /// A query that was approved and run before runs once more; written, and on the disk,
    /// before it does.
    #[serde(rename = "query.repeated")]
    QueryRepeated {
        /// The question's number.
        id: u64,
        /// SHA-256 of the canonical text.
        sha256: String,
        /// Who asked for it.
        decided_by: Decider,
    },
    /// An approved query was answered by what was fetched before.
    #[serde(rename = "answer.reused")]
    AnswerReused {
        /// The question's number.
        id: u64,
        /// SHA-256 of the canonical text.
        sha256: String,
        /// When it was fetched.
        fetched_at: DateTime<Utc>,
        /// Rows delivered.
        rows: u64,
    },
    /// A query may not run.
    #[serde(rename = "query.rejected")]
    QueryRejected {
        /// The question's number.
        id: u64,
        /// SHA-256 of the canonical text.
        sha256: String,
    },
    /// An approval did not match the text proposed; nothing ran.
    #[serde(rename = "query.mismatched")]
    QueryMismatched {
        /// The question's number.
        id: u64,
        /// SHA-256 of the canonical text proposed.
        sha256: String,
        /// SHA-256 that the approval named.
        approved_sha256: String,
    },
    /// A session that was killed had approved this query, and its end is not known.
    #[serde(rename = "query.unfinished")]
    QueryUnfinished {
        /// The session.
        of: String,
        /// The question's number in it.
        id: u64,
        /// SHA-256 of the canonical text.
        sha256: String,
    },
    /// A run ended.
    #[serde(rename = "query.finished")]
    QueryFinished {
        /// The question's number.
        id: u64,
        /// `embedded` or `sqlserver`.
        engine: String,
        /// How.
        outcome: RunOutcome,
        /// Rows delivered.
        rows: u64,
        /// Whether the row limit cut it off.
        truncated: bool,
        /// Milliseconds it took.
        elapsed_ms: u64,
    },
    /// A server was reached and the login's rights were judged.
    #[serde(rename = "connection.opened")]
    ConnectionOpened {
        /// The profile.
        profile: String,
        /// The server.
        server: String,
        /// The database.
        database: String,
        /// The login; none where it is the operating system's user.
        login: Option<String>,
        /// The TLS protocol in force; none where nothing is encrypted.
        tls: Option<String>,
        /// Whether somebody vouched for the server's certificate.
        certificate_checked: bool,
        /// `read_only`, `sees_more` or `can_change`.
        rights: String,
        /// Whether queries may run on it.
        allowed: bool,
    },
    /// A server could not be reached or refused the login.
    #[serde(rename = "connection.failed")]
    ConnectionFailed {
        /// The profile.
        profile: String,
        /// The server.
        server: String,
        /// Why.
        error: String,
    },
    /// The local copy of a profile's table was brought up to date, or that failed.
    #[serde(rename = "copy.synced")]
    CopySynced {
        /// The profile.
        profile: String,
        /// Months brought in.
        months: u64,
        /// Lines brought in.
        rows: u64,
        /// The first day of the copy now.
        from: Option<NaiveDate>,
        /// The last day of the copy now.
        to: Option<NaiveDate>,
        /// Why it failed, if it did.
        error: Option<String>,
    },
    /// A connection profile was written into the settings.
    #[serde(rename = "profile.saved")]
    ProfileSaved {
        /// Its name.
        profile: String,
    },
    /// A secret was put into a keyring.
    #[serde(rename = "secret.kept")]
    SecretKept {
        /// Its name, never its value.
        name: String,
        /// The keyring.
        keyring: String,
    },
    /// Something is about to be sent to a language model; what, is never part of the log.
    #[serde(rename = "llm.sent")]
    LlmSent {
        /// The question's number.
        id: u64,
        /// `question`, `repair` or `comment`.
        purpose: String,
        /// To whom.
        provider: String,
        /// For which model.
        model: String,
        /// Bytes of the request.
        bytes: u64,
        /// Names and numbers that were replaced by tokens in it.
        hidden: u64,
    },
    /// A call to a language model has ended.
    #[serde(rename = "llm.received")]
    LlmReceived {
        /// The question's number.
        id: u64,
        /// Who was asked.
        provider: String,
        /// The model.
        model: String,
        /// Bytes received.
        bytes: u64,
        /// Tokens sent.
        input_tokens: u64,
        /// Tokens received.
        output_tokens: u64,
        /// `answered`, or how it failed.
        outcome: String,
    },
    /// The user agreed that figures of results go to language models.
    #[serde(rename = "llm.consented")]
    LlmConsented {
        /// The version of the text agreed to.
        version: u32,
        /// Who may receive them.
        provider: String,
    },
    /// An answer was marked as right or wrong.
    #[serde(rename = "answer.marked")]
    AnswerMarked {
        /// The question's number.
        id: u64,
        /// Whether it is right.
        right: bool,
        /// SHA-256 of the T-SQL.
        sha256: String,
    },
    /// A secret was taken out of a keyring.
    #[serde(rename = "secret.removed")]
    SecretRemoved {
        /// Its name.
        name: String,
        /// The keyring.
        keyring: String,
    },
    /// A line cut short by a crash was moved aside.
    #[serde(rename = "log.repaired")]
    LogRepaired {
        /// The file it was moved to.
        moved_to: String,
        /// SHA-256 of what was moved.
        sha256: String,
    },
}

impl AuditEvent {
    /// Whether the event must be on the disk before anything else happens.
    pub fn is_durable(&self) -> bool {
        matches!(
            self,
            AuditEvent::QueryApproved { .. }
                | AuditEvent::QueryRepeated { .. }
                | AuditEvent::LogRepaired { .. }
        )
    }
}
