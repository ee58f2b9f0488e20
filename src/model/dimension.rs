//! What figures can be grouped or filtered by.

use serde::{Deserialize, Serialize};

use super::kind::ColumnKind;
use super::own::OwnName;

/// A dimension of the sales table: a text column, a calendar unit, or a derived class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dim {
    /// `marca`
    Brand,
    /// `categoria`, also called line or family
    Category,
    /// `subcategoria`
    Subcategory,
    /// `proveedor`
    Supplier,
    /// `ciudad`
    City,
    /// `departamento` (a state of Colombia)
    State,
    /// `AlmacenCodigo`
    Warehouse,
    /// `VendedorFactura`
    Salesperson,
    /// `TercerosNombres`
    Customer,
    /// `ArticulosNombre`
    Product,
    /// `DocumentosCodigo`
    DocType,
    /// `NumeroDocumento`
    Document,
    /// Cash or credit, from `DiasCredito`
    PaymentTerm,
    /// `Iva`, the rate
    VatRate,
    /// `DiasCredito`
    CreditDays,
    /// `Fecha`
    Day,
    /// The week, named by its Monday
    Week,
    /// Year and month
    Month,
    /// Year and quarter
    Quarter,
    /// Year and half
    HalfYear,
    /// Year
    Year,
    /// Day of the week, Monday = 1
    Weekday,
    /// Month of the year whatever the year, January = 1
    MonthOfYear,
    /// A column that the store adds to the model
    Own(OwnName),
}

/// One column of a dimension: expression, alias, kind.
pub type DimColumn<'a> = (&'a str, &'a str, ColumnKind);

impl Dim {
    /// Every dimension that all stores have.
    pub const ALL: [Dim; 23] = [
        Dim::Brand,
        Dim::Category,
        Dim::Subcategory,
        Dim::Supplier,
        Dim::City,
        Dim::State,
        Dim::Warehouse,
        Dim::Salesperson,
        Dim::Customer,
        Dim::Product,
        Dim::DocType,
        Dim::Document,
        Dim::PaymentTerm,
        Dim::VatRate,
        Dim::CreditDays,
        Dim::Day,
        Dim::Week,
        Dim::Month,
        Dim::Quarter,
        Dim::HalfYear,
        Dim::Year,
        Dim::Weekday,
        Dim::MonthOfYear,
    ];

    /// The stable name, as in the lexicon and the message catalogue.
    pub fn name(&self) -> &str {
        match self {
            Dim::Own(own) => own.as_str(),
            Dim::Brand => "brand",
            Dim::Category => "category",
            Dim::Subcategory => "subcategory",
            Dim::Supplier => "supplier",
            Dim::City => "city",
            Dim::State => "state",
            Dim::Warehouse => "warehouse",
            Dim::Salesperson => "salesperson",
            Dim::Customer => "customer",
            Dim::Product => "product",
            Dim::DocType => "doc_type",
            Dim::Document => "document",
            Dim::PaymentTerm => "payment_term",
            Dim::VatRate => "vat_rate",
            Dim::CreditDays => "credit_days",
            Dim::Day => "day",
            Dim::Week => "week",
            Dim::Month => "month",
            Dim::Quarter => "quarter",
            Dim::HalfYear => "half_year",
            Dim::Year => "year",
            Dim::Weekday => "weekday",
            Dim::MonthOfYear => "month_of_year",
        }
    }

    /// The dimension called `name` that all stores have.
    pub fn named(name: &str) -> Option<Dim> {
        Dim::ALL.into_iter().find(|dim| dim.name() == name)
    }

    /// The dimension of all stores whose distinct values stand in `column`.
    pub fn of_column(column: &str) -> Option<Dim> {
        Dim::ALL.into_iter().find(|dim| dim.value_column().is_some_and(|c| c.eq_ignore_ascii_case(column)))
    }

    /// The text column that holds the dimension's values, if it has one, as queries are written.
    pub fn value_column(&self) -> Option<&str> {
        Some(match self {
            Dim::Own(own) => own.placeholder(),
            Dim::Brand => "marca",
            Dim::Category => "categoria",
            Dim::Subcategory => "subcategoria",
            Dim::Supplier => "proveedor",
            Dim::City => "ciudad",
            Dim::State => "departamento",
            Dim::Warehouse => "AlmacenCodigo",
            Dim::Salesperson => "VendedorFactura",
            Dim::Customer => "TercerosNombres",
            Dim::Product => "ArticulosNombre",
            Dim::DocType => "DocumentosCodigo",
            _ => return None,
        })
    }

