//! The verified pairs: those that come with the program and the user's own file.
//!
//! The file is TOML, made to be read and kept under version control by people. It is read
//! anew for every change, under a lock, so that two consoles lose nothing to each other. A
//! file that makes no sense is never overwritten.

use std::fs;
use std::io;
use std::path::PathBuf;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::pairs::{Origin, Pair, Rejected, new_id};
use super::rebind::{Exchanged, rebind};
use super::{Similar, open_private, seeds, write_whole};
use crate::ask::Planner;
use crate::i18n::{Lang, fill};
use crate::model::SalesModel;
use crate::sanitize::{SafeText, display_safe};

/// The largest file read, in bytes.
const LARGEST: u64 = 8 * 1024 * 1024;

/// Pairs looked at word by word for one question.
const ALIKE: usize = 12;

/// A file of pairs that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MemoryError {
    /// It cannot be read or written.
    #[error("{file}: {source}")]
    Io {
        /// The file.
        file: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// It makes no sense.
    #[error("{file}: {detail}")]
    Invalid {
        /// The file.
        file: PathBuf,
        /// What is wrong with it, with the line; hostile until cleaned.
        detail: String,
    },
    /// There is no such pair.
    #[error("no pair {id}")]
    Unknown {
        /// The name asked for.
        id: String,
    },
}

/// An error as one sentence for people.
pub fn sentence(error: &MemoryError, lang: Lang) -> SafeText {
    display_safe(&match error {
        MemoryError::Io { file, source } => fill(
            lang,
            "memory.cannot_use",
            &[("file", &file.display().to_string()), ("detail", &source.to_string())],
        ),
        MemoryError::Invalid { file, detail } => {
            fill(lang, "memory.invalid", &[("file", &file.display().to_string()), ("detail", detail)])
        }
        MemoryError::Unknown { id } => fill(lang, "memory.unknown", &[("id", id)]),
    })
}

/// What the file holds.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Book {
    /// The schema's version.
    #[serde(default)]
    version: u32,
    /// Pairs of the program that are not used.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    disabled: Vec<String>,
    #[serde(default, rename = "pair", skip_serializing_if = "Vec::is_empty")]
    pairs: Vec<Pair>,
    #[serde(default, rename = "rejected", skip_serializing_if = "Vec::is_empty")]
    rejected: Vec<Rejected>,
}

/// A pair that answers a question.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The pair.
    pub pair: Pair,
    /// Its T-SQL for this question; not judged yet.
    pub sql: String,
    /// What was exchanged.
    pub exchanged: Exchanged,
}

/// Access to the pairs.
#[derive(Debug, Clone)]
pub struct Verified {
    file: PathBuf,
    seeds: Vec<Pair>,
}

impl Verified {
    /// The pairs of `file`, which need not exist, and those that come with the program, as
    /// they read for this store.
    pub fn at(file: PathBuf, model: &SalesModel) -> Verified {
        Verified { file, seeds: seeds(model) }
    }

    /// Every pair in use, the user's own first.
    ///
    /// # Errors
    /// [`MemoryError`] when the file cannot be used.
    pub fn all(&self) -> Result<Vec<Pair>, MemoryError> {
        let book = self.read()?;
        let own: Vec<Pair> = book.pairs;
        let seeds = self
            .seeds
            .iter()
            .filter(|seed| !book.disabled.contains(&seed.id) && !own.iter().any(|pair| pair.id == seed.id));
        let seeds: Vec<Pair> = seeds.cloned().collect();
        Ok(own.into_iter().chain(seeds).collect())
    }

    /// The answers marked as wrong.
    ///
    /// # Errors
    /// [`MemoryError`] when the file cannot be used.
    pub fn rejected(&self) -> Result<Vec<Rejected>, MemoryError> {
        self.read().map(|book| book.rejected)
    }

    /// The pair that answers a question exactly, or up to days, numbers and values that can
    /// be exchanged with certainty. `overruling`: only pairs that answer before the planner.
    ///
    /// # Errors
    /// [`MemoryError`] when the file cannot be used.
    pub fn answering(
        &self,
        question: &str,
        planner: &Planner,
        today: NaiveDate,
        overruling: bool,
    ) -> Result<Option<Found>, MemoryError> {
        let mut pairs = self.all()?;
        if overruling {
            pairs.retain(|pair| pair.origin.overrules_the_planner());
        }
        if pairs.is_empty() {
            return Ok(None);
        }
        let Some(new) = planner.skeleton(question, today) else { return Ok(None) };
        // A pair with the same words is among the most alike.
        Ok(most_alike(pairs, question, ALIKE).into_iter().find_map(|pair| {
            let old = planner.skeleton(&pair.question, pair.day)?;
            let (sql, exchanged) = rebind(&pair.sql, &old, &new, pair.day == today)?;
            Some(Found { pair, sql, exchanged })
        }))
    }

