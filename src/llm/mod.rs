//! Language models, for what the planner passes: one prompt out, one typed answer back.
//!
//! Enters: a question without what is private in it, the rules of the business model, verified
//! examples; never a row, unless the user consented to a comment on a result. Leaves: the same
//! typed `Intent` that the planner fills, or T-SQL labelled as free; a comment in plain words.
//! May not touch: the terminal, the database, approval. An answer triggers nothing: it is
//! read, judged and shown.
//!
//! ```text
//! question ─► privacy ─► prompt ─► models ─► provider (openai · anthropic · ollama) ─► http
//!                                    │ limits · breaker · retry · price
//!            answer ─► extract ─► filled ─► Intent ─► the planner's compiler ─► the guard
//!                           └────► T-SQL ──────────────────────────────────────► the guard
//! ```

mod anthropic;
pub mod breaker;
pub mod comment;
mod dialect;
pub mod dialogue;
pub mod error;
pub mod extract;
pub mod filled;
mod http;
mod keys;
pub mod limits;
mod lint;
mod models;
mod ollama;
mod openai;
pub mod price;
pub mod privacy;
pub mod prompt;
pub mod provider;
mod queue;
mod reading;
mod reply;
mod retry;
pub mod schema;
mod status;
mod wire;
pub mod words;

pub use error::CallError;

pub use keys::KeySource;
pub use lint::is_aggregated;
pub use models::Models;
pub use provider::{Answer, Provider, ToolCall, Usage};
pub use reading::LONGEST_ANSWER;
pub use reply::{NoReply, Observer, Progress, Received, Reply, Standing};
