//! Which documents are sales, which are returns, and which are neither.

use serde::{Deserialize, Serialize};

/// The roles of document codes. Configuration, never constants in queries: a store whose
/// returns are `DVD`, `DVE`, `DVF` says so here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DocumentRules {
    /// Codes that are never sales (voided, adjustments, transfers): left out of every query.
    pub excluded: Vec<String>,
    /// Codes of returns: negative lines that net sales.
    pub returns: Vec<String>,
}

impl Default for DocumentRules {
    fn default() -> Self {
        DocumentRules {
            excluded: ["XY", "AS", "TS"].map(String::from).to_vec(),
            returns: vec!["NC".to_string()],
        }
    }
}

impl DocumentRules {
    /// The codes left out, as people read them: `XY, AS, TS`.
    pub fn excluded_list(&self) -> String {
        self.excluded.join(", ")
    }
}
