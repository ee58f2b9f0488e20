//! What the command line says of language models: who is asked, how it goes, what it cost.

use std::io::{IsTerminal, Write};
use std::sync::Arc;

use super::Env;
use super::args::Provider;
use super::output::narrate;
use crate::config::ProviderName;
use crate::credentials::{self, Credentials, SecretName};
use crate::i18n::{Lang, fill, text};
use crate::llm::dialogue::Trace;
use crate::llm::limits::Spent;
use crate::llm::prompt::Prompt;
use crate::llm::{KeySource, Models, Progress, Standing, price};
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
        Progress::Waiting { left, .. } => {
            let mut err = std::io::stderr();
            if err.is_terminal() {
                let seconds = left.as_secs_f64().ceil().to_string();
                let _ = write!(err, "\r{}   ", fill(lang, "cli.model.waiting", &[("seconds", &seconds)]));
                let _ = err.flush();
            }
        }
        Progress::Queued => narrate(text(lang, "cli.model.queued")),
        Progress::SentBack(times) => {
            narrate(&fill(lang, "cli.model.sent_back", &[("n", &times.to_string())]));
        }
        Progress::FellBack { from, error, to } => {
            let why = error.sentence(*from, "", lang);
            narrate(&fill(lang, "cli.model.fell_back", &[("why", &why), ("to", to.name())]));
        }
        Progress::Piece(_) => {}
    }
}

/// How a model was asked, for people: who, what it took, what was hidden.
pub fn trace_lines(trace: &Trace, with_prompt: bool, lang: Lang) -> Vec<String> {
    let model = display_safe(&trace.model);
    let (tokens_in, tokens_out) = (trace.usage.input.to_string(), trace.usage.output.to_string());
    let (cost, hidden) = (price::dollars(trace.cost, lang), trace.hidden.to_string());
    let size = kib(trace.bytes, lang);
    let values = [
        ("provider", trace.provider.name()),
        ("model", model.as_str()),
        ("input", &tokens_in),
        ("output", &tokens_out),
        ("cost", &cost),
        ("size", &size),
        ("hidden", &hidden),
    ];
    let mut lines = vec![if trace.remembered {
        fill(lang, "cli.model.remembered", &values)
    } else {
        fill(lang, "cli.model.asked", &values)
    }];
    for (at, attempt) in trace.attempts.iter().enumerate() {
        let wrong = display_safe(&attempt.wrong);
        let values = [("n", (at + 1).to_string()), ("wrong", wrong.into_string())];
        let values: Vec<(&str, &str)> = values.iter().map(|(k, v)| (*k, v.as_str())).collect();
        lines.push(fill(lang, "cli.model.attempt", &values));
    }
    if with_prompt {
        lines.push(fill(lang, "cli.model.prompt", &[("size", &size)]));
        lines.extend(multiline_safe(&trace.prompt.shown()).into_iter().map(|line| format!("  {line}")));
    }
    lines
}

fn kib(bytes: usize, lang: Lang) -> String {
    let shown = format!("{:.1} KiB", bytes as f64 / 1024.0);
    if lang == Lang::Es { shown.replace('.', ",") } else { shown }
}

/// How a provider stands, as one sentence, and whether it can be asked.
pub fn standing(standing: &Standing, lang: Lang) -> (bool, String) {
    let (model, url) = (display_safe(&standing.model), display_safe(&standing.base_url));
    let mut values = vec![
        ("provider", standing.provider.name().to_string()),
        ("model", model.into_string()),
        ("url", url.into_string()),
    ];
    let (good, key) = match (&standing.key, standing.open_for) {
        (Err(detail), _) => {
            values.push(("detail", display_safe(detail).into_string()));
            (false, "cli.doctor.model_key_unreadable")
        }
        (Ok(false), _) if !standing.is_local => (false, "cli.doctor.model_no_key"),
        (_, Some(rest)) => {
            values.push(("seconds", rest.as_secs().max(1).to_string()));
            (false, "cli.doctor.model_left_alone")
        }
        (Ok(_), None) => (true, "cli.doctor.model_ready"),
    };
    let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    (good, fill(lang, key, &values))
}

/// What the last calls came to, as one sentence.
pub fn spent(spent: &Spent, models: &Models, lang: Lang) -> String {
    let limits = models.settings().limits;
    let count = |n: u64| crate::format::count(usize::try_from(n).unwrap_or(usize::MAX), lang);
    fill(
        lang,
        "cli.doctor.model_spent",
        &[
            ("minute", &count(spent.last_minute.into())),
            ("per_minute", &count(limits.per_minute.into())),
            ("hour", &count(spent.last_hour.into())),
            ("per_hour", &count(limits.per_hour.into())),
            ("day", &count(spent.last_day.into())),
            ("per_day", &count(limits.per_day.into())),
            ("tokens", &count(spent.tokens)),
            ("tokens_per_day", &count(limits.tokens_per_day)),
            ("cost", &price::dollars(spent.cost, lang)),
        ],
    )
}

/// Shows what would leave this machine, and asks whether it may.
pub fn consents(provider: ProviderName, model: &str, prompt: &Prompt, hidden: usize, lang: Lang) -> bool {
    let model = display_safe(model);
    let hidden = hidden.to_string();
    let values = [("provider", provider.name()), ("model", model.as_str()), ("hidden", hidden.as_str())];
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
