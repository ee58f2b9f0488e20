//! What can go wrong with secrets, and how it is told.

use super::{FileProblem, Keyring, KeyringProblem, Place, SecretName};
use crate::i18n::{Lang, fill, text};
use crate::sanitize::{SafeText, display_safe};

/// Why a secret cannot be had or kept. No variant carries a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CredentialError {
    /// The file that a variable names cannot be used.
    #[error("{variable}: {path}: {problem}")]
    File {
        /// The variable.
        variable: String,
        /// The file.
        path: String,
        /// What is wrong with it.
        problem: FileProblem,
    },
    /// Nobody has it and nobody can be asked.
    #[error("there is no secret {name}")]
    Missing {
        /// Its name.
        name: SecretName,
    },
    /// No keyring takes secrets here.
    #[error("no keyring can be used")]
    NoKeyring {
        /// Every keyring's reason.
        reasons: Vec<(Keyring, KeyringProblem)>,
        /// The variable that may hold the secret instead.
        variable: String,
    },
}

/// The error as one sentence with what to do, cleaned for display.
pub fn sentence(error: &CredentialError, lang: Lang) -> SafeText {
    let said = match error {
        CredentialError::File { variable, path, problem } => {
            let said = [("variable", variable.as_str()), ("path", path.as_str())];
            file_sentence(problem, &said, lang)
        }
        CredentialError::Missing { name } => {
            let values = [("name", name.to_string()), ("variable", name.variable())];
            fill(lang, "credentials.missing", &values.each_ref().map(|(key, value)| (*key, value.as_str())))
        }
        CredentialError::NoKeyring { reasons, variable } => {
            let reasons: Vec<String> = reasons
                .iter()
                .map(|(keyring, problem)| format!("{}: {}", keyring.name(lang), problem.words(lang)))
                .collect();
            fill(lang, "credentials.no_keyring", &[("reasons", &reasons.join("; ")), ("variable", variable)])
        }
    };
    display_safe(&said)
}

fn file_sentence(problem: &FileProblem, said: &[(&str, &str)], lang: Lang) -> String {
    let with = |more: (&str, &str), key| {
        let all: Vec<(&str, &str)> = said.iter().copied().chain([more]).collect();
        fill(lang, key, &all)
    };
    match problem {
        FileProblem::Missing => fill(lang, "credentials.file_missing", said),
        FileProblem::Open { mode } => with(("mode", &format!("{mode:04o}")), "credentials.file_open"),
        FileProblem::Foreign { owner } => with(("owner", &owner.to_string()), "credentials.file_foreign"),
        FileProblem::NoSecret => fill(lang, "credentials.file_no_secret", said),
        FileProblem::Unreadable { detail } => with(("detail", detail), "credentials.file_unreadable"),
    }
}

impl Keyring {
    /// Its name for people.
    pub fn name(self, lang: Lang) -> &'static str {
        match self {
            Keyring::System => text(lang, "credentials.keyring_system"),
            Keyring::Kernel => text(lang, "credentials.keyring_kernel"),
        }
    }
}

impl KeyringProblem {
    /// Why it cannot be used, as part of a sentence; hostile until cleaned.
    pub fn words(&self, lang: Lang) -> String {
        match self {
            KeyringProblem::NotThere { .. } => text(lang, "credentials.problem_not_there").to_string(),
            KeyringProblem::NoAnswer => text(lang, "credentials.problem_no_answer").to_string(),
            KeyringProblem::Denied { detail } => {
                fill(lang, "credentials.problem_denied", &[("detail", detail)])
            }
            KeyringProblem::NotKept => text(lang, "credentials.problem_not_kept").to_string(),
            KeyringProblem::Other { detail } => {
                fill(lang, "credentials.problem_other", &[("detail", detail)])
            }
        }
    }
}

impl Place {
    /// Where that is, for people, cleaned for display.
    pub fn words(&self, lang: Lang) -> SafeText {
        display_safe(&match self {
            Place::Memory => text(lang, "credentials.in_memory").to_string(),
            Place::Variable(variable) => fill(lang, "credentials.in_variable", &[("variable", variable)]),
            Place::File { variable, path } => {
                fill(lang, "credentials.in_file", &[("variable", variable), ("path", path)])
            }
            Place::Keyring(keyring) => keyring.name(lang).to_string(),
        })
    }
}
