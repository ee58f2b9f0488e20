use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, AsArray, DictionaryArray, Float64Array, Int64Array, RecordBatch, StringArray,
    TimestampMillisecondArray,
};
use arrow::datatypes::{Decimal128Type, Int32Type};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use proptest::prelude::*;

use super::*;
use crate::dataset::column_values;
use crate::dataset::{DemoOptions, generate, sentence};

struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    fn new() -> Desk {
        Desk { folder: tempfile::tempdir().expect("a folder") }
    }

    fn table(&self) -> PathBuf {
        self.folder.path().join("table")
    }

    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, bytes).expect("written");
        path
    }

    fn take(&self, bytes: &[u8], options: ImportOptions) -> Result<ImportReport, DatasetError> {
        let path = self.file("ventas.csv", bytes);
        import(&path, &self.table(), options, &|_| {}, &CancellationToken::new())
    }

    fn read(&self) -> RecordBatch {
        let manifest = Manifest::read(&self.table()).expect("a manifest");
        let file = fs::File::open(&manifest.parquet_files(&self.table())[0]).expect("a part");
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).expect("Parquet").build();
        let batches: Vec<_> = reader.expect("a reader").map(|batch| batch.expect("a batch")).collect();
        arrow::compute::concat_batches(&batches[0].schema(), &batches).expect("one batch")
    }

    fn decimals(&self, name: &str) -> Vec<i128> {
        let batch = self.read();
        batch.column_by_name(name).expect(name).as_primitive::<Decimal128Type>().values().to_vec()
    }

    fn texts(&self, name: &str) -> Vec<String> {
        let batch = self.read();
        let column = batch.column_by_name(name).expect(name).as_string::<i32>();
        column.iter().map(|value| value.unwrap_or("∅").to_string()).collect()
    }

    fn ints(&self, name: &str) -> Vec<i32> {
        let batch = self.read();
        batch.column_by_name(name).expect(name).as_primitive::<Int32Type>().values().to_vec()
    }
}

const HEADER: &str =
    "DocumentosCodigo;NumeroDocumento;Fecha;ArticulosNombre;Cantidad;TotalSinIva;TotalMasIva;marca\n";

fn with_header(lines: &str) -> Vec<u8> {
    format!("{HEADER}{lines}").into_bytes()
}

#[test]
fn a_colombian_export_is_read() {
    let desk = Desk::new();
    let lines =
        "FV;1;30/06/2025;CODO;1,50;$1.234,56;$1.469,13;PAVCO\nNC;2;29/06/2025;TEE;-2;-1.000;-1.190;\n";
    let report = desk.take(&with_header(lines), ImportOptions::default()).expect("taken");
    assert_eq!((report.accepted, report.rejected), (2, 0));
    assert_eq!(report.format, SourceFormat::Csv { delimiter: ';', encoding: "UTF-8" });
    assert_eq!(report.dates, Some(DateOrder::DayFirst));
    assert_eq!(desk.decimals("TotalSinIva"), [123_456, -100_000]);
    assert_eq!(desk.decimals("Cantidad"), [150, -200]);
    assert_eq!(desk.texts("marca"), ["PAVCO", ""]);
    assert_eq!(desk.texts("proveedor"), ["∅", "∅"]);
    assert_eq!((desk.ints("VentaID"), desk.ints("periodo")), (vec![1, 2], vec![20256, 20256]));
    assert!(report.missing.contains(&"proveedor") && report.derived.contains(&"periodo"));
    let manifest = report.manifest.expect("a manifest");
    assert_eq!(manifest.source, Source::Import { file: "ventas.csv".into() });
}

