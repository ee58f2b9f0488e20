//! A body read against the clock, frame by frame, in bounded memory.

use std::time::Duration;

use reqwest::Response;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use super::dialect::{Collector, Dialect, Framing};
use super::error::{CallError, Stage};
use super::provider::OnPiece;
use super::wire::{Events, Lines};

/// Bytes of an answer's words that are read; the same for bodies that are not streams.
pub const LONGEST_ANSWER: usize = 64 * 1024;

/// What a body claims to be.
pub(super) enum Kind {
    Json,
    Stream,
    NotAnAnswer,
}

pub(super) fn kind(headers: &HeaderMap) -> Kind {
    if headers.contains_key("content-encoding") {
        return Kind::NotAnAnswer;
    }
    let said = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let said = said.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match said.as_str() {
        "application/json" => Kind::Json,
        "text/html" | "application/xhtml+xml" | "application/pdf" => Kind::NotAnAnswer,
        other if ["image/", "audio/", "video/", "font/"].iter().any(|kind| other.starts_with(kind)) => {
            Kind::NotAnAnswer
        }
        _ => Kind::Stream,
    }
}

/// A body read piece by piece, against the clock.
pub(super) struct Body {
    pub(super) response: Response,
    /// How long a piece is waited for.
    pub(super) stall: Duration,
    pub(super) deadline: Instant,
    /// Bytes so far.
    pub(super) bytes: usize,
}

impl Body {
    /// The next piece; `begun` says whether any of the answer has come.
    pub(super) async fn next(&mut self, begun: bool) -> Result<Option<Vec<u8>>, CallError> {
        let stall = Instant::now() + self.stall;
        let next = timeout_at(stall.min(self.deadline), self.response.chunk()).await;
        match next {
            Ok(Ok(Some(piece))) => {
                self.bytes += piece.len();
                Ok(Some(piece.to_vec()))
            }
            Ok(Ok(None)) => Ok(None),
            Ok(Err(_)) if begun => Err(CallError::CutOff),
            Ok(Err(_)) => Err(CallError::Broken { begun }),
            Err(_) if self.deadline <= stall => Err(CallError::TooSlow(Stage::Total)),
            Err(_) => Err(CallError::TooSlow(Stage::Stall)),
        }
    }
}

/// Frames of either kind.
enum Frames {
    Events(Events),
    Lines(Lines),
}

impl Frames {
    fn new(framing: Framing) -> Frames {
        match framing {
            Framing::Events => Frames::Events(Events::default()),
            Framing::JsonLines => Frames::Lines(Lines::default()),
        }
    }

    fn push(&mut self, piece: &[u8]) -> Result<Vec<String>, CallError> {
        match self {
            Frames::Events(events) => events.push(piece),
            Frames::Lines(lines) => lines.push(piece),
        }
        .map_err(|_| CallError::TooLong)
    }

    fn rest(&mut self) -> Option<String> {
        match self {
            Frames::Events(events) => events.rest(),
            Frames::Lines(lines) => lines.rest(),
        }
    }
}

/// An answer being read.
pub(super) struct Reading<'a> {
    frames: Frames,
    pub(super) collector: Box<dyn Collector>,
    on_piece: OnPiece<'a>,
    /// Bytes of the answer's words so far.
    words: usize,
    /// Frames of the protocol so far.
    pub(super) read: usize,
    /// What came before the first frame: the whole answer, if it turns out to be no stream.
    head: Vec<u8>,
}

impl<'a> Reading<'a> {
    pub(super) fn new(dialect: &dyn Dialect, on_piece: OnPiece<'a>) -> Reading<'a> {
        Reading {
            frames: Frames::new(dialect.framing()),
            collector: dialect.collector(),
            on_piece,
            words: 0,
            read: 0,
            head: Vec::new(),
        }
    }

    /// A piece of a stream.
    pub(super) fn push(&mut self, piece: &[u8]) -> Result<(), CallError> {
        if self.read == 0 {
            self.head.extend_from_slice(piece);
            if self.head.len() > LONGEST_ANSWER {
                return Err(CallError::TooLong);
            }
        }
        for frame in self.frames.push(piece)? {
            match self.frame(&frame) {
                // A JSON value on several lines, perhaps; the end will show.
                Err(CallError::NotAnAnswer) if self.read == 0 => {}
                other => other?,
            }
        }
        Ok(())
    }

    /// The stream has ended.
    pub(super) fn ended(&mut self) -> Result<(), CallError> {
        if let Some(frame) = self.frames.rest() {
            match self.frame(&frame) {
                // Cut in the middle of a frame: the missing end mark says so.
                Err(CallError::NotAnAnswer) => {}
                other => other?,
            }
        }
        if self.read > 0 {
            return Ok(());
        }
        let head = std::mem::take(&mut self.head);
        self.value(&head)
    }

    /// A body that claims to be one JSON value; some streams claim that too.
    pub(super) fn whole(&mut self, bytes: &[u8]) -> Result<(), CallError> {
        match self.value(bytes) {
            Err(CallError::NotAnAnswer) => {
                for frame in self.frames.push(bytes)? {
                    self.frame(&frame)?;
                }
                if let Some(frame) = self.frames.rest() {
                    self.frame(&frame)?;
                }
                if self.read > 0 { Ok(()) } else { Err(CallError::NotAnAnswer) }
            }
            other => other,
        }
    }

    /// A whole answer as one JSON value.
    fn value(&mut self, bytes: &[u8]) -> Result<(), CallError> {
        let value: Value = serde_json::from_slice(bytes).map_err(|_| CallError::NotAnAnswer)?;
        self.json(&value)?;
        self.collector.end();
        Ok(())
    }

    fn frame(&mut self, frame: &str) -> Result<(), CallError> {
        let frame = frame.trim();
        if frame.is_empty() {
            return Ok(());
        }
        if self.collector.take_mark(frame) {
            self.read += 1;
            return Ok(());
        }
        let value: Value = serde_json::from_str(frame).map_err(|_| CallError::NotAnAnswer)?;
        self.json(&value)
    }

    fn json(&mut self, value: &Value) -> Result<(), CallError> {
        if !value.is_object() {
            return Err(CallError::NotAnAnswer);
        }
        let words = self.collector.take(value)?;
        self.read += 1;
        if let Some(words) = words.filter(|words| !words.is_empty()) {
            self.words += words.len();
            if self.words > LONGEST_ANSWER {
                return Err(CallError::TooLong);
            }
            (self.on_piece)(&words);
        }
        Ok(())
    }
}
