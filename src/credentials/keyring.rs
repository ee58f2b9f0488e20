//! The system's keyrings, each asked in a thread of its own and given up on after a while:
//! a locked one may wait for a prompt that nobody sees.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::SecretName;

/// How long a keyring may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// The service under which entries are kept.
const SERVICE: &str = "depotru";

/// A keyring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keyring {
    /// The desktop's or the system's: Secret Service, Keychain, Credential Manager.
    System,
    /// The Linux kernel's: forgets after three days without use or with a restart.
    Kernel,
}

impl fmt::Display for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Keyring::System => "the system's keyring",
            Keyring::Kernel => "the kernel's keyring",
        })
    }
}

/// Why a keyring cannot be used. Details are hostile until cleaned.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyringProblem {
    /// There is none here: no desktop session, no service running.
    #[error("not there: {detail}")]
    NotThere {
        /// The system's words.
        detail: String,
    },
    /// It did not answer in time; it may be locked and waiting for a prompt.
    #[error("no answer")]
    NoAnswer,
    /// It is locked or does not let this process in.
    #[error("denied: {detail}")]
    Denied {
        /// The system's words.
        detail: String,
    },
    /// It took a secret and did not give it back.
    #[error("the secret was not kept")]
    NotKept,
    /// Anything else.
    #[error("{detail}")]
    Other {
        /// The system's words.
        detail: String,
    },
}

/// A store of secrets. Calls may block.
pub(super) trait Store: Send + Sync {
    fn get(&self, name: &str) -> Result<Option<SecretString>, KeyringProblem>;
    fn set(&self, name: &str, secret: &SecretString) -> Result<(), KeyringProblem>;
    fn remove(&self, name: &str) -> Result<bool, KeyringProblem>;
}

/// A store that is given up on when it does not answer.
pub(super) struct Guarded {
    which: Keyring,
    store: Arc<dyn Store>,
    patience: Duration,
    silent: AtomicBool,
}

impl Guarded {
    pub(super) fn new(which: Keyring, store: Arc<dyn Store>, patience: Duration) -> Guarded {
        Guarded { which, store, patience, silent: AtomicBool::new(false) }
    }

    pub(super) fn which(&self) -> Keyring {
        self.which
    }

    pub(super) fn get(&self, name: &SecretName) -> Result<Option<SecretString>, KeyringProblem> {
        let name = name.to_string();
        self.within(move |store| store.get(&name))
    }

    /// Puts a secret in and reads it back: a store that cannot be read is of no use.
    pub(super) fn set(&self, name: &SecretName, secret: &SecretString) -> Result<(), KeyringProblem> {
        let (name, secret) = (name.to_string(), secret.clone());
        self.within(move |store| {
            store.set(&name, &secret)?;
            match store.get(&name)? {
                Some(kept) if kept.expose_secret() == secret.expose_secret() => Ok(()),
                _ => Err(KeyringProblem::NotKept),
            }
        })
    }

    pub(super) fn remove(&self, name: &SecretName) -> Result<bool, KeyringProblem> {
        let name = name.to_string();
        self.within(move |store| store.remove(&name))
    }

    fn within<T: Send + 'static>(
        &self,
        work: impl FnOnce(&dyn Store) -> Result<T, KeyringProblem> + Send + 'static,
    ) -> Result<T, KeyringProblem> {
        if self.silent.load(Ordering::Relaxed) {
            return Err(KeyringProblem::NoAnswer);
        }
        let (answer, answered) = mpsc::sync_channel(1);
        let store = Arc::clone(&self.store);
        let asked = thread::Builder::new().name("keyring".into()).spawn(move || {
            // Whoever asked may have given up.
            let _ = answer.send(work(store.as_ref()));
        });
        asked.map_err(|error| KeyringProblem::Other { detail: error.to_string() })?;
        answered.recv_timeout(self.patience).unwrap_or_else(|_| {
            // It is not asked again: each time would cost the whole wait.
            self.silent.store(true, Ordering::Relaxed);
            Err(KeyringProblem::NoAnswer)
        })
    }
}

/// The keyrings of this system, in the order they are asked.
pub(super) fn available() -> Vec<Guarded> {
    let mut all = vec![Guarded::new(Keyring::System, Arc::new(System), PATIENCE)];
    #[cfg(target_os = "linux")]
    all.push(Guarded::new(Keyring::Kernel, Arc::new(kernel::Kernel), PATIENCE));
    all
}

struct System;

impl System {
    fn entry(name: &str) -> Result<keyring::Entry, KeyringProblem> {
        if let Err(error) = keyring::Entry::store_status() {
            return Err(KeyringProblem::NotThere { detail: error.to_string() });
        }
        keyring::Entry::new(SERVICE, name).map_err(problem)
    }
}

impl Store for System {
    fn get(&self, name: &str) -> Result<Option<SecretString>, KeyringProblem> {
        got(System::entry(name)?.get_password())
    }

    fn set(&self, name: &str, secret: &SecretString) -> Result<(), KeyringProblem> {
        System::entry(name)?.set_password(secret.expose_secret()).map_err(problem)
    }

    fn remove(&self, name: &str) -> Result<bool, KeyringProblem> {
        removed(System::entry(name)?.delete_credential())
    }
}

#[cfg(target_os = "linux")]
mod kernel {
    use keyring_core::Entry;
    use keyring_core::api::CredentialStoreApi;

    use super::*;

    pub(super) struct Kernel;

    impl Kernel {
        fn entry(name: &str) -> Result<Entry, KeyringProblem> {
            linux_keyutils_keyring_store::Store::new()
                .and_then(|store| store.build(SERVICE, name, None))
                .map_err(problem)
        }
    }

    impl Store for Kernel {
        fn get(&self, name: &str) -> Result<Option<SecretString>, KeyringProblem> {
            got(Kernel::entry(name)?.get_password())
        }

        fn set(&self, name: &str, secret: &SecretString) -> Result<(), KeyringProblem> {
            Kernel::entry(name)?.set_password(secret.expose_secret()).map_err(problem)
        }

        fn remove(&self, name: &str) -> Result<bool, KeyringProblem> {
            removed(Kernel::entry(name)?.delete_credential())
        }
    }
}

fn got(result: keyring::Result<String>) -> Result<Option<SecretString>, KeyringProblem> {
    match result {
        Ok(secret) => Ok(Some(SecretString::from(secret))),
        Err(keyring::Error::NoEntry) => Ok(None),
        Err(error) => Err(problem(error)),
    }
}

fn removed(result: keyring::Result<()>) -> Result<bool, KeyringProblem> {
    match result {
        Ok(()) => Ok(true),
        Err(keyring::Error::NoEntry) => Ok(false),
        Err(error) => Err(problem(error)),
    }
}

/// What went wrong, without anything that was stored: some errors carry the bytes found.
fn problem(error: keyring::Error) -> KeyringProblem {
    match error {
        keyring::Error::NoStorageAccess(why) => KeyringProblem::Denied { detail: why.to_string() },
        keyring::Error::PlatformFailure(why) => KeyringProblem::Other { detail: why.to_string() },
        keyring::Error::NoDefaultStore => KeyringProblem::NotThere { detail: String::new() },
        keyring::Error::NotSupportedByStore(why) => KeyringProblem::Other { detail: why },
        keyring::Error::TooLong(_, most) => KeyringProblem::Other { detail: format!("> {most}") },
        _ => KeyringProblem::Other { detail: String::new() },
    }
}
