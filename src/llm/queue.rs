//! One call at a time, over all processes of the user.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use super::error::CallError;
use super::reply::{Observer, Progress};
use crate::memory::open_private;

/// How often the lock of the call under way is tried.
const TRY_LOCK: Duration = Duration::from_millis(50);

/// The right to be the user's one call, over all processes. Where the lock cannot be
/// had at all, the session's own lock must do.
pub(super) async fn only_call(
    lock: &Path,
    patience: Duration,
    observer: &dyn Observer,
) -> Result<Option<File>, CallError> {
    if let Some(folder) = lock.parent() {
        let _ = crate::config::make_private_folder(folder);
    }
    let Ok(file) = open_private(lock) else { return Ok(None) };
    let mut told = false;
    let until = tokio::time::Instant::now() + patience;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Some(file)),
            Err(std::fs::TryLockError::WouldBlock) if tokio::time::Instant::now() >= until => {
                return Err(CallError::Busy);
            }
            Err(std::fs::TryLockError::WouldBlock) => {
                if !std::mem::replace(&mut told, true) {
                    observer.tell(Progress::Queued);
                }
                tokio::time::sleep(TRY_LOCK).await;
            }
            Err(std::fs::TryLockError::Error(_)) => return Ok(None),
        }
    }
}
