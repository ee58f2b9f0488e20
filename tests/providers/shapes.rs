//! The requests, field by field as the providers document them, and answers in their own forms.

use depotru::config::llm::{ProviderName, Structure};
use depotru::llm::Usage;
use rust_decimal::Decimal;
use serde_json::json;

use crate::server::{Heard, Reply};
use crate::stage::{KEY, PROVIDERS, Stage, body, prompt, reply};

async fn request(
    name: ProviderName,
    structure: Structure,
    effort: &str,
    temperature: Option<Decimal>,
) -> Heard {
    let stage = Stage::with(vec![reply(name, "hola")], |settings| {
        for own in [&mut settings.grok, &mut settings.openai, &mut settings.anthropic, &mut settings.ollama] {
            own.structure = structure;
            own.effort = effort.to_string();
            own.temperature = temperature;
            own.max_tokens = 321;
        }
    });
    let answer = stage.ask(name).await.expect("an answer");
    assert_eq!(answer.answer.text, "hola");
    assert_eq!(answer.usage, Usage { input: 11, output: 7 });
    let heard = stage.server.heard();
    assert_eq!(heard.len(), 1, "one answer, one call");
    heard[0].clone()
}

#[tokio::test]
async fn openai_and_grok_are_asked_in_chat_completions() {
    for name in [ProviderName::OpenAi, ProviderName::Grok] {
        let heard = request(name, Structure::Schema, "low", None).await;
        assert_eq!(heard.path, "/v1/chat/completions");
        assert_eq!(heard.header("authorization"), Some(format!("Bearer {KEY}").as_str()));
        assert_eq!(heard.header("content-type"), Some("application/json"));
        let form = prompt().form.expect("a form");
        assert_eq!(
            heard.body,
            json!({
                "model": "scripted-1",
                "messages": [
                    {"role": "system", "content": "rules"},
                    {"role": "user", "content": "first"},
                    {"role": "assistant", "content": "answer"},
                    {"role": "user", "content": "second"},
                ],
                "max_completion_tokens": 321,
                "stream": true,
                "stream_options": {"include_usage": true},
                "reasoning_effort": "low",
                "response_format": {
                    "type": "json_schema",
                    "json_schema": {"name": "answer_question", "strict": true, "schema": form.schema},
                },
            })
        );
    }
}

#[tokio::test]
async fn openai_can_be_asked_by_a_tool_or_by_words() {
    let heard = request(ProviderName::OpenAi, Structure::Tool, "", Some(Decimal::new(2, 1))).await;
    assert_eq!(heard.body["temperature"], json!(0.2));
    assert_eq!(heard.body["tools"][0]["type"], "function");
    assert_eq!(heard.body["tools"][0]["function"]["name"], "answer_question");
    assert_eq!(
        heard.body["tool_choice"],
        json!({"type": "function", "function": {"name": "answer_question"}})
    );
    assert!(heard.body.get("response_format").is_none() && heard.body.get("reasoning_effort").is_none());
    let heard = request(ProviderName::OpenAi, Structure::Words, "", None).await;
    for key in ["tools", "tool_choice", "response_format", "temperature"] {
        assert!(heard.body.get(key).is_none(), "{key}");
    }
}

#[tokio::test]
async fn anthropic_is_asked_in_messages() {
    let heard = request(ProviderName::Anthropic, Structure::Tool, "low", None).await;
    assert_eq!(heard.path, "/v1/messages");
    assert_eq!(heard.header("x-api-key"), Some(KEY));
    assert_eq!(heard.header("anthropic-version"), Some("2023-06-01"));
    assert_eq!(heard.header("authorization"), None);
    let form = prompt().form.expect("a form");
    assert_eq!(
        heard.body,
        json!({
            "model": "scripted-1",
            "system": "rules",
            "messages": [
                {"role": "user", "content": "first"},
                {"role": "assistant", "content": "answer"},
                {"role": "user", "content": "second"},
            ],
            "max_tokens": 321,
            "stream": true,
            "tools": [{"name": "answer_question", "description": "the form", "input_schema": form.schema}],
            "tool_choice": {"type": "auto"},
            "output_config": {"effort": "low"},
        })
    );
    let heard = request(ProviderName::Anthropic, Structure::Schema, "", None).await;
    assert_eq!(heard.body["output_config"]["format"]["type"], "json_schema");
    assert!(heard.body.get("tools").is_none());
    let heard = request(ProviderName::Anthropic, Structure::Tool, "none", None).await;
    assert_eq!(heard.body["thinking"], json!({"type": "disabled"}));
    assert!(heard.body.get("output_config").is_none());
}

