//! Settings and the folders they live in.
//!
//! Enters: files, environment. Leaves: validated settings. May not touch: logs.
