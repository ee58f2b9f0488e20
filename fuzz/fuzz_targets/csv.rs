//! Any text as a CSV field comes back whole from a reader, with any usual separator, and is no formula.
#![no_main]

use depotru_fuzz::sanitize::{csv_field, csv_safe};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (safe, field) = (csv_safe(text), csv_field(text));
    let first = safe.chars().next();
    assert!(!matches!(first, Some('=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠')));
    for delimiter in [b',', b';', b'\t', b'|'] {
        let line = format!("1{0}{field}{0}2\r\n", delimiter as char);
        let mut reader =
            csv::ReaderBuilder::new().has_headers(false).delimiter(delimiter).from_reader(line.as_bytes());
        let records: Vec<_> = reader.records().map(|record| record.expect("readable")).collect();
        assert_eq!(records.len(), 1);
        assert_eq!(records[0].iter().collect::<Vec<_>>(), ["1", safe.as_str(), "2"]);
    }
});