    /// The pairs most like a question, the most alike first.
    ///
    /// # Errors
    /// [`MemoryError`] when the file cannot be used.
    pub fn similar(&self, question: &str, most: usize) -> Result<Vec<Pair>, MemoryError> {
        Ok(most_alike(self.all()?, question, most))
    }

    /// Keeps a pair; one with the same name is replaced.
    ///
    /// # Errors
    /// [`MemoryError`]; nothing was kept.
    pub fn add(&self, pair: Pair) -> Result<(), MemoryError> {
        self.change(|book| {
            book.pairs.retain(|known| known.id != pair.id);
            book.pairs.push(pair);
            Ok(())
        })
    }

    /// Keeps an answer that a person has marked as right. Its name.
    ///
    /// # Errors
    /// [`MemoryError`]; nothing was kept.
    pub fn confirm(
        &self,
        question: &str,
        lang: Lang,
        sql: &str,
        origin: Origin,
        day: NaiveDate,
    ) -> Result<String, MemoryError> {
        let id = new_id(question, lang);
        let (question, sql) = (question.trim().to_string(), sql.to_string());
        self.add(Pair { id: id.clone(), question, lang, day, origin, note: String::new(), sql })?;
        Ok(id)
    }

    /// Notes an answer that a person has marked as wrong. The pair it came from is not used again.
    ///
    /// # Errors
    /// [`MemoryError`]; nothing was noted.
    pub fn reject(&self, rejected: Rejected, pair: Option<&str>) -> Result<(), MemoryError> {
        let seeds = &self.seeds;
        self.change(|book| {
            if let Some(id) = pair {
                book.pairs.retain(|known| known.id != id);
                if seeds.iter().any(|seed| seed.id == id) && !book.disabled.iter().any(|d| d == id) {
                    book.disabled.push(id.to_string());
                }
            }
            book.pairs.retain(|known| known.question != rejected.question || known.sql != rejected.sql);
            book.rejected.push(rejected);
            Ok(())
        })
    }

    /// Drops a pair; one that came with the program is switched off.
    ///
    /// # Errors
    /// [`MemoryError::Unknown`] when there is none, or the file cannot be used.
    pub fn remove(&self, id: &str) -> Result<(), MemoryError> {
        let is_seed = self.seeds.iter().any(|seed| seed.id == id);
        self.change(|book| {
            let before = book.pairs.len();
            book.pairs.retain(|pair| pair.id != id);
            let own = book.pairs.len() < before;
            if !own && !is_seed {
                return Err(MemoryError::Unknown { id: id.to_string() });
            }
            if !own && !book.disabled.iter().any(|known| known == id) {
                book.disabled.push(id.to_string());
            }
            Ok(())
        })
    }

    /// Changes a pair of the user's own; one that came with the program becomes the user's.
    ///
    /// # Errors
    /// [`MemoryError::Unknown`] when there is none, or the file cannot be used.
    pub fn edit(&self, id: &str, change: impl FnOnce(&mut Pair)) -> Result<(), MemoryError> {
        let known = self.all()?.into_iter().find(|pair| pair.id == id);
        let mut pair = known.ok_or_else(|| MemoryError::Unknown { id: id.to_string() })?;
        change(&mut pair);
        if pair.origin == Origin::Seed {
            pair.origin = Origin::User;
        }
        self.add(pair)
    }

    /// Reads pairs from a text in the format of the file, and keeps them. How many.
    ///
    /// # Errors
    /// [`MemoryError`] when the text makes no sense; nothing was kept then.
    pub fn import(&self, source: &str, file: PathBuf) -> Result<usize, MemoryError> {
        let book = parse(source, file)?;
        let count = book.pairs.len();
        self.change(|known| {
            known.pairs.retain(|pair| !book.pairs.iter().any(|new| new.id == pair.id));
            known.pairs.extend(book.pairs);
            Ok(count)
        })
    }

    /// The user's own pairs as a text that [`Verified::import`] reads.
    ///
    /// # Errors
    /// [`MemoryError`] when the file cannot be used.
    pub fn export(&self) -> Result<String, MemoryError> {
        let book = self.read()?;
        self.written(&Book { version: 1, disabled: Vec::new(), rejected: Vec::new(), ..book })
    }

