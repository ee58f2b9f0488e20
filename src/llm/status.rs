//! What a status other than success means, and what the provider says beside it.

use std::time::Duration;

use chrono::{DateTime, Utc};
use futures::StreamExt;
use reqwest::Response;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use tokio::time::timeout;

use super::error::CallError;

/// Bytes of an error's body that are read.
const LONGEST_ERROR: usize = 8 * 1024;
/// How long an error's body is waited for.
const ERROR_PATIENCE: Duration = Duration::from_secs(3);

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
pub(super) fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
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
pub(super) async fn error_detail(response: Response) -> String {
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
pub(super) fn redacted(text: String, secret: Option<&SecretString>) -> String {
    match secret.map(|secret| secret.expose_secret().trim()) {
        Some(secret) if secret.len() >= 6 => text.replace(secret, "…"),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue as HttpValue;

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
