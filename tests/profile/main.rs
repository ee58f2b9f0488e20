//! A profile's server end to end: the real binary against a server of TDS of our own.

#![cfg(unix)]

#[path = "../support/mod.rs"]
mod support;
#[path = "../tds/mod.rs"]
mod tds;

mod command_line;
mod console;
mod copy;
mod hostile;
mod shop;
mod strange;
