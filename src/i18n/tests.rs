use std::collections::BTreeSet;
use std::path::Path;

use regex::Regex;

use super::*;

fn parsed(source: &str) -> Messages {
    let table: toml::Table = source.parse().expect("a catalogue is valid TOML");
    let mut messages = Messages::new();
    flatten("", &table, &mut messages);
    messages
}

fn placeholders(message: &str) -> BTreeSet<String> {
    let pattern = Regex::new(r"\{([a-z_]+)\}").expect("a valid pattern");
    pattern.captures_iter(message).map(|c| c[1].to_string()).collect()
}

#[test]
fn both_languages_have_the_same_keys_and_placeholders() {
    for (room, es, en) in FILES {
        let (es, en) = (parsed(es), parsed(en));
        let es_keys: BTreeSet<_> = es.keys().collect();
        let en_keys: BTreeSet<_> = en.keys().collect();
        assert_eq!(es_keys, en_keys, "keys of {room} differ between the languages");
        for (key, message) in &es {
            assert!(!message.trim().is_empty(), "{room}{key} is empty");
            assert_eq!(placeholders(message), placeholders(&en[key]), "placeholders of {room}{key}");
        }
    }
}

fn rust_files(folder: &Path, into: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("the source folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            rust_files(&path, into);
        } else if path.extension().is_some_and(|e| e == "rs") {
            into.push(path);
        }
    }
}

/// A key that the source names in a call of this room must have an entry.
#[test]
fn every_key_named_in_the_source_exists() {
    let rooms: Vec<_> = FILES.iter().map(|(room, _, _)| *room).collect();
    let call = Regex::new(r#"(?:text|fill|plural)\(\s*[^,"()]+(?:\(\))?,\s*"([a-z0-9_.]+)""#)
        .expect("a valid pattern");
    let mut files = Vec::new();
    rust_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    let mut seen = 0;
    for file in files {
        if file.ends_with("i18n/tests.rs") {
            continue;
        }
        let source = std::fs::read_to_string(&file).expect("a readable source file");
        for found in call.captures_iter(&source) {
            let key = &found[1];
            if !rooms.iter().any(|room| key.starts_with(&format!("{room}."))) {
                continue;
            }
            seen += 1;
            let known = catalogue(Lang::Es).contains_key(key)
                || catalogue(Lang::Es).contains_key(&format!("{key}.other"));
            assert!(known, "{} names {key}, which no catalogue has", file.display());
        }
    }
    assert!(seen > 0, "the scan found no key at all: its pattern is broken");
}

#[test]
fn placeholders_are_replaced_once_and_values_are_never_read_again() {
    assert_eq!(substitute("{a} y {b} {c}", &[("a", "{b}"), ("b", "2")]), "{b} y 2 {c}");
}

#[test]
fn languages_are_read_from_their_codes() {
    assert_eq!("es".parse(), Ok(Lang::Es));
    assert_eq!("EN".parse(), Ok(Lang::En));
    assert_eq!("fr".parse::<Lang>(), Err(UnknownLang));
}
