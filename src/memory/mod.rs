//! What is remembered between sessions: past questions, and pairs of a question and the T-SQL
//! that answers it, verified by a person.
//!
//! Enters: asked questions, approved answers marked right or wrong. Leaves: history; the pair
//! that answers a new question with its days, numbers and values exchanged; similar pairs for
//! a model to learn from. May not touch: the network. Files are readable for their owner only.

mod file;
mod history;
mod pairs;
mod rebind;
mod seeds;
mod similar;
mod verified;

pub use file::{open_private, write_whole};
pub use history::{History, PastQuestion};
pub use pairs::{Origin, Pair, Rejected, new_id};
pub use rebind::{Exchanged, rebind};
pub use seeds::seeds;
pub use similar::Similar;
pub use verified::{Found, MemoryError, Verified, sentence};