#[test]
fn further_columns_that_are_wanted_are_kept_as_texts() {
    let desk = Desk::new();
    let header = HEADER.trim_end();
    let file = format!(
        "Canal de Venta;{header};Otra\nMOSTRADOR ;FV;1;30/06/2025;CODO;1;10;11;PAVCO;x\n;FV;2;30/06/2025;TEE;1;10;11;;y\n"
    );
    let further = vec!["canal de venta".to_string(), "Zona".to_string()];
    let wanted = ImportOptions { further, ..ImportOptions::default() };
    let report = desk.take(file.as_bytes(), wanted.clone()).expect("taken");
    assert_eq!(report.ignored, ["Otra"]);
    assert_eq!(desk.texts("canal de venta"), ["MOSTRADOR", ""]);
    assert_eq!(desk.texts("marca"), ["PAVCO", ""]);
    let manifest = report.manifest.expect("a manifest");
    assert!(manifest.columns.contains(&"canal de venta".to_string()));
    let files = manifest.parquet_files(&desk.table());
    let values = column_values(&files, "canal de venta").expect("read");
    assert_eq!(values.values, [("MOSTRADOR".to_string(), 1)]);
    assert_eq!(column_values(&files, "Zona").expect("read").values, []);
    // The same again from Parquet.
    let parquet = fs::read(&files[0]).expect("a part");
    desk.take(&parquet, wanted).expect("taken");
    assert_eq!(desk.texts("canal de venta"), ["MOSTRADOR", ""]);
}

#[test]
fn commas_tabs_quotes_and_english_numbers_are_read() {
    let desk = Desk::new();
    for delimiter in [",", "\t"] {
        let header = HEADER.replace(';', delimiter).to_uppercase();
        let line = "FV;7;2025-06-30 00:00:00.000;\"TUBO 1/2\"\", PVC\";1;\"1,234.56\";\"1,469.13\";X"
            .replace(';', delimiter);
        desk.take(format!("{header}{line}\n").as_bytes(), ImportOptions::default()).expect("taken");
        assert_eq!(desk.texts("ArticulosNombre"), ["TUBO 1/2\", PVC"]);
        assert_eq!(desk.decimals("TotalMasIva"), [146_913]);
    }
}

#[test]
fn encodings_are_told_apart() {
    let desk = Desk::new();
    let text = format!("{HEADER}FV;1;2025-06-30;UÑA CAFÉ;1;2,5;3;PEÑA\n");
    let latin: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).expect("Latin-1")).collect();
    let utf16: Vec<u8> =
        std::iter::once(0xFEFFu16).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let marked = [b"\xEF\xBB\xBF", text.as_bytes()].concat();
    for (bytes, name) in [(latin, "windows-1252"), (utf16, "UTF-16LE"), (marked, "UTF-8")] {
        let report = desk.take(&bytes, ImportOptions::default()).expect(name);
        assert_eq!(report.format, SourceFormat::Csv { delimiter: ';', encoding: name });
        assert_eq!(desk.texts("ArticulosNombre"), ["UÑA CAFÉ"]);
        assert_eq!(desk.texts("marca"), ["PEÑA"]);
    }
}

#[test]
fn an_ambiguous_thousand_is_decided_by_the_column_or_the_file_or_refused() {
    let desk = Desk::new();
    let alone = with_header("FV;1;2025-06-30;A;1;1.234;1.500;B\n");
    let refused = desk.take(&alone, ImportOptions::default()).expect_err("two readings");
    assert_eq!(
        refused,
        DatasetError::AmbiguousNumbers { column: "TotalSinIva".into(), example: "1.234".into() }
    );
    assert!(sentence(&refused, Lang::Es).as_str().contains("--decimal"));

    let stated = ImportOptions { numbers: Some(NumberFormat::Comma), ..ImportOptions::default() };
    desk.take(&alone, stated).expect("stated");
    assert_eq!(desk.decimals("TotalSinIva"), [123_400]);
    let stated = ImportOptions { numbers: Some(NumberFormat::Point), ..ImportOptions::default() };
    desk.take(&alone, stated).expect("stated");
    assert_eq!(desk.decimals("TotalSinIva"), [123]);

    let with_evidence =
        with_header("FV;1;2025-06-30;A;1;1.234;1.500;B\nFV;1;2025-06-30;A;1;1.234.567;2,5;B\n");
    let report = desk.take(&with_evidence, ImportOptions::default()).expect("decided");
    assert_eq!(desk.decimals("TotalSinIva"), [123_400, 123_456_700]);
    assert!(report.numbers.iter().all(|d| d.format == NumberFormat::Comma && d.own_evidence));
}

