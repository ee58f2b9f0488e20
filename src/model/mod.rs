//! The sales model: what the business means by its words, in one place.
//!
//! Enters: nothing. Leaves: the table's columns and types, the kinds a column of
//! figures can have, metrics, dimensions, document rules. May not touch: anything else.

pub mod kind;
pub mod schema;
pub mod value;

pub use kind::ColumnKind;
pub use value::Value;
