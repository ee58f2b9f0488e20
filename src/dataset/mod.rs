//! The local data: the demo store made from a seed, and imported files.
//!
//! Enters: a seed, or a CSV or Parquet file. Leaves: Parquet files with the columns of
//! `banco_datos` in the data folder, and facts about them. May not touch: the terminal.
