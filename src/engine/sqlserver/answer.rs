//! An answer on its way: what comes next, and how it is brought to its end.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::stream::{BoxStream, StreamExt};
use tiberius::QueryItem;
use tiberius::error::Error;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::fault;
use super::wire::Watch;

/// Rows after which the end of an answer is not near.
const NEAR: usize = 16;

/// An answer on its way.
pub(super) struct Answer<'a> {
    pub(super) items: BoxStream<'a, Result<QueryItem, Error>>,
    pub(super) watch: Arc<Watch>,
    /// For how long nothing may come.
    pub(super) patience: Duration,
    /// The same, once something has come.
    pub(super) stall: Duration,
}

/// What came next.
pub(super) enum Next {
    /// Columns or a row.
    Item(QueryItem),
    /// Nothing more.
    End,
    /// The server or the way to it failed.
    Failed(Error),
    /// Nothing came until `deadline`.
    Waited,
    /// Nothing came for longer than allowed.
    Stalled,
    /// Somebody wants it stopped.
    Stopped,
}

impl Answer<'_> {
    /// What is there already, without waiting.
    pub fn poll_now(&mut self) -> Option<Next> {
        use futures::FutureExt;
        self.items.next().now_or_never().map(|item| self.seen(item))
    }

    /// Waits for what comes next; for a pause until `deadline`, if there is one.
    pub async fn next(&mut self, stop: &CancellationToken, deadline: Option<tokio::time::Instant>) -> Next {
        let started = Instant::now();
        loop {
            let silent = self.watch.silence().min(started.elapsed());
            let Some(patience) = self.patience.checked_sub(silent).filter(|left| !left.is_zero()) else {
                return Next::Stalled;
            };
            let pause = async {
                match deadline {
                    Some(deadline) => tokio::time::sleep_until(deadline).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                () = stop.cancelled() => return Next::Stopped,
                item = self.items.next() => return self.seen(item),
                () = pause => return Next::Waited,
                () = tokio::time::sleep(patience) => {}
            }
        }
    }

    fn seen(&mut self, item: Option<Result<QueryItem, Error>>) -> Next {
        match item {
            None => Next::End,
            Some(Err(error)) => Next::Failed(error),
            Some(Ok(item)) => {
                self.patience = self.stall;
                self.watch.row_done();
                Next::Item(item)
            }
        }
    }

    /// Comes to the answer's end, whatever is left of it: looks for `linger` whether the end is
    /// near, where that is to be expected, and then asks the server to stop. Returns whether
    /// the connection is at a message's end.
    pub async fn finish(&mut self, linger: Duration, acknowledge: Duration) -> bool {
        if !linger.is_zero()
            && let Ok(Some(clean)) = timeout(linger, self.drain(NEAR)).await
        {
            return clean;
        }
        self.watch.stop();
        let ended = timeout(acknowledge, self.drain(usize::MAX)).await;
        // A server that stops in the middle of a row ends the message all the same.
        matches!(ended, Ok(Some(true))) || self.watch.acknowledged()
    }

    /// Reads on over so many rows at the most; at the end, returns whether it was a clean one.
    async fn drain(&mut self, rows: usize) -> Option<bool> {
        for _ in 0..rows {
            match self.items.next().await {
                None => return Some(true),
                Some(Ok(_)) => self.watch.row_done(),
                Some(Err(error)) => return Some(!fault::ends_connection(&error)),
            }
            // Rows that are there already must not hold up the clock.
            tokio::task::consume_budget().await;
        }
        None
    }
}
