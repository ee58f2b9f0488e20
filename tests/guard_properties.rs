//! Properties of the guard over made-up and spoilt texts.

mod guard_texts;

use depotru::guard::{Policy, ReadOnlySql, Rule, TokenClass, check, highlight};
use depotru::i18n::Lang;
use guard_texts::{attacks, honest};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use std::sync::LazyLock;

/// The pieces of every written case, blanks included.
static PIECES: LazyLock<Vec<Vec<String>>> = LazyLock::new(|| {
    let texts = honest().into_iter().chain(attacks());
    texts.map(|text| split(&text.sql)).collect()
});

static POOL: LazyLock<Vec<String>> = LazyLock::new(|| PIECES.iter().flatten().cloned().collect());

fn split(sql: &str) -> Vec<String> {
    let (mut pieces, mut at) = (Vec::new(), 0);
    for (range, _) in highlight(sql) {
        pieces.push(sql[at..range.start].to_string());
        pieces.push(sql[range.clone()].to_string());
        at = range.end;
    }
    pieces.push(sql[at..].to_string());
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

/// A change to a list of pieces.
#[derive(Debug, Clone)]
enum Edit {
    Remove(Index),
    Replace(Index, Index),
    Insert(Index, Index),
    Swap(Index, Index),
    Repeat(Index, Index, usize),
    Splice(Index, Index, Index),
    Character(Index, char),
}

fn edit() -> impl Strategy<Value = Edit> {
    let at = any::<Index>;
    prop_oneof![
        at().prop_map(Edit::Remove),
        (at(), at()).prop_map(|(a, b)| Edit::Replace(a, b)),
        (at(), at()).prop_map(|(a, b)| Edit::Insert(a, b)),
        (at(), at()).prop_map(|(a, b)| Edit::Swap(a, b)),
        (at(), at(), 1..20usize).prop_map(|(a, b, n)| Edit::Repeat(a, b, n)),
        (at(), at(), at()).prop_map(|(a, b, c)| Edit::Splice(a, b, c)),
        (
            at(),
            select("'\"[](),;.-/*@#$%=<>!:{}\\ \n\r\t0eNñ\u{a0}\u{200b}\u{301}".chars().collect::<Vec<_>>())
        )
            .prop_map(|(a, c)| Edit::Character(a, c)),
    ]
}

fn apply(mut pieces: Vec<String>, edit: &Edit) -> Vec<String> {
    if pieces.is_empty() {
        return pieces;
    }
    let length = pieces.len();
    match edit {
        Edit::Remove(at) => {
            pieces.remove(at.index(length));
        }
        Edit::Replace(at, from) => pieces[at.index(length)] = from.get(&POOL).clone(),
        Edit::Insert(at, from) => {
            pieces.insert(at.index(length), format!(" {} ", from.get(&POOL)));
        }
        Edit::Swap(one, other) => pieces.swap(one.index(length), other.index(length)),
        Edit::Repeat(from, to, times) => {
            let (from, to) = (from.index(length), to.index(length));
            let part = pieces[from.min(to)..from.max(to)].to_vec();
            for _ in 0..*times {
                pieces.splice(to.max(from)..to.max(from), part.clone());
            }
        }
        Edit::Splice(at, other, from) => {
            let other = other.get(&PIECES);
            pieces.truncate(at.index(length));
            pieces.extend_from_slice(&other[from.index(other.len())..]);
        }
        Edit::Character(at, c) => pieces.insert(at.index(length), c.to_string()),
    }
    pieces
}

fn spoilt() -> impl Strategy<Value = String> {
    (any::<Index>(), prop::collection::vec(edit(), 0..5)).prop_map(|(text, edits)| {
        let start = text.get(&PIECES).clone();
        edits.iter().fold(start, apply).concat()
    })
}

fn soup() -> impl Strategy<Value = String> {
    prop::collection::vec(any::<Index>(), 0..60)
        .prop_map(|pieces| pieces.iter().map(|piece| piece.get(&POOL).as_str()).collect::<Vec<_>>().join(" "))
}

/// What every verdict must hold to.
fn judge(sql: &str) -> Result<(), TestCaseError> {
    match check(sql, &Policy::default()) {
        Ok(passed) => sound(&passed),
        Err(refusal) => {
            prop_assert!(refusal.rule != Rule::NotCanonical, "{sql:?}");
            prop_assert!(refusal.line >= 1 && refusal.column >= 1);
            prop_assert!(refusal.line as usize <= sql.matches('\n').count() + 1, "{sql:?}");
            for lang in Lang::ALL {
                prop_assert!(refusal.sentence(lang).ends_with('.'));
            }
            Ok(())
        }
    }
}

fn sound(passed: &ReadOnlySql) -> Result<(), TestCaseError> {
    let text = passed.text();
    let again = check(text, &Policy::default());
    let again = again.map_err(|refusal| TestCaseError::fail(format!("{refusal:?} for {text}")))?;
    prop_assert_eq!(again.text(), text);
    prop_assert_eq!(again.query(), passed.query());
    prop_assert!(text.starts_with("SELECT") || text.starts_with("WITH") || text.starts_with('('), "{}", text);
    for (range, class) in highlight(text) {
        prop_assert!(
            !matches!(class, TokenClass::Refused | TokenClass::Comment),
            "{} in {}",
            &text[range],
            text
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn spoilt_queries_are_judged_soundly(sql in spoilt()) {
        judge(&sql)?;
    }

    #[test]
    fn token_soups_are_judged_soundly(sql in soup()) {
        judge(&sql)?;
    }

    #[test]
    fn any_text_is_judged_and_coloured(sql in ".{0,200}") {
        judge(&sql)?;
        let mut last = 0;
        for (range, _) in highlight(&sql) {
            prop_assert!(range.start >= last && range.end > range.start);
            last = range.end;
        }
        prop_assert!(last <= sql.len());
    }

    #[test]
    fn any_visible_literal_and_name_survives_unchanged(literal in "[ -~À-ÿ–“”€½]{0,40}", name in "[ -~À-ÿ]{1,40}") {
        prop_assume!(!name.trim().is_empty());
        let sql = format!("SELECT '{}' AS [{}]", literal.replace('\'', "''"), name.replace(']', "]]"));
        let passed = check(&sql, &Policy::default()).expect("a literal is data");
        prop_assert_eq!(passed.text().replacen("SELECT\n    ", "SELECT ", 1), sql);
    }

    #[test]
    fn bytes_read_as_text_never_break_it(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        judge(&String::from_utf8_lossy(&bytes))?;
    }
}
