//! Bounds on the rows of sources, and on the values and lengths of their columns.

use std::collections::HashSet;

use sqlparser::ast::{Expr, TableAlias, Value, Values};

use crate::model::schema::{self, SqlType};

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
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Column {
    /// Its name in upper case.
    pub name: String,
    /// The most distinct values it can have, where something is known.
    pub values: Option<u64>,
    /// The most characters of its text; 0 for numbers and dates.
    pub length: u64,
}

/// What is known about the rows of a query or table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shape {
    pub rows: Rows,
    /// Empty where they are not followed.
    pub columns: Vec<Column>,
    /// The longest text of a column that is not followed.
    pub longest: u64,
    /// Sets of columns (by place) of which each holds every combination of values once.
    pub keys: Vec<Vec<usize>>,
    /// Whether a full scan is needed to make the rows, however few they are.
    pub scans: bool,
    /// The rows read to make them, before they are grouped.
    pub read: Rows,
    /// Whether the query's condition ties its sources to the query around it.
    pub linked: bool,
    /// Whether the query names a column of the query around it, without a table in front.
    pub reaches_out: bool,
    /// Whether the query names a column of any query around it.
    pub correlated: bool,
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
        Shape {
            rows,
            columns: Vec::new(),
            longest: 0,
            keys: Vec::new(),
            scans: rows == Rows::Scan,
            read: rows,
            linked: false,
            reaches_out: false,
            correlated: false,
        }
    }

    /// The sales table, with generous bounds for the columns that classify its rows.
    pub(super) fn sales() -> Shape {
        let columns = schema::COLUMNS.iter().map(|column| Column {
            name: column.name.to_uppercase(),
            values: distinct_values(column.name),
            length: match column.sql_type {
                SqlType::NVarChar(length) => u64::from(length),
                SqlType::Int | SqlType::Date | SqlType::Decimal(_, _) => 0,
            },
        });
        Shape { columns: columns.collect(), ..Shape::unknown(Rows::Scan) }
    }

    /// A pivot of this: the same rows under columns that are not followed.
    pub(super) fn pivoted(self, factor: u64) -> Shape {
        let longest = self.columns.iter().map(|column| column.length).fold(self.longest, u64::max);
        Shape { longest, ..Shape::unknown(self.rows.times(factor)) }
    }

    /// The most characters in the column `name` (upper case).
    pub(super) fn length_of(&self, name: &str) -> u64 {
        if self.columns.is_empty() {
            return self.longest;
        }
        let named = self.columns.iter().filter(|column| column.name == name);
        named.map(|column| column.length).max().unwrap_or(0)
    }

    /// What `STRING_SPLIT` gives for one text.
    pub(super) fn split(parts: Rows, length: u64) -> Shape {
        let value = Column { name: "VALUE".to_string(), values: None, length };
        let ordinal = Column { name: "ORDINAL".to_string(), ..Column::default() };
        Shape { columns: vec![value, ordinal], keys: vec![vec![1]], ..Shape::unknown(parts) }
    }

    /// `VALUES`, with what its literals say.
    pub(super) fn values(values: &Values, length: impl Fn(&Expr) -> u64) -> Shape {
        let rows: Vec<&[Expr]> = values.rows.iter().map(|row| row.content.as_slice()).collect();
        let count = u64::try_from(rows.len()).unwrap_or(u64::MAX);
        let width = rows.first().map_or(0, |row| row.len());
        let column = |index: usize| rows.iter().filter_map(move |row| row.get(index));
        let columns = (0..width).map(|index| Column {
            name: String::new(),
            values: Some(count),
            length: column(index).map(&length).max().unwrap_or(0),
        });
        let keys = (0..width).filter(|index| all_differ(column(*index))).map(|index| vec![index]);
        Shape { columns: columns.collect(), keys: keys.collect(), ..Shape::unknown(Rows::AtMost(count)) }
    }

    /// The rows of both, under the names of the first.
    pub(super) fn union(self, other: &Shape) -> Shape {
        let theirs = |index: usize| other.columns.get(index);
        let columns = self.columns.into_iter().enumerate().map(|(index, column)| Column {
            values: column
                .values
                .zip(theirs(index).and_then(|column| column.values))
                .map(|(one, other)| one.saturating_add(other)),
            length: column.length.max(theirs(index).map_or(0, |column| column.length)),
            name: column.name,
        });
        let linked = (self.linked || !self.scans) && (other.linked || !other.scans);
        Shape {
            columns: columns.collect(),
            longest: self.longest.max(other.longest),
            rows: self.rows.plus(other.rows),
            keys: Vec::new(),
            scans: self.scans || other.scans,
            read: self.read.plus(other.read),
            linked,
            reaches_out: self.reaches_out || other.reaches_out,
            correlated: self.correlated || other.correlated,
        }
    }

    /// The same under the column names of an alias, where it gives some.
    pub(super) fn renamed(self, alias: &TableAlias) -> Shape {
        if alias.columns.is_empty() {
            return self;
        }
        let old = self.columns.into_iter().chain(std::iter::repeat(Column::default()));
        let columns = alias
            .columns
            .iter()
            .zip(old)
            .map(|(new, column)| Column { name: new.name.value.to_uppercase(), ..column });
        Shape { columns: columns.collect(), ..self }
    }
}

/// Whether all of these are literals and no two are equal.
fn all_differ<'e>(exprs: impl Iterator<Item = &'e Expr>) -> bool {
    let mut seen = HashSet::new();
    let mut literal = |expr: &Expr| match expr {
        Expr::Value(value) => match &value.value {
            // Numbers may be written in several ways: only plain ones are told apart.
            Value::Number(digits, _) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                seen.insert(digits.trim_start_matches('0').to_string())
            }
            // Texts are compared without case and trailing blanks.
            Value::SingleQuotedString(text) | Value::NationalStringLiteral(text) => {
                seen.insert(format!("'{}", text.trim_end().to_uppercase()))
            }
            _ => false,
        },
        _ => false,
    };
    exprs.into_iter().all(&mut literal)
}

/// The most values that the columns which classify sales can have in a store, generously.
fn distinct_values(column: &str) -> Option<u64> {
    Some(match column {
        "ano" => 30,
        "mes" => 12,
        "dia" => 31,
        "periodo" => 400,
        "Fecha" => 5_000,
        "Iva" | "DocumentosCodigo" | "DocumentosNombre" | "AlmacenCodigo" => 30,
        "departamento" | "DiasCredito" => 50,
        "VendedorID" | "VendedorFactura" => 200,
        "categoria" => 100,
        "subcategoria" | "ciudad" => 400,
        "marca" | "proveedor" => 1_000,
        _ => return None,
    })
}
