//! Bounds on the rows and the distinct values of sources.

use crate::model::schema;

/// How many rows a source can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rows {
    /// A bound that follows from the text.
    AtMost(u64),
    /// As many as the table has, or more.
    Scan,
}

impl Rows {
    pub(super) fn at_most(self, most: u64) -> Rows {
        match self {
            Rows::AtMost(rows) => Rows::AtMost(rows.min(most)),
            Rows::Scan => Rows::AtMost(most),
        }
    }

    pub(super) fn times(self, factor: u64) -> Rows {
        match self {
            Rows::AtMost(rows) => Rows::AtMost(rows.saturating_mul(factor)),
            Rows::Scan => Rows::Scan,
        }
    }

    fn plus(self, other: Rows) -> Rows {
        match (self, other) {
            (Rows::AtMost(one), Rows::AtMost(other)) => Rows::AtMost(one.saturating_add(other)),
            _ => Rows::Scan,
        }
    }
}

/// A column of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    /// Its name in upper case.
    pub name: String,
    /// The most distinct values it can have, where something is known.
    pub values: Option<u64>,
}

/// What is known about the rows of a query or table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shape {
    pub rows: Rows,
    /// Empty where they are not followed.
    pub columns: Vec<Column>,
    /// Whether a full scan is needed to make the rows, however few they are.
    pub scans: bool,
    /// Whether the query's condition ties its sources to the query around it.
    pub linked: bool,
}

/// A source of a query under the name by which its columns are called.
#[derive(Debug, Clone)]
pub(super) struct Source {
    /// In upper case.
    pub name: Option<String>,
    pub shape: Shape,
}

impl Shape {
    /// A source whose columns are not followed.
    pub(super) fn unknown(rows: Rows) -> Shape {
        Shape { rows, columns: Vec::new(), scans: rows == Rows::Scan, linked: false }
    }

    /// The sales table, with generous bounds for the columns that classify its rows.
    pub(super) fn sales() -> Shape {
        let columns = schema::COLUMNS
            .iter()
            .map(|column| Column { name: column.name.to_uppercase(), values: distinct_values(column.name) });
        Shape { columns: columns.collect(), ..Shape::unknown(Rows::Scan) }
    }

    /// What `STRING_SPLIT` gives for one text.
    pub(super) fn split() -> Shape {
        let columns = ["VALUE", "ORDINAL"].map(|name| Column { name: name.to_string(), values: None });
        Shape { columns: columns.to_vec(), ..Shape::unknown(Rows::AtMost(100)) }
    }

    /// `VALUES` with so many rows and columns.
    pub(super) fn values(rows: usize, columns: usize) -> Shape {
        let rows = u64::try_from(rows).unwrap_or(u64::MAX);
        let column = Column { name: String::new(), values: Some(rows) };
        Shape { columns: vec![column; columns], ..Shape::unknown(Rows::AtMost(rows)) }
    }

    /// The rows of both, under the names of the first.
    pub(super) fn union(self, other: &Shape) -> Shape {
        let values = |index: usize| other.columns.get(index).and_then(|column| column.values);
        let columns = self.columns.into_iter().enumerate().map(|(index, column)| {
            let sum = column.values.zip(values(index)).map(|(one, other)| one.saturating_add(other));
            Column { name: column.name, values: sum }
        });
        let linked = (self.linked || !self.scans) && (other.linked || !other.scans);
        Shape {
            columns: columns.collect(),
            rows: self.rows.plus(other.rows),
            scans: self.scans || other.scans,
            linked,
        }
    }
}

/// The most values that the columns which classify sales can have in a store, generously.
fn distinct_values(column: &str) -> Option<u64> {
    Some(match column {
        "ano" => 30,
        "mes" => 12,
        "dia" => 31,
        "periodo" => 400,
        "Iva" | "DocumentosCodigo" | "DocumentosNombre" | "AlmacenCodigo" => 30,
        "departamento" | "DiasCredito" => 50,
        "VendedorID" | "VendedorFactura" => 200,
        "categoria" => 100,
        "subcategoria" | "ciudad" => 400,
        "marca" | "proveedor" => 1_000,
        _ => return None,
    })
}
