//! Any text made safe to show is one line without a character that could harm, and stays as it is.
#![no_main]

use depotru_fuzz::sanitize::{clip, display_safe, file_stem_safe, multiline_safe, width};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let safe = display_safe(text);
    assert!(safe.as_str().chars().all(|c| !c.is_control() && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')));
    assert_eq!(display_safe(safe.as_str()), safe);
    assert!(multiline_safe(text).iter().all(|line| display_safe(line.as_str()) == *line));
    for cells in [0, 1, 7, 80] {
        assert!(width(clip(&safe, cells).as_str()) <= cells);
    }
    let stem = file_stem_safe(text);
    assert!(!stem.is_empty() && stem.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-')));
});
