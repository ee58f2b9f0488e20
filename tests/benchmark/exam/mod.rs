//! The planner's examination: questions with the answers they must get, the store they
//! are asked about, and the marks.

pub mod cases;
pub mod compare;
pub mod report;
pub mod run;
pub mod store;
pub mod table;