    /// Whether it is a stretch of the calendar, which orders a series.
    pub fn is_calendar(self) -> bool {
        matches!(
            self,
            Dim::Day
                | Dim::Week
                | Dim::Month
                | Dim::Quarter
                | Dim::HalfYear
                | Dim::Year
                | Dim::Weekday
                | Dim::MonthOfYear
        )
    }

    /// Whether its values are names of people or firms.
    pub fn is_party(self) -> bool {
        matches!(self, Dim::Salesperson | Dim::Customer | Dim::Supplier)
    }

    /// Whether it describes goods.
    pub fn is_goods(self) -> bool {
        matches!(self, Dim::Product | Dim::Brand | Dim::Category | Dim::Subcategory)
    }

    /// The columns that show it: SQL expression, alias, kind.
    pub fn columns(&self) -> Vec<DimColumn<'_>> {
        match self {
            Dim::Own(own) => vec![(own.placeholder(), own.placeholder(), ColumnKind::Text)],
            shared => shared.shared_columns().to_vec(),
        }
    }

    fn shared_columns(&self) -> &'static [DimColumn<'static>] {
        use ColumnKind as K;
        match self {
            Dim::Own(_) => &[],
            Dim::Brand => &[("marca", "marca", K::Text)],
            Dim::Category => &[("categoria", "categoria", K::Text)],
            Dim::Subcategory => &[("subcategoria", "subcategoria", K::Text)],
            Dim::Supplier => &[("proveedor", "proveedor", K::Text)],
            Dim::City => &[("ciudad", "ciudad", K::Text)],
            Dim::State => &[("departamento", "departamento", K::Text)],
            Dim::Warehouse => &[("AlmacenCodigo", "almacen", K::Code)],
            Dim::Salesperson => &[("VendedorFactura", "vendedor", K::Text)],
            Dim::Customer => &[("TercerosNombres", "cliente", K::Text)],
            Dim::Product => &[("ArticulosNombre", "producto", K::Text)],
            Dim::DocType => &[("DocumentosCodigo", "tipo_documento", K::Code)],
            Dim::Document => &[("NumeroDocumento", "documento", K::Code)],
            Dim::PaymentTerm => {
                &[("CASE WHEN DiasCredito > 0 THEN 'credito' ELSE 'contado' END", "forma_pago", K::Text)]
            }
            Dim::VatRate => &[("Iva", "tarifa_iva", K::Percent)],
            Dim::CreditDays => &[("DiasCredito", "plazo_dias", K::Count)],
            Dim::Day => &[("Fecha", "fecha", K::Date)],
            Dim::Week => {
                &[("DATEADD(DAY, -(DATEDIFF(DAY, '1900-01-01', Fecha) % 7), Fecha)", "semana_del", K::Date)]
            }
            Dim::Month => &[("YEAR(Fecha)", "anio", K::Year), ("MONTH(Fecha)", "mes", K::MonthOfYear)],
            Dim::Quarter => {
                &[("YEAR(Fecha)", "anio", K::Year), ("DATEPART(QUARTER, Fecha)", "trimestre", K::Code)]
            }
            Dim::HalfYear => &[
                ("YEAR(Fecha)", "anio", K::Year),
                ("CASE WHEN MONTH(Fecha) <= 6 THEN 1 ELSE 2 END", "semestre", K::Code),
            ],
            Dim::Year => &[("YEAR(Fecha)", "anio", K::Year)],
            Dim::Weekday => &[("DATEDIFF(DAY, '1900-01-01', Fecha) % 7 + 1", "dia_semana", K::Weekday)],
            Dim::MonthOfYear => &[("MONTH(Fecha)", "mes", K::MonthOfYear)],
        }
    }

    /// One SQL expression that is different for each of its members, for counting them.
    pub fn key_expression(&self) -> &str {
        match self {
            Dim::Own(own) => own.placeholder(),
            Dim::Month => "YEAR(Fecha) * 100 + MONTH(Fecha)",
            Dim::Quarter => "YEAR(Fecha) * 10 + DATEPART(QUARTER, Fecha)",
            Dim::HalfYear => "YEAR(Fecha) * 10 + CASE WHEN MONTH(Fecha) <= 6 THEN 1 ELSE 2 END",
            other => other.shared_columns().first().map_or("Fecha", |(expression, _, _)| expression),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_columns_lead_back_to_their_dimension() {
        for dim in Dim::ALL {
            assert_eq!(Dim::named(dim.name()), Some(dim));
            assert!(!dim.columns().is_empty());
            if let Some(column) = dim.value_column() {
                assert_eq!(Dim::of_column(column), Some(dim));
                assert!(crate::model::schema::VALUE_COLUMNS.contains(&column));
            }
        }
    }
}
