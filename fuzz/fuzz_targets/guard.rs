//! Any text: what passes comes back unchanged, with the same tree, and holds no word that is refused.
#![no_main]

use depotru_fuzz::guard::{Policy, Rule, TokenClass, check, highlight};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|sql: &str| {
    let pieces = highlight(sql);
    assert!(pieces.iter().all(|(range, _)| sql.get(range.clone()).is_some()));
    match check(sql, &Policy::default()) {
        Ok(passed) => {
            let again = check(passed.text(), &Policy::default()).expect("the canonical text passes");
            assert_eq!(again.text(), passed.text());
            assert_eq!(again.query(), passed.query());
            let classes = highlight(passed.text());
            assert!(classes.iter().all(|(_, class)| !matches!(class, TokenClass::Refused | TokenClass::Comment)));
        }
        Err(refusal) => assert_ne!(refusal.rule, Rule::NotCanonical),
    }
});
