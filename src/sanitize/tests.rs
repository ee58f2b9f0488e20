use icu_properties::props::{EnumeratedProperty, GeneralCategory};
use proptest::prelude::*;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::*;

fn safe(text: &str) -> String {
    display_safe(text).into_string()
}

fn is_forbidden(c: char) -> bool {
    use GeneralCategory::*;
    matches!(
        GeneralCategory::for_char(c),
        Control | Format | Surrogate | PrivateUse | Unassigned | LineSeparator | ParagraphSeparator
    )
}

fn assert_harmless(shown: &str) {
    assert!(!shown.contains(is_forbidden), "{shown:?}");
    assert_eq!(safe(shown), shown, "cleaning twice changes nothing");
    for grapheme in shown.graphemes(true) {
        assert!(grapheme.chars().count() <= 8, "a flood on one base: {grapheme:?}");
    }
}

#[test]
fn plain_text_passes_unchanged() {
    for text in ["", "Cemento gris 50 kg", "Caquetá · ñandú «½\"»", "日本", "$1.234.567", "🔨 martillo"]
    {
        assert_eq!(safe(text), text);
    }
}

#[test]
fn controls_become_visible_marks() {
    assert_eq!(safe("A\0B"), "A␀B");
    assert_eq!(safe("\u{1b}[2J"), "␛[2J");
    assert_eq!(safe("\u{9d}52\u{9c}"), "�52�");
    assert_eq!(safe("a\tb\r\nc\nd\re\u{2028}f"), "a⇥b⏎c⏎d⏎e⏎f");
    assert_eq!(safe("x\u{7f}"), "x␡");
}

#[test]
fn a_run_of_invisible_characters_leaves_one_mark() {
    assert_eq!(safe("PIN\u{200b}\u{200c}TU"), "PIN·TU");
    assert_eq!(safe("FACTURA \u{202e}000.01$"), "FACTURA ·000.01$");
    assert_eq!(safe("\u{e0049}\u{e0067}"), "·");
    assert_eq!(safe("co\u{ad}co\u{feff}"), "co·co·");
    assert_eq!(safe("\u{3164}\u{115f}x"), "·x");
}

#[test]
fn emoji_sequences_are_taken_apart_so_that_every_terminal_agrees_on_their_width() {
    assert_eq!(safe("👩\u{200d}👧"), "👩·👧");
    assert_eq!(safe("👍\u{1f3fd}"), "👍·");
    assert_eq!(safe("❤\u{fe0f}"), "❤");
    assert_eq!(safe("🇨🇴"), "CO");
}

#[test]
fn blanks_of_any_width_become_spaces() {
    assert_eq!(safe("a\u{a0}b\u{3000}c\u{2003}d\u{2800}e"), "a b c d e");
}

#[test]
fn floods_of_marks_are_cut_and_marks_without_a_base_get_one() {
    let flood = format!("e{}", "\u{301}".repeat(500));
    assert_eq!(safe(&flood), format!("e{}·", "\u{301}".repeat(4)));
    assert_eq!(safe("\u{301}a"), "◌\u{301}a");
}

#[test]
fn very_long_text_is_cut_with_a_mark() {
    let long = safe(&"ñ".repeat(200_000));
    assert!(long.len() <= MAX_BYTES && long.ends_with('…'));
    assert_eq!(safe(&long), long);
    let ascii = safe(&"A".repeat(200_000));
    assert_eq!((ascii.len(), safe(&ascii) == ascii), (MAX_BYTES, true));
}

#[test]
fn lines_are_kept_when_asked_for() {
    let lines: Vec<_> =
        multiline_safe("SELECT 1\r\nFROM\tx\n\u{1b}").into_iter().map(SafeText::into_string).collect();
    assert_eq!(lines, ["SELECT 1", "FROM⇥x", "␛"]);
}

