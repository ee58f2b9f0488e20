//! Trying a profile that is being written, and saving it.

use std::sync::Arc;

use chrono::Utc;
use secrecy::SecretString;

use super::server::server_settings;
use super::{Connected, Event, Link, ServerScene, Sources, Values};
use crate::audit::AuditEvent;
use crate::config::{self, LimitSettings, Profile, ProfileDraft, ProfileName};
use crate::credentials::{self, CredentialError, Keyring, SecretName};
use crate::engine::sqlserver::{RightsLevel, SqlServerEngine};
use crate::i18n::Lang;
use crate::schema::Report;

/// Where the password of a new profile is to be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeepSecret {
    /// In a keyring.
    Keyring,
    /// Only until the program ends.
    Session,
}

/// Tries a profile once: how far it comes, and what is found there.
pub(super) async fn try_profile(
    name: &ProfileName,
    profile: &Profile,
    password: Option<SecretString>,
    limits: &LimitSettings,
) -> ServerScene {
    let mut scene = ServerScene::new(name, profile, Values::None);
    let engine = SqlServerEngine::new(server_settings(profile, password, limits));
    scene.link = match engine.inspect().await {
        Err(error) => Link::Down(error),
        Ok(inspection) => {
            let real = |column| profile.real_column(column);
            let schema = Report::of(&inspection.columns, &inspection.indexes, real, profile.own_dimensions());
            let changes = inspection.rights.level == RightsLevel::CanChange;
            let connected = Arc::new(Connected { at: Utc::now(), inspection, schema });
            if changes && !profile.allow_privileged_login {
                Link::Refused(connected)
            } else {
                Link::Up(connected)
            }
        }
    };
    scene
}

/// What became of saving a profile.
pub(super) struct Saved {
    pub event: Event,
    pub audit: Vec<AuditEvent>,
}

/// Saves a profile, and its password where that is wanted. Blocks.
pub(super) fn save(
    sources: &Sources,
    draft: &ProfileDraft,
    password: Option<SecretString>,
    keep: KeepSecret,
    lang: Lang,
) -> Saved {
    let name = match draft.profile() {
        Ok((name, _)) => name,
        Err(error) => {
            let text = crate::sanitize::display_safe(&error.sentence(lang));
            return Saved { event: Event::ConnectionNotSaved { text }, audit: Vec::new() };
        }
    };
    let settings = match draft.save(&sources.paths().config_file()) {
        Ok(settings) => settings,
        Err(error) => {
            let text = config::sentence(&error, lang);
            return Saved { event: Event::ConnectionNotSaved { text }, audit: Vec::new() };
        }
    };
    sources.take_settings(settings);
    let mut audit = vec![AuditEvent::ProfileSaved { profile: name.as_str().to_string() }];
    let secret = SecretName::SqlServer(name.as_str().to_string());
    let kept = password.map(|password| keep_secret(sources, &secret, password, keep));
    let problem = match kept {
        Some(Ok(Some(keyring))) => {
            audit.push(AuditEvent::SecretKept { name: secret.to_string(), keyring: keyring.to_string() });
            None
        }
        Some(Err(error)) => Some(credentials::sentence(&error, lang)),
        Some(Ok(None)) | None => None,
    };
    Saved { event: Event::ConnectionSaved { profile: name, problem }, audit }
}

/// Keeps the password for this session in any case, and in a keyring where that is wanted.
fn keep_secret(
    sources: &Sources,
    name: &SecretName,
    password: SecretString,
    keep: KeepSecret,
) -> Result<Option<Keyring>, CredentialError> {
    let credentials = sources.credentials();
    credentials.remember(name, password.clone());
    match keep {
        KeepSecret::Session => Ok(None),
        KeepSecret::Keyring => credentials.store(name, &password).map(Some),
    }
}
