//! Engine errors as one sentence: what happened, what was kept, what to do.

use super::{EngineError, Note, sqlserver};
use crate::credentials;
use crate::i18n::{Lang, fill, find, substitute, text};
use crate::sanitize::{SafeText, display_safe};

/// The error as one sentence in the user's language, cleaned for display.
pub fn sentence(error: &EngineError, lang: Lang) -> SafeText {
    let words = match error {
        EngineError::Unsupported { construct } => {
            fill(lang, "engine.unsupported", &[("construct", construct)])
        }
        EngineError::UnknownColumn { name, nearest: Some(nearest) } => {
            fill(lang, "engine.unknown_column_near", &[("name", name), ("nearest", nearest)])
        }
        EngineError::UnknownColumn { name, nearest: None } => {
            fill(lang, "engine.unknown_column", &[("name", name)])
        }
        EngineError::Calculation { detail } => {
            numbered(lang, detail).unwrap_or_else(|| fill(lang, "engine.calculation", &[("detail", detail)]))
        }
        EngineError::Invalid { detail } => {
            numbered(lang, detail).unwrap_or_else(|| fill(lang, "engine.invalid", &[("detail", detail)]))
        }
        EngineError::Timeout => text(lang, "engine.timeout").to_string(),
        EngineError::Cancelled => text(lang, "engine.cancelled").to_string(),
        EngineError::Memory => text(lang, "engine.memory").to_string(),
        EngineError::NoData { detail } => fill(lang, "engine.no_data", &[("detail", detail)]),
        EngineError::NoCopy { profile } => fill(lang, "engine.no_copy", &[("detail", profile)]),
        EngineError::Server(fault) => sqlserver::fault_sentence(fault, lang),
        EngineError::Privileged { rights } => fill(lang, "engine.privileged", &[("detail", rights)]),
        EngineError::Credential(error) => credentials::sentence(error, lang).into_string(),
        EngineError::Internal { .. } => text(lang, "engine.internal").to_string(),
    };
    display_safe(&words)
}

/// Something to know about an answer's rows, as one sentence cleaned for display.
pub fn note(note: &Note, lang: Lang) -> SafeText {
    display_safe(&match note {
        Note::UnknownType { column, type_name } => {
            fill(lang, "engine.note_unknown_type", &[("column", column), ("detail", type_name)])
        }
        Note::Rounded { column } => fill(lang, "engine.note_rounded", &[("column", column)]),
        Note::Cut { column } => fill(lang, "engine.note_cut", &[("column", column)]),
        Note::Memory { mib } => fill(lang, "engine.note_memory", &[("detail", &mib.to_string())]),
    })
}

/// The message of one of SQL Server's error numbers, with which a detail may begin.
fn numbered(lang: Lang, detail: &str) -> Option<String> {
    let (number, words) = detail.split_once(": ")?;
    if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let message = find(lang, &format!("engine.number_{number}"))?;
    Some(substitute(message, &[("number", number), ("detail", words)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_say_what_happened_in_both_languages() {
        let divided = EngineError::Calculation { detail: "8134: divide by zero".into() };
        assert!(sentence(&divided, Lang::Es).as_str().contains("división por cero"));
        assert!(sentence(&divided, Lang::En).as_str().contains("8134"));
        let other = EngineError::Calculation { detail: "9999: words".into() };
        assert!(sentence(&other, Lang::En).as_str().contains("9999: words"));
        let refused = EngineError::Unsupported { construct: "PIVOT".into() };
        assert!(
            sentence(&refused, Lang::Es).as_str().starts_with("PIVOT no está disponible en el motor local")
        );
        let near = EngineError::UnknownColumn { name: "mraca".into(), nearest: Some("marca".into()) };
        assert!(sentence(&near, Lang::Es).as_str().contains("marca"));
    }
}
