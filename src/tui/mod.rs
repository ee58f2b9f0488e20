//! The console: state, `update(event) -> commands`, and drawing as a pure function of state.
//!
//! Enters: session events and keys. Leaves: session commands and cells on the screen.
//! May not touch: engines, models, the guard, files.
