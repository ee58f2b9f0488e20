//! Text on its way into files: spreadsheets and file names.

use unicode_normalization::UnicodeNormalization;

use super::clean;

/// Longest file stem, in bytes; leaves room for a date and an extension everywhere.
const STEM_LENGTH: usize = 64;

/// Names that Windows keeps for devices, whatever their extension.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

/// A text cell for CSV: hostile characters shown as marks, and an apostrophe before what a
/// spreadsheet would take for a formula (OWASP, CSV injection). Not yet quoted.
pub fn csv_safe(text: &str) -> String {
    let cleaned = clean(text, usize::MAX);
    if starts_formula(text) || starts_formula(&cleaned) {
        return format!("'{cleaned}");
    }
    cleaned
}

/// A text cell as a field of a CSV file: [`csv_safe`], in quotes where any of the usual
/// separators (`,`, `;`, tab, `|`) could break it apart.
pub fn csv_field(text: &str) -> String {
    let safe = csv_safe(text);
    let breaks = safe.contains([',', ';', '\t', '|', '"', '\'', '\r', '\n']);
    if safe.is_empty() || breaks || safe.starts_with(' ') || safe.ends_with(' ') {
        return format!("\"{}\"", safe.replace('"', "\"\""));
    }
    safe
}

/// Whether a spreadsheet could read the text as a formula; blanks before the sign do not protect.
fn starts_formula(text: &str) -> bool {
    if text.starts_with(['\t', '\r', '\n']) {
        return true;
    }
    let visible = text.trim_start_matches(|c: char| c.is_whitespace() || c.is_control() || c == '·');
    visible.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠', '﹢', '﹣', '﹦', '﹫', '−'])
}

/// A file name's stem made of `a-z`, `0-9`, `_` and `-` only, never empty, never a
/// device name, at most 64 bytes; accents are dropped, anything else becomes `-`.
pub fn file_stem_safe(name: &str) -> String {
    let mut stem = String::with_capacity(STEM_LENGTH);
    for c in name.chars().take(8 * STEM_LENGTH).nfd() {
        if stem.len() >= STEM_LENGTH {
            break;
        }
        match c.to_ascii_lowercase() {
            kept @ ('a'..='z' | '0'..='9' | '_') => stem.push(kept),
            '\u{300}'..='\u{36f}' => {}
            _ if stem.is_empty() || stem.ends_with('-') => {}
            _ => stem.push('-'),
        }
    }
    stem.truncate(stem.trim_end_matches('-').len());
    if stem.is_empty() {
        return "depotru".to_owned();
    }
    if is_device(&stem) {
        stem.push('_');
    }
    stem
}

fn is_device(stem: &str) -> bool {
    let numbered = ["com", "lpt"].iter().filter_map(|port| stem.strip_prefix(port));
    DEVICES.contains(&stem) || numbered.into_iter().any(|n| n.len() == 1 && n.as_bytes()[0].is_ascii_digit())
}
