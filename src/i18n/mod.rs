//! The message catalogues: every sentence a person reads, in Spanish and English.
//!
//! Enters: a [`Lang`] and a key. Leaves: text. May not touch: anything else.
//!
//! The catalogues are TOML files in `assets/i18n/<lang>/<room>.toml`, compiled in.
//! A key is `<room>.<name>` (nested tables join with dots); `{name}` marks a
//! placeholder. Tests hold both languages to the same keys and placeholders, and
//! every key named in the source to an entry.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

/// A language of the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// Spanish as spoken in Colombia, the default.
    #[default]
    Es,
    /// English.
    En,
}

impl Lang {
    /// Every language, Spanish first.
    pub const ALL: [Lang; 2] = [Lang::Es, Lang::En];

    /// The ISO 639-1 code.
    pub fn code(self) -> &'static str {
        match self {
            Lang::Es => "es",
            Lang::En => "en",
        }
    }

    /// The other language.
    pub fn other(self) -> Lang {
        match self {
            Lang::Es => Lang::En,
            Lang::En => Lang::Es,
        }
    }

    /// The language of the locale in force, or Spanish.
    pub fn from_locale() -> Lang {
        match sys_locale::get_locale() {
            Some(tag) if tag.to_ascii_lowercase().starts_with("en") => Lang::En,
            _ => Lang::Es,
        }
    }
}

impl fmt::Display for Lang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Lang {
    type Err = UnknownLang;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.to_ascii_lowercase().as_str() {
            "es" => Ok(Lang::Es),
            "en" => Ok(Lang::En),
            _ => Err(UnknownLang),
        }
    }
}

/// A language code that has no catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("es | en")]
pub struct UnknownLang;

macro_rules! catalogue_files {
    ($($room:literal),* $(,)?) => {
        /// The catalogue files: room, Spanish text, English text.
        const FILES: &[(&str, &str, &str)] = &[$((
            $room,
            include_str!(concat!("../../assets/i18n/es/", $room, ".toml")),
            include_str!(concat!("../../assets/i18n/en/", $room, ".toml")),
        )),*];
    };
}

catalogue_files![
    "ask",
    "chart",
    "cli",
    "config",
    "credentials",
    "dataset",
    "engine",
    "format",
    "frame",
    "guard",
    "insight",
    "llm",
    "memory",
    "schema",
    "session",
    "snapshot",
    "tui",
];

type Messages = HashMap<String, String>;

fn catalogue(lang: Lang) -> &'static Messages {
    static CATALOGUES: [OnceLock<Messages>; 2] = [OnceLock::new(), OnceLock::new()];
    let slot = match lang {
        Lang::Es => &CATALOGUES[0],
        Lang::En => &CATALOGUES[1],
    };
    slot.get_or_init(|| {
        let mut messages = Messages::new();
        for (room, es, en) in FILES {
            let source = match lang {
                Lang::Es => es,
                Lang::En => en,
            };
            // A broken catalogue is caught by the tests; at run time its keys show as themselves.
            if let Ok(table) = source.parse::<toml::Table>() {
                flatten(room, &table, &mut messages);
            }
        }
        messages
    })
}

fn flatten(prefix: &str, table: &toml::Table, into: &mut Messages) {
    for (key, value) in table {
        let path = format!("{prefix}.{key}");
        match value {
            toml::Value::String(text) => {
                into.insert(path, text.clone());
            }
            toml::Value::Table(inner) => flatten(&path, inner, into),
            _ => {}
        }
    }
}

/// The message under `key`, or the key itself where the catalogue lacks it.
pub fn text(lang: Lang, key: &'static str) -> &'static str {
    find(lang, key).unwrap_or(key)
}

/// The message under a key made at run time (a rule's name, say), if there is one.
pub fn find(lang: Lang, key: &str) -> Option<&'static str> {
    catalogue(lang).get(key).map(String::as_str)
}

/// The message under `key` with its `{name}` placeholders replaced, in one pass:
/// braces inside a value are never read as placeholders.
pub fn fill(lang: Lang, key: &'static str, values: &[(&str, &str)]) -> String {
    substitute(text(lang, key), values)
}

/// Replaces the `{name}` placeholders of a message; unknown ones stay as they are.
pub fn substitute(message: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(message.len() + 32);
    let mut rest = message;
    while let Some(open) = rest.find('{') {
        out.push_str(&rest[..open]);
        let tail = &rest[open..];
        let named = tail.find('}').and_then(|close| {
            values.iter().find(|(name, _)| *name == &tail[1..close]).map(|(_, v)| (close, *v))
        });
        match named {
            Some((close, value)) => {
                out.push_str(value);
                rest = &tail[close + 1..];
            }
            None => {
                out.push('{');
                rest = &tail[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

/// A counted message: `<key>.one` for exactly one, `<key>.other` for the rest, with
/// `{n}` replaced by `shown` (the number as people write it) beside the other values.
pub fn plural(lang: Lang, key: &str, n: u64, shown: &str, values: &[(&str, &str)]) -> String {
    let form = if n == 1 { "one" } else { "other" };
    let path = format!("{key}.{form}");
    let message = find(lang, &path).unwrap_or(shown);
    let mut all = vec![("n", shown)];
    all.extend_from_slice(values);
    substitute(message, &all)
}

#[cfg(test)]
mod tests;
