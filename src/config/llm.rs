//! `[llm]`: which language models may be asked, how, and how much they may cost.
//!
//! The one place that names models and prices. Without a provider nothing is ever sent.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use reqwest::Url;
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer};

/// A provider of language models.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProviderName {
    /// xAI's Grok, over the protocol of OpenAI.
    Grok,
    /// OpenAI, or any server that speaks its chat completions.
    OpenAi,
    /// Anthropic's Claude.
    Anthropic,
    /// A local Ollama.
    Ollama,
}

impl ProviderName {
    /// Every provider.
    pub const ALL: [ProviderName; 4] =
        [ProviderName::Grok, ProviderName::OpenAi, ProviderName::Anthropic, ProviderName::Ollama];

    /// Its name in settings, arguments and logs.
    pub fn name(self) -> &'static str {
        match self {
            ProviderName::Grok => "grok",
            ProviderName::OpenAi => "openai",
            ProviderName::Anthropic => "anthropic",
            ProviderName::Ollama => "ollama",
        }
    }

    /// The name of its key among the credentials.
    pub fn credential(self) -> String {
        format!("llm:{}", self.name())
    }
}

impl fmt::Display for ProviderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for ProviderName {
    type Err = UnknownProvider;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        ProviderName::ALL.into_iter().find(|name| name.name() == text).ok_or(UnknownProvider)
    }
}

/// A provider nobody knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("grok | openai | anthropic | ollama")]
pub struct UnknownProvider;

/// The settings of language models.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LlmSettings {
    /// Who is asked where the planner passes; nobody when absent.
    #[serde(deserialize_with = "named_or_empty")]
    pub provider: Option<ProviderName>,
    /// Who is asked, in this order, when the first cannot answer.
    pub fallback: Vec<ProviderName>,
    /// Whether a model may be asked to comment on a result, after consent.
    pub insights: bool,
    /// Calls and tokens.
    pub limits: CallLimits,
    /// How long a call may take.
    pub timing: Timing,
    /// xAI.
    #[serde(deserialize_with = "grok")]
    pub grok: ProviderSettings,
    /// OpenAI or compatible.
    #[serde(deserialize_with = "openai")]
    pub openai: ProviderSettings,
    /// Anthropic.
    #[serde(deserialize_with = "anthropic")]
    pub anthropic: ProviderSettings,
    /// Ollama.
    #[serde(deserialize_with = "ollama")]
    pub ollama: ProviderSettings,
}

impl Default for LlmSettings {
    fn default() -> Self {
        LlmSettings {
            provider: None,
            fallback: Vec::new(),
            insights: false,
            limits: CallLimits::default(),
            timing: Timing::default(),
            grok: ProviderSettings::of(ProviderName::Grok),
            openai: ProviderSettings::of(ProviderName::OpenAi),
            anthropic: ProviderSettings::of(ProviderName::Anthropic),
            ollama: ProviderSettings::of(ProviderName::Ollama),
        }
    }
}

impl LlmSettings {
    /// The settings of a provider.
    pub fn of(&self, name: ProviderName) -> &ProviderSettings {
        match name {
            ProviderName::Grok => &self.grok,
            ProviderName::OpenAi => &self.openai,
            ProviderName::Anthropic => &self.anthropic,
            ProviderName::Ollama => &self.ollama,
        }
    }

    /// Who is asked, in order: the configured provider, then those listed behind it.
    pub fn chain(&self) -> Vec<ProviderName> {
        let mut chain: Vec<ProviderName> = Vec::new();
        for name in self.provider.into_iter().chain(self.fallback.iter().copied()) {
            if !chain.contains(&name) {
                chain.push(name);
            }
        }
        chain
    }

    /// The first address that may not be used, with the provider and the rule it breaks.
    pub fn unusable_address(&self) -> Option<(ProviderName, &'static str)> {
        ProviderName::ALL
            .into_iter()
            .find_map(|name| self.of(name).address_problem(name).map(|key| (name, key)))
    }
}

/// How many calls and tokens, over all sessions of this user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CallLimits {
    /// Calls in any 60 seconds.
    pub per_minute: u32,
    /// Calls in any hour.
    pub per_hour: u32,
    /// Calls in any 24 hours.
    pub per_day: u32,
    /// Tokens, sent and received, in any 24 hours.
    pub tokens_per_day: u64,
}

impl Default for CallLimits {
    fn default() -> Self {
        CallLimits { per_minute: 5, per_hour: 100, per_day: 500, tokens_per_day: 1_000_000 }
    }
}

