//! A small table and helpers to ask it.

use std::sync::{Arc, OnceLock};

use arrow::array::{ArrayRef, Date32Array, Decimal128Array, Int32Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use chrono::NaiveDate;
use futures::StreamExt;
use parquet::arrow::ArrowWriter;
use sqlparser::ast::{Query, Statement};
use tokio_util::sync::CancellationToken;

use crate::engine::embedded::{Clock, EmbeddedEngine, Known, Settings};
use crate::engine::{Chunk, DataFacts, EngineError, Limits, Origin};
use crate::model::schema::{COLUMNS, SqlType};

/// Facts nobody asks in these tests.
pub(super) fn known() -> Known {
    Known {
        facts: DataFacts { rows: 0, span: None, origin: Origin::Demo { seed: 1 }, loaded_at: None },
        values: Vec::new(),
    }
}

/// 2025-06-30 14:05:06.789, a Monday.
pub(super) fn settings() -> Settings {
    let at = NaiveDate::from_ymd_opt(2025, 6, 30).and_then(|d| d.and_hms_milli_opt(14, 5, 6, 789)).unwrap();
    Settings { clock: Clock::Fixed(at), threads: 2, ..Settings::default() }
}

/// Lines of the small store: each row's values by column, the others derived from its number.
struct Line {
    day: (i32, u32, u32),
    code: &'static str,
    document: i32,
    customer: &'static str,
    brand: Option<&'static str>,
    category: &'static str,
    city: &'static str,
    quantity: i128,
    net: i128,
    cost: i128,
}

const LINES: [Line; 12] = {
    #[expect(clippy::too_many_arguments, reason = "a line of the table, one value a column")]
    const fn l(
        day: (i32, u32, u32),
        code: &'static str,
        document: i32,
        customer: &'static str,
        brand: Option<&'static str>,
        category: &'static str,
        city: &'static str,
        quantity: i128,
        net: i128,
        cost: i128,
    ) -> Line {
        Line { day, code, document, customer, brand, category, city, quantity, net, cost }
    }
    [
        l((2024, 2, 29), "FV", 1, "ANA RUIZ", Some("PAVCO"), "TUBERIA", "NEIVA", 1000, 10_000_000, 7_000_000),
        l((2024, 2, 29), "FV", 1, "ANA RUIZ", Some("Pavco"), "TUBERIA", "NEIVA", 150, 1_500_050, 1_000_000),
        l(
            (2024, 12, 31),
            "FE",
            2,
            "FERRECENTRO",
            Some("SIKA"),
            "CEMENTO",
            "FLORENCIA",
            200,
            2_000_001,
            1_900_000,
        ),
        l((2025, 1, 1), "FV", 3, "ÑUSTES", Some("SIKA "), "CEMENTO", "NEIVA", 300, 3_000_000, 3_100_000),
        l((2025, 5, 1), "NC", 4, "ANA RUIZ", Some("PAVCO"), "TUBERIA", "NEIVA", -100, -1_000_000, -700_000),
        l((2025, 5, 31), "XY", 5, "ANULADA", Some("ACESCO"), "ZINC", "PALERMO", 900, 99_000_000, 1_000_000),
        l((2025, 6, 2), "FV", 6, "NÚÑEZ", None, "ZINC", "NEIVA", 250, 2_500_033, 2_000_000),
        l(
            (2025, 6, 15),
            "FV",
            7,
            "FERRECENTRO",
            Some("ACESCO"),
            "ZINC",
            "FLORENCIA",
            333,
            3_333_333,
            2_000_000,
        ),
        l((2025, 6, 28), "FE", 8, "Ferrecentro", Some("acesco"), "ZINC", "PALERMO", 100, 700_000, 600_000),
        l((2025, 6, 29), "FV", 9, "ANA RUIZ", Some(""), "VARIOS", "NEIVA", 1, 100, 50),
        l((2025, 6, 30), "FV", 10, "ÑUSTES", Some("CORONA"), "VARIOS", "CAMPOALEGRE", 75, 750_000, 700_000),
        l((2025, 6, 30), "FV", 10, "ÑUSTES", Some("CORONA"), "VARIOS", "CAMPOALEGRE", 75, 750_000, 700_000),
    ]
};

fn column(name: &str, sql_type: SqlType) -> (DataType, ArrayRef) {
    let date = |l: &Line| NaiveDate::from_ymd_opt(l.day.0, l.day.1, l.day.2).unwrap();
    match sql_type {
        SqlType::Int => {
            let value = |(i, l): (usize, &Line)| match name {
                "VentaID" => i as i32 + 1,
                "NumeroDocumento" => l.document,
                "ano" => l.day.0,
                "mes" => l.day.1 as i32,
                "dia" => l.day.2 as i32,
                "DiasCredito" => [0, 30, 60][i % 3],
                _ => i as i32 % 4 + 1,
            };
            let array: Int32Array = LINES.iter().enumerate().map(value).map(Some).collect();
            (DataType::Int32, Arc::new(array))
        }
        SqlType::Date => {
            let array: Date32Array = LINES.iter().map(|l| Some(date(l).to_epoch_days())).collect();
            (DataType::Date32, Arc::new(array))
        }
        SqlType::Decimal(p, s) => {
            let value = |l: &Line| match name {
                "Cantidad" => l.quantity,
                "TotalSinIva" => l.net,
                "TotalMasIva" => l.net * 119 / 100,
                "ValorCosto" => l.cost,
                "Iva" => 1900,
                _ => 12_345,
            };
            let array: Decimal128Array = LINES.iter().map(|l| Some(value(l))).collect();
            (DataType::Decimal128(p, s), Arc::new(array.with_data_type(DataType::Decimal128(p, s))))
        }
        SqlType::NVarChar(_) => {
            let value = |l: &Line| match name {
                "DocumentosCodigo" => Some(l.code),
                "TercerosNombres" => Some(l.customer),
                "marca" => l.brand,
                "categoria" => Some(l.category),
                "ciudad" => Some(l.city),
                "AlmacenCodigo" => Some("01"),
                "TercerosIdentificacion" => Some("900123456"),
                "ArticulosNombre" => Some("TUBO PVC 3/4” x 6m"),
                _ => Some("S/I"),
            };
            let array: StringArray = LINES.iter().map(value).collect();
            (DataType::Utf8, Arc::new(array))
        }
    }
}

/// The whole small table.
pub(super) fn batch() -> RecordBatch {
    let made: Vec<(Field, ArrayRef)> = COLUMNS
        .iter()
        .map(|c| {
            let (data_type, array) = column(c.name, c.sql_type);
            (Field::new(c.name, data_type, true), array)
        })
        .collect();
    let schema = Schema::new(made.iter().map(|m| m.0.clone()).collect::<Vec<_>>());
    RecordBatch::try_new(Arc::new(schema), made.into_iter().map(|m| m.1).collect()).unwrap()
}

/// The engine on the small table, split over two files.
pub(super) fn engine() -> &'static EmbeddedEngine {
    static ENGINE: OnceLock<(tempfile::TempDir, EmbeddedEngine)> = OnceLock::new();
    let made = ENGINE.get_or_init(|| {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("datos con espacio");
        std::fs::create_dir(&folder).unwrap();
        let all = batch();
        for (i, part) in [all.slice(0, 5), all.slice(5, 7)].into_iter().enumerate() {
            let file = std::fs::File::create(folder.join(format!("part-{i}.parquet"))).unwrap();
            let mut writer = ArrowWriter::try_new(file, part.schema(), None).unwrap();
            writer.write(&part).unwrap();
            writer.close().unwrap();
        }
        let engine = EmbeddedEngine::open_files(
            vec![folder.join("part-0.parquet"), folder.join("part-1.parquet")],
            known(),
            settings(),
        )
        .unwrap();
        (dir, engine)
    });
    &made.1
}

