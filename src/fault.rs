//! Faults on purpose, so that tests can see what becomes of the terminal.
//!
//! Only builds for development have them: `DEPOTRU_FAULT=draw` panics in the next drawing,
//! `key` at the next key, `run` in the task of the next query.

/// Panics if the environment asks for a fault here.
#[cfg(debug_assertions)]
#[expect(clippy::panic, reason = "a panic is what is tested")]
pub(crate) fn provoke(place: &str) {
    if std::env::var_os("DEPOTRU_FAULT").is_some_and(|wanted| wanted == place) {
        panic!("a fault on purpose: {place}");
    }
}

/// Nothing: a release has no faults on purpose.
#[cfg(not(debug_assertions))]
pub(crate) fn provoke(_place: &str) {}
