//! Behaviour of the planner as a whole.

mod fixture;
mod probe;
mod public;
