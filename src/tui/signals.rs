//! Signals, as a stream the event loop can wait for.

use std::io;

/// What a signal asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wish {
    /// End in good order.
    End,
    /// Give the terminal back and stop.
    #[cfg_attr(not(unix), allow(dead_code, reason = "only Unix has job control"))]
    Suspend,
    /// The process was continued: take the terminal again.
    #[cfg_attr(not(unix), allow(dead_code, reason = "only Unix has job control"))]
    Resume,
}

#[cfg(unix)]
pub(super) struct Signals {
    terminate: tokio::signal::unix::Signal,
    hang_up: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
    stop: tokio::signal::unix::Signal,
    go_on: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    pub(super) fn listen() -> io::Result<Signals> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Signals {
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
            stop: signal(SignalKind::from_raw(rustix::process::Signal::TSTP.as_raw()))?,
            go_on: signal(SignalKind::from_raw(rustix::process::Signal::CONT.as_raw()))?,
        })
    }

    pub(super) async fn next(&mut self) -> Wish {
        tokio::select! {
            _ = self.terminate.recv() => Wish::End,
            _ = self.hang_up.recv() => Wish::End,
            _ = self.interrupt.recv() => Wish::End,
            _ = self.stop.recv() => Wish::Suspend,
            _ = self.go_on.recv() => Wish::Resume,
        }
    }
}

#[cfg(not(unix))]
pub(super) struct Signals;

#[cfg(not(unix))]
impl Signals {
    pub(super) fn listen() -> io::Result<Signals> {
        Ok(Signals)
    }

    pub(super) async fn next(&mut self) -> Wish {
        let _ = tokio::signal::ctrl_c().await;
        Wish::End
    }
}

/// Whether the terminal behind standard input is gone. The input's reader cannot tell and
/// would spin; asking the terminal for its settings fails at once when it has hung up.
pub(super) fn terminal_is_gone() -> bool {
    #[cfg(unix)]
    return rustix::termios::tcgetattr(std::io::stdin()).is_err();
    #[cfg(not(unix))]
    false
}
