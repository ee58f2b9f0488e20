//! The sources that can be chosen from while a session runs.

use std::sync::{Arc, Mutex, PoisonError};

use super::copy::CopyData;
use super::{DataSource, LocalData, ServerData};
use crate::config::{AnswerFrom, Paths, ProfileName, Settings};
use crate::credentials::Credentials;

/// Which data answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// The local data: demo or imported.
    Local,
    /// A profile's server, or the copy of its table.
    Profile {
        /// The profile.
        name: ProfileName,
        /// Which of the two.
        from: AnswerFrom,
    },
}

/// The local data, and every profile in the settings.
#[derive(Debug)]
pub struct Sources {
    settings: Mutex<Settings>,
    paths: Paths,
    credentials: Arc<Credentials>,
}

impl Sources {
    /// The sources that the settings name.
    pub fn new(settings: Settings, paths: Paths, credentials: Arc<Credentials>) -> Sources {
        Sources { settings: Mutex::new(settings), paths, credentials }
    }

    /// Opens a source; `None` where the settings have no such profile.
    pub fn open(&self, choice: &Choice) -> Option<Arc<dyn DataSource>> {
        let settings = self.settings();
        Some(match choice {
            Choice::Local => Arc::new(LocalData::new(&self.paths, &settings)),
            Choice::Profile { name, from: AnswerFrom::Server } => {
                Arc::new(self.server(name)?) as Arc<dyn DataSource>
            }
            Choice::Profile { name, from: AnswerFrom::Snapshot } => {
                let profile = settings.profiles.get(name)?;
                Arc::new(CopyData::new(name, profile, &settings, &self.paths))
            }
        })
    }

    /// A profile's server.
    pub fn server(&self, name: &ProfileName) -> Option<ServerData> {
        let settings = self.settings();
        let profile = settings.profiles.get(name)?;
        Some(ServerData::new(name, profile, &settings, &self.paths, Arc::clone(&self.credentials)))
    }

    /// The profiles there are, in order.
    pub fn profiles(&self) -> Vec<ProfileName> {
        self.settings().profiles.keys().cloned().collect()
    }

    /// Takes settings that have changed.
    pub fn take_settings(&self, settings: Settings) {
        *self.settings.lock().unwrap_or_else(PoisonError::into_inner) = settings;
    }

    /// Where secrets are.
    pub fn credentials(&self) -> &Arc<Credentials> {
        &self.credentials
    }

    /// The folders.
    pub fn paths(&self) -> &Paths {
        &self.paths
    }

    fn settings(&self) -> Settings {
        self.settings.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
