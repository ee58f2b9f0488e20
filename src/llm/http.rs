//! One call over HTTP: bounded in time and size, to one address, with the key in one header.
//!
//! Nothing is followed elsewhere (no redirects), nothing is decompressed, and a stream that
//! ends before its end mark is no answer.

use std::sync::OnceLock;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures::StreamExt;
use futures::future::BoxFuture;
use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue as HttpValue, RETRY_AFTER,
};
use reqwest::{Client, Response, redirect};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tokio::time::{Instant, timeout, timeout_at};

use super::dialect::{Collector, Dialect, Framing, HeaderValue};
use super::error::{CallError, Stage};
use super::keys::KeySource;
use super::prompt::Prompt;
use super::provider::{Answer, OnPiece, Provider};
use super::wire::{Events, Lines};
use crate::config::ProviderName;
use crate::config::llm::{ProviderSettings, Timing};

/// Bytes of an answer's words that are read; the same for bodies that are not streams.
pub const LONGEST_ANSWER: usize = 64 * 1024;
/// Bytes of a stream that are read: its frames weigh far more than the words in them.
const LONGEST_STREAM: usize = 2 * 1024 * 1024;
/// Bytes of an error's body that are read.
const LONGEST_ERROR: usize = 8 * 1024;
/// How long an error's body is waited for.
const ERROR_PATIENCE: Duration = Duration::from_secs(3);
/// How long bookkeeping is waited for once the answer is said.
const END_PATIENCE: Duration = Duration::from_secs(2);

/// A provider over HTTP.
pub(super) struct HttpProvider {
    name: ProviderName,
    settings: ProviderSettings,
    timing: Timing,
    dialect: Box<dyn Dialect>,
    keys: KeySource,
    /// Made with the first call: loading the system's certificates takes a while.
    client: OnceLock<Option<Client>>,
}

impl HttpProvider {
    pub(super) fn new(
        name: ProviderName,
        settings: ProviderSettings,
        timing: Timing,
        dialect: Box<dyn Dialect>,
        keys: KeySource,
    ) -> HttpProvider {
        HttpProvider { name, settings, timing, dialect, keys, client: OnceLock::new() }
    }

    fn client(&self) -> Result<&Client, CallError> {
        let made = self.client.get_or_init(|| match client(&self.settings, self.timing) {
            Ok(client) => Some(client),
            Err(error) => {
                tracing::error!("no HTTP client for {}: {error}", self.name);
                None
            }
        });
        made.as_ref().ok_or_else(|| CallError::Unreachable { detail: "no TLS on this system".to_string() })
    }

    async fn key(&self) -> Result<Option<SecretString>, CallError> {
        let (keys, name) = (self.keys.clone(), self.name);
        let read = tokio::task::spawn_blocking(move || keys.key(name)).await;
        let key = match read {
            Ok(Ok(key)) => key.filter(|key| !key.expose_secret().trim().is_empty()),
            Ok(Err(detail)) => return Err(CallError::KeyUnreadable { detail }),
            Err(error) => return Err(CallError::KeyUnreadable { detail: error.to_string() }),
        };
        // A server on this machine may want none.
        if key.is_none() && !self.settings.is_local() { Err(CallError::NoKey) } else { Ok(key) }
    }

