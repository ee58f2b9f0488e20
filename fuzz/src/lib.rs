//! The rooms that read hostile text, compiled from the program's own files without the rest
//! of the house, so that a fuzzing build takes minutes.
//!
//! Runs on the stable compiler: `RUSTC_BOOTSTRAP=1 cargo fuzz run -s none guard` in the project's folder.
#![allow(dead_code, unused_imports, reason = "the rooms are whole, the targets use a part")]

#[path = "../../src/ask/mod.rs"]
pub mod ask;
#[path = "../../src/format/mod.rs"]
pub mod format;
#[path = "../../src/guard/mod.rs"]
pub mod guard;
#[path = "../../src/i18n/mod.rs"]
pub mod i18n;
#[path = "../../src/model/mod.rs"]
pub mod model;
#[path = "../../src/sanitize/mod.rs"]
pub mod sanitize;
