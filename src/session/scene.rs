//! What a front end must be able to say at any time of where answers come from.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};

use crate::config::{Environment, Isolation, Profile, ProfileName, TlsMode};
use crate::engine::EngineError;
use crate::engine::sqlserver::{Inspection, RightsLevel};
use crate::i18n::{Lang, fill, text};
use crate::sanitize::{SafeText, display_safe};
use crate::schema::Report;

/// Where answers come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scene {
    /// The local data: demo or imported.
    Local,
    /// A profile with a server.
    Server(Arc<ServerScene>),
}

/// A profile's server, and how things stand with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerScene {
    /// The profile's name.
    pub profile: ProfileName,
    /// What stands behind it.
    pub environment: Environment,
    /// The server as people name it; hostile until cleaned.
    pub server: String,
    /// The database; hostile until cleaned.
    pub database: String,
    /// The table, as the profile names it.
    pub table: String,
    /// The login; none where it is the operating system's user.
    pub user: Option<String>,
    /// How the connection is encrypted.
    pub tls: TlsMode,
    /// What queries see.
    pub isolation: Isolation,
    /// Whether a login that may change data is put up with.
    pub allows_privileged: bool,
    /// How the connection stands.
    pub link: Link,
    /// How the planner's values stand.
    pub values: Values,
}

/// How a connection stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Link {
    /// Being made, checked included.
    Connecting,
    /// Waiting for a password from the person.
    NeedsPassword {
        /// How often it may still be tried.
        tries_left: usize,
        /// Why the one before did not do.
        refused: Option<EngineError>,
    },
    /// Made, and queries may run.
    Up(Arc<Connected>),
    /// Made, and no query may run: the login may change data.
    Refused(Arc<Connected>),
    /// Not to be had at the moment; the next question tries again.
    Down(EngineError),
    /// Not asked for: the local copy of the table answers.
    Copy(Copy),
}

/// The local copy of a profile's table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Copy {
    /// When its newest days were brought in.
    pub fetched_at: DateTime<Utc>,
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
}

/// What was found out on connecting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connected {
    /// When.
    pub at: DateTime<Utc>,
    /// The server, the login's rights, the table.
    pub inspection: Inspection,
    /// The table against the model's.
    pub schema: Report,
}

/// How the values that the planner knows stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Values {
    /// There are none and none are on their way.
    None,
    /// They are being fetched; older ones may be in use.
    Loading {
        /// Columns done.
        done: usize,
        /// Columns in all.
        of: usize,
        /// When the ones in use were fetched.
        older: Option<DateTime<Utc>>,
    },
    /// They are in use.
    Held {
        /// When they were fetched.
        at: DateTime<Utc>,
    },
}

/// Something that stays on screen as long as it is so, the gravest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// The login may change data, and is put up with or refused.
    Privileged,
    /// Nobody checks who the server is.
    TrustsAnything,
    /// Nothing is encrypted; it goes to this machine only.
    NotEncrypted,
    /// Queries see what is not committed.
    DirtyReads,
    /// The login sees more than it needs.
    SeesMore,
    /// There is no such table, or the login cannot see it.
    NoTable,
    /// The table lacks what questions need.
    SchemaDiffers,
    /// The store's live data.
    Production,
}

impl Mark {
    /// Whether it is shown as a danger, not as a note.
    pub fn is_danger(self) -> bool {
        matches!(self, Mark::Privileged | Mark::TrustsAnything | Mark::NotEncrypted | Mark::DirtyReads)
    }

    /// One or two words, for a line that is always there.
    pub fn label(self, lang: Lang) -> &'static str {
        match self {
            Mark::Privileged => text(lang, "session.mark.privileged"),
            Mark::TrustsAnything => text(lang, "session.mark.trusts_anything"),
            Mark::NotEncrypted => text(lang, "session.mark.not_encrypted"),
            Mark::DirtyReads => text(lang, "session.mark.dirty_reads"),
            Mark::SeesMore => text(lang, "session.mark.sees_more"),
            Mark::NoTable => text(lang, "session.mark.no_table"),
            Mark::SchemaDiffers => text(lang, "session.mark.schema_differs"),
            Mark::Production => text(lang, "session.mark.production"),
        }
    }
}