    fn read(&self) -> Result<Book, MemoryError> {
        let failed = |source| MemoryError::Io { file: self.file.clone(), source };
        match fs::metadata(&self.file) {
            Ok(facts) if facts.len() > LARGEST => {
                return Err(failed(io::Error::new(io::ErrorKind::FileTooLarge, "> 8 MiB")));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Book::default()),
            Ok(_) | Err(_) => {}
        }
        parse(&fs::read_to_string(&self.file).map_err(failed)?, self.file.clone())
    }

    fn change<T>(&self, change: impl FnOnce(&mut Book) -> Result<T, MemoryError>) -> Result<T, MemoryError> {
        let failed = |source| MemoryError::Io { file: self.file.clone(), source };
        let lock = open_private(&self.file.with_extension("lock")).map_err(failed)?;
        lock.lock().map_err(failed)?;
        let mut book = self.read()?;
        let done = change(&mut book)?;
        book.version = 1;
        // A stable order makes for small differences between versions.
        book.pairs.sort_by(|a, b| a.id.cmp(&b.id));
        book.disabled.sort();
        write_whole(&self.file, self.written(&book)?.as_bytes()).map_err(failed)?;
        Ok(done)
    }

    fn written(&self, book: &Book) -> Result<String, MemoryError> {
        toml::to_string_pretty(book)
            .map_err(|error| MemoryError::Invalid { file: self.file.clone(), detail: error.to_string() })
    }
}

fn most_alike(pairs: Vec<Pair>, question: &str, most: usize) -> Vec<Pair> {
    let places = Similar::over(pairs.iter().map(|pair| pair.question.as_str())).to(question, most);
    places.into_iter().filter_map(|at| pairs.get(at).cloned()).collect()
}

