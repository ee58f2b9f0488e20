//! Where the keys of providers come from: asked anew for every call, never kept here.

use std::sync::Arc;

use secrecy::SecretString;

use crate::config::ProviderName;

/// Reads the key of a provider; `None` where none is stored. Its errors are for people.
pub type ReadKey = dyn Fn(ProviderName) -> Result<Option<SecretString>, String> + Send + Sync;

/// A source of keys.
#[derive(Clone)]
pub struct KeySource(Arc<ReadKey>);

impl KeySource {
    /// A source that reads keys with `read`, which may block.
    pub fn new(
        read: impl Fn(ProviderName) -> Result<Option<SecretString>, String> + Send + Sync + 'static,
    ) -> KeySource {
        KeySource(Arc::new(read))
    }

    /// A source without any key.
    pub fn empty() -> KeySource {
        KeySource::new(|_| Ok(None))
    }

    /// The key of a provider.
    ///
    /// # Errors
    /// Why it cannot be read, for people.
    pub fn key(&self, name: ProviderName) -> Result<Option<SecretString>, String> {
        (self.0)(name)
    }
}

impl std::fmt::Debug for KeySource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KeySource")
    }
}
