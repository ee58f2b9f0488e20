//! The columns of `banco_datos`, one row per invoice line, as the SmartBusiness ERP defines them.

/// The name of the sales table.
pub const TABLE: &str = "banco_datos";

/// A column's SQL Server type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SqlType {
    /// `int`
    Int,
    /// `date`
    Date,
    /// `decimal(precision, scale)`
    Decimal(u8, i8),
    /// `nvarchar(length)`
    NVarChar(u16),
}

/// A column of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its name in the ERP.
    pub name: &'static str,
    /// Its type in the ERP.
    pub sql_type: SqlType,
    /// Whether it holds personal data (Ley 1581 de 2012).
    pub personal: bool,
}

const fn column(name: &'static str, sql_type: SqlType) -> Column {
    Column { name, sql_type, personal: false }
}

const fn personal(name: &'static str, sql_type: SqlType) -> Column {
    Column { name, sql_type, personal: true }
}

/// All columns, in the table's order.
pub const COLUMNS: [Column; 34] = [
    column("VentaID", SqlType::Int),
    column("VendedorID", SqlType::Int),
    column("VendedorFactura", SqlType::NVarChar(200)),
    column("DocumentosCodigo", SqlType::NVarChar(10)),
    column("DocumentosNombre", SqlType::NVarChar(100)),
    column("NumeroDocumento", SqlType::Int),
    column("Fecha", SqlType::Date),
    column("ano", SqlType::Int),
    column("mes", SqlType::Int),
    column("dia", SqlType::Int),
    column("periodo", SqlType::Int),
    column("DiasCredito", SqlType::Int),
    column("TercerosID", SqlType::Int),
    personal("TercerosIdentificacion", SqlType::NVarChar(50)),
    personal("TercerosNombres", SqlType::NVarChar(200)),
    column("ArticulosID", SqlType::Int),
    column("ArticulosCodigo", SqlType::NVarChar(50)),
    column("ArticulosNombre", SqlType::NVarChar(200)),
    column("AlmacenCodigo", SqlType::NVarChar(10)),
    column("Cantidad", SqlType::Decimal(18, 2)),
    column("VentaSinIva", SqlType::Decimal(18, 4)),
    column("VentaMasIva", SqlType::Decimal(18, 4)),
    column("TotalSinIva", SqlType::Decimal(18, 2)),
    column("TotalMasIva", SqlType::Decimal(18, 2)),
    column("ValorCosto", SqlType::Decimal(18, 2)),
    column("PorDescuento", SqlType::Decimal(5, 2)),
    column("ValorDescuento", SqlType::Decimal(18, 4)),
    column("Iva", SqlType::Decimal(5, 2)),
    column("marca", SqlType::NVarChar(100)),
    column("proveedor", SqlType::NVarChar(100)),
    column("categoria", SqlType::NVarChar(100)),
    column("subcategoria", SqlType::NVarChar(100)),
    column("departamento", SqlType::NVarChar(100)),
    column("ciudad", SqlType::NVarChar(100)),
];

/// The column called `name`, compared without case.
pub fn column_named(name: &str) -> Option<&'static Column> {
    COLUMNS.iter().find(|c| c.name.eq_ignore_ascii_case(name))
}

/// The columns whose distinct values a question may name, in the table's order.
pub const VALUE_COLUMNS: [&str; 11] = [
    "VendedorFactura",
    "DocumentosCodigo",
    "TercerosNombres",
    "ArticulosNombre",
    "AlmacenCodigo",
    "marca",
    "proveedor",
    "categoria",
    "subcategoria",
    "departamento",
    "ciudad",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_found_without_case_and_value_columns_exist() {
        assert_eq!(column_named("totalmasiva").map(|c| c.sql_type), Some(SqlType::Decimal(18, 2)));
        assert!(VALUE_COLUMNS.iter().all(|name| column_named(name).is_some()));
    }
}
