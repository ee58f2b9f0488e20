//! The values that a column of the data holds.

/// The distinct values of one text column with their number of lines, most frequent first.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ColumnValues {
    /// The column's name in the model.
    pub column: String,
    /// Value and number of lines.
    pub values: Vec<(String, u64)>,
}
