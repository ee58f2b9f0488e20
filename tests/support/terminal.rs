//! The real binary in a pseudo-terminal, its screen read by a terminal emulator.

use std::io::{Read, Write};
use std::num::NonZero;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};

/// How long anything on screen is waited for; the first start makes the demo data in an
/// unoptimised build.
const PATIENCE: Duration = Duration::from_secs(60);

struct Seen {
    parser: vt100::Parser,
    bytes: Vec<u8>,
}

/// A console under test.
pub struct Terminal {
    master: Box<dyn MasterPty + Send>,
    child: Box<dyn Child + Send + Sync>,
    keyboard: Box<dyn Write + Send>,
    seen: Arc<Mutex<Seen>>,
    modes_before: String,
}

impl Terminal {
    /// Starts the binary in a terminal of `columns` × `rows`.
    pub fn start(home: &Path, columns: u16, rows: u16, args: &[&str]) -> Terminal {
        Terminal::start_in(home, columns, rows, args, &[])
    }

    /// The same with more of an environment; an empty value takes a variable away.
    pub fn start_in(
        home: &Path,
        columns: u16,
        rows: u16,
        args: &[&str],
        environment: &[(&str, &str)],
    ) -> Terminal {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("a pseudo-terminal");
        let modes_before = modes(pair.master.as_ref());
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_depotru"));
        command.env_clear();
        for (name, value) in super::environment(home) {
            command.env(name, value);
        }
        for (name, value) in environment {
            if value.is_empty() { command.env_remove(name) } else { command.env(name, value) }
        }
        command.args(args);
        command.cwd(home);
        let child = pair.slave.spawn_command(command).expect("the binary starts");
        drop(pair.slave);
        let seen = Arc::new(Mutex::new(Seen {
            parser: vt100::Parser::new(cells(rows), cells(columns), 0),
            bytes: Vec::new(),
        }));
        let mut reader = pair.master.try_clone_reader().expect("a reader");
        let sink = Arc::clone(&seen);
        std::thread::spawn(move || {
            let mut buffer = [0; 8192];
            while let Ok(read) = reader.read(&mut buffer) {
                if read == 0 {
                    break;
                }
                let mut seen = sink.lock().expect("the screen");
                seen.parser.process(&buffer[..read]);
                seen.bytes.extend_from_slice(&buffer[..read]);
            }
        });
        let keyboard = pair.master.take_writer().expect("a keyboard");
        Terminal { master: pair.master, child, keyboard, seen, modes_before }
    }

    /// Types.
    pub fn keys(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).expect("typed");
        self.keyboard.flush().expect("typed");
    }

    /// What the screen shows.
    pub fn screen(&self) -> String {
        self.seen.lock().expect("the screen").parser.screen().contents()
    }

    /// Everything that was sent to the terminal.
    pub fn bytes(&self) -> Vec<u8> {
        self.seen.lock().expect("the screen").bytes.clone()
    }

    /// Waits until the screen shows something, and returns it.
    pub fn wait_for(&mut self, what: &str, shown: impl Fn(&str) -> bool) -> String {
        let start = Instant::now();
        loop {
            let screen = self.screen();
            if shown(&screen) {
                return screen;
            }
            let ended = self.child.try_wait().expect("the child's state");
            assert!(
                ended.is_none() && start.elapsed() < PATIENCE,
                "never saw {what} (ended: {ended:?}); the screen shows:\n{screen}"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until the screen contains a text.
    pub fn wait_for_text(&mut self, text: &str) -> String {
        self.wait_for(text, |screen| screen.contains(text))
    }

    /// Changes the terminal's size.
    pub fn resize(&mut self, columns: u16, rows: u16) {
        self.seen.lock().expect("the screen").parser.screen_mut().set_size(cells(rows), cells(columns));
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        self.master.resize(size).expect("resized");
    }

    /// Sends the child a signal by name (`TERM`, `HUP`).
    pub fn signal(&self, name: &str) {
        let id = self.child.process_id().expect("a running child").to_string();
        let status = std::process::Command::new("kill").args(["-s", name, &id]).status().expect("kill runs");
        assert!(status.success());
    }

    /// Waits for the end, and returns what the screen shows then.
    pub fn wait_for_end(&mut self) -> String {
        self.ended();
        // The reader may still be behind the child's last words.
        std::thread::sleep(Duration::from_millis(300));
        self.screen()
    }

    /// Waits for the end of a program that never took the whole screen.
    pub fn ended(&mut self) -> ExitStatus {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("the child's state") {
                return status;
            }
            assert!(start.elapsed() < Duration::from_secs(10), "still running:\n{}", self.screen());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits for the end and checks that the terminal is as it was found.
    pub fn ended_with_terminal_restored(mut self) -> ExitStatus {
        let status = self.ended();
        assert_eq!(modes(self.master.as_ref()), self.modes_before, "the terminal's modes differ");
        // The reader may still be behind the child's last words.
        let restored = |bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes);
            let last = |wanted: &str, unwanted: &str| text.rfind(wanted) > text.rfind(unwanted);
            last("\x1b[?1049l", "\x1b[?1049h")
                && (!text.contains("\x1b[?25l") || last("\x1b[?25h", "\x1b[?25l"))
                && (!text.contains("\x1b[?2004h") || last("\x1b[?2004l", "\x1b[?2004h"))
        };
        let settled = Instant::now();
        while !restored(&self.bytes()) {
            assert!(settled.elapsed() < Duration::from_secs(5), "screen, cursor or paste mode not restored");
            std::thread::sleep(Duration::from_millis(20));
        }
        status
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
    }
}

fn cells(n: u16) -> NonZero<u16> {
    NonZero::new(n).expect("a terminal has cells")
}

fn modes(master: &dyn MasterPty) -> String {
    format!("{:?}", master.get_termios().expect("a terminal's modes"))
}
