//! The table's columns as Arrow types.

use std::sync::{Arc, LazyLock};

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use crate::model::schema::{COLUMNS, SqlType};

/// The Arrow type that holds a column of this SQL Server type.
pub(super) fn arrow_type(sql_type: SqlType) -> DataType {
    match sql_type {
        SqlType::Int => DataType::Int32,
        SqlType::Date => DataType::Date32,
        SqlType::Decimal(precision, scale) => DataType::Decimal128(precision, scale),
        SqlType::NVarChar(_) => DataType::Utf8,
    }
}

/// The schema of the Parquet files: the 34 columns in the table's order, every one nullable.
pub fn arrow_schema() -> SchemaRef {
    static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
        let fields: Vec<Field> =
            COLUMNS.iter().map(|c| Field::new(c.name, arrow_type(c.sql_type), true)).collect();
        Arc::new(Schema::new(fields))
    });
    Arc::clone(&SCHEMA)
}

/// The same with further text columns after them.
pub(super) fn arrow_schema_with(further: &[String]) -> SchemaRef {
    if further.is_empty() {
        return arrow_schema();
    }
    let shared = arrow_schema();
    let fields = shared.fields().iter().cloned();
    let further = further.iter().map(|name| Arc::new(Field::new(name, DataType::Utf8, true)));
    Arc::new(Schema::new(fields.chain(further).collect::<Vec<_>>()))
}
