//! The platform's folders for configuration, data and state, made with owner-only access.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Where depotru keeps what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// `config.toml` and themes.
    pub config: PathBuf,
    /// The local data: Parquet files, their manifest.
    pub data: PathBuf,
    /// Audit log, history, logs.
    pub state: PathBuf,
}

/// A folder that cannot be made.
#[derive(Debug, thiserror::Error)]
#[error("cannot make {folder}: {source}")]
pub struct PathError {
    /// The folder.
    pub folder: PathBuf,
    /// The system's reason.
    pub source: io::Error,
}

impl Paths {
    /// All folders under one root, made where they are missing.
    ///
    /// # Errors
    /// [`PathError`] when one of them cannot be made.
    pub fn under(root: &Path) -> Result<Paths, PathError> {
        let paths = Paths { config: root.join("config"), data: root.join("data"), state: root.join("state") };
        paths.make()?;
        Ok(paths)
    }

    fn make(&self) -> Result<(), PathError> {
        for folder in [&self.config, &self.data, &self.state] {
            make_private_folder(folder).map_err(|source| PathError { folder: folder.clone(), source })?;
        }
        Ok(())
    }

    /// The configuration file.
    pub fn config_file(&self) -> PathBuf {
        self.config.join("config.toml")
    }

    /// The folder of the audit log's files.
    pub fn audit(&self) -> PathBuf {
        self.state.join("audit")
    }

    /// The user's file of verified pairs.
    pub fn verified(&self) -> PathBuf {
        self.data.join("verified.toml")
    }

    /// The folder of what is kept about language models: calls, consent.
    pub fn models(&self) -> PathBuf {
        self.state.join("llm")
    }

    /// The file of past questions.
    pub fn history(&self) -> PathBuf {
        self.state.join("history.jsonl")
    }

    /// The file of the values known of a profile's table.
    pub fn values_of(&self, profile: &str) -> PathBuf {
        self.caches().join(format!("{profile}-values.json"))
    }

    /// The folder of what is kept of servers.
    pub fn caches(&self) -> PathBuf {
        self.state.join("cache")
    }

    /// The folder of the local copy of a profile's table.
    pub fn snapshot_of(&self, profile: &str) -> PathBuf {
        self.data.join("snapshots").join(profile)
    }

    /// The folder of the program's own log.
    pub fn logs(&self) -> PathBuf {
        self.state.join("logs")
    }
}

/// Makes a folder, and those above it, that only its owner can enter.
///
/// # Errors
/// Whatever the system says.
pub fn make_private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn folders_are_made_for_their_owner_only() {
        use std::os::unix::fs::PermissionsExt;
        let root = tempfile::tempdir().expect("a temporary folder");
        let paths = Paths::under(&root.path().join("home")).expect("folders");
        for folder in [&paths.config, &paths.data, &paths.state] {
            let mode = fs::metadata(folder).expect("the folder").permissions().mode();
            assert_eq!(mode & 0o077, 0, "{} is open to others", folder.display());
        }
    }

    #[test]
    fn a_file_in_the_way_is_an_error_that_names_the_folder() {
        let root = tempfile::tempdir().expect("a temporary folder");
        fs::write(root.path().join("data"), "in the way").expect("a file");
        let error = Paths::under(root.path()).expect_err("the folder cannot be made");
        assert!(error.to_string().contains("data"));
    }
}
