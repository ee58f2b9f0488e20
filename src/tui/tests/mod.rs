//! The console as a person meets it: keys and session events in, screens and commands out.

mod approval;
mod connection;
mod hostile;
mod model;
mod offers;
mod question;
mod resize;
mod screens;
mod stage;
mod table;
