//! The platform's folders for configuration, data and state, made with owner-only access.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use directories::ProjectDirs;

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

/// A folder that cannot be found or made.
#[derive(Debug, thiserror::Error)]
pub enum PathError {
    /// The user has no home folder.
    #[error("no home folder")]
    NoHome,
    /// A folder cannot be made.
    #[error("cannot make {folder}: {source}")]
    Make {
        /// The folder.
        folder: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
}

/// What of a user's folders stays when the program ends, and what goes with it.
#[derive(Debug, Default)]
pub struct Stay {
    /// The folders that could not be made.
    pub lost: Vec<PathError>,
    /// Whether audit log and history are among what stays.
    pub keeps_state: bool,
    temporary: Option<tempfile::TempDir>,
}

impl Stay {
    fn root(&self) -> Option<&Path> {
        self.temporary.as_ref().map(tempfile::TempDir::path)
    }

    /// A folder of this run's own, made when it is first needed.
    fn folder(&mut self) -> Result<PathBuf, PathError> {
        if self.temporary.is_none() {
            let made = tempfile::Builder::new().prefix("depotru").tempdir();
            let folder = std::env::temp_dir();
            self.temporary = Some(made.map_err(|source| PathError::Make { folder, source })?);
        }
        Ok(self.root().unwrap_or(Path::new("")).to_path_buf())
    }
}

impl Paths {
    /// The platform's folders for this user, made where they are missing. Those for data and
    /// state that cannot be made are stood in for by folders that go with the program: see
    /// [`Stay`].
    ///
    /// # Errors
    /// [`PathError`] when there is no home folder, or not even a temporary one can be made.
    pub fn for_user() -> Result<(Paths, Stay), PathError> {
        let project = ProjectDirs::from("", "", "depotru").ok_or(PathError::NoHome)?;
        let state = project.state_dir().unwrap_or_else(|| project.data_local_dir()).to_path_buf();
        Paths::or_temporary(Paths {
            config: project.config_dir().to_path_buf(),
            data: project.data_local_dir().to_path_buf(),
            state,
        })
    }

    fn or_temporary(mut paths: Paths) -> Result<(Paths, Stay), PathError> {
        let mut stay = Stay::default();
        // Without a folder for settings there are none; saving some will say why it cannot.
        let _ = make_private_folder(&paths.config);
        for (folder, name) in [(&mut paths.data, "data"), (&mut paths.state, "state")] {
            let Err(source) = make_private_folder(folder) else { continue };
            let instead = stay.folder()?.join(name);
            make_private_folder(&instead)
                .map_err(|source| PathError::Make { folder: instead.clone(), source })?;
            let folder = std::mem::replace(folder, instead);
            stay.lost.push(PathError::Make { folder, source });
        }
        stay.keeps_state = stay.root().is_none_or(|root| !paths.state.starts_with(root));
        Ok((paths, stay))
    }

    /// All folders under one root, made where they are missing.
    ///
    /// # Errors
    /// [`PathError::Make`] when one of them cannot be made.
    pub fn under(root: &Path) -> Result<Paths, PathError> {
        let paths = Paths { config: root.join("config"), data: root.join("data"), state: root.join("state") };
        paths.make()?;
        Ok(paths)
    }

    fn make(&self) -> Result<(), PathError> {
        for folder in [&self.config, &self.data, &self.state] {
            make_private_folder(folder)
                .map_err(|source| PathError::Make { folder: folder.clone(), source })?;
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
    fn folders_that_cannot_be_made_are_stood_in_for_and_named() {
        let root = tempfile::tempdir().expect("a temporary folder");
        fs::write(root.path().join("in-the-way"), "").expect("a file");
        let blocked = root.path().join("in-the-way").join("state");
        let paths = Paths {
            config: root.path().join("config"),
            data: root.path().join("data"),
            state: blocked.clone(),
        };
        let (made, stay) = Paths::or_temporary(paths).expect("folders");
        assert!(made.data.is_dir() && made.state.is_dir() && made.state != blocked);
        assert!(!stay.keeps_state);
        assert!(matches!(stay.lost.as_slice(), [PathError::Make { folder, .. }] if *folder == blocked));
        drop(stay);
        assert!(!made.state.exists() && made.data.exists(), "what stood in goes with the program");
        let (_, stay) =
            Paths::or_temporary(Paths { state: root.path().join("state"), ..made }).expect("folders");
        assert!(stay.keeps_state && stay.lost.is_empty());
    }

    #[test]
    fn a_file_in_the_way_is_an_error_that_names_the_folder() {
        let root = tempfile::tempdir().expect("a temporary folder");
        fs::write(root.path().join("data"), "in the way").expect("a file");
        let error = Paths::under(root.path()).expect_err("the folder cannot be made");
        assert!(error.to_string().contains("data"));
    }
}
