//! OpenAI's chat completions, which xAI and many other servers speak too.

use secrecy::SecretString;
use serde_json::{Value, json};

use super::dialect::{
    Collector, Dialect, End, Framing, Gathered, HeaderValue, arguments, joined, number_at, said, text_at,
};
use super::error::CallError;
use super::prompt::Prompt;
use super::provider::{Answer, ToolCall, Usage};
use crate::config::llm::{ProviderSettings, Structure};

/// The protocol.
pub(super) struct OpenAi;

impl Dialect for OpenAi {
    fn address(&self, base_url: &str) -> String {
        joined(base_url, "/v1/chat/completions")
    }

    fn headers(&self, key: Option<SecretString>) -> Vec<(&'static str, HeaderValue)> {
        key.map(|key| ("authorization", HeaderValue::Bearer(key))).into_iter().collect()
    }

    fn body(&self, prompt: &Prompt, settings: &ProviderSettings) -> Value {
        let mut messages = vec![json!({"role": "system", "content": prompt.system})];
        messages.extend(said(prompt));
        let mut body = json!({
            "model": settings.model,
            "messages": messages,
            "max_completion_tokens": settings.max_tokens,
            "stream": true,
            "stream_options": {"include_usage": true},
        });
        if let Some(temperature) = settings.temperature {
            body["temperature"] = json!(number(temperature));
        }
        if !settings.effort.is_empty() {
            body["reasoning_effort"] = json!(settings.effort);
        }
        if let Some(form) = &prompt.form {
            match settings.structure {
                Structure::Schema => {
                    body["response_format"] = json!({
                        "type": "json_schema",
                        "json_schema": {"name": form.name, "strict": true, "schema": form.schema},
                    });
                }
                Structure::Tool => {
                    body["tools"] = json!([{
                        "type": "function",
                        "function": {
                            "name": form.name,
                            "description": form.description,
                            "strict": true,
                            "parameters": form.schema,
                        },
                    }]);
                    body["tool_choice"] = json!({"type": "function", "function": {"name": form.name}});
                }
                Structure::Words => {}
            }
        }
        body
    }

    fn framing(&self) -> Framing {
        Framing::Events
    }

    fn collector(&self) -> Box<dyn Collector> {
        Box::<Chunks>::default()
    }
}

/// A temperature as JSON writes numbers.
pub(super) fn number(decimal: rust_decimal::Decimal) -> Value {
    decimal.normalize().to_string().parse().map(Value::Number).unwrap_or(Value::Null)
}

/// Chunks of a completion, or a completion that came whole.
#[derive(Default)]
struct Chunks {
    gathered: Gathered,
    done: bool,
}

impl Collector for Chunks {
    fn take(&mut self, frame: &Value) -> Result<Option<String>, CallError> {
        if let Some(error) = frame.get("error").filter(|error| !error.is_null()) {
            return Err(reported(error));
        }
        if let Some(usage) = frame.get("usage").filter(|usage| usage.is_object()) {
            self.gathered.answer.usage = Some(Usage {
                input: number_at(usage, "prompt_tokens").unwrap_or(0),
                output: number_at(usage, "completion_tokens").unwrap_or(0),
            });
        }
        let choices = frame.get("choices").and_then(Value::as_array);
        let Some(choice) = choices.and_then(|all| {
            all.iter().find(|choice| number_at(choice, "index").is_none_or(|index| index == 0))
        }) else {
            return Ok(None);
        };
        let mut said = None;
        let said_in = ["delta", "message"].iter().find_map(|key| choice.get(*key)).filter(|d| d.is_object());
        if let Some(delta) = said_in {
            said = words(delta.get("content"));
            if let Some(words) = &said {
                self.gathered.answer.text.push_str(words);
            }
            if let Some(refusal) = text_at(delta, "refusal") {
                self.gathered.refusal.push_str(refusal);
            }
            said = said.or(self.tools(delta));
        }
        match text_at(choice, "finish_reason") {
            None | Some("") => {}
            Some("length") => self.gathered.end = Some(End::OutOfTokens),
            Some("content_filter") => self.gathered.end = Some(End::Declined),
            Some(_) => self.gathered.end = Some(End::Whole),
        }
        Ok(said)
    }

    fn take_mark(&mut self, mark: &str) -> bool {
        let is_mark = mark.trim() == "[DONE]";
        if is_mark {
            self.done = true;
            self.gathered.end.get_or_insert(End::Whole);
        }
        is_mark
    }

