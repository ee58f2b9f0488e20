//! What is known of a connection's running answer, on both ends of its tunnel.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::types::WireColumn;

/// Bytes that one row may bring: all columns a table may have, each cut at 64 KiB.
const MOST_OF_A_ROW: usize = 64 << 20;

/// What the two ends of a connection, the tunnel and its user, share.
pub struct Watch {
    state: Mutex<State>,
    since_row: AtomicUsize,
    overflowed: AtomicBool,
    /// Milliseconds from `born` to the last byte read.
    last_byte: AtomicUsize,
    born: Instant,
}

pub struct State {
    pub attention: Attention,
    pub columns: Columns,
    pub answered: bool,
}

/// How far a request to stop has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attention {
    None,
    Wanted,
    Sent,
    Acknowledged,
}

pub enum Columns {
    /// No answer is expected to have any.
    Unwatched,
    /// The next answer's columns are looked for.
    Wanted,
    Found(Vec<WireColumn>),
}

impl Watch {
    pub(super) fn new() -> Watch {
        Watch {
            state: Mutex::new(State {
                attention: Attention::None,
                columns: Columns::Unwatched,
                answered: false,
            }),
            since_row: AtomicUsize::new(0),
            overflowed: AtomicBool::new(false),
            last_byte: AtomicUsize::new(0),
            born: Instant::now(),
        }
    }

    /// Counts bytes of a row; `false` when they are more than can be held.
    pub(super) fn holds(&self, bytes: usize) -> bool {
        let fits = self.since_row.fetch_add(bytes, Ordering::Relaxed) + bytes <= MOST_OF_A_ROW;
        if !fits {
            self.overflowed.store(true, Ordering::Relaxed);
        }
        fits
    }

    pub(super) fn state<R>(&self, change: impl FnOnce(&mut State) -> R) -> R {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A request is about to be sent: looks for its columns.
    pub fn begin(&self) {
        self.state(|state| {
            *state = State { attention: Attention::None, columns: Columns::Wanted, answered: false };
        });
        self.row_done();
        self.touched();
    }

    /// The columns of the running answer, once.
    pub fn take_columns(&self) -> Option<Vec<WireColumn>> {
        self.state(|state| match std::mem::replace(&mut state.columns, Columns::Unwatched) {
            Columns::Found(columns) => Some(columns),
            _ => None,
        })
    }

    /// Whether anything of the running answer has come.
    pub fn answered(&self) -> bool {
        self.state(|state| state.answered)
    }

    /// Asks the server to stop, as soon as the answer is read on.
    pub fn stop(&self) {
        self.state(|state| {
            if state.attention == Attention::None {
                state.attention = Attention::Wanted;
            }
        });
    }

    /// Whether the answer came to its end with nothing left on the wire.
    pub fn is_clean(&self) -> bool {
        self.state(|state| state.attention != Attention::Sent)
    }

    /// Whether the server acknowledged a request to stop, which ends its answer.
    pub fn acknowledged(&self) -> bool {
        self.state(|state| state.attention == Attention::Acknowledged)
    }

    /// A row is complete: the next may bring as much again.
    pub fn row_done(&self) {
        self.since_row.store(0, Ordering::Relaxed);
    }

    /// Whether a row brought more than can be held.
    pub fn overflowed(&self) -> bool {
        self.overflowed.load(Ordering::Relaxed)
    }

    /// For how long nothing has come.
    pub fn silence(&self) -> Duration {
        let last = Duration::from_millis(self.last_byte.load(Ordering::Relaxed) as u64);
        self.born.elapsed().saturating_sub(last)
    }

    pub(super) fn touched(&self) {
        self.last_byte.store(self.born.elapsed().as_millis() as usize, Ordering::Relaxed);
    }
}
