//! A password while it is typed: never shown, wiped when it leaves.

use std::fmt;
use std::time::{Duration, Instant};

use secrecy::{SecretString, zeroize::Zeroize};

/// The longest password taken, in characters.
const MAX: usize = 256;

/// How long the keyboard must be quiet before the box takes keys: what was typed ahead,
/// half a question perhaps, must not be sent as a password.
const QUIET: Duration = Duration::from_millis(300);

/// A password being typed.
#[derive(Default)]
pub(crate) struct PasswordBox {
    typed: String,
    quiet_until: Option<Instant>,
}

impl fmt::Debug for PasswordBox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordBox")
    }
}

impl PasswordBox {
    /// It comes to the front, empty.
    pub(crate) fn appear(&mut self, now: Instant) {
        self.clear();
        self.quiet_until = Some(now + QUIET);
    }

    /// Whether a key counts. One that does not lengthens the quiet time.
    pub(crate) fn takes_keys(&mut self, now: Instant) -> bool {
        match self.quiet_until {
            Some(until) if now < until => {
                self.quiet_until = Some(now + QUIET);
                false
            }
            _ => true,
        }
    }

    /// Adds what was typed or pasted, without line ends and control characters.
    pub(crate) fn insert(&mut self, text: &str) {
        // Room for all of it beforehand: growing would leave copies behind.
        self.typed.reserve_exact(MAX * 4);
        let room = MAX.saturating_sub(self.typed.chars().count());
        self.typed.extend(text.chars().filter(|c| !c.is_control()).take(room));
    }

    /// Removes the last character.
    pub(crate) fn backspace(&mut self) {
        self.typed.pop();
    }

    /// Wipes it.
    pub(crate) fn clear(&mut self) {
        self.typed.zeroize();
    }

    /// Characters typed so far.
    pub(crate) fn len(&self) -> usize {
        self.typed.chars().count()
    }

    /// The password, without wiping it; `None` where nothing was typed.
    pub(crate) fn secret(&self) -> Option<SecretString> {
        (!self.typed.is_empty()).then(|| SecretString::from(self.typed.as_str()))
    }

    /// The password, which is wiped here.
    pub(crate) fn take(&mut self) -> Option<SecretString> {
        let secret = self.secret();
        self.clear();
        secret
    }
}

impl Drop for PasswordBox {
    fn drop(&mut self) {
        self.clear();
    }
}
