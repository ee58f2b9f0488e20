//! What travels between the program and the server, below what tiberius knows of.
//!
//! Enters: bytes of TCP or TLS. Leaves: the stream that tiberius speaks through, the columns
//! of an answer, and what is known of its progress. May not touch: values, the pool.

mod cut;
mod framing;
mod metadata;
pub mod packet;
pub mod prelogin;
mod token;
mod tunnel;
mod types;
mod watch;
mod wrapped;

pub use tunnel::{Below, Tunnel};
pub use types::{TEXT_SIZE, WireColumn, WireType};
pub use watch::Watch;
pub use wrapped::Wrapped;
