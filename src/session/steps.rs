//! A connection step by step, as people check it: each done, failed or not reached.

use super::scene::rights_beyond_reading;
use super::{Link, ServerScene};
use crate::engine::sqlserver::{FaultKind, RightsLevel, ServerFault, Stage, TrustedBy};
use crate::engine::{self, EngineError};
use crate::i18n::{Lang, fill, text};
use crate::sanitize::{SafeText, display_safe};

/// A step of connecting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// The password is found.
    Password,
    /// The server's name is looked up.
    Name,
    /// The server is reached.
    Network,
    /// The connection is encrypted, and the server is who it says it is.
    Tls,
    /// The login is let in.
    Login,
    /// The table is there.
    Table,
    /// The login can only read.
    Rights,
}

impl Step {
    /// Every step in order.
    pub const ALL: [Step; 7] =
        [Step::Password, Step::Name, Step::Network, Step::Tls, Step::Login, Step::Table, Step::Rights];

    /// Its name for people.
    pub fn name(self, lang: Lang) -> &'static str {
        match self {
            Step::Password => text(lang, "session.step.password"),
            Step::Name => text(lang, "session.step.name"),
            Step::Network => text(lang, "session.step.network"),
            Step::Tls => text(lang, "session.step.tls"),
            Step::Login => text(lang, "session.step.login"),
            Step::Table => text(lang, "session.step.table"),
            Step::Rights => text(lang, "session.step.rights"),
        }
    }

    /// Its name for scripts.
    pub fn json_name(self) -> &'static str {
        match self {
            Step::Password => "password",
            Step::Name => "dns",
            Step::Network => "tcp",
            Step::Tls => "tls",
            Step::Login => "login",
            Step::Table => "table",
            Step::Rights => "rights",
        }
    }
}

/// What came of a step. Texts are cleaned for display.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepEnd {
    /// It went well.
    Good(SafeText),
    /// It went, but something should be known or done.
    Doubtful(SafeText),
    /// It failed: why, and what to do.
    Bad(SafeText),
    /// It was not reached.
    NotReached,
}

/// The steps of a scene's connection, as far as it came.
pub fn steps(scene: &ServerScene, lang: Lang) -> Vec<(Step, StepEnd)> {
    let ends = |end: &dyn Fn(Step) -> StepEnd| Step::ALL.into_iter().map(|step| (step, end(step))).collect();
    match &scene.link {
        Link::Connecting | Link::Copy(_) => ends(&|_| StepEnd::NotReached),
        Link::NeedsPassword { refused: None, .. } => {
            failed_at(Step::Password, display_safe(text(lang, "session.step.no_password")))
        }
        Link::NeedsPassword { refused: Some(error), .. } | Link::Down(error) => {
            failed_at(failed_step(error), engine::sentence(error, lang))
        }
        Link::Up(_) | Link::Refused(_) => ends(&|step| reached(scene, step, lang)),
    }
}

fn failed_at(failed: Step, why: SafeText) -> Vec<(Step, StepEnd)> {
    Step::ALL
        .into_iter()
        .map(|step| match step.cmp(&failed) {
            std::cmp::Ordering::Less => (step, StepEnd::Good(SafeText::default())),
            std::cmp::Ordering::Equal => (step, StepEnd::Bad(why.clone())),
            std::cmp::Ordering::Greater => (step, StepEnd::NotReached),
        })
        .collect()
}

/// The step at which an error stopped the connection.
fn failed_step(error: &EngineError) -> Step {
    match error {
        EngineError::Credential(_) => Step::Password,
        EngineError::Privileged { .. } => Step::Rights,
        EngineError::Server(fault) => step_of_fault(fault),
        _ => Step::Network,
    }
}

fn step_of_fault(fault: &ServerFault) -> Step {
    use FaultKind as K;
    match (fault.kind, fault.stage) {
        (K::WrongPassword | K::Locked | K::PasswordExpired | K::LoginPaused, _)
        | (K::IntegratedUnavailable | K::NoDatabase | K::LoginFailed, _) => Step::Login,
        (K::UnknownHost | K::UnknownInstance, _) | (_, Some(Stage::Dns | Stage::Browser)) => Step::Name,
        (K::NoTable | K::NoColumn | K::Forbidden, _) => Step::Table,
        (_, Some(Stage::Tcp)) => Step::Network,
        (_, Some(Stage::Prelogin | Stage::Tls)) => Step::Tls,
        (_, Some(Stage::Login)) => Step::Login,
        (_, None) => Step::Network,
    }
}

/// A step of a connection that was made.
fn reached(scene: &ServerScene, step: Step, lang: Lang) -> StepEnd {
    let Some(connected) = scene.connected() else { return StepEnd::NotReached };
    let inspection = &connected.inspection;
    let good = |said: &str| StepEnd::Good(display_safe(said));
    match step {
        Step::Password => good(""),
        Step::Name | Step::Network => good(&scene.server),
        Step::Tls => {
            let protocol = inspection.tls.protocol.as_deref().unwrap_or(text(lang, "session.step.no_tls"));
            match inspection.tls.trust {
                TrustedBy::Authority | TrustedBy::Pin => good(protocol),
                TrustedBy::Nothing => {
                    let said = fill(lang, "session.step.unchecked", &[("protocol", protocol)]);
                    StepEnd::Doubtful(display_safe(&said))
                }
            }
        }
        Step::Login => {
            let user = scene.user.as_deref().unwrap_or(text(lang, "session.step.system_user"));
            good(&format!("{user} · {} · {}", inspection.product(), inspection.database))
        }
        Step::Table if inspection.columns.is_empty() => {
            StepEnd::Bad(scene.sentence(super::Mark::NoTable, lang))
        }
        Step::Table if connected.schema.costs_answers() => {
            StepEnd::Doubtful(scene.sentence(super::Mark::SchemaDiffers, lang))
        }
        Step::Table => {
            let columns = inspection.columns.len().to_string();
            good(&fill(lang, "session.step.columns", &[("n", &columns)]))
        }
        Step::Rights => rights(scene, inspection.rights.level, lang),
    }
}

fn rights(scene: &ServerScene, level: RightsLevel, lang: Lang) -> StepEnd {
    let beyond = scene.connected().map(|connected| rights_beyond_reading(&connected.inspection));
    let beyond = [("rights", beyond.as_deref().unwrap_or_default())];
    match level {
        RightsLevel::ReadOnly => StepEnd::Good(display_safe(text(lang, "session.step.read_only"))),
        RightsLevel::SeesMore => StepEnd::Doubtful(scene.sentence(super::Mark::SeesMore, lang)),
        RightsLevel::CanChange if scene.allows_privileged => {
            StepEnd::Doubtful(display_safe(&fill(lang, "session.say.privileged_allowed", &beyond)))
        }
        RightsLevel::CanChange => {
            StepEnd::Bad(display_safe(&fill(lang, "session.say.privileged_refused", &beyond)))
        }
    }
}
