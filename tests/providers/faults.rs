//! What providers do wrong: statuses, pages, rubbish, redirects. Each ends in one sentence,
//! after as many calls as make sense and no more.

use std::time::{Duration, Instant};

use depotru::config::llm::ProviderName;
use depotru::i18n::Lang;
use depotru::llm::CallError;

use crate::server::{Reply, Server, Step};
use crate::stage::{KEY, PROVIDERS, Stage, reply};

#[tokio::test]
async fn what_is_our_fault_is_not_repeated_and_said_with_key_or_model() {
    for status in [400, 401, 403, 404, 413, 422] {
        let stage = Stage::with(vec![Reply::status(status)], |settings| settings.timing.breaker_failures = 1);
        for _ in 0..2 {
            let failed = stage.ask(ProviderName::Anthropic).await.expect_err("a fault");
            let sentence = failed.error.sentence(failed.provider, &failed.model, Lang::Es);
            let said = match status {
                401 | 403 => "llm:anthropic",
                404 => "scripted-1",
                _ => "scripted",
            };
            assert!(sentence.contains(said), "{status}: {sentence}");
            assert!(!sentence.contains(KEY));
        }
        assert_eq!(stage.server.calls(), 2, "one call each, and the breaker does not count {status}");
    }
}

#[tokio::test]
async fn what_may_pass_is_tried_three_times() {
    for status in [408, 429, 500, 502, 503, 504, 529] {
        let stage = Stage::new(vec![Reply::status(status)]);
        let failed = stage.ask(ProviderName::Grok).await.expect_err("down");
        assert_eq!(stage.server.calls(), 3, "{status}");
        assert!(!failed.error.sentence(failed.provider, &failed.model, Lang::En).is_empty());
        assert_eq!(stage.keeper.received.lock().expect("received").len(), 3, "each is in the log");
    }
}

#[tokio::test]
async fn a_provider_that_recovers_is_answered_by() {
    let stage = Stage::new(vec![Reply::status(503), Reply::status(529), reply(ProviderName::OpenAi, "hola")]);
    assert_eq!(stage.ask(ProviderName::OpenAi).await.expect("an answer").answer.text, "hola");
    assert_eq!(stage.server.calls(), 3);
}

#[tokio::test]
async fn a_wish_to_be_left_alone_is_waited_for_with_a_countdown_or_not_at_all() {
    let busy = |wait: &str| Reply::status(429).header("retry-after", wait);
    let stage = Stage::new(vec![busy("0.4"), reply(ProviderName::OpenAi, "hola")]);
    let start = Instant::now();
    assert!(stage.ask(ProviderName::OpenAi).await.is_ok());
    assert!(start.elapsed() >= Duration::from_millis(400));
    assert!(!stage.keeper.waits().is_empty());

    let stage = Stage::new(vec![busy("120"), reply(ProviderName::OpenAi, "hola")]);
    let start = Instant::now();
    let failed = stage.ask(ProviderName::OpenAi).await.expect_err("two minutes are not waited for");
    assert!(start.elapsed() < Duration::from_millis(500));
    assert_eq!(stage.server.calls(), 1);
    assert!(failed.error.sentence(failed.provider, "m", Lang::Es).contains("120 s"));
}

#[tokio::test]
async fn an_empty_account_is_not_tried_again() {
    let body = r#"{"error":{"message":"You exceeded your current quota","code":"insufficient_quota"}}"#;
    let stage = Stage::new(vec![Reply::new(429, "application/json", body)]);
    let failed = stage.ask(ProviderName::OpenAi).await.expect_err("no credit");
    assert!(matches!(failed.error, CallError::NoCredit { .. }));
    assert_eq!(stage.server.calls(), 1);
}