    fn is_complete(&self) -> bool {
        self.done
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

impl Chunks {
    /// The pieces of the first tool call; the words it adds to what is shown.
    fn tools(&mut self, delta: &Value) -> Option<String> {
        let old_form = delta.get("function_call").filter(|call| call.is_object());
        let calls = delta.get("tool_calls").and_then(Value::as_array);
        let first = calls
            .and_then(|all| all.iter().find(|call| number_at(call, "index").is_none_or(|index| index == 0)));
        let function = first.and_then(|call| call.get("function")).or(old_form)?;
        let pieces = arguments(function.get("arguments"));
        let tool = self
            .gathered
            .answer
            .tool
            .get_or_insert(ToolCall { name: String::new(), arguments: String::new() });
        if let Some(name) = text_at(function, "name")
            && tool.name.is_empty()
        {
            tool.name = name.to_string();
        }
        tool.arguments.push_str(&pieces);
        Some(pieces)
    }
}

/// Words, which some servers send as a list of parts.
fn words(content: Option<&Value>) -> Option<String> {
    match content? {
        Value::String(text) => Some(text.clone()),
        Value::Array(parts) => {
            Some(parts.iter().filter_map(|part| text_at(part, "text")).collect::<Vec<_>>().concat())
        }
        _ => None,
    }
}

/// An error told inside a stream that had begun with status 200.
fn reported(error: &Value) -> CallError {
    let detail = error.as_str().or_else(|| text_at(error, "message")).unwrap_or_default().to_string();
    let status = number_at(error, "code").or_else(|| number_at(error, "status")).unwrap_or(500);
    super::status::failure(u16::try_from(status).unwrap_or(500), None, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn collect(frames: &[Value], mark: bool) -> Result<Answer, CallError> {
        let mut chunks = Box::<Chunks>::default();
        for frame in frames {
            chunks.take(frame)?;
        }
        if mark {
            assert!(chunks.take_mark("[DONE]"));
        }
        chunks.finish()
    }

    #[test]
    fn words_usage_and_end_come_together() {
        let answer = collect(
            &[
                json!({"choices": [{"index": 0, "delta": {"role": "assistant"}}]}),
                json!({"choices": [{"index": 0, "delta": {"content": "ho"}, "finish_reason": null}], "usage": null}),
                json!({"choices": [{"index": 0, "delta": {"content": null}}], "x_extra": 1}),
                json!({"choices": [{"index": 0, "delta": {"content": "la"}}]}),
                json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}),
                json!({"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 2}}),
                json!({"choices": null}),
            ],
            true,
        );
        let answer = answer.expect("an answer");
        assert_eq!((answer.text.as_str(), answer.usage), ("hola", Some(Usage { input: 7, output: 2 })));
    }

    #[test]
    fn either_end_mark_is_enough_and_none_is_too_little() {
        let word = json!({"choices": [{"delta": {"content": "x"}}]});
        let stop = json!({"choices": [{"delta": {}, "finish_reason": "stop"}]});
        assert!(collect(&[word.clone(), stop], false).is_ok());
        assert!(collect(std::slice::from_ref(&word), true).is_ok());
        assert_eq!(collect(&[word], false), Err(CallError::CutOff));
    }

    #[test]
    fn a_tool_call_comes_in_pieces_or_whole_as_text_or_json() {
        let pieces = [
            json!({"choices": [{"delta": {"tool_calls": [{"index": 0, "id": "a", "function": {"name": "f", "arguments": ""}}]}}]}),
            json!({"choices": [{"delta": {"tool_calls": [{"index": 0, "function": {"arguments": "{\"a\":"}}]}}]}),
            json!({"choices": [{"delta": {"tool_calls": [{"index": 0, "function": {"arguments": "1}"}}]}}]}),
            json!({"choices": [{"delta": {}, "finish_reason": "tool_calls"}]}),
        ];
        let whole = [
            json!({"choices": [{"message": {"content": null, "tool_calls": [{"function": {"name": "f", "arguments": {"a": 1}}}]}, "finish_reason": "stop"}]}),
        ];
        for frames in [&pieces[..], &whole[..]] {
            let tool = collect(frames, false).expect("an answer").tool.expect("a tool call");
            assert_eq!((tool.name.as_str(), tool.arguments.as_str()), ("f", "{\"a\":1}"));
        }
    }

    #[test]
    fn refusals_filters_and_lengths_are_no_answers() {
        let end =
            |reason: &str| json!({"choices": [{"delta": {"content": "SELECT"}, "finish_reason": reason}]});
        assert_eq!(collect(&[end("length")], true), Err(CallError::OutOfTokens));
        assert!(matches!(collect(&[end("content_filter")], true), Err(CallError::Declined { .. })));
        let refusal = json!({"choices": [{"delta": {"refusal": "no"}, "finish_reason": "stop"}]});
        assert_eq!(collect(&[refusal], true), Err(CallError::Declined { words: "no".into() }));
        assert_eq!(collect(&[json!({"choices": []})], true), Err(CallError::NotAnAnswer));
    }

    #[test]
    fn an_error_inside_the_stream_is_the_error_it_names() {
        let error = |code: Value| collect(&[json!({"error": {"message": "m", "code": code}})], false);
        assert!(matches!(error(json!(503)), Err(CallError::Down { status: 503, .. })));
        assert!(matches!(error(json!("server_error")), Err(CallError::Down { .. })));
    }
}
