//! Anthropic's messages.

use secrecy::SecretString;
use serde_json::{Value, json};

use super::dialect::{
    Collector, Dialect, End, Framing, Gathered, HeaderValue, arguments, joined, number_at, said, text_at,
};
use super::error::CallError;
use super::openai::number;
use super::prompt::Prompt;
use super::provider::{Answer, ToolCall};
use crate::config::llm::{ProviderSettings, Structure};

/// The protocol.
pub(super) struct Anthropic;

/// The version of the protocol that is spoken here.
const VERSION: &str = "2023-06-01";

impl Dialect for Anthropic {
    fn address(&self, base_url: &str) -> String {
        joined(base_url, "/v1/messages")
    }

    fn headers(&self, key: Option<SecretString>) -> Vec<(&'static str, HeaderValue)> {
        let key = key.map(|key| ("x-api-key", HeaderValue::Secret(key)));
        key.into_iter().chain([("anthropic-version", HeaderValue::Plain(VERSION))]).collect()
    }

    fn body(&self, prompt: &Prompt, settings: &ProviderSettings) -> Value {
        let messages: Vec<Value> = said(prompt).collect();
        let mut body = json!({
            "model": settings.model,
            "system": prompt.system,
            "messages": messages,
            "max_tokens": settings.max_tokens,
            "stream": true,
        });
        if let Some(temperature) = settings.temperature {
            body["temperature"] = number(temperature);
        }
        let mut output = serde_json::Map::new();
        match settings.effort.as_str() {
            "" => {}
            // No effort is no level of its own in this protocol.
            "none" => body["thinking"] = json!({"type": "disabled"}),
            effort => {
                output.insert("effort".to_string(), json!(effort));
            }
        }
        if let Some(form) = &prompt.form {
            match settings.structure {
                // Models of 2026 reject a tool that is forced; the system prompt asks for it.
                Structure::Tool => {
                    body["tools"] = json!([{
                        "name": form.name,
                        "description": form.description,
                        "input_schema": form.schema,
                    }]);
                    body["tool_choice"] = json!({"type": "auto"});
                }
                Structure::Schema => {
                    output
                        .insert("format".to_string(), json!({"type": "json_schema", "schema": form.schema}));
                }
                Structure::Words => {}
            }
        }
        if !output.is_empty() {
            body["output_config"] = Value::Object(output);
        }
        body
    }

    fn framing(&self) -> Framing {
        Framing::Events
    }

    fn collector(&self) -> Box<dyn Collector> {
        Box::<Blocks>::default()
    }
}

/// What a content block holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Block {
    Text,
    /// The first tool call.
    Tool,
    /// Thinking, further tool calls, what is not known.
    Other,
}

/// Content blocks as they come, or a message that came whole.
#[derive(Default)]
struct Blocks {
    gathered: Gathered,
    /// What each block holds, by its index.
    blocks: Vec<(u64, Block)>,
    stopped: bool,
}

impl Collector for Blocks {
    fn take(&mut self, frame: &Value) -> Result<Option<String>, CallError> {
        let empty = Value::Null;
        let at = |key: &str| frame.get(key).unwrap_or(&empty);
        let index = number_at(frame, "index").unwrap_or(0);
        match text_at(frame, "type") {
            Some("message_start") => {
                self.usage(at("message").get("usage"));
                Ok(None)
            }
            Some("content_block_start") => Ok(self.begin(index, at("content_block"))),
            Some("content_block_delta") => Ok(self.go_on(index, at("delta"))),
            Some("message_delta") => {
                self.usage(frame.get("usage"));
                self.stop(text_at(at("delta"), "stop_reason"));
                Ok(None)
            }
            Some("message_stop") => {
                self.stopped = true;
                self.gathered.end.get_or_insert(End::Whole);
                Ok(None)
            }
            Some("error") => Err(reported(at("error"))),
            Some("message") => Ok(self.whole(frame)),
            // Pings, block ends, and what a later version adds.
            _ => match frame.get("error").filter(|error| error.is_object()) {
                Some(error) => Err(reported(error)),
                None => Ok(None),
            },
        }
    }

    fn is_complete(&self) -> bool {
        self.stopped
    }

    fn is_said(&self) -> bool {
        self.gathered.end.is_some()
    }

    fn end(&mut self) {
        self.gathered.end.get_or_insert(End::Whole);
    }

    fn finish(self: Box<Self>) -> Result<Answer, CallError> {
        self.gathered.finish()
    }
}

impl Blocks {
    fn begin(&mut self, index: u64, block: &Value) -> Option<String> {
        let (kind, said) = match text_at(block, "type") {
            Some("text") => (Block::Text, text_at(block, "text").unwrap_or_default().to_string()),
            Some("tool_use") if self.gathered.answer.tool.is_none() => {
                let name = text_at(block, "name").unwrap_or_default().to_string();
                // An empty object only announces what will come in pieces.
                let input =
                    block.get("input").filter(|input| input.as_object().is_none_or(|o| !o.is_empty()));
                self.gathered.answer.tool = Some(ToolCall { name, arguments: String::new() });
                (Block::Tool, arguments(input))
            }
            _ => (Block::Other, String::new()),
        };
        self.blocks.push((index, kind));
        self.add(kind, &said)
    }

    fn go_on(&mut self, index: u64, delta: &Value) -> Option<String> {
        let said = match text_at(delta, "type") {
            Some("text_delta") => text_at(delta, "text"),
            Some("input_json_delta") => text_at(delta, "partial_json"),
            _ => None,
        }?;
        let kind = self.blocks.iter().rev().find(|(at, _)| *at == index).map(|(_, kind)| *kind);
        self.add(kind.unwrap_or(Block::Text), said)
    }