/// How long things may take, in seconds (fractions allowed).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Timing {
    /// To connect.
    #[serde(deserialize_with = "seconds")]
    pub connect_seconds: Duration,
    /// Until the first byte of an answer.
    #[serde(deserialize_with = "seconds")]
    pub first_seconds: Duration,
    /// Between two pieces of an answer.
    #[serde(deserialize_with = "seconds")]
    pub stall_seconds: Duration,
    /// For a question altogether: calls, waits and repetitions.
    #[serde(deserialize_with = "seconds")]
    pub total_seconds: Duration,
    /// Calls for one answer at the most, when the provider is at fault.
    pub attempts: u32,
    /// The first wait before another call; later ones grow, with chance, up to `longest_wait_seconds`.
    #[serde(deserialize_with = "seconds")]
    pub wait_seconds: Duration,
    /// The longest of these waits.
    #[serde(deserialize_with = "seconds")]
    pub longest_wait_seconds: Duration,
    /// The longest wait that a provider may ask for; beyond it the question is given up.
    #[serde(deserialize_with = "seconds")]
    pub patience_seconds: Duration,
    /// Failures in a row after which a provider is left alone.
    pub breaker_failures: u32,
    /// How long it is left alone.
    #[serde(deserialize_with = "seconds")]
    pub breaker_seconds: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Timing {
            connect_seconds: Duration::from_secs(5),
            first_seconds: Duration::from_secs(30),
            stall_seconds: Duration::from_secs(20),
            total_seconds: Duration::from_secs(60),
            attempts: 3,
            wait_seconds: Duration::from_millis(500),
            longest_wait_seconds: Duration::from_secs(8),
            patience_seconds: Duration::from_secs(30),
            breaker_failures: 5,
            breaker_seconds: Duration::from_secs(30),
        }
    }
}

/// How a provider is asked for a typed answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Structure {
    /// By a JSON schema for the answer's text.
    Schema,
    /// By a tool to call.
    Tool,
    /// By words alone, for servers that know neither.
    Words,
}

/// The settings of one provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderSettings {
    /// Where it listens.
    pub base_url: String,
    /// Whether an address of another host than the provider's own is meant: the key goes there.
    pub other_host: bool,
    /// The model.
    pub model: String,
    /// How freely it words; not sent when absent, since current models reject it.
    pub temperature: Option<Decimal>,
    /// How long it may think (`none`, `low`, `medium`, `high`); not sent when empty.
    pub effort: String,
    /// How it is asked for a typed answer.
    pub structure: Structure,
    /// Tokens of an answer, thinking included, at the most.
    pub max_tokens: u32,
    /// US dollars for a million tokens sent.
    pub price_input: Decimal,
    /// US dollars for a million tokens received.
    pub price_output: Decimal,
}

impl ProviderSettings {
    /// The defaults, as of November 2026.
    pub fn of(name: ProviderName) -> ProviderSettings {
        let settings = |base_url: &str, model: &str, structure, input: i64, output: i64| ProviderSettings {
            base_url: base_url.to_string(),
            other_host: false,
            model: model.to_string(),
            temperature: None,
            effort: "low".to_string(),
            structure,
            max_tokens: 8_192,
            price_input: Decimal::new(input, 2),
            price_output: Decimal::new(output, 2),
        };
        match name {
            ProviderName::Grok => settings("https://api.x.ai/v1", "grok-4.6", Structure::Schema, 200, 600),
            ProviderName::OpenAi => {
                settings("https://api.openai.com/v1", "gpt-6-sol", Structure::Schema, 200, 1_000)
            }
            ProviderName::Anthropic => {
                settings("https://api.anthropic.com", "claude-sonnet-5-5", Structure::Tool, 200, 1_000)
            }
            ProviderName::Ollama => ProviderSettings {
                temperature: Some(Decimal::ZERO),
                effort: "none".to_string(),
                max_tokens: 2_048,
                ..settings("http://127.0.0.1:11434", "qwen3:8b", Structure::Schema, 0, 0)
            },
        }
    }

    /// Whether the address is this very machine.
    pub fn is_local(&self) -> bool {
        Url::parse(&self.base_url).is_ok_and(|url| is_loopback(&url))
    }

    /// The rule that the address breaks.
    fn address_problem(&self, name: ProviderName) -> Option<&'static str> {
        let Ok(url) = Url::parse(&self.base_url) else { return Some("llm_not_an_address") };
        if !url.username().is_empty()
            || url.password().is_some()
            || url.query().is_some()
            || url.fragment().is_some()
        {
            return Some("llm_address_with_extras");
        }
        if is_loopback(&url) && matches!(url.scheme(), "http" | "https") {
            return None;
        }
        if url.scheme() != "https" {
            return Some("llm_not_encrypted");
        }
        let own = Url::parse(&ProviderSettings::of(name).base_url).ok();
        let same_host = own.is_some_and(|own| own.host_str() == url.host_str());
        (!same_host && !self.other_host).then_some("llm_other_host")
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host_str() {
        Some("localhost") => true,
        Some(host) => host
            .trim_matches(['[', ']'])
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback()),
        None => false,
    }
}