#[test]
fn clipping_counts_cells_and_keeps_characters_whole() {
    let clipped = |text: &str, cells| clip(&display_safe(text), cells).into_string();
    assert_eq!(clipped("cemento", 7), "cemento");
    assert_eq!(clipped("cemento", 4), "cem…");
    assert_eq!(clipped("日本語", 5), "日本…");
    assert_eq!(clipped("日本語", 4), "日…");
    assert_eq!(clipped("cemento", 0), "");
}

#[test]
fn what_a_spreadsheet_would_calculate_is_disarmed() {
    for text in ["=1+1", "+57 300", "-2", "@SUM(1)", "\t=1", "\r=1", "＝1", "  =1", "\u{200b}=1"] {
        assert!(csv_safe(text).starts_with('\''), "{text:?}");
    }
    assert_eq!(csv_safe("Tornillo 1/4-20"), "Tornillo 1/4-20");
}

#[test]
fn file_stems_come_from_an_allow_list() {
    assert_eq!(file_stem_safe("../../../../etc/passwd"), "etc-passwd");
    assert_eq!(file_stem_safe("Ventas por mes: año 2025"), "ventas-por-mes-ano-2025");
    assert_eq!(file_stem_safe("¿?"), "depotru");
    assert_eq!(file_stem_safe("COM1"), "com1_");
}

#[test]
fn no_known_hostile_cell_reaches_the_terminal() {
    let cells: Vec<serde_json::Value> =
        serde_json::from_str(include_str!("../../tests/fixtures/hostile_cells.json")).expect("valid fixture");
    assert!(cells.len() > 20);
    for cell in cells {
        assert_harmless(&safe(cell["text"].as_str().expect("a text")));
    }
}

fn any_text() -> impl Strategy<Value = String> {
    let odd = prop::sample::select(vec![
        '\u{1b}',
        '\u{200d}',
        '\u{202e}',
        '\u{301}',
        '\u{fe0f}',
        '\u{1f469}',
        '\u{1f3fd}',
        '\u{1f1e8}',
        '\u{3164}',
        '\u{1160}',
        '\u{2028}',
        '\u{e0041}',
        '\u{e000}',
        '\u{644}',
        '\u{627}',
        '\u{17d2}',
        '\u{9d}',
        '\r',
        '\n',
        '·',
    ]);
    prop::collection::vec(prop_oneof![any::<char>(), odd, prop::char::range('a', 'z')], 0..60)
        .prop_map(|chars| chars.into_iter().collect())
}

proptest! {
    #[test]
    fn nothing_unsafe_comes_out_of_any_text(text in any_text()) {
        assert_harmless(&safe(&text));
    }

    #[test]
    fn the_width_of_every_grapheme_is_the_sum_of_its_characters(text in any_text()) {
        for grapheme in safe(&text).graphemes(true) {
            prop_assert_eq!(grapheme.width(), width(grapheme), "{:?}", grapheme);
        }
    }

    #[test]
    fn clipped_text_fits_and_stays_safe(text in any_text(), cells in 0usize..30) {
        let clipped = clip(&display_safe(&text), cells);
        prop_assert!(clipped.width() <= cells);
        prop_assert!(!clipped.as_str().contains(is_forbidden));
    }

    #[test]
    fn exported_text_is_never_a_formula_and_never_has_controls(text in any_text()) {
        let cell = csv_safe(&text);
        prop_assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']));
        prop_assert!(!cell.contains(is_forbidden));
    }

    #[test]
    fn file_stems_hold_only_allowed_characters(name in any_text()) {
        let stem = file_stem_safe(&name);
        prop_assert!(!stem.is_empty() && stem.len() <= 65);
        prop_assert!(stem.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-'));
    }
}

#[test]
fn every_single_character_becomes_harmless() {
    for c in '\0'..=char::MAX {
        let Class::Base(shown) = classify(c) else { continue };
        assert!(!is_forbidden(shown), "{c:?} became {shown:?}");
        assert_eq!(classify(shown), if shown == ' ' { Class::Blank } else { Class::Base(shown) }, "{c:?}");
    }
}
