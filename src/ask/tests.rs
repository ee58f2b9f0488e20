//! Behaviour of the planner as a whole.

mod fixture;
mod follow_ups;
mod plans;
mod properties;
mod public;
mod round_trip;
mod store;