#[tokio::test]
async fn pages_rubbish_and_nothing_are_no_answers() {
    let cases = [
        Reply::new(200, "text/html", "<html><body>login</body></html>"),
        Reply::new(200, "text/plain", "<html><body>login</body></html>"),
        Reply::new(200, "text/event-stream", ""),
        Reply::new(200, "application/json", ""),
        Reply::new(200, "application/json", "{}"),
        Reply::new(200, "application/json", "[]"),
        Reply::new(200, "application/json", "null"),
        Reply::new(200, "application/json", r#"{"choices":[]}"#),
        Reply::new(
            200,
            "application/json",
            r#"{"choices":[{"message":{"content":""},"finish_reason":"stop"}]}"#,
        ),
        Reply::new(200, "application/json", "{\"choices\":[{\"mess"),
        Reply::new(200, "text/event-stream", "data: nonsense\n\n"),
        Reply::new(200, "text/event-stream", "data: [DONE]\n\n"),
        Reply::new(200, "image/png", vec![0x89, b'P', b'N', b'G']),
        Reply::new(200, "application/json", vec![0x1f, 0x8b, 0x08, 0, 0, 0])
            .header("content-encoding", "gzip"),
        Reply::new(200, "application/json", vec![0xff; 5_000]),
        Reply::new(204, "application/json", ""),
    ];
    for (at, scripted) in cases.into_iter().enumerate() {
        for name in PROVIDERS {
            let stage = Stage::new(vec![scripted.clone()]);
            let failed = stage.ask(name).await.expect_err("no answer");
            assert!(
                matches!(failed.error, CallError::NotAnAnswer | CallError::CutOff),
                "case {at}, {name}: {:?}",
                failed.error
            );
            assert_eq!(stage.server.calls(), 1, "case {at}, {name}: one bill");
        }
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_the_key_goes_nowhere_else() {
    for status in [301, 302, 303, 307, 308] {
        let elsewhere = Server::start(vec![reply(ProviderName::OpenAi, "hola")]);
        let target = format!("{}/v1/chat/completions", elsewhere.url());
        let stage = Stage::new(vec![Reply::new(status, "text/plain", "").header("location", &target)]);
        let failed = stage.ask(ProviderName::OpenAi).await.expect_err("not followed");
        assert_eq!(failed.error, CallError::Redirected { status });
        assert_eq!((stage.server.calls(), elsewhere.calls()), (1, 0));
    }
}

#[tokio::test]
async fn nobody_listening_is_said_within_moments() {
    let stage = Stage::with(Vec::new(), |settings| {
        settings.openai.base_url = "http://127.0.0.1:1".into();
    });
    let start = Instant::now();
    let failed = stage.ask(ProviderName::OpenAi).await.expect_err("nobody");
    assert!(matches!(failed.error, CallError::Unreachable { .. }), "{:?}", failed.error);
    assert!(start.elapsed() < Duration::from_secs(1));
}

#[tokio::test]
async fn a_connection_that_breaks_before_any_answer_is_tried_again_and_later_not() {
    let nothing = reply(ProviderName::OpenAi, "").header("content-length", "900").steps(vec![]);
    let stage = Stage::new(vec![nothing, reply(ProviderName::OpenAi, "hola")]);
    assert!(stage.ask(ProviderName::OpenAi).await.is_ok());
    assert_eq!(stage.server.calls(), 2);

    let begun = "data: {\"choices\":[{\"delta\":{\"content\":\"SELECT\"}}]}\n\n";
    let broken = Reply::events("").header("content-length", "900").steps(vec![Step::Bytes(begun.into())]);
    let stage = Stage::new(vec![broken, reply(ProviderName::OpenAi, "hola")]);
    assert_eq!(stage.ask(ProviderName::OpenAi).await.expect_err("cut").error, CallError::CutOff);
    assert_eq!(stage.server.calls(), 1, "what had begun was paid for");

    let started = r#"{"type":"message_start","message":{"usage":{"input_tokens":900,"output_tokens":0}}}"#;
    let broken = Reply::events("")
        .header("content-length", "900")
        .steps(vec![Step::Bytes(format!("data: {started}\n\n").into())]);
    let stage = Stage::new(vec![broken, reply(ProviderName::Anthropic, "hola")]);
    assert_eq!(stage.ask(ProviderName::Anthropic).await.expect_err("cut").error, CallError::CutOff);
    assert_eq!(stage.server.calls(), 1, "what was read was paid for, before a word of the answer");
}

#[tokio::test]
async fn errors_inside_a_stream_are_what_they_say() {
    let overloaded = "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"m\"}}\n\n";
    let stage = Stage::new(vec![Reply::events(overloaded), reply(ProviderName::Anthropic, "hola")]);
    assert!(stage.ask(ProviderName::Anthropic).await.is_ok());
    assert_eq!(stage.server.calls(), 2);
    let stage = Stage::new(vec![Reply::lines("{\"error\":\"model requires more system memory\"}\n")]);
    assert!(matches!(stage.ask(ProviderName::Ollama).await.expect_err("down").error, CallError::Down { .. }));
}

#[tokio::test]
async fn a_key_that_an_error_repeats_is_not_shown() {
    let body = format!(r#"{{"error":{{"message":"bad request with {KEY} \u001b[31m"}}}}"#);
    let stage = Stage::new(vec![Reply::new(400, "application/json", body)]);
    let failed = stage.ask(ProviderName::OpenAi).await.expect_err("a fault");
    let sentence = failed.error.sentence(failed.provider, &failed.model, Lang::Es);
    assert!(!sentence.contains(KEY) && !format!("{:?}", failed.error).contains(KEY));
    assert!(!sentence.contains('\u{1b}'));
}
