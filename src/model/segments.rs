//! Customer segments over a period, by amount with IVA and number of documents.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// A rule of a preset: a customer belongs to the first rule whose limits it strictly exceeds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentRule {
    /// The segment's stable name.
    pub name: String,
    /// Amount in pesos with IVA that must be exceeded, if any.
    pub amount_over: Option<Decimal>,
    /// Number of documents that must be exceeded, if any.
    pub documents_over: Option<u32>,
}

/// An ordered list of rules and the name of the rest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segments {
    /// The rules, tried in order.
    pub rules: Vec<SegmentRule>,
    /// The segment of customers that no rule takes.
    pub rest: String,
}

impl Default for Segments {
    fn default() -> Self {
        let rule = |name: &str, amount: Option<i64>, documents_over| SegmentRule {
            name: name.to_string(),
            amount_over: amount.map(Decimal::from),
            documents_over,
        };
        Segments {
            rules: vec![
                rule("VIP", Some(500_000), Some(5)),
                rule("ALTO VALOR", Some(200_000), None),
                rule("FRECUENTE", None, Some(10)),
                rule("REGULAR", Some(50_000), None),
            ],
            rest: "OCASIONAL".to_string(),
        }
    }
}

impl Segments {
    /// The segment of a customer who bought for `amount` pesos on `documents` documents.
    pub fn of(&self, amount: Decimal, documents: u32) -> &str {
        let takes = |rule: &&SegmentRule| {
            rule.amount_over.is_none_or(|limit| amount > limit)
                && rule.documents_over.is_none_or(|limit| documents > limit)
        };
        self.rules.iter().find(takes).map_or(self.rest.as_str(), |rule| rule.name.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_tried_in_order_and_limits_are_strict() {
        let segments = Segments::default();
        assert_eq!(segments.of(Decimal::from(60_000), 11), "FRECUENTE");
        assert_eq!(segments.of(Decimal::from(500_000), 6), "ALTO VALOR");
        assert_eq!(segments.of(Decimal::from(500_001), 6), "VIP");
        assert_eq!(segments.of(Decimal::from(50_000), 1), "OCASIONAL");
    }
}
