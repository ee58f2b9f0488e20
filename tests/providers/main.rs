//! Language models: the protocols against a server that speaks them for real, well and badly,
//! and counts the calls; then the whole program against the same server.

mod console;
mod faults;
mod home;
mod limits;
mod pairs;
mod questions;
mod server;
mod shapes;
mod stage;
mod streams;
#[path = "../support/mod.rs"]
mod support;
