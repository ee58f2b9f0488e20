//! A user's home with a small store, a configuration that points to a scripted server, and the
//! real binary.

use std::io::Write;
use std::path::Path;
use std::process::{Output, Stdio};

use serde_json::Value;

use crate::server::{Reply, Server};
use crate::stage::{KEY, body};
use crate::support::{depotru, home_with_data, stderr, stdout};
use depotru::config::ProviderName;

pub struct Home {
    pub folder: tempfile::TempDir,
    pub server: Server,
    pub provider: ProviderName,
}

impl Home {
    /// A home whose model answers with these texts, one after another.
    pub fn answering(provider: ProviderName, answers: &[&str]) -> Home {
        let replies = answers.iter().map(|answer| spoken(provider, answer)).collect();
        Home::with(provider, replies)
    }

    pub fn with(provider: ProviderName, script: Vec<Reply>) -> Home {
        let home = Home { folder: home_with_data(), server: Server::start(script), provider };
        home.configure("");
        home
    }

    /// Writes the configuration, with more settings of `[llm]` if wanted.
    pub fn configure(&self, more: &str) {
        self.write_settings(more, "");
    }

    /// Writes the configuration, with more settings of `[llm.timing]`.
    pub fn configure_timing(&self, more: &str) {
        self.write_settings("", more);
    }

    /// Writes the configuration with the provider at its own, far address.
    pub fn configure_far(&self, more: &str) {
        let config = format!("[llm]\nprovider = \"{}\"\n{more}\n", self.provider.name());
        self.write(&config);
    }

    fn write_settings(&self, more: &str, timing: &str) {
        let (name, url) = (self.provider.name(), self.server.url());
        let config = format!(
            "[llm]\nprovider = \"{name}\"\n{more}\n[llm.{name}]\nbase_url = \"{url}\"\n\
             [llm.limits]\nper_minute = 1000\n[llm.timing]\nwait_seconds = 0.01\nlongest_wait_seconds = 0.02\n{timing}\n"
        );
        self.write(&config);
    }

    fn write(&self, config: &str) {
        let folder = self.folder.path().join(".config/depotru");
        std::fs::create_dir_all(&folder).expect("the folder");
        std::fs::write(folder.join("config.toml"), config).expect("the configuration");
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn run(&self, args: &[&str]) -> Output {
        depotru(self.path()).env("OPENAI_API_KEY", KEY).args(args).output().expect("the binary starts")
    }

    /// Asks one question of 30 June 2025, for JSON.
    pub fn ask(&self, question: &str, more: &[&str]) -> (Option<i32>, Value) {
        let mut args = vec!["ask", question, "--today", "2025-06-30", "--format", "json"];
        args.extend(more);
        let output = self.run(&args);
        let json = serde_json::from_str(stdout(&output).trim())
            .unwrap_or_else(|error| panic!("{error}: {} / {}", stdout(&output), stderr(&output)));
        (output.status.code(), json)
    }

    /// Asks many questions in one process; nothing is approved unless `more` says so.
    pub fn batch(&self, questions: &[&str], more: &[&str]) -> Vec<Value> {
        let mut args = vec!["ask", "--batch", "-", "--today", "2025-06-30", "--format", "json"];
        args.extend(more);
        let mut child = depotru(self.path())
            .env("OPENAI_API_KEY", KEY)
            .args(&args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let lines: String =
            questions.iter().map(|q| format!("{}\n", serde_json::json!({"question": q}))).collect();
        child.stdin.take().expect("a pipe").write_all(lines.as_bytes()).expect("written");
        let output = child.wait_with_output().expect("ended");
        stdout(&output)
            .lines()
            .map(|line| {
                serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line} {}", stderr(&output)))
            })
            .collect()
    }
}

/// A model's words in the provider's protocol.
pub fn spoken(provider: ProviderName, words: &str) -> Reply {
    match provider {
        ProviderName::Ollama => Reply::lines(body(provider, words)),
        _ => Reply::events(body(provider, words)),
    }
}

/// Every file under a folder.
pub fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() { all.extend(files(&path)) } else { all.push(path) }
    }
    all
}
