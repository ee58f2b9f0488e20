//! The stores' own words: `lexicon.toml` beside the settings for all data, and
//! `lexicon-PROFILE.toml` for a profile's, over the built-in words.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::profile::ProfileName;
use super::rules::broken;
use super::settings::ConfigError;
use crate::ask::lexicon::{Lexicon, LexiconError, LexiconProblem};

/// The words that the planner knows, for the local data and for each profile.
#[derive(Clone, Default)]
pub struct Vocabulary {
    /// The words of all data; none: the built-in ones.
    common: Option<Arc<Lexicon>>,
    profiles: BTreeMap<ProfileName, Arc<Lexicon>>,
    files: Vec<WordFile>,
}

/// A file of words that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WordFile {
    /// Where it is.
    pub file: PathBuf,
    /// Its entries.
    pub entries: usize,
}

impl fmt::Debug for Vocabulary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vocabulary").field("files", &self.files).finish_non_exhaustive()
    }
}

/// Equal when read from the same files: the words themselves are not compared.
impl PartialEq for Vocabulary {
    fn eq(&self, other: &Self) -> bool {
        self.files == other.files
    }
}

impl Eq for Vocabulary {}

impl Vocabulary {
    /// Reads the files of words in a folder.
    ///
    /// # Errors
    /// [`ConfigError`] when a file cannot be read or says something that is not understood,
    /// with its line.
    pub fn read<'a>(
        folder: &Path,
        profiles: impl Iterator<Item = &'a ProfileName>,
    ) -> Result<Vocabulary, ConfigError> {
        let mut vocabulary = Vocabulary::default();
        let common = vocabulary.words_of(folder.join("lexicon.toml"), Lexicon::builtin())?;
        vocabulary.common = common.map(Arc::new);
        for name in profiles {
            let base = vocabulary.common.clone();
            let base = base.as_deref().unwrap_or_else(|| Lexicon::builtin());
            let file = folder.join(format!("lexicon-{}.toml", name.as_str()));
            if let Some(words) = vocabulary.words_of(file, base)? {
                vocabulary.profiles.insert(name.clone(), Arc::new(words));
            }
        }
        Ok(vocabulary)
    }

    fn words_of(&mut self, file: PathBuf, base: &Lexicon) -> Result<Option<Lexicon>, ConfigError> {
        let source = match std::fs::read_to_string(&file) {
            Ok(source) => source,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(ConfigError::Read { file, source }),
        };
        let (words, taken) = base.with_store_words(&source).map_err(|error| invalid(&file, &error))?;
        self.files.push(WordFile { file, entries: taken.total() });
        Ok(Some(words))
    }

    /// The words for a profile's data; without one, for the local data.
    pub fn of(&self, profile: Option<&ProfileName>) -> &Lexicon {
        let own = profile.and_then(|name| self.profiles.get(name)).or(self.common.as_ref());
        match own {
            Some(words) => words,
            None => Lexicon::builtin(),
        }
    }

    /// The files that were read.
    pub fn files(&self) -> &[WordFile] {
        &self.files
    }
}

fn invalid(file: &Path, error: &LexiconError) -> ConfigError {
    let detail = match error.problem {
        LexiconProblem::Syntax => error.detail.clone(),
        LexiconProblem::UnknownMeaning => broken("lexicon_meaning", &error.detail),
        LexiconProblem::UnknownPhrase => broken("lexicon_phrase", &error.detail),
        LexiconProblem::EmptyPhrase => broken("lexicon_empty", &error.detail),
        LexiconProblem::Contradiction => broken("lexicon_twice", &error.detail),
    };
    ConfigError::Invalid { file: file.to_path_buf(), line: error.line, detail }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::sentence;
    use crate::i18n::Lang;

    fn profile(name: &str) -> ProfileName {
        ProfileName::try_from(name.to_string()).expect("a name")
    }

    #[test]
    fn a_profile_has_its_own_words_over_those_of_all() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("lexicon.toml"), "[same]\n\"caja\" = \"ventas\"\n")
            .expect("written");
        std::fs::write(
            folder.path().join("lexicon-tienda.toml"),
            "[values]\n\"línea blanca\" = [\"NEVERAS\", \"LAVADORAS\"]\n",
        )
        .expect("written");
        let names = [profile("tienda"), profile("otra")];
        let words = Vocabulary::read(folder.path(), names.iter()).expect("valid");
        let entries: Vec<usize> = words.files().iter().map(|f| f.entries).collect();
        assert_eq!(entries, [1, 1]);
        let names_of = |p: Option<&ProfileName>| words.of(p).all_value_names().count();
        assert_eq!(names_of(Some(&names[0])), names_of(None) + 1);
        assert_eq!(names_of(Some(&names[1])), names_of(None));
    }

    #[test]
    fn a_mistake_is_said_with_its_file_and_line() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("lexicon.toml"), "[same]\n\"caja\" = \"vetas\"\n")
            .expect("written");
        let error = Vocabulary::read(folder.path(), std::iter::empty()).expect_err("a mistake");
        for lang in Lang::ALL {
            let said = sentence(&error, lang).into_string();
            assert!(said.contains("lexicon.toml") && said.contains('2') && said.contains("vetas"), "{said}");
        }
    }
}
