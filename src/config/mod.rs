//! Settings and the folders they live in.
//!
//! Enters: the configuration file and the platform's folders. Leaves: validated
//! [`Settings`] and [`Paths`]. May not touch: logs (it runs before them), the current
//! folder (a configuration lying there is never read).

mod paths;
mod settings;

pub use paths::{PathError, Paths, make_private_folder};
pub use settings::{AuditFailure, ConfigError, Settings, sentence};