    async fn send(&self, prompt: &Prompt, deadline: Instant) -> Result<Response, CallError> {
        let key = self.key().await?;
        let secret = key.clone();
        let mut request = self
            .client()?
            .post(self.dialect.address(&self.settings.base_url))
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT, "text/event-stream, application/x-ndjson, application/json")
            .header(ACCEPT_ENCODING, "identity");
        for (name, value) in self.dialect.headers(key) {
            request = request.header(name, http_value(value)?);
        }
        let request = request.body(self.dialect.body(prompt, &self.settings).to_string());
        let first = deadline.min(Instant::now() + self.timing.first_seconds);
        let response = match timeout_at(first, request.send()).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Err(not_sent(&error)),
            Err(_) if Instant::now() >= deadline => return Err(CallError::TooSlow(Stage::Total)),
            Err(_) => return Err(CallError::TooSlow(Stage::First)),
        };
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        if status.is_redirection() {
            return Err(CallError::Redirected { status: status.as_u16() });
        }
        let wait = retry_after(response.headers(), Utc::now());
        let detail = error_detail(response).await;
        Err(failure(status.as_u16(), wait, redacted(detail, secret.as_ref())))
    }

    async fn receive(
        &self,
        response: Response,
        on_piece: OnPiece<'_>,
        deadline: Instant,
    ) -> Result<Answer, CallError> {
        let kind = kind(response.headers());
        let mut body = Body { response, stall: self.timing.stall_seconds, deadline, bytes: 0 };
        let mut reading = Reading::new(self.dialect.as_ref(), on_piece);
        match kind {
            Kind::NotAnAnswer => return Err(CallError::NotAnAnswer),
            Kind::Json => {
                let mut bytes = Vec::new();
                while let Some(piece) = body.next(false).await? {
                    bytes.extend_from_slice(&piece);
                    if bytes.len() > LONGEST_ANSWER {
                        return Err(CallError::TooLong);
                    }
                }
                reading.whole(&bytes)?;
            }
            Kind::Stream => self.stream(&mut body, &mut reading).await?,
        }
        let bytes = body.bytes as u64;
        reading.collector.finish().map(|answer| Answer { bytes, ..answer })
    }

    async fn stream(&self, body: &mut Body, reading: &mut Reading<'_>) -> Result<(), CallError> {
        loop {
            if reading.collector.is_said() {
                body.stall = body.stall.min(END_PATIENCE);
            }
            let piece = match body.next(reading.words > 0).await {
                Ok(Some(piece)) => piece,
                Ok(None) => return reading.ended(),
                // The answer is whole; only token counts can be missing.
                Err(_) if reading.collector.is_said() => return Ok(()),
                Err(error) => return Err(error),
            };
            if body.bytes > LONGEST_STREAM {
                return Err(CallError::TooLong);
            }
            reading.push(&piece)?;
            if reading.collector.is_complete() {
                return Ok(());
            }
        }
    }
}

impl Provider for HttpProvider {
    fn name(&self) -> ProviderName {
        self.name
    }

    fn model(&self) -> &str {
        &self.settings.model
    }

    fn call<'a>(
        &'a self,
        prompt: &'a Prompt,
        on_piece: OnPiece<'a>,
    ) -> BoxFuture<'a, Result<Answer, CallError>> {
        Box::pin(async move {
            let deadline = Instant::now() + self.timing.total_seconds;
            let response = self.send(prompt, deadline).await?;
            self.receive(response, on_piece, deadline).await
        })
    }

    fn size(&self, prompt: &Prompt) -> usize {
        self.dialect.body(prompt, &self.settings).to_string().len()
    }
}

