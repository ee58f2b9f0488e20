//! Waiting that ends when the user or the clock says so.

use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::EngineError;

/// Waits for `work`, unless it is cancelled or its time is over.
pub(super) async fn ended_by<T>(
    cancel: &CancellationToken,
    deadline: Instant,
    work: impl Future<Output = T>,
) -> Result<T, EngineError> {
    tokio::select! {
        biased;
        () = cancel.cancelled() => Err(EngineError::Cancelled),
        () = sleep_until(deadline) => Err(EngineError::Timeout),
        done = work => Ok(done),
    }
}

async fn sleep_until(deadline: Instant) {
    let left = deadline.saturating_duration_since(Instant::now());
    tokio::time::sleep(left.min(Duration::from_secs(86_400 * 365))).await;
}
