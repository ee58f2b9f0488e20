//! The figures a question can ask for, each with its one formula.

use serde::{Deserialize, Serialize};

use super::dimension::Dim;
use super::kind::ColumnKind;

/// A figure computed from invoice lines. A ratio is a ratio of sums, never a mean of ratios.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Σ TotalMasIva
    Sales,
    /// Σ TotalSinIva
    NetSales,
    /// Σ (TotalSinIva − ValorCosto)
    Profit,
    /// 100 · Σ (TotalSinIva − ValorCosto) / Σ TotalSinIva
    MarginPct,
    /// 100 · −Σ TotalMasIva of returns / Σ TotalMasIva of the other documents
    ReturnRate,
    /// Σ Cantidad
    Units,
    /// Σ TotalMasIva / documents
    AvgTicket,
    /// Σ Cantidad / documents
    UnitsPerDocument,
    /// Σ ValorCosto
    Cost,
    /// Σ (TotalMasIva − TotalSinIva)
    Vat,
    /// Σ ValorDescuento
    Discount,
    /// mean of PorDescuento
    AvgDiscountPct,
    /// mean of DiasCredito
    AvgCreditDays,
    /// mean of VentaMasIva
    AvgUnitPrice,
    /// highest VentaMasIva
    MaxUnitPrice,
    /// lowest VentaMasIva
    MinUnitPrice,
    /// earliest Fecha
    FirstDate,
    /// latest Fecha
    LastDate,
    /// number of different members of a dimension
    Distinct(Dim),
}

/// How a metric is computed from lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Formula {
    /// The sum of an expression.
    Sum(&'static str),
    /// The sum of an expression over the lines of returns, or over all others.
    SumOf {
        /// The expression.
        expression: &'static str,
        /// Whether over those of returns.
        returns: bool,
    },
    /// A ratio of two formulas, times 100 if a percentage.
    Ratio {
        /// Above the line.
        over: &'static Formula,
        /// Below the line.
        under: &'static Formula,
        /// Whether it is a percentage.
        percent: bool,
    },
    /// The number of different members of a dimension.
    Distinct(Dim),
    /// An aggregate function over an expression.
    Aggregate(&'static str, &'static str),
}

const SALES: Formula = Formula::Sum("TotalMasIva");
const NET: Formula = Formula::Sum("TotalSinIva");
const PROFIT: Formula = Formula::Sum("TotalSinIva - ValorCosto");
const UNITS: Formula = Formula::Sum("Cantidad");
const RETURNED: Formula = Formula::SumOf { expression: "-TotalMasIva", returns: true };
const BEFORE_RETURNS: Formula = Formula::SumOf { expression: "TotalMasIva", returns: false };
const DOCUMENTS: Formula = Formula::Distinct(Dim::Document);

impl Metric {
    /// Every metric that is not a count of members.
    pub const PLAIN: [Metric; 18] = [
        Metric::Sales,
        Metric::NetSales,
        Metric::Profit,
        Metric::MarginPct,
        Metric::ReturnRate,
        Metric::Units,
        Metric::AvgTicket,
        Metric::UnitsPerDocument,
        Metric::Cost,
        Metric::Vat,
        Metric::Discount,
        Metric::AvgDiscountPct,
        Metric::AvgCreditDays,
        Metric::AvgUnitPrice,
        Metric::MaxUnitPrice,
        Metric::MinUnitPrice,
        Metric::FirstDate,
        Metric::LastDate,
    ];

