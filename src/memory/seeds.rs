//! The pairs that come with the program, written for this store's documents and names.

use chrono::NaiveDate;
use serde::Deserialize;

use super::pairs::{Origin, Pair};
use crate::i18n::{Lang, substitute};
use crate::model::SalesModel;

#[derive(Deserialize)]
struct File {
    seed: Vec<Seed>,
}

#[derive(Deserialize)]
struct Seed {
    id: String,
    es: String,
    en: String,
    sql: String,
}

/// All seeds, each in both languages. A broken file is caught by the tests; at run time there
/// are none then.
pub fn seeds(model: &SalesModel) -> Vec<Pair> {
    let source = include_str!("../../assets/memory/seeds.toml");
    let Ok(file) = toml::from_str::<File>(source) else { return Vec::new() };
    let day = NaiveDate::from_ymd_opt(2025, 6, 30).unwrap_or_default();
    let (sales, returns) = (among(&model.documents.excluded, true), among(&model.documents.returns, false));
    file.seed
        .into_iter()
        .flat_map(|seed| {
            let sql = substitute(seed.sql.trim(), &[("sales", &sales), ("returns", &returns)]);
            let sql = model.with_real_names(&sql);
            [(Lang::Es, seed.es), (Lang::En, seed.en)].map(|(lang, question)| Pair {
                id: format!("{}-{}", seed.id, lang.code()),
                question,
                lang,
                day,
                origin: Origin::Seed,
                note: String::new(),
                sql: sql.clone(),
            })
        })
        .collect()
}

/// A condition on the documents' codes.
fn among(codes: &[String], negated: bool) -> String {
    if codes.is_empty() {
        return if negated { "DocumentosCodigo IS NOT NULL" } else { "DocumentosCodigo IS NULL" }.to_string();
    }
    let list: Vec<String> = codes.iter().map(|code| format!("'{}'", code.replace('\'', "''"))).collect();
    format!("DocumentosCodigo {}IN ({})", if negated { "NOT " } else { "" }, list.join(", "))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::guard::{Policy, check};

    #[test]
    fn there_are_sixty_and_more_in_both_languages_and_the_guard_allows_each() {
        let all = seeds(&SalesModel::default());
        assert!(all.len() >= 120, "{}", all.len());
        for pair in &all {
            assert!(
                check(&pair.sql, &Policy::default()).is_ok(),
                "{}: {:?}",
                pair.id,
                check(&pair.sql, &Policy::default())
            );
        }
        let ids: HashSet<&str> = all.iter().map(|pair| pair.id.as_str()).collect();
        let questions: HashSet<&str> = all.iter().map(|pair| pair.question.as_str()).collect();
        assert_eq!((ids.len(), questions.len()), (all.len(), all.len()));
    }

    #[test]
    fn seeds_are_written_for_the_stores_own_documents() {
        let mut model = SalesModel::default();
        model.documents.excluded = vec!["YX".into()];
        model.documents.returns = Vec::new();
        let all = seeds(&model);
        assert!(all.iter().all(|pair| !pair.sql.contains("'XY'") && !pair.sql.contains('{')));
        assert!(all.iter().all(|pair| check(&pair.sql, &Policy::default()).is_ok()));
    }
}
