//! Framing: from bytes as they happen to come to whole lines and events, in bounded memory.

mod lines;
mod sse;

pub use lines::Lines;
pub use sse::Events;

/// The longest line that is read, in bytes; a protocol's longest honest one is a whole answer.
pub const LONGEST_LINE: usize = 128 * 1024;

/// A line or event longer than [`LONGEST_LINE`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooLong;
