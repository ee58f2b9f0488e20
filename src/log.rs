//! The program's own log: technical detail for support, never questions' results or secrets.
//!
//! Files roll over daily in the state folder; the last seven are kept. `DEPOTRU_LOG`
//! sets the level (`warn` without it).

use std::path::Path;

use tracing_appender::non_blocking::WorkerGuard;
use tracing_appender::rolling::{Builder, Rotation};
use tracing_subscriber::EnvFilter;

use crate::config::make_private_folder;

/// Starts the log; lines are written until the guard is dropped. A log that cannot be
/// written is done without: it must never stand in the way of the work.
pub fn start(folder: &Path) -> Option<WorkerGuard> {
    make_private_folder(folder).ok()?;
    let files = Builder::new()
        .rotation(Rotation::DAILY)
        .filename_prefix("depotru")
        .filename_suffix("log")
        .max_log_files(7)
        .build(folder)
        .ok()?;
    let (writer, guard) = tracing_appender::non_blocking(files);
    let level = EnvFilter::try_from_env("DEPOTRU_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(level).with_writer(writer).with_ansi(false).try_init().ok()?;
    Some(guard)
}