fn client(settings: &ProviderSettings, timing: Timing) -> Result<Client, reqwest::Error> {
    let mut builder = Client::builder()
        .user_agent(concat!("depotru/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .connect_timeout(timing.connect_seconds)
        .referer(false);
    // What is meant for this machine goes to it directly, whatever proxy the environment names.
    builder = if settings.is_local() { builder.no_proxy() } else { builder.https_only(true) };
    builder.build()
}

fn http_value(value: HeaderValue) -> Result<HttpValue, CallError> {
    let secret = |text: &str| {
        let mut value = HttpValue::from_str(text).map_err(|_| CallError::KeyUnreadable {
            detail: "it holds characters that no key has".to_string(),
        })?;
        value.set_sensitive(true);
        Ok(value)
    };
    match value {
        HeaderValue::Plain(text) => Ok(HttpValue::from_static(text)),
        HeaderValue::Secret(key) => secret(key.expose_secret().trim()),
        HeaderValue::Bearer(key) => secret(&format!("Bearer {}", key.expose_secret().trim())),
    }
}

fn not_sent(error: &reqwest::Error) -> CallError {
    if error.is_timeout() {
        return CallError::TooSlow(Stage::Connect);
    }
    // The innermost cause says most, and the address, which it leaves out, is known.
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    if error.is_connect() || error.is_request() {
        if error.is_connect() {
            return CallError::Unreachable { detail: cause.to_string() };
        }
        return CallError::Broken { begun: false };
    }
    CallError::Unreachable { detail: cause.to_string() }
}

/// What a status means.
pub(super) fn failure(status: u16, wait: Option<Duration>, detail: String) -> CallError {
    match status {
        401 | 403 => CallError::Unauthorised { status },
        404 => CallError::NotFound { detail },
        429 if detail.contains("insufficient_quota") || detail.contains("exceeded your current quota") => {
            CallError::NoCredit { detail }
        }
        429 => CallError::TooMany { wait },
        408 | 425 | 500..=599 => CallError::Down { status, wait },
        _ => CallError::Rejected { status, detail },
    }
}

/// How long to wait, in seconds, milliseconds or until a time of day.
fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let said = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    if let Some(milliseconds) = said("retry-after-ms").and_then(|text| text.parse::<f64>().ok()) {
        return Duration::try_from_secs_f64(milliseconds / 1_000.0).ok();
    }
    let text = said(RETRY_AFTER.as_str())?;
    if let Ok(seconds) = text.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let until = DateTime::parse_from_rfc2822(text).ok()?;
    Some(until.with_timezone(&Utc).signed_duration_since(now).to_std().unwrap_or_default())
}

/// The provider's own words about an error.
async fn error_detail(response: Response) -> String {
    let mut bytes = Vec::new();
    let read = async {
        let mut pieces = response.bytes_stream();
        while let Some(Ok(piece)) = pieces.next().await {
            bytes.extend_from_slice(&piece);
            if bytes.len() >= LONGEST_ERROR {
                break;
            }
        }
    };
    let _ = timeout(ERROR_PATIENCE, read).await;
    bytes.truncate(LONGEST_ERROR);
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let Ok(value) = serde_json::from_str::<Value>(&text) else {
        // A page for browsers says nothing that helps.
        return if text.trim_start().starts_with('<') { String::new() } else { text };
    };
    let error = value.get("error").unwrap_or(&value);
    let words = error.as_str().or_else(|| error.get("message").and_then(Value::as_str)).unwrap_or_default();
    match error.get("code").and_then(Value::as_str) {
        Some(code) if !code.is_empty() => format!("{words} ({code})"),
        _ => words.to_string(),
    }
}

/// A text without the key, which the other side may have repeated in it.
fn redacted(text: String, secret: Option<&SecretString>) -> String {
    match secret.map(|secret| secret.expose_secret().trim()) {
        Some(secret) if secret.len() >= 6 => text.replace(secret, "…"),
        _ => text,
    }
}

/// What a body claims to be.
enum Kind {
    Json,
    Stream,
    NotAnAnswer,
}

fn kind(headers: &HeaderMap) -> Kind {
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
struct Body {
    response: Response,
    stall: Duration,
    deadline: Instant,
    bytes: usize,
}

impl Body {
    /// The next piece; `begun` says whether words of the answer have come.
    async fn next(&mut self, begun: bool) -> Result<Option<Vec<u8>>, CallError> {
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
struct Reading<'a> {
    frames: Frames,
    collector: Box<dyn Collector>,
    on_piece: OnPiece<'a>,
    /// Bytes of the answer's words so far.
    words: usize,
    /// Frames of the protocol so far.
    read: usize,
    /// What came before the first frame: the whole answer, if it turns out to be no stream.
    head: Vec<u8>,
}

impl<'a> Reading<'a> {
    fn new(dialect: &dyn Dialect, on_piece: OnPiece<'a>) -> Reading<'a> {
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
    fn push(&mut self, piece: &[u8]) -> Result<(), CallError> {
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
    fn ended(&mut self) -> Result<(), CallError> {
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
    fn whole(&mut self, bytes: &[u8]) -> Result<(), CallError> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_read_in_all_three_forms() {
        let now = DateTime::parse_from_rfc3339("2026-11-23T10:00:00Z").expect("a time").to_utc();
        let wait = |name: &'static str, value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(name, HttpValue::from_static(value));
            retry_after(&headers, now)
        };
        assert_eq!(wait("retry-after", "7"), Some(Duration::from_secs(7)));
        assert_eq!(wait("retry-after-ms", "1500"), Some(Duration::from_millis(1_500)));
        assert_eq!(wait("retry-after", "Mon, 23 Nov 2026 10:00:09 GMT"), Some(Duration::from_secs(9)));
        assert_eq!(wait("retry-after", "Mon, 23 Nov 2026 09:00:00 GMT"), Some(Duration::ZERO));
        for bad in ["soon", "-1", "NaN", "inf"] {
            assert_eq!(wait("retry-after", bad), None, "{bad}");
        }
    }

    #[test]
    fn a_key_that_the_other_side_repeats_is_not_shown() {
        let shown = redacted("bad key sk-12345678!".into(), Some(&SecretString::from("sk-12345678")));
        assert_eq!(shown, "bad key …!");
    }

    #[test]
    fn statuses_mean_what_they_say() {
        assert!(!failure(400, None, String::new()).is_worth_repeating());
        assert!(!failure(401, None, String::new()).is_a_failure_of_the_provider());
        assert!(!failure(413, None, String::new()).is_worth_repeating());
        for status in [408, 429, 500, 502, 503, 504, 529] {
            assert!(failure(status, None, String::new()).is_worth_repeating(), "{status}");
        }
        assert!(!failure(429, None, "(insufficient_quota)".into()).is_worth_repeating());
    }
}
