//! The SQL Server engine on the wire: a server of our own, a proxy that breaks connections,
//! and a real server where one is given (`DEPOTRU_TEST_SQLSERVER`).
//!
//! Names of tests begin with the row of the fault table they hold, where there is one.

#[path = "../tds/mod.rs"]
mod tds;

mod connect;
mod noise;
mod real;
mod runs;
mod store;
mod types;
