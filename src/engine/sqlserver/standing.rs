//! Whether a session is as it is to be: set up once, asked again before it is lent.
//!
//! A server that speaks T-SQL but does not know some setting (Babelfish) is used all the same
//! as long as nothing that the answers' truth or the server's peace hangs on is missing.

use super::connection::{Connection, text_of, whole};
use super::fault::{FaultKind, ServerFault, Stage};
use super::session;
use super::wire::TEXT_SIZE;
use crate::engine::EngineError;

/// What a session tells of itself.
const ITSELF: &str = "SELECT @@LOCK_TIMEOUT, @@TEXTSIZE, @@TRANCOUNT, DB_NAME()";
/// The same, asked of servers that do not know `@@TEXTSIZE`.
const WITHOUT_TEXT_SIZE: &str = "SELECT @@LOCK_TIMEOUT, NULL, @@TRANCOUNT, DB_NAME()";

impl Connection {
    /// The session's settings, once: the server forgets none of them between queries.
    ///
    /// # Errors
    /// [`ServerFault`] at the login.
    pub(super) async fn set_up(&mut self) -> Result<(), ServerFault> {
        let settings = session::settings_of(&self.settings, self.row_limit);
        let set = match self.ask(&session::batch(&settings), self.settings.times.handshake).await {
            Err(error) if self.is_refusal(&error) => {
                tracing::info!(server = %self.host(), %error, "a session is set up one by one");
                self.set_one_by_one(&settings).await
            }
            set => set.map(drop),
        };
        set.map_err(|error| self.not_set_up(error))
    }

    /// Sets what the server takes, and makes sure that it means what it should.
    async fn set_one_by_one(&mut self, settings: &[session::Setting]) -> Result<(), EngineError> {
        let within = self.settings.times.handshake;
        for setting in settings {
            match self.ask(&setting.statement, within).await {
                Err(error) if self.is_refusal(&error) && !setting.needed => {
                    tracing::warn!(server = %self.host(), statement = setting.statement, %error, "not set");
                }
                set => drop(set?),
            }
        }
        let rows = self.ask(session::MEANING, within).await?;
        match rows.first().map(Vec::as_slice) {
            Some([month, weekday]) if (whole(month), whole(weekday)) == (Some(2), Some(1)) => Ok(()),
            other => {
                let words = format!("dates or weeks are not read as they should be: {other:?}");
                Err(ServerFault::new(FaultKind::LoginFailed, self.host(), words).into())
            }
        }
    }

    /// Whether the server answered that it will not, on a connection that still stands.
    fn is_refusal(&self, error: &EngineError) -> bool {
        !self.is_broken()
            && match error {
                EngineError::Server(fault) => fault.number.is_some(),
                EngineError::Invalid { .. } | EngineError::Calculation { .. } => true,
                _ => false,
            }
    }

    fn not_set_up(&self, error: EngineError) -> ServerFault {
        let fault = match error {
            EngineError::Server(fault) => *fault,
            EngineError::Timeout => {
                let words = format!("{:.0} s", self.settings.times.handshake.as_secs_f64());
                ServerFault::new(FaultKind::ConnectTimeout, self.host(), words)
            }
            other => ServerFault::new(FaultKind::LoginFailed, self.host(), other.to_string()),
        };
        ServerFault { stage: Some(Stage::Login), ..fault }
    }

    /// Asks the server whether the session is as it was set up.
    ///
    /// # Errors
    /// Words for the log.
    pub(super) async fn validate(&mut self) -> Result<(), String> {
        let within = self.settings.times.validate;
        let mut rows = Err(EngineError::Timeout);
        if self.tells_text_size {
            rows = self.ask(ITSELF, within).await;
            self.tells_text_size = !rows.as_ref().is_err_and(|error| self.is_refusal(error));
        }
        if !self.tells_text_size {
            rows = self.ask(WITHOUT_TEXT_SIZE, within).await;
        }
        let rows = rows.map_err(|error| error.to_string())?;
        let Some([lock, text, transactions, database]) = rows.first().map(Vec::as_slice) else {
            return Err("no row".to_string());
        };
        let lock_set = whole(lock) == i64::try_from(self.settings.times.lock.as_millis()).ok();
        let text_set = !self.tells_text_size || whole(text) == Some(TEXT_SIZE as i64);
        let same = text_of(database).is_some_and(|name| same_name(&name, &self.settings.database));
        if lock_set && text_set && whole(transactions) == Some(0) && same {
            return Ok(());
        }
        Err(format!("its session has changed: {rows:?}"))
    }
}

/// Names of databases are compared as most servers do: without case.
fn same_name(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}
