//! What the console remembers between sessions: past questions.
//!
//! Enters: asked questions. Leaves: history. May not touch: the network.
