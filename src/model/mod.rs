//! The sales model: what the business means by its words, in one place.
//!
//! Enters: nothing. Leaves: the table's columns and types, the kinds a column of
//! figures can have, metrics, dimensions, document rules. May not touch: anything else.

pub mod dimension;
pub mod documents;
pub mod kind;
pub mod metric;
pub mod own;
pub mod sales;
pub mod schema;
pub mod segments;
pub mod value;
pub mod values;

pub use dimension::Dim;
pub use documents::DocumentRules;
pub use kind::ColumnKind;
pub use metric::Metric;
pub use own::{OwnDimension, OwnName, OwnWords};
pub use sales::SalesModel;
pub use value::Value;
pub use values::ColumnValues;