#[test]
fn a_rejected_line_keeps_the_old_data_unless_that_is_allowed() {
    let desk = Desk::new();
    desk.take(&with_header("FV;1;2025-06-30;VIEJO;1;2;3;B\n"), ImportOptions::default()).expect("taken");
    let lines = "FV;1;2025-06-30;NUEVO;1;2;3;B\nFV;2;31/02/2025;\"A\nB\";1;2;3;B\nFV;3;2025-06-30;C;x;2;3;B\nFV;4\nFV;;2025-06-30;D;1;2;3;B\n";
    let refused = desk.take(&with_header(lines), ImportOptions::default()).expect_err("rejected");
    let DatasetError::Rejected { report } = &refused else { panic!("{refused:?}") };
    assert_eq!((report.accepted, report.rejected, report.manifest.is_some()), (1, 4, false));
    let found: Vec<_> = report.rejections.iter().map(|r| (r.line, r.column, r.reason.clone())).collect();
    assert_eq!(
        found,
        [
            (3, Some("Fecha"), RejectionReason::NotADate("31/02/2025".into())),
            (5, Some("Cantidad"), RejectionReason::NotANumber("x".into())),
            (6, None, RejectionReason::Fields { found: 2, expected: 8 }),
            (7, Some("NumeroDocumento"), RejectionReason::Missing),
        ]
    );
    assert_eq!(desk.texts("ArticulosNombre"), ["VIEJO"]);
    assert!(sentence(&refused, Lang::En).as_str().contains("line 3, column Fecha"));

    let allowed = ImportOptions { allow_rejected: true, ..ImportOptions::default() };
    let report = desk.take(&with_header(lines), allowed).expect("allowed");
    assert_eq!((report.accepted, report.rejected), (1, 4));
    assert_eq!(desk.texts("ArticulosNombre"), ["NUEVO"]);
}

#[test]
fn values_that_do_not_fit_are_rejected() {
    let desk = Desk::new();
    let long = "X".repeat(201);
    let lines = format!(
        "FV;1.5;2025-06-30;A;1;2;3;B\nFV;1;2025-06-30;{long};1;2;3;B\nFV;1;2025-06-30;A;1;2;{};B\n",
        "9".repeat(17)
    );
    let refused = desk.take(&with_header(&lines), ImportOptions::default()).expect_err("rejected");
    let DatasetError::Rejected { report } = refused else { panic!("{refused:?}") };
    let columns: Vec<_> = report.rejections.iter().filter_map(|r| r.column).collect();
    assert_eq!(columns, ["NumeroDocumento", "ArticulosNombre", "TotalMasIva"]);
}

#[test]
fn files_without_lines_or_columns_are_refused() {
    let desk = Desk::new();
    assert_eq!(desk.take(b"", ImportOptions::default()), Err(DatasetError::Empty));
    assert_eq!(desk.take(HEADER.as_bytes(), ImportOptions::default()), Err(DatasetError::Empty));
    let outcome = desk.take(b"Fecha,Cantidad\n2025-01-01,1\n", ImportOptions::default());
    let Err(DatasetError::MissingColumns { columns }) = outcome else { panic!("{outcome:?}") };
    assert!(columns.contains(&"TotalMasIva".to_string()) && !columns.contains(&"Fecha".to_string()));
    let path = desk.folder.path().join("nowhere.csv");
    let outcome = import(&path, &desk.table(), ImportOptions::default(), &|_| {}, &CancellationToken::new());
    assert!(matches!(outcome, Err(DatasetError::Io { .. })));
}

#[test]
fn a_quote_never_closed_does_not_fill_the_memory() {
    let desk = Desk::new();
    let mut bytes = with_header("FV;1;2025-06-30;\"");
    bytes.resize(bytes.len() + 9 * 1024 * 1024, b'A');
    assert!(matches!(desk.take(&bytes, ImportOptions::default()), Err(DatasetError::Unreadable { .. })));
}

