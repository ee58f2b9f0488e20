use super::load::{FILES, LexiconProblem, expand};
use super::*;

#[test]
fn the_built_in_files_are_valid() {
    let mut lexicon = Lexicon::default();
    for source in FILES {
        lexicon = lexicon.merged(source).expect("a valid lexicon file");
    }
    assert!(lexicon.words().count() > 500);
    assert!(!lexicon.value_names.is_empty());
}

#[test]
fn patterns_stand_for_all_their_forms() {
    assert_eq!(expand("vendedor(a)(es)"), ["vendedor", "vendedora", "vendedores"]);
    assert_eq!(expand("sin [el] iva"), ["sin iva", "sin el iva"]);
    assert_eq!(expand("mas|menos alto"), ["mas alto", "menos alto"]);
}

#[test]
fn a_store_adds_its_words_and_errors_name_their_line() {
    let lexicon = Lexicon::builtin().merged("\"metric.sales\" = { es = [\"caja del dia\"] }").expect("valid");
    let words = ["caja", "del", "dia"];
    let found = lexicon.phrases_at(move |i| words.get(i).copied().unwrap_or("")).any(|(len, _)| len == 3);
    assert!(found);
    let error = Lexicon::builtin().merged("# words\n\"metric.salez\" = { es = [\"x\"] }").unwrap_err();
    assert_eq!((error.line, error.problem), (2, LexiconProblem::UnknownMeaning));
    let error = Lexicon::builtin().merged("a = [").unwrap_err();
    assert_eq!(error.problem, LexiconProblem::Syntax);
}

#[test]
fn every_topic_has_its_explanation_in_both_languages() {
    for (phrase, entry) in Lexicon::builtin().all_phrases() {
        if let Sense::OutOfDomain(topic) = &entry.sense {
            for lang in Lang::ALL {
                let key = format!("ask.topic.{topic}");
                assert!(crate::i18n::find(lang, &key).is_some(), "{phrase}: no {key} in {lang}");
            }
        }
    }
}
