//! Ollama's chat.

use secrecy::SecretString;
use serde_json::{Value, json};

use super::dialect::{
    Collector, Dialect, End, Framing, Gathered, HeaderValue, arguments, joined, number_at, said, text_at,
};
use super::error::CallError;
use super::openai::number;
use super::prompt::Prompt;
use super::provider::{Answer, ToolCall, Usage};
use crate::config::llm::{ProviderSettings, Structure};

/// The protocol.
pub(super) struct Ollama;

impl Dialect for Ollama {
    fn address(&self, base_url: &str) -> String {
        joined(base_url, "/api/chat")
    }

    fn headers(&self, key: Option<SecretString>) -> Vec<(&'static str, HeaderValue)> {
        key.map(|key| ("authorization", HeaderValue::Bearer(key))).into_iter().collect()
    }

    fn body(&self, prompt: &Prompt, settings: &ProviderSettings) -> Value {
        let mut messages = vec![json!({"role": "system", "content": prompt.system})];
        messages.extend(said(prompt));
        let mut options = json!({"num_predict": settings.max_tokens});
        if let Some(temperature) = settings.temperature {
            options["temperature"] = number(temperature);
        }
        let mut body = json!({
            "model": settings.model,
            "messages": messages,
            "stream": true,
            "options": options,
        });
        match settings.effort.as_str() {
            "" => {}
            "none" => body["think"] = json!(false),
            effort => body["think"] = json!(effort),
        }
        if let Some(form) = &prompt.form {
            match settings.structure {
                Structure::Schema => body["format"] = form.schema.clone(),
                Structure::Tool => {
                    body["tools"] = json!([{
                        "type": "function",
                        "function": {
                            "name": form.name,
                            "description": form.description,
                            "parameters": form.schema,
                        },
                    }]);
                }
                Structure::Words => {}
            }
        }
        body
    }

    fn framing(&self) -> Framing {
        Framing::JsonLines
    }

    fn collector(&self) -> Box<dyn Collector> {
        Box::<Pieces>::default()
    }
}

/// Pieces of a message, one a line.
#[derive(Default)]
struct Pieces {
    gathered: Gathered,
}

impl Collector for Pieces {
    fn take(&mut self, frame: &Value) -> Result<Option<String>, CallError> {
        if let Some(error) = frame.get("error").filter(|error| !error.is_null()) {
            let detail = error.as_str().or_else(|| text_at(error, "message")).unwrap_or_default().to_string();
            return Err(super::status::failure(500, None, detail));
        }
        let mut said = None;
        if let Some(message) = frame.get("message").filter(|message| message.is_object()) {
            if let Some(words) = text_at(message, "content").filter(|words| !words.is_empty()) {
                self.gathered.answer.text.push_str(words);
                said = Some(words.to_string());
            }
            let calls = message.get("tool_calls").and_then(Value::as_array);
            let function = calls.and_then(|all| all.first()).and_then(|call| call.get("function"));
            if let Some(function) = function
                && self.gathered.answer.tool.is_none()
            {
                let name = text_at(function, "name").unwrap_or_default().to_string();
                let arguments = arguments(function.get("arguments"));
                said = Some(arguments.clone());
                self.gathered.answer.tool = Some(ToolCall { name, arguments });
            }
        }
        if frame.get("done").and_then(Value::as_bool) == Some(true) {
            self.gathered.end = Some(match text_at(frame, "done_reason") {
                Some("length") => End::OutOfTokens,
                _ => End::Whole,
            });
            let (input, output) = (number_at(frame, "prompt_eval_count"), number_at(frame, "eval_count"));
            if input.is_some() || output.is_some() {
                self.gathered.answer.usage =
                    Some(Usage { input: input.unwrap_or(0), output: output.unwrap_or(0) });
            }
        }
        Ok(said)
    }

    fn is_complete(&self) -> bool {
        self.gathered.end.is_some()
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

#[cfg(test)]
mod tests {
    use super::*;

    fn collect(frames: &[Value]) -> Result<Answer, CallError> {
        let mut pieces = Box::<Pieces>::default();
        for frame in frames {
            pieces.take(frame)?;
        }
        pieces.finish()
    }

    #[test]
    fn pieces_thinking_and_counts() {
        let answer = collect(&[
            json!({"message": {"role": "assistant", "content": "", "thinking": "hm"}, "done": false}),
            json!({"message": {"role": "assistant", "content": "ho"}, "done": false}),
            json!({"message": {"role": "assistant", "content": "la"}, "done": false}),
            json!({"message": {"content": ""}, "done": true, "done_reason": "stop", "prompt_eval_count": 5, "eval_count": 2}),
        ]);
        let answer = answer.expect("an answer");
        assert_eq!((answer.text.as_str(), answer.usage), ("hola", Some(Usage { input: 5, output: 2 })));
    }

    #[test]
    fn tools_lengths_errors_and_missing_ends() {
        let tool = collect(&[
            json!({"message": {"content": "", "tool_calls": [{"function": {"name": "f", "arguments": {"a": 1}}}]}, "done": false}),
            json!({"done": true}),
        ]);
        assert_eq!(tool.expect("an answer").tool.map(|t| t.arguments).as_deref(), Some("{\"a\":1}"));
        let word = json!({"message": {"content": "x"}});
        assert_eq!(collect(std::slice::from_ref(&word)), Err(CallError::CutOff));
        assert_eq!(
            collect(&[word, json!({"done": true, "done_reason": "length"})]),
            Err(CallError::OutOfTokens)
        );
        assert!(matches!(collect(&[json!({"error": "model failed"})]), Err(CallError::Down { .. })));
    }
}