#[test]
fn parquet_of_our_own_comes_back_as_it_was() {
    let desk = Desk::new();
    let made =
        DemoOptions { rows: 1_500, seed: 9, until: NaiveDate::from_ymd_opt(2025, 6, 30).expect("a date") };
    let dir = desk.folder.path().join("demo");
    let manifest = generate(made, &dir, &|_| {}, &CancellationToken::new()).expect("demo data");
    let source = manifest.parquet_files(&dir).remove(0);
    let report = import(&source, &desk.table(), ImportOptions::default(), &|_| {}, &CancellationToken::new());
    let report = report.expect("taken");
    assert_eq!((report.accepted, report.format), (1_500, SourceFormat::Parquet));
    assert_eq!(report.manifest.map(|m| m.columns), Some(manifest.columns.clone()));
    let file = fs::File::open(source).expect("a part");
    let mut before = ParquetRecordBatchReaderBuilder::try_new(file)
        .expect("Parquet")
        .with_batch_size(2_000)
        .build()
        .expect("a reader");
    assert_eq!(desk.read(), before.next().expect("a batch").expect("a batch"));
}

fn parquet_bytes(columns: Vec<(&str, ArrayRef)>) -> Vec<u8> {
    let batch = RecordBatch::try_from_iter(columns).expect("a batch");
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).expect("a writer");
    writer.write(&batch).expect("written");
    writer.close().expect("closed");
    bytes
}

fn foreign_parquet() -> Vec<u8> {
    let product: DictionaryArray<Int32Type> = ["CODO", "TEE", "CODO"].into_iter().collect();
    let noon = 1_751_284_800_000;
    parquet_bytes(vec![
        ("TOTALMASIVA", Arc::new(Float64Array::from(vec![1.005, -2.675, 119.0]))),
        ("totalsiniva", Arc::new(Float64Array::from(vec![0.1 + 0.2, 1e6, 100.0]))),
        ("Cantidad", Arc::new(StringArray::from(vec!["1,5", "2", "3,25"]))),
        ("NumeroDocumento", Arc::new(Int64Array::from(vec![1, 2, 3]))),
        ("DocumentosCodigo", Arc::new(StringArray::from(vec!["FV"; 3]))),
        ("articulosnombre", Arc::new(product)),
        ("AlmacenCodigo", Arc::new(StringArray::from(vec![Some("01"), None, Some("02")]))),
        ("Fecha", Arc::new(TimestampMillisecondArray::from(vec![noon; 3]))),
    ])
}

#[test]
fn foreign_parquet_types_become_the_tables() {
    let desk = Desk::new();
    desk.take(&foreign_parquet(), ImportOptions::default()).expect("taken");
    assert_eq!(
        desk.decimals("TotalMasIva"),
        [101, -268, 11_900],
        "half away from zero, of the decimal meant"
    );
    assert_eq!(desk.decimals("TotalSinIva"), [30, 100_000_000, 10_000]);
    assert_eq!(desk.decimals("Cantidad"), [150, 200, 325]);
    assert_eq!(desk.texts("ArticulosNombre"), ["CODO", "TEE", "CODO"]);
    assert_eq!((desk.ints("dia"), desk.ints("mes")), (vec![30; 3], vec![6; 3]));
}

#[test]
fn a_parquet_type_that_loses_data_is_refused() {
    let desk = Desk::new();
    let mut columns = vec![("Fecha", Arc::new(Int64Array::from(vec![20250630])) as ArrayRef)];
    for name in REQUIRED.iter().filter(|name| **name != "Fecha") {
        columns.push((name, Arc::new(StringArray::from(vec!["1"]))));
    }
    let outcome = desk.take(&parquet_bytes(columns), ImportOptions::default());
    assert_eq!(outcome, Err(DatasetError::ColumnType { column: "Fecha".into(), found: "Int64".into() }));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_bytes_are_refused_or_taken_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let desk = Desk::new();
        let allowed = ImportOptions { allow_rejected: true, ..ImportOptions::default() };
        let _ = desk.take(&bytes, allowed.clone());
        let _ = desk.take(&[HEADER.as_bytes(), &bytes].concat(), allowed);
    }

    #[test]
    fn damaged_parquet_is_refused_or_taken_without_panic(
        at in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<prop::sample::Index>(),
        truncate in any::<bool>(),
    ) {
        let desk = Desk::new();
        let mut bytes = foreign_parquet();
        for (index, byte) in at {
            let index = index.index(bytes.len() - 4) + 4;
            bytes[index] = byte;
        }
        if truncate {
            bytes.truncate(cut.index(bytes.len()));
        }
        let _ = desk.take(&bytes, ImportOptions::default());
    }
}
