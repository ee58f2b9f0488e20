//! Similar questions, by BM25 over stemmed words and character trigrams: near in words or in
//! spelling, without any model.

use bm25::{Document, SearchEngine, SearchEngineBuilder, Tokenizer};
use rust_stemmers::{Algorithm, Stemmer};

use crate::ask::fold;

/// Words without case, accents and endings, and the trigrams of each.
struct Words {
    spanish: Stemmer,
}

/// Words too common to tell questions apart.
const COMMON: [&str; 24] = [
    "el", "la", "los", "las", "un", "una", "de", "del", "en", "por", "y", "a", "que", "con", "the", "of",
    "in", "by", "and", "to", "for", "an", "with", "al",
];

impl Tokenizer for Words {
    fn tokenize(&self, text: &str) -> Vec<String> {
        let folded = fold(text);
        let mut tokens = Vec::new();
        for word in folded.split(|c: char| !c.is_alphanumeric()) {
            if word.is_empty() || COMMON.contains(&word) {
                continue;
            }
            // The Spanish stemmer does little to English words, and the trigrams do the rest.
            tokens.push(self.spanish.stem(word).into_owned());
            let letters: Vec<char> = word.chars().collect();
            tokens.extend(letters.windows(3).map(|three| format!("#{}", three.iter().collect::<String>())));
        }
        tokens
    }
}

/// An index over questions.
pub struct Similar {
    engine: SearchEngine<usize, u32, Words>,
}

impl Similar {
    /// An index over these questions, known by their place.
    pub fn over<'a>(questions: impl Iterator<Item = &'a str>) -> Similar {
        let documents: Vec<Document<usize>> =
            questions.enumerate().map(|(at, text)| Document::new(at, text)).collect();
        let words = Words { spanish: Stemmer::create(Algorithm::Spanish) };
        Similar { engine: SearchEngineBuilder::with_tokenizer_and_documents(words, documents).build() }
    }

    /// The places of the questions most like `text`, the most alike first.
    pub fn to(&self, text: &str, most: usize) -> Vec<usize> {
        self.engine.search(text, most).into_iter().map(|found| found.document.id).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUESTIONS: [&str; 5] = [
        "tasa de devoluciones por marca",
        "clientes que solo compraron una vez",
        "return rate by brand",
        "promedio móvil de las ventas",
        "facturas más grandes",
    ];

    fn nearest(text: &str) -> &'static str {
        let similar = Similar::over(QUESTIONS.into_iter());
        similar.to(text, 1).first().map_or("", |at| QUESTIONS[*at])
    }

    #[test]
    fn endings_accents_and_spelling_do_not_matter() {
        assert_eq!(nearest("¿Cuál es la tasa de DEVOLUCIÓN de cada marca?"), QUESTIONS[0]);
        assert_eq!(nearest("cliente que compró una sola vez"), QUESTIONS[1]);
        assert_eq!(nearest("promedio mobil de venta"), QUESTIONS[3]);
        assert_eq!(nearest("brands and their return rates"), QUESTIONS[2]);
    }

    #[test]
    fn nothing_alike_is_nothing() {
        let similar = Similar::over(QUESTIONS.into_iter());
        assert!(similar.to("zzz qqq", 5).is_empty());
        assert!(Similar::over(std::iter::empty()).to("ventas", 5).is_empty());
    }
}