fn parse(source: &str, file: PathBuf) -> Result<Book, MemoryError> {
    toml::from_str(source).map_err(|error| {
        let line =
            error.span().map_or(0, |span| source.bytes().take(span.start).filter(|b| *b == b'\n').count());
        MemoryError::Invalid { file, detail: format!("{}: {}", line + 1, error.message()) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::ColumnValues;

    fn planner() -> Planner {
        let column = |name: &str, values: &[&str]| ColumnValues {
            column: name.into(),
            values: values.iter().map(|v| ((*v).to_string(), 10)).collect(),
        };
        Planner::new(vec![column("marca", &["BOSCH", "MAKITA"]), column("ciudad", &["NEIVA"])], None)
    }

    fn verified() -> (tempfile::TempDir, Verified) {
        let folder = tempfile::tempdir().expect("a folder");
        let verified = Verified::at(folder.path().join("verified.toml"), &SalesModel::default());
        (folder, verified)
    }

    fn today() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, 23).expect("a day")
    }

    const SQL: &str = "SELECT marca FROM banco_datos WHERE marca = 'BOSCH' AND Fecha >= '2025-05-01' AND Fecha < '2025-06-01'";

    fn answer(verified: &Verified, question: &str) -> Option<Found> {
        verified.answering(question, &planner(), today(), false).expect("pairs")
    }

    #[test]
    fn a_seed_answers_its_question_of_another_time_and_in_other_clothes() {
        let (_folder, verified) = verified();
        let found = answer(&verified, "¿Tasa de devoluciones por marca en 2024, por favor?").expect("a seed");
        assert_eq!(found.pair.id, "s08-es");
        assert!(found.sql.contains("'2024-01-01'") && found.sql.contains("'2025-01-01'"), "{}", found.sql);
        assert!(!found.sql.contains("'2026-01-01'"));
        let found = answer(&verified, "retention of 2025 customers in 2026").expect("a seed");
        assert!(found.sql.contains("'2027-01-01'"), "{}", found.sql);
        for near in [
            "tasa de devoluciones por ciudad en 2024",
            "tasa de devoluciones en 2024",
            "tasa de devoluciones por marca",
            "no tasa de devoluciones por marca en 2024",
            "tasa de devoluciones por marca desde 2024",
        ] {
            assert_eq!(answer(&verified, near).map(|f| f.pair.id), None, "{near}");
        }
    }

    #[test]
    fn an_answer_marked_as_right_is_found_again_with_other_values() {
        let (folder, verified) = verified();
        let id = verified
            .confirm("lo de bosch en mayo de 2025", Lang::Es, SQL, Origin::User, today())
            .expect("kept");
        let found = answer(&verified, "lo de Makita en abril de 2025").expect("the pair");
        assert_eq!(found.pair.id, id);
        assert_eq!(found.exchanged.len(), 2);
        assert!(found.sql.contains("'MAKITA'") && found.sql.contains("'2025-04-01'"), "{}", found.sql);
        assert_eq!(answer(&verified, "lo de neiva en abril de 2025"), None);
        let source = fs::read_to_string(folder.path().join("verified.toml")).expect("the file");
        assert!(source.contains("[[pair]]") && source.contains("origin = \"user\""), "{source}");
        verified.remove(&id).expect("removed");
        assert_eq!(answer(&verified, "lo de bosch en mayo de 2025"), None);
    }

    #[test]
    fn only_pairs_that_somebody_wanted_otherwise_come_before_the_planner() {
        let (_folder, verified) = verified();
        verified
            .confirm("ventas de bosch", Lang::Es, "SELECT 'BOSCH' AS a", Origin::Planner, today())
            .expect("kept");
        verified
            .confirm("ventas de neiva", Lang::Es, "SELECT 'NEIVA' AS a", Origin::User, today())
            .expect("kept");
        let before = |question| verified.answering(question, &planner(), today(), true).expect("pairs");
        assert_eq!(before("ventas de bosch"), None);
        assert!(before("ventas de neiva").is_some());
    }

    #[test]
    fn an_answer_marked_as_wrong_is_not_given_again() {
        let (_folder, verified) = verified();
        let question = "tasa de devoluciones por marca en 2025";
        let found = answer(&verified, question).expect("a seed");
        let rejected = Rejected {
            question: question.into(),
            day: today(),
            reason: "sin devoluciones parciales".into(),
            sql: found.sql,
        };
        verified.reject(rejected, Some(&found.pair.id)).expect("noted");
        assert_eq!(answer(&verified, question), None);
        assert_eq!(verified.rejected().expect("the list").len(), 1);
    }

    #[test]
    fn pairs_go_out_and_come_in_and_nonsense_changes_nothing() {
        let (folder, verified) = verified();
        verified
            .confirm("a b", Lang::Es, "SELECT 1 AS a\nFROM banco_datos", Origin::User, today())
            .expect("kept");
        let out = verified.export().expect("a text");
        let other = Verified::at(folder.path().join("other.toml"), &SalesModel::default());
        assert_eq!(other.import(&out, "x.toml".into()).expect("imported"), 1);
        assert_eq!(other.export().expect("a text"), out);
        assert!(matches!(
            other.import("[[pair]]\nid = 3\n", "x.toml".into()),
            Err(MemoryError::Invalid { .. })
        ));
        assert_eq!(other.export().expect("a text"), out);

        fs::write(folder.path().join("other.toml"), "half a fi").expect("written");
        assert!(other.confirm("c", Lang::Es, "SELECT 1", Origin::User, today()).is_err());
        assert_eq!(fs::read_to_string(folder.path().join("other.toml")).expect("the file"), "half a fi");
    }

    #[test]
    fn editing_a_seed_makes_it_the_users_own() {
        let (_folder, verified) = verified();
        verified.edit("s01-es", |pair| pair.note = "mío".into()).expect("edited");
        let all = verified.all().expect("pairs");
        let edited: Vec<&Pair> = all.iter().filter(|pair| pair.id == "s01-es").collect();
        assert_eq!(edited.len(), 1);
        assert_eq!((edited[0].note.as_str(), edited[0].origin), ("mío", Origin::User));
        assert!(matches!(verified.edit("nope", |_| {}), Err(MemoryError::Unknown { .. })));
    }

    #[test]
    fn many_writers_lose_nothing() {
        let (_folder, verified) = verified();
        std::thread::scope(|scope| {
            for writer in 0..6 {
                let verified = verified.clone();
                scope.spawn(move || {
                    for n in 0..5 {
                        let question = format!("pregunta {writer} {n}");
                        verified
                            .confirm(&question, Lang::Es, "SELECT 1 AS a", Origin::User, today())
                            .expect("kept");
                    }
                });
            }
        });
        let own = verified.all().expect("pairs").into_iter().filter(|p| p.origin == Origin::User).count();
        assert_eq!(own, 30);
    }

    #[cfg(unix)]
    #[test]
    fn only_its_owner_reads_the_file() {
        use std::os::unix::fs::PermissionsExt;
        let (folder, verified) = verified();
        verified.confirm("a", Lang::Es, "SELECT 1 AS a", Origin::User, today()).expect("kept");
        let mode = fs::metadata(folder.path().join("verified.toml")).expect("the file").permissions().mode();
        assert_eq!(mode & 0o077, 0);
    }
}
