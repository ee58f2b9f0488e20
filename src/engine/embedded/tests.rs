//! What T-SQL means here, held against what SQL Server documents.

mod correlated;
mod fixture;
mod limits;
mod queries;
mod semantics;
