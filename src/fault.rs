//! Faults on purpose, so that tests can see what becomes of the terminal.
//!
//! Only builds for development have them: `DEPOTRU_FAULT=draw` panics in the next drawing,
//! `twice` does so again while that panic is under way, `key` panics at the next key, `run` in
//! the task of the next query.

/// Panics if the environment asks for a fault here.
#[cfg(debug_assertions)]
#[expect(clippy::panic, reason = "a panic is what is tested")]
pub(crate) fn provoke(place: &str) {
    let wanted = std::env::var("DEPOTRU_FAULT").unwrap_or_default();
    let twice = wanted == "twice" && place == "draw";
    let _again = twice.then(|| Again);
    if twice || wanted == place {
        panic!("a fault on purpose: {place}");
    }
}

/// Panics when dropped.
#[cfg(debug_assertions)]
struct Again;

#[cfg(debug_assertions)]
impl Drop for Again {
    #[expect(clippy::panic, reason = "a panic within a panic is what is tested")]
    fn drop(&mut self) {
        panic!("a fault on purpose, again");
    }
}

/// Nothing: a release has no faults on purpose.
#[cfg(not(debug_assertions))]
pub(crate) fn provoke(_place: &str) {}
