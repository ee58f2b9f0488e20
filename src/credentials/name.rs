//! What a secret is called, and the variables that may hold it.

use std::fmt;
use std::str::FromStr;

/// A secret's name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SecretName {
    /// `sqlserver:<profile>`: the password of a profile's login.
    SqlServer(String),
    /// `llm:<provider>`: the key of a language model's provider.
    Llm(String),
}

/// A text that names no secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("sqlserver:<profile> | llm:<provider>")]
pub struct SecretNameError;

/// Whether a name of a profile or provider is made of small letters, digits, `-` and `_`,
/// begins with a letter and is at most 40 characters long: it becomes part of names of
/// variables, files and keyring entries.
pub fn is_plain_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    name.len() <= 40
        && bytes.next().is_some_and(|b| b.is_ascii_lowercase())
        && bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_'))
}

impl SecretName {
    /// The program's own variable for it: `DEPOTRU_PASSWORD_TIENDA`, `DEPOTRU_KEY_OPENAI`.
    pub fn variable(&self) -> String {
        let (prefix, of) = match self {
            SecretName::SqlServer(profile) => ("DEPOTRU_PASSWORD", profile),
            SecretName::Llm(provider) => ("DEPOTRU_KEY", provider),
        };
        format!("{prefix}_{}", of.to_ascii_uppercase().replace('-', "_"))
    }

    /// All variables that may hold it: the program's own, then the provider's customary one.
    pub fn variables(&self) -> Vec<String> {
        let customary = match self {
            SecretName::SqlServer(_) => None,
            SecretName::Llm(provider) => match provider.as_str() {
                "grok" | "xai" => Some("XAI_API_KEY"),
                "openai" => Some("OPENAI_API_KEY"),
                "anthropic" | "claude" => Some("ANTHROPIC_API_KEY"),
                _ => None,
            },
        };
        std::iter::once(self.variable()).chain(customary.map(str::to_string)).collect()
    }
}

impl fmt::Display for SecretName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SecretName::SqlServer(profile) => write!(f, "sqlserver:{profile}"),
            SecretName::Llm(provider) => write!(f, "llm:{provider}"),
        }
    }
}

impl FromStr for SecretName {
    type Err = SecretNameError;

    /// Reads a name; one without a kind is a profile's.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (kind, of) = text.split_once(':').unwrap_or(("sqlserver", text));
        match kind {
            _ if !is_plain_name(of) => Err(SecretNameError),
            "sqlserver" => Ok(SecretName::SqlServer(of.to_string())),
            "llm" => Ok(SecretName::Llm(of.to_string())),
            _ => Err(SecretNameError),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_and_written_alike() {
        for text in ["sqlserver:tienda", "llm:openai", "sqlserver:tienda-2_b"] {
            assert_eq!(text.parse::<SecretName>().map(|name| name.to_string()), Ok(text.to_string()));
        }
        assert_eq!("tienda".parse(), Ok(SecretName::SqlServer("tienda".into())));
        for text in ["", ":", "llm:", "llm:Ñ", "other:x", "sqlserver:A", "llm:a b", "llm:../x", "a:b:c"] {
            assert_eq!(text.parse::<SecretName>(), Err(SecretNameError), "{text}");
        }
        assert!(!is_plain_name(&"a".repeat(41)));
    }

    #[test]
    fn variables_are_our_own_first() {
        assert_eq!(SecretName::SqlServer("mi-tienda".into()).variables(), ["DEPOTRU_PASSWORD_MI_TIENDA"]);
        assert_eq!(SecretName::Llm("grok".into()).variables(), ["DEPOTRU_KEY_GROK", "XAI_API_KEY"]);
    }
}