#[tokio::test]
async fn ollama_is_asked_in_chat() {
    let heard = request(ProviderName::Ollama, Structure::Schema, "none", Some(Decimal::ZERO)).await;
    assert_eq!(heard.path, "/api/chat");
    let form = prompt().form.expect("a form");
    assert_eq!(
        heard.body,
        json!({
            "model": "scripted-1",
            "messages": [
                {"role": "system", "content": "rules"},
                {"role": "user", "content": "first"},
                {"role": "assistant", "content": "answer"},
                {"role": "user", "content": "second"},
            ],
            "stream": true,
            "options": {"num_predict": 321, "temperature": 0},
            "think": false,
            "format": form.schema,
        })
    );
}

#[tokio::test]
async fn an_answer_that_comes_whole_instead_of_streamed_is_read() {
    let whole = [
        (
            ProviderName::OpenAi,
            json!({"id": "x", "object": "chat.completion", "choices": [{"index": 0,
            "message": {"role": "assistant", "content": "hola", "refusal": null}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}}),
        ),
        (
            ProviderName::Anthropic,
            json!({"id": "m", "type": "message", "role": "assistant",
            "content": [{"type": "text", "text": "hola"}], "stop_reason": "end_turn",
            "usage": {"input_tokens": 1, "output_tokens": 2}}),
        ),
        (
            ProviderName::Ollama,
            json!({"model": "m", "message": {"role": "assistant", "content": "hola"},
            "done": true, "done_reason": "stop", "prompt_eval_count": 1, "eval_count": 2}),
        ),
    ];
    for (name, json) in whole {
        for kind in ["application/json", "application/json; charset=utf-8", "text/plain", "text/event-stream"]
        {
            let pretty = serde_json::to_string_pretty(&json).expect("JSON");
            let stage = Stage::new(vec![Reply::new(200, kind, pretty)]);
            let answer = stage.ask(name).await.unwrap_or_else(|e| panic!("{name} {kind}: {e:?}"));
            assert_eq!((answer.answer.text.as_str(), answer.usage), ("hola", Usage { input: 1, output: 2 }));
        }
    }
}

#[tokio::test]
async fn a_stream_under_another_content_type_is_read() {
    for name in PROVIDERS {
        for kind in ["application/json", "text/plain", "application/octet-stream"] {
            let stage = Stage::new(vec![Reply::new(200, kind, body(name, "hola"))]);
            assert_eq!(stage.ask(name).await.expect("an answer").answer.text, "hola", "{name} {kind}");
        }
    }
}

#[tokio::test]
async fn where_the_provider_does_not_count_tokens_they_are_estimated() {
    let stream =
        "data: {\"choices\":[{\"delta\":{\"content\":\"hola a todos\"},\"finish_reason\":\"stop\"}]}\n\n";
    let stage = Stage::new(vec![Reply::events(stream)]);
    let answer = stage.ask(ProviderName::OpenAi).await.expect("an answer");
    assert_eq!(answer.usage.output, 3);
    assert!(answer.usage.input > 50 && answer.cost > Decimal::ZERO);
    // A count of nothing is none either.
    let counted = body(ProviderName::OpenAi, "hola a todos")
        .replace("\"prompt_tokens\":11", "\"prompt_tokens\":0")
        .replace("\"completion_tokens\":7", "\"completion_tokens\":0");
    let stage = Stage::new(vec![Reply::events(counted)]);
    let answer = stage.ask(ProviderName::OpenAi).await.expect("an answer");
    assert!(answer.usage.input > 50 && answer.usage.output == 3, "{:?}", answer.usage);
}

#[tokio::test]
async fn without_a_key_only_this_machine_is_asked() {
    let stage = Stage::new(vec![reply(ProviderName::OpenAi, "hola")]);
    let keyless = depotru::llm::Models::new(
        crate::stage::settings(&stage.server.url()),
        depotru::llm::KeySource::empty(),
        stage.folder.path(),
    );
    let cancel = tokio_util::sync::CancellationToken::new();
    let answer = keyless.ask(&[ProviderName::OpenAi], &prompt(), &stage.keeper, &cancel).await;
    assert!(answer.is_ok(), "{answer:?}");
    assert_eq!(stage.server.heard()[0].header("authorization"), None);

    let mut remote = crate::stage::settings("https://api.openai.com/v1");
    remote.openai.base_url = "https://api.openai.com/v1".into();
    let keyless = depotru::llm::Models::new(remote, depotru::llm::KeySource::empty(), stage.folder.path());
    let nothing = keyless.ask(&[ProviderName::OpenAi], &prompt(), &stage.keeper, &cancel).await;
    assert_eq!(nothing.expect_err("no key").error, depotru::llm::CallError::NoKey);
}
