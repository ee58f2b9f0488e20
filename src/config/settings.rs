//! The settings file: strict TOML, every key optional, every error with its line.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use super::dimensions::Dimensions;
use super::llm::LlmSettings;
use super::profile::{LOCAL, Profile, ProfileName};
use super::rules;
use super::vocabulary::Vocabulary;
use crate::engine::Limits;
use crate::i18n::{Lang, fill};
use crate::model::DocumentRules;
use crate::sanitize::{SafeText, display_safe};

/// Everything that can be set.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The interface's language; absent: the locale's, then Spanish.
    pub language: Option<Lang>,
    /// The theme's name.
    pub theme: String,
    /// The profile in use where none is named; absent: the local data.
    pub profile: Option<String>,
    /// The servers that may answer.
    pub profiles: BTreeMap<ProfileName, Profile>,
    /// Limits of a query.
    pub limits: LimitSettings,
    /// What the document codes mean in this store.
    pub documents: DocumentSettings,
    /// What this store adds to the dimensions of the model.
    pub dimensions: Dimensions,
    /// The audit log.
    pub audit: AuditSettings,
    /// Language models.
    pub llm: LlmSettings,
    /// The stores' own words, from their files beside this one.
    #[serde(skip)]
    pub vocabulary: Vocabulary,
}

/// Limits of a query.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LimitSettings {
    /// Rows shown at the most.
    pub max_rows: usize,
    /// Seconds a query may take.
    pub timeout_seconds: u64,
    /// Memory a query may use, in MiB.
    pub memory_mib: usize,
}

/// What the document codes mean.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DocumentSettings {
    /// Codes that are never sales.
    pub excluded: Vec<String>,
    /// Codes of returns (credit notes).
    pub returns: Vec<String>,
    /// What people call a code, besides the code itself.
    pub names: BTreeMap<String, Vec<String>>,
}

/// The audit log's settings.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AuditSettings {
    /// What happens when an approval cannot be recorded.
    pub on_failure: AuditFailure,
}

/// What happens when an approval cannot be recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AuditFailure {
    /// Nothing runs.
    Block,
    /// It runs, with a notice.
    Warn,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            language: None,
            theme: "dark".to_string(),
            profile: None,
            profiles: BTreeMap::new(),
            limits: LimitSettings::default(),
            documents: DocumentSettings::default(),
            dimensions: Dimensions::default(),
            audit: AuditSettings::default(),
            llm: LlmSettings::default(),
            vocabulary: Vocabulary::default(),
        }
    }
}

impl Default for LimitSettings {
    fn default() -> Self {
        let limits = Limits::default();
        LimitSettings {
            max_rows: limits.max_rows,
            timeout_seconds: limits.timeout.as_secs(),
            memory_mib: 1024,
        }
    }
}

impl Default for DocumentSettings {
    fn default() -> Self {
        let codes = |list: &[&str]| list.iter().map(|code| (*code).to_string()).collect();
        DocumentSettings {
            excluded: codes(&["XY", "AS", "TS"]),
            returns: codes(&["NC"]),
            names: DocumentRules::usual_names(),
        }
    }
}

impl Default for AuditSettings {
    fn default() -> Self {
        AuditSettings { on_failure: AuditFailure::Block }
    }
}

impl LimitSettings {
    /// The limits as engines take them.
    pub fn limits(&self) -> Limits {
        Limits { max_rows: self.max_rows, timeout: Duration::from_secs(self.timeout_seconds) }
    }
}

/// A configuration file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It cannot be read.
    #[error("cannot read {file}: {source}")]
    Read {
        /// The file.
        file: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// It is not valid TOML, or a key or value is not one we know.
    #[error("{file}, line {line}: {detail}")]
    Invalid {
        /// The file.
        file: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong there; hostile until cleaned.
        detail: String,
    },
}

impl Settings {
    /// Reads the file; the defaults where there is none.
    ///
    /// # Errors
    /// [`ConfigError`] when it cannot be read, or says something we do not know: a
    /// setting that is misspelt must not be silently without effect.
    pub fn read(file: &Path) -> Result<Settings, ConfigError> {
        let mut settings = match fs::read_to_string(file) {
            Ok(source) => Settings::parse(&source, file)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Settings::default(),
            Err(source) => return Err(ConfigError::Read { file: file.to_path_buf(), source }),
        };
        if let Some(folder) = file.parent() {
            settings.vocabulary = Vocabulary::read(folder, settings.profiles.keys())?;
        }
        Ok(settings)
    }