/// What a file may say of a provider.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    base_url: Option<String>,
    other_host: Option<bool>,
    model: Option<String>,
    temperature: Option<Decimal>,
    effort: Option<String>,
    structure: Option<Structure>,
    max_tokens: Option<u32>,
    price_input: Option<Decimal>,
    price_output: Option<Decimal>,
}

fn said_over<'de, D: Deserializer<'de>>(name: ProviderName, from: D) -> Result<ProviderSettings, D::Error> {
    let said = Said::deserialize(from)?;
    let own = ProviderSettings::of(name);
    Ok(ProviderSettings {
        base_url: said.base_url.unwrap_or(own.base_url),
        other_host: said.other_host.unwrap_or(own.other_host),
        model: said.model.unwrap_or(own.model),
        temperature: said.temperature.or(own.temperature),
        effort: said.effort.unwrap_or(own.effort),
        structure: said.structure.unwrap_or(own.structure),
        max_tokens: said.max_tokens.unwrap_or(own.max_tokens),
        price_input: said.price_input.unwrap_or(own.price_input),
        price_output: said.price_output.unwrap_or(own.price_output),
    })
}

fn grok<'de, D: Deserializer<'de>>(from: D) -> Result<ProviderSettings, D::Error> {
    said_over(ProviderName::Grok, from)
}

fn openai<'de, D: Deserializer<'de>>(from: D) -> Result<ProviderSettings, D::Error> {
    said_over(ProviderName::OpenAi, from)
}

fn anthropic<'de, D: Deserializer<'de>>(from: D) -> Result<ProviderSettings, D::Error> {
    said_over(ProviderName::Anthropic, from)
}

fn ollama<'de, D: Deserializer<'de>>(from: D) -> Result<ProviderSettings, D::Error> {
    said_over(ProviderName::Ollama, from)
}

fn named_or_empty<'de, D: Deserializer<'de>>(from: D) -> Result<Option<ProviderName>, D::Error> {
    let name = String::deserialize(from)?;
    if name.is_empty() {
        return Ok(None);
    }
    name.parse().map(Some).map_err(serde::de::Error::custom)
}

fn seconds<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    let number = f64::deserialize(from)?;
    Duration::try_from_secs_f64(number).map_err(serde::de::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(source: &str) -> LlmSettings {
        toml::from_str(source).expect("valid settings")
    }

    #[test]
    fn nothing_said_means_nobody_is_asked() {
        let settings = parse("");
        assert_eq!(settings, LlmSettings::default());
        assert!(settings.chain().is_empty() && !settings.insights);
        assert_eq!(settings.unusable_address(), None);
    }

    #[test]
    fn what_is_said_of_a_provider_leaves_its_other_defaults() {
        let settings = parse(
            "provider = \"anthropic\"\nfallback = [\"ollama\", \"anthropic\"]\n[anthropic]\nmodel = \"x\"\n",
        );
        assert_eq!(settings.anthropic.model, "x");
        assert_eq!(settings.anthropic.base_url, ProviderSettings::of(ProviderName::Anthropic).base_url);
        assert_eq!(settings.chain(), [ProviderName::Anthropic, ProviderName::Ollama]);
    }

    #[test]
    fn keys_go_only_where_the_user_means_them_to() {
        let problem = |url: &str, other_host| {
            ProviderSettings {
                base_url: url.to_string(),
                other_host,
                ..ProviderSettings::of(ProviderName::OpenAi)
            }
            .address_problem(ProviderName::OpenAi)
        };
        assert_eq!(problem("https://api.openai.com/v1", false), None);
        assert_eq!(problem("http://127.0.0.1:9000/v1", false), None);
        assert_eq!(problem("http://[::1]:9000", false), None);
        assert_eq!(problem("https://llm.example.com/v1", false), Some("llm_other_host"));
        assert_eq!(problem("https://llm.example.com/v1", true), None);
        assert_eq!(problem("http://llm.example.com/v1", true), Some("llm_not_encrypted"));
        assert_eq!(problem("http://127.0.0.1.example.com", true), Some("llm_not_encrypted"));
        assert_eq!(problem("https://user:pw@api.openai.com", false), Some("llm_address_with_extras"));
        assert_eq!(problem("api.openai.com", false), Some("llm_not_an_address"));
        assert_eq!(problem("file:///etc/passwd", true), Some("llm_not_encrypted"));
    }

    #[test]
    fn misspelt_keys_and_names_are_errors() {
        for source in ["provider = \"gpt\"", "[openai]\nmodle = \"x\"", "[timing]\ntotal_seconds = -1"] {
            assert!(toml::from_str::<LlmSettings>(source).is_err(), "{source}");
        }
    }
}
