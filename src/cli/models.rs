//! What the command line says of language models: who is asked, how it goes, what it cost.

use std::io::{IsTerminal, Write};
use std::sync::Arc;

use super::Env;
use super::args::Provider;
use super::output::narrate;
use crate::config::ProviderName;
use crate::credentials::{self, Credentials, SecretName};
use crate::i18n::{Lang, fill, text};
use crate::llm::comment::Recipient;
use crate::llm::dialogue::Trace;
use crate::llm::prompt::Prompt;
use crate::llm::words::{self, kib};
use crate::llm::{KeySource, Models, Progress};
use crate::sanitize::{display_safe, multiline_safe};
use crate::session::{Assist, Mode};

impl Env {
    /// The providers of the settings.
    pub fn models(&self) -> Arc<Models> {
        let (credentials, lang) = (Arc::clone(&self.credentials), self.lang);
        let keys = KeySource::new(move |name| key(&credentials, name, lang));
        Arc::new(Models::new(self.settings.llm.clone(), keys, &self.paths.models()))
    }

    /// What helps a session where the planner passes: as the arguments say, else the settings.
    pub fn assist(&self, named: Option<Provider>) -> Assist {
        let mode = match named {
            Some(Provider::Offline) => Mode::Offline,
            Some(Provider::Auto) => Mode::Auto,
            Some(Provider::Grok) => Mode::Named(ProviderName::Grok),
            Some(Provider::Openai) => Mode::Named(ProviderName::OpenAi),
            Some(Provider::Anthropic) => Mode::Named(ProviderName::Anthropic),
            Some(Provider::Ollama) => Mode::Named(ProviderName::Ollama),
            None if self.settings.llm.provider.is_some() => Mode::Auto,
            None => Mode::Offline,
        };
        if named == Some(Provider::Auto) && self.settings.llm.chain().is_empty() {
            narrate(text(self.lang, "cli.no_provider"));
        }
        Assist {
            models: (mode != Mode::Offline).then(|| self.models()),
            mode,
            verified: Some(self.paths.verified()),
            consent: Some(self.paths.models().join("consent.json")),
        }
    }
}

fn key(
    credentials: &Credentials,
    name: ProviderName,
    lang: Lang,
) -> Result<Option<secrecy::SecretString>, String> {
    match credentials.find(&SecretName::Llm(name.name().to_string())) {
        Ok(found) => Ok(found.map(|found| found.secret)),
        Err(error) => Err(credentials::sentence(&error, lang).into_string()),
    }
}

/// Shows on standard error how a model is being asked.
pub fn follow(progress: &Progress, lang: Lang) {
    match progress {
        Progress::Sending { provider, model, bytes, attempt } => {
            let (model, kib) = (display_safe(model), kib(*bytes, lang));
            let attempt = attempt.to_string();
            narrate(&fill(
                lang,
                "cli.model.sending",
                &[
                    ("provider", provider.name()),
                    ("model", model.as_str()),
                    ("size", &kib),
                    ("attempt", &attempt),
                ],
            ));
        }
        Progress::Waiting { provider, error, left } => {
            let mut err = std::io::stderr();
            if err.is_terminal() {
                let seconds = left.as_secs_f64().ceil().to_string();
                let why = error.in_short(*provider, lang);
                let values = [("why", why.as_str()), ("seconds", &seconds)];
                let _ = write!(err, "\r{}   ", fill(lang, "cli.model.waiting", &values));
                let _ = err.flush();
            }
        }
        Progress::Queued => narrate(text(lang, "cli.model.queued")),
        Progress::SentBack(times) => {
            narrate(&fill(lang, "cli.model.sent_back", &[("n", &times.to_string())]));
        }
        Progress::FellBack { from, model, error, to } => {
            let why = error.sentence(*from, model, lang);
            narrate(&fill(lang, "cli.model.fell_back", &[("why", &why), ("to", to.name())]));
        }
        Progress::Piece(_) => {}
    }
}

/// How a model was asked, for people: who, what it took, what was hidden.
pub fn trace_lines(trace: &Trace, with_prompt: bool, lang: Lang) -> Vec<String> {
    let mut lines = words::asked(trace, lang);
    if with_prompt {
        let (heading, sent) = words::sent(trace, lang);
        lines.push(heading);
        lines.extend(sent.into_iter().map(|line| format!("  {line}")));
    }
    lines
}

/// Shows what would leave this machine, and asks whether it may.
pub fn consents(recipients: &[Recipient], prompt: &Prompt, hidden: usize, lang: Lang) -> bool {
    let (whom, hidden) = (words::recipients(recipients, lang), hidden.to_string());
    let values = [("whom", whom.as_str()), ("hidden", hidden.as_str())];
    narrate(&fill(lang, "llm.consent.text", &values));
    for line in multiline_safe(&prompt.shown()) {
        narrate(&format!("  {line}"));
    }
    if !std::io::stdin().is_terminal() {
        narrate(text(lang, "cli.consent_needs_terminal"));
        return false;
    }
    super::ask::says_yes(&fill(lang, "llm.consent.question", &values))
}
