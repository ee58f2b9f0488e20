//! depotru: a terminal console that answers a hardware store's questions.
//!
//! The tree tells the story of a question on its way to an answer. Every folder
//! is a room with one door, its `mod.rs`, which states what enters, what leaves
//! and what the room may not touch.
//!
//! ```text
//! question ─► ask ─► Plan ─► guard ─► ReadOnlySql ─► (approval) ─► engine ─► Frame ─► chart · insight
//!              ▲                          │                           │         │
//!            model                     session                      audit    format ─► tui | cli
//! ```
#![forbid(unsafe_code)]
#![warn(missing_docs)]
#![cfg_attr(not(test), warn(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::todo))]

pub mod ask;
pub mod audit;
pub mod cache;
pub mod chart;
pub mod cli;
pub mod config;
pub mod credentials;
pub mod dataset;
pub mod engine;
mod fault;
pub mod files;
pub mod format;
pub mod frame;
pub mod guard;
pub mod i18n;
pub mod insight;
pub mod llm;
pub mod log;
pub mod memory;
pub mod model;
pub mod sanitize;
pub mod schema;
pub mod session;
pub mod snapshot;
pub mod tui;
