//! The arithmetic of a line, exact to the last digit.
//!
//! With the list price without IVA `p` (4 decimals) and the quantity `q` (2 decimals):
//!
//! * discount = round₄(q · p · rate / 100)
//! * total without IVA = round₂(q · p − discount)
//! * total with IVA = round₂(total without IVA · (1 + IVA / 100))
//! * cost = round₂(q · unit cost)
//!
//! `round` is half away from zero. A credit note has a negative quantity, and so negative
//! discount, totals and cost; its unit prices and rates are positive.

/// Ten-thousandths of a peso.
pub(super) type Money4 = i64;
/// Hundredths: of a peso, a unit, or a percent.
pub(super) type Hundredths = i64;

/// What the amounts of a line follow from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Terms {
    pub(super) quantity: Hundredths,
    /// List price with IVA, in pesos.
    pub(super) shelf_price: i64,
    pub(super) unit_cost: Money4,
    pub(super) discount_rate: Hundredths,
    /// IVA in percent.
    pub(super) iva: i64,
}

/// The amounts of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Amounts {
    pub(super) unit_net: Money4,
    pub(super) unit_gross: Money4,
    pub(super) discount: Money4,
    pub(super) net: Hundredths,
    pub(super) gross: Hundredths,
    pub(super) cost: Hundredths,
}

/// A shelf price without its IVA.
pub(super) fn without_iva(shelf_price: i64, iva: i64) -> Money4 {
    round_div(i128::from(shelf_price) * 10_000 * 100, 100 + i128::from(iva))
}

/// The amounts that follow from the terms.
pub(super) fn amounts(terms: &Terms) -> Amounts {
    let unit_net = without_iva(terms.shelf_price, terms.iva);
    // Hundredths × ten-thousandths: millionths of a peso.
    let before_discount = i128::from(terms.quantity) * i128::from(unit_net);
    let discount = round_div(before_discount * i128::from(terms.discount_rate), 10_000 * 100);
    let net = round_div(before_discount - i128::from(discount) * 100, 10_000);
    Amounts {
        unit_net,
        unit_gross: terms.shelf_price * 10_000,
        discount,
        net,
        gross: round_div(i128::from(net) * (100 + i128::from(terms.iva)), 100),
        cost: round_div(i128::from(terms.quantity) * i128::from(terms.unit_cost), 10_000),
    }
}

/// Division rounded half away from zero. The amounts of the demo store are far below the limits.
fn round_div(value: i128, by: i128) -> i64 {
    let half = by / 2;
    let rounded = if value < 0 { (value - half) / by } else { (value + half) / by };
    i64::try_from(rounded).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_follows_the_stated_arithmetic() {
        let terms = Terms {
            quantity: 250,
            shelf_price: 11_900,
            unit_cost: 80_001_250,
            discount_rate: 1_000,
            iva: 19,
        };
        let line = amounts(&terms);
        assert_eq!(line.unit_net, 10_000 * 10_000);
        assert_eq!(line.discount, 2_500 * 10_000, "10% of 2.5 units at 10,000 pesos");
        assert_eq!((line.net, line.gross), (22_500 * 100, 26_775 * 100));
        assert_eq!(line.cost, 2_000_031, "20,000.3125 pesos");
    }

    #[test]
    fn a_return_mirrors_the_sale() {
        let sale =
            Terms { quantity: 333, shelf_price: 7_350, unit_cost: 41_234_567, discount_rate: 525, iva: 5 };
        let back = amounts(&Terms { quantity: -333, ..sale });
        let sold = amounts(&sale);
        assert_eq!((back.net, back.gross, back.cost), (-sold.net, -sold.gross, -sold.cost));
        assert_eq!((back.discount, back.unit_net), (-sold.discount, sold.unit_net));
    }
}