/// T-SQL as the parser reads it.
pub(super) fn parsed(sql: &str) -> Query {
    let mut statements =
        sqlparser::parser::Parser::parse_sql(&sqlparser::dialect::MsSqlDialect {}, sql).expect(sql);
    match statements.pop() {
        Some(Statement::Query(query)) => *query,
        other => panic!("{sql}: {other:?}"),
    }
}

/// Runs a query to its end: the names of its columns and its rows as text.
pub(super) fn answer(sql: &str) -> Result<(Vec<String>, Vec<String>), EngineError> {
    answer_of(parsed(sql))
}

pub(super) fn answer_of(query: Query) -> Result<(Vec<String>, Vec<String>), EngineError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        let mut stream = engine().start(query, 100, Limits::default(), CancellationToken::new()).await?;
        let names = stream.schema.fields().iter().map(|f| f.name().clone()).collect();
        let mut rows = Vec::new();
        while let Some(chunk) = stream.chunks.next().await {
            if let Chunk::Rows(batch) = chunk? {
                rows.extend(shown(&batch));
            }
        }
        Ok((names, rows))
    })
}

fn shown(batch: &RecordBatch) -> Vec<String> {
    let options = FormatOptions::default().with_null("NULL");
    let columns: Vec<ArrayFormatter<'_>> =
        batch.columns().iter().map(|c| ArrayFormatter::try_new(c, &options).unwrap()).collect();
    (0..batch.num_rows())
        .map(|row| columns.iter().map(|c| c.value(row).to_string()).collect::<Vec<_>>().join("|"))
        .collect()
}

/// The rows of a query, or its error.
pub(super) fn rows(sql: &str) -> Vec<String> {
    match answer(sql) {
        Ok((_, rows)) => rows,
        Err(error) => vec![format!("{error:?}")],
    }
}