    fn add(&mut self, kind: Block, said: &str) -> Option<String> {
        match kind {
            Block::Text => self.gathered.answer.text.push_str(said),
            Block::Tool => self.gathered.answer.tool.as_mut()?.arguments.push_str(said),
            Block::Other => return None,
        }
        (!said.is_empty()).then(|| said.to_string())
    }

    /// A message that came in one piece.
    fn whole(&mut self, message: &Value) -> Option<String> {
        self.usage(message.get("usage"));
        let blocks = message.get("content").and_then(Value::as_array);
        let said: Vec<String> = blocks
            .into_iter()
            .flatten()
            .zip(0u64..)
            .filter_map(|(block, at)| self.begin(at, block))
            .collect();
        self.stop(text_at(message, "stop_reason").or(Some("end_turn")));
        self.stopped = true;
        Some(said.concat())
    }

    fn usage(&mut self, usage: Option<&Value>) {
        let Some(usage) = usage.filter(|usage| usage.is_object()) else { return };
        let known = self.gathered.answer.usage.get_or_insert_default();
        let sent = ["input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens"];
        let input: u64 = sent.iter().filter_map(|key| number_at(usage, key)).fold(0, u64::saturating_add);
        known.input = known.input.max(input);
        known.output = known.output.max(number_at(usage, "output_tokens").unwrap_or(0));
    }

    fn stop(&mut self, reason: Option<&str>) {
        self.gathered.end = match reason {
            None | Some("") => return,
            Some("max_tokens" | "model_context_window_exceeded") => Some(End::OutOfTokens),
            Some("refusal") => Some(End::Declined),
            Some(_) => Some(End::Whole),
        };
    }
}

/// An error told inside a stream that had begun with status 200.
fn reported(error: &Value) -> CallError {
    let status = match text_at(error, "type") {
        Some("invalid_request_error") => 400,
        Some("authentication_error") => 401,
        Some("permission_error") => 403,
        Some("not_found_error") => 404,
        Some("request_too_large") => 413,
        Some("rate_limit_error") => 429,
        Some("timeout_error") => 504,
        Some("overloaded_error") => 529,
        _ => 500,
    };
    super::status::failure(status, None, text_at(error, "message").unwrap_or_default().to_string())
}

#[cfg(test)]
mod tests {
    use super::super::provider::Usage;
    use super::*;

    fn collect(frames: &[Value]) -> Result<Answer, CallError> {
        let mut blocks = Box::<Blocks>::default();
        for frame in frames {
            blocks.take(frame)?;
        }
        blocks.finish()
    }

    fn delta(index: u64, delta: Value) -> Value {
        json!({"type": "content_block_delta", "index": index, "delta": delta})
    }

    #[test]
    fn thinking_is_passed_over_and_the_tool_call_put_together() {
        let answer = collect(&[
            json!({"type": "message_start", "message": {"usage": {"input_tokens": 9, "cache_read_input_tokens": 1, "output_tokens": 1}}}),
            json!({"type": "content_block_start", "index": 0, "content_block": {"type": "thinking", "thinking": ""}}),
            delta(0, json!({"type": "thinking_delta", "thinking": "hm"})),
            json!({"type": "ping"}),
            json!({"type": "content_block_start", "index": 1, "content_block": {"type": "tool_use", "id": "t", "name": "f", "input": {}}}),
            delta(1, json!({"type": "input_json_delta", "partial_json": "{\"a\":"})),
            delta(1, json!({"type": "input_json_delta", "partial_json": "1}"})),
            json!({"type": "content_block_stop", "index": 1}),
            json!({"type": "message_delta", "delta": {"stop_reason": "tool_use"}, "usage": {"output_tokens": 25}}),
            json!({"type": "message_stop"}),
        ]);
        let answer = answer.expect("an answer");
        let tool = answer.tool.expect("a tool call");
        assert_eq!(
            (tool.name.as_str(), tool.arguments.as_str(), answer.text.as_str()),
            ("f", "{\"a\":1}", "")
        );
        assert_eq!(answer.usage, Some(Usage { input: 10, output: 25 }));
    }

    #[test]
    fn a_stream_without_its_end_is_cut_off() {
        let begun = [
            json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
            delta(0, json!({"type": "text_delta", "text": "SELECT"})),
            json!({"type": "content_block_stop", "index": 0}),
        ];
        assert_eq!(collect(&begun), Err(CallError::CutOff));
    }

    #[test]
    fn errors_refusals_and_lengths_are_no_answers() {
        let error =
            |kind: &str| collect(&[json!({"type": "error", "error": {"type": kind, "message": "m"}})]);
        assert!(matches!(error("overloaded_error"), Err(CallError::Down { status: 529, .. })));
        assert!(matches!(error("authentication_error"), Err(CallError::Unauthorised { status: 401 })));
        let end = |reason: &str| {
            collect(&[
                delta(0, json!({"type": "text_delta", "text": "x"})),
                json!({"type": "message_delta", "delta": {"stop_reason": reason}}),
            ])
        };
        assert_eq!(end("max_tokens"), Err(CallError::OutOfTokens));
        assert!(matches!(end("refusal"), Err(CallError::Declined { .. })));
        assert!(end("end_turn").is_ok());
    }

    #[test]
    fn a_message_that_came_whole_is_read_too() {
        let message = json!({"type": "message", "content": [{"type": "text", "text": "hola"}],
            "stop_reason": "end_turn", "usage": {"input_tokens": 3, "output_tokens": 4}});
        assert_eq!(collect(&[message]).expect("an answer").text, "hola");
    }
}
