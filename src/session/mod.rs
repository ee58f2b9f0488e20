//! The session: what both front ends speak to.
//!
//! Enters: [`Command`]s. Leaves: [`Event`]s. Owns the planner, the guard's policy, the
//! engine, memory and the audit log, and runs the work as tokio tasks. May not touch: drawing.

mod protocol;

pub use protocol::*;
