//! Any text read as a number, any bits written as one.
#![no_main]

use depotru_fuzz::format::{Digits, parse_number, value};
use depotru_fuzz::i18n::Lang;
use depotru_fuzz::model::{ColumnKind, Value};
use libfuzzer_sys::fuzz_target;

const KINDS: [ColumnKind; 4] =
    [ColumnKind::Money, ColumnKind::Percent, ColumnKind::Quantity, ColumnKind::Number];

fuzz_target!(|input: (&str, i128, i8, f64, i64)| {
    let (text, unscaled, scale, float, whole) = input;
    let digits = Digits::parse(text);
    if let Some(digits) = &digits {
        assert_eq!(Digits::parse(&digits.plain()).map(|again| again.plain()), Some(digits.plain()));
    }
    for lang in Lang::ALL {
        if let Ok(number) = parse_number(text, lang) {
            assert_eq!(parse_number(&number.to_string(), Lang::En), Ok(number));
        }
        for kind in KINDS {
            for number in [
                Value::Decimal { unscaled, scale },
                Value::Float(float),
                Value::Int(whole),
                Value::Text(text),
            ] {
                let _ = value(&number, kind, lang);
            }
        }
    }
});
