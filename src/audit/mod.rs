//! The audit log: a hash-chained JSON line for every question, decision and run; never rows.
//!
//! Enters: events. Leaves: an append-only file. May not touch: being skipped.
