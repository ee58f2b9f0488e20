//! The loop: wait, take everything that happened, draw once.

use std::task::Poll;
use std::time::{Duration, Instant};

use crossterm::event::{Event as Input, EventStream, KeyEventKind};
use futures::StreamExt;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::TuiError;
use super::app::App;
use super::signals::{Signals, Wish, terminal_is_gone};
use super::terminal::{Screen, on_screen};
use super::update::{Effect, Msg, Outcome, after_draw, update};
use crate::session::{Command, Event};

/// The least time between two frames.
const FRAME: Duration = Duration::from_millis(16);
/// How often a silent terminal is asked whether it is still there.
const HANG_UP_CHECK: Duration = Duration::from_secs(2);

/// What ended the waiting.
enum Woken {
    Input(Option<std::io::Result<Input>>),
    Session(Option<Event>),
    Worked(Outcome),
    Signal(Wish),
    Deadline,
}

pub(super) struct Loop {
    pub(super) app: App,
    pub(super) screen: Screen,
    pub(super) commands: UnboundedSender<Command>,
    pub(super) events: UnboundedReceiver<Event>,
}

/// Whether the loop goes on.
#[derive(PartialEq, Eq)]
enum Next {
    GoOn,
    End,
}

impl Loop {
    /// Runs until the person quits or the terminal goes away.
    pub(super) async fn run(mut self) -> Result<(), TuiError> {
        let mut input = EventStream::new();
        let mut signals = Signals::listen()?;
        let (worker, mut worked) = unbounded_channel();
        let mut dirty = true;
        let mut drawn_at: Option<Instant> = None;
        let mut checked = Instant::now();
        loop {
            let now = Instant::now();
            let due = drawn_at.map_or(now, |at| at + FRAME);
            if dirty && now >= due {
                self.draw(now)?;
                drawn_at = Some(now);
                dirty = false;
            }
            let frame = dirty.then_some(due);
            let deadline = [frame, self.app.next_change(), Some(checked + HANG_UP_CHECK)];
            let deadline = deadline.into_iter().flatten().min().unwrap_or(now + HANG_UP_CHECK);
            let woken = tokio::select! {
                event = input.next() => Woken::Input(event),
                event = self.events.recv() => Woken::Session(event),
                Some(outcome) = worked.recv() => Woken::Worked(outcome),
                wish = signals.next() => Woken::Signal(wish),
                () = tokio::time::sleep_until(deadline.into()) => Woken::Deadline,
            };
            if Instant::now() >= checked + HANG_UP_CHECK {
                checked = Instant::now();
                if terminal_is_gone() {
                    return self.leave();
                }
            }
            let waited = self.app.next_change().is_some_and(|at| Instant::now() >= at);
            let msgs = match woken {
                Woken::Input(Some(Ok(event))) => drain(&mut input, event).await,
                // End of input or a broken terminal: nobody is there any more.
                Woken::Input(_) => return self.leave(),
                Woken::Session(Some(event)) => self.drain_session(event),
                Woken::Session(None) => return Err(TuiError::SessionEnded),
                Woken::Worked(outcome) => vec![Msg::Worked(Box::new(outcome))],
                Woken::Signal(Wish::End) => return self.leave(),
                Woken::Signal(Wish::Suspend) => {
                    self.screen.suspend()?;
                    vec![Msg::Tick]
                }
                Woken::Signal(Wish::Resume) => {
                    self.screen.resume()?;
                    vec![Msg::Tick]
                }
                Woken::Deadline if waited => vec![Msg::Tick],
                Woken::Deadline => Vec::new(),
            };
            dirty |= !msgs.is_empty();
            for msg in msgs {
                if self.take(msg, &worker)? == Next::End {
                    return Ok(());
                }
            }
        }
    }

    fn draw(&mut self, now: Instant) -> Result<(), TuiError> {
        // The window may have changed while its message is still on the way.
        self.app.size = self.screen.size()?;
        on_screen(|| {
            update(&mut self.app, Msg::Tick, now);
            crate::fault::provoke("draw");
            self.screen.draw(&self.app)?;
            after_draw(&mut self.app, now);
            Ok(())
        })
    }

    fn take(&mut self, msg: Msg, worker: &UnboundedSender<Outcome>) -> Result<Next, TuiError> {
        let effects = on_screen(|| {
            if matches!(msg, Msg::Key { .. }) {
                crate::fault::provoke("key");
            }
            update(&mut self.app, msg, Instant::now())
        });
        for effect in effects {
            match effect {
                Effect::Send(command) => {
                    if self.commands.send(command).is_err() {
                        return Err(TuiError::SessionEnded);
                    }
                }
                Effect::Work(work) => {
                    let worker = worker.clone();
                    tokio::task::spawn_blocking(move || {
                        // The console may be gone by then.
                        let _ = worker.send(work.carry_out());
                    });
                }
                Effect::Copy(text) => self.screen.copy(&text)?,
                Effect::Suspend => self.screen.suspend()?,
                Effect::Quit => return Ok(Next::End),
            }
        }
        Ok(Next::GoOn)
    }

    fn drain_session(&mut self, first: Event) -> Vec<Msg> {
        let mut msgs = vec![Msg::Session(Box::new(first))];
        while let Ok(event) = self.events.try_recv() {
            msgs.push(Msg::Session(Box::new(event)));
        }
        msgs
    }

    /// Ends without being asked by a key: the session is told, the terminal is given back.
    fn leave(self) -> Result<(), TuiError> {
        // The session may have ended first.
        let _ = self.commands.send(Command::Quit);
        Ok(())
    }
}

/// Everything typed so far, as messages; keys that came together are marked.
async fn drain(input: &mut EventStream, first: Input) -> Vec<Msg> {
    let mut events = vec![first];
    while let Some(event) = at_hand(input).await {
        events.push(event);
    }
    let keys = events.iter().filter(|event| is_press(event)).count();
    events
        .into_iter()
        .filter_map(|event| match event {
            Input::Key(key) if key.kind != KeyEventKind::Release => Some(Msg::Key { key, burst: keys > 1 }),
            Input::Paste(text) => Some(Msg::Paste(text)),
            Input::Resize(width, height) => Some(Msg::Resize(width, height)),
            _ => None,
        })
        .collect()
}

/// The next event if it is there already. Asked with this task's own waker: the stream keeps
/// the first waker it meets, and with an idle one nobody would be told of the next key.
async fn at_hand(input: &mut EventStream) -> Option<Input> {
    let next = std::future::poll_fn(|context| match input.poll_next_unpin(context) {
        Poll::Ready(event) => Poll::Ready(event),
        Poll::Pending => Poll::Ready(None),
    });
    next.await?.ok()
}

fn is_press(event: &Input) -> bool {
    matches!(event, Input::Key(key) if key.kind != KeyEventKind::Release)
}
