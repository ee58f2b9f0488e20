//! Folders for a session whose own cannot be written: a temporary one, gone at the end.

use std::io;
use std::path::{Path, PathBuf};

use directories::ProjectDirs;
use tempfile::TempDir;

use super::paths::{PathError, Paths, make_private_folder};
use crate::i18n::{Lang, fill, text};
use crate::sanitize::display_safe;

/// What a session loses at its end because its folder cannot be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loss {
    /// Settings and themes.
    Settings,
    /// The local table.
    Data,
    /// Audit log, history, logs.
    State,
}

/// Temporary folders in place of those that cannot be written. Dropping this removes them.
#[derive(Debug)]
pub struct Unkept {
    _folder: TempDir,
    losses: Vec<(Loss, PathBuf, io::Error)>,
}

impl Unkept {
    /// Whether what `loss` names is lost at the end.
    pub fn loses(&self, loss: Loss) -> bool {
        self.losses.iter().any(|(one, _, _)| *one == loss)
    }

    /// What is not kept, why, and what to do, as one sentence.
    pub fn sentence(&self, lang: Lang) -> String {
        let lost: Vec<&str> = self
            .losses
            .iter()
            .map(|(loss, _, _)| match loss {
                Loss::Settings => text(lang, "config.loss_settings"),
                Loss::Data => text(lang, "config.loss_data"),
                Loss::State => text(lang, "config.loss_state"),
            })
            .collect();
        let (folder, detail) = match self.losses.first() {
            Some((_, folder, error)) => (folder.display().to_string(), error.to_string()),
            None => (String::new(), String::new()),
        };
        let (folder, detail) = (display_safe(&folder), display_safe(&detail));
        let values = [("folder", folder.as_str()), ("detail", detail.as_str()), ("lost", &lost.join(", "))];
        fill(lang, "config.unkept", &values)
    }
}

impl Paths {
    /// The platform's folders for this user. In place of those that cannot be written stand
    /// temporary ones; a folder of data that can be read stays in use.
    ///
    /// # Errors
    /// [`PathError`] when not even a temporary folder can be made.
    pub fn for_user() -> Result<(Paths, Option<Unkept>), PathError> {
        match ProjectDirs::from("", "", "depotru") {
            Some(project) => {
                let state = project.state_dir().unwrap_or_else(|| project.data_local_dir());
                Paths {
                    config: project.config_dir().to_path_buf(),
                    data: project.data_local_dir().to_path_buf(),
                    state: state.to_path_buf(),
                }
                .or_temporary()
            }
            None => {
                let nowhere = PathBuf::from("HOME");
                Paths { config: nowhere.clone(), data: nowhere.clone(), state: nowhere }.or_temporary()
            }
        }
    }

    fn or_temporary(mut self) -> Result<(Paths, Option<Unkept>), PathError> {
        let mut losses = Vec::new();
        for (loss, folder) in
            [(Loss::Settings, &self.config), (Loss::Data, &self.data), (Loss::State, &self.state)]
        {
            if let Err(error) = usable(folder, loss) {
                losses.push((loss, folder.clone(), error));
            }
        }
        if losses.is_empty() {
            return Ok((self, None));
        }
        let folder = tempfile::Builder::new()
            .prefix("depotru-")
            .tempdir()
            .map_err(|source| PathError { folder: std::env::temp_dir(), source })?;
        for (loss, _, _) in &losses {
            let (name, path) = match loss {
                Loss::Settings => ("config", &mut self.config),
                Loss::Data => ("data", &mut self.data),
                Loss::State => ("state", &mut self.state),
            };
            let instead = folder.path().join(name);
            make_private_folder(&instead).map_err(|source| PathError { folder: instead.clone(), source })?;
            *path = instead;
        }
        Ok((self, Some(Unkept { _folder: folder, losses })))
    }
}

/// Whether a folder serves its purpose: settings and data are of use where they can only be read.
fn usable(folder: &Path, purpose: Loss) -> io::Result<()> {
    if folder.is_relative() {
        return Err(io::Error::from(io::ErrorKind::NotFound));
    }
    let made = make_private_folder(folder);
    let holds_something =
        || std::fs::read_dir(folder).is_ok_and(|mut entries| entries.any(|entry| entry.is_ok()));
    match purpose {
        Loss::Settings | Loss::Data if holds_something() => Ok(()),
        _ => made.and_then(|()| tempfile::tempfile_in(folder).map(drop)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(root: &Path) -> Paths {
        Paths { config: root.join("config"), data: root.join("data"), state: root.join("state") }
    }

    #[test]
    fn folders_that_can_be_written_are_made_and_kept() {
        let root = tempfile::tempdir().expect("a temporary folder");
        let (found, unkept) = paths(root.path()).or_temporary().expect("folders");
        assert_eq!(found, paths(root.path()));
        assert!(unkept.is_none() && found.state.is_dir());
    }

    #[test]
    fn a_folder_that_cannot_be_made_has_one_in_its_place_until_the_end() {
        let root = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(root.path().join("state"), "in the way").expect("a file");
        let (found, unkept) = paths(root.path()).or_temporary().expect("folders");
        let unkept = unkept.expect("something is lost");
        assert_eq!(found.data, root.path().join("data"));
        assert!(found.state.is_dir() && !found.state.starts_with(root.path()));
        assert!(unkept.loses(Loss::State) && !unkept.loses(Loss::Data));
        for lang in Lang::ALL {
            assert!(unkept.sentence(lang).contains("state"), "{}", unkept.sentence(lang));
        }
        drop(unkept);
        assert!(!found.state.exists());
    }
}