    /// The stable name, as in the lexicon and the message catalogue.
    pub fn name(self) -> &'static str {
        match self {
            Metric::Sales => "sales",
            Metric::NetSales => "net_sales",
            Metric::Profit => "profit",
            Metric::MarginPct => "margin_pct",
            Metric::ReturnRate => "return_rate",
            Metric::Units => "units",
            Metric::AvgTicket => "avg_ticket",
            Metric::UnitsPerDocument => "units_per_document",
            Metric::Cost => "cost",
            Metric::Vat => "vat",
            Metric::Discount => "discount",
            Metric::AvgDiscountPct => "avg_discount_pct",
            Metric::AvgCreditDays => "avg_credit_days",
            Metric::AvgUnitPrice => "avg_unit_price",
            Metric::MaxUnitPrice => "max_unit_price",
            Metric::MinUnitPrice => "min_unit_price",
            Metric::FirstDate => "first_date",
            Metric::LastDate => "last_date",
            Metric::Distinct(_) => "distinct",
        }
    }

    /// The metric called `name`; `documents` is the count of documents.
    pub fn named(name: &str) -> Option<Metric> {
        if name == "documents" {
            return Some(Metric::Distinct(Dim::Document));
        }
        Metric::PLAIN.into_iter().find(|metric| metric.name() == name)
    }

    /// The column alias in the SQL.
    pub fn alias(self) -> &'static str {
        match self {
            Metric::Sales => "ventas",
            Metric::NetSales => "neto",
            Metric::Profit => "utilidad",
            Metric::MarginPct => "margen",
            Metric::ReturnRate => "tasa_devolucion_pct",
            Metric::Units => "unidades",
            Metric::AvgTicket => "ticket_promedio",
            Metric::UnitsPerDocument => "unidades_por_documento",
            Metric::Cost => "costo",
            Metric::Vat => "iva_cobrado",
            Metric::Discount => "descuentos",
            Metric::AvgDiscountPct => "descuento_promedio_pct",
            Metric::AvgCreditDays => "dias_credito",
            Metric::AvgUnitPrice => "precio_promedio",
            Metric::MaxUnitPrice => "precio_maximo",
            Metric::MinUnitPrice => "precio_minimo",
            Metric::FirstDate => "primera_fecha",
            Metric::LastDate => "ultima_fecha",
            Metric::Distinct(dim) => match dim {
                Dim::Brand => "marcas",
                Dim::Category => "categorias",
                Dim::Subcategory => "subcategorias",
                Dim::Supplier => "proveedores",
                Dim::City => "ciudades",
                Dim::State => "departamentos",
                Dim::Warehouse => "almacenes",
                Dim::Salesperson => "vendedores",
                Dim::Customer => "clientes",
                Dim::Product => "productos",
                Dim::Document => "documentos",
                Dim::Day => "dias",
                Dim::Month => "meses",
                _ => "cuantos",
            },
        }
    }

    /// What its values mean.
    pub fn kind(self) -> ColumnKind {
        match self {
            Metric::Sales
            | Metric::NetSales
            | Metric::Profit
            | Metric::AvgTicket
            | Metric::Cost
            | Metric::Vat
            | Metric::Discount => ColumnKind::Money,
            Metric::AvgUnitPrice | Metric::MaxUnitPrice | Metric::MinUnitPrice => ColumnKind::UnitPrice,
            Metric::MarginPct | Metric::ReturnRate | Metric::AvgDiscountPct => ColumnKind::Percent,
            Metric::Units => ColumnKind::Quantity,
            Metric::UnitsPerDocument | Metric::AvgCreditDays => ColumnKind::Number,
            Metric::FirstDate | Metric::LastDate => ColumnKind::Date,
            Metric::Distinct(_) => ColumnKind::Count,
        }
    }

    /// Whether parts of it add up to the whole, so that shares, running totals and averages make sense.
    pub fn is_additive(self) -> bool {
        matches!(self.formula(), Formula::Sum(_))
    }

    /// Its formula.
    pub fn formula(self) -> Formula {
        match self {
            Metric::Sales => SALES,
            Metric::NetSales => NET,
            Metric::Profit => PROFIT,
            Metric::MarginPct => Formula::Ratio { over: &PROFIT, under: &NET, percent: true },
            Metric::ReturnRate => Formula::Ratio { over: &RETURNED, under: &BEFORE_RETURNS, percent: true },
            Metric::Units => UNITS,
            Metric::AvgTicket => Formula::Ratio { over: &SALES, under: &DOCUMENTS, percent: false },
            Metric::UnitsPerDocument => Formula::Ratio { over: &UNITS, under: &DOCUMENTS, percent: false },
            Metric::Cost => Formula::Sum("ValorCosto"),
            Metric::Vat => Formula::Sum("TotalMasIva - TotalSinIva"),
            Metric::Discount => Formula::Sum("ValorDescuento"),
            Metric::AvgDiscountPct => Formula::Aggregate("AVG", "PorDescuento"),
            Metric::AvgCreditDays => Formula::Aggregate("AVG", "1.0 * DiasCredito"),
            Metric::AvgUnitPrice => Formula::Aggregate("AVG", "VentaMasIva"),
            Metric::MaxUnitPrice => Formula::Aggregate("MAX", "VentaMasIva"),
            Metric::MinUnitPrice => Formula::Aggregate("MIN", "VentaMasIva"),
            Metric::FirstDate => Formula::Aggregate("MIN", "Fecha"),
            Metric::LastDate => Formula::Aggregate("MAX", "Fecha"),
            Metric::Distinct(dim) => Formula::Distinct(dim),
        }
    }
}

