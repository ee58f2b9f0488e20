//! What the settings' own rules say when they are broken, in the user's language.
//!
//! A deserialiser can only hand over a text, so a broken rule travels as `@key value`
//! until [`words`] turns it into a sentence.

use std::fmt::Display;

use crate::i18n::{Lang, find, substitute};

/// A broken rule as a deserialiser's error.
pub(super) fn broken(key: &str, value: impl Display) -> String {
    format!("@{key} {value}")
}

/// The rule's words, or the text as it is where it is no rule of ours.
pub(super) fn words(detail: &str, lang: Lang) -> String {
    let rule = detail.strip_prefix('@').and_then(|rest| rest.split_once(' '));
    let message = rule.and_then(|(key, value)| Some((find(lang, &format!("config.rule.{key}"))?, value)));
    message.map_or_else(|| detail.to_string(), |(message, value)| substitute(message, &[("value", value)]))
}
