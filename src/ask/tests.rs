//! Behaviour of the planner as a whole.

mod fixture;
mod follow_ups;
mod named_like_words;
mod own_dimensions;
mod plans;
mod properties;
mod public;
mod round_trip;
mod store;
