//! Settings and the folders they live in.
//!
//! Enters: the configuration file and the platform's folders. Leaves: validated
//! [`Settings`] and [`Paths`]. May not touch: logs (it runs before them), the current
//! folder (a configuration lying there is never read).

mod dimensions;
mod draft;
pub mod llm;
mod paths;
mod profile;
mod rules;
mod settings;
mod unkept;
mod vocabulary;

pub use dimensions::Dimensions;
pub use draft::{DraftError, DraftField, ProfileDraft};
pub use llm::{CallLimits, LlmSettings, ProviderName};
pub use paths::{PathError, Paths, make_private_folder};
pub use profile::{
    AnswerFrom, CacheSettings, Environment, Fingerprint, Isolation, LOCAL, Login, Profile, ProfileName,
    SnapshotSettings, TableName, TlsMode,
};
pub use settings::{AuditFailure, ConfigError, DocumentSettings, LimitSettings, Settings, sentence};
pub use unkept::{Loss, Unkept};
pub use vocabulary::{Vocabulary, WordFile};
