//! The form for a new connection.

use std::sync::Arc;

use ratatui_textarea::TextArea;

use super::password::PasswordBox;
use super::question::{clean, text_area};
use crate::config::{DraftError, DraftField, Environment, ProfileDraft, TlsMode};
use crate::session::{KeepSecret, ServerScene};

/// The form's fields, from top to bottom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field {
    Name,
    Environment,
    Server,
    Database,
    Table,
    User,
    Password,
    Tls,
    CaFile,
    Keep,
}

impl Field {
    pub(crate) const ALL: [Field; 10] = [
        Field::Name,
        Field::Environment,
        Field::Server,
        Field::Database,
        Field::Table,
        Field::User,
        Field::Password,
        Field::Tls,
        Field::CaFile,
        Field::Keep,
    ];

    /// Whether its value is chosen, not typed.
    pub(crate) fn is_choice(self) -> bool {
        matches!(self, Field::Environment | Field::Tls | Field::Keep)
    }
}

/// How far the form is.
#[derive(Debug, Clone)]
pub(crate) enum FormStage {
    /// Being filled in; what is wrong with it, if something is.
    Filling { problem: Option<(Option<Field>, String)> },
    /// The connection is being tried.
    Trying,
    /// It was tried.
    Tried(Arc<ServerScene>),
    /// It is being saved.
    Saving,
}

/// The form for a new connection.
#[derive(Debug)]
pub(crate) struct Form {
    pub(crate) stage: FormStage,
    pub(crate) field: Field,
    pub(crate) environment: Environment,
    pub(crate) tls: TlsMode,
    pub(crate) keep: KeepSecret,
    pub(crate) password: PasswordBox,
    texts: [TextArea<'static>; 6],
    /// First row shown of what the trial says.
    pub(crate) scroll: usize,
}

/// The longest text of a field, in characters.
const MAX: usize = 200;

const TLS: [TlsMode; 4] = [TlsMode::Required, TlsMode::Strict, TlsMode::TrustAnything, TlsMode::LoopbackOnly];

impl Form {
    /// An empty form.
    pub(crate) fn new() -> Form {
        let draft = ProfileDraft::default();
        let texts = [draft.name, draft.server, draft.database, draft.table, draft.user, draft.ca_file];
        Form {
            stage: FormStage::Filling { problem: None },
            field: Field::Server,
            environment: draft.environment,
            tls: draft.tls,
            keep: KeepSecret::Keyring,
            password: PasswordBox::default(),
            texts: texts.map(|text| text_area(&text)),
            scroll: 0,
        }
    }

    /// The text area of a field that is typed in the clear.
    pub(crate) fn text(&self, field: Field) -> Option<&TextArea<'static>> {
        self.texts.get(place(field)?)
    }

    /// The text area of the field with the cursor.
    pub(crate) fn typing(&mut self) -> Option<&mut TextArea<'static>> {
        self.texts.get_mut(place(self.field)?)
    }

    fn value(&self, field: Field) -> String {
        self.text(field).map(|area| area.lines().join("").trim().to_string()).unwrap_or_default()
    }

    /// Adds text to the field with the cursor.
    pub(crate) fn insert(&mut self, text: &str) {
        if self.field == Field::Password {
            return self.password.insert(text.lines().next().unwrap_or_default());
        }
        let Some(area) = self.typing() else { return };
        let held: usize = area.lines().iter().map(|line| line.chars().count()).sum();
        let line = clean(text, MAX.saturating_sub(held));
        area.insert_str(line.lines().next().unwrap_or_default());
    }

    /// Goes to the field `by` places below.
    pub(crate) fn go(&mut self, down: bool) {
        let at = Field::ALL.iter().position(|field| *field == self.field).unwrap_or(0);
        let last = Field::ALL.len() - 1;
        let next = if down { (at + 1).min(last) } else { at.saturating_sub(1) };
        self.field = Field::ALL.get(next).copied().unwrap_or(Field::Name);
    }

    /// Whether the cursor is in the last field.
    pub(crate) fn at_end(&self) -> bool {
        Field::ALL.last() == Some(&self.field)
    }

    /// Chooses the next (or previous) value of a field whose value is chosen.
    pub(crate) fn turn(&mut self, forward: bool) {
        match self.field {
            Field::Environment => {
                self.environment = match self.environment {
                    Environment::Production => Environment::Test,
                    Environment::Test => Environment::Production,
                };
            }
            Field::Keep => {
                self.keep = match self.keep {
                    KeepSecret::Keyring => KeepSecret::Session,
                    KeepSecret::Session => KeepSecret::Keyring,
                };
            }
            Field::Tls => {
                let at = TLS.iter().position(|mode| *mode == self.tls).unwrap_or(0);
                let step = if forward { 1 } else { TLS.len() - 1 };
                self.tls = TLS.get((at + step) % TLS.len()).copied().unwrap_or_default();
            }
            _ => {}
        }
    }

    /// What was typed, as a profile to be.
    pub(crate) fn draft(&self) -> ProfileDraft {
        ProfileDraft {
            name: self.value(Field::Name),
            environment: self.environment,
            server: self.value(Field::Server),
            database: self.value(Field::Database),
            table: self.value(Field::Table),
            user: self.value(Field::User),
            tls: self.tls,
            ca_file: self.value(Field::CaFile),
        }
    }

    /// Shows what is wrong with the draft, at its field.
    pub(crate) fn refuse(&mut self, error: &DraftError, said: String) {
        let field = match error.field {
            DraftField::Name => Field::Name,
            DraftField::Server => Field::Server,
            DraftField::Database => Field::Database,
            DraftField::Table => Field::Table,
            DraftField::User => Field::User,
            DraftField::CaFile => Field::CaFile,
        };
        self.field = field;
        self.stage = FormStage::Filling { problem: Some((Some(field), said)) };
    }
}

fn place(field: Field) -> Option<usize> {
    let typed = [Field::Name, Field::Server, Field::Database, Field::Table, Field::User, Field::CaFile];
    typed.iter().position(|known| *known == field)
}
