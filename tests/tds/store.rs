//! The store behind the wire: every query that the guard allows runs on the embedded engine
//! over demo data; what the program asks about the server itself is answered from constants.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, AsArray};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Float64Type, Int64Type, SchemaRef, TimestampMicrosecondType,
};
use arrow::record_batch::RecordBatch;
use chrono::NaiveDate;
use depotru::dataset::{DemoOptions, Manifest, generate};
use depotru::engine::embedded::{EmbeddedEngine, Settings};
use depotru::engine::{Chunk, Engine, EngineError, Limits};
use depotru::guard::{Policy, check};
use depotru::model::schema::{COLUMNS, SqlType};
use futures::{FutureExt, StreamExt};
use tokio_util::sync::CancellationToken;

use super::script::{Step, rows};
use super::types::{Column, Ty, Value, column};
use super::{Answer, Handler, Session};

/// A store with its own demo data.
pub struct Store {
    engine: Arc<EmbeddedEngine>,
    /// Rights that the login has beyond reading, by their position in the program's question.
    pub rights: Vec<usize>,
}

impl Store {
    /// Makes `lines` lines of demo data in a folder, unless there are some.
    pub fn at(dir: &Path, lines: u32, until: NaiveDate) -> Store {
        if Manifest::read(dir).is_err() {
            let options = DemoOptions { rows: lines, seed: 7, until };
            generate(options, dir, &|_| {}, &CancellationToken::new()).expect("demo data");
        }
        let engine = EmbeddedEngine::open(dir, Settings::default()).expect("an engine");
        Store { engine: Arc::new(engine), rights: Vec::new() }
    }
}

impl Handler for Store {
    fn answer(&self, sql: &str, session: &Session) -> Answer {
        if sql.starts_with("SELECT IS_SRVROLEMEMBER") {
            return self.rights(sql);
        }
        if sql.contains("SERVERPROPERTY('ProductVersion')") {
            let texts = [
                "16.0.4135.4",
                "Developer Edition (64-bit)",
                &session.database,
                "Modern_Spanish_CI_AS",
                "READ_WRITE",
            ];
            return one_row(texts.map(|text| (Ty::NVarChar(128), Value::Text(text.to_string()))).into());
        }
        if sql.contains("INFORMATION_SCHEMA.COLUMNS") {
            return table_columns();
        }
        if sql.contains("FROM sys.indexes") {
            let columns = ["name", "type_desc", "name"].map(|name| column(name, Ty::NVarChar(128)));
            let columns = [columns.to_vec(), vec![column("is_included_column", Ty::Bit)]].concat();
            let row = |column: &str, included| {
                let texts = ["ix_fecha", "NONCLUSTERED", column].map(|text| Value::Text(text.to_string()));
                [texts.to_vec(), vec![Value::Bit(included)]].concat()
            };
            return rows(columns, vec![row("Fecha", false), row("TotalMasIva", true)]);
        }
        let Ok(judged) = check(sql, &Policy::default()) else {
            return failed(102, 15, "Sintaxis incorrecta.");
        };
        let limits = Limits { max_rows: usize::MAX, ..Limits::default() };
        let running = self.engine.query(&judged, limits, CancellationToken::new());
        running.map(answered).flatten_stream().boxed()
    }
}

impl Store {
    /// The first rows of the table.
    pub async fn first_rows(&self, count: usize) -> Vec<Vec<Value>> {
        let sql = check(&format!("SELECT TOP {count} * FROM banco_datos"), &Policy::default());
        let sql = sql.expect("an allowed query");
        let mut answer = answered(self.engine.query(&sql, Limits::default(), CancellationToken::new()).await);
        let mut rows = Vec::new();
        while let Some(step) = answer.next().await {
            if let Step::PackedRow(values) = step {
                rows.push(values);
            }
        }
        rows
    }

    /// As many zeros as there are questions, and a one for each right held.
    fn rights(&self, sql: &str) -> Answer {
        let questions =
            sql.matches("_NAME(").count() + sql.matches("MEMBER(").count() - sql.matches("DB_NAME(").count();
        let held = |at| Value::Whole(i64::from(self.rights.contains(&at)));
        one_row((0..questions).map(|at| (Ty::Int, held(at))).collect())
    }
}

fn one_row(cells: Vec<(Ty, Value)>) -> Answer {
    let (types, values): (Vec<Ty>, Vec<Value>) = cells.into_iter().unzip();
    rows(types.into_iter().map(|ty| column("", ty)).collect(), vec![values])
}

fn failed(number: u32, class: u8, words: &'static str) -> Answer {
    futures::stream::iter([Step::Error(number, class, words)]).boxed()
}

