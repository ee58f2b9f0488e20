//! Secrets: where they come from, where they are kept, and nowhere else.
//!
//! Enters: a [`SecretName`] (`sqlserver:tienda`, `llm:openai`). Leaves: a `SecretString`
//! with the [`Place`] it came from. May not touch: logs, the audit log, the terminal's
//! output, the configuration file. A secret is never an argument and never printed.
//!
//! The first place that has it wins: what was typed in this session, an environment
//! variable, the file that a variable ending in `_FILE` names, the system's keyring, on
//! Linux the kernel's. Over SSH there is usually no keyring; [`Credentials::status`] says
//! why. Who finds none asks the person, and keeps the answer with [`Credentials::remember`].

mod error;
mod file;
mod keyring;
mod name;

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use secrecy::SecretString;

pub use error::{CredentialError, sentence};
pub use file::FileProblem;
pub use keyring::{Keyring, KeyringProblem};
pub use name::{SecretName, SecretNameError, is_plain_name};

use keyring::Guarded;

/// How often a person may try a password before it is left at that: servers lock
/// accounts after some more.
pub const TRIES: usize = 3;

/// The longest secret taken, in bytes.
pub const LONGEST: usize = 16 * 1024;

/// Where a secret is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Typed in this session; gone with it.
    Memory,
    /// An environment variable.
    Variable(String),
    /// The file that a variable names.
    File {
        /// The variable.
        variable: String,
        /// The file.
        path: String,
    },
    /// A keyring.
    Keyring(Keyring),
}

/// A secret and where it was found.
#[derive(Debug, Clone)]
pub struct Found {
    /// The secret.
    pub secret: SecretString,
    /// Where it was.
    pub place: Place,
}

/// What is known of a secret without showing it.
#[derive(Debug)]
pub struct Status {
    /// Where it is, if anywhere; an error where a place that was named cannot be used.
    pub place: Result<Option<Place>, CredentialError>,
    /// The keyrings in the order asked, and why one cannot be used.
    pub keyrings: Vec<(Keyring, Option<KeyringProblem>)>,
    /// The variables that are looked at, the first wins.
    pub variables: Vec<String>,
}

type Environment = Box<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// Access to secrets. Asking may wait for a keyring, two seconds at the most each: not
/// for the thread that draws.
pub struct Credentials {
    environment: Environment,
    keyrings: Vec<Guarded>,
    memory: Mutex<HashMap<SecretName, SecretString>>,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").finish_non_exhaustive()
    }
}

impl Default for Credentials {
    fn default() -> Self {
        Credentials::of_this_user()
    }
}

impl Credentials {
    /// This process's environment and the system's keyrings. Nothing is asked of them yet.
    pub fn of_this_user() -> Credentials {
        Credentials::over(Box::new(|name| std::env::var(name).ok()), keyring::available())
    }

    fn over(environment: Environment, keyrings: Vec<Guarded>) -> Credentials {
        Credentials { environment, keyrings, memory: Mutex::default() }
    }

    /// The secret and where it was found; `None` where nobody has it.
    ///
    /// # Errors
    /// [`CredentialError`] when a place that was named on purpose (a `_FILE` variable)
    /// cannot be used: falling back in silence would hide the mistake. A keyring that
    /// cannot be asked is passed over; [`Credentials::status`] tells of it.
    pub fn find(&self, name: &SecretName) -> Result<Option<Found>, CredentialError> {
        if let Some(secret) = self.held(name) {
            return Ok(Some(Found { secret, place: Place::Memory }));
        }
        if let Some(found) = self.in_environment(name)? {
            return Ok(Some(found));
        }
        for keyring in &self.keyrings {
            match keyring.get(name) {
                Ok(Some(secret)) => {
                    return Ok(Some(Found { secret, place: Place::Keyring(keyring.which()) }));
                }
                Ok(None) => {}
                Err(problem) => tracing::info!("{} cannot be asked: {problem}", keyring.which()),
            }
        }
        Ok(None)
    }

    /// Keeps a secret that was typed, for this session only.
    pub fn remember(&self, name: &SecretName, secret: SecretString) {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        memory.insert(name.clone(), secret);
    }

    /// Forgets a secret that was typed (a password that the server refused).
    pub fn forget(&self, name: &SecretName) {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
    }

    /// Puts a secret into the first keyring that takes it and gives it back when asked.
    ///
    /// # Errors
    /// [`CredentialError::NoKeyring`] with every keyring's reason when none does.
    pub fn store(&self, name: &SecretName, secret: &SecretString) -> Result<Keyring, CredentialError> {
        let mut reasons = Vec::new();
        for keyring in &self.keyrings {
            match keyring.set(name, secret) {
                Ok(()) => return Ok(keyring.which()),
                Err(problem) => reasons.push((keyring.which(), problem)),
            }
        }
        Err(CredentialError::NoKeyring { reasons, variable: name.variable() })
    }

    /// Takes a secret out of every keyring that has it, and out of memory. Where it was.
    ///
    /// # Errors
    /// [`CredentialError::NoKeyring`] when no keyring could be asked.
    pub fn remove(&self, name: &SecretName) -> Result<Vec<Keyring>, CredentialError> {
        self.forget(name);
        let (mut removed, mut reasons) = (Vec::new(), Vec::new());
        for keyring in &self.keyrings {
            match keyring.remove(name) {
                Ok(true) => removed.push(keyring.which()),
                Ok(false) => {}
                Err(problem) => reasons.push((keyring.which(), problem)),
            }
        }
        if removed.is_empty() && reasons.len() == self.keyrings.len() {
            return Err(CredentialError::NoKeyring { reasons, variable: name.variable() });
        }
        Ok(removed)
    }

    /// Where the secret is and which keyrings can be used.
    pub fn status(&self, name: &SecretName) -> Status {
        let keyrings = self.keyrings.iter().map(|keyring| (keyring.which(), keyring.get(name).err()));
        let keyrings = keyrings.collect();
        let place = self.find(name).map(|found| found.map(|found| found.place));
        Status { place, keyrings, variables: name.variables() }
    }

    fn held(&self, name: &SecretName) -> Option<SecretString> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    fn in_environment(&self, name: &SecretName) -> Result<Option<Found>, CredentialError> {
        let set = |variable: &str| (self.environment)(variable).filter(|value| !value.is_empty());
        for variable in name.variables() {
            if let Some(value) = set(&variable) {
                let secret = SecretString::from(value);
                return Ok(Some(Found { secret, place: Place::Variable(variable) }));
            }
        }
        let variable = format!("{}_FILE", name.variable());
        let Some(path) = set(&variable) else { return Ok(None) };
        match file::read(std::path::Path::new(&path)) {
            Ok(secret) => Ok(Some(Found { secret, place: Place::File { variable, path } })),
            Err(problem) => Err(CredentialError::File { variable, path, problem }),
        }
    }
}

#[cfg(test)]
mod tests;
