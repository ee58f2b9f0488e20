//! Standard output as data, standard error as narration; a closed pipe is a quiet end.

use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};

use crate::sanitize::nearest_ascii;
use crate::tui::Capabilities;

/// Where an answer is written. A reader that has gone away (`| head`) is no failure.
pub struct Output {
    out: io::BufWriter<io::Stdout>,
    closed: bool,
    /// Whether a terminal reads that shows only ASCII.
    is_ascii: bool,
}

impl Output {
    /// Standard output.
    pub fn stdout() -> Output {
        let is_ascii = Self::is_terminal() && !shows_unicode();
        Output { out: io::BufWriter::new(io::stdout()), closed: false, is_ascii }
    }

    /// Whether a person is looking at it.
    pub fn is_terminal() -> bool {
        io::stdout().is_terminal()
    }

    /// The terminal's width in cells, if a person is looking.
    pub fn width() -> Option<u16> {
        if !Self::is_terminal() {
            return None;
        }
        crossterm::terminal::size().ok().map(|(width, _)| width)
    }

    /// Whether the reader has gone away.
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// Writes a line for people.
    ///
    /// # Errors
    /// Whatever the system says, except that a closed pipe is remembered instead.
    pub fn line(&mut self, text: &str) -> io::Result<()> {
        let written = match self.is_ascii {
            true => writeln!(self.out, "{}", nearest_ascii(text)),
            false => writeln!(self.out, "{text}"),
        };
        self.settle(written)
    }

    /// Writes a line for programs, to the byte.
    ///
    /// # Errors
    /// As [`Output::line`].
    pub fn exact_line(&mut self, text: &str) -> io::Result<()> {
        let written = writeln!(self.out, "{text}");
        self.settle(written)
    }

    /// Writes what `write` writes.
    ///
    /// # Errors
    /// As [`Output::line`].
    pub fn with(&mut self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
        let written = write(&mut self.out);
        self.settle(written)
    }

    /// Hands everything to the reader.
    ///
    /// # Errors
    /// As [`Output::line`].
    pub fn flush(&mut self) -> io::Result<()> {
        let flushed = self.out.flush();
        self.settle(flushed)
    }

    fn settle(&mut self, result: io::Result<()>) -> io::Result<()> {
        match result {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(())
            }
            other => other,
        }
    }
}

/// Whether the locale's terminal shows more than ASCII.
fn shows_unicode() -> bool {
    Capabilities::from_env(|name| std::env::var(name).ok()).unicode
}

/// Narration as standard error can show it.
pub fn narration(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || !io::stderr().is_terminal() || shows_unicode() {
        return Cow::Borrowed(text);
    }
    Cow::Owned(nearest_ascii(text))
}

/// Writes a line of narration; when even that fails there is nobody to tell.
pub fn narrate(text: &str) {
    let _ = writeln!(io::stderr(), "{}", narration(text));
}

/// Shows a share done on one line of standard error, if a person is looking.
pub fn progress(label: &str, done: f32) {
    let mut err = io::stderr();
    if err.is_terminal() {
        let percent = (done.clamp(0.0, 1.0) * 100.0).round();
        let end = if done >= 1.0 { "\n" } else { "" };
        let _ = write!(err, "\r{} {percent:3.0}%{end}", narration(label));
        let _ = err.flush();
    }
}