impl Scene {
    /// The server's scene, where there is one.
    pub fn server(&self) -> Option<&ServerScene> {
        match self {
            Scene::Local => None,
            Scene::Server(server) => Some(server),
        }
    }

    /// Whether planning can go ahead without waiting for values.
    pub fn is_settled(&self) -> bool {
        self.server().is_none_or(ServerScene::is_settled)
    }
}

impl ServerScene {
    /// A profile's scene before anything was tried.
    pub fn new(name: &ProfileName, profile: &Profile, values: Values) -> ServerScene {
        ServerScene {
            profile: name.clone(),
            environment: profile.environment,
            server: profile.server(),
            database: profile.database.clone(),
            table: profile.table.to_string(),
            user: match &profile.login {
                crate::config::Login::Sql { user } => Some(user.clone()),
                crate::config::Login::Integrated => None,
            },
            tls: profile.tls,
            isolation: profile.isolation,
            allows_privileged: profile.allow_privileged_login,
            link: Link::Connecting,
            values,
        }
    }

    /// What was found out, if the server was reached.
    pub fn connected(&self) -> Option<&Connected> {
        match &self.link {
            Link::Up(connected) | Link::Refused(connected) => Some(connected),
            _ => None,
        }
    }

    /// Everything that must stay on screen, the gravest first.
    pub fn marks(&self) -> Vec<Mark> {
        let rights = self.connected().map(|connected| connected.inspection.rights.level);
        let no_table = self.connected().is_some_and(|connected| connected.inspection.columns.is_empty());
        let differs = self.connected().is_some_and(|connected| connected.schema.costs_answers());
        let all = [
            (Mark::Privileged, rights == Some(RightsLevel::CanChange)),
            (Mark::TrustsAnything, self.tls == TlsMode::TrustAnything),
            (Mark::NotEncrypted, self.tls == TlsMode::LoopbackOnly),
            (Mark::DirtyReads, self.isolation == Isolation::ReadUncommitted),
            (Mark::SeesMore, rights == Some(RightsLevel::SeesMore)),
            (Mark::NoTable, no_table),
            (Mark::SchemaDiffers, differs && !no_table),
            (Mark::Production, self.environment == Environment::Production),
        ];
        all.into_iter().filter_map(|(mark, holds)| holds.then_some(mark)).collect()
    }

    /// A mark as one sentence with what to do. Cleaned for display.
    pub fn sentence(&self, mark: Mark, lang: Lang) -> SafeText {
        let rights = self.connected().map(|connected| rights_beyond_reading(&connected.inspection));
        let rights = rights.unwrap_or_default();
        let host = [("host", self.server.as_str())];
        let said = match mark {
            Mark::Privileged if self.allows_privileged => {
                fill(lang, "session.say.privileged_allowed", &[("rights", &rights)])
            }
            Mark::Privileged => fill(lang, "session.say.privileged_refused", &[("rights", &rights)]),
            Mark::TrustsAnything => fill(lang, "session.say.trusts_anything", &host),
            Mark::NotEncrypted => text(lang, "session.say.not_encrypted").to_string(),
            Mark::DirtyReads => text(lang, "session.say.dirty_reads").to_string(),
            Mark::SeesMore => fill(lang, "session.say.sees_more", &[("rights", &rights)]),
            Mark::NoTable => text(lang, "session.say.no_table").to_string(),
            Mark::SchemaDiffers => {
                let profile = self.profile.as_str();
                fill(lang, "session.say.schema_differs", &[("profile", profile)])
            }
            Mark::Production => {
                fill(lang, "session.say.production", &[("host", &self.server), ("database", &self.database)])
            }
        };
        display_safe(&said)
    }

    /// Whether planning can go ahead without waiting for anything: the values are there, or
    /// will not come.
    pub fn is_settled(&self) -> bool {
        matches!(
            (&self.link, &self.values),
            (_, Values::Held { .. } | Values::Loading { older: Some(_), .. })
                | (Link::Down(_) | Link::Refused(_) | Link::Copy(_), _)
                | (Link::Up(_), Values::None)
        )
    }
}

/// The login's rights beyond reading, as a DBA knows them; hostile until cleaned.
pub(super) fn rights_beyond_reading(inspection: &Inspection) -> String {
    let rights: Vec<&str> = inspection.rights.findings.iter().map(|finding| finding.right.as_str()).collect();
    rights.join(", ")
}
