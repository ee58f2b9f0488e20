//! The terminal's modes: taken on start, given back on every way out.

use std::cell::Cell;
use std::io::{self, BufWriter, IsTerminal, Stdout, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::clipboard::CopyToClipboard;
use crossterm::cursor::Show;
use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    disable_raw_mode, enable_raw_mode,
};
use crossterm::{execute, queue};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;

use super::app::App;
use super::capabilities::is_dumb;
use super::{TuiError, view};
use crate::i18n::{Lang, fill};

/// Large enough for a whole screen, so that a frame is one write.
const BUFFER: usize = 32 * 1024;

thread_local! {
    /// Whether this thread is working for the screen right now: only its panics end the console.
    static ON_SCREEN: Cell<bool> = const { Cell::new(false) };
}

/// The screen. Dropping it gives the terminal back.
pub(super) struct Screen {
    terminal: Terminal<CrosstermBackend<BufWriter<Stdout>>>,
}

impl Screen {
    /// Takes the terminal over.
    pub(super) fn open(lang: Lang) -> Result<Screen, TuiError> {
        if !io::stdout().is_terminal() || !io::stdin().is_terminal() {
            return Err(TuiError::NotATerminal);
        }
        if is_dumb(std::env::var("TERM").ok().as_deref()) {
            return Err(TuiError::DumbTerminal);
        }
        hook_panics(lang);
        if let Err(error) = take() {
            give_back();
            unhook_panics();
            return Err(error.into());
        }
        let backend = CrosstermBackend::new(BufWriter::with_capacity(BUFFER, io::stdout()));
        Ok(Screen { terminal: Terminal::new(backend)? })
    }

    /// The window's size.
    pub(super) fn size(&self) -> Result<Rect, TuiError> {
        let size = self.terminal.size()?;
        Ok(Rect::new(0, 0, size.width, size.height))
    }

    /// Draws the state; the terminal shows the whole frame at once.
    pub(super) fn draw(&mut self, app: &App) -> Result<(), TuiError> {
        queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate)?;
        self.terminal.draw(|frame| view::draw(app, frame))?;
        execute!(self.terminal.backend_mut(), EndSynchronizedUpdate)?;
        Ok(())
    }

    /// Draws everything anew with the next frame. (`Terminal::clear` would ask the terminal
    /// for its cursor, and the answer would go to whoever is reading the keys.)
    fn forget(&mut self) -> Result<(), TuiError> {
        let area = self.size()?;
        Ok(self.terminal.resize(area)?)
    }

    /// Hands text to the terminal's clipboard (OSC 52).
    pub(super) fn copy(&mut self, text: &str) -> Result<(), TuiError> {
        Ok(execute!(self.terminal.backend_mut(), CopyToClipboard::to_clipboard_from(text))?)
    }

    /// Gives the terminal back, stops the process, and takes the terminal again when continued.
    pub(super) fn suspend(&mut self) -> Result<(), TuiError> {
        give_back();
        stop_process();
        take()?;
        self.forget()
    }

    /// Takes the terminal again after someone else stopped and continued the process.
    pub(super) fn resume(&mut self) -> Result<(), TuiError> {
        // The shell has set the modes anew in the meantime; ours count as set until they are given back.
        let _ = disable_raw_mode();
        take()?;
        self.forget()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
        if !std::thread::panicking() {
            unhook_panics();
        }
    }
}

/// Whether the terminal is ours at the moment.
static TAKEN: AtomicBool = AtomicBool::new(false);

fn take() -> io::Result<()> {
    TAKEN.store(true, Ordering::SeqCst);
    enable_raw_mode()?;
    execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste)
}

/// Gives the terminal back, once: a second time would put the cursor back over what was said
/// since. Each step is tried whatever became of the others.
fn give_back() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    let mut out = io::stdout();
    let _ = execute!(out, EndSynchronizedUpdate);
    let _ = execute!(out, DisableBracketedPaste);
    let _ = execute!(out, LeaveAlternateScreen, Show);
    let _ = disable_raw_mode();
    let _ = out.flush();
}

/// Stops the whole job, as the terminal's own suspend key does.
#[cfg(unix)]
fn stop_process() {
    let _ = rustix::process::kill_current_process_group(rustix::process::Signal::STOP);
}

#[cfg(not(unix))]
fn stop_process() {}

/// Runs work for the screen: a panic in it gives the terminal back before anything is said.
pub(super) fn on_screen<T>(work: impl FnOnce() -> T) -> T {
    ON_SCREEN.set(true);
    let result = work();
    ON_SCREEN.set(false);
    result
}

/// A panic of the screen restores the terminal, then says so in one sentence. A panic
/// elsewhere (a query's task) goes to the log: the console lives on and says it itself.
fn hook_panics(lang: Lang) {
    std::panic::set_hook(Box::new(move |info| {
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!("panic at {place}");
        if ON_SCREEN.get() {
            give_back();
            let _ = writeln!(io::stderr(), "{}", fill(lang, "tui.error.panic", &[("place", &place)]));
        }
    }));
}

fn unhook_panics() {
    let _ = std::panic::take_hook();
}
