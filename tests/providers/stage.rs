//! What the tests of the providers share: settings that point to the scripted server, a prompt,
//! answers in the three protocols, and an observer that keeps everything.

use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use depotru::config::llm::{CallLimits, LlmSettings, ProviderName, Timing};
use depotru::llm::prompt::{Form, Prompt, Role, Turn};
use depotru::llm::{KeySource, Models, NoReply, Observer, Progress, Received, Reply};
use futures::future::BoxFuture;
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::server::Server;

pub const KEY: &str = "sk-test-key-0123456789";
pub const PROVIDERS: [ProviderName; 4] = ProviderName::ALL;

/// Settings for every provider at `url`, quick and without limits of our own.
pub fn settings(url: &str) -> LlmSettings {
    let mut settings = LlmSettings::default();
    for own in [&mut settings.grok, &mut settings.openai, &mut settings.anthropic, &mut settings.ollama] {
        own.base_url = url.to_string();
        own.model = "scripted-1".to_string();
    }
    settings.limits =
        CallLimits { per_minute: 100_000, per_hour: 100_000, per_day: 100_000, tokens_per_day: u64::MAX };
    settings.timing = Timing {
        connect_seconds: Duration::from_millis(500),
        first_seconds: Duration::from_millis(600),
        stall_seconds: Duration::from_millis(400),
        total_seconds: Duration::from_millis(2_500),
        wait_seconds: Duration::from_millis(20),
        longest_wait_seconds: Duration::from_millis(80),
        patience_seconds: Duration::from_secs(1),
        breaker_failures: 100_000,
        breaker_seconds: Duration::from_millis(500),
        ..Timing::default()
    };
    settings
}

pub fn models(settings: LlmSettings, folder: &Path) -> Models {
    Models::new(settings, KeySource::new(|_| Ok(Some(SecretString::from(KEY)))), folder)
}

pub fn prompt() -> Prompt {
    Prompt {
        system: "rules".into(),
        turns: vec![
            Turn { role: Role::User, text: "first".into() },
            Turn { role: Role::Assistant, text: "answer".into() },
            Turn { role: Role::User, text: "second".into() },
        ],
        form: Some(Form {
            name: "answer_question",
            description: "the form",
            schema: json!({"type": "object", "properties": {}, "required": [], "additionalProperties": false}),
        }),
    }
}

/// Keeps everything it is told.
#[derive(Default)]
pub struct Keeper {
    pub progress: Mutex<Vec<Progress>>,
    pub sent: Mutex<Vec<(ProviderName, String, usize)>>,
    pub received: Mutex<Vec<Received>>,
    pub refuses: bool,
}

impl Keeper {
    pub fn words(&self) -> String {
        let progress = self.progress.lock().expect("progress");
        let pieces = progress.iter().filter_map(|p| match p {
            Progress::Piece(words) => Some(words.as_str()),
            _ => None,
        });
        pieces.collect()
    }

    pub fn waits(&self) -> Vec<Duration> {
        let progress = self.progress.lock().expect("progress");
        let waits = progress.iter().filter_map(|p| match p {
            Progress::Waiting { left, .. } => Some(*left),
            _ => None,
        });
        waits.collect()
    }
}

impl Observer for Keeper {
    fn sending<'a>(&'a self, provider: ProviderName, model: &'a str, bytes: usize) -> BoxFuture<'a, bool> {
        self.sent.lock().expect("sent").push((provider, model.to_string(), bytes));
        Box::pin(async { !self.refuses })
    }

    fn received<'a>(&'a self, received: &'a Received) -> BoxFuture<'a, ()> {
        self.received.lock().expect("received").push(received.clone());
        Box::pin(async {})
    }

    fn tell(&self, progress: Progress) {
        self.progress.lock().expect("progress").push(progress);
    }
}

/// A server, the providers that point to it, and where their ledger is.
pub struct Stage {
    pub server: Server,
    pub models: Models,
    pub folder: tempfile::TempDir,
    pub keeper: Keeper,
}

impl Stage {
    pub fn new(script: Vec<super::server::Reply>) -> Stage {
        Stage::with(script, |_| {})
    }

    pub fn with(script: Vec<super::server::Reply>, change: impl FnOnce(&mut LlmSettings)) -> Stage {
        let server = Server::start(script);
        let folder = tempfile::tempdir().expect("a folder");
        let mut settings = settings(&server.url());
        change(&mut settings);
        let models = models(settings, folder.path());
        Stage { server, models, folder, keeper: Keeper::default() }
    }

    pub async fn ask(&self, name: ProviderName) -> Result<Reply, NoReply> {
        self.models.ask(&[name], &prompt(), &self.keeper, &CancellationToken::new()).await
    }

    pub async fn ask_chain(&self, chain: &[ProviderName]) -> Result<Reply, NoReply> {
        self.models.ask(chain, &prompt(), &self.keeper, &CancellationToken::new()).await
    }
}

/// An answer's body in the provider's protocol, streamed in small pieces.
pub fn body(name: ProviderName, words: &str) -> String {
    let letters: Vec<char> = words.chars().collect();
    let pieces: Vec<String> = letters.chunks(7).map(|piece| piece.iter().collect()).collect();
    match name {
        ProviderName::OpenAi | ProviderName::Grok => {
            let mut frames = vec![json!({"choices": [{"index": 0, "delta": {"role": "assistant"}}]})];
            frames.extend(pieces.iter().map(|p| json!({"choices": [{"index": 0, "delta": {"content": p}}]})));
            frames.push(json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}));
            frames.push(json!({"choices": [], "usage": {"prompt_tokens": 11, "completion_tokens": 7}}));
            let events: String = frames.iter().map(|frame| format!("data: {frame}\n\n")).collect();
            format!(": hello\n\n{events}data: [DONE]\n\n")
        }
        ProviderName::Anthropic => {
            let mut frames = vec![
                json!({"type": "message_start", "message": {"usage": {"input_tokens": 11, "output_tokens": 1}}}),
                json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}),
                json!({"type": "ping"}),
            ];
            frames.extend(pieces.iter().map(
                |p| json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": p}}),
            ));
            frames.push(json!({"type": "content_block_stop", "index": 0}));
            frames.push(json!({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 7}}));
            frames.push(json!({"type": "message_stop"}));
            frames
                .iter()
                .map(|frame| {
                    format!("event: {}\r\ndata: {frame}\r\n\r\n", frame["type"].as_str().unwrap_or(""))
                })
                .collect()
        }
        ProviderName::Ollama => {
            let mut frames: Vec<Value> = pieces
                .iter()
                .map(|p| json!({"message": {"role": "assistant", "content": p}, "done": false}))
                .collect();
            frames.push(json!({"message": {"role": "assistant", "content": ""}, "done": true,
                "done_reason": "stop", "prompt_eval_count": 11, "eval_count": 7}));
            frames.iter().map(|frame| format!("{frame}\n")).collect()
        }
    }
}

/// A whole streamed answer.
pub fn reply(name: ProviderName, words: &str) -> super::server::Reply {
    match name {
        ProviderName::Ollama => super::server::Reply::lines(body(name, words)),
        _ => super::server::Reply::events(body(name, words)),
    }
}
