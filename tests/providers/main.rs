//! The providers' protocols against a server that speaks them for real, well and badly, and
//! counts the calls.

mod faults;
mod limits;
mod server;
mod shapes;
mod stage;
mod streams;
