use proptest::prelude::*;

use super::*;
use crate::ask::lexicon::{NamedDims, ValueName};
use crate::ask::normalize::tokens;
use crate::model::{ColumnValues, SalesModel};

fn index() -> ValueIndex {
    let column = |name: &str, values: &[&str]| ColumnValues {
        column: name.into(),
        values: values.iter().map(|v| (v.to_string(), 10)).collect(),
    };
    ValueIndex::new(
        &[
            column("marca", &["ARGOS", "BOSCH", "3M"]),
            column("categoria", &["JARDINERIA", "CEMENTOS", "HERRAMIENTAS"]),
            column("subcategoria", &["CEMENTO GRIS", "CEMENTO BLANCO", "TALADROS"]),
            column("ciudad", &["LA PLATA", "GARZÓN"]),
            column(
                "TercerosNombres",
                &["CONSTRUCTORA EL ROBLE SAS", "FERRETERIA LA ECONOMIA", "MARIA GOMEZ"],
            ),
            column("ArticulosNombre", &["CEMENTO GRIS USO GENERAL 50KG", "SIKAFLEX 221 GRIS 300ML"]),
            column("VendedorFactura", &["MARIA FERNANDA LOPEZ"]),
        ],
        &[
            name("gardening", &["JARDINERIA"]),
            name("jewels", &["JOYAS"]),
            name("obra gris", &["CEMENTO GRIS", "CEMENTO BLANCO"]),
        ],
        &SalesModel::default(),
    )
}

fn name(phrase: &str, values: &[&str]) -> ValueName {
    let values = values.iter().map(|v| (*v).to_string()).collect();
    ValueName { phrase: phrase.into(), values, of: NamedDims::Goods }
}

fn named(text: &str) -> Vec<(String, Quality)> {
    let index = index();
    index.named(&tokens(text)).into_iter().map(|c| (index.text(c.id).to_string(), c.quality)).collect()
}

#[test]
fn whole_values_come_before_parts() {
    assert_eq!(named("cemento gris"), [("CEMENTO GRIS".to_string(), Quality::Exact)]);
    assert_eq!(named("la plata"), [("LA PLATA".to_string(), Quality::Exact)]);
    assert_eq!(named("garzon"), [("GARZÓN".to_string(), Quality::Exact)]);
    assert_eq!(named("3m"), [("3M".to_string(), Quality::Exact)]);
}

#[test]
fn legal_forms_plurals_and_english_names_are_the_same_value() {
    assert_eq!(named("constructora el roble"), [("CONSTRUCTORA EL ROBLE SAS".to_string(), Quality::Form)]);
    assert_eq!(named("taladro"), [("TALADROS".to_string(), Quality::Form)]);
    assert_eq!(named("gardening"), [("JARDINERIA".to_string(), Quality::Form)]);
    assert_eq!(named("obra gris").len(), 2);
    assert!(named("jewels").is_empty(), "a name of a value that is not in the data names nothing");
}

#[test]
fn parts_of_names_find_all_that_contain_them() {
    assert_eq!(named("maria fernanda"), [("MARIA FERNANDA LOPEZ".to_string(), Quality::Start)]);
    assert_eq!(named("maria").len(), 2);
    assert_eq!(named("roble"), [("CONSTRUCTORA EL ROBLE SAS".to_string(), Quality::Part)]);
    assert!(named("de la").is_empty());
}

#[test]
fn misspelt_words_are_corrected_only_when_clear() {
    let speller = Speller::new(
        ["bosch", "ventas", "neiva", "campoalegre", "makita", "cosa", "cama", "casa"].into_iter(),
    );
    let correct = |w: &str| speller.correct(w).map(|c| c.word);
    assert_eq!(correct("bosh").as_deref(), Some("bosch"));
    assert_eq!(correct("bentas").as_deref(), Some("ventas"));
    assert_eq!(correct("canpoalegre").as_deref(), Some("campoalegre"));
    assert_eq!(correct("makta").as_deref(), Some("makita"));
    assert_eq!(correct("caba"), None, "as near to cama as to casa");
    assert_eq!(correct("xyz"), None);
}

proptest! {
    #[test]
    fn one_edit_of_a_long_word_is_found(at in 0usize..11, c in proptest::char::range('a', 'z')) {
        let speller = Speller::new(["campoalegre", "pitalito", "herramientas"].into_iter());
        let mut letters: Vec<char> = "campoalegre".chars().collect();
        letters[at] = c;
        let typed: String = letters.into_iter().collect();
        prop_assert_eq!(speller.correct(&typed).map(|c| c.word), Some("campoalegre".to_string()));
    }

    #[test]
    fn any_text_is_looked_up_without_panic(text in "\\PC{0,40}") {
        let index = index();
        let _ = index.named(&tokens(&text));
        let _ = Speller::new(index.vocabulary()).near(&text);
    }
}
