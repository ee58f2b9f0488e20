//! One call over HTTP: bounded in time and size, to one address, with the key in one header.
//!
//! Nothing is followed elsewhere (no redirects), nothing is decompressed, and a stream that
//! ends before its end mark is no answer.

use std::sync::OnceLock;
use std::time::Duration;

use chrono::Utc;
use futures::future::BoxFuture;
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE, HeaderValue as HttpValue};
use reqwest::{Client, Response, redirect};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::{Instant, timeout_at};

use super::dialect::{Dialect, HeaderValue};
use super::error::{CallError, Stage};
use super::keys::KeySource;
use super::prompt::Prompt;
use super::provider::{Answer, OnPiece, Provider};
use super::reading::{Body, Kind, LONGEST_ANSWER, Reading, kind};
use super::status::{error_detail, failure, redacted, retry_after};
use crate::config::ProviderName;
use crate::config::llm::{ProviderSettings, Timing};

/// Bytes of a stream that are read: its frames weigh far more than the words in them.
const LONGEST_STREAM: usize = 2 * 1024 * 1024;
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
            let piece = match body.next(reading.read > 0).await {
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
