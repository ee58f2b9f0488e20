//! How far the connection is, shared between who makes it and who needs it.

use std::sync::Arc;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::engine::EngineError;
use crate::engine::sqlserver::SqlServerEngine;

/// How far the connection is.
#[derive(Clone)]
pub(super) enum Phase {
    /// Being made, or waiting for a password.
    Coming,
    /// Queries may run.
    Up(SqlServerEngine),
    /// Queries may not run, whatever is tried.
    Refused(EngineError),
    /// It could not be made; it is worth another try.
    Down(EngineError),
}

/// The phase as it is now and as it changes.
#[derive(Clone)]
pub(super) struct Phases {
    sender: Arc<watch::Sender<Phase>>,
}

impl Phases {
    pub(super) fn new() -> Phases {
        Phases { sender: Arc::new(watch::Sender::new(Phase::Coming)) }
    }

    pub(super) fn set(&self, phase: Phase) {
        self.sender.send_replace(phase);
    }

    /// The engine, as soon as there is one. A connection that is down is tried again
    /// once, by calling `again`.
    pub(super) async fn engine(
        &self,
        again: impl Fn() + Send,
        cancel: &CancellationToken,
    ) -> Result<SqlServerEngine, EngineError> {
        let mut phases = self.sender.subscribe();
        let mut tried_again = false;
        loop {
            let phase = phases.borrow_and_update().clone();
            match phase {
                Phase::Up(engine) => return Ok(engine),
                Phase::Refused(error) => return Err(error),
                Phase::Down(error) if tried_again => return Err(error),
                Phase::Down(_) => {
                    tried_again = true;
                    again();
                }
                Phase::Coming => {}
            }
            tokio::select! {
                changed = phases.changed() => {
                    if changed.is_err() {
                        return Err(EngineError::Internal { detail: "the connection's keeper is gone".into() });
                    }
                }
                () = cancel.cancelled() => return Err(EngineError::Cancelled),
            }
        }
    }
}