impl Formula {
    /// The T-SQL of the formula over all lines, or over those for which `condition` holds.
    /// `negated` turns the sign of sums, for amounts of returns; `returned` is the condition that
    /// lines of returns meet.
    pub fn sql(&self, condition: Option<&str>, negated: bool, returned: &str) -> String {
        match self {
            Formula::Sum(expression) => {
                let sign = if negated { "-" } else { "" };
                match condition {
                    None => format!("{sign}SUM({expression})"),
                    Some(c) => format!("{sign}SUM(CASE WHEN {c} THEN {expression} ELSE 0 END)"),
                }
            }
            Formula::SumOf { expression, returns } => match (condition, returns) {
                (None, true) => format!("SUM(CASE WHEN {returned} THEN {expression} ELSE 0 END)"),
                (None, false) => format!("SUM(CASE WHEN {returned} THEN 0 ELSE {expression} END)"),
                (Some(c), true) => {
                    format!("SUM(CASE WHEN {c} AND {returned} THEN {expression} ELSE 0 END)")
                }
                (Some(c), false) => {
                    format!("SUM(CASE WHEN {returned} THEN 0 WHEN {c} THEN {expression} ELSE 0 END)")
                }
            },
            Formula::Ratio { over, under, percent } => {
                let factor = if *percent { "100.0 * " } else { "" };
                format!(
                    "{factor}{} / NULLIF({}, 0)",
                    over.sql(condition, negated, returned),
                    under.sql(condition, negated, returned)
                )
            }
            Formula::Distinct(dim) => match (dim.key_expression(), condition) {
                (key, None) => format!("COUNT(DISTINCT {key})"),
                (key, Some(c)) => format!("COUNT(DISTINCT CASE WHEN {c} THEN {key} END)"),
            },
            Formula::Aggregate(function, expression) => match condition {
                None => format!("{function}({expression})"),
                Some(c) => format!("{function}(CASE WHEN {c} THEN {expression} END)"),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RETURNED_LINES: &str = "DocumentosCodigo = 'NC'";

    #[test]
    fn ratios_divide_sums_and_never_by_zero() {
        assert_eq!(
            Metric::MarginPct.formula().sql(None, false, RETURNED_LINES),
            "100.0 * SUM(TotalSinIva - ValorCosto) / NULLIF(SUM(TotalSinIva), 0)"
        );
        assert_eq!(
            Metric::AvgTicket.formula().sql(None, false, RETURNED_LINES),
            "SUM(TotalMasIva) / NULLIF(COUNT(DISTINCT NumeroDocumento), 0)"
        );
    }

    #[test]
    fn a_condition_reaches_every_part_of_a_formula() {
        let sql = Metric::AvgTicket.formula().sql(Some("Iva = 5"), false, RETURNED_LINES);
        assert_eq!(sql.matches("CASE WHEN Iva = 5").count(), 2);
    }

    #[test]
    fn the_return_rate_divides_what_came_back_by_what_was_sold_before() {
        let rate = Metric::ReturnRate.formula();
        let back = "CASE WHEN DocumentosCodigo = 'NC' THEN -TotalMasIva ELSE 0 END";
        let sold = "CASE WHEN DocumentosCodigo = 'NC' THEN 0 ELSE TotalMasIva END";
        assert_eq!(
            rate.sql(None, false, RETURNED_LINES),
            format!("100.0 * SUM({back}) / NULLIF(SUM({sold}), 0)")
        );
        assert_eq!(rate.sql(Some("Iva = 5"), false, RETURNED_LINES).matches("Iva = 5").count(), 2);
        assert!(!Metric::ReturnRate.is_additive());
    }

    #[test]
    fn names_lead_back_to_their_metric() {
        for metric in Metric::PLAIN {
            assert_eq!(Metric::named(metric.name()), Some(metric));
        }
    }
}
