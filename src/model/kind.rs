//! What a column's values mean, which decides how they are written for people.

use serde::{Deserialize, Serialize};

/// The meaning of a column's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnKind {
    /// An amount in Colombian pesos, shown without decimals: `$1.234.567`.
    Money,
    /// A price per unit in pesos, which may keep two decimals: `$1.234,50`.
    UnitPrice,
    /// A percentage already multiplied by 100, one decimal: `45,6%`.
    Percent,
    /// A whole number of things: `1.234`.
    Count,
    /// An amount of goods, decimals only when there are any, at most two: `1.234,5`.
    Quantity,
    /// Any other number: `1.234,56`.
    Number,
    /// A calendar day: `30/06/2025`.
    Date,
    /// A month, carried as its first day: `jun 2025`.
    Month,
    /// A month of the year, 1 to 12, shown by name: `enero`.
    MonthOfYear,
    /// A day of the week, 1 (Monday) to 7 (Sunday), shown by name: `lunes`.
    Weekday,
    /// A year, never grouped: `2025`.
    Year,
    /// A code or identifier, never grouped: `01`, `900123456`.
    Code,
    /// Text.
    Text,
}

impl ColumnKind {
    /// The name scripts see in JSON: `money`, `percent`, `count`, `quantity`, `number`, `date` or `text`.
    pub fn json_name(self) -> &'static str {
        match self {
            ColumnKind::Money | ColumnKind::UnitPrice => "money",
            ColumnKind::Percent => "percent",
            ColumnKind::Count => "count",
            ColumnKind::Quantity => "quantity",
            ColumnKind::Number | ColumnKind::Year | ColumnKind::MonthOfYear | ColumnKind::Weekday => "number",
            ColumnKind::Date | ColumnKind::Month => "date",
            ColumnKind::Code | ColumnKind::Text => "text",
        }
    }

    /// Whether values of this kind are figures that can be added up or compared in a chart.
    pub fn is_measure(self) -> bool {
        matches!(
            self,
            ColumnKind::Money
                | ColumnKind::UnitPrice
                | ColumnKind::Percent
                | ColumnKind::Count
                | ColumnKind::Quantity
                | ColumnKind::Number
        )
    }
}