    pub(super) fn parse(source: &str, file: &Path) -> Result<Settings, ConfigError> {
        let invalid = |line, detail| ConfigError::Invalid { file: file.to_path_buf(), line, detail };
        let mut settings: Settings = toml::from_str(source).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            invalid(line_of(source, at), error.message().to_string())
        })?;
        for (key, value, least) in [
            ("max_rows", settings.limits.max_rows as u64, 1),
            ("timeout_seconds", settings.limits.timeout_seconds, 1),
            ("memory_mib", settings.limits.memory_mib as u64, 64),
        ] {
            if value < least {
                return Err(invalid(line_of_key(source, key), format!("{key} < {least}")));
            }
        }
        for (name, profile) in &mut settings.profiles {
            profile.inherit(&settings.dimensions).map_err(|rule| {
                invalid(line_of_key(source, &format!("[profiles.{}", name.as_str())), rule)
            })?;
        }
        let variables = || settings.profiles.keys().map(|name| name.as_str().replace('-', "_"));
        if variables().collect::<BTreeSet<_>>().len() < settings.profiles.len() {
            return Err(invalid(line_of_key(source, "[profiles."), rules::broken("same_variable", "")));
        }
        if let Some(name) = settings.profile.as_deref().filter(|name| !settings.has_profile(name)) {
            return Err(invalid(line_of_key(source, "profile"), rules::broken("unknown_profile", name)));
        }
        if let Some((provider, rule)) = settings.llm.unusable_address() {
            let line = line_of_key(source, &format!("[llm.{provider}]"));
            return Err(invalid(line, rules::broken(rule, provider.name())));
        }
        Ok(settings)
    }

    /// The profile called `name`, if it is a server's.
    pub fn profile_named(&self, name: &str) -> Option<(&ProfileName, &Profile)> {
        self.profiles.iter().find(|(known, _)| known.as_str() == name)
    }

    fn has_profile(&self, name: &str) -> bool {
        name == LOCAL || self.profile_named(name).is_some()
    }
}

fn line_of(source: &str, offset: usize) -> usize {
    source.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}

fn line_of_key(source: &str, key: &str) -> usize {
    source.lines().position(|line| line.trim_start().starts_with(key)).map_or(1, |index| index + 1)
}

/// A configuration error as one sentence for people.
pub fn sentence(error: &ConfigError, lang: Lang) -> SafeText {
    display_safe(&match error {
        ConfigError::Read { file, source } => fill(
            lang,
            "config.cannot_read",
            &[("file", &file.display().to_string()), ("detail", &source.to_string())],
        ),
        ConfigError::Invalid { file, line, detail } => fill(
            lang,
            "config.invalid",
            &[
                ("file", &file.display().to_string()),
                ("line", &line.to_string()),
                ("detail", &rules::words(detail, lang)),
            ],
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(source: &str) -> Result<Settings, ConfigError> {
        Settings::parse(source, Path::new("config.toml"))
    }

    #[test]
    fn the_example_file_says_exactly_the_defaults() {
        let example = include_str!("../../config.example.toml");
        let uncommented: String = example
            .lines()
            .map(|line| line.strip_prefix("#: ").unwrap_or(line))
            .collect::<Vec<_>>()
            .join("\n");
        let mut settings = parse(&uncommented).expect("the example is valid");
        assert_eq!(settings.language.take(), Some(Lang::Es));
        assert_eq!(settings, Settings::default());
    }

    #[test]
    fn the_profile_of_the_example_file_is_valid_and_says_the_defaults() {
        let example = include_str!("../../config.example.toml");
        let uncommented: String = example
            .lines()
            .map(|line| line.strip_prefix("#> ").unwrap_or(line))
            .collect::<Vec<_>>()
            .join("\n");
        let settings = parse(&uncommented).expect("the example is valid");
        assert_eq!(settings.profile.as_deref(), Some("tienda"));
        let (_, shown) = settings.profile_named("tienda").expect("the example's profile");
        // The example's own dimension is every profile's, and no default.
        let [channel] = settings.dimensions.all() else { panic!("one dimension") };
        assert_eq!(channel.further_column(), Some("CanalVenta"));
        let start = uncommented.find("[dimensions.canal]").expect("the dimension");
        let end = uncommented.find("[audit]").expect("what comes after it");
        let least = "[profiles.tienda]\nenvironment = \"production\"\nhost = \"srv01\"\n\
                     database = \"SmartBusiness\"\nuser = \"depotru_lectura\"\n";
        let least = format!("{}{least}", uncommented.get(start..end).expect("lines"));
        assert_eq!(
            Some((&ProfileName::try_from("tienda".to_string()).expect("a name"), shown)),
            parse(&least).expect("a profile").profiles.iter().next()
        );
    }

    #[test]
    fn an_unknown_key_is_an_error_with_its_line() {
        let error = parse("theme = \"dark\"\n\n[limits]\nmax_row = 5\n").expect_err("a misspelt key");
        assert!(matches!(error, ConfigError::Invalid { line: 4, .. }), "{error}");
    }

    #[test]
    fn a_limit_that_allows_nothing_is_an_error_with_its_line() {
        let error = parse("[limits]\nmax_rows = 0\n").expect_err("no rows");
        assert!(matches!(error, ConfigError::Invalid { line: 2, .. }), "{error}");
    }

    #[test]
    fn a_missing_file_means_the_defaults() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let settings = Settings::read(&folder.path().join("config.toml")).expect("defaults");
        assert_eq!(settings, Settings::default());
    }

    #[test]
    fn sentences_name_the_file_in_both_languages() {
        let error = parse("theme = 3").expect_err("not a text");
        for lang in Lang::ALL {
            assert!(sentence(&error, lang).as_str().contains("config.toml"));
        }
    }
}