fn table_columns() -> Answer {
    let texts = |names: &[&str]| names.iter().map(|name| column(name, Ty::NVarChar(128))).collect::<Vec<_>>();
    let numbers = ["CHARACTER_MAXIMUM_LENGTH", "NUMERIC_PRECISION", "NUMERIC_SCALE", "DATETIME_PRECISION"];
    let numbers = numbers.map(|name| column(name, Ty::Int)).to_vec();
    let columns = [texts(&["COLUMN_NAME", "DATA_TYPE"]), numbers, texts(&["IS_NULLABLE"])].concat();
    let lines = COLUMNS.iter().map(|known| {
        let (name, length, precision, scale) = match known.sql_type {
            SqlType::Int => ("int", None, Some(10), Some(0)),
            SqlType::Date => ("date", None, None, None),
            SqlType::Decimal(precision, scale) => {
                ("decimal", None, Some(precision.into()), Some(scale.into()))
            }
            SqlType::NVarChar(length) => ("nvarchar", Some(length.into()), None, None),
        };
        let text = |text: &str| Value::Text(text.to_string());
        let number = |n: Option<i64>| n.map_or(Value::Null, Value::Whole);
        vec![
            text(known.name),
            text(name),
            number(length),
            number(precision),
            number(scale),
            Value::Null,
            text("YES"),
        ]
    });
    rows(columns, lines.collect())
}

/// The engine's stream as steps of an answer.
fn answered(started: Result<depotru::engine::QueryStream, EngineError>) -> Answer {
    let stream = match started {
        Ok(stream) => stream,
        Err(error) => return refused(&error),
    };
    let columns = wire_columns(&stream.schema);
    let head = futures::stream::iter([Step::Columns(columns)]);
    let body = stream.chunks.flat_map(|chunk| match chunk {
        Ok(Chunk::Rows(batch)) => futures::stream::iter(batch_rows(&batch)).boxed(),
        Ok(_) => futures::stream::empty().boxed(),
        Err(error) => refused(&error),
    });
    head.chain(body).boxed()
}

/// An error of the engine as SQL Server says it.
fn refused(error: &EngineError) -> Answer {
    match error {
        EngineError::UnknownColumn { .. } => failed(207, 16, "El nombre de columna 'otra' no es válido."),
        EngineError::Calculation { detail } if detail.starts_with("8134") => {
            failed(8134, 16, "Error de división entre cero.")
        }
        EngineError::Calculation { detail } if detail.starts_with("8115") => {
            failed(8115, 16, "Error de desbordamiento aritmético.")
        }
        EngineError::Calculation { .. } => failed(245, 16, "Error de conversión."),
        _ => failed(50_000, 16, "El servidor de pruebas no puede con eso."),
    }
}

fn wire_columns(schema: &SchemaRef) -> Vec<Column> {
    let columns = schema.fields().iter().map(|field| {
        let ty = match field.data_type() {
            DataType::Boolean => Ty::Bit,
            DataType::Int64 => Ty::BigInt,
            DataType::Float64 => Ty::Float,
            DataType::Decimal128(precision, scale) => Ty::Decimal(*precision, *scale as u8),
            DataType::Date32 => Ty::Date,
            DataType::Timestamp(..) => Ty::DateTime2(6),
            _ => Ty::NVarChar(4000),
        };
        column(field.name(), ty)
    });
    columns.collect()
}

fn batch_rows(batch: &RecordBatch) -> Vec<Step> {
    let row = |at| batch.columns().iter().map(|array| value(array, at)).collect();
    (0..batch.num_rows()).map(|at| Step::PackedRow(row(at))).collect()
}

fn value(array: &dyn Array, at: usize) -> Value {
    const FROM_YEAR_ONE: i64 = 719_162;
    const DAY: i64 = 86_400_000_000;
    if array.is_null(at) {
        return Value::Null;
    }
    match array.data_type() {
        DataType::Boolean => Value::Bit(array.as_boolean().value(at)),
        DataType::Int64 => Value::Whole(array.as_primitive::<Int64Type>().value(at)),
        DataType::Float64 => Value::Float(array.as_primitive::<Float64Type>().value(at)),
        DataType::Decimal128(..) => Value::Decimal(array.as_primitive::<Decimal128Type>().value(at)),
        DataType::Date32 => {
            Value::Day((i64::from(array.as_primitive::<Date32Type>().value(at)) + FROM_YEAR_ONE) as u32)
        }
        DataType::Timestamp(..) => {
            let micros = array.as_primitive::<TimestampMicrosecondType>().value(at);
            let days = micros.div_euclid(DAY) + FROM_YEAR_ONE;
            Value::Moment2(days as u32, micros.rem_euclid(DAY) as u64)
        }
        DataType::Utf8 => Value::Text(array.as_string::<i32>().value(at).to_string()),
        other => panic!("the engine delivers no {other}"),
    }
}
