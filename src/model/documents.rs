//! Which documents are sales, which are returns, and which are neither.

use std::collections::BTreeMap;

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
    /// What people call a code, besides the code itself.
    pub names: BTreeMap<String, Vec<String>>,
}

impl Default for DocumentRules {
    fn default() -> Self {
        DocumentRules {
            excluded: ["XY", "AS", "TS"].map(String::from).to_vec(),
            returns: vec!["NC".to_string()],
            names: DocumentRules::usual_names(),
        }
    }
}

impl DocumentRules {
    /// The names of invoices and electronic invoices.
    pub fn usual_names() -> BTreeMap<String, Vec<String>> {
        let names = |all: &[&str]| all.iter().map(|n| (*n).to_string()).collect::<Vec<_>>();
        BTreeMap::from([
            ("FV".to_string(), names(&["factura de venta", "sales invoice"])),
            ("FE".to_string(), names(&["factura electrónica", "electronic invoice"])),
        ])
    }

    /// The codes left out, as people read them: `XY, AS, TS`.
    pub fn excluded_list(&self) -> String {
        self.excluded.join(", ")
    }
}
